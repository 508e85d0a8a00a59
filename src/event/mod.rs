//! What a run emits as it goes, and the journal that keeps it: everything that a reporter, `report` or `accept`
//! needs, with no look back into the deck.

mod checked;
mod exit;
pub mod history;
pub mod journal;
mod mask;
mod outcome;
mod past;

use serde::{Deserialize, Serialize};

pub use crate::expect::Mark;
pub use checked::{Checked, DiffLine, Difference, Passed, Promise, Verdict};
pub use exit::Exit;
pub use mask::{mask_texts, masked};
pub use outcome::{Left, Outcome, Printed, Variable};
pub use past::Past;

/// The journal's format; a reader refuses a higher one.
pub const FORMAT: u32 = 1;

/// One thing that happened. Times are milliseconds since the run's start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// First of all.
    RunStarted(RunStarted),
    /// A deck begins.
    DeckStarted(DeckStarted),
    /// A deck could not be run at all: it has errors, no steps, a value is missing, a program is not to be had.
    DeckRefused(DeckRefused),
    /// A slide with steps begins.
    SlideStarted(SlideStarted),
    /// A step begins.
    StepStarted(StepStarted),
    /// A command appears as if it were typed; sent for each piece, before it starts, and not kept in the journal.
    Typing(Typing),
    /// A command is typed.
    CommandStarted(CommandStarted),
    /// A command still runs; sent about once a second, and not kept in the journal.
    Progress(Progress),
    /// A command at the terminal wrote something there; not kept in the journal.
    Shown(Shown),
    /// An attempt of a command did not hold, and another follows.
    Retrying(Retrying),
    /// A command ended for good, with all its checks judged.
    CommandEnded(Box<CommandEnded>),
    /// A step ended, or was skipped: then it began just before, and nothing came between.
    StepEnded(StepEnded),
    /// Something worth saying that is no verdict: a leak, a shell replaced, a job's end.
    Notice(Notice),
    /// A deck ended.
    DeckEnded(DeckEnded),
    /// Last of all.
    RunEnded(RunEnded),
}

/// Who ran, when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    /// [`FORMAT`].
    pub format: u32,
    /// The run's name: its start, sortable.
    pub id: String,
    /// labrun's version.
    pub version: String,
    /// RFC 3339.
    pub time: String,
    /// How many decks.
    pub decks: usize,
    /// Where labrun was started: paths of decks are relative to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
}

/// Where a deck runs, as reports say it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// `host` or `simulated`.
    pub kind: String,
    /// Which programs are stand-ins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub simulated: Vec<String>,
    /// The user's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// HOME.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<String>,
    /// The folders that a slide may write as `~`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub homes: Vec<String>,
    /// Columns and rows of a session's terminal.
    #[serde(default)]
    pub terminal: (u16, u16),
    /// The kube context in use, where the decks call kubectl.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kube_context: Option<String>,
}

/// A deck begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeckStarted {
    /// As given on the command line.
    pub path: String,
    /// SHA-256 of the file, hex.
    pub sha256: String,
    /// Where it runs.
    pub stage: Stage,
    /// Which section classes were labs, or `all`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labs: Vec<String>,
    /// Slides that hold steps.
    pub slides: usize,
    /// Steps in all.
    pub steps: usize,
    /// Commands in all.
    pub commands: usize,
    /// Promises in the prose that nothing checks.
    pub unchecked: Vec<Quote>,
}

/// A deck was not run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeckRefused {
    /// As given on the command line.
    pub path: String,
    /// Why, in one sentence, and further lines with the particulars and what to do.
    pub message: String,
    /// labrun's exit code for it.
    pub exit: Exit,
}

/// A slide begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SlideStarted {
    /// From 1.
    pub number: usize,
    /// Its first line.
    pub line: usize,
    /// Its title; the first words where it has none.
    pub title: String,
}

/// A step begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepStarted {
    /// Its stable id.
    pub id: String,
    /// Line of its fence or word.
    pub line: usize,
    /// The slide's number.
    pub slide: usize,
    /// `bash`, `hide`, `wait`, …
    pub method: String,
    /// Whether learners do not see it.
    pub hidden: bool,
    /// What is typed or looked for, secrets masked.
    pub text: String,
}

/// A command is typed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommandStarted {
    /// The step's id.
    pub step: String,
    /// Index within the step.
    pub index: usize,
    /// Line in the deck.
    pub line: usize,
    /// What is typed, secrets masked.
    pub text: String,
    /// Since the run's start.
    pub at_ms: u64,
    /// Whether it is typed into a shell that a command before it opened; that one shows itself what is typed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub inside: bool,
}

/// A command appears.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Typing {
    /// The step's id.
    pub step: String,
    /// Index within the step.
    pub index: usize,
    /// What will be typed, secrets masked.
    pub text: String,
    /// How many characters of it stand there.
    pub typed: usize,
}

/// A command still runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// The step's id.
    pub step: String,
    /// Index within the step.
    pub index: usize,
    /// Since it was typed.
    pub elapsed_ms: u64,
    /// Since it last printed something, or since it was typed.
    pub silent_ms: u64,
}

/// Something came to the terminal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// The id of the step that runs.
    pub step: String,
    /// Index of the command within the step.
    pub index: usize,
    /// Since the run's start.
    pub at_ms: u64,
    /// As it came, colours and moves included, lossily decoded, secrets masked.
    pub text: String,
}

/// An attempt did not hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Retrying {
    /// The step's id.
    pub step: String,
    /// Index within the step.
    pub index: usize,
    /// The attempt that ended, from 1.
    pub attempt: u32,
    /// Why it did not hold, one line.
    pub reason: String,
    /// How long it is until the next.
    pub pause_ms: u64,
}

/// A command ended for good.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommandEnded {
    /// The step's id.
    pub step: String,
    /// Index within the step.
    pub index: usize,
    /// Line in the deck.
    pub line: usize,
    /// What was typed, secrets masked.
    pub text: String,
    /// What happened.
    pub outcome: Outcome,
    /// Each check, judged; the status first.
    pub checks: Vec<Checked>,
    /// The sum of the checks.
    pub verdict: Verdict,
    /// `looks`, `waits` or `acts`.
    pub deed: String,
    /// Where it failed: the variables that it reads, as they stood.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<Variable>,
}

/// A line of the deck.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quote {
    /// From 1.
    pub line: usize,
    /// As written.
    pub text: String,
}

/// A step ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepEnded {
    /// Its id.
    pub id: String,
    /// The worst of its commands.
    pub verdict: Verdict,
    /// For a step that ran no command (a wait, a skipped or a refused one): its own checks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Checked>,
    /// Why it was skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
    /// Its commands that were not typed, since one before them failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untyped: Vec<Quote>,
    /// Why it is known to fail, where that is its verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<Known>,
    /// All of it.
    pub elapsed_ms: u64,
}

/// What labrun.toml says of a step that is known to fail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Why it fails.
    pub reason: String,
    /// The last day on which it may, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

impl std::fmt::Display for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.reason)?;
        self.until.as_ref().map_or(Ok(()), |until| write!(f, " (known until {until})"))
    }
}

/// Something worth saying.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// The step it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// One sentence.
    pub text: String,
}

/// A deck ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeckEnded {
    /// As given on the command line.
    pub path: String,
    /// Counts.
    pub summary: Summary,
}

/// The run ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunEnded {
    /// Counts, over all decks.
    pub summary: Summary,
    /// All of it.
    pub elapsed_ms: u64,
    /// labrun's exit code.
    pub exit: Exit,
}

/// How much green means.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Commands that held.
    pub held: usize,
    /// Commands that warned.
    pub warned: usize,
    /// Commands that failed.
    pub failed: usize,
    /// Commands that failed or warned, as labrun.toml says that they do.
    #[serde(default)]
    pub known: usize,
    /// Steps that were not run.
    pub skipped: usize,
    /// Commands that were held to their status alone.
    pub by_status: usize,
    /// Commands that were also held to an output.
    pub by_output: usize,
    /// Commands that held since nothing checks them: no status that counts, and no output.
    #[serde(default)]
    pub by_nothing: usize,
    /// Promises that nothing checks.
    pub unchecked: usize,
    /// Commands that held only after another attempt.
    pub late: usize,
    /// Steps that were not selected.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: usize,
    /// Whether it was interrupted.
    #[serde(default)]
    pub interrupted: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}
