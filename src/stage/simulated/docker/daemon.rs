//! The docker daemon as a service: it reads `/etc/docker/daemon.json` when it starts, and does not start with one that
//! it cannot use.

use serde_json::Value;

use super::engine::Engine;
use crate::stage::simulated::call::Call;

/// Where its settings are.
const FILE: &str = "/etc/docker/daemon.json";

/// The settings that it knows; any other keeps it from starting.
const SETTINGS: &[&str] = &[
    "allow-nondistributable-artifacts",
    "api-cors-header",
    "authorization-plugins",
    "bip",
    "bridge",
    "cgroup-parent",
    "containerd",
    "containerd-namespace",
    "containerd-plugin-namespace",
    "cpu-rt-period",
    "cpu-rt-runtime",
    "data-root",
    "debug",
    "default-address-pools",
    "default-cgroupns-mode",
    "default-gateway",
    "default-gateway-v6",
    "default-ipc-mode",
    "default-runtime",
    "default-shm-size",
    "default-ulimits",
    "dns",
    "dns-opts",
    "dns-search",
    "exec-opts",
    "exec-root",
    "experimental",
    "features",
    "fixed-cidr",
    "fixed-cidr-v6",
    "group",
    "hosts",
    "icc",
    "init",
    "init-path",
    "insecure-registries",
    "ip",
    "ip-forward",
    "ip-masq",
    "ip6tables",
    "iptables",
    "ipv6",
    "labels",
    "live-restore",
    "log-driver",
    "log-level",
    "log-opts",
    "max-concurrent-downloads",
    "max-concurrent-uploads",
    "max-download-attempts",
    "metrics-addr",
    "mtu",
    "no-new-privileges",
    "node-generic-resources",
    "oom-score-adjust",
    "pidfile",
    "proxies",
    "raw-logs",
    "registry-mirrors",
    "rootless",
    "runtimes",
    "seccomp-profile",
    "selinux-enabled",
    "shutdown-timeout",
    "storage-driver",
    "storage-opts",
    "swarm-default-advertise-addr",
    "tls",
    "tlscacert",
    "tlscert",
    "tlskey",
    "tlsverify",
    "userland-proxy",
    "userland-proxy-path",
    "userns-remap",
];

/// The daemon, since it was last started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::stage::simulated) enum Daemon {
    /// It runs.
    Up {
        /// Registries that it talks to without TLS.
        insecure: Vec<String>,
    },
    /// It did not start; why, in its own words.
    Failed(String),
}

impl Default for Daemon {
    fn default() -> Self {
        Self::Up { insecure: Vec::new() }
    }
}

/// Starts it again, with the settings of now.
pub(in crate::stage::simulated) fn restart(engine: &Engine, call: &Call) -> Daemon {
    let daemon = match std::fs::read(call.find(FILE)) {
        Ok(text) => read(&text).map_or_else(
            |why| Daemon::Failed(format!("unable to configure the Docker daemon with file {FILE}: {why}")),
            |insecure| Daemon::Up { insecure },
        ),
        Err(_) => Daemon::default(),
    };
    engine.state().daemon = daemon.clone();
    daemon
}

/// How it is.
pub(in crate::stage::simulated) fn of(engine: &Engine) -> Daemon {
    engine.state().daemon.clone()
}

/// The insecure registries of its settings, or what is wrong with these.
fn read(text: &[u8]) -> Result<Vec<String>, String> {
    if text.trim_ascii().is_empty() {
        return Err("EOF".into());
    }
    let settings: Value = serde_json::from_slice(text).map_err(|error| format!("it is not JSON: {error}"))?;
    let settings = settings.as_object().ok_or("it is JSON, but no object")?;
    let unknown: Vec<&str> =
        settings.keys().map(String::as_str).filter(|name| !SETTINGS.contains(name)).collect();
    if !unknown.is_empty() {
        return Err(format!(
            "the following directives don't match any configuration option: {}",
            unknown.join(", ")
        ));
    }
    let Some(insecure) = settings.get("insecure-registries") else { return Ok(Vec::new()) };
    serde_json::from_value(insecure.clone()).map_err(|_| "insecure-registries is no list of names".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_the_daemon_reads_them() {
        assert_eq!(read(b"{ \"insecure-registries\" : [ \"r:8080\" ] }"), Ok(vec!["r:8080".to_owned()]));
        assert_eq!(read(b"{\"debug\": true}"), Ok(vec![]));
        assert_eq!(read(b"\n"), Err("EOF".into()));
        for (text, why) in [
            ("{ \"debug\" : true", "not JSON: EOF while parsing an object at line 1"),
            ("[]", "no object"),
            ("{\"insecure-registry\": []}", "configuration option: insecure-registry"),
            ("{\"insecure-registries\": \"r\"}", "no list"),
        ] {
            let said = read(text.as_bytes()).unwrap_err();
            assert!(said.contains(why), "{text}: {said}");
        }
        assert!(SETTINGS.is_sorted());
    }
}
