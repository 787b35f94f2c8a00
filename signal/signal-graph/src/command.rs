//! What the control thread tells the player, and its end of the ring.

use signal_rt::Collector;
use signal_rt::rtrb::{Producer, PushError};

use crate::graph::Change;
use crate::node::ParameterChange;
use crate::transport::TransportView;

/// What the control thread tells the player.
#[derive(Debug)]
pub enum Command {
    /// The graph changed.
    Change(Box<Change>),
    /// A value from the start of the next block on.
    Parameter(ParameterChange),
    /// A value from a frame on, counted as [`TransportView::frames`] counts; one that has passed is the next block's first.
    ParameterAt {
        /// When.
        frame: u64,
        /// What changes.
        change: ParameterChange,
    },
    /// Plays on from the playhead.
    Play,
    /// Rests where it is.
    Stop,
    /// Moves the playhead to a song position in samples.
    Locate(i64),
    /// Ends all sound: a short fade, then every node is reset. The song goes on from where it is.
    Silence,
}

/// The control thread's end.
#[derive(Debug)]
pub struct CommandRing {
    commands: Producer<Command>,
    discarded: Collector<Box<Change>>,
    transport: TransportView,
}

impl CommandRing {
    /// [control] The producing ends of the player's rings.
    pub(crate) fn new(
        commands: Producer<Command>,
        discarded: Collector<Box<Change>>,
        transport: TransportView,
    ) -> Self {
        Self { commands, discarded, transport }
    }

    /// [control] Sends a command, and frees what the player is done with.
    ///
    /// # Errors
    /// Gives the command back when the player has not taken any for long: no device runs.
    pub fn send(&mut self, command: Command) -> Result<(), Command> {
        self.collect();
        self.commands.push(command).map_err(|PushError::Full(command)| command)
    }

    /// [control] Frees what the player is done with. To be called now and then.
    pub fn collect(&mut self) {
        self.discarded.collect();
    }

    /// [control] Where the song is.
    #[must_use]
    pub fn transport(&self) -> TransportView {
        self.transport.clone()
    }
}
