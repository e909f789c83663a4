//! How tones look: the terminal's own sixteen colours, or none. Every tone that means
//! something differs from plain text without colour as well, by its words or its weight.

use ratatui::style::{Color, Modifier, Style};

use super::text::Tone;

/// Whether there are colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Theme {
    pub(crate) colour: bool,
}

impl Theme {
    pub(crate) fn style(self, tone: Tone) -> Style {
        let (colour, modifier) = match tone {
            Tone::Plain => (None, Modifier::empty()),
            Tone::Dim => (None, Modifier::DIM),
            Tone::Strong | Tone::Key => (None, Modifier::BOLD),
            Tone::Heading => (None, Modifier::BOLD.union(Modifier::UNDERLINED)),
            Tone::Code => (Some(Color::Magenta), Modifier::empty()),
            Tone::Cite(_) => (Some(Color::Cyan), Modifier::empty()),
            Tone::Chosen => (None, Modifier::REVERSED),
            Tone::Quoted => (Some(Color::Cyan), Modifier::UNDERLINED),
            Tone::Struck => (None, Modifier::CROSSED_OUT.union(Modifier::DIM)),
            Tone::Doubt => (Some(Color::Yellow), Modifier::BOLD),
            Tone::Failure => (Some(Color::Red), Modifier::BOLD),
        };
        let style = Style::new().add_modifier(modifier);
        match colour {
            Some(colour) if self.colour => style.fg(colour),
            _ => style,
        }
    }
}
