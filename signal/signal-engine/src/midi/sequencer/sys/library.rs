//! The functions of libasound that the sequencer takes. It calls nothing itself.
#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_short, c_uint};
use std::sync::OnceLock;

use libc::pollfd;

use super::event::RawEvent;
use crate::sys::foreign_library::{function_table, libasound};

/// Things of the library's, behind pointers only it looks through.
pub enum RawClient {}
pub enum RawClientInfo {}
pub enum RawPortInfo {}
pub enum RawQueueStatus {}

/// `snd_seq_real_time_t`.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct RealTime {
    pub seconds: c_uint,
    pub nanoseconds: c_uint,
}

// As in alsa/seq.h and alsa/seqmid.h, stable since 1.0.
function_table! {
    open: b"snd_seq_open\0" fn(*mut *mut RawClient, *const c_char, c_int, c_int) -> c_int;
    close: b"snd_seq_close\0" fn(*mut RawClient) -> c_int;
    client_id: b"snd_seq_client_id\0" fn(*mut RawClient) -> c_int;
    set_client_name: b"snd_seq_set_client_name\0" fn(*mut RawClient, *const c_char) -> c_int;
    alloc_queue: b"snd_seq_alloc_named_queue\0" fn(*mut RawClient, *const c_char) -> c_int;
    control_queue: b"snd_seq_control_queue\0" fn(*mut RawClient, c_int, c_int, c_int, *mut RawEvent) -> c_int;
    drain: b"snd_seq_drain_output\0" fn(*mut RawClient) -> c_int;
    send: b"snd_seq_event_output_direct\0" fn(*mut RawClient, *mut RawEvent) -> c_int;
    receive: b"snd_seq_event_input\0" fn(*mut RawClient, *mut *mut RawEvent) -> c_int;
    descriptors: b"snd_seq_poll_descriptors\0" fn(*mut RawClient, *mut pollfd, c_uint, c_short) -> c_int;
    connect_from: b"snd_seq_connect_from\0" fn(*mut RawClient, c_int, c_int, c_int) -> c_int;
    connect_to: b"snd_seq_connect_to\0" fn(*mut RawClient, c_int, c_int, c_int) -> c_int;
    create_port: b"snd_seq_create_port\0" fn(*mut RawClient, *mut RawPortInfo) -> c_int;
    delete_port: b"snd_seq_delete_simple_port\0" fn(*mut RawClient, c_int) -> c_int;
    next_client: b"snd_seq_query_next_client\0" fn(*mut RawClient, *mut RawClientInfo) -> c_int;
    next_port: b"snd_seq_query_next_port\0" fn(*mut RawClient, *mut RawPortInfo) -> c_int;
    queue_status: b"snd_seq_get_queue_status\0" fn(*mut RawClient, c_int, *mut RawQueueStatus) -> c_int;

    client_info_new: b"snd_seq_client_info_malloc\0" fn(*mut *mut RawClientInfo) -> c_int;
    client_info_free: b"snd_seq_client_info_free\0" fn(*mut RawClientInfo);
    client_info_set_client: b"snd_seq_client_info_set_client\0" fn(*mut RawClientInfo, c_int);
    client_info_client: b"snd_seq_client_info_get_client\0" fn(*const RawClientInfo) -> c_int;
    client_info_name: b"snd_seq_client_info_get_name\0" fn(*mut RawClientInfo) -> *const c_char;

    port_info_new: b"snd_seq_port_info_malloc\0" fn(*mut *mut RawPortInfo) -> c_int;
    port_info_free: b"snd_seq_port_info_free\0" fn(*mut RawPortInfo);
    port_info_set_client: b"snd_seq_port_info_set_client\0" fn(*mut RawPortInfo, c_int);
    port_info_set_port: b"snd_seq_port_info_set_port\0" fn(*mut RawPortInfo, c_int);
    port_info_set_name: b"snd_seq_port_info_set_name\0" fn(*mut RawPortInfo, *const c_char);
    port_info_set_capability: b"snd_seq_port_info_set_capability\0" fn(*mut RawPortInfo, c_uint);
    port_info_set_type: b"snd_seq_port_info_set_type\0" fn(*mut RawPortInfo, c_uint);
    port_info_set_stamping: b"snd_seq_port_info_set_timestamping\0" fn(*mut RawPortInfo, c_int);
    port_info_set_stamp_real: b"snd_seq_port_info_set_timestamp_real\0" fn(*mut RawPortInfo, c_int);
    port_info_set_stamp_queue: b"snd_seq_port_info_set_timestamp_queue\0" fn(*mut RawPortInfo, c_int);
    port_info_port: b"snd_seq_port_info_get_port\0" fn(*const RawPortInfo) -> c_int;
    port_info_name: b"snd_seq_port_info_get_name\0" fn(*const RawPortInfo) -> *const c_char;
    port_info_capability: b"snd_seq_port_info_get_capability\0" fn(*const RawPortInfo) -> c_uint;
    port_info_type: b"snd_seq_port_info_get_type\0" fn(*const RawPortInfo) -> c_uint;

    status_new: b"snd_seq_queue_status_malloc\0" fn(*mut *mut RawQueueStatus) -> c_int;
    status_free: b"snd_seq_queue_status_free\0" fn(*mut RawQueueStatus);
    status_time: b"snd_seq_queue_status_get_real_time\0" fn(*const RawQueueStatus) -> *const RealTime;
}

/// The library. `[control]`
///
/// # Errors
/// It is not installed, or too old; for people.
pub fn find() -> Result<Functions, String> {
    static FOUND: OnceLock<Result<Functions, String>> = OnceLock::new();
    let find =
        || Functions::find(libasound()?).map_err(|error| format!("ALSA's library is too old: {error}"));
    FOUND.get_or_init(find).clone()
}
