//! The cards of this machine with their PCMs, and the PCMs that ALSA's configuration names. It opens no PCM.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr;

use super::library::{Functions, RawCardInfo, RawControl, RawPcmInfo};
use super::pcm::Direction;

/// Most cards and PCMs of a card that are looked at; Linux knows 32 cards.
const MOST_CARDS: usize = 64;
const MOST_DEVICES: usize = 256;
/// Most names of ALSA's configuration.
const MOST_HINTS: usize = 4096;

/// A PCM of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardPcm {
    /// As the card is named in configurations: "PCH".
    pub card: String,
    /// For people: "HDA Intel PCH".
    pub card_name: String,
    /// Its number on the card.
    pub device: u32,
    /// For people: "ALC892 Analog".
    pub name: String,
}

/// A PCM of ALSA's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// What it is opened by.
    pub name: String,
    /// For people; may have several lines.
    pub description: String,
}

/// Every PCM of every card. What can't be asked is left out.
pub fn of_cards(functions: &Functions) -> Vec<CardPcm> {
    let mut found = Vec::new();
    let mut number = -1;
    for _ in 0..MOST_CARDS {
        // SAFETY: the number is read and written before the call returns.
        if unsafe { (functions.next_card)(&raw mut number) } < 0 || number < 0 {
            break;
        }
        if let Some(card) = Card::open(functions, number) {
            found.extend(card.pcms());
        }
    }
    found
}

/// The control device of a card, open.
struct Card<'a> {
    functions: &'a Functions,
    control: *mut RawControl,
    id: String,
    name: String,
}

impl Drop for Card<'_> {
    fn drop(&mut self) {
        // SAFETY: it is open and nobody uses it any more.
        unsafe { (self.functions.control_close)(self.control) };
    }
}

impl<'a> Card<'a> {
    fn open(functions: &'a Functions, number: i32) -> Option<Self> {
        let name = CString::new(format!("hw:{number}")).ok()?;
        let mut control = ptr::null_mut();
        // SAFETY: the name lives through the call, which writes `control` if it succeeds.
        if unsafe { (functions.control_open)(&raw mut control, name.as_ptr(), 0) } < 0 {
            return None;
        }
        let mut card = Self { functions, control, id: String::new(), name: String::new() };
        let mut info: *mut RawCardInfo = ptr::null_mut();
        // SAFETY: the control is open; `info` is used between its making and its end; its texts live as long.
        unsafe {
            if (functions.card_info_new)(&raw mut info) < 0 {
                return None;
            }
            if (functions.card_info)(control, info) >= 0 {
                card.id = text((functions.card_id)(info));
                card.name = text((functions.card_name)(info));
            }
            (functions.card_info_free)(info);
        }
        (!card.id.is_empty()).then_some(card)
    }

    fn pcms(&self) -> Vec<CardPcm> {
        let mut pcms = Vec::new();
        let mut device = -1;
        for _ in 0..MOST_DEVICES {
            // SAFETY: the control is open, the number is read and written before the call returns.
            if unsafe { (self.functions.next_device)(self.control, &raw mut device) } < 0 {
                break;
            }
            let Ok(number) = u32::try_from(device) else { break };
            let ways = [Direction::Playback, Direction::Capture];
            if let Some(name) = ways.into_iter().find_map(|way| self.pcm_name(number, way)) {
                let (card, card_name) = (self.id.clone(), self.name.clone());
                pcms.push(CardPcm { card, card_name, device: number, name });
            }
        }
        pcms
    }

    fn pcm_name(&self, device: u32, way: Direction) -> Option<String> {
        let functions = self.functions;
        let mut info: *mut RawPcmInfo = ptr::null_mut();
        // SAFETY: the control is open; `info` is used between its making and its end; its text lives as long.
        unsafe {
            if (functions.pcm_info_new)(&raw mut info) < 0 {
                return None;
            }
            (functions.pcm_info_device)(info, device);
            (functions.pcm_info_subdevice)(info, 0);
            (functions.pcm_info_stream)(info, way.raw());
            let there = (functions.pcm_info)(self.control, info) >= 0;
            let name = there.then(|| text((functions.pcm_name)(info)));
            (functions.pcm_info_free)(info);
            name
        }
    }
}

/// Every PCM that ALSA's configuration wants shown.
pub fn hints(functions: &Functions) -> Vec<Hint> {
    let mut found = Vec::new();
    let mut list: *mut *mut c_void = ptr::null_mut();
    // SAFETY: the text lives through the call; if it succeeds, `list` ends with null and is valid until it is freed.
    unsafe {
        if (functions.hints)(-1, c"pcm".as_ptr(), &raw mut list) < 0 || list.is_null() {
            return found;
        }
        let mut next = list;
        while !(*next).is_null() && found.len() < MOST_HINTS {
            if let Some(name) = hint(functions, *next, c"NAME") {
                let description = hint(functions, *next, c"DESC").unwrap_or_default();
                found.push(Hint { name, description });
            }
            next = next.add(1);
        }
        (functions.hints_free)(list);
    }
    found
}

/// # Safety
/// `entry` is one of the library's list.
unsafe fn hint(functions: &Functions, entry: *const c_void, what: &CStr) -> Option<String> {
    // SAFETY: the entry is valid; what comes back is null or a text of our own to free.
    unsafe {
        let value = (functions.hint)(entry, what.as_ptr());
        if value.is_null() {
            return None;
        }
        let owned = text(value);
        libc::free(value.cast());
        Some(owned)
    }
}

/// # Safety
/// `text` is null or ends with zero, and lives through the call.
unsafe fn text(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: as the caller says.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}
