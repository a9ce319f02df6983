//! Where the scenes are played: one session that takes one configuration after the other.

use std::net::SocketAddr;

use mainsheet_tests::client::Request;
use mainsheet_tests::envoy::EnvoyBinary;

use super::files;
use super::traffic::{self, Answer};
use crate::error::{Error, Result};
use crate::up::{Applied, Session, SessionOptions};

/// The port of the Gateway.
const GATEWAY_PORT: u16 = 8080;

/// Where the scenes are played.
pub(super) struct Stage {
    session: Session,
}

impl Stage {
    /// Starts Envoy with the base configuration, on ports that the system chooses.
    pub(super) async fn open(envoy: EnvoyBinary) -> Result<Self> {
        let mut options = SessionOptions::new(envoy);
        options.ports.insert(GATEWAY_PORT, 0);
        let (session, _) = Session::start(options, &files::input(None)).await?;
        Ok(Self { session })
    }

    /// Applies the configuration of a scene.
    pub(super) async fn play(&mut self, scene: Option<&str>) -> Result<Applied> {
        self.session.apply(&files::input(scene)).await
    }

    /// Sends requests as a workload of the mesh does.
    pub(super) async fn outbound(&self, request: &Request, times: usize) -> Result<Vec<Answer>> {
        Ok(traffic::send(self.outbound_address()?, request, times).await)
    }

    /// Sends requests from outside.
    pub(super) async fn through_gateway(&self, request: &Request, times: usize) -> Result<Vec<Answer>> {
        let address = self
            .session
            .gateway(GATEWAY_PORT)
            .ok_or_else(|| no_listener("gateway"))?;
        Ok(traffic::send(address, request, times).await)
    }

    /// Where a workload of the mesh sends its requests.
    pub(super) fn outbound_address(&self) -> Result<SocketAddr> {
        self.session.outbound().ok_or_else(|| no_listener("sidecar"))
    }
}

fn no_listener(what: &str) -> Error {
    Error::Failed(format!("the example configuration has no {what} listener"))
}
