//! Rust files that no crate reaches through `mod`. Follows modules, not what is used of them: the compiler does that.

use std::collections::BTreeSet;

use syn::{Expr, ExprLit, Item, ItemMod, Lit, Meta};

use crate::{repository::Repository, violation::Violation};

/// The files where cargo begins: libraries, programs, tests, benchmarks, build scripts.
///
/// # Errors
/// Cargo can't read the workspace.
pub fn roots(repository: &Repository) -> anyhow::Result<Vec<String>> {
    let metadata = repository.metadata()?;
    let targets = metadata.workspace_packages().into_iter().flat_map(|package| package.targets.clone());
    Ok(targets
        .filter_map(|target| {
            let path = target.src_path.as_std_path().strip_prefix(&repository.root).ok()?;
            Some(path.to_string_lossy().into_owned())
        })
        .collect())
}

/// Files that are not reached from `roots`.
pub fn unreachable(repository: &Repository, roots: &[String]) -> Vec<Violation> {
    let mut reached = BTreeSet::new();
    let mut pending: Vec<String> = roots.to_vec();
    while let Some(path) = pending.pop() {
        if reached.insert(path.clone()) {
            pending.extend(modules_of(repository, &path, roots.contains(&path)));
        }
    }
    repository
        .with_extension("rs")
        .filter(|file| !reached.contains(&file.path))
        .map(|file| Violation::of_file(&file.path, "no crate reaches it through `mod`: use it or remove it"))
        .collect()
}

fn modules_of(repository: &Repository, path: &str, is_root: bool) -> Vec<String> {
    let Some(file) = repository.files.iter().find(|file| file.path == path) else { return Vec::new() };
    // A file that is not Rust is reported by the checks of single files.
    let Ok(syntax) = syn::parse_file(file.text()) else { return Vec::new() };
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let below = if is_root { folder.to_owned() } else { path.trim_end_matches(".rs").to_owned() };
    let mut found = Vec::new();
    collect(&syntax.items, folder, &below, &mut found);
    let exists = |path: &String| repository.files.iter().any(|file| file.path == *path);
    found.retain(exists);
    found
}

fn collect(items: &[Item], folder: &str, below: &str, found: &mut Vec<String>) {
    for item in items {
        let Item::Mod(module) = item else { continue };
        match (&module.content, path_attribute(module)) {
            (Some((_, inner)), _) => collect(inner, folder, &format!("{below}/{}", module.ident), found),
            (None, Some(path)) => found.push(normal(&format!("{folder}/{path}"))),
            (None, None) => found.push(format!("{below}/{}.rs", module.ident)),
        }
    }
}

fn path_attribute(module: &ItemMod) -> Option<String> {
    module.attrs.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    })
}

/// The path without `.` and `..`.
pub fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}
