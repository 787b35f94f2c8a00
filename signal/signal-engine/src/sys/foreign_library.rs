//! Libraries of sound systems, found at run time: a program linked to them would not start where they are missing
//! (decisions 0011 and 0013). Each system declares the functions that it uses; nothing is called here but to keep libasound
//! from writing to standard error.
#![allow(unsafe_code)]

use std::ffi::{c_char, c_int};
use std::sync::OnceLock;

use libloading::Library;

/// Declares `Functions`, the functions of a library by what they do, and `Functions::find`.
///
/// `name: b"symbol\0" fn(arguments) -> result;` a line; variable arguments are written `; ...` behind the others. Each must be
/// declared as the library's header does, and stay so in every version of the library that bears the name.
macro_rules! function_table {
    ($($field:ident: $symbol:literal fn($($argument:ty),* $(; $variable:tt)?) $(-> $result:ty)?;)*) => {
        /// The functions that are used, by what they do.
        #[derive(Clone, Copy)]
        pub struct Functions {
            $(pub $field: unsafe extern "C" fn($($argument),* $(, $variable)?) $(-> $result)?,)*
        }

        impl Functions {
            fn find(library: &'static libloading::Library) -> Result<Self, libloading::Error> {
                // SAFETY: each is declared as in the library's header (see `function_table`), and of two versions of a
                // symbol the default one is found; the library is never unloaded, so the pointers stay valid.
                unsafe { Ok(Self { $($field: *library.get($symbol)?,)* }) }
            }
        }
    };
}
pub(crate) use function_table;

/// Loads a library, never to unload it: threads of it may outlive all that used it. `[control]`
///
/// # Errors
/// It is not there.
///
/// # Safety
/// Its initialisers must do nothing but set up its own memory.
pub unsafe fn load(name: &str) -> Result<&'static Library, String> {
    // SAFETY: the caller's.
    let library = unsafe { Library::new(name) }.map_err(|error| error.to_string())?;
    Ok(Box::leak(Box::new(library)))
}

/// ALSA's library, which says nothing on standard error. `[control]`
///
/// # Errors
/// It is not installed; for people.
pub fn libasound() -> Result<&'static Library, String> {
    static FOUND: OnceLock<Result<&'static Library, String>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        // SAFETY: initialisers of libasound do nothing but set up its own memory.
        let library = unsafe { load("libasound.so.2") }?;
        silence(library).map_err(|error| error.to_string())?;
        Ok(library)
    });
    found.clone().map_err(|error| format!("ALSA's library is not there (install libasound2): {error}"))
}

/// Told of what goes wrong, in the style of printf.
type OnError = unsafe extern "C" fn(*const c_char, c_int, *const c_char, c_int, *const c_char, ...);
type FixedOnError = unsafe extern "C" fn(*const c_char, c_int, *const c_char, c_int, *const c_char);

fn silence(libasound: &Library) -> Result<(), libloading::Error> {
    // SAFETY: the type is that of alsa/error.h. The two types of what is set differ in the variable arguments alone, which
    // the caller cleans up and a function that takes none of them leaves where they are, in every calling convention of
    // Linux; it does nothing and lives for ever.
    unsafe {
        let set = libasound.get::<unsafe extern "C" fn(OnError) -> c_int>(b"snd_lib_error_set_handler\0")?;
        set(std::mem::transmute::<FixedOnError, OnError>(says_nothing));
    }
    Ok(())
}

unsafe extern "C" fn says_nothing(_: *const c_char, _: c_int, _: *const c_char, _: c_int, _: *const c_char) {}
