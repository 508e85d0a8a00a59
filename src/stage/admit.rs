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
    "setsid",
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

/// What may run besides the base tools.
#[derive(Clone, Copy)]
pub(super) struct Known<'a, S> {
    /// Names that the stage has stand-ins for.
    pub stand_ins: &'a [S],
    /// Names that the user vouches for.
    pub allowed: &'a [String],
    /// Names of files that the deck makes.
    pub made: &'a [String],
}

/// Which of these programs may not run; `installed` says whether a name is on PATH, or a path a program.
pub(super) fn refuse<S: AsRef<str>>(
    programs: &[(String, usize)],
    known: &Known<'_, S>,
    installed: impl Fn(&str) -> bool,
) -> Vec<Refusal> {
    let refused = programs.iter().filter_map(|(program, line)| {
        let reason = why_not(program, known, &installed)?;
        Some(Refusal { program: program.clone(), line: *line, reason })
    });
    refused.collect()
}

/// Why a program may not run; `None` where it may.
pub(super) fn why_not<S: AsRef<str>>(
    program: &str,
    known: &Known<'_, S>,
    installed: impl Fn(&str) -> bool,
) -> Option<String> {
    // Files that a deck makes are called by a path that starts in its own folders, or in a variable.
    let own = program.contains('/') && !program.starts_with('/') || program.starts_with(['~', '$']);
    let name = program.rsplit('/').next().unwrap_or(program);
    let stands_in = known.stand_ins.iter().any(|other| other.as_ref() == name);
    // Called by its bare name, on a PATH that the deck knows of; a real one of that name would be called instead.
    let made = name == program && known.made.iter().any(|made| made == name);
    let ways =
        format!("run the deck with `--stage host`, or `--allow {name}` if it changes nothing that matters");
    if own
        || (made && !installed(program))
        || known.allowed.iter().any(|other| other == name)
        || (stands_in && name == program)
        || (is_base_tool(name) && installed(program))
    {
        None
    } else if stands_in {
        // A stand-in is found by its name alone; a path leads to the real thing.
        Some(format!("this path is not the stand-in's: write `{name}`, or {ways}"))
    } else if is_base_tool(name) {
        Some(format!("it is not installed, and the simulated stage has no stand-in for it; {ways}"))
    } else {
        Some(format!("the simulated stage has no stand-in for it; {ways}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: Known<'_, &str> = Known { stand_ins: &["kubectl", "jq"], allowed: &[], made: &[] };

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
        let known = Known { allowed: &["terraform".to_owned()], ..KNOWN };
        let refused = refuse(&programs, &known, |name| name == "ls" || name == "/usr/bin/ls");
        let named: Vec<(&str, usize)> =
            refused.iter().map(|refusal| (refusal.program.as_str(), refusal.line)).collect();
        assert_eq!(named, [("helm", 1), ("tree", 3), ("/usr/sbin/reboot", 6)]);
        assert!(refused[0].reason.contains("--allow helm") && refused[1].reason.contains("not installed"));
    }

    #[test]
    fn the_real_tool_behind_a_path_is_not_taken_for_its_stand_in() {
        let why = |program: &str| why_not(program, &KNOWN, |path| path == "/usr/bin/jq");
        assert!(why("/usr/bin/kubectl").is_some_and(|reason| reason.contains("write `kubectl`")));
        assert!(why("/opt/jq").is_some());
        // Real, and one that only works on text; a file of the deck's own; the user's word for it.
        for program in ["kubectl", "/usr/bin/jq", "./kubectl", "~/bin/kubectl", "bin/kubectl"] {
            assert_eq!(why(program), None, "{program}");
        }
        let known = Known { allowed: &["kubectl".to_owned()], ..KNOWN };
        assert_eq!(why_not("/usr/bin/kubectl", &known, |_| false), None);
    }

    #[test]
    fn a_script_that_the_deck_makes_is_its_own_unless_the_machine_has_one_of_that_name() {
        let made = ["deploy".to_owned(), "helm".to_owned()];
        let known = Known { made: &made, ..KNOWN };
        let why = |program: &str| why_not(program, &known, |name| name == "helm");
        assert_eq!(why("deploy"), None);
        assert!(why("helm").is_some() && why("/opt/deploy").is_some() && why("other").is_some());
    }

    #[test]
    fn no_tool_is_listed_twice() {
        let mut tools = BASE_TOOLS.to_vec();
        tools.sort_unstable();
        tools.dedup();
        assert_eq!(tools.len(), BASE_TOOLS.len());
    }
}
