//! Which programs may run on the simulated stage: its stand-ins, tools that only work on files and text, and what the
//! user allows by name.

use super::Refusal;

/// Tools that labs use for files and text. None of them changes a machine or speaks to other ones by itself.
const BASE_TOOLS: &[&str] = &[
    // coreutils
    "arch",
    "b2sum",
    "base32",
    "base64",
    "basename",
    "basenc",
    "cat",
    "chgrp",
    "chmod",
    "chown",
    "cksum",
    "comm",
    "cp",
    "csplit",
    "cut",
    "date",
    "dd",
    "df",
    "dir",
    "dircolors",
    "dirname",
    "du",
    "echo",
    "env",
    "expand",
    "expr",
    "factor",
    "false",
    "fmt",
    "fold",
    "groups",
    "head",
    "hostid",
    "id",
    "install",
    "join",
    "link",
    "ln",
    "logname",
    "ls",
    "md5sum",
    "mkdir",
    "mkfifo",
    "mktemp",
    "mv",
    "nice",
    "nl",
    "nohup",
    "nproc",
    "numfmt",
    "od",
    "paste",
    "pathchk",
    "pinky",
    "pr",
    "printenv",
    "printf",
    "ptx",
    "pwd",
    "readlink",
    "realpath",
    "rm",
    "rmdir",
    "seq",
    "sha1sum",
    "sha224sum",
    "sha256sum",
    "sha384sum",
    "sha512sum",
    "shred",
    "shuf",
    "sleep",
    "sort",
    "split",
    "stat",
    "stdbuf",
    "stty",
    "sum",
    "sync",
    "tac",
    "tail",
    "tee",
    "test",
    "timeout",
    "touch",
    "tr",
    "true",
    "truncate",
    "tsort",
    "tty",
    "uname",
    "unexpand",
    "uniq",
    "unlink",
    "users",
    "vdir",
    "wc",
    "who",
    "whoami",
    "yes",
    "[",
    // text, archives, files
    "awk",
    "bc",
    "bunzip2",
    "bzcat",
    "bzip2",
    "cmp",
    "column",
    "dc",
    "diff",
    "ed",
    "egrep",
    "envsubst",
    "fgrep",
    "file",
    "find",
    "gawk",
    "grep",
    "gunzip",
    "gzip",
    "hexdump",
    "jq",
    "less",
    "look",
    "mawk",
    "more",
    "patch",
    "rev",
    "sed",
    "strings",
    "tar",
    "tree",
    "unxz",
    "unzip",
    "xargs",
    "xxd",
    "xz",
    "xzcat",
    "yq",
    "zcat",
    "zip",
    // shells, editors, languages, the terminal
    "bash",
    "clear",
    "curl",
    "dash",
    "git",
    "make",
    "nano",
    "openssl",
    "perl",
    "python3",
    "reset",
    "script",
    "sh",
    "tput",
    "vi",
    "vim",
    // what a machine says of itself
    "free",
    "getconf",
    "getent",
    "hostname",
    "locale",
    "lscpu",
    "lsof",
    "ps",
    "pgrep",
    "top",
    "uptime",
    "w",
    "watch",
    "whereis",
    "which",
];

/// Whether a program is one of the tools that may run where they are installed.
pub(super) fn is_base_tool(program: &str) -> bool {
    BASE_TOOLS.contains(&program)
}

/// Whether a program may run: `known` says which names are stand-ins or allowed, `installed` which are on PATH.
pub(super) fn refuse(
    programs: &[(String, usize)],
    known: impl Fn(&str) -> bool,
    installed: impl Fn(&str) -> bool,
) -> Vec<Refusal> {
    let refused = programs.iter().filter_map(|(program, line)| {
        let reason = why_not(program, &known, &installed)?;
        Some(Refusal { program: program.clone(), line: *line, reason })
    });
    refused.collect()
}

/// Why a program may not run; `None` where it may.
pub(super) fn why_not(
    program: &str,
    known: impl Fn(&str) -> bool,
    installed: impl Fn(&str) -> bool,
) -> Option<String> {
    // Files that a deck makes are called by a path that starts in its own folders, or in a variable.
    let own = program.contains('/') && !program.starts_with('/') || program.starts_with(['~', '$']);
    let name = program.rsplit('/').next().unwrap_or(program);
    let ways =
        format!("run the deck with `--stage host`, or `--allow {name}` if it changes nothing that matters");
    if own || known(name) || (is_base_tool(name) && installed(name)) {
        None
    } else if is_base_tool(name) {
        Some(format!("it is not installed, and the simulated stage has no stand-in for it; {ways}"))
    } else {
        Some(format!("the simulated stage has no stand-in for it; {ways}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_refused_with_its_line() {
        let programs: Vec<(String, usize)> = [
            "kubectl",
            "helm",
            "ls",
            "tree",
            "./run.sh",
            "/usr/bin/ls",
            "/usr/sbin/reboot",
            "$TOOL",
            "terraform",
        ]
        .iter()
        .enumerate()
        .map(|(line, name)| ((*name).to_owned(), line))
        .collect();
        let refused = refuse(&programs, |name| name == "kubectl" || name == "terraform", |name| name == "ls");
        let named: Vec<(&str, usize)> =
            refused.iter().map(|refusal| (refusal.program.as_str(), refusal.line)).collect();
        assert_eq!(named, [("helm", 1), ("tree", 3), ("/usr/sbin/reboot", 6)]);
        assert!(refused[0].reason.contains("--allow helm") && refused[1].reason.contains("not installed"));
    }

    #[test]
    fn no_tool_is_listed_twice() {
        let mut tools = BASE_TOOLS.to_vec();
        tools.sort_unstable();
        tools.dedup();
        assert_eq!(tools.len(), BASE_TOOLS.len());
    }
}
