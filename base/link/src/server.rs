//! Serving one contract on one listener, with the handshake before it.

use std::{convert::Infallible, time::Duration};

use chorus::common::v1::link_service_server::LinkServiceServer;
use tonic::{body::Body, codegen::Service, server::NamedService, service::interceptor::InterceptedService};

use crate::{Listener, handshake};

/// How long calls under way may take to end once the server is told to stop. Streams to clients never end by
/// themselves, so there has to be a limit; it leaves most of the supervisor's two seconds to the process.
const SHUTDOWN_GRACE: Duration = Duration::from_millis(200);

/// Why [`serve`] ended.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The transport failed.
    #[error("cannot serve: {0}")]
    Transport(#[from] tonic::transport::Error),
}

/// Serves `service` and `LinkService` until `stop` completes, then gives calls under way a moment to end.
///
/// `service` is a generated server, for example `PulseServiceServer::new(..)`. Calls reach it only on connections that
/// have shaken hands, with their [`crate::Peer`] in the request's extensions (see [`crate::peer`]).
///
/// # Errors
/// The transport failed.
pub async fn serve<S>(
    listener: Listener,
    process: &'static str,
    service: S,
    stop: impl Future<Output = ()>,
) -> Result<(), ServeError>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>
        + NamedService
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send + 'static,
{
    let (stopping, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tonic::transport::Server::builder()
        .add_service(LinkServiceServer::new(handshake::Handshaker { process }))
        .add_service(InterceptedService::new(service, handshake::guard))
        .serve_with_incoming_shutdown(listener, async {
            let _ = stopped.await;
        });
    tokio::pin!(server);
    tokio::select! {
        result = &mut server => return Ok(result?),
        () = stop => {}
    }
    let _ = stopping.send(());
    match tokio::time::timeout(SHUTDOWN_GRACE, server).await {
        Ok(result) => Ok(result?),
        Err(_) => Ok(()),
    }
}
