//! The link to Signal: the graph down, plugin states and parameter moves up, for as long as both live.
//!
//! 1. Connect, as often as it takes, and learn the sample rate.
//! 2. Send the states of the plugins, then the whole graph.
//! 3. For each transaction on disk derive the graph again from a snapshot of the song and send the difference; while
//!    one is on its way, further transactions share the next.
//! 4. When the stream breaks begin again: Signal may be a new process that has nothing.
//!
//! It never holds up the main loop, and Signal's absence changes nothing for those who edit.

pub mod assembly;
mod changes;
mod known_states;

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use pulse_derive::{Derivation, GraphDifference};
use pulse_model::{Entity, Id, Transaction, Update};
use tokio::{
    sync::{Notify, mpsc, oneshot, watch},
    time::{self, Instant},
};
use units::SampleRate;

use crate::{
    graph::{self, Files},
    library::{
        grants::GrantBook,
        incidents::{Incident, Incidents},
    },
    main_loop::{Event, View},
    media::cache::{CacheError, MediaCache},
    signal_link::{assembly::Assembly, known_states::KnownStates},
    store::{folder::SongFolder, states},
    wire::{
        self,
        signal::{EventsFromSignal, FromSignal, SignalError, ToSignal},
    },
};

/// Pauses before the link begins again after it broke, from the first to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// Refusals in a row that are answered by sending the whole graph; then only the next change is tried.
const MAX_RESENDS: u32 = 3;
/// Moves of a knob in a plugin's window that become one transaction.
const GESTURE: Duration = Duration::from_millis(250);
/// Parameters of one gesture; a plugin that moves more at once loads a preset, and its state says so.
const MAX_PARAMETERS: usize = 4096;
/// Sounds that were decoded and wait to come in; a decoder waits while there are more.
const MAX_READY: usize = 16;
/// States and sounds that found no room on the disk are tried again after this long.
const ROOM_RETRY: Duration = Duration::from_secs(5);

/// What the link has to do with.
#[derive(Clone)]
pub struct Around {
    /// Of the main loop.
    pub events: mpsc::Sender<Event>,
    /// Where states are, and takes come in.
    pub folder: SongFolder,
    /// Decoded sound.
    pub cache: Arc<MediaCache>,
    /// What goes wrong with plugins.
    pub incidents: Arc<Incidents>,
    /// What plugins may reach.
    pub grants: Arc<GrantBook>,
    /// Told when there are takes to look after.
    pub takes_waiting: Arc<Notify>,
}

/// Keeps the link up until it is dropped. `durable`: the last transaction on disk.
pub async fn run(socket: PathBuf, durable: watch::Receiver<u64>, around: Around) {
    let mut pause = FIRST_PAUSE;
    loop {
        let begun = Instant::now();
        let outcome = match wire::signal::open(&socket).await {
            Ok((rate, to_signal, from_signal)) => {
                tracing::info!("linked to Signal at {rate}");
                let (again, shared) = (Notify::new(), Mutex::default());
                let link = Link { rate, around: around.clone(), again, shared };
                tokio::select! {
                    outcome = link.send_graphs(durable.clone(), to_signal) => outcome,
                    outcome = link.receive(from_signal) => outcome,
                }
            }
            Err(error) => Err(error),
        };
        let Err(error) = outcome else { return };
        // Signal may have died in the middle of a take.
        around.takes_waiting.notify_one();
        tracing::warn!("{error}; trying again");
        if begun.elapsed() > LONGEST_PAUSE {
            pause = FIRST_PAUSE;
        }
        time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// One connection.
struct Link {
    rate: SampleRate,
    around: Around,
    /// The graph has to be sent again.
    again: Notify,
    shared: Mutex<Shared>,
}

#[derive(Default)]
struct Shared {
    known_states: KnownStates,
    /// The last states of devices that found no room on the disk.
    unstored: HashMap<u64, Vec<u8>>,
    refusals: u32,
    send_whole: bool,
}

/// What came to be known since the last graph, beside the song.
#[derive(Default)]
struct Fresh {
    /// Decoded.
    media: Vec<Id>,
    /// One runs alone now, or no more, or may reach something else.
    plugins: bool,
}

impl Link {
    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends with `Ok` when Pulse ends.
    async fn send_graphs(
        &self,
        mut durable: watch::Receiver<u64>,
        to_signal: ToSignal,
    ) -> Result<(), SignalError> {
        let (decoded, mut ready) = mpsc::channel(MAX_READY);
        let mut decoding = HashSet::new();
        let mut sent: Option<(Derivation, u64)> = None;
        let mut refusals = 0;
        let mut revision = 0;
        let mut fresh = Fresh::default();
        let mut alone = self.around.incidents.alone();
        let mut grants = self.around.grants.known();
        loop {
            durable.mark_unchanged();
            if std::mem::take(&mut self.shared().send_whole) {
                sent = None;
            }
            let have_sequence = sent.as_ref().map(|(_, sequence)| *sequence);
            let Some(mut view) = self.look(have_sequence).await else { return Ok(()) };
            if std::mem::replace(&mut refusals, view.refusals) != view.refusals {
                // What Signal was sent of the song may never have happened.
                view.since = None;
            }
            let whole = view.since.is_none();
            let (derivation, differences) = self.derive(sent.take(), &view, &fresh);
            if whole || view.since.iter().flatten().any(|transaction| has_media(transaction)) {
                self.decode_missing(&view, &mut decoding, &decoded);
            }
            let (named, devices) =
                (graph::named_states(derivation.spec()), graph::devices(derivation.spec()));
            sent = Some((derivation, view.sequence));
            drop(view);
            for difference in differences.into_iter().filter(|difference| whole || !difference.is_empty()) {
                revision += 1;
                self.send(difference, revision, whole, &to_signal).await?;
            }
            self.shared().known_states.retain(&named, &devices);
            fresh = Fresh::default();
            tokio::select! {
                changed = durable.changed() => if changed.is_err() { return Ok(()) },
                () = self.again.notified() => {}
                Some(media) = ready.recv() => fresh.media.push(media),
                _ = alone.changed() => fresh.plugins = true,
                _ = grants.changed() => fresh.plugins = true,
            }
        }
    }

    /// The graph of a moment, and what to send so that Signal has it too.
    fn derive(
        &self,
        sent: Option<(Derivation, u64)>,
        view: &View,
        fresh: &Fresh,
    ) -> (Derivation, Vec<GraphDifference>) {
        let files = Files {
            cache: &self.around.cache,
            incidents: &self.around.incidents,
            grants: &self.around.grants,
        };
        let (Some((mut derivation, _)), Some(since)) = (sent, &view.since) else {
            let derivation = Derivation::new(&view.project, self.rate, &files);
            let whole = GraphDifference::whole(derivation.spec());
            return (derivation, vec![whole]);
        };
        let updates: Vec<Update> =
            since.iter().flat_map(|transaction| transaction.updates.iter().cloned()).collect();
        let mut differences = vec![derivation.update(&view.project, &updates, &files)];
        for media in &fresh.media {
            differences.push(derivation.media_changed(&view.project, *media, &files));
        }
        if fresh.plugins {
            differences.push(derivation.plugins_changed(&view.project, &files));
        }
        (derivation, differences)
    }

    async fn send(
        &self,
        mut difference: GraphDifference,
        revision: u64,
        whole: bool,
        to_signal: &ToSignal,
    ) -> Result<(), SignalError> {
        self.send_states(&mut difference, to_signal).await?;
        for part in wire::graph::update(&difference, revision, whole, Some(&self.around.folder.takes())) {
            to_signal.graph(part).await?;
        }
        Ok(())
    }

    async fn look(&self, have_sequence: Option<u64>) -> Option<View> {
        let (reply, answer) = oneshot::channel();
        self.around.events.send(Event::Look { have_sequence, reply }).await.ok()?;
        answer.await.ok()
    }

    /// Has what is missing decoded beside; its clips come in when it is there.
    fn decode_missing(&self, view: &View, decoding: &mut HashSet<Id>, decoded: &mpsc::Sender<Id>) {
        for (media, source) in
            graph::missing(&view.project, self.rate, &self.around.cache, &self.around.folder)
        {
            if decoding.insert(media.id) {
                let (cache, decoded, rate) = (self.around.cache.clone(), decoded.clone(), self.rate.hz());
                tokio::spawn(async move {
                    let mut made = cache.ensure_pcm(&media.hash, &source, rate).await;
                    while made.as_ref().is_err_and(CacheError::is_full) && !decoded.is_closed() {
                        time::sleep(ROOM_RETRY).await;
                        made = cache.ensure_pcm(&media.hash, &source, rate).await;
                    }
                    match made {
                        // An error means that the link is gone.
                        Ok(()) => drop(decoded.send(media.id).await),
                        Err(error) => tracing::warn!("the sound “{}” is silent: {error}", media.name),
                    }
                });
            }
        }
    }

    /// Sends the states a graph names. One that can't be had is left out of the graph: the plugin starts as it is.
    async fn send_states(
        &self,
        graph: &mut GraphDifference,
        to_signal: &ToSignal,
    ) -> Result<(), SignalError> {
        for hash in graph::states(graph) {
            if self.shared().known_states.has(&hash) {
                continue;
            }
            let (folder, wanted) = (self.around.folder.clone(), hash.clone());
            match tokio::task::spawn_blocking(move || states::load(&folder, &wanted)).await {
                Ok(Ok(state)) => {
                    for part in wire::parts::plugin_state(&hash, state) {
                        to_signal.state(part).await?;
                    }
                    self.shared().known_states.sent(hash);
                }
                Ok(Err(error)) => {
                    tracing::warn!("{error}");
                    graph::forget_state(graph, &hash);
                }
                Err(error) => return Err(SignalError::Broken(error.to_string())),
            }
        }
        Ok(())
    }

    async fn receive(&self, mut from_signal: EventsFromSignal) -> Result<(), SignalError> {
        let mut assembly = Assembly::default();
        let mut moves: HashMap<(u64, u32), f64> = HashMap::new();
        let mut gesture_ends = Instant::now();
        loop {
            let event = tokio::select! {
                event = from_signal.next() => event?,
                () = time::sleep_until(gesture_ends), if !moves.is_empty() => {
                    self.set_parameters(std::mem::take(&mut moves)).await;
                    continue;
                }
                () = time::sleep(ROOM_RETRY), if !self.shared().unstored.is_empty() => {
                    let unstored = std::mem::take(&mut self.shared().unstored);
                    for (device, state) in unstored {
                        self.keep_state(device, state).await;
                    }
                    continue;
                }
            };
            match event {
                FromSignal::Applied => self.shared().refusals = 0,
                FromSignal::TakesWaiting => self.around.takes_waiting.notify_one(),
                FromSignal::Incident(incident) => self.remember(*incident).await,
                FromSignal::Refused(revision, reason) => self.refused(revision, &reason),
                FromSignal::StatePart(part) => match assembly.take(part) {
                    Ok(None) => {}
                    Ok(Some((device, state))) => self.keep_state(device, state).await,
                    Err(error) => tracing::warn!("{error}"),
                },
                FromSignal::ParameterEdited { device, parameter, value } => {
                    if moves.is_empty() {
                        gesture_ends = Instant::now() + GESTURE;
                    }
                    if moves.len() < MAX_PARAMETERS {
                        moves.insert((device, parameter), value);
                    }
                }
            }
        }
    }

    fn refused(&self, revision: u64, reason: &str) {
        tracing::error!("Signal refused graph {revision}: {reason}");
        let mut shared = self.shared();
        shared.refusals += 1;
        shared.send_whole = true;
        shared.known_states.forget();
        if shared.refusals <= MAX_RESENDS {
            self.again.notify_one();
        }
    }

    /// What is remembered may change where the plugin runs: then `send_graphs` hears of it.
    async fn remember(&self, incident: Incident) {
        let Some(view) = self.look(None).await else { return };
        let (song, incidents) = (view.project.song().name.clone(), self.around.incidents.clone());
        // It can't panic; if it does the plugin runs as before.
        let _ = tokio::task::spawn_blocking(move || incidents.remember(song, incident)).await;
    }
}

fn has_media(transaction: &Transaction) -> bool {
    transaction.updates.iter().any(|update| matches!(update.entity(), Some(Entity::Media(_))))
}
