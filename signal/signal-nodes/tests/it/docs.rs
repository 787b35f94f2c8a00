//! The pages of the devices against the devices: every parameter as it is, every drawing there.

use std::path::{Path, PathBuf};

use signal_nodes::device::DEVICES;
use signal_nodes::parameter;

/// What is measured of every device: frequency response, step, THD+N, aliasing.
const MEASURED: &[&str] = &["response", "step", "distortion", "aliases"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/devices")
}

fn page(name: &str) -> String {
    let path = folder().join(format!("{name}.md"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_device_has_a_page_with_its_parameters_as_they_are() {
    let overview = page("README");
    for device in DEVICES {
        let page = page(device.name);
        let table = parameter::table((device.parameters)());
        assert!(page.contains(&table), "{}: run ./x plots", device.name);
        assert!(page.starts_with(&format!("# {}\n", device.title)));
        let line = format!("| [{}]({}.md) |", device.title, device.name);
        assert!(overview.contains(&line), "{} is not in the overview", device.name);
    }
}

#[test]
fn every_page_shows_response_step_distortion_and_aliases_and_all_else_that_is_drawn() {
    for device in DEVICES {
        let page = page(device.name);
        let shown: Vec<&str> =
            page.split("](").skip(1).filter_map(|rest| rest.split(".svg)").next()).collect();
        for drawing in MEASURED {
            let drawing = format!("{}/{drawing}", device.name);
            assert!(shown.contains(&drawing.as_str()), "{}: {drawing} is not shown", device.name);
        }
        let drawn = std::fs::read_dir(folder().join(device.name)).expect("a folder of drawings");
        for file in drawn.map(|file| file.expect("a file").file_name()) {
            let file = file.to_string_lossy();
            let shows = |drawing: &str| format!("{drawing}.svg") == format!("{}/{file}", device.name);
            assert!(shown.iter().any(|drawing| shows(drawing)), "{}: {file} is not shown", device.name);
        }
    }
    for device in DEVICES {
        let page = page(device.name);
        let drawings = page.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for drawing in drawings.filter(|to| to.ends_with(".svg")) {
            assert!(folder().join(drawing).is_file(), "{drawing} is missing: run ./x plots");
        }
    }
}
