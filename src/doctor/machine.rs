//! What is on this machine: programs on PATH, variables of the environment, the docker engine that would be asked.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::stage;

/// Variables that bash sets itself.
const OF_BASH: &[&str] = &[
    "COLUMNS",
    "DIRSTACK",
    "EPOCHREALTIME",
    "EPOCHSECONDS",
    "EUID",
    "FUNCNAME",
    "GROUPS",
    "HISTCMD",
    "HOSTNAME",
    "HOSTTYPE",
    "IFS",
    "LINENO",
    "LINES",
    "MACHTYPE",
    "OLDPWD",
    "OPTARG",
    "OPTIND",
    "OSTYPE",
    "PIPESTATUS",
    "PPID",
    "PS1",
    "PS2",
    "PS4",
    "PWD",
    "RANDOM",
    "REPLY",
    "SECONDS",
    "SHELL",
    "SHELLOPTS",
    "SHLVL",
    "SRANDOM",
    "TERM",
    "UID",
];
/// What a session on the simulated stage has.
const OF_STAGE: &[&str] = &["HOME", "PATH", "USER", "LOGNAME", "TMPDIR", "LANG"];

/// The machine, as far as it is asked.
#[derive(Debug)]
pub(super) struct Machine {
    path: OsString,
    variables: BTreeSet<String>,
}

impl Machine {
    /// This one.
    pub(super) fn here() -> Self {
        Self {
            path: std::env::var_os("PATH").unwrap_or_default(),
            variables: std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect(),
        }
    }

    /// Where a program is, called by a name or by an absolute path.
    pub(super) fn find(&self, name: &str) -> Option<PathBuf> {
        stage::find(name, &self.path)
    }

    /// Whether a shell has this variable before any command; on the simulated stage it has few.
    pub(super) fn has_variable(&self, name: &str, simulated: bool) -> bool {
        let special = !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') || name == "_";
        special
            || name.starts_with("BASH")
            || OF_BASH.contains(&name)
            || (if simulated { OF_STAGE.contains(&name) } else { self.variables.contains(name) })
    }
}

/// The engine that docker would ask, by its address: from the environment, else from the context in use.
pub(super) fn docker_host(config: &Path) -> String {
    let given = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if let Some(host) = given("DOCKER_HOST") {
        return host;
    }
    let read = |path: PathBuf| -> Option<Value> { serde_json::from_slice(&std::fs::read(path).ok()?).ok() };
    let current = || read(config.join("config.json"))?.get("currentContext")?.as_str().map(str::to_owned);
    let context = given("DOCKER_CONTEXT").or_else(current).filter(|name| name != "default");
    let host = context.as_ref().and_then(|name| {
        let folder = hash(name);
        let meta = read(config.join("contexts/meta").join(folder).join("meta.json"))?;
        meta.pointer("/Endpoints/docker/Host")?.as_str().map(str::to_owned)
    });
    match (context, host) {
        (None, _) => "unix:///var/run/docker.sock".to_owned(),
        (Some(name), Some(host)) => format!("{host} (context {name})"),
        (Some(name), None) => format!("context {name}, whose address is not known"),
    }
}

/// The SHA-256 of a context's name, in hex: docker calls its folder by that.
fn hash(name: &str) -> String {
    Sha256::digest(name).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_is_the_one_of_the_context_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path();
        if std::env::var_os("DOCKER_HOST").is_some() || std::env::var_os("DOCKER_CONTEXT").is_some() {
            return;
        }
        assert_eq!(docker_host(config), "unix:///var/run/docker.sock");
        std::fs::write(config.join("config.json"), "{\"currentContext\":\"far\"}").unwrap();
        assert!(docker_host(config).contains("not known"));
        let folder = hash("far");
        let meta = config.join("contexts/meta").join(folder);
        std::fs::create_dir_all(&meta).unwrap();
        std::fs::write(meta.join("meta.json"), "{\"Endpoints\":{\"docker\":{\"Host\":\"ssh://me@box\"}}}")
            .unwrap();
        assert_eq!(docker_host(config), "ssh://me@box (context far)");
    }

    #[test]
    fn bash_has_variables_of_its_own() {
        let machine = Machine { path: OsString::new(), variables: ["KUBECONFIG".to_owned()].into() };
        for name in ["1", "?", "@", "RANDOM", "BASH_VERSION", "KUBECONFIG"] {
            assert!(machine.has_variable(name, false), "{name}");
        }
        assert!(!machine.has_variable("NODEPORT", false) && !machine.has_variable("KUBECONFIG", true));
    }
}
