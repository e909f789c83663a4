//! A picture of how training went.

use std::fmt::Write as _;

use estoppel_memory::retrieve::gat::Epoch;

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 280.0;
const MARGIN: f64 = 44.0;

/// A loss of an epoch, where there is one.
type Loss = fn(&Epoch) -> Option<f64>;

/// The losses by epoch as SVG; colours follow the reader's light or dark setting.
pub fn curves(epochs: &[Epoch]) -> String {
    let lines: [(&str, Loss); 2] = [
        ("training", |epoch| Some(epoch.training_loss)),
        ("held out", |epoch| epoch.held_out_loss),
    ];
    let values = || {
        epochs
            .iter()
            .flat_map(|e| lines.iter().filter_map(|(_, of)| of(e)))
    };
    let most = values().fold(f64::MIN, f64::max);
    let least = values().fold(f64::MAX, f64::min);
    let x = |epoch: usize| {
        let steps = (epochs.len().max(2) - 1) as f64;
        MARGIN + (epoch - 1) as f64 / steps * (WIDTH - 2.0 * MARGIN)
    };
    let y = |loss: f64| {
        let height = (loss - least) / (most - least).max(1e-9);
        HEIGHT - MARGIN - height * (HEIGHT - 2.0 * MARGIN)
    };
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-label=\"loss by epoch\">\n<style>\
         text{{font:12px sans-serif;fill:#333}}polyline{{fill:none;stroke-width:2}}\
         .training{{stroke:#06c}}.held-out{{stroke:#c60;stroke-dasharray:6 3}}\
         @media (prefers-color-scheme:dark){{text{{fill:#ddd}}}}</style>\n"
    );
    for (name, of) in lines {
        let points: Vec<String> = epochs
            .iter()
            .filter_map(|e| Some(format!("{:.1},{:.1}", x(e.epoch), y(of(e)?))))
            .collect();
        let Some(last) = epochs.last().and_then(|e| Some((x(e.epoch), y(of(e)?)))) else {
            continue;
        };
        let class = name.replace(' ', "-");
        let _ = writeln!(
            svg,
            "<polyline class=\"{class}\" points=\"{}\"/>",
            points.join(" ")
        );
        let (right, up) = (last.0 - 50.0, last.1 - 6.0);
        let _ = writeln!(svg, "<text x=\"{right:.1}\" y=\"{up:.1}\">{name}</text>");
    }
    for (loss, at) in [(most, MARGIN), (least, HEIGHT - MARGIN)] {
        let _ = writeln!(svg, "<text x=\"4\" y=\"{at:.1}\">{loss:.3}</text>");
    }
    let bottom = HEIGHT - MARGIN / 2.0;
    let _ = writeln!(svg, "<text x=\"{MARGIN}\" y=\"{bottom}\">epoch 1</text>");
    let end = WIDTH - MARGIN;
    let count = epochs.len();
    let _ = writeln!(svg, "<text x=\"{end}\" y=\"{bottom}\">{count}</text>");
    svg.push_str("</svg>\n");
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_epoch_is_a_point_of_each_line() {
        let epoch = |epoch, held_out_loss| Epoch {
            epoch,
            training_loss: 2.0 / epoch as f64,
            held_out_loss,
        };
        let svg = curves(&[
            epoch(1, Some(2.5)),
            epoch(2, Some(1.5)),
            epoch(3, Some(1.7)),
        ]);
        assert_eq!(svg.matches("<polyline").count(), 2);
        assert!(svg.contains("points=\"44.0,") && svg.contains("2.500") && svg.contains("0.667"));
        let svg = curves(&[epoch(1, None)]);
        assert_eq!(svg.matches("<polyline").count(), 1);
    }
}
