//! Aura dies: sound and song go on, and the page's address answers again.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use anyhow::Context as _;
use chorus::supervisor::v1::ProcessKind;
use e2e::{
    Home,
    home::text,
    song::{BAR_SAMPLES, builtins_only},
    sound::{Sound, first_difference},
    until,
};

fn get_page(url: &str) -> anyhow::Result<String> {
    let address =
        url.trim_start_matches("http://").split(['/', '#']).next().context("an address")?.to_owned();
    let mut stream = TcpStream::connect(&address)?;
    stream.set_read_timeout(Some(std::time::Duration::from_secs(10)))?;
    write!(stream, "GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn sound_goes_on_and_the_same_address_answers_after_aura_was_killed() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("builtins", &builtins_only())?;
    let rendered = home.path("rendered.wav");
    home.run(&["render", text(&song)?, "-o", text(&rendered)?, "--block", "256", "--bits", "32f"])?;
    let running = home.open(&song).await?;
    running.devices_running(1).await?;
    let captured = running.play_captured("played.wav").await?;
    running.played_past(BAR_SAMPLES).await?;
    running.kill(ProcessKind::Aura).await?;
    let page = until("the page is served again", || async {
        get_page(&running.url).ok().filter(|answer| answer.starts_with("HTTP/1.1 200"))
    })
    .await?;
    assert!(page.contains("<title>"), "{page}");
    assert!(
        !page.contains(running.url.rsplit('=').next().context("a token")?),
        "the page must not hold the token"
    );
    let now = running.telemetry()?.transport().map_or(0, |t| t.position_samples);
    running.played_past(now + BAR_SAMPLES / 2).await?;
    running.stop_capture().await?;
    let (played, rendered) = (Sound::read(&captured)?, Sound::read(&rendered)?);
    assert_eq!(first_difference(&played.left, &rendered.left), None);
    Ok(())
}
