//! Files, by Landlock: a plugin reads its [`places`], and writes to those that it was granted for that. Where the kernel can,
//! it also rules out TCP, and abstract sockets and signals of others.
//!
//! Landlock knows no reading of metadata: whether a file is there can still be asked by its name.

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, CompatLevel, Compatible as _, LandlockStatus, Ruleset,
    RulesetAttr as _, RulesetCreatedAttr as _, RulesetError, RulesetStatus, Scope, path_beneath_rules,
};

use super::{
    Hold, not,
    places::{self, Places},
};

/// What is asked for; of an older kernel, as much as it has.
const NEWEST: ABI = ABI::V7;

/// Restricts the calling thread and those it will start. With `network` they may connect to any TCP port.
pub fn restrict(places: &Places, network: bool) -> Hold {
    enforce(places, network).unwrap_or_else(not("Landlock"))
}

fn enforce(places: &Places, network: bool) -> Result<Hold, RulesetError> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    // No device, socket or pipe is made, and no link that leads elsewhere.
    let write = AccessFs::WriteFile
        | AccessFs::Truncate
        | AccessFs::MakeReg
        | AccessFs::MakeDir
        | AccessFs::RemoveFile
        | AccessFs::RemoveDir
        | AccessFs::Refer;
    let mut refused_net = AccessNet::from_all(NEWEST);
    if network {
        refused_net.remove(AccessNet::ConnectTcp);
    }
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(refused_net)?
        .scope(Scope::from_all(NEWEST))?
        .create()?
        .add_rules(path_beneath_rules(&places.readable, read))?
        .add_rules(path_beneath_rules(&places.writable, read | write))?
        .add_rules(path_beneath_rules(places::KERNEL, read))?
        .add_rules(path_beneath_rules(places::DEVICES, AccessFs::ReadFile | AccessFs::WriteFile))?
        .restrict_self()?;
    Ok(match (status.ruleset, status.landlock) {
        (RulesetStatus::FullyEnforced, _) => Hold::Whole,
        (_, LandlockStatus::Available { effective_abi, .. }) => Hold::Partly(lacks(effective_abi)),
        (_, LandlockStatus::NotEnabled) => Hold::Not("it is not enabled in this kernel".to_owned()),
        (_, LandlockStatus::NotImplemented) => Hold::Not("this kernel has none".to_owned()),
    })
}

/// What an older kernel can't rule out, of what matters here.
fn lacks(abi: ABI) -> String {
    let since = [
        (ABI::V3, "emptying files"),
        (ABI::V4, "TCP"),
        (ABI::V5, "commands to devices"),
        (ABI::V6, "abstract sockets and signals"),
    ];
    let missing: Vec<&str> = since.iter().filter(|(since, _)| abi < *since).map(|(_, what)| *what).collect();
    format!("ABI {} can't rule out {}", abi as i32, missing.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_of_debian_12_is_told_apart() {
        let lacks = lacks(ABI::V2);
        assert_eq!(
            lacks,
            "ABI 2 can't rule out emptying files, TCP, commands to devices, abstract sockets and signals"
        );
    }
}
