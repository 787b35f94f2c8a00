//! Connections, handshakes and children, with real sockets, descriptors and processes.

mod children;
mod handshake;
mod inherited;
