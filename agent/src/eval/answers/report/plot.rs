//! Plots as SVG.

use std::fmt::Write;

const WIDTH: f64 = 640.0;

/// A share of some probes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bar {
    pub(super) name: String,
    pub(super) probes: usize,
    pub(super) share: f64,
}

impl Bar {
    pub(super) fn of(name: &str, probes: usize, share: f64) -> Self {
        Self {
            name: name.into(),
            probes,
            share,
        }
    }
}

/// Horizontal bars from 0 to 1, each with its figure.
pub(super) fn bars(bars: &[Bar]) -> String {
    const ROW: f64 = 24.0;
    const LEFT: f64 = 150.0;
    const RIGHT: f64 = 60.0;
    let height = ROW * bars.len() as f64 + 4.0;
    let mut svg = format!("<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">");
    let _ = write!(
        svg,
        "<line class=\"axis\" x1=\"{LEFT}\" x2=\"{LEFT}\" y1=\"0\" y2=\"{height}\"/>"
    );
    for (row, bar) in bars.iter().enumerate() {
        let top = ROW * row as f64;
        let width = (WIDTH - LEFT - RIGHT) * bar.share;
        let baseline = top + 17.0;
        let _ = write!(
            svg,
            "<text x=\"0\" y=\"{baseline}\">{} ({})</text>\
             <rect class=\"bar\" x=\"{LEFT}\" y=\"{}\" width=\"{width:.1}\" height=\"16\"/>\
             <text x=\"{:.1}\" y=\"{baseline}\">{:.2}</text>",
            bar.name,
            bar.probes,
            top + 4.0,
            LEFT + width + 6.0,
            bar.share
        );
    }
    svg + "</svg>"
}

/// Points over axes that begin at zero.
pub(super) fn dots(points: &[(f64, f64)]) -> String {
    const HEIGHT: f64 = 220.0;
    const LEFT: f64 = 44.0;
    const BOTTOM: f64 = 24.0;
    let most = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).fold(0.0, f64::max).max(0.1);
    let (widest, highest) = (most(|p| p.0), most(|p| p.1));
    let across = |x: f64| LEFT + (WIDTH - LEFT - 10.0) * x / widest;
    let up = |y: f64| HEIGHT - BOTTOM - (HEIGHT - BOTTOM - 12.0) * y / highest;
    let floor = up(0.0);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">\
         <line class=\"axis\" x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{floor}\" y2=\"{floor}\"/>\
         <line class=\"axis\" x1=\"{LEFT}\" x2=\"{LEFT}\" y1=\"0\" y2=\"{floor}\"/>\
         <text x=\"0\" y=\"14\">{highest:.1}</text><text x=\"0\" y=\"{floor}\">0</text>\
         <text x=\"{LEFT}\" y=\"{HEIGHT}\">0</text>\
         <text x=\"{WIDTH}\" y=\"{HEIGHT}\" text-anchor=\"end\">{widest:.0}</text>"
    );
    for (x, y) in points {
        let _ = write!(
            svg,
            "<circle class=\"dot\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"3.5\"/>",
            across(*x),
            up(*y)
        );
    }
    svg + "</svg>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bar_and_dot_is_drawn() {
        let drawn = bars(&[Bar::of("one", 3, 1.0), Bar::of("two", 2, 0.0)]);
        assert_eq!(drawn.matches("<rect").count(), 2);
        assert!(drawn.contains("width=\"430.0\"") && drawn.contains("width=\"0.0\""));
        assert_eq!(
            dots(&[(1.0, 0.5), (20.0, 0.2)]).matches("<circle").count(),
            2
        );
        assert_eq!(dots(&[]).matches("<circle").count(), 0);
    }
}
