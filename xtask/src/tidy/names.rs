//! Names of types and of files (style 3 and 4), and where `unsafe` and another system's code may stand (14 and 15).
//! Knows the few words that are banned, not which name would be good.

use syn::{ItemEnum, ItemStruct, ItemTrait, ItemType, visit::Visit};

use crate::{rust_source::RustSource, violation::Violation};

const BANNED_TYPES: [&str; 7] = ["Engine", "Session", "App", "Manager", "Service", "Data", "Info"];
const BANNED_ENDINGS: [&str; 4] = ["Manager", "Helper", "Util", "Utils"];

/// Where `unsafe` may be allowed. `sys` files may as well.
const UNSAFE_FOLDERS: [&str; 5] =
    ["base/shm/", "signal/signal-rt/", "signal/signal-sandbox/", "tests/test-plugin/", "/simd/"];

/// Crates that an audio thread runs; their `lib.rs` denies the types that clippy.toml bans.
const AUDIO_CRATES: [&str; 3] = ["signal/signal-rt/", "signal/signal-graph/", "signal/signal-nodes/"];
const BAN: &str = "#![deny(clippy::disallowed_types)]";

/// Names and places that the rules forbid in one file.
pub fn check(source: &RustSource<'_>) -> Vec<Violation> {
    let mut visitor = Types { path: source.path, violations: Vec::new() };
    visitor.visit_file(&source.syntax);
    let mut violations = visitor.violations;
    if source.path.ends_with("/mod.rs") {
        violations
            .push(Violation::of_file(source.path, "name it like its folder, beside it: no mod.rs (style 3)"));
    }
    let is_audio_crate = AUDIO_CRATES.iter().any(|folder| source.path == format!("{folder}src/lib.rs"));
    if is_audio_crate && !source.text.contains(BAN) {
        violations.push(Violation::of_file(
            source.path,
            format!("an audio thread runs this: add {BAN} (style 25)"),
        ));
    }
    for (index, line) in source.text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        if code.contains(concat!("allow(", "unsafe_code)")) && !may_be_unsafe(source.path) {
            violations.push(Violation::at(
                source.path,
                index + 1,
                "`unsafe` does not belong here (style 14)",
            ));
        }
        if names_a_system(code) && !is_sys(source.path) {
            let text = "code for one operating system belongs into sys.rs or sys/ (style 15)";
            violations.push(Violation::at(source.path, index + 1, text));
        }
    }
    violations
}

fn may_be_unsafe(path: &str) -> bool {
    is_sys(path) || UNSAFE_FOLDERS.iter().any(|folder| path.contains(folder))
}

fn is_sys(path: &str) -> bool {
    path.ends_with("/sys.rs") || path.contains("/sys/")
}

fn names_a_system(code: &str) -> bool {
    let systems = [
        concat!("target", "_os"),
        concat!("target", "_family"),
        concat!("cfg(", "unix"),
        concat!("cfg(", "windows"),
    ];
    code.contains("cfg") && systems.iter().any(|system| code.contains(system))
}

struct Types<'a> {
    path: &'a str,
    violations: Vec<Violation>,
}

impl Types<'_> {
    fn judge(&mut self, name: &syn::Ident) {
        let text = name.to_string();
        if BANNED_TYPES.contains(&text.as_str()) || BANNED_ENDINGS.iter().any(|ending| text.ends_with(ending))
        {
            let line = name.span().start().line;
            self.violations.push(Violation::at(
                self.path,
                line,
                format!("`{text}` says nothing: take the domain's noun (style 4)"),
            ));
        }
    }
}

impl<'ast> Visit<'ast> for Types<'_> {
    fn visit_item_struct(&mut self, item: &'ast ItemStruct) {
        self.judge(&item.ident);
        syn::visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'ast ItemEnum) {
        self.judge(&item.ident);
        syn::visit::visit_item_enum(self, item);
    }

    fn visit_item_trait(&mut self, item: &'ast ItemTrait) {
        self.judge(&item.ident);
        syn::visit::visit_item_trait(self, item);
    }

    fn visit_item_type(&mut self, item: &'ast ItemType) {
        self.judge(&item.ident);
        syn::visit::visit_item_type(self, item);
    }
}
