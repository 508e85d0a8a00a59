//! Where what a deck starts is reached: `open http://node1:8000` shows a port that a container or a node of the cluster
//! publishes, which is not always this machine.

use super::machine;
use super::safety::Ground;
use crate::plan::Plan;
use crate::stage::LOOPBACK;

/// The machine that the deck's docker engine runs on, else the one that answers for its cluster, as URLs write it. This
/// machine, where neither is elsewhere or the deck asks neither.
#[must_use]
pub fn address(plan: &Plan, ground: &Ground) -> String {
    let calls = |names: &[&str]| plan.own_commands().any(|one| names.iter().any(|name| one.calls(name)));
    let engine = calls(&["docker", "docker-compose"]).then(|| machine::docker_host(&ground.places.docker));
    let cluster = || {
        let current = ground.kube.current.as_ref().filter(|_| calls(&["kubectl", "helm"]))?;
        ground.kube.servers.get(current).filter(|_| !ground.kube.is_local(current))
    };
    let engine = engine.as_deref().and_then(host);
    engine.or_else(|| host(cluster()?)).unwrap_or(LOOPBACK).to_owned()
}

/// The machine in an address such as `ssh://me@box:22`, unless that is this one: a socket, or loopback.
fn host(address: &str) -> Option<&str> {
    let (_, rest) =
        address.split_once("://").filter(|(scheme, _)| !matches!(*scheme, "unix" | "npipe" | "fd"))?;
    let authority = rest.split(['/', ' ']).next()?;
    let authority = authority.rsplit_once('@').map_or(authority, |(_, machine)| machine);
    let host = match authority.find(']') {
        Some(end) => &authority[..=end],
        None => authority.split(':').next()?,
    };
    let is_here = host == "localhost" || host.starts_with("127.") || matches!(host, "[::1]" | "0.0.0.0" | "");
    (!is_here).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Start;
    use crate::doctor::tests::plan;
    use crate::stage::kubeconfig::Kubeconfig;
    use crate::stage::own::Places;

    #[test]
    fn an_address_names_a_machine_or_this_one() {
        for (address, machine) in [
            ("tcp://10.0.0.7:2375", Some("10.0.0.7")),
            ("ssh://me@box", Some("box")),
            ("https://k8s.example.com:6443/x", Some("k8s.example.com")),
            ("tcp://[fd00::7]:2376", Some("[fd00::7]")),
            ("ssh://me@box:22 (context far)", Some("box")),
            ("unix:///var/run/docker.sock", None),
            ("https://127.0.0.1:6443", None),
            ("tcp://localhost:2375", None),
            ("context far, whose address is not known", None),
            ("", None),
        ] {
            assert_eq!(host(address), machine, "{address}");
        }
    }

    #[test]
    fn the_cluster_counts_for_decks_that_ask_it() {
        let server = "https://10.0.0.4:6443".to_owned();
        let kube = Kubeconfig { current: Some("far".into()), servers: [("far".into(), server)].into() };
        let places = Places { kube: Vec::new(), docker: "/nowhere".into() };
        let start = Start { folder: "/nowhere".into(), home: "/nowhere".into() };
        let ground = Ground { kube, places, start };
        assert_eq!(address(&plan(&["kubectl get nodes"]), &ground), "10.0.0.4");
        assert_eq!(address(&plan(&["echo kubectl"]), &ground), LOOPBACK);
    }
}
