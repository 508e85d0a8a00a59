//! Where the registry of the run listens, which is also the proxy of the session: whatever is asked of another host
//! arrives here. Addresses of the cluster lead to its services, other registries are this one, and nothing else is
//! there: nothing leaves the machine.

use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

use super::cluster::Cluster;
use super::http;
use super::registry::Registry;
use super::tasks::Spawner;
use crate::stage::unknown::Unknown;

/// The line of a request that names what it wants is in its first bytes.
const FIRST_BYTES: usize = 2048;

/// A client that connects and says nothing is let go.
const PATIENCE: Duration = Duration::from_secs(30);

/// Answers connections for ever.
pub(super) async fn serve(
    listener: TcpListener,
    registry: Registry,
    cluster: Cluster,
    unknown: Unknown,
    spawner: Spawner,
) {
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            spawner.spawn(answer(stream, registry.clone(), cluster.clone(), unknown.clone()));
        } else {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Answers, or ends the connection without a word, as where there is no network; then the run is told why.
async fn answer(stream: TcpStream, registry: Registry, cluster: Cluster, unknown: Unknown) {
    let mut first = vec![0; FIRST_BYTES];
    let Ok(Ok(count)) = tokio::time::timeout(PATIENCE, stream.peek(&mut first)).await else { return };
    match Wanted::of(&String::from_utf8_lossy(&first[..count])) {
        Wanted::Registry => of_registry(stream, &registry).await,
        Wanted::Host { address, registry_path } => match cluster.reach(&address) {
            Some(Some(service)) => service.serve(stream).await,
            // No pod serves there.
            Some(None) => {}
            None if registry_path => of_registry(stream, &registry).await,
            None => unknown.add(&no_network(&address)),
        },
        Wanted::Tunnel(address) => unknown.add(&no_network(&address)),
    }
}

async fn of_registry(stream: TcpStream, registry: &Registry) {
    http::serve(stream, |request| std::future::ready(registry.answer(&request))).await;
}

fn no_network(address: &str) -> String {
    format!("the simulated stage has no network; {address} was not asked")
}

/// What the first line of a request is after.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    /// This registry, asked by its own address.
    Registry,
    /// Another host, with its port; perhaps as a registry.
    Host { address: String, registry_path: bool },
    /// A tunnel to another host, as for HTTPS.
    Tunnel(String),
}

impl Wanted {
    fn of(head: &str) -> Self {
        let mut words = head.lines().next().unwrap_or_default().split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if method == "CONNECT" {
            return Self::Tunnel(target.to_owned());
        }
        // Whoever means this address names no host.
        let Some(rest) = target.strip_prefix("http://") else { return Self::Registry };
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let address = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
        Self::Host { address, registry_path: path == "/v2" || path.starts_with("/v2/") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_says_where_a_request_is_to_go() {
        let host = |address: &str, registry_path| Wanted::Host { address: address.into(), registry_path };
        for (line, expected) in [
            ("GET /v2/_catalog HTTP/1.1", Wanted::Registry),
            ("GET http://reg.example:8080/v2/_catalog HTTP/1.1", host("reg.example:8080", true)),
            ("GET http://example.com HTTP/1.1", host("example.com:80", false)),
            ("GET http://10.97.1.2:8888/v2x HTTP/1.1", host("10.97.1.2:8888", false)),
            ("CONNECT example.com:443 HTTP/1.1", Wanted::Tunnel("example.com:443".into())),
            ("", Wanted::Registry),
        ] {
            assert_eq!(Wanted::of(line), expected, "{line}");
        }
    }
}
