//! Who may talk to Aura (rule P1): addresses of this machine's own page, and the token. Parses; decides nothing about
//! what an admitted page may do.

use axum::http::{HeaderMap, HeaderName, Uri, header, uri::Authority};
use subtle::ConstantTimeEq as _;

/// Names of this machine's loopback, as a browser writes them.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];
/// 128 bits in the densest text form there is; anything shorter was cut off on its way here.
const SHORTEST_TOKEN: usize = 22;
const LONGEST_TOKEN: usize = 256;

/// The hosts that a request may name. Any other name is another site's that points here (DNS rebinding).
#[derive(Clone, Debug)]
pub struct Hosts {
    port: u16,
}

/// Why a request is turned away.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// `Host` is missing, doubled, no authority, or not this page's.
    #[error("this is not the address of Loophole's page")]
    Host,
    /// `Origin` is missing where it must be, doubled, no origin, or another site's.
    #[error("only Loophole's own page may connect")]
    Origin,
}

impl Hosts {
    /// The loopback names with this port.
    #[must_use]
    pub fn of_port(port: u16) -> Self {
        Self { port }
    }

    /// The hosts, each as `name:port`.
    pub fn iter(&self) -> impl Iterator<Item = String> + '_ {
        LOOPBACK.iter().map(|name| format!("{name}:{}", self.port))
    }

    /// Checks `Host`, and the target's own host where a request names one.
    ///
    /// # Errors
    /// [`Refusal::Host`].
    pub fn check_host(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        let host = single(headers, &header::HOST).ok_or(Refusal::Host)?;
        let named_in_target = uri.authority().is_none_or(|authority| self.is_listed(authority));
        if named_in_target && self.is_listed_text(host) { Ok(()) } else { Err(Refusal::Host) }
    }

    /// Checks that the request comes from the page: browsers send `Origin` with every WebSocket.
    ///
    /// # Errors
    /// [`Refusal::Origin`].
    pub fn check_origin(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let origin = single(headers, &header::ORIGIN).ok_or(Refusal::Origin)?;
        let authority = origin.strip_prefix("http://").ok_or(Refusal::Origin)?;
        if self.is_listed_text(authority) { Ok(()) } else { Err(Refusal::Origin) }
    }

    fn is_listed_text(&self, text: &str) -> bool {
        text.parse().is_ok_and(|authority| self.is_listed(&authority))
    }

    fn is_listed(&self, authority: &Authority) -> bool {
        // No "user@", nor anything else that is neither host nor port.
        let whole = authority.as_str();
        let (Some(port), host) = (authority.port(), authority.host()) else { return false };
        port.as_str() == self.port.to_string()
            && whole.len() == host.len() + 1 + port.as_str().len()
            && LOOPBACK.iter().any(|name| host.eq_ignore_ascii_case(name))
    }
}

fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(first)
}

/// What a page must know: it got it with its address, from the supervisor. Never served, never logged.
#[derive(Clone)]
pub struct Token(Vec<u8>);

/// Why a token can't be used.
#[derive(Debug, thiserror::Error)]
#[error("the token has {0} bytes instead of {SHORTEST_TOKEN} to {LONGEST_TOKEN}")]
pub struct TokenLength(usize);

impl Token {
    /// Takes the token's text; white space around it is not part of it.
    ///
    /// # Errors
    /// It is too short to be safe, or too long to be a token.
    pub fn new(text: &str) -> Result<Self, TokenLength> {
        let bytes = text.trim().as_bytes();
        if (SHORTEST_TOKEN..=LONGEST_TOKEN).contains(&bytes.len()) {
            Ok(Self(bytes.to_vec()))
        } else {
            Err(TokenLength(bytes.len()))
        }
    }

    /// Whether `shown` is the token, in a time that does not tell how much of it was right.
    #[must_use]
    pub fn is(&self, shown: &str) -> bool {
        self.0.ct_eq(shown.as_bytes()).into()
    }
}
