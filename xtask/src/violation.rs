//! A rule that a file breaks. Says where and what; knows no rule itself.

use std::{fmt, process::ExitCode};

/// One place that breaks one rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// Relative to the repository's root.
    pub path: String,
    /// From 1; 0 where the file as a whole is meant.
    pub line: usize,
    /// What is wrong, and what to do.
    pub text: String,
}

impl Violation {
    /// A violation of a whole file.
    #[must_use]
    pub fn of_file(path: &str, text: impl Into<String>) -> Self {
        Self::at(path, 0, text)
    }

    /// A violation at a line, counted from 1.
    #[must_use]
    pub fn at(path: &str, line: usize, text: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, text: text.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(out, "{}: {}", self.path, self.text),
            line => write!(out, "{}:{line}: {}", self.path, self.text),
        }
    }
}

/// Prints violations, one a line, then warnings; the status says whether there were violations.
#[must_use]
pub fn report(violations: &[Violation], warnings: &[Violation]) -> ExitCode {
    for warning in warnings {
        println!("warning: {warning}");
    }
    for violation in violations {
        println!("{violation}");
    }
    match violations.len() {
        0 => ExitCode::SUCCESS,
        count => {
            println!("{count} violations");
            ExitCode::FAILURE
        }
    }
}
