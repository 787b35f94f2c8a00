//! Something that went wrong with a plugin, as plain data: told to Pulse, shown with the device. Finds out nothing itself.

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IncidentKind {
    /// Its process ended by a signal or by itself.
    Crash,
    /// It did not come back from a block.
    Hang,
    /// Its process ended while it was loaded or restored.
    CrashOnLoad,
    /// It was not loaded in time.
    HangOnLoad,
    /// NaN, infinity or levels beyond reason.
    BadSound,
    /// Somebody in its process forged messages or memory.
    BadMessage,
    /// More events than are taken.
    Flood,
}

/// What was done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// What was wrong was left out.
    None,
    /// It was started again with its last state.
    Restarted,
    /// Likewise, and it runs alone now.
    Alone,
    /// It is left out until the user says otherwise.
    LeftOut,
}

/// One incident of one plugin.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// The Device entity.
    pub device: u64,
    /// Whether it is known that this plugin did it, and not another one of its process.
    pub certain: bool,
    /// What went wrong.
    pub kind: IncidentKind,
    /// For people.
    pub reason: String,
    /// Of the operating system; 0: none.
    pub signal: i32,
    /// What was done about it.
    pub remedy: Remedy,
    /// A frame a line; empty: none could be had.
    pub backtrace: String,
    /// The plugin's own id.
    pub plugin_id: String,
    /// For people.
    pub name: String,
    /// For people.
    pub vendor: String,
    /// As its bundle says.
    pub version: String,
    /// Hash of the state it was last restored from or gave; empty: none.
    pub state: String,
    /// Of the song, in samples.
    pub position: i64,
    /// In hertz.
    pub sample_rate: u32,
    /// Milliseconds since 1970.
    pub unix_ms: i64,
}
