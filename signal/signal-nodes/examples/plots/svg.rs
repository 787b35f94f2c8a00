//! Line charts as small SVG files, the same bytes for the same numbers. Measures nothing.

use std::fmt::Write as _;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 300.0;
/// Left, top, right, bottom of the plotted area.
const AREA: [f64; 4] = [56.0, 30.0, 628.0, 256.0];
const COLORS: [&str; 5] = ["#2f6fde", "#d9622b", "#2a9d63", "#8d55c9", "#b58a00"];

/// A direction of the chart.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    /// What is shown, with its unit.
    pub label: &'static str,
    /// First value.
    pub from: f64,
    /// Last value.
    pub to: f64,
    /// By ratio instead of evenly.
    pub logarithmic: bool,
}

impl Axis {
    /// Even.
    pub const fn linear(label: &'static str, from: f64, to: f64) -> Self {
        Self { label, from, to, logarithmic: false }
    }

    /// From 20 Hz to 20 kHz, by octaves.
    pub const fn hertz() -> Self {
        Self { label: "Hz", from: 20.0, to: 20_000.0, logarithmic: true }
    }

    fn place(&self, value: f64) -> f64 {
        let place = if self.logarithmic {
            (value / self.from).ln() / (self.to / self.from).ln()
        } else {
            (value - self.from) / (self.to - self.from)
        };
        place.clamp(0.0, 1.0)
    }

    fn marks(&self) -> Vec<f64> {
        if self.logarithmic {
            let all = [20.0, 50.0, 100.0, 200.0, 500.0, 1e3, 2e3, 5e3, 1e4, 2e4];
            return all.into_iter().filter(|mark| (self.from..=self.to).contains(mark)).collect();
        }
        let span = self.to - self.from;
        let magnitude = 10.0_f64.powf((span / 8.0).log10().floor());
        let step = [1.0, 2.0, 3.0, 5.0, 6.0, 10.0].map(|step| step * magnitude);
        let step = step.into_iter().find(|step| span / step <= 8.5).unwrap_or(span);
        let first = (self.from / step).ceil() as i64;
        (first..=(self.to / step).floor() as i64).map(|mark| mark as f64 * step).collect()
    }
}

/// Points with a name.
#[derive(Clone, Debug)]
pub struct Curve {
    /// Beside the line's colour.
    pub name: String,
    /// By ascending x.
    pub points: Vec<(f64, f64)>,
}

/// A chart.
#[derive(Clone, Debug)]
pub struct Chart {
    /// Above it.
    pub title: String,
    /// Below.
    pub x: Axis,
    /// At the side.
    pub y: Axis,
    /// At most five.
    pub curves: Vec<Curve>,
}

impl Chart {
    /// The file.
    pub fn svg(&self) -> String {
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
             font-family=\"sans-serif\" font-size=\"11\">\n<title>{}</title>\n\
             <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n\
             <text x=\"{}\" y=\"18\" font-size=\"13\">{}</text>\n",
            self.title, AREA[0], self.title
        );
        self.grid(&mut svg);
        for (number, curve) in self.curves.iter().enumerate() {
            self.line(&mut svg, curve, number);
        }
        svg.push_str("</svg>\n");
        svg
    }

    fn grid(&self, svg: &mut String) {
        let [left, top, right, bottom] = AREA;
        // Writing to a String cannot fail.
        for mark in self.x.marks() {
            let x = left + (right - left) * self.x.place(mark);
            let _ = write!(svg, "<path d=\"M{x:.1} {top}V{bottom}\" stroke=\"#ddd\"/>");
            let _ = writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                bottom + 14.0,
                short(mark)
            );
        }
        for mark in self.y.marks() {
            let y = bottom - (bottom - top) * self.y.place(mark);
            let _ = write!(svg, "<path d=\"M{left} {y:.1}H{right}\" stroke=\"#ddd\"/>");
            let _ = writeln!(
                svg,
                "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                left - 5.0,
                y + 4.0,
                short(mark)
            );
        }
        let _ = writeln!(
            svg,
            "<text x=\"{right}\" y=\"{}\" text-anchor=\"end\">{}</text>",
            bottom + 30.0,
            self.x.label
        );
        let _ = writeln!(svg, "<text x=\"5\" y=\"{}\">{}</text>", top - 4.0, self.y.label);
    }

    fn line(&self, svg: &mut String, curve: &Curve, number: usize) {
        let [left, top, right, bottom] = AREA;
        let color = COLORS[number % COLORS.len()];
        let mut path = String::new();
        for (at, (x, y)) in curve.points.iter().enumerate() {
            let x = left + (right - left) * self.x.place(*x);
            let y = bottom - (bottom - top) * self.y.place(*y);
            let _ = write!(path, "{}{x:.1} {y:.1}", if at == 0 { "M" } else { "L" });
        }
        let _ = writeln!(svg, "<path d=\"{path}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"1.5\"/>");
        let x = left + 4.0 + 112.0 * number as f64;
        let _ =
            writeln!(svg, "<text x=\"{x}\" y=\"{}\" fill=\"{color}\">{}</text>", bottom + 30.0, curve.name);
    }
}

/// A mark as briefly as it can be written.
fn short(mark: f64) -> String {
    if mark.abs() >= 1000.0 {
        return format!("{}k", mark / 1000.0);
    }
    let text = format!("{mark:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}
