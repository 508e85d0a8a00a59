//! The plan: which steps a deck's labs make, what each types, and what must hold of it. Pure: reads the deck only.

mod agree;
mod allow;
mod checks;
mod cue;
mod directed;
mod directive;
mod edit;
mod expects;
mod ids;
mod json;
mod make;
mod options;
mod places;
mod promised;
mod prompt;
mod prose;
mod selection;
mod status;
mod terminal;
mod text;
mod transcript;
mod typing;
mod unchecked;
mod warnings;

use std::sync::Arc;

use regex::Regex;

use crate::bash;
use crate::deck::{Deck, Labs};
use crate::diagnostic::Diagnostic;
use crate::expect;
use crate::keys::Key;
use crate::source::Span;
use crate::values::{self, Values};

pub use allow::Allowance;
pub use json::json;
pub use make::{highlights, make};
pub use options::Options;
pub use selection::{LeftOut, Selection, UnknownStep};
pub use status::{Status, Statuses};
pub use text::written;

/// What a plan is made with, besides the deck.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// What a person filled in.
    pub values: Values,
    /// Which sections are labs: [`Labs::All`] runs the bash blocks outside labs too.
    pub labs: Labs,
    /// Whether only the status of a block's last command counts.
    pub only_last_status: bool,
    /// What texts of promises may hold besides labrun's own wildcards.
    pub wildcards: expect::Wildcards,
}

/// All that would be run of one deck, and all that would be checked.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The deck it was made from.
    pub deck: Arc<Deck>,
    /// Which of its sections are labs.
    pub labs: Labs,
    /// In deck order.
    pub steps: Vec<Step>,
    /// Problems of the deck and of its steps, in order of place.
    pub diagnostics: Vec<Diagnostic>,
    /// Promises in the prose that no check holds.
    pub unchecked: Vec<Unchecked>,
    /// Lines of bash blocks outside labs, which are not run.
    pub outside: Vec<usize>,
    /// Fences under a sentence that promises an output, without a command on their slide that it could be of.
    pub unpaired: Vec<Unpaired>,
    /// Programs that `allow` directives vouch for.
    pub allowed: Vec<String>,
    /// Diagnostics that `allow` directives take back.
    pub allowances: Vec<Allowance>,
    /// What a selection left out.
    pub left_out: LeftOut,
}

impl Plan {
    /// Fills what is promised with values that are known only now: the stage's.
    pub fn fill_promises(&mut self, values: &Values) {
        promised::fill(&mut self.steps, values);
    }
}

/// A block or a directive that labrun acts on.
#[derive(Clone, Debug)]
pub struct Step {
    /// Stable when other slides change: `testing-our-registry/2`.
    pub id: String,
    /// Index into the deck's slides.
    pub slide: usize,
    /// Where the block's fence or the directive's word stands, from 1.
    pub line: usize,
    /// The block or directive in the source.
    pub span: Span,
    /// The word as written: `bash`, `hide`, `wait`, …
    pub method: String,
    /// Whether learners do not see it.
    pub hidden: bool,
    /// The class of the lab it stands in; `None` outside labs (`--labs all`).
    pub section: Option<String>,
    /// What will be typed or looked for: indentation and highlight ticks removed, values filled.
    pub text: String,
    /// The same as the author wrote it, for showing.
    pub raw: String,
    /// What labrun does at this step.
    pub action: Action,
    /// What the author says of how it is run.
    pub options: Options,
    /// Why it is not run, where a `skip` directive says so.
    pub skip: Option<String>,
    /// Promises about this step's output, in the order of their place in the deck.
    pub checks: Vec<Check>,
    /// Human values that it still lacks.
    pub needs: Vec<String>,
}

impl Step {
    /// The commands that it types.
    #[must_use]
    pub fn commands(&self) -> &[Typed] {
        if let Action::Type(commands) = &self.action { commands } else { &[] }
    }

    /// What a `wait` looks for: its text. Where that quotes a login shell, as in `-bash: x: command not found`, what any
    /// bash says will do.
    #[must_use]
    pub fn awaited(&self) -> &str {
        self.text.strip_prefix('-').filter(|text| text.starts_with("bash:")).unwrap_or(&self.text)
    }

    /// The values that it lacks for certain: what stands in marks, `{name}` or `<Name>`, is no command before it is
    /// filled. Of other spellings only a person can tell.
    pub fn lacks(&self) -> impl Iterator<Item = &str> {
        let marked: Vec<String> = values::blanks(&self.text).into_iter().map(|blank| blank.name).collect();
        self.needs.iter().map(String::as_str).filter(move |name| marked.iter().any(|blank| blank == name))
    }

    /// Whether it needs the terminal: it presses keys or turns to a pane, or a command of its own runs there.
    #[must_use]
    pub fn needs_terminal(&self) -> bool {
        match &self.action {
            Action::Type(commands) => commands.iter().any(|command| command.terminal),
            Action::Await { .. } => false,
            _ => true,
        }
    }
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Action {
    /// Types commands, one Enter each.
    Type(Vec<Typed>),
    /// Waits until the output of the step before (by index) holds [`Step::text`].
    Await {
        /// The step that it speaks of, as an index into [`Plan::steps`].
        of: Option<usize>,
        /// `longwait`: the long limit.
        long: bool,
    },
    /// Presses keys at the terminal.
    Press(Vec<Key>),
    /// Types a text at the terminal, as it is.
    Keys(String),
    /// Takes the last match from what the terminal shows, without line ends.
    Copy(Regex),
    /// The same, then types it with an Enter behind it, and waits for its end.
    CopyAndRun(Regex),
    /// Types what was copied.
    Paste,
    /// Waits for the prompt; the status must be 0.
    Check,
    /// Tells of the address in [`Step::text`], or opens it in a browser.
    Open,
    /// Turns to a pane.
    Pane(Pane),
}

/// What is done with panes: shells side by side on the same stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    /// A new one, with the directory and environment of the one that was left.
    New,
    /// The one that was left last.
    Last,
    /// The one of this number, from 0.
    Select(usize),
    /// This one ends.
    Close,
    /// Nothing: how they are arranged is not labrun's.
    Layout,
}

impl Edit {
    /// Whether the editor writes the file when it is left.
    #[must_use]
    pub fn writes(&self) -> bool {
        !self.leave.starts_with(":q")
    }
}

/// What is typed into an editor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is typed into.
    pub editor: Editor,
    /// Whether it is called through `sudo`, so that root can read the file even where its user cannot.
    pub root: bool,
    /// The file as the block writes it: a shell word.
    pub file: String,
    /// What it holds in the end, without the last line end.
    pub text: String,
    /// The command that leaves the editor: `:wq`.
    pub leave: String,
}

/// An editor that a block shows at work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Editor {
    /// vi, or one with its keys: vim, nvim.
    Vi,
    /// Another, by its name.
    Other(String),
}

/// One command as it will be typed.
#[derive(Clone, Debug)]
pub struct Typed {
    /// What is typed, without the line end.
    pub text: String,
    /// The line in the deck where it starts, from 1.
    pub line: usize,
    /// What it does: drives retry, limits and failure policy.
    pub deed: bash::Deed,
    /// Whether it asks a server whose failure may pass.
    pub asks_server: bool,
    /// Whether it prints the same each time, so that another attempt is in vain.
    pub constant: bool,
    /// Why it cannot be left alone, if it cannot.
    pub attendance: bash::Attendance,
    /// What takes the lines that are typed next, until it is left.
    pub opens: Option<bash::Opens>,
    /// Whether it runs at the terminal: it cannot be left alone, keys are pressed after it, or its author says so.
    pub terminal: bool,
    /// The command that opened the shell that it is typed into; `None` in the session's own.
    pub inside: Option<String>,
    /// What is typed into the editor that it calls, where the block shows that.
    pub edit: Option<Edit>,
    /// The programs that it calls, as written, without functions and aliases that the deck defines.
    pub programs: Vec<String>,
    /// The variables that it reads.
    pub reads: Vec<String>,
    /// The variables that it sets in the shell that runs it.
    pub sets: Vec<String>,
    /// What its exit status must be.
    pub status: Status,
}

impl Typed {
    /// Whether it calls the program `name`, by that name or by a path.
    #[must_use]
    pub fn calls(&self, name: &str) -> bool {
        self.programs.iter().any(|program| program.rsplit('/').next() == Some(name))
    }
}

/// One promise about a step's output.
#[derive(Clone, Debug)]
pub struct Check {
    /// Where the promise stands: the line of its fence or directive.
    pub line: usize,
    /// The fence or directive in the source.
    pub span: Span,
    /// Index into the deck's slides.
    pub slide: usize,
    /// The command it speaks of, as an index into the step's commands.
    pub command: usize,
    /// The fence's language, empty for none.
    pub language: String,
    /// The text as the author wrote it, indentation removed: what [`Check::expectation`] compares, before the ticks
    /// of highlights are removed.
    pub raw: String,
    /// How it is compared, and with what.
    pub expectation: expect::Expectation,
    /// Whether a broken promise fails the run, or warns.
    pub weight: Weight,
    /// Why labrun takes this for a promise.
    pub reason: Reason,
    /// Why it is compared in this way, as a person would say it; empty where that goes without saying.
    pub why: String,
}

impl Check {
    /// The names that it sets in the session, where it holds.
    pub fn captures(&self) -> impl Iterator<Item = &str> {
        self.expectation.names().into_iter().filter_map(|(name, _)| match name {
            expect::Name::Captured(name) => Some(name),
            expect::Name::Recalled(_) => None,
        })
    }

    /// The names that it needs, captured by checks before it.
    pub fn recalls(&self) -> impl Iterator<Item = &str> {
        self.expectation.names().into_iter().filter_map(|(name, _)| match name {
            expect::Name::Recalled(name) => Some(name),
            expect::Name::Captured(_) => None,
        })
    }
}

/// What a broken promise does to the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Fails it.
    Fails,
    /// Warns; fails under `--strict`.
    Warns,
}

/// Why a text is a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The sentence above the fence promises it.
    Cue {
        /// The sentence, as written.
        text: String,
        /// Its line.
        line: usize,
    },
    /// An `expect` or `fails` directive says so.
    Directive,
    /// It stands below the command in a block that shows a session.
    Shown,
}

/// A fence that shows an output of nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpaired {
    /// Its opening line.
    pub span: Span,
    /// The sentence that promises it.
    pub cue: String,
}

/// A promise in the prose that nothing checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unchecked {
    /// Index into the deck's slides.
    pub slide: usize,
    /// Its line, from 1.
    pub line: usize,
    /// The sentence.
    pub text: String,
}
