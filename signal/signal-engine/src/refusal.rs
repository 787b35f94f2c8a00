//! Why a call was not carried out, in words for people.

/// Why a disk refused.
pub fn disk_reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => "the disk is full".to_owned(),
        _ => error.to_string(),
    }
}

/// What kind of answer a refusal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// What was sent can never be carried out.
    Invalid,
    /// It can't be carried out in this state.
    NotNow,
    /// What it names is not there.
    NotFound,
    /// It was tried, and failed.
    Failed,
}

/// Why a call was not carried out. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Refusal {
    /// What kind of answer it is.
    pub kind: RefusalKind,
    /// One sentence, for people.
    pub reason: String,
}

impl Refusal {
    /// What was sent can never be carried out.
    pub fn invalid(reason: impl ToString) -> Self {
        Self { kind: RefusalKind::Invalid, reason: reason.to_string() }
    }

    /// It can't be carried out in this state.
    pub fn not_now(reason: impl ToString) -> Self {
        Self { kind: RefusalKind::NotNow, reason: reason.to_string() }
    }

    /// What it names is not there.
    pub fn not_found(reason: impl ToString) -> Self {
        Self { kind: RefusalKind::NotFound, reason: reason.to_string() }
    }

    /// It was tried, and failed.
    pub fn failed(reason: impl ToString) -> Self {
        Self { kind: RefusalKind::Failed, reason: reason.to_string() }
    }
}
