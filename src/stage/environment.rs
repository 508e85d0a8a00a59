//! The environment of a session: this machine's, less what would make bash behave unlike a fresh terminal, or an
//! allow-listed part of it. Owns the lists; nothing here touches the environment of labrun itself.

use std::ffi::{OsStr, OsString};

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

/// Programs that would stop at a pager, and the terminal that a session gives them.
const SET: &[(&str, &str)] =
    &[("GIT_PAGER", "cat"), ("MANPAGER", "cat"), ("PAGER", "cat"), ("TERM", "xterm-256color")];

/// The environment of a session on this machine.
pub(super) fn host(inherited: impl Iterator<Item = (OsString, OsString)>) -> Environment {
    let set = |name: &OsStr| SET.iter().any(|(known, _)| name == *known);
    let dropped = |name: &OsStr| OF_THE_CALLER.iter().any(|known| name == *known);
    inherited
        .filter(|(name, _)| !set(name) && !dropped(name))
        .chain(SET.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))))
        .collect()
}

/// The name of the user that labrun runs as, as far as the environment tells.
pub(super) fn user() -> String {
    let named = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
    named("USER")
        .or_else(|| named("LOGNAME"))
        .unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        pairs.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect()
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
            environment(&[
                ("KUBECONFIG", "/k"),
                ("GIT_PAGER", "cat"),
                ("MANPAGER", "cat"),
                ("PAGER", "cat"),
                ("TERM", "xterm-256color"),
            ])
        );
    }
}
