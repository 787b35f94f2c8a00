//! What the command line says of this machine's sound, whatever it has: devices, and findings with their remedies.

use e2e::{
    Home,
    server::{JackName, Server},
    until,
};
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn devices_are_listed_without_the_variants_of_each() -> anyhow::Result<()> {
    let mut home = Home::new()?;
    let name = JackName::borrow()?;
    let _server = Server::jack(&home, &name, 48_000, 256)?;
    home.configure_alsa(&name)?;
    // Each direction is tried at a client of its own, which a busy JACK server may refuse for a moment.
    let cable = until("the PCM on JACK is listed with its channels", || async {
        let found: Value = serde_json::from_str(&home.run(&["devices", "--json"]).ok()?).ok()?;
        let devices = found["devices"].as_array()?.clone();
        let names: Vec<_> = devices.iter().filter_map(|device| device["id"].as_str()).collect();
        let variants = ["alsa:null", "alsa:jack", "alsa:lavrate", "alsa:upmix"];
        assert!(!names.iter().any(|name| variants.contains(name)), "{names:?}");
        devices
            .into_iter()
            .find(|device| device["id"] == "alsa:loop" && device["inputs"] == 2 && device["outputs"] == 2)
    })
    .await?;
    assert_eq!(cable["name"], "ALSA, loop: Cable on JACK");
    let words = home.run(&["devices"])?;
    assert!(words.contains("alsa:loop") && words.contains("virtual"), "{words}");
    Ok(())
}

#[test]
fn doctor_looks_at_everything_and_each_trouble_has_its_remedy() -> anyhow::Result<()> {
    let home = Home::new()?;
    let findings: Vec<Value> = serde_json::from_str(&home.run(&["doctor", "--json"])?)?;
    let told = |topic: &str| findings.iter().filter(|finding| finding["topic"] == topic).count();
    for topic in [
        "sound card",
        "ALSA sequencer",
        "real-time priority",
        "locked memory",
        "sealed memory",
        "shared futex",
        "pidfd",
        "privileges",
        "namespaces",
        "limits",
        "Landlock",
        "seccomp",
        "plugins' windows",
        "CPU governor",
    ] {
        assert_eq!(told(topic), 1, "{topic}: {findings:#?}");
    }
    assert!(told("plugin folder") + told("plugin folders") > 0, "{findings:#?}");
    assert!(told("audio device") + told("audio devices") > 0, "{findings:#?}");
    assert!(told("rights to cards") + told("group audio") <= 1, "{findings:#?}");
    for finding in &findings {
        let (good, remedy) = (finding["verdict"] == "good", finding["remedy"].as_str().unwrap_or_default());
        assert_eq!(good, remedy.is_empty(), "{finding}");
        assert_ne!(finding["finding"], "", "{finding}");
    }
    // Sandboxes need it, and this machine runs the tests of them.
    let futex = findings.iter().find(|finding| finding["topic"] == "shared futex");
    assert_eq!(futex.map(|finding| &finding["verdict"]), Some(&Value::from("good")));
    let words = home.run(&["doctor"])?;
    assert!(
        words.contains("Landlock") && words.contains("→") == findings.iter().any(|it| it["remedy"] != "")
    );
    Ok(())
}
