//! Draws what the built-in devices do into `docs/devices/NAME/`, and writes their tables of parameters into
//! `docs/devices/NAME.md`: `cargo xtask plots`. What else a page says is written by hand.

mod charts;
mod measure;
#[path = "../../tests/it/rig.rs"]
mod rig;
mod sounds;
mod svg;

use std::path::Path;
use std::{env, fs, io};

use signal_nodes::device::{DEVICES, Device};
use signal_nodes::parameter;

const BEGIN: &str = "<!-- parameters: written by ./x plots -->\n\n";
const END: &str = "\n<!-- end of parameters -->";

fn main() -> io::Result<()> {
    let folder = env::args().nth(1).unwrap_or_else(|| "docs/devices".to_owned());
    for device in DEVICES {
        write_device(Path::new(&folder), device)?;
    }
    Ok(())
}

fn write_device(folder: &Path, device: &Device) -> io::Result<()> {
    let plots = folder.join(device.name);
    fs::create_dir_all(&plots)?;
    for (name, chart) in charts::of(device.name) {
        fs::write(plots.join(format!("{name}.svg")), chart.svg())?;
    }
    let path = folder.join(format!("{}.md", device.name));
    let page = fs::read_to_string(&path).unwrap_or_else(|_| format!("# {}\n\n{BEGIN}{END}\n", device.title));
    fs::write(path, with_table(&page, &parameter::table((device.parameters)())))
}

/// The page with what lies between the marks replaced.
fn with_table(page: &str, table: &str) -> String {
    let Some((before, rest)) = page.split_once(BEGIN) else { return page.to_owned() };
    let after = rest.split_once(END).map_or("\n", |(_, after)| after);
    format!("{before}{BEGIN}{table}{END}{after}")
}
