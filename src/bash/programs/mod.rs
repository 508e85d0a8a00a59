//! What labrun knows of programs, as data: which of their calls only look, which wait, which never end by
//! themselves. A program that is not here acts. The rows are in `local` and `remote`.

mod local;
mod remote;

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::{Attendance, Deed};

/// One program, or several that are called alike.
pub(super) struct Program {
    /// Blank-separated.
    pub names: &'static str,
    /// Whether it asks a server, whose failure may pass.
    pub server: bool,
    /// Options that take the next word as their value.
    pub valued: &'static str,
    /// Whether its long options begin with one dash: `-delete`.
    pub long_dash: bool,
    /// What it runs in turn.
    pub runs: Runs,
    /// What its calls do; the first rule that fits decides, and a call that fits none acts.
    pub uses: &'static [Use],
}

/// The command that a program runs in turn.
#[derive(Clone, Copy)]
pub(super) enum Runs {
    /// None.
    Nothing,
    /// The words behind so many operands (`sudo`: 0, `timeout`: 1).
    Command(usize),
    /// The value of `-c`, a script.
    Script,
    /// The words behind so many operands (`ssh`: 1), a script for another machine.
    RemoteScript(usize),
    /// The words behind the operand that follows one of these verbs, elsewhere: `docker exec`.
    Remote(&'static str),
    /// The same, where its own options may stand behind that operand too, up to a `--`: `kubectl exec`.
    RemoteBehindDashes(&'static str),
}

/// A rule about the calls of a program.
#[derive(Clone, Copy)]
pub(super) struct Use {
    /// Blank-separated, the words of one joined by `/`; empty for all.
    pub verbs: &'static str,
    /// Only with one of these options, behind the verb.
    pub with: &'static str,
    /// Only without all of these options, behind the verb.
    pub unless: &'static str,
    /// Only with at most so many operands behind the verb.
    pub at_most: usize,
    /// Only of images with one of these names, whatever their registry and tag, which is the operand behind the verb;
    /// empty for all calls.
    pub image: &'static str,
    /// Only where it would read the keyboard.
    pub typed: bool,
    /// Whether it only tells of the command that it names, and does not run it.
    pub idle: bool,
    /// What such a call does.
    pub deed: Does,
    /// Whether it ends by itself.
    pub stays: Stays,
}

/// What a call does.
#[derive(Clone, Copy)]
pub(super) enum Does {
    /// This.
    Deed(Deed),
    /// What the command that it runs does.
    Inner,
    /// It acts, and ends when the command that it runs ends.
    Around,
}

/// Why a call does not end by itself.
#[derive(Clone, Copy)]
pub(super) enum Stays {
    No,
    Keyboard(&'static str),
    /// A keyboard, and what is typed next goes to the shell that it opens.
    Shell,
    /// A keyboard, and what is typed next goes to a prompt of its own.
    Prompt,
    /// A keyboard, and what is typed next goes to what it runs, if that is a shell, or if it does not say.
    Terminal,
    Viewer(&'static str),
    Server(&'static str),
}

impl Stays {
    /// The same, said of the program called `name`.
    pub fn of(self, name: &str) -> Attendance {
        let say = |why: &str| format!("{name} {why}");
        match self {
            Self::No => Attendance::None,
            Self::Keyboard(why) => Attendance::Keyboard(say(why)),
            Self::Shell => Attendance::Keyboard(say("opens an inner shell")),
            Self::Prompt => Attendance::Keyboard(say("opens a prompt of its own")),
            Self::Terminal => Attendance::Terminal(say("asks for a terminal")),
            Self::Viewer(why) => Attendance::Viewer(say(why)),
            Self::Server(why) => Attendance::Server(say(why)),
        }
    }
}

impl Program {
    /// Whether the words behind these operands belong to another command.
    pub fn stops_after(&self, operands: &[&str]) -> bool {
        match self.runs {
            Runs::Command(before) | Runs::RemoteScript(before) => operands.len() > before,
            Runs::Remote(_) => self.inner_at(operands).is_some(),
            Runs::Nothing | Runs::Script | Runs::RemoteBehindDashes(_) => false,
        }
    }

    /// Where among the operands the command begins that it runs in turn.
    pub fn inner_at(&self, operands: &[&str]) -> Option<usize> {
        let behind = |verb: &str| {
            let length = verb.split('/').count();
            let is = operands.len() > length && verb.split('/').eq(operands[..length].iter().copied());
            is.then_some(length + 1)
        };
        match self.runs {
            Runs::Command(before) | Runs::RemoteScript(before) => Some(before),
            Runs::Remote(verbs) | Runs::RemoteBehindDashes(verbs) => verbs.split(' ').find_map(behind),
            Runs::Nothing | Runs::Script => None,
        }
    }
}

impl Use {
    const fn new(verbs: &'static str, deed: Does) -> Self {
        Self {
            verbs,
            with: "",
            unless: "",
            at_most: usize::MAX,
            image: "",
            typed: false,
            idle: false,
            deed,
            stays: Stays::No,
        }
    }

    const fn with(self, with: &'static str) -> Self {
        Self { with, ..self }
    }

    const fn unless(self, unless: &'static str) -> Self {
        Self { unless, ..self }
    }

    const fn at_most(self, at_most: usize) -> Self {
        Self { at_most, ..self }
    }

    const fn image(self, image: &'static str) -> Self {
        Self { image, ..self }
    }

    const fn typed(self) -> Self {
        Self { typed: true, ..self }
    }

    const fn idle(self) -> Self {
        Self { idle: true, ..self }
    }

    const fn keyboard(self, why: &'static str) -> Self {
        Self { stays: Stays::Keyboard(why), ..self }
    }

    const fn shell(self) -> Self {
        Self { stays: Stays::Shell, ..self }
    }

    const fn prompt(self) -> Self {
        Self { stays: Stays::Prompt, ..self }
    }

    const fn terminal(self) -> Self {
        Self { stays: Stays::Terminal, ..self }
    }

    const fn viewer(self, why: &'static str) -> Self {
        Self { stays: Stays::Viewer(why), ..self }
    }

    const fn server(self, why: &'static str) -> Self {
        Self { stays: Stays::Server(why), ..self }
    }
}

const fn looks(verbs: &'static str) -> Use {
    Use::new(verbs, Does::Deed(Deed::Looks))
}

const fn waits(verbs: &'static str) -> Use {
    Use::new(verbs, Does::Deed(Deed::Waits))
}

const fn acts(verbs: &'static str) -> Use {
    Use::new(verbs, Does::Deed(Deed::Acts))
}

const fn as_inner(verbs: &'static str) -> Use {
    Use::new(verbs, Does::Inner)
}

const fn around(verbs: &'static str) -> Use {
    Use::new(verbs, Does::Around)
}

/// A program of this machine.
const fn local(names: &'static str, uses: &'static [Use]) -> Program {
    Program { names, server: false, valued: "", long_dash: false, runs: Runs::Nothing, uses }
}

/// A program that asks a server.
const fn remote(names: &'static str, valued: &'static str, uses: &'static [Use]) -> Program {
    Program { server: true, valued, ..local(names, uses) }
}

/// A program that is not here: its options take no values.
pub(super) const UNKNOWN: Program = local("", &[]);

/// What is known of the program called `name`.
pub(super) fn find(name: &str) -> Option<&'static Program> {
    PROGRAMS.get(name).copied()
}

/// The names of all that are known.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    PROGRAMS.keys().copied()
}

static PROGRAMS: LazyLock<HashMap<&str, &Program>> = LazyLock::new(|| {
    let tables = [
        local::WRAPPERS,
        local::SHELLS,
        local::PROGRAMS,
        local::SERVERS,
        remote::CLUSTERS,
        remote::CONTAINERS,
        remote::NETWORK,
    ];
    by_name(tables.into_iter().flatten(), |program| program.names)
});

/// Rows by each of their blank-separated names; of two rows with one name the first counts.
pub(super) fn by_name<T>(
    rows: impl IntoIterator<Item = &'static T>,
    names: impl Fn(&T) -> &'static str,
) -> HashMap<&'static str, &'static T> {
    let mut index = HashMap::new();
    for row in rows {
        for name in names(row).split(' ') {
            index.entry(name).or_insert(row);
        }
    }
    index
}

/// Whether bash itself knows this name: it is no program to look for on PATH.
pub(super) fn is_builtin(name: &str) -> bool {
    const BUILTINS: &str = ". : [ alias bg bind break builtin caller cd command compgen complete compopt continue \
        declare dirs disown echo enable eval exec exit export false fc fg getopts hash help history jobs kill let \
        local logout mapfile popd printf pushd pwd read readarray readonly return set shift shopt source suspend \
        test times trap true type typeset ulimit umask unalias unset wait";
    static NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| BUILTINS.split(' ').collect());
    NAMES.contains(name)
}
