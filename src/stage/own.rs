//! The run's own copies of what belongs to the user and not to the deck: kubeconfig and docker configuration. Programs
//! are pointed at the copies, so that a deck that switches contexts or logs in leaves the user's alone.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::Error;
use super::keeper::Keeper;
use super::kubeconfig;
use super::scratch::Scratch;

/// Copies for one run, all of its decks; gone with it.
#[derive(Debug)]
pub struct Own {
    environment: Vec<(OsString, OsString)>,
    /// Dropped in this order.
    folder: Scratch,
    _keeper: Keeper,
}

/// Where the user's configuration is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// The files of the kubeconfig, whether they are there or not.
    pub kube: Vec<PathBuf>,
    /// The folder of docker's configuration.
    pub docker: PathBuf,
}

impl Places {
    /// Of the user that labrun runs as.
    #[must_use]
    pub fn of_user() -> Self {
        let home = std::env::var_os("HOME").map_or_else(|| PathBuf::from("/"), PathBuf::from);
        let docker = std::env::var_os("DOCKER_CONFIG").filter(|path| !path.is_empty());
        Self {
            kube: kubeconfig::files(std::env::var_os("KUBECONFIG").as_deref(), &home),
            docker: docker.map_or_else(|| home.join(".docker"), PathBuf::from),
        }
    }
}

impl Own {
    /// Copies what is there. Where the user has no kubeconfig there is nothing to protect, and a deck that makes one
    /// makes it where it says.
    ///
    /// # Errors
    /// When the copies cannot be made.
    pub fn copy(from: &Places, program: &Path) -> Result<Self, Error> {
        let folder = Scratch::new()?;
        let keeper = Keeper::start(program, folder.folder()).map_err(Error::Own)?;
        let environment = copy(from, folder.folder()).map_err(Error::Own)?;
        Ok(Self { environment, folder, _keeper: keeper })
    }

    /// The folder that stands for HOME where the copies are named.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.folder.folder()
    }

    /// The variables that point at the copies.
    #[must_use]
    pub fn environment(&self) -> &[(OsString, OsString)] {
        &self.environment
    }
}

/// The copies stand in `to` as in a HOME: what programs say of their places reads like what slides show.
fn copy(from: &Places, to: &Path) -> io::Result<Vec<(OsString, OsString)>> {
    let docker = to.join(".docker");
    fs::create_dir(&docker)?;
    copy_docker(&from.docker, &docker)?;
    let mut environment = vec![("DOCKER_CONFIG".into(), docker.into_os_string())];
    let mut kube = Vec::new();
    fs::create_dir(to.join(".kube"))?;
    for file in from.kube.iter().filter(|file| file.is_file()) {
        let copy = match kube.len() {
            0 => to.join(".kube/config"),
            number => to.join(format!(".kube/config-{number}")),
        };
        let text = fs::read_to_string(file)?;
        let folder = std::path::absolute(file)?.parent().map(Path::to_path_buf).unwrap_or_default();
        private(&copy, &anchored(&text, &folder))?;
        kube.push(copy);
    }
    if !kube.is_empty() {
        let list = std::env::join_paths(kube).map_err(io::Error::other)?;
        environment.push(("KUBECONFIG".into(), list));
    }
    Ok(environment)
}

/// A kubeconfig that means the same from another folder: paths in it are taken from the folder that it is in. JSON is
/// YAML, and its readers take it for that. What is no YAML stays as it is.
fn anchored(text: &str, folder: &Path) -> String {
    const PATHS: [&str; 4] = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];
    let Ok(mut config) = serde_saphyr::from_str::<Value>(text) else { return text.to_owned() };
    for (list, inner) in [("clusters", "cluster"), ("users", "user")] {
        let entries = config.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten();
        for entry in entries.filter_map(|entry| entry.get_mut(inner)?.as_object_mut()) {
            for name in PATHS {
                let Some(path) = entry.get_mut(name) else { continue };
                if let Some(relative) = path.as_str().filter(|path| !path.is_empty()) {
                    *path = Value::from(folder.join(relative).to_string_lossy());
                }
            }
            // A plugin with a folder in its name is found from there too.
            if let Some(command) = entry.get_mut("exec").and_then(|exec| exec.get_mut("command"))
                && let Some(relative) = command.as_str().filter(|command| command.contains('/'))
            {
                *command = Value::from(folder.join(relative).to_string_lossy());
            }
        }
    }
    if config.is_object() { config.to_string() } else { text.to_owned() }
}

/// Logins and contexts are copied; plugins are the same ones.
fn copy_docker(from: &Path, to: &Path) -> io::Result<()> {
    let text = fs::read_to_string(from.join("config.json")).unwrap_or_default();
    private(&to.join("config.json"), &without_stores(&text))?;
    if from.join("contexts").is_dir() {
        copyfolder(&from.join("contexts"), &to.join("contexts"))?;
    }
    let plugins = from.join("cli-plugins");
    if plugins.is_dir() {
        std::os::unix::fs::symlink(std::path::absolute(plugins)?, to.join("cli-plugins"))?;
    }
    Ok(())
}

/// The registry of an entry without a login. docker looks for a store of its own, and would use the user's, where a
/// configuration names neither a login nor a store.
const NOBODY: &str = "nobody.invalid";

/// The same without the stores in which the user keeps logins: a deck that logs in or out would change them. What only they
/// hold is not known to the run.
fn without_stores(text: &str) -> String {
    let mut config = match serde_json::from_str(text) {
        Ok(Value::Object(config)) => config,
        _ => Map::new(),
    };
    config.shift_remove("credsStore");
    config.shift_remove("credHelpers");
    let logins = config.entry("auths").or_insert_with(|| Value::Object(Map::new()));
    if let Some(logins) = logins.as_object_mut().filter(|logins| logins.is_empty()) {
        logins.insert(NOBODY.to_owned(), Value::Object(Map::new()));
    }
    Value::Object(config).to_string()
}

/// The names of the stores in which docker keeps the user's logins; its configuration is in `folder`.
#[must_use]
pub fn stores(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string(folder.join("config.json")).unwrap_or_default();
    let config: Value = serde_json::from_str(&text).unwrap_or_default();
    let helpers = config.get("credHelpers").and_then(Value::as_object);
    let named = config.get("credsStore").into_iter().chain(helpers.into_iter().flat_map(Map::values));
    let mut stores: Vec<String> =
        named.filter_map(Value::as_str).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    stores.sort_unstable();
    stores.dedup();
    stores
}

fn copyfolder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copyfolder(&entry.path(), &target)?;
        } else if entry.file_type()?.is_file() {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Writes a file that nobody else can read.
fn private(path: &Path, text: &str) -> io::Result<()> {
    fs::write(path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_mean_the_same_from_anotherfolder() {
        let (user, run) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let kube = user.path().join("config");
        fs::write(&kube, "current-context: a\nclusters:\n- name: c\n  cluster: {server: 'https://x', certificate-authority: ca.pem}\nusers:\n- name: u\n  user: {client-key: /abs/key, exec: {command: bin/login, args: [\"x\"]}}\n").unwrap();
        let docker = user.path().join("docker");
        fs::create_dir_all(docker.join("contexts/meta/abc")).unwrap();
        fs::write(docker.join("contexts/meta/abc/meta.json"), "{}").unwrap();
        fs::write(docker.join("config.json"), "{\"auths\":{\"r.io\":{}},\"credsStore\":\"desktop\"}")
            .unwrap();
        let from = Places { kube: vec![kube, user.path().join("missing")], docker };
        let environment = copy(&from, run.path()).unwrap();
        let names: Vec<_> = environment.iter().map(|(name, _)| name.to_str().unwrap()).collect();
        assert_eq!(names, ["DOCKER_CONFIG", "KUBECONFIG"]);
        let copied = fs::read_to_string(&environment[1].1).unwrap();
        let config: Value = serde_json::from_str(&copied).unwrap();
        let folder = user.path().to_str().unwrap();
        assert_eq!(config["clusters"][0]["cluster"]["certificate-authority"], format!("{folder}/ca.pem"));
        assert_eq!(config["users"][0]["user"]["client-key"], "/abs/key");
        assert_eq!(config["users"][0]["user"]["exec"]["command"], format!("{folder}/bin/login"));
        let mode = fs::metadata(&environment[1].1).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let login = fs::read_to_string(run.path().join(".docker/config.json")).unwrap();
        assert_eq!(login, "{\"auths\":{\"r.io\":{}}}");
        assert!(run.path().join(".docker/contexts/meta/abc/meta.json").is_file());
    }

    #[test]
    fn a_copy_names_no_store_and_lets_docker_look_for_none() {
        for (config, wanted) in [
            (
                "{\"auths\":{\"r.io\":{\"auth\":\"x\"}},\"credsStore\":\"desktop\"}",
                "{\"auths\":{\"r.io\":{\"auth\":\"x\"}}}",
            ),
            (
                "{\"credHelpers\":{\"gcr.io\":\"gcloud\"},\"a\":1}",
                "{\"a\":1,\"auths\":{\"nobody.invalid\":{}}}",
            ),
            ("{\"auths\":{}}", "{\"auths\":{\"nobody.invalid\":{}}}"),
            ("", "{\"auths\":{\"nobody.invalid\":{}}}"),
            ("[1]", "{\"auths\":{\"nobody.invalid\":{}}}"),
        ] {
            assert_eq!(without_stores(config), wanted, "{config}");
        }
        let user = tempfile::tempdir().unwrap();
        fs::write(
            user.path().join("config.json"),
            "{\"credsStore\":\"pass\",\"credHelpers\":{\"a\":\"gcloud\",\"b\":\"pass\"}}",
        )
        .unwrap();
        assert_eq!(stores(user.path()), ["gcloud", "pass"]);
        assert_eq!(stores(Path::new("/nowhere")), [""; 0]);
    }

    #[test]
    fn without_a_kubeconfig_none_is_made_up() {
        let run = tempfile::tempdir().unwrap();
        let from = Places { kube: vec!["/nowhere/config".into()], docker: "/nowhere/docker".into() };
        assert_eq!(copy(&from, run.path()).unwrap().len(), 1);
        assert_eq!(anchored("key: [", Path::new("/")), "key: [");
    }
}
