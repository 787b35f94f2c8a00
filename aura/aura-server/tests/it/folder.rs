//! What is served over HTTP, with which headers, and what is not.

use crate::aura::{Aura, TOKEN, Upstream};

#[tokio::test]
async fn files_of_the_page_have_their_types_and_only_hashed_ones_are_kept() {
    let aura = Aura::start(Upstream::nobody());
    for (path, content_type, caching) in [
        ("/", "text/html; charset=utf-8", "no-store"),
        ("/index.html", "text/html; charset=utf-8", "no-store"),
        ("/assets/main-4f3a.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
        ("/assets/inter-9c1b.woff2", "font/woff2", "public, max-age=31536000, immutable"),
        ("/icon.svg", "image/svg+xml", "no-cache"),
    ] {
        let answer = aura.get(path).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
        assert!(answer.contains(&format!("content-type: {content_type}\r\n")), "{path}: {answer}");
        assert!(answer.contains(&format!("cache-control: {caching}\r\n")), "{path}: {answer}");
    }
    assert!(aura.get("/").await.ends_with("<title>Loophole</title>"));
}

#[tokio::test]
async fn every_answer_forbids_foreign_scripts_framing_and_guessing_of_types() {
    let aura = Aura::start(Upstream::nobody());
    let foreign = "GET / HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n";
    for answer in
        [aura.get("/").await, aura.get("/absent").await, aura.get("/ws").await, aura.raw(foreign).await]
    {
        for header in [
            "content-security-policy: default-src 'self'; ",
            "frame-ancestors 'none'",
            "x-content-type-options: nosniff",
            "x-frame-options: DENY",
            "referrer-policy: no-referrer",
        ] {
            assert!(answer.contains(header), "{header} is missing in {answer}");
        }
        let policy = answer.lines().find(|line| line.starts_with("content-security-policy")).unwrap();
        assert!(
            !policy.contains("script-src") && !policy.contains("unsafe-eval") && !policy.contains('*'),
            "{policy}"
        );
        assert!(!answer.contains("access-control-"), "{answer}");
        assert!(!answer.contains(TOKEN), "{answer}");
    }
}

#[tokio::test]
async fn no_path_leads_out_of_the_folder() {
    let aura = Aura::start(Upstream::nobody());
    assert!(aura.folder.path().join("secret.txt").exists());
    for path in [
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/assets/..%5c..%5csecret.txt",
        "//secret.txt",
        "/etc/passwd",
        "//etc/passwd",
        "/link.txt",
        "/.installed",
        "/assets",
        "/assets/",
        "/index.html/",
        "/index.html%00",
    ] {
        let answer = aura.get(path).await;
        assert!(!answer.starts_with("HTTP/1.1 200") && !answer.contains("a secret"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn nothing_can_be_sent_to_the_folder() {
    let aura = Aura::start(Upstream::nobody());
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let host = aura.host();
        let request =
            format!("{method} / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        let answer = aura.raw(&request).await;
        assert!(answer.starts_with("HTTP/1.1 405"), "{method}: {answer}");
    }
}
