//! The HTTP side: files of the page, files that were exported, and the way into its WebSocket. Every answer carries the headers of rule P1. Reads no
//! message.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path as UrlPath, Request, State, WebSocketUpgrade},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::get,
};
use tokio::sync::Semaphore;

use crate::{
    admission::{Hosts, Token},
    download::Download,
    page_folder::PageFolder,
    wire::{self, Shared},
};

/// A message of a page is at most this long; longer things come in parts. Larger frames end the connection unread.
pub const MAX_PAGE_MESSAGE_BYTES: usize = 1 << 20;
/// More windows than anyone opens, and few enough that their queues fit in memory.
pub const MAX_PAGES: usize = 32;

/// What every request needs.
pub struct Front {
    /// Addresses of the page.
    pub hosts: Hosts,
    /// What a page must know.
    pub token: Token,
    /// Files of the page.
    pub folder: PageFolder,
    /// What all pages share.
    pub shared: Arc<Shared>,
}

#[derive(Clone)]
struct Serving {
    front: Arc<Front>,
    pages: Arc<Semaphore>,
    policy: HeaderValue,
}

/// The routes: `/ws`, `/exports/KEY`, and everything else from the page's folder.
pub fn router(front: Front) -> Router {
    let policy = content_security_policy(&front.hosts);
    let serving = Serving { front: Arc::new(front), pages: Arc::new(Semaphore::new(MAX_PAGES)), policy };
    Router::new()
        .route("/ws", get(open_page))
        .route("/exports/{key}", get(download))
        .fallback(get(serve_file))
        .layer(middleware::from_fn_with_state(serving.clone(), guard))
        .with_state(serving)
}

/// No script but the page's own files, and nothing from another machine. Styles may stand in attributes, because that is
/// how components place themselves. The page's WebSocket is named, since "self" means HTTP alone to some browsers.
fn content_security_policy(hosts: &Hosts) -> HeaderValue {
    // The grammar of such policies has no IPv6.
    let named = hosts.iter().filter(|host| !host.starts_with('['));
    let sockets: Vec<String> = named.map(|host| format!("ws://{host}")).collect();
    let text = format!(
        "default-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; \
         connect-src 'self' {}; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        sockets.join(" ")
    );
    // Made of constants and a number, so it always is a header.
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("default-src 'self'"))
}

const FIXED_HEADERS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

async fn guard(State(serving): State<Serving>, request: Request, next: Next) -> Response {
    let mut response = match serving.front.hosts.check_host(request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => (StatusCode::MISDIRECTED_REQUEST, refusal.to_string()).into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, serving.policy);
    for (name, value) in FIXED_HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn serve_file(State(serving): State<Serving>, request: Request) -> Response {
    match serving.front.folder.get(request.uri().path()) {
        None => (StatusCode::NOT_FOUND, "there is no such page\n").into_response(),
        Some(asset) => {
            let headers =
                [(header::CONTENT_TYPE, asset.content_type), (header::CACHE_CONTROL, asset.caching)];
            (headers, asset.bytes.clone()).into_response()
        }
    }
}

/// A file that was exported, for who knows its key: pages that showed the token do.
async fn download(State(serving): State<Serving>, UrlPath(key): UrlPath<String>) -> Response {
    let Some(path) = serving.front.shared.exported_file(&key) else {
        return (StatusCode::NOT_FOUND, "there is no such export\n").into_response();
    };
    match Download::open(&path).await {
        Ok(download) => download.into_response(),
        Err(error) => {
            let reason = format!("{} can't be read: {error}\n", path.display());
            (StatusCode::NOT_FOUND, reason).into_response()
        }
    }
}

async fn open_page(
    State(serving): State<Serving>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if let Err(refusal) = serving.front.hosts.check_origin(&headers) {
        return (StatusCode::FORBIDDEN, refusal.to_string()).into_response();
    }
    let Ok(place) = Arc::clone(&serving.pages).try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "too many pages are open").into_response();
    };
    let front = Arc::clone(&serving.front);
    let upgrade = upgrade.max_message_size(MAX_PAGE_MESSAGE_BYTES).max_frame_size(MAX_PAGE_MESSAGE_BYTES);
    upgrade.on_upgrade(async move |socket| {
        wire::page::serve(socket, &front.token, &front.shared).await;
        drop(place);
    })
}
