//! DOT, the language of Graphviz.

use std::fmt::Write;

use super::{Kind, Picture};
use crate::graph::EdgeKind;
use crate::turn::Role;

impl Picture {
    /// As a directed graph in DOT. Kinds of node have shapes of their own, kinds of edge
    /// their lines; a superseded fact is dashed.
    pub fn to_dot(&self) -> String {
        let mut dot = String::new();
        self.write_dot(&mut dot)
            .expect("a string takes all that is written to it");
        dot
    }

    fn write_dot(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "digraph {} {{", quoted(&self.title))?;
        writeln!(out, "  rankdir=LR;")?;
        writeln!(out, "  node [fontname=\"sans-serif\", fontsize=11];")?;
        writeln!(out, "  edge [fontname=\"sans-serif\", fontsize=9];")?;
        for node in &self.nodes {
            let look = match node.kind {
                Kind::Turn { role: Role::Client } => "shape=box, style=\"rounded,bold\"",
                Kind::Turn { .. } => "shape=box, style=rounded",
                Kind::Fact { holds: true } => "shape=note",
                Kind::Fact { .. } => "shape=note, style=dashed",
                Kind::Party => "shape=ellipse",
                Kind::Authority => "shape=hexagon",
            };
            let (label, tip) = (quoted(&node.label), quoted(&node.text));
            writeln!(out, "  {} [{look}, label={label}, tooltip={tip}];", node.id)?;
        }
        for line in self.drawn() {
            let look = match line.kind {
                EdgeKind::Next => "weight=10",
                EdgeKind::States => "arrowhead=none",
                EdgeKind::Mentions => "style=dotted, arrowhead=none",
                EdgeKind::Supersedes => "style=bold, label=\"supersedes\"",
                EdgeKind::Contradicts => "style=dashed, dir=both, label=\"contradicts\"",
                _ => "style=dashed, label=\"corrects\"",
            };
            writeln!(out, "  {} -> {} [{look}];", line.from, line.to)?;
        }
        for heeded in self.heeded() {
            let (percent, width) = (100.0 * heeded.weight, 0.5 + 4.0 * heeded.weight);
            writeln!(
                out,
                "  t{} -> t{} [label=\"{percent:.0} %\", penwidth={width:.1}, arrowhead=vee, constraint=false];",
                heeded.turn, heeded.to
            )?;
        }
        writeln!(out, "}}")
    }
}

/// A string of DOT, in which a backslash would begin an escape.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            c if c.is_control() => quoted.push(' '),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
