//! The pages of the devices against the devices: every parameter as it is, every drawing there.

use std::path::Path;

use signal_nodes::device::DEVICES;
use signal_nodes::parameter;

#[test]
fn every_device_has_a_page_with_its_parameters_as_they_are() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/devices");
    for device in DEVICES {
        let path = folder.join(format!("{}.md", device.name));
        let page =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let table = parameter::table((device.parameters)());
        assert!(page.contains(&table), "{}: run ./x plots", path.display());
        assert!(page.starts_with(&format!("# {}\n", device.title)));
        let drawings: Vec<&str> = page
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
            .filter(|to| to.ends_with(".svg"))
            .collect();
        assert!(drawings.len() >= 3, "{}: shows {drawings:?} only", path.display());
        for drawing in drawings {
            assert!(folder.join(drawing).is_file(), "{}: {drawing} is missing", path.display());
        }
    }
}
