//! Sixteen ways out of a sandbox, tried with all layers, with each alone and with each left out, by a user without rights. What
//! each layer refuses alone is the table of `docs/confinement.md`.

use std::{
    env, fs,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use chorus::{
    sandbox::v1::{Confined, confinement_layer::Hold, convert_parameter::From},
    signal::v1::{Grants, PluginSlot},
};

use crate::{
    bait::{Bait, common_place, is_laid_by_root, tell_of_program},
    peer::{LENT_PROGRAMS, Peer, slot},
    test_plugin::bundle,
};

const GAIN: u32 = 1;
const ATTEMPT: u32 = 8;

/// In the order of the test plugin's numbers, from 1.
const ATTEMPTS: [&str; 16] = [
    "read a secret in HOME",
    "write a file in HOME",
    "connect by TCP",
    "send by UDP",
    "connect to a Unix socket by its path",
    "connect to an abstract Unix socket",
    "trace Signal (`ptrace`)",
    "send a signal to Signal",
    "start three thousand processes",
    "map a terabyte of memory",
    "look into Signal through `/proc`",
    "open memory that others share",
    "read from a descriptor left open",
    "become root",
    "use io_uring",
    "enter a namespace of users of its own",
];
const LAYERS: [&str; 5] = ["privileges", "namespaces", "limits", "landlock", "seccomp"];

/// An account that owns nothing.
const NOBODY: u32 = 65_534;
/// Where the process that the test starts as that account puts what it measured.
const MEASURE_INTO: &str = "LOOPHOLE_TEST_MEASURE_INTO";
/// Has the table in the documentation rewritten.
const REWRITE: &str = "LOOPHOLE_REWRITE_TABLE";
/// Around the table.
const MARKS: [&str; 2] = ["<!-- measured: begin -->\n", "<!-- measured: end -->"];

/// Whether each attempt was refused, in a sandbox without some layers; and whether the layers it has are whole.
fn try_all(bait: &Bait, without: &[&str]) -> ([bool; ATTEMPTS.len()], bool) {
    let (refused, confined) = try_with(bait, without, Grants::default(), |_| {});
    let lacking = confined.layers.iter().filter(|layer| layer.hold() != Hold::Whole).count();
    (refused, lacking == without.len())
}

/// The same of a plugin that was granted something, and how it was confined. Network and display are for `prepare` to say.
pub fn try_with(
    bait: &Bait,
    without: &[&str],
    grants: Grants,
    prepare: impl FnOnce(&mut Command),
) -> ([bool; ATTEMPTS.len()], Confined) {
    let mut peer = Peer::start_with(|sandbox| {
        bait.tell(sandbox);
        prepare(sandbox);
        if !without.is_empty() {
            sandbox.args(["--without", &without.join(",")]);
        }
    });
    peer.hello();
    let hostile = slot(7, &bundle(), "test.escape", &[(GAIN, 2.0)]);
    let loaded = peer.load_chain(vec![PluginSlot { grants: Some(grants), ..hostile }]);
    assert_eq!(loaded.slots[0].error, "");
    let refused = std::array::from_fn(|index| {
        let said = peer.convert(7, ATTEMPT, From::Value(index as f64 + 1.0));
        let (mut left, mut right) = ([0.25; 64], [0.25; 64]);
        peer.block(&mut left, &mut right, &[]);
        assert_eq!(left, [0.5; 64], "the sound after: {}", ATTEMPTS[index]);
        println!("without {without:?}: {}: {}", ATTEMPTS[index], said.text);
        match said.text.split(':').next() {
            Some("refused") => true,
            Some("escaped") => false,
            _ => panic!("{}: {said:?}", ATTEMPTS[index]),
        }
    });
    let confined = peer.confined().clone();
    (refused, confined)
}

/// What each layer refuses alone, or why that can't be compared with other machines.
fn measure() -> Result<String, &'static str> {
    let bait = Bait::lay();
    let (refused, is_whole) = try_all(&bait, &[]);
    assert_eq!(refused, [true; ATTEMPTS.len()]);
    let (without_any, _) = try_all(&bait, &LAYERS);
    let others = |layer: &str| LAYERS.into_iter().filter(|it| *it != layer).collect::<Vec<_>>();
    let alone = LAYERS.map(|layer| try_all(&bait, &others(layer)).0);
    for (layer, left_out) in LAYERS.into_iter().enumerate() {
        let (refused, _) = try_all(&bait, &[left_out]);
        for (attempt, name) in ATTEMPTS.into_iter().enumerate() {
            let covered = (0..LAYERS.len()).any(|other| other != layer && alone[other][attempt]);
            assert!(
                refused[attempt] || !covered,
                "without {left_out}, though another layer refuses it: {name}"
            );
        }
    }
    if !is_whole {
        return Err("this machine lacks a layer");
    }
    if !is_laid_by_root() {
        return Err("only root can lay out a program that belongs to root");
    }
    assert_eq!(without_any, [false; ATTEMPTS.len()], "what the system refuses by itself shows nothing");
    Ok(table(&alone))
}

fn table(alone: &[[bool; ATTEMPTS.len()]; LAYERS.len()]) -> String {
    let mut lines = vec![
        "| attempt | privileges | namespaces | limits | Landlock | seccomp | layers |".to_owned(),
        "|---|---|---|---|---|---|---|".to_owned(),
    ];
    for (attempt, name) in ATTEMPTS.into_iter().enumerate() {
        let cells = alone.map(|layer| if layer[attempt] { "refuses" } else { "" });
        let count = match cells.iter().filter(|cell| !cell.is_empty()).count() {
            1 => "**one**".to_owned(),
            count => count.to_string(),
        };
        lines.push(
            format!("| {name} | {} | {count} |", cells.join(" | "))
                .replace("|  |", "| |")
                .replace("|  |", "| |"),
        );
    }
    lines.join("\n") + "\n"
}

/// Copies of this test and of what it starts, for everybody; where they are, the test that runs there is told.
fn lend_programs(place: &Path) -> PathBuf {
    let programs = place.join("programs");
    fs::create_dir(&programs).unwrap();
    fs::copy(env::current_exe().unwrap(), programs.join("test")).unwrap();
    for lent in [PathBuf::from(env!("CARGO_BIN_EXE_loophole-sandbox")), bundle().into()] {
        fs::copy(&lent, programs.join(lent.file_name().unwrap())).unwrap();
    }
    programs
}

/// This test again, by an account without rights; where this is one already, by itself.
fn measured_by_nobody() -> Option<String> {
    let place = common_place();
    let into = place.path().join("table.md");
    // Folders like `/root` are closed to others: they get copies.
    let programs = lend_programs(place.path());
    let mut test = Command::new(programs.join("test"));
    test.args(["--exact", "escape::attempts_are_refused_by_the_layers_that_the_documentation_names"]);
    test.env(MEASURE_INTO, &into).env(LENT_PROGRAMS, &programs);
    tell_of_program(place.path(), &mut test);
    if rustix::process::geteuid().is_root() {
        test.uid(NOBODY).gid(NOBODY);
    }
    let output = test.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}");
    let passed = output.status.success() && said.contains("1 passed");
    assert!(passed, "{}", String::from_utf8_lossy(&output.stderr));
    fs::read_to_string(into).ok()
}

#[test]
fn attempts_are_refused_by_the_layers_that_the_documentation_names() {
    if let Some(into) = env::var_os(MEASURE_INTO).map(PathBuf::from) {
        match measure() {
            Ok(table) => fs::write(into, table).unwrap(),
            Err(reason) => println!("not compared with the documentation: {reason}"),
        }
        return;
    }
    let Some(measured) = measured_by_nobody() else { return };
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/confinement.md");
    let text = fs::read_to_string(&page).unwrap();
    let begin = text.find(MARKS[0]).unwrap() + MARKS[0].len();
    let end = text.find(MARKS[1]).unwrap();
    if env::var_os(REWRITE).is_some() {
        fs::write(&page, format!("{}{measured}{}", &text[..begin], &text[end..])).unwrap();
    } else {
        assert_eq!(text[begin..end], measured, "set {REWRITE}=1 to have the page rewritten");
    }
}

#[test]
fn root_gets_out_no_better() {
    let (refused, _) = try_all(&Bait::lay(), &[]);
    assert_eq!(refused, [true; ATTEMPTS.len()]);
}
