//! Pulse dies: the sound goes on, and every acknowledged edit is there again.

use std::{collections::BTreeSet, sync::atomic::Ordering};

use chorus::{
    pulse::v1::{AddMarker, Command, ExecuteRequest, command::Kind},
    supervisor::v1::ProcessKind,
};
use e2e::{
    Home,
    home::text,
    song::{BAR_SAMPLES, QUARTER, builtins_only},
    sound::{Sound, first_difference},
};

/// Kills in the test; the soak run does the full count.
const KILLS: u32 = 20;

fn kills() -> u32 {
    std::env::var("LOOPHOLE_SOAK_KILLS").ok().and_then(|count| count.parse().ok()).unwrap_or(KILLS)
}

#[tokio::test(flavor = "multi_thread")]
async fn sound_goes_on_bit_for_bit_while_pulse_is_killed() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("builtins", &builtins_only())?;
    let rendered = home.path("rendered.wav");
    home.run(&["render", text(&song)?, "-o", text(&rendered)?, "--block", "256", "--bits", "32f"])?;
    let running = home.open(&song).await?;
    running.devices_running(1).await?;
    let captured = running.play_captured("played.wav").await?;
    running.played_past(BAR_SAMPLES).await?;
    running.kill(ProcessKind::Pulse).await?;
    running.pulse().await?;
    let now = running.telemetry()?.transport().map_or(0, |t| t.position_samples);
    running.played_past(now + BAR_SAMPLES).await?;
    running.stop_capture().await?;
    let (played, rendered) = (Sound::read(&captured)?, Sound::read(&rendered)?);
    assert_eq!(first_difference(&played.left, &rendered.left), None);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_acknowledged_edit_is_lost_however_often_pulse_is_killed() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("edited", &builtins_only())?;
    let running = home.open(&song).await?;
    let mut pause = Pauses(0x9e37_79b9_7f4a_7c15);
    let mut acknowledged = BTreeSet::new();
    let mut asked = 0_u64;
    for kill in 0..kills() {
        let killed = running.process(ProcessKind::Pulse).await?;
        let replaced = std::sync::atomic::AtomicBool::new(false);
        let edits = async {
            while !replaced.load(Ordering::Relaxed) {
                let Ok(mut pulse) = running.pulse().await else { continue };
                asked += 1;
                let marker = AddMarker {
                    id: 1_000_000 + asked,
                    position: asked as i64 * QUARTER,
                    name: asked.to_string(),
                };
                let command = Command { kind: Some(Kind::AddMarker(marker)) };
                let request = ExecuteRequest { commands: vec![command], label: String::new() };
                if pulse.execute(request).await.is_ok() {
                    acknowledged.insert(asked);
                }
            }
        };
        let kill_it = async {
            tokio::time::sleep(pause.next()).await;
            let after = running.kill(ProcessKind::Pulse).await;
            replaced.store(true, Ordering::Relaxed);
            after
        };
        let ((), after) = tokio::join!(edits, kill_it);
        assert_ne!(after?.pid, killed.pid, "kill {kill}");
    }
    let status = running.interrupt().await?;
    assert!(status.success(), "{status}");
    assert!(acknowledged.len() > kills() as usize, "only {} edits were acknowledged", acknowledged.len());
    let found = markers(&song)?;
    let lost: Vec<&u64> = acknowledged.difference(&found).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    assert!(found.last() <= Some(&asked));
    let (kills, acknowledged, found) = (kills(), acknowledged.len(), found.len());
    eprintln!(
        "{kills} kills, {asked} edits asked for, {acknowledged} acknowledged, {found} found, none lost"
    );
    Ok(())
}

/// The numbers that name the markers in the song's text, as any other program would read them.
fn markers(song: &std::path::Path) -> anyhow::Result<BTreeSet<u64>> {
    let text = std::fs::read_to_string(song.join("song.json"))?;
    let names = text.lines().filter(|line| line.contains("\"marker\""));
    Ok(names.filter_map(|line| line.split("\"name\":\"").nth(1)?.split('"').next()?.parse().ok()).collect())
}

/// Pauses of 5 to 400 ms from a fixed seed (xorshift64).
struct Pauses(u64);

impl Pauses {
    fn next(&mut self) -> std::time::Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        std::time::Duration::from_millis(5 + self.0 % 396)
    }
}
