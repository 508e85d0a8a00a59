//! What a run emits as it goes, and the journal that keeps it: everything that a reporter, `report` or `accept`
//! needs, with no look back into the deck.

mod exit;
pub mod history;
pub mod journal;
mod mask;
mod past;

use serde::{Deserialize, Serialize};

pub use crate::expect::Mark;
pub use exit::Exit;
pub use mask::{mask_texts, masked};
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

/// A shell variable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value, secrets masked.
    pub value: String,
}

/// What happened when a command ran, the last attempt's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The exit status, unless the shell went with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<i32>,
    /// The code the shell ended with, where the command ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shell_ended: Option<i32>,
    /// Why labrun ended it, where it did: one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aborted: Option<String>,
    /// Standard output, lossily decoded, secrets masked.
    pub stdout: String,
    /// Standard error, the same.
    pub stderr: String,
    /// Bytes of the two that were not kept.
    #[serde(default)]
    pub dropped: u64,
    /// Whether a secret was masked in one of the two.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub masked: bool,
    /// What the attempt before the last one printed, where it ended alike and printed something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Box<Printed>>,
    /// The directory afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    /// The time of the last attempt.
    pub elapsed_ms: u64,
    /// How many attempts there were.
    pub attempts: u32,
    /// From the first typing to the end, pauses included.
    pub total_ms: u64,
    /// Whether something that it started still holds an output.
    #[serde(default)]
    pub leaks: bool,
    /// Whether it ran at the terminal: then standard output is what the terminal showed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub terminal: bool,
    /// How it was left, where it was not waited for until it ended by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Left>,
}

/// What an attempt printed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Printed {
    /// Standard output, as in [`Outcome`].
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Outcome {
    /// What it printed, where an attempt that ended as `last` did printed something else.
    #[must_use]
    pub fn unlike(self, last: &Self) -> Option<Box<Printed>> {
        let alike = self.status == last.status && self.aborted.is_none() && self.dropped == 0;
        let printed = Box::new(Printed { stdout: self.stdout, stderr: self.stderr });
        (alike && (printed.stdout != last.stdout || printed.stderr != last.stderr)).then_some(printed)
    }
}

/// How a command at the terminal was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Left {
    /// It shows things without end: it was watched for a while, then interrupted.
    Observed,
    /// It serves without end: it keeps its pane until the deck ends.
    Serving,
    /// It opened a shell, where the next commands are typed.
    Opened,
    /// The directives after it speak to it; the last of them tells how it ended.
    Attended,
}

/// A check with its verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checked {
    /// What was checked.
    pub check: Promise,
    /// Whether it held.
    pub verdict: Verdict,
    /// What is wrong, in one sentence; empty when it held.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// Where it did not hold: the lines of the slide that it is about, for drawing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excerpt: Vec<Quote>,
    /// JSON only: the places that differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
    /// The diff, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diff: Vec<DiffLine>,
    /// What to try, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
    /// Where it held: the variables that it set in the session, with what came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub captured: Vec<Variable>,
    /// Where it held as `like`: what came otherwise than promised.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed: Vec<Passed>,
}

/// A token that differs from run to run, and did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Passed {
    /// As promised.
    pub promised: String,
    /// As it came.
    pub came: String,
}

/// What a check holds a command to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Promise {
    /// Exit status 0.
    Status,
    /// The command can be run at all: it ends by itself, without a keyboard.
    Runs,
    /// A text that a slide shows.
    Output {
        /// How it was compared.
        mode: String,
        /// The text.
        text: String,
        /// The slide's number.
        slide: usize,
        /// The line of the fence or directive.
        line: usize,
        /// Its first byte in the deck, and the one behind its last.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        span: Option<(usize, usize)>,
        /// The sentence that promises it, with its line; none for a directive.
        cue: Option<Quote>,
        /// Why it was compared so, where no directive says how.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        why: String,
    },
    /// A text that a `wait` looks for.
    Wait {
        /// The text.
        text: String,
    },
    /// What labrun.toml lists as known to fail still fails.
    Known {
        /// Why it is listed.
        reason: String,
    },
    /// What a directive asks for can be done: a key reaches a program, there is something to copy.
    Done,
    /// After an edit, the file holds what the block shows.
    File {
        /// Its name, as the block writes it.
        name: String,
    },
}

impl Checked {
    /// Whether another output could have kept the promise, and this one did not.
    #[must_use]
    pub fn fell_short(&self) -> bool {
        self.verdict > Verdict::Held && !self.check.is_unwritten()
    }
}

impl Promise {
    /// Whether it is an output that is still to be written.
    #[must_use]
    pub fn is_unwritten(&self) -> bool {
        matches!(self, Self::Output { mode, text, .. } if text.is_empty() && mode != "exact")
    }
}

/// A line of the deck.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quote {
    /// From 1.
    pub line: usize,
    /// As written.
    pub text: String,
}

/// One place where JSON differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// A jq path.
    pub path: String,
    /// As JSON; none where nothing was promised.
    pub promised: Option<String>,
    /// As JSON; none where nothing came.
    pub came: Option<String>,
}

/// A line of a diff.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DiffLine {
    /// `=` both, `-` promised, `+` came, `…` left out.
    pub side: char,
    /// Pieces: each with whether it differs within the line; `null` where it differs and may.
    pub pieces: Vec<(Mark, String)>,
}

/// What an outcome means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// All held.
    Held,
    /// Something that only warns did not hold.
    Warned,
    /// Something did not hold, and labrun.toml says that it does not.
    Known,
    /// Not run.
    Skipped,
    /// Something did not hold.
    Failed,
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
