//! The functions of libasound that sound cards take. It calls nothing itself.
#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_long, c_uint, c_ulong, c_ushort, c_void};
use std::sync::OnceLock;

use libc::pollfd;

use crate::sys::foreign_library::{function_table, libasound};

/// Things of the library's, behind pointers only it looks through.
pub enum RawPcm {}
pub enum RawHardware {}
pub enum RawSoftware {}
pub enum RawControl {}
pub enum RawCardInfo {}
pub enum RawPcmInfo {}

// As in alsa/asoundlib.h, stable since 1.0.
function_table! {
    open: b"snd_pcm_open\0" fn(*mut *mut RawPcm, *const c_char, c_int, c_int) -> c_int;
    close: b"snd_pcm_close\0" fn(*mut RawPcm) -> c_int;
    state: b"snd_pcm_state\0" fn(*mut RawPcm) -> c_int;
    prepare: b"snd_pcm_prepare\0" fn(*mut RawPcm) -> c_int;
    start: b"snd_pcm_start\0" fn(*mut RawPcm) -> c_int;
    stop: b"snd_pcm_drop\0" fn(*mut RawPcm) -> c_int;
    resume: b"snd_pcm_resume\0" fn(*mut RawPcm) -> c_int;
    link: b"snd_pcm_link\0" fn(*mut RawPcm, *mut RawPcm) -> c_int;
    available: b"snd_pcm_avail\0" fn(*mut RawPcm) -> c_long;
    delay: b"snd_pcm_delay\0" fn(*mut RawPcm, *mut c_long) -> c_int;
    read: b"snd_pcm_readi\0" fn(*mut RawPcm, *mut c_void, c_ulong) -> c_long;
    write: b"snd_pcm_writei\0" fn(*mut RawPcm, *mut c_void, c_ulong) -> c_long;
    read_planes: b"snd_pcm_readn\0" fn(*mut RawPcm, *mut *mut c_void, c_ulong) -> c_long;
    write_planes: b"snd_pcm_writen\0" fn(*mut RawPcm, *mut *mut c_void, c_ulong) -> c_long;
    descriptor_count: b"snd_pcm_poll_descriptors_count\0" fn(*mut RawPcm) -> c_int;
    descriptors: b"snd_pcm_poll_descriptors\0" fn(*mut RawPcm, *mut pollfd, c_uint) -> c_int;
    events: b"snd_pcm_poll_descriptors_revents\0"
        fn(*mut RawPcm, *mut pollfd, c_uint, *mut c_ushort) -> c_int;

    hardware_new: b"snd_pcm_hw_params_malloc\0" fn(*mut *mut RawHardware) -> c_int;
    hardware_free: b"snd_pcm_hw_params_free\0" fn(*mut RawHardware);
    hardware_any: b"snd_pcm_hw_params_any\0" fn(*mut RawPcm, *mut RawHardware) -> c_int;
    hardware_install: b"snd_pcm_hw_params\0" fn(*mut RawPcm, *mut RawHardware) -> c_int;
    set_resample: b"snd_pcm_hw_params_set_rate_resample\0"
        fn(*mut RawPcm, *mut RawHardware, c_uint) -> c_int;
    set_access: b"snd_pcm_hw_params_set_access\0" fn(*mut RawPcm, *mut RawHardware, c_int) -> c_int;
    set_format: b"snd_pcm_hw_params_set_format\0" fn(*mut RawPcm, *mut RawHardware, c_int) -> c_int;
    least_channels: b"snd_pcm_hw_params_get_channels_min\0" fn(*const RawHardware, *mut c_uint) -> c_int;
    most_channels: b"snd_pcm_hw_params_get_channels_max\0" fn(*const RawHardware, *mut c_uint) -> c_int;
    set_channels: b"snd_pcm_hw_params_set_channels_near\0"
        fn(*mut RawPcm, *mut RawHardware, *mut c_uint) -> c_int;
    set_rate: b"snd_pcm_hw_params_set_rate_near\0"
        fn(*mut RawPcm, *mut RawHardware, *mut c_uint, *mut c_int) -> c_int;
    set_period: b"snd_pcm_hw_params_set_period_size_near\0"
        fn(*mut RawPcm, *mut RawHardware, *mut c_ulong, *mut c_int) -> c_int;
    set_buffer: b"snd_pcm_hw_params_set_buffer_size_near\0"
        fn(*mut RawPcm, *mut RawHardware, *mut c_ulong) -> c_int;
    period: b"snd_pcm_hw_params_get_period_size\0"
        fn(*const RawHardware, *mut c_ulong, *mut c_int) -> c_int;
    buffer: b"snd_pcm_hw_params_get_buffer_size\0" fn(*const RawHardware, *mut c_ulong) -> c_int;

    software_new: b"snd_pcm_sw_params_malloc\0" fn(*mut *mut RawSoftware) -> c_int;
    software_free: b"snd_pcm_sw_params_free\0" fn(*mut RawSoftware);
    software_current: b"snd_pcm_sw_params_current\0" fn(*mut RawPcm, *mut RawSoftware) -> c_int;
    software_install: b"snd_pcm_sw_params\0" fn(*mut RawPcm, *mut RawSoftware) -> c_int;
    set_wake: b"snd_pcm_sw_params_set_avail_min\0" fn(*mut RawPcm, *mut RawSoftware, c_ulong) -> c_int;
    set_start: b"snd_pcm_sw_params_set_start_threshold\0"
        fn(*mut RawPcm, *mut RawSoftware, c_ulong) -> c_int;
    set_stop: b"snd_pcm_sw_params_set_stop_threshold\0"
        fn(*mut RawPcm, *mut RawSoftware, c_ulong) -> c_int;
    boundary: b"snd_pcm_sw_params_get_boundary\0" fn(*const RawSoftware, *mut c_ulong) -> c_int;

    next_card: b"snd_card_next\0" fn(*mut c_int) -> c_int;
    control_open: b"snd_ctl_open\0" fn(*mut *mut RawControl, *const c_char, c_int) -> c_int;
    control_close: b"snd_ctl_close\0" fn(*mut RawControl) -> c_int;
    card_info_new: b"snd_ctl_card_info_malloc\0" fn(*mut *mut RawCardInfo) -> c_int;
    card_info_free: b"snd_ctl_card_info_free\0" fn(*mut RawCardInfo);
    card_info: b"snd_ctl_card_info\0" fn(*mut RawControl, *mut RawCardInfo) -> c_int;
    card_id: b"snd_ctl_card_info_get_id\0" fn(*const RawCardInfo) -> *const c_char;
    card_name: b"snd_ctl_card_info_get_name\0" fn(*const RawCardInfo) -> *const c_char;
    next_device: b"snd_ctl_pcm_next_device\0" fn(*mut RawControl, *mut c_int) -> c_int;
    pcm_info_new: b"snd_pcm_info_malloc\0" fn(*mut *mut RawPcmInfo) -> c_int;
    pcm_info_free: b"snd_pcm_info_free\0" fn(*mut RawPcmInfo);
    pcm_info_device: b"snd_pcm_info_set_device\0" fn(*mut RawPcmInfo, c_uint);
    pcm_info_subdevice: b"snd_pcm_info_set_subdevice\0" fn(*mut RawPcmInfo, c_uint);
    pcm_info_stream: b"snd_pcm_info_set_stream\0" fn(*mut RawPcmInfo, c_int);
    pcm_info: b"snd_ctl_pcm_info\0" fn(*mut RawControl, *mut RawPcmInfo) -> c_int;
    pcm_name: b"snd_pcm_info_get_name\0" fn(*const RawPcmInfo) -> *const c_char;
    hints: b"snd_device_name_hint\0" fn(c_int, *const c_char, *mut *mut *mut c_void) -> c_int;
    hint: b"snd_device_name_get_hint\0" fn(*const c_void, *const c_char) -> *mut c_char;
    hints_free: b"snd_device_name_free_hint\0" fn(*mut *mut c_void) -> c_int;
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
