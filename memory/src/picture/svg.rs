//! SVG that stands by itself: no script, no font and no file of another place. Kinds are
//! told apart by shape and line, and by colour as well; it follows the reader's light or
//! dark, and is light on paper.

use std::fmt::{self, Write};

use super::layout::{BOX, Layout, Place, TOP, WIDTH};
use super::{Kind, Line, Picture, Shown};
use crate::graph::EdgeKind;
use crate::retrieve::gat::Attention;
use crate::turn::Role;

const STYLE: &str = "\
text{font:12px system-ui,'Noto Sans','Noto Sans CJK SC',sans-serif;fill:#1c1c1c}
.h{font-size:16px;font-weight:600}.s{font-size:11px}.page{fill:#fff}
.box{fill:#fff;stroke:#4a4a4a}.client{stroke-width:2.2}.counsel{fill:#ececec}
.fact{fill:#eef4ff;stroke:#2a4d8f}.gone{stroke-dasharray:5 3;fill:#fff}.gone+text{text-decoration:line-through}
.party{fill:#f0f7ee;stroke:#2f6b2a}.authority{fill:#fbf3e4;stroke:#8a5a00}
path{fill:none;stroke:#777}.mentions{stroke-dasharray:1 4;stroke-linecap:round}
.supersedes{stroke:#2a4d8f;stroke-width:2.4}.contradicts{stroke:#a32020;stroke-width:1.8;stroke-dasharray:7 4}
.corrects{stroke:#2a4d8f;stroke-width:1.6;stroke-dasharray:12 4}.heeds{stroke:#6a3d9a;opacity:.75}
.head{fill:#1c1c1c;stroke:none}
@media screen and (prefers-color-scheme:dark){text{fill:#ececec}.page{fill:#161616}
.box{fill:#161616;stroke:#bdbdbd}.counsel{fill:#2c2c2c}.fact{fill:#14233f;stroke:#8fb3ff}.gone{fill:#161616}
.party{fill:#16301a;stroke:#8fd18a}.authority{fill:#33260b;stroke:#e8b75a}path{stroke:#9a9a9a}
.supersedes,.corrects{stroke:#8fb3ff}.contradicts{stroke:#ff8d8d}.heeds{stroke:#c9a5ef}.head{fill:#ececec}}";

impl Picture {
    /// As a picture of fixed width that grows downwards with what was said.
    pub fn to_svg(&self) -> String {
        let mut svg = String::new();
        self.write_svg(&mut svg)
            .expect("a string takes all that is written to it");
        svg
    }

    fn write_svg(&self, out: &mut String) -> fmt::Result {
        let layout = Layout::of(self);
        let (title, height) = (Escaped(&self.title), layout.height.max(TOP + 40.0));
        writeln!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\">\n<title>{title}</title>\n<style>{STYLE}</style>"
        )?;
        out.push_str("<defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path class=\"head\" d=\"M0 0L8 4L0 8z\"/></marker></defs>\n");
        writeln!(
            out,
            "<rect class=\"page\" width=\"{WIDTH}\" height=\"{height}\"/>\n<text class=\"h\" x=\"24\" y=\"32\">{title}</text>"
        )?;
        legend(out, !self.attention.is_empty())?;
        if self.nodes.is_empty() {
            let y = TOP + 20.0;
            writeln!(
                out,
                "<text x=\"24\" y=\"{y}\">There is nothing here yet.</text>"
            )?;
        }
        for line in self.drawn() {
            if let (Some(from), Some(to)) = (
                layout.places.get(line.from.as_str()),
                layout.places.get(line.to.as_str()),
            ) {
                draw_line(out, line, from, to)?;
            }
        }
        for heeded in self.heeded() {
            let place = |turn| layout.places.get(format!("t{turn}").as_str()).copied();
            if let (Some(from), Some(to)) = (place(heeded.turn), place(heeded.to)) {
                draw_attention(out, heeded, &from, &to)?;
            }
        }
        for node in &self.nodes {
            if let Some(place) = layout.places.get(node.id.as_str()) {
                draw_node(out, node, place)?;
            }
        }
        out.push_str("</svg>\n");
        Ok(())
    }
}

/// What each shape and line stands for.
fn legend(out: &mut String, attention: bool) -> fmt::Result {
    let samples = [
        (Kind::Turn { role: Role::Client }, "client’s turn"),
        (
            Kind::Turn {
                role: Role::Counsel,
            },
            "counsel’s turn",
        ),
        (Kind::Fact { holds: true }, "fact"),
        (Kind::Fact { holds: false }, "superseded"),
        (Kind::Party, "party"),
        (Kind::Authority, "authority"),
    ];
    for (at, (kind, label)) in samples.into_iter().enumerate() {
        let place = Place {
            left: 24.0 + 140.0 * at as f32,
            width: 124.0,
            middle: 58.0,
        };
        draw_box(out, kind, label, &place)?;
    }
    let lines = [
        ("next", "said next"),
        ("states", "states"),
        ("mentions", "names"),
        ("supersedes", "supersedes"),
        ("contradicts", "≠ contradicts"),
        ("corrects", "corrects"),
        ("heeds", "attends to most, in %"),
    ];
    let shown = if attention {
        lines.len()
    } else {
        lines.len() - 1
    };
    for (at, (class, label)) in lines.into_iter().take(shown).enumerate() {
        let x = 24.0 + 140.0 * at as f32;
        let (end, text) = (x + 36.0, x + 42.0);
        let head = match class {
            "states" | "mentions" | "contradicts" => "",
            _ => HEAD,
        };
        writeln!(
            out,
            "<path class=\"{class}\"{head} d=\"M{x} 92H{end}\"/><text class=\"s\" x=\"{text}\" y=\"96\">{label}</text>"
        )?;
    }
    Ok(())
}

const HEAD: &str = " marker-end=\"url(#head)\"";

fn draw_node(out: &mut String, node: &Shown, place: &Place) -> fmt::Result {
    write!(out, "<g><title>{}</title>", Escaped(&node.text))?;
    draw_box(out, node.kind, &node.label, place)?;
    writeln!(out, "</g>")
}

fn draw_box(out: &mut String, kind: Kind, label: &str, place: &Place) -> fmt::Result {
    let (x, top, width) = (place.left, place.middle - BOX / 2.0, place.width);
    let (class, round) = match kind {
        Kind::Turn { role: Role::Client } => ("box client", 6.0),
        Kind::Turn { .. } => ("box counsel", 6.0),
        Kind::Fact { holds: true } => ("box fact", 0.0),
        Kind::Fact { .. } => ("box fact gone", 0.0),
        Kind::Party => ("box party", BOX / 2.0),
        Kind::Authority => ("box authority", 0.0),
    };
    match kind {
        Kind::Authority => {
            let (right, bottom, middle) = (place.right(), top + BOX, place.middle);
            let (a, b) = (x + 10.0, right - 10.0);
            write!(
                out,
                "<polygon class=\"{class}\" points=\"{a},{top} {b},{top} {right},{middle} {b},{bottom} {a},{bottom} {x},{middle}\"/>"
            )?;
        }
        _ => write!(
            out,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{top}\" width=\"{width}\" height=\"{BOX}\" rx=\"{round}\"/>"
        )?,
    }
    let (text, base) = (x + 12.0, place.middle + 4.0);
    write!(
        out,
        "<text x=\"{text}\" y=\"{base}\">{}</text>",
        Escaped(label)
    )
}

fn draw_line(out: &mut String, line: &Line, from: &Place, to: &Place) -> fmt::Result {
    let (class, head) = match line.kind {
        EdgeKind::Next => ("next", HEAD),
        EdgeKind::States => ("states", ""),
        EdgeKind::Mentions => ("mentions", ""),
        EdgeKind::Supersedes => ("supersedes", HEAD),
        EdgeKind::Contradicts => ("contradicts", ""),
        _ => ("corrects", HEAD),
    };
    let path = match line.kind {
        EdgeKind::Next => {
            let (x, y, end) = (
                from.left + 14.0,
                from.middle + BOX / 2.0,
                to.middle - BOX / 2.0,
            );
            format!("M{x} {y}V{end}")
        }
        EdgeKind::States => across(from.right(), from.middle, to.left, to.middle),
        EdgeKind::Mentions => across(from.left, from.middle, to.right(), to.middle),
        _ => arc(from.right(), from.middle, to.middle, 1.0),
    };
    writeln!(out, "<path class=\"{class}\"{head} d=\"{path}\"/>")?;
    if line.kind == EdgeKind::Contradicts {
        let x = from.right() + 0.75 * bulge(from.middle, to.middle) - 4.0;
        let y = (from.middle + to.middle) / 2.0 + 4.0;
        writeln!(out, "<text x=\"{x}\" y=\"{y}\">≠</text>")?;
    }
    Ok(())
}

/// A line as thick as the share that it stands for, which is told as well.
fn draw_attention(out: &mut String, heeded: &Attention, from: &Place, to: &Place) -> fmt::Result {
    let (width, percent) = (0.6 + 8.0 * heeded.weight, 100.0 * heeded.weight);
    let path = arc(from.left, from.middle, to.middle, -1.0);
    let x = from.left - 0.75 * bulge(from.middle, to.middle) - 12.0;
    // What goes up and what goes down between the same turns are told apart.
    let (middle, aside) = (
        (from.middle + to.middle) / 2.0,
        (from.middle - to.middle).signum(),
    );
    let y = middle + 4.0 + 6.0 * aside;
    writeln!(
        out,
        "<path class=\"heeds\"{HEAD} style=\"stroke-width:{width:.1}\" d=\"{path}\"/><text class=\"s\" x=\"{x}\" y=\"{y}\">{percent:.0}</text>"
    )
}

fn across(x: f32, y: f32, to_x: f32, to_y: f32) -> String {
    let half = (x + to_x) / 2.0;
    format!("M{x} {y}C{half} {y} {half} {to_y} {to_x} {to_y}")
}

/// A bow on one side of a column, the wider the farther it reaches.
fn arc(x: f32, y: f32, to_y: f32, side: f32) -> String {
    let far = x + side * bulge(y, to_y);
    format!("M{x} {y}C{far} {y} {far} {to_y} {x} {to_y}")
}

fn bulge(y: f32, to_y: f32) -> f32 {
    (24.0 + 0.2 * (y - to_y).abs()).min(100.0)
}

/// Text between tags and in attributes; what XML cannot hold is replaced.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\n' | '\t' => f.write_char(c)?,
                c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                    f.write_char('\u{fffd}')?;
                }
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}
