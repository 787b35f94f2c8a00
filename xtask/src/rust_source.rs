//! A Rust file, parsed once for all checks: its syntax tree and its tokens. Judges nothing.

use proc_macro2::{TokenStream, TokenTree};

use crate::{repository::SourceFile, violation::Violation};

/// A parsed file.
pub struct RustSource<'a> {
    /// Where it is.
    pub path: &'a str,
    /// As written.
    pub text: &'a str,
    /// Syntax, with line numbers.
    pub syntax: syn::File,
}

impl<'a> RustSource<'a> {
    /// Parses a file.
    ///
    /// # Errors
    /// The place where it is not Rust.
    pub fn parse(file: &'a SourceFile) -> Result<Self, Violation> {
        let syntax = syn::parse_file(file.text())
            .map_err(|error| Violation::at(&file.path, error.span().start().line, error.to_string()))?;
        Ok(Self { path: &file.path, text: file.text(), syntax })
    }

    /// Lines where a path begins with `name::`, inside macros too, but not in comments.
    #[must_use]
    pub fn lines_naming_crate(&self, name: &str) -> Vec<usize> {
        let mut lines = Vec::new();
        // The file was parsed before, so its tokens are sound.
        if let Ok(tokens) = self.text.parse::<TokenStream>() {
            collect_crate_names(tokens, name, &mut lines);
        }
        lines
    }
}

fn collect_crate_names(tokens: TokenStream, name: &str, lines: &mut Vec<usize>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let colons = |at: usize| {
        matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == ':')
            && matches!(tokens.get(at + 1), Some(TokenTree::Punct(punct)) if punct.as_char() == ':')
    };
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => collect_crate_names(group.stream(), name, lines),
            TokenTree::Ident(ident) if ident == name && colons(index + 1) => {
                let inside_a_path = index >= 2 && colons(index - 2);
                if !inside_a_path || is_first_after_root(&tokens, index) {
                    lines.push(ident.span().start().line);
                }
            }
            _ => {}
        }
    }
}

/// `::name::…` names the crate as well; `other::name::…` does not.
fn is_first_after_root(tokens: &[TokenTree], index: usize) -> bool {
    index == 2 || !matches!(tokens.get(index.wrapping_sub(3)), Some(TokenTree::Ident(_)))
}
