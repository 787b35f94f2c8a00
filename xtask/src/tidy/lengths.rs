//! Lengths of files and functions (style 5). Counts lines, not complexity.

use syn::{Block, spanned::Spanned as _, visit::Visit};

use crate::{
    repository::{Repository, SourceFile},
    rust_source::RustSource,
    violation::Violation,
};

/// Over this many lines a file is worth a look.
pub const FILE_LINES_TO_LOOK_AT: usize = 400;
/// Over this many it is to be split.
pub const FILE_LINES: usize = 600;
/// From the line of `fn` to the closing brace.
pub const FUNCTION_LINES: usize = 70;
/// A process's `main.rs` has arguments and logging only.
pub const MAIN_LINES: usize = 40;

const COUNTED: [&str; 7] = ["rs", "ts", "svelte", "css", "proto", "sh", "js"];

fn lines(file: &SourceFile) -> usize {
    file.text().lines().count()
}

/// A file that is too long.
pub fn file(file: &SourceFile) -> Option<Violation> {
    let limit = if file.path.ends_with("src/main.rs") { MAIN_LINES } else { FILE_LINES };
    let count = lines(file);
    (COUNTED.contains(&file.extension()) && count > limit)
        .then(|| Violation::of_file(&file.path, format!("has {count} lines, {limit} are allowed: split it")))
}

/// Files that are allowed but long enough to look at twice.
#[must_use]
pub fn long_files(repository: &Repository) -> Vec<Violation> {
    let long =
        |file: &&SourceFile| COUNTED.contains(&file.extension()) && lines(file) > FILE_LINES_TO_LOOK_AT;
    let say = |file: &SourceFile| Violation::of_file(&file.path, format!("has {} lines", lines(file)));
    repository.files.iter().filter(long).map(say).collect()
}

/// Functions that are too long. Those written inside a macro's arguments are not seen.
pub fn functions(source: &RustSource<'_>) -> Vec<Violation> {
    let mut visitor = Functions { path: source.path, violations: Vec::new() };
    visitor.visit_file(&source.syntax);
    visitor.violations
}

struct Functions<'a> {
    path: &'a str,
    violations: Vec<Violation>,
}

impl Functions<'_> {
    fn measure(&mut self, signature: &syn::Signature, block: &Block) {
        let first = signature.fn_token.span.start().line;
        let last = block.brace_token.span.close().end().line;
        let count = last + 1 - first;
        if count > FUNCTION_LINES {
            let text = format!("`{}` has {count} lines, {FUNCTION_LINES} are allowed", signature.ident);
            self.violations.push(Violation::at(self.path, signature.ident.span().start().line, text));
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.measure(&function.sig, &function.block);
        syn::visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.measure(&function.sig, &function.block);
        syn::visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(block) = &function.default {
            self.measure(&function.sig, block);
        }
        syn::visit::visit_trait_item_fn(self, function);
    }

    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        let (first, last) = (closure.span().start().line, closure.span().end().line);
        if last + 1 - first > FUNCTION_LINES {
            let text = format!("this closure has {} lines, {FUNCTION_LINES} are allowed", last + 1 - first);
            self.violations.push(Violation::at(self.path, first, text));
        }
        syn::visit::visit_expr_closure(self, closure);
    }
}
