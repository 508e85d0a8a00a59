//! The environment of a session: this machine's, less what would make bash behave unlike a fresh terminal, or an
//! allow-listed part of it. Owns the lists; nothing here touches the environment of labrun itself.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::wire::SOCKET;

/// A whole environment.
pub(super) type Environment = Vec<(OsString, OsString)>;

/// What bash reads at its start or before each prompt, or what would end or trace it behind the deck's back.
const OF_THE_CALLER: &[&str] = &[
    "BASHOPTS",
    "BASH_ENV",
    "BASH_XTRACEFD",
    "COLUMNS",
    "ENV",
    "HISTFILE",
    "LINES",
    "OLDPWD",
    "POSIXLY_CORRECT",
    "PROMPT_COMMAND",
    "PS0",
    "PS1",
    "PS2",
    "PS4",
    "SHELLOPTS",
    "SHLVL",
    "TMOUT",
    "_",
];

/// The terminal that a session gives to programs. Which pagers they use is the session's.
const SET: &[(&str, &str)] = &[("TERM", "xterm-256color")];

/// The environment of a session on this machine.
pub(super) fn host(inherited: impl Iterator<Item = (OsString, OsString)>) -> Environment {
    let set = |name: &OsStr| SET.iter().any(|(known, _)| name == *known);
    let dropped = |name: &OsStr| OF_THE_CALLER.iter().any(|known| name == *known);
    inherited
        .filter(|(name, _)| !set(name) && !dropped(name))
        .chain(SET.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))))
        .collect()
}

/// What a session on the simulated stage keeps of the caller's environment: language, and nothing that leads anywhere.
const KEPT: &[&str] = &["LANG", "LANGUAGE", "TZ"];

/// The environment of a session on the simulated stage. `scratch` holds its HOME (`home`), its stand-ins (`bin`), and
/// the socket behind them; `registry` is where the registry of the run listens.
pub(super) fn simulated(
    inherited: impl Iterator<Item = (OsString, OsString)>,
    scratch: &Path,
    path: &OsStr,
    user: &str,
    registry: &str,
) -> Environment {
    let kept =
        |name: &OsStr| KEPT.iter().any(|known| name == *known) || name.as_encoded_bytes().starts_with(b"LC_");
    let mut path_here = scratch.join("bin").into_os_string();
    path_here.push(":");
    path_here.push(path);
    let proxy = OsString::from(format!("http://{registry}"));
    // Programs that go by these variables cannot leave the machine: the proxy answers for registries and nothing else.
    let proxies =
        ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"].map(|name| (name.into(), proxy.clone()));
    let loopback = OsString::from("localhost,127.0.0.1,::1");
    let own = [
        ("HOME", scratch.join("home").into_os_string()),
        ("LOGNAME", user.into()),
        ("NO_PROXY", loopback.clone()),
        ("PATH", path_here),
        ("SHELL", "/bin/bash".into()),
        ("TMPDIR", scratch.join("tmp").into_os_string()),
        ("USER", user.into()),
        ("no_proxy", loopback),
        (SOCKET, scratch.join("socket").into_os_string()),
    ];
    inherited
        .filter(|(name, _)| kept(name))
        .chain(own.map(|(name, value)| (name.into(), value)))
        .chain(proxies)
        .chain(SET.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))))
        .collect()
}

/// The name of the user that labrun runs as, as far as the environment tells.
pub(super) fn user() -> String {
    let named = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
    let uid = rustix::process::getuid().as_raw();
    named("USER")
        .or_else(|| named("LOGNAME"))
        .or_else(|| account(&std::fs::read_to_string("/etc/passwd").ok()?, uid))
        .unwrap_or_else(|| format!("uid {uid}"))
}

/// The name of a user in the text of an `/etc/passwd`.
fn account(passwd: &str, uid: u32) -> Option<String> {
    let mut lines = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let fields = lines.find(|fields| fields.get(2).is_some_and(|id| *id == uid.to_string()))?;
    Some(fields[0].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        pairs.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect()
    }

    #[test]
    fn a_user_is_found_by_number() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\nbroken\nann:x:1000:1000::/home/ann:/bin/sh\n";
        assert_eq!(account(passwd, 1000).as_deref(), Some("ann"));
        assert_eq!(account(passwd, 7), None);
    }

    #[test]
    fn the_host_keeps_what_is_the_users_and_drops_what_steers_the_shell() {
        let inherited = environment(&[
            ("KUBECONFIG", "/k"),
            ("BASH_ENV", "/evil"),
            ("TMOUT", "1"),
            ("PAGER", "less"),
            ("PROMPT_COMMAND", "date"),
        ]);
        let given = host(inherited.into_iter());
        assert_eq!(
            given,
            environment(&[("KUBECONFIG", "/k"), ("PAGER", "less"), ("TERM", "xterm-256color"),])
        );
    }

    #[test]
    fn the_simulated_stage_keeps_nothing_that_leads_to_real_things() {
        let inherited = environment(&[
            ("KUBECONFIG", "/k"),
            ("DOCKER_HOST", "tcp://x"),
            ("AWS_SECRET_ACCESS_KEY", "s"),
            ("SSH_AUTH_SOCK", "/a"),
            ("LC_ALL", "C.UTF-8"),
            ("HOME", "/home/real"),
        ]);
        let given =
            simulated(inherited.into_iter(), Path::new("/s"), OsStr::new("/bin"), "me", "127.0.0.1:5");
        let get = |name: &str| {
            given.iter().find(|(known, _)| known == name).map(|(_, value)| value.to_str().unwrap())
        };
        for name in ["KUBECONFIG", "DOCKER_HOST", "AWS_SECRET_ACCESS_KEY", "SSH_AUTH_SOCK"] {
            assert_eq!(get(name), None, "{name}");
        }
        assert_eq!(
            (get("HOME"), get("PATH"), get("LC_ALL")),
            (Some("/s/home"), Some("/s/bin:/bin"), Some("C.UTF-8"))
        );
        assert_eq!(get("https_proxy"), Some("http://127.0.0.1:5"));
        let mut names: Vec<_> = given.iter().map(|(name, _)| name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), given.len(), "no variable twice");
    }
}
