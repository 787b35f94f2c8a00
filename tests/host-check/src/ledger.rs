//! What the host did so far, and what of it CLAP forbids. Knows no audio and no parameter.

use std::{
    ffi::CString,
    fmt::Display,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering},
    },
    thread::ThreadId,
};

use clack_extensions::{
    log::{HostLog, LogSeverity},
    thread_check::HostThreadCheck,
};
use clack_plugin::prelude::*;

/// How far the plugin has been brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Phase {
    /// Made, or deactivated.
    Inactive,
    /// Activated, not processing.
    Active,
    /// Between `start_processing` and `stop_processing`.
    Processing,
}

/// The record of one plugin's life.
pub struct Ledger<'a> {
    host: HostSharedHandle<'a>,
    main_thread: ThreadId,
    phase: AtomicU8,
    /// A call that belongs to the audio thread is under way.
    on_audio: AtomicBool,
    /// The plugin asked to be called back.
    asked: AtomicBool,
    /// Rules broken so far; each is told once, or a log would be flooded every block.
    told: Mutex<Vec<&'static str>>,
    violations: AtomicU32,
}

impl<'a> Ledger<'a> {
    /// The calling thread is the main thread from now on.
    pub fn new(host: HostSharedHandle<'a>) -> Self {
        Self {
            host,
            main_thread: std::thread::current().id(),
            phase: AtomicU8::new(Phase::Inactive as u8),
            on_audio: AtomicBool::new(false),
            asked: AtomicBool::new(false),
            told: Mutex::default(),
            violations: AtomicU32::new(0),
        }
    }

    /// The host broke `rule`; `seen` says how. Any thread.
    pub fn violation(&self, rule: &'static str, seen: impl Display) {
        self.violations.fetch_add(1, Ordering::Relaxed);
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.contains(&rule) {
            return;
        }
        told.push(rule);
        self.log(LogSeverity::HostMisbehaving, &format!("{rule}: {seen}"));
    }

    /// Says that there is somebody who checks: a log without this line proves nothing.
    pub fn greet(&self) {
        self.log(LogSeverity::Info, "this plugin checks its host");
    }

    fn log(&self, severity: LogSeverity, line: &str) {
        if let (Some(log), Ok(line)) = (self.host.get_extension::<HostLog>(), CString::new(line)) {
            log.log(&self.host, severity, &line);
        }
    }

    /// The host broke `rule` unless `holds`.
    pub fn expect(&self, holds: bool, rule: &'static str, seen: impl Display) {
        if !holds {
            self.violation(rule, seen);
        }
    }

    /// How often the host broke a rule.
    pub fn violations(&self) -> u32 {
        self.violations.load(Ordering::Relaxed)
    }

    /// How far the plugin has been brought.
    pub fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Acquire) {
            0 => Phase::Inactive,
            1 => Phase::Active,
            _ => Phase::Processing,
        }
    }

    /// The plugin is brought from one phase to another.
    pub fn moves(&self, from: Phase, to: Phase, call: &'static str) {
        let was = self.phase();
        let rule = "a plugin is activated, started, stopped, deactivated in this order";
        self.expect(was == from, rule, format_args!("{call} while {was:?}"));
        self.phase.store(to as u8, Ordering::Release);
    }

    /// `call` belongs to the main thread.
    pub fn on_main(&self, call: &'static str) {
        let here = std::thread::current().id() == self.main_thread;
        self.expect(here, "a main-thread function is called on the main thread", call);
        let says = self.host.get_extension::<HostThreadCheck>().map(|it| it.is_main_thread(&self.host));
        self.expect(says != Some(Some(false)), "thread-check knows the main thread", call);
    }

    /// `call` belongs to the audio thread, of which there is one at a time; it lasts as long as what this returns.
    pub fn on_audio(&self, call: &'static str) -> AudioCall<'_> {
        let alone = !self.on_audio.swap(true, Ordering::AcqRel);
        self.expect(alone, "audio-thread functions of one plugin never run at the same time", call);
        let elsewhere = std::thread::current().id() != self.main_thread;
        self.expect(elsewhere, "an audio-thread function is not called on the main thread", call);
        let says = self.host.get_extension::<HostThreadCheck>().map(|it| it.is_audio_thread(&self.host));
        self.expect(says != Some(Some(false)), "thread-check knows the audio thread", call);
        AudioCall(&self.on_audio)
    }

    /// Nothing of the audio thread may be under way.
    pub fn audio_rests(&self, call: &'static str) {
        let rests = !self.on_audio.load(Ordering::Acquire);
        self.expect(rests, "a plugin is deactivated and destroyed while its audio thread rests", call);
    }

    /// The plugin asks to be called back.
    pub fn asks_for_callback(&self) {
        self.asked.store(true, Ordering::Release);
        self.host.request_callback();
    }

    /// It was called back.
    pub fn is_called_back(&self) {
        let asked = self.asked.swap(false, Ordering::AcqRel);
        self.expect(asked, "on_main_thread answers request_callback", "it was not asked for");
    }
}

impl Drop for Ledger<'_> {
    /// The plugin is destroyed. A host that misbehaved shall not end as if it had not.
    fn drop(&mut self) {
        self.on_main("destroy");
        self.audio_rests("destroy");
        let phase = self.phase();
        let rule = "a plugin is deactivated before it is destroyed";
        self.expect(phase == Phase::Inactive, rule, format_args!("{phase:?}"));
        if self.violations() > 0 {
            std::process::abort();
        }
    }
}

/// A call on the audio thread.
#[derive(Debug)]
pub struct AudioCall<'a>(&'a AtomicBool);

impl Drop for AudioCall<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}
