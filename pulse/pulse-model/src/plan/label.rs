//! What a transaction is called in the history, in a musician's words.

use units::SILENCE_DB;

/// What one command did. Several alike are counted together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Label {
    /// Of this one alone: `Move “Bass 2”`.
    text: String,
    /// Of many: `Move`, then their number, then `clips`.
    verb: &'static str,
    things: &'static str,
    count: usize,
}

impl Label {
    pub(super) fn new(text: String, verb: &'static str, things: &'static str) -> Self {
        Self { text, verb, things, count: 1 }
    }

    /// Of a command that does `count` things at once.
    pub(super) fn counted(self, count: usize) -> Self {
        Self { count, ..self }
    }
}

/// Names a transaction.
pub(super) fn of_all(labels: Vec<Label>) -> String {
    let mut groups: Vec<Label> = Vec::new();
    for label in labels {
        match groups.iter_mut().find(|group| (group.verb, group.things) == (label.verb, label.things)) {
            Some(group) => group.count += label.count,
            None => groups.push(label),
        }
    }
    let Some(first) = groups.first() else { return String::new() };
    let text = match first.count {
        1 => first.text.clone(),
        count => format!("{} {count} {}", first.verb, first.things),
    };
    match groups.iter().skip(1).map(|group| group.count).sum::<usize>() {
        0 => text,
        1 => format!("{text} and 1 more change"),
        more => format!("{text} and {more} more changes"),
    }
}

/// A level: `−3.2 dB`.
pub(super) fn decibels(db: f64) -> String {
    if db <= SILENCE_DB {
        return "−∞ dB".into();
    }
    let tenths = format!("{:.1} dB", db.abs());
    match db {
        _ if tenths == "0.0 dB" => tenths,
        _ if db < 0.0 => format!("−{tenths}"),
        _ => format!("+{tenths}"),
    }
}

/// A place between the speakers: `30 % left`.
pub(super) fn pan(pan: f64) -> String {
    let percent = (pan.abs() * 100.0).round();
    match pan {
        _ if percent == 0.0 => "the middle".into(),
        _ if pan < 0.0 => format!("{percent} % left"),
        _ => format!("{percent} % right"),
    }
}

/// A number with at most two decimals.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_said_as_musicians_say_them() {
        assert_eq!(decibels(-3.2), "−3.2 dB");
        assert_eq!(decibels(6.0), "+6.0 dB");
        assert_eq!(decibels(-0.04), "0.0 dB");
        assert_eq!(decibels(-150.0), "−∞ dB");
        assert_eq!(pan(-0.3), "30 % left");
        assert_eq!(pan(0.0), "the middle");
        assert_eq!(number(120.0), "120");
        assert_eq!(number(96.125), "96.12");
    }
}
