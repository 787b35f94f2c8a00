//! What plugins may reach, to Signal and to clients and from them.

use chorus::signal::v1 as wire;
use pulse_derive::{GrantedPlace, Grants};

/// As Signal and clients are told.
#[must_use]
pub fn wire(it: &Grants) -> wire::Grants {
    let place = |it: &GrantedPlace| wire::GrantedPlace {
        path: it.path.clone(),
        leads_to: it.leads_to.clone(),
        writable: it.writable,
    };
    wire::Grants { places: it.places.iter().map(place).collect(), network: it.network, display: it.display }
}

/// As a client wishes them; where a place leads is not the client's to say.
#[must_use]
pub fn wished(it: wire::Grants) -> Grants {
    let place = |it: wire::GrantedPlace| GrantedPlace {
        path: it.path,
        leads_to: String::new(),
        writable: it.writable,
    };
    Grants { places: it.places.into_iter().map(place).collect(), network: it.network, display: it.display }
}
