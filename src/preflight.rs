//! One-shot probes of the machine before a run: a fixed list of questions to a fixed list of programs, each with a
//! limit. Nothing that a deck contains is ever run here.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use duct::cmd;

/// How long one probe may take.
const LIMIT: Duration = Duration::from_secs(2);
/// How often a probe is asked whether it is done.
const PAUSE: Duration = Duration::from_millis(5);

/// What is asked of programs that labs call, to know their version: each of these only prints.
const QUESTIONS: &[(&str, &[&str])] = &[
    ("argocd", &["version", "--client", "--short"]),
    ("bash", &["--version"]),
    ("cargo", &["--version"]),
    ("curl", &["--version"]),
    ("docker", &["--version"]),
    ("docker-compose", &["--version"]),
    ("etcd", &["--version"]),
    ("flux", &["--version"]),
    ("git", &["--version"]),
    ("go", &["version"]),
    ("helm", &["version", "--short"]),
    ("jq", &["--version"]),
    ("k3d", &["version"]),
    ("kind", &["version"]),
    ("kubectl", &["version", "--client"]),
    ("kustomize", &["version"]),
    ("make", &["--version"]),
    ("minikube", &["version", "--short"]),
    ("node", &["--version"]),
    ("npm", &["--version"]),
    ("openssl", &["version"]),
    ("podman", &["--version"]),
    ("python3", &["--version"]),
    ("skopeo", &["--version"]),
    ("stern", &["--version"]),
    ("terraform", &["version"]),
    ("tmux", &["-V"]),
    ("vim", &["--version"]),
];

/// The kube context that `kubectl` would use, if there is one.
#[must_use]
pub fn kube_context() -> Option<String> {
    ask(&["kubectl", "config", "current-context"])
}

/// The version that a program of this name, found at `path`, says that it is: one line. `None` for a program whose way
/// of being asked is not known, and for one that stands in a folder of `never`, by its own path or behind links: whoever
/// wrote that folder is not to be trusted with a call.
#[must_use]
pub fn version(name: &str, path: &Path, never: &[PathBuf]) -> Option<String> {
    let (_, args) = QUESTIONS.iter().find(|(known, _)| *known == name)?;
    let real = path.canonicalize().ok()?;
    let within = |path: &Path| never.iter().any(|folder| path.starts_with(folder));
    if !path.is_absolute() || within(path) || within(&real) {
        return None;
    }
    let line: Vec<&str> = std::iter::once(path.to_str()?).chain(args.iter().copied()).collect();
    ask(&line).map(|answer| within_quotes(&answer))
}

/// Older kubectls print a Go structure: of that the version alone.
fn within_quotes(answer: &str) -> String {
    let version = answer.split_once("GitVersion:\"").and_then(|(_, rest)| rest.split_once('"'));
    version.map_or_else(|| answer.to_owned(), |(version, _)| version.to_owned())
}

/// The first line that a program prints, if it ends well and in time.
fn ask(line: &[&str]) -> Option<String> {
    let (program, args) = line.split_first()?;
    let probe =
        cmd(*program, args).dir("/").stdin_null().stderr_null().stdout_capture().unchecked().start().ok()?;
    let start = Instant::now();
    let output = loop {
        match probe.try_wait() {
            Ok(Some(output)) => break output,
            Ok(None) if start.elapsed() < LIMIT => std::thread::sleep(PAUSE),
            Ok(None) | Err(_) => {
                // It may have just ended; either way nothing of it stays.
                let _ = probe.kill();
                return None;
            }
        }
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let answer = text.lines().next().unwrap_or("").trim();
    (output.status.success() && !answer.is_empty()).then(|| answer.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_the_first_line_of_a_program_that_ends_well() {
        assert_eq!(ask(&["printf", "one\ntwo\n"]).as_deref(), Some("one"));
        assert_eq!(ask(&["false"]), None);
        assert_eq!(ask(&["no-such-program-here"]), None);
    }

    #[test]
    fn of_a_structure_the_version_is_shown() {
        let printed = "Client Version: version.Info{Major:\"1\", GitVersion:\"v1.20.2\", GitCommit:\"f\"}";
        assert_eq!(within_quotes(printed), "v1.20.2");
        assert_eq!(within_quotes("Client Version: v1.32.0"), "Client Version: v1.32.0");
    }

    #[test]
    fn a_program_of_the_decks_own_folder_is_never_asked() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let (deck, bin) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let program = deck.path().join("jq");
        std::fs::write(&program, "#!/bin/sh\ntouch \"$(dirname \"$0\")/asked\"\necho jq-9\n").unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let link = bin.path().join("jq");
        symlink(&program, &link).unwrap();
        let never = [deck.path().canonicalize().unwrap()];
        for path in [&program, &link] {
            assert_eq!(version("jq", path, &never), None);
        }
        assert!(!deck.path().join("asked").exists() && !bin.path().join("asked").exists());
        assert_eq!(version("jq", &program, &[]).as_deref(), Some("jq-9"));
        assert_eq!(version("my-tool", &program, &[]), None);
    }

    #[test]
    fn a_probe_that_hangs_is_ended() {
        assert_eq!(ask(&["sleep", "60"]), None);
    }
}
