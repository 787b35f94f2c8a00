//! A part of a chain, loaded into one process: what it says, how it ends, and who of its plugins may have done that. Starts
//! no other one in its place.

use std::{
    collections::BTreeMap,
    os::unix::process::ExitStatusExt as _,
    process::ExitStatus,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use rustix::process::Signal;
use shm::sandbox_block::{Runner, Witness};
use signal_graph::ParameterChange;

use super::{ConversionAnswer, PartPlan, Saving, incidents::Cause};
use crate::incident::IncidentKind;
use crate::sandbox::{
    Convertible, Setup,
    connection::{Connection, SocketError},
    hosts::{Berth, Hosts},
    process::Process,
    voice::LinkFacts,
    wire::{self, FromSandbox, SlotReport},
};

/// Loading may take this long. ZamVerb takes 5 s in some hosts; one that takes longer never returns.
const LOAD_LIMIT: Duration = Duration::from_secs(20);
/// Conversions a sandbox has not answered; the page asks for one at a time.
const MAX_CONVERSIONS: usize = 256;
/// The signal of [`Process::kill`].
const KILL: i32 = Signal::KILL.as_raw();
/// Messages taken at a time: a sandbox that never stops talking must not keep the keeper from the others.
const MAX_MESSAGES: usize = 256;

/// What a tenant tells its part.
#[derive(Debug)]
pub enum Heard {
    /// It can run now; see [`Tenant::reports`].
    Loaded,
    /// The state of a device.
    State { device: u64, state: Vec<u8> },
    /// A device has a state that is worth saving.
    Dirty { device: u64 },
    /// A device has another latency; see [`Tenant::reports`].
    Latency { device: u64 },
    /// A plugin says something else of itself; see [`Tenant::reports`].
    Renewed,
    /// A plugin changed a parameter itself.
    Edited(ParameterChange),
}

/// Whose fault an end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Culprit {
    /// Nobody's here: it was wished for, or another part of the process did it.
    Innocent,
    /// One of them.
    Unknown,
    /// This device's.
    Device {
        device: u64,
        /// No other one could have done it.
        certain: bool,
    },
}

/// How a tenant ended.
#[derive(Debug)]
pub struct Death {
    pub culprit: Culprit,
    pub cause: Cause,
}

/// That it ended.
#[derive(Debug)]
pub enum End {
    /// For what one of its plugins did.
    Condemned(Death),
    /// By itself, or by a fault of its socket. How, [`Tenant::inquire`] finds out.
    Gone(Option<SocketError>),
}

/// A part in a process.
#[derive(Debug)]
pub struct Tenant {
    process: Rc<Process>,
    connection: Connection,
    witness: Rc<Witness>,
    facts: Arc<LinkFacts>,
    devices: Vec<u64>,
    loading_since: Option<Instant>,
    reports: Vec<SlotReport>,
    saving: Saving,
    conversions: BTreeMap<u64, ConversionAnswer>,
    next_request: u64,
    backtrace: String,
}

impl Tenant {
    /// Begins to load a part.
    ///
    /// # Errors
    /// Why there is no process, for people.
    pub fn start(plan: &PartPlan, hosts: &mut Hosts, setup: &Setup) -> Result<Self, String> {
        let berth = hosts.berth(&plan.process, plan.access(), setup).map_err(|error| error.to_string())?;
        let Berth { process, connection } = berth;
        let witness = Rc::new(Witness::open(connection.block()).map_err(|error| error.to_string())?);
        process.add_witness(&witness);
        let mut tenant = Self {
            process,
            connection,
            witness,
            facts: Arc::default(),
            devices: plan.devices().collect(),
            loading_since: Some(Instant::now()),
            reports: Vec::new(),
            saving: Saving::default(),
            conversions: BTreeMap::new(),
            next_request: 0,
            backtrace: String::new(),
        };
        tenant.ask_to_load(plan, setup).map_err(|error| error.to_string())?;
        Ok(tenant)
    }

    fn ask_to_load(&mut self, plan: &PartPlan, setup: &Setup) -> Result<(), SocketError> {
        for slot in &plan.slots {
            if let Some(state) = &slot.state {
                self.connection.send_state(slot.device, state.bytes.clone())?;
            }
        }
        let frames = setup.max_frames;
        self.connection.send(wire::load_chain(setup.sample_rate, frames, setup.offline, &plan.slots))
    }

    /// Its process.
    pub fn process(&self) -> &Rc<Process> {
        &self.process
    }

    /// Its socket and block.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// What the audio thread tells of it.
    pub fn facts(&self) -> &Arc<LinkFacts> {
        &self.facts
    }

    /// Whether it can run.
    pub fn is_loaded(&self) -> bool {
        self.loading_since.is_none()
    }

    /// What loading gave, by slot.
    pub fn reports(&self) -> &[SlotReport] {
        &self.reports
    }

    /// Whether no state is on its way.
    pub fn has_saved(&self) -> bool {
        self.saving.is_empty()
    }

    /// Hears what it says. The order of [`Heard`]s is that of its messages.
    pub fn tend(&mut self, now: Instant, heard: &mut Vec<Heard>) -> Result<(), End> {
        let late = self.loading_since.is_some_and(|since| now.duration_since(since) > LOAD_LIMIT);
        if late {
            let reason = format!("it was not loaded within {} seconds", LOAD_LIMIT.as_secs());
            return Err(End::Condemned(self.condemn(IncidentKind::HangOnLoad, Runner::Main, reason)));
        }
        let served = self.connection.write().and_then(|()| self.hear(heard));
        match served {
            Ok(()) if self.process.ended().is_none() => Ok(()),
            Ok(()) => {
                // The last words of a process come before its end.
                let _ = self.hear(heard);
                Err(End::Gone(None))
            }
            Err(error) => Err(End::Gone(Some(error))),
        }
    }

    fn hear(&mut self, heard: &mut Vec<Heard>) -> Result<(), SocketError> {
        for _ in 0..MAX_MESSAGES {
            let Some(message) = self.connection.receive()? else { return Ok(()) };
            match message {
                FromSandbox::Hello { pid } => self.process.set_host(pid),
                FromSandbox::Confined { lacks } => self.process.note_confinement(&lacks),
                FromSandbox::Loaded(reports) => self.take_reports(reports, heard),
                FromSandbox::StatePart { request_id, total_bytes, offset, data } => {
                    if let Some((device, state)) = self.saving.add(request_id, total_bytes, offset, &data) {
                        heard.push(Heard::State { device, state });
                    }
                }
                FromSandbox::NoState { request_id, error } => {
                    if let Some(device) = self.saving.give_up(request_id) {
                        log(device, &error);
                    }
                }
                FromSandbox::Converted { request_id, result } => {
                    if let Some(answer) = self.conversions.remove(&request_id) {
                        let _ = answer.send(result);
                    }
                }
                FromSandbox::LatencyChanged { device, latency } => {
                    if let Some(report) = self.reports.iter_mut().find(|report| report.device == device) {
                        report.latency = latency;
                        heard.push(Heard::Latency { device });
                    }
                }
                FromSandbox::StateDirty { device } => heard.push(Heard::Dirty { device }),
                FromSandbox::ParameterEdited { device, parameter, value } => {
                    heard.push(Heard::Edited(ParameterChange { target: device, parameter, value }));
                }
                FromSandbox::TailChanged { device, tail } => {
                    self.renew(device, |report| Arc::make_mut(&mut report.facts).tail = tail, heard);
                }
                FromSandbox::FactsChanged { device, facts } => {
                    self.renew(device, |report| report.facts = Arc::new(facts), heard);
                }
                FromSandbox::ParametersDescribed { device, parameters } => {
                    self.renew(device, |report| report.parameters = parameters, heard);
                }
                FromSandbox::PresetLoaded => {}
                FromSandbox::Log { device, text } => log(device, &text),
                FromSandbox::Crashed { backtrace } => self.backtrace = backtrace,
            }
        }
        Ok(())
    }

    fn take_reports(&mut self, mut reports: Vec<SlotReport>, heard: &mut Vec<Heard>) {
        if self.loading_since.take().is_none() {
            return;
        }
        reports.resize_with(self.devices.len(), SlotReport::default);
        for (report, device) in reports.iter_mut().zip(&self.devices) {
            report.device = *device;
        }
        self.reports = reports;
        heard.push(Heard::Loaded);
    }

    /// A plugin says something else of itself now.
    fn renew(&mut self, device: u64, change: impl FnOnce(&mut SlotReport), heard: &mut Vec<Heard>) {
        if let Some(report) = self.reports.iter_mut().find(|report| report.device == device) {
            change(report);
            heard.push(Heard::Renewed);
        }
    }

    /// Asks for the state of a device that has one.
    pub fn save(&mut self, device: u64) {
        if !self.reports.iter().any(|report| report.device == device && report.has_state) {
            return;
        }
        self.next_request += 1;
        if self.connection.send(wire::save_state(device, self.next_request)).is_ok() {
            self.saving.begin(self.next_request, device);
        }
    }

    /// Asks a plugin to put a value in words or the other way round.
    pub fn convert(&mut self, device: u64, parameter: u32, from: Convertible, answer: ConversionAnswer) {
        if self.conversions.len() >= MAX_CONVERSIONS {
            let _ = answer.send(Err("the plugin does not answer".to_owned()));
            return;
        }
        self.next_request += 1;
        if self.connection.send(wire::convert(self.next_request, device, parameter, from)).is_ok() {
            self.conversions.insert(self.next_request, answer);
        }
    }

    /// Asks it to end. Returns whether it was told.
    pub fn shut_down(&mut self) -> bool {
        self.connection.send(wire::shutdown()).is_ok()
    }

    /// Ends its process for what a plugin of this part does.
    pub fn condemn(&mut self, kind: IncidentKind, on: Runner, reason: String) -> Death {
        let culprit = self.running(on, true);
        self.process.condemn();
        self.process.kill();
        Death { culprit, cause: Cause { kind, reason, signal: 0, backtrace: String::new() } }
    }

    /// How it ended. Waits a moment for its process, and ends that if only the socket has ended.
    pub fn inquire(&mut self, end: End) -> Death {
        match end {
            End::Condemned(death) => death,
            End::Gone(error) => self.death(error.as_ref()),
        }
    }

    fn death(&mut self, error: Option<&SocketError>) -> Death {
        let status = self.process.end();
        let loading = self.loading_since.is_some();
        let signal = status.and_then(|status| status.signal()).unwrap_or(0);
        // A process that crashes in the middle of a message has not forged one.
        let was_killed = signal == KILL || signal == 0;
        let (kind, reason) = match error {
            Some(error @ (SocketError::Bad(_) | SocketError::Full)) if was_killed => {
                (IncidentKind::BadMessage, error.to_string())
            }
            _ if loading => (IncidentKind::CrashOnLoad, in_words(status)),
            _ => (IncidentKind::Crash, in_words(status)),
        };
        let culprit = if self.process.is_condemned() { Culprit::Innocent } else { self.culprit(loading) };
        let backtrace = std::mem::take(&mut self.backtrace);
        Death { culprit, cause: Cause { kind, reason, signal, backtrace } }
    }

    fn culprit(&self, loading: bool) -> Culprit {
        let first = if loading { Runner::Main } else { Runner::Audio };
        let raised_here = self.witness.suspect(first).is_some_and(|suspect| suspect.raised);
        let inquest = self.process.inquest();
        if !raised_here && inquest.is_accused {
            return Culprit::Innocent;
        }
        let alone = inquest.parts == 1;
        match self.running(first, raised_here || alone) {
            // Of several parts of a process, those that ran nothing did nothing.
            Culprit::Unknown if !alone => Culprit::Innocent,
            culprit => culprit,
        }
    }

    fn running(&self, first: Runner, certain: bool) -> Culprit {
        let suspect = self.witness.suspect(first).and_then(|suspect| self.devices.get(suspect.slot));
        match (suspect, self.devices.as_slice()) {
            (Some(device), _) | (None, [device]) => Culprit::Device { device: *device, certain },
            _ => Culprit::Unknown,
        }
    }
}

/// For people.
fn in_words(status: Option<ExitStatus>) -> String {
    match status {
        Some(status) => format!("its process ended: {status}"),
        None => "its process ended".to_owned(),
    }
}

fn log(device: u64, text: &str) {
    tracing::info!(device, "{text}");
}
