//! How this process is confined, as Signal is told it.

use chorus::sandbox::v1::{
    ConfinementLayer,
    confinement_layer::{Hold as WireHold, Layer as WireLayer},
};

use crate::confinement::{Hold, Layer};

/// A layer and how it holds.
pub fn layer((layer, hold): (Layer, Hold)) -> ConfinementLayer {
    let layer = match layer {
        Layer::Privileges => WireLayer::Privileges,
        Layer::Namespaces => WireLayer::Namespaces,
        Layer::Limits => WireLayer::Limits,
        Layer::Landlock => WireLayer::Landlock,
        Layer::Seccomp => WireLayer::Seccomp,
    };
    let (hold, lack) = match hold {
        Hold::Whole => (WireHold::Whole, String::new()),
        Hold::Partly(lack) => (WireHold::Partly, lack),
        Hold::Not(lack) => (WireHold::Not, lack),
    };
    ConfinementLayer { layer: layer.into(), hold: hold.into(), lack }
}
