//! The runner: one deck's plan in, events out.
//!
//! It types the commands of each step into a session, tries again what only looks, judges what came, and stops or goes
//! on. [`policy`] decides about repetition, [`judge`] about verdicts; this file and [`runner`] only do what they say.

mod ahead;
mod attempts;
mod attended;
mod control;
mod directives;
mod hand;
mod hints;
mod inner;
mod judge;
mod known;
mod live;
mod pace;
mod pane;
mod panes;
pub mod person;
pub mod policy;
mod runner;
mod tally;
mod terminal;
mod walk;

use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

pub use control::Control;
pub use known::Known;
pub use pace::Pace;

use crate::deck::Labs;
use crate::event::{DeckEnded, DeckStarted, Event, Exit, Notice, Past, Quote, Stage as StageEvent, Summary};
use crate::plan::{Plan, Step};
use crate::preflight;
use crate::session;
use crate::stage::{self, Stage};
use policy::Limits;
use runner::Runner;

/// How a deck is run.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch by itself")]
#[derive(Clone, Debug)]
pub struct Settings {
    /// What a failure does; by default what the command did decides.
    pub on_failure: OnFailure,
    /// Whether commands that look are tried again.
    pub retry: bool,
    /// Whether what only warns fails.
    pub strict: bool,
    /// Limits of commands and waits.
    pub limits: Limits,
    /// Whether a command that never ends, and that no directive follows, is let go on or fails.
    pub unending: Unending,
    /// Whether an `open` opens a browser.
    pub open: bool,
    /// Whether a person is asked before each step. A failure then stops nothing by itself.
    pub step: bool,
    /// How fast commands appear before they are run, where people watch.
    pub typing: Option<Pace>,
    /// Which steps are known to fail.
    pub known: Vec<Known>,
    /// What is to be said at the start, a sentence each.
    pub notices: Vec<String>,
    /// The deck's last run, to tell what is new.
    pub past: Option<Past>,
}

/// What a failure does to the rest of the deck.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// Stop if the command acted, since later steps build on it; go on if it only looked.
    #[default]
    ByDeed,
    /// Stop.
    Stop,
    /// Go on.
    Continue,
    /// Hand the failed session to a person, and ask what is next.
    Shell,
}

/// What becomes of commands that never end, where the deck does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unending {
    /// What shows things is watched for a while, what serves keeps its pane.
    #[default]
    Observe,
    /// They fail.
    Fail,
}

/// Why labrun could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The live shell failed.
    #[error("the live shell broke")]
    Session(#[from] session::Error),
}

/// Runs one deck on a stage that stands, and emits everything that happens.
///
/// # Errors
/// When the shell cannot be started, or breaks in a way that no command explains.
pub async fn deck(
    plan: &Plan,
    stage: &Stage,
    settings: &Settings,
    control: &Control,
    emit: &mut dyn FnMut(Event),
) -> Result<Exit, Error> {
    let mut ledger = known::Ledger::new(&settings.known);
    let emit = &mut |event: Event| {
        let (event, notice) = ledger.told(event);
        emit(event);
        notice.into_iter().for_each(&mut *emit);
    };
    emit(Event::DeckStarted(started(plan, stage)));
    for text in settings.notices.iter().cloned().chain(warned(plan)).chain(lost(plan)) {
        emit(Event::Notice(Notice { step: None, text }));
    }
    let mut runner = Runner::start(plan, stage, settings, control, emit).await?;
    let ran = runner.steps().await;
    let (mut summary, closed) = runner.close().await;
    let ran = ran.and(closed);
    summary.unchecked = plan.unchecked.len();
    summary.left_out = plan.left_out.steps;
    let mut settled = summary.clone();
    emit(Event::DeckEnded(DeckEnded { path: path(plan), summary }));
    ledger.settle(&mut settled);
    let came_to = match (&ran, settled.interrupted, settled.failed) {
        (_, true, _) => Exit::Interrupted,
        (Err(_), false, _) => Exit::Broke,
        (Ok(()), false, 0) => Exit::Held,
        (Ok(()), false, _) => Exit::Failed,
    };
    ran.map(|()| came_to)
}

/// What is said of a deck before it runs.
fn started(plan: &Plan, stage: &Stage) -> DeckStarted {
    let about = stage.about();
    let slides: std::collections::BTreeSet<usize> = plan.steps.iter().map(|step| step.slide).collect();
    DeckStarted {
        path: path(plan),
        sha256: hex(&Sha256::digest(plan.deck.source.text())),
        stage: StageEvent {
            kind: about.kind.to_string(),
            simulated: about.simulated.clone(),
            user: Some(about.user.clone()),
            home: Some(about.home.display().to_string()),
            homes: stage.homes(),
            terminal: stage.session_settings().size,
            kube_context: kube_context(plan, about.kind),
        },
        labs: match &plan.labs {
            Labs::All => vec!["all".to_owned()],
            Labs::Classes(classes) => classes.clone(),
        },
        slides: slides.len(),
        steps: plan.steps.len(),
        commands: plan.steps.iter().map(|step| step.commands().len()).sum(),
        unchecked: plan
            .unchecked
            .iter()
            .map(|promise| Quote { line: promise.line, text: promise.text.clone() })
            .collect(),
    }
}

/// What the selected steps read and only others would have set.
fn lost(plan: &Plan) -> Option<String> {
    let names: Vec<String> = plan.left_out.variables.iter().map(|name| format!("${name}")).collect();
    let text = || format!("{} is set only by steps that are not selected", names.join(", "));
    (!names.is_empty()).then(text)
}

/// That the deck has warnings which no step of the run will tell.
fn warned(plan: &Plan) -> Option<String> {
    let (count, them) = match plan.other_warnings() {
        0 => return None,
        1 => ("1 warning".to_owned(), "it"),
        many => (format!("{many} warnings"), "them"),
    };
    Some(format!("{count} about the deck itself: `labrun plan {}` shows {them}", path(plan)))
}

/// Which cluster the deck would act on, if it acts on a real one.
fn kube_context(plan: &Plan, stage: stage::Kind) -> Option<String> {
    let mut commands = plan.steps.iter().flat_map(Step::commands);
    let calls = commands.any(|command| command.calls("kubectl"));
    (stage == stage::Kind::Host && calls).then(preflight::kube_context).flatten()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn path(plan: &Plan) -> String {
    plan.deck.source.path().display().to_string()
}

/// Milliseconds since `start`.
fn since(start: Instant) -> u64 {
    in_ms(start.elapsed())
}

/// A duration in whole milliseconds.
fn in_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl Summary {
    /// Adds another deck's counts.
    pub fn add(&mut self, other: &Self) {
        self.held += other.held;
        self.warned += other.warned;
        self.failed += other.failed;
        self.known += other.known;
        self.skipped += other.skipped;
        self.by_status += other.by_status;
        self.by_output += other.by_output;
        self.by_nothing += other.by_nothing;
        self.unchecked += other.unchecked;
        self.late += other.late;
        self.left_out += other.left_out;
        self.interrupted |= other.interrupted;
    }
}
