//! The kubeconfig of the user: which context is current, where each leads, and whether that is this machine. Reads files,
//! and asks no cluster.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// What the files say together, as `kubectl` reads them: of two that say the same thing the first one counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kubeconfig {
    /// The current context.
    pub current: Option<String>,
    /// Each context with the server of its cluster; empty where the file names none.
    pub servers: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct File {
    current_context: Option<String>,
    contexts: Option<Vec<Entry>>,
    clusters: Option<Vec<Entry>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    name: String,
    context: Option<Context>,
    cluster: Option<Cluster>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Context {
    cluster: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Cluster {
    server: String,
}

impl Kubeconfig {
    /// Of these files; one that cannot be read says nothing.
    #[must_use]
    pub fn read(files: &[PathBuf]) -> Self {
        let (mut config, mut clusters) = (Self::default(), BTreeMap::new());
        let mut contexts: Vec<(String, String)> = Vec::new();
        for file in files {
            let text = std::fs::read_to_string(file).unwrap_or_default();
            let Ok(file) = serde_saphyr::from_str::<File>(&text) else { continue };
            let current = file.current_context.filter(|name| !name.is_empty());
            config.current = config.current.or(current);
            for entry in file.clusters.into_iter().flatten() {
                clusters.entry(entry.name).or_insert(entry.cluster.unwrap_or_default().server);
            }
            let of = |entry: Entry| (entry.name, entry.context.unwrap_or_default().cluster);
            contexts.extend(file.contexts.into_iter().flatten().map(of));
        }
        for (name, cluster) in contexts {
            let server = clusters.get(&cluster).cloned().unwrap_or_default();
            config.servers.entry(name).or_insert(server);
        }
        config
    }

    /// Whether a context leads to a cluster of this machine: its name says so, or its server's address does. One that no file
    /// knows leads nowhere yet.
    #[must_use]
    pub fn is_local(&self, context: &str) -> bool {
        let named = context.starts_with("kind-")
            || context.starts_with("k3d-")
            || matches!(context, "minikube" | "docker-desktop" | "rancher-desktop" | "colima" | "orbstack");
        named || self.servers.get(context).is_none_or(|server| is_loopback(server))
    }
}

/// The files that `kubectl` reads: those of `KUBECONFIG`, else the one in HOME.
#[must_use]
pub fn files(kubeconfig: Option<&OsStr>, home: &Path) -> Vec<PathBuf> {
    match kubeconfig.filter(|list| !list.is_empty()) {
        Some(list) => std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()).collect(),
        None => vec![home.join(".kube/config")],
    }
}

/// Whether a server is an address that never leaves this machine.
fn is_loopback(server: &str) -> bool {
    let address = server.split_once("://").map_or(server, |(_, rest)| rest);
    let authority = address.split('/').next().unwrap_or_default();
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.starts_with("::1]");
    }
    let host = authority.split(':').next().unwrap_or_default();
    let ip: Result<std::net::Ipv4Addr, _> = host.parse();
    host == "localhost"
        || host.ends_with(".localhost")
        || ip.is_ok_and(|ip| ip.is_loopback() || ip.is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(texts: &[&str]) -> Kubeconfig {
        let folder = tempfile::tempdir().unwrap();
        let files: Vec<PathBuf> = (0..texts.len()).map(|at| folder.path().join(at.to_string())).collect();
        for (file, text) in files.iter().zip(texts) {
            std::fs::write(file, text).unwrap();
        }
        Kubeconfig::read(&files)
    }

    const PROD: &str = "apiVersion: v1\nkind: Config\ncurrent-context: prod\nclusters:\n- name: c\n  cluster:\n    server: https://k8s.example.com:6443\n    certificate-authority-data: AA==\ncontexts:\n- name: prod\n  context: {cluster: c, user: me}\nusers: []\n";

    #[test]
    fn the_first_file_that_says_something_counts() {
        let config = read(&["", "{ not yaml", PROD, "current-context: other\ncontexts: null\nclusters:\n"]);
        assert_eq!(config.current.as_deref(), Some("prod"));
        assert_eq!(config.servers["prod"], "https://k8s.example.com:6443");
        assert!(!config.is_local("prod"));
    }

    #[test]
    fn local_is_what_is_called_so_or_never_leaves_the_machine() {
        let mut config = Kubeconfig::default();
        for (server, local) in [
            ("https://127.0.0.1:40001", true),
            ("https://localhost:6443", true),
            ("https://[::1]:6443/x", true),
            ("https://0.0.0.0:37000", true),
            ("127.0.0.1:8080", true),
            ("https://10.0.0.4:6443", false),
            ("https://localhost.example.com", false),
            ("https://127.0.0.1.example.com", false),
            ("", false),
        ] {
            config.servers.insert("x".into(), server.into());
            assert_eq!(config.is_local("x"), local, "{server}");
        }
        config.servers.insert("kind-x".into(), "https://10.0.0.4".into());
        assert!(config.is_local("kind-x") && config.is_local("minikube") && config.is_local("nowhere"));
    }

    #[test]
    fn kubectl_reads_a_list_or_the_one_in_home() {
        let home = Path::new("/home/me");
        assert_eq!(files(None, home), [Path::new("/home/me/.kube/config")]);
        assert_eq!(files(Some(OsStr::new("")), home), [Path::new("/home/me/.kube/config")]);
        assert_eq!(files(Some(OsStr::new("/a::/b")), home), [Path::new("/a"), Path::new("/b")]);
    }
}
