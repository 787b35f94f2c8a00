//! The thread that answers the block's requests. Between two of them it obeys the main thread; it owns no plugin's life.

use std::{io, os::fd::RawFd, sync::Arc, thread::JoinHandle};

use rtrb::{Consumer, Producer, RingBuffer};
use shm::sandbox_block::{Interrupt, Runner, SandboxEnd, Witness};
use signal_rt::{Role, audio_scope};

use crate::{
    chain::{Chain, Command, Returned},
    crash,
    host::{Wake, mark_audio_thread},
};

/// Commands and returns under way: two for each slot of a chain, each way.
const RING_SLOTS: usize = 2 * shm::sandbox_block::MAX_SLOTS;

/// The audio thread's ends of what goes between it and the main thread.
struct Orders {
    commands: Consumer<Command>,
    given: Producer<Returned>,
    wake: Wake,
}

/// The main thread's hold on the audio thread.
pub struct AudioThread {
    commands: Producer<Command>,
    returned: Consumer<Returned>,
    interrupt: Interrupt,
    thread: JoinHandle<()>,
}

impl AudioThread {
    /// Starts it, at real-time priority if it may and `offline` does not rule it out. `socket` hears its last words.
    pub fn start(
        chain: Chain,
        block: SandboxEnd,
        witness: Arc<Witness>,
        socket: RawFd,
        offline: bool,
        wake: Wake,
    ) -> io::Result<Self> {
        let (commands, obeyed) = RingBuffer::new(RING_SLOTS);
        let (given, returned) = RingBuffer::new(RING_SLOTS);
        let orders = Orders { commands: obeyed, given, wake };
        let interrupt = block.interrupt();
        let role = if offline { Role::Ahead } else { Role::LiveSandbox };
        let thread = std::thread::Builder::new().name("audio".to_owned()).spawn(move || {
            if let Err(error) = crash::give_stack() {
                eprintln!(
                    "loophole-sandbox: an overflow of the audio thread's stack leaves no trace: {error}"
                );
            }
            let _blamed = crash::Blamed::new(Runner::Audio, &witness, socket);
            run(chain, block, &witness, role, orders);
        })?;
        Ok(Self { commands, returned, interrupt, thread })
    }

    /// Whether wishes may be passed on. Half of the ring is kept for plugins on their way back.
    pub fn has_room(&self) -> bool {
        self.commands.slots() > RING_SLOTS / 2
    }

    /// Asks for something: a wish only when it [`AudioThread::has_room`].
    pub fn command(&mut self, command: Command) {
        let _ = self.commands.push(command);
        self.interrupt.raise();
    }

    /// What came back.
    pub fn take_returned(&mut self) -> Option<Returned> {
        self.returned.pop().ok()
    }

    /// Ends it; what is still to come back stays takeable.
    pub fn end(mut self) -> Vec<Returned> {
        self.command(Command::End);
        // It ends within a block; a plugin that hangs is cut short by Signal.
        let _ = self.thread.join();
        std::iter::from_fn(|| self.returned.pop().ok()).collect()
    }
}

fn run(mut chain: Chain, mut block: SandboxEnd, witness: &Witness, role: Role, mut orders: Orders) {
    mark_audio_thread();
    signal_rt::enter(role);
    block.announce();
    loop {
        if let Some(frames) = block.wait(None) {
            audio_scope(|| chain.answer(&mut block, witness, frames));
        }
        if !orders.carry_out(&mut chain, witness) {
            return;
        }
    }
}

impl Orders {
    /// `[audio]` Does what was asked meanwhile. Returns whether to go on.
    fn carry_out(&mut self, chain: &mut Chain, witness: &Witness) -> bool {
        while let Ok(command) = self.commands.pop() {
            let goes_on = chain.obey(command, witness, |returned| {
                // The ring holds all slots twice, so there is room.
                let _ = self.given.push(returned);
            });
            self.wake.wake();
            if !goes_on {
                return false;
            }
        }
        true
    }
}
