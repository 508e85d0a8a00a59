//! A run as a tree, gathered from its events: for reports that are written at its end.

use serde::Serialize;

use crate::event::{
    Checked, CommandEnded, DeckStarted, Event, Exit, Known, Quote, RunStarted, Summary, Verdict,
};

/// A run.
#[derive(Debug, Default, Serialize)]
pub struct Run {
    /// Who ran, when.
    #[serde(flatten)]
    pub started: Option<RunStarted>,
    /// labrun's exit code.
    pub exit: Exit,
    /// Counts.
    pub summary: Summary,
    /// All of it.
    pub elapsed_ms: u64,
    /// Each deck, in order.
    pub runs: Vec<Deck>,
}

/// A deck.
#[derive(Debug, Default, Serialize)]
pub struct Deck {
    /// As given on the command line.
    pub path: String,
    /// Where it ran, and what it holds; none if it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<DeckStarted>,
    /// Why it was not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Each step, in order.
    pub steps: Vec<Step>,
    /// Sentences that are no verdicts.
    pub notices: Vec<String>,
    /// Counts.
    pub summary: Summary,
}

/// A step.
#[derive(Debug, Serialize)]
pub struct Step {
    /// Its stable id.
    pub id: String,
    /// Line of its fence or word.
    pub line: usize,
    /// The slide's number.
    pub slide: usize,
    /// The slide's title.
    pub title: String,
    /// `bash`, `hide`, `wait`, …
    pub method: String,
    /// Whether learners do not see it.
    pub hidden: bool,
    /// What is typed or looked for.
    pub text: String,
    /// The worst of its commands.
    pub verdict: Verdict,
    /// Why it was skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
    /// Why it is known to fail, where that is its verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known: Option<Known>,
    /// Its commands that were not typed, since one before them failed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub untyped: Vec<Quote>,
    /// Its own checks, where it ran no command.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Checked>,
    /// Its commands that ran.
    pub commands: Vec<CommandEnded>,
    /// All of it.
    pub elapsed_ms: u64,
}

impl Step {
    /// Every check that did not hold, with the command it was about.
    pub fn broken(&self) -> impl Iterator<Item = (Option<&CommandEnded>, &Checked)> {
        let own = self.checks.iter().map(|checked| (None, checked));
        let commands = self.commands.iter();
        let of_commands =
            commands.flat_map(|command| command.checks.iter().map(move |checked| (Some(command), checked)));
        own.chain(of_commands).filter(|(_, checked)| checked.verdict > Verdict::Held)
    }
}

/// Gathers a [`Run`].
#[derive(Debug, Default)]
pub struct Gatherer {
    run: Run,
    title: String,
}

impl Gatherer {
    /// Takes one event; the last one gives the run.
    pub fn take(&mut self, event: &Event) -> Option<&Run> {
        match event {
            Event::RunStarted(started) => self.run.started = Some(started.clone()),
            Event::DeckStarted(started) => self.run.runs.push(Deck {
                path: started.path.clone(),
                started: Some(started.clone()),
                ..Deck::default()
            }),
            Event::DeckRefused(refused) => self.run.runs.push(Deck {
                path: refused.path.clone(),
                refused: Some(refused.message.clone()),
                ..Deck::default()
            }),
            Event::SlideStarted(slide) => self.title.clone_from(&slide.title),
            Event::StepStarted(started) => {
                let step = Step {
                    id: started.id.clone(),
                    line: started.line,
                    slide: started.slide,
                    title: self.title.clone(),
                    method: started.method.clone(),
                    hidden: started.hidden,
                    text: started.text.clone(),
                    verdict: Verdict::Skipped,
                    skipped: None,
                    known: None,
                    untyped: Vec::new(),
                    checks: Vec::new(),
                    commands: Vec::new(),
                    elapsed_ms: 0,
                };
                if let Some(deck) = self.run.runs.last_mut() {
                    // Of a step that is repeated by hand the last outcome counts.
                    deck.steps.retain(|before| before.id != step.id);
                    deck.steps.push(step);
                }
            }
            Event::CommandEnded(ended) => {
                if let Some(step) = self.step() {
                    step.commands.push((**ended).clone());
                }
            }
            Event::StepEnded(ended) => {
                if let Some(step) = self.step() {
                    step.verdict = ended.verdict;
                    step.skipped.clone_from(&ended.skipped);
                    step.known.clone_from(&ended.known);
                    step.untyped.clone_from(&ended.untyped);
                    step.checks.clone_from(&ended.checks);
                    step.elapsed_ms = ended.elapsed_ms;
                }
            }
            Event::Notice(notice) => {
                if let Some(deck) = self.run.runs.last_mut() {
                    deck.notices.push(notice.text.clone());
                }
            }
            Event::DeckEnded(ended) => {
                if let Some(deck) = self.run.runs.last_mut() {
                    deck.summary = ended.summary.clone();
                }
            }
            Event::RunEnded(ended) => {
                self.run.exit = ended.exit;
                self.run.summary = ended.summary.clone();
                self.run.elapsed_ms = ended.elapsed_ms;
                return Some(&self.run);
            }
            Event::Typing(_)
            | Event::CommandStarted(_)
            | Event::Progress(_)
            | Event::Shown(_)
            | Event::Retrying(_) => {}
        }
        None
    }

    fn step(&mut self) -> Option<&mut Step> {
        self.run.runs.last_mut()?.steps.last_mut()
    }
}
