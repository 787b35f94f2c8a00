//! Headers, empty files, and words that should not land: unfinished code, switched-off tests, paths of one machine.
//! Looks at text alone. The words are put together from halves, so that this file does not hold them itself.

use crate::{repository::SourceFile, violation::Violation};

const UNUSED: &str = concat!("allow(dead", "_code");

/// What is looked for, in which files (none named: in all), and what to say.
const WORDS: &[(&str, &[&str], &str)] = &[
    (concat!("to", "do!("), &["rs"], "unfinished code"),
    (concat!("unimple", "mented!("), &["rs"], "unfinished code"),
    (concat!("FIX", "ME"), &[], "unfinished work: finish it, or open an issue"),
    (concat!("XX", "X:"), &[], "unfinished work: finish it, or open an issue"),
    (concat!("TO", "DO"), &[], "unfinished work: finish it, or open an issue"),
    (concat!("#[ig", "nore"), &["rs"], "a test that does not run proves nothing"),
    (UNUSED, &["rs"], "remove what nothing calls"),
    (concat!("it.sk", "ip("), &["ts"], "a test that does not run proves nothing"),
    (concat!("test.sk", "ip("), &["ts"], "a test that does not run proves nothing"),
    (concat!("describe.sk", "ip("), &["ts"], "a test that does not run proves nothing"),
    (concat!(".on", "ly("), &["ts"], "a test that keeps the others from running"),
    (concat!("/ho", "me/"), &[], "a path of one machine"),
    (concat!("/Us", "ers/"), &[], "a path of one machine"),
    (concat!("/ro", "ot/"), &[], "a path of one machine"),
    (concat!("/wo", "rk/"), &[], "a path of one machine"),
];

/// How a file of each kind begins: with a comment that says what it is and what it does not do (style 2).
const HEADERS: &[(&str, &[&str])] =
    &[("rs", &["//!"]), ("proto", &["//"]), ("ts", &["//", "/*"]), ("svelte", &["<!--"]), ("sh", &["#"])];

/// What is wrong with the text of one file.
pub fn check(file: &SourceFile) -> Vec<Violation> {
    let mut violations = Vec::new();
    if let Some(text) = &file.text {
        violations.extend(header(file, text));
        for (index, line) in text.lines().enumerate() {
            violations.extend(word(file, line).map(|say| Violation::at(&file.path, index + 1, say)));
        }
    }
    violations
}

fn header(file: &SourceFile, text: &str) -> Option<Violation> {
    if text.trim().is_empty() {
        return Some(Violation::of_file(&file.path, "is empty"));
    }
    let (_, begins) = HEADERS.iter().find(|(extension, _)| *extension == file.extension())?;
    let has_header = begins.iter().any(|begin| text.starts_with(begin));
    (!has_header).then(|| {
        let say = format!("begins without {}: what is it, and what does it not do? (style 2)", begins[0]);
        Violation::at(&file.path, 1, say)
    })
}

fn word(file: &SourceFile, line: &str) -> Option<String> {
    let is_meant = |kinds: &[&str]| kinds.is_empty() || kinds.contains(&file.extension());
    // Test programs that share a module each use a part of it.
    let may_be_unused = |word: &str| word == UNUSED && file.path.contains("/tests/");
    // Lock files name what others called their packages.
    if file.extension() == "lock" || file.path.ends_with("package-lock.json") {
        return None;
    }
    WORDS
        .iter()
        .find(|(word, kinds, _)| is_meant(kinds) && line.contains(word) && !may_be_unused(word))
        .map(|(word, _, say)| format!("`{word}`: {say}"))
}
