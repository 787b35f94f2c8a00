//! Files of the page that nothing imports. Reads import statements by their form, and does not resolve packages.

use std::collections::BTreeSet;

use super::reach_rust::normal;
use crate::{
    repository::{Repository, SourceFile},
    violation::Violation,
};

const WEB: &str = "aura/web/";
const KINDS: [&str; 3] = ["ts", "svelte", "css"];

/// Files that are not reached from the page, its tests or its tools.
pub fn unreachable(repository: &Repository) -> Vec<Violation> {
    let page: Vec<&SourceFile> = repository.files.iter().filter(|file| file.path.starts_with(WEB)).collect();
    let mut pending: Vec<&SourceFile> = page.iter().copied().filter(|file| is_root(&file.path)).collect();
    let mut reached = BTreeSet::new();
    while let Some(file) = pending.pop() {
        if reached.insert(&file.path) {
            let named = specifiers(file.text());
            pending.extend(named.iter().filter_map(|name| resolve(&page, &file.path, name)));
        }
    }
    page.iter()
        .filter(|file| KINDS.contains(&file.extension()) && !reached.contains(&file.path))
        .map(|file| Violation::of_file(&file.path, "nothing imports it: use it or remove it"))
        .collect()
}

/// The page itself, tests, and the settings of tools, which are found by their names.
fn is_root(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.ends_with(".html")
        || name.contains(".test.")
        || name.contains(".config.")
        || name.ends_with(".d.ts")
        || path.contains("/journeys/") && name.contains(".journey.")
        || path.contains("/screenshots/") && name.contains(".shots.")
}

/// Everything quoted that begins like a path: `from "./x"`, `import("../x")`, `src="/src/main.ts"`, `new URL("./x", …)`.
fn specifiers(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for quote in ['"', '\'', '`'] {
        let begins_like_path =
            |part: &&str| part.starts_with("./") || part.starts_with("../") || part.starts_with('/');
        found.extend(text.split(quote).filter(begins_like_path).map(str::to_owned));
    }
    found
}

fn resolve<'a>(page: &[&'a SourceFile], from: &str, name: &str) -> Option<&'a SourceFile> {
    let name = name.split('?').next().unwrap_or_default();
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let base = match name.strip_prefix('/') {
        Some(absolute) => normal(&format!("{WEB}{absolute}")),
        None => normal(&format!("{folder}/{name}")),
    };
    let without_js = base.strip_suffix(".js").unwrap_or(&base).to_owned();
    let candidates = [
        base.clone(),
        format!("{base}.ts"),
        format!("{without_js}.ts"),
        format!("{base}.svelte"),
        format!("{base}/index.ts"),
    ];
    candidates.iter().find_map(|path| page.iter().copied().find(|file| file.path == *path))
}
