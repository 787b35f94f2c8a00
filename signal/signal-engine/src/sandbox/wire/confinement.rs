//! How a sandbox says that it is confined, for people.

use chorus::sandbox::v1::{
    Confined,
    confinement_layer::{Hold, Layer},
};

use super::short;

/// Layers of confinement told of; there are five.
const MAX_LAYERS: usize = 16;

/// What is missing, a line for each layer that does not hold whole.
pub fn lacks(confined: Confined) -> Vec<String> {
    let layers = confined.layers.into_iter().take(MAX_LAYERS).filter(|it| it.hold() != Hold::Whole);
    layers
        .map(|it| {
            let layer = match it.layer() {
                Layer::Unspecified => "an unknown layer",
                Layer::Privileges => "privileges",
                Layer::Namespaces => "namespaces",
                Layer::Limits => "limits",
                Layer::Landlock => "Landlock",
                Layer::Seccomp => "seccomp",
            };
            format!("{layer}: {}", short(it.lack))
        })
        .collect()
}
