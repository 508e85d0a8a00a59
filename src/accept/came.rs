//! What a journal says of each check of a deck: how it was held to what, and what came.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::deck::Labs;
use crate::event::{Checked, Event, Outcome, Promise, Verdict};

/// A deck as it was run.
#[derive(Clone, Debug)]
pub struct Run {
    /// As given on the command line.
    pub named: String,
    /// The same from where labrun was started then.
    pub path: PathBuf,
    /// SHA-256 of its text, hex.
    pub sha256: String,
    /// Whether stand-ins answered.
    pub simulated: bool,
    /// Which sections were labs.
    pub labs: Labs,
    /// The folders that its slides may write as `~`.
    pub homes: Vec<String>,
    /// Its checks of outputs, the last verdict of each.
    pub checks: Vec<Judged>,
    /// What they captured, by name.
    known: BTreeMap<String, String>,
}

/// A check of an output, and what it was held to.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Where it stands in the deck, bytes.
    pub span: (usize, usize),
    /// Its line.
    pub line: usize,
    /// How it was compared.
    pub mode: String,
    /// What was promised, values filled in; empty where it was still to be written.
    pub text: String,
    /// Whether the prose promises it.
    pub inferred: bool,
    /// What became of it.
    pub verdict: Verdict,
    /// What the command printed; none where the journal does not say.
    pub outcome: Option<Outcome>,
    /// The command.
    pub command: String,
    /// What is wrong with the command itself.
    pub trouble: Option<String>,
    /// What checks had captured when it was judged, by name.
    pub known: BTreeMap<String, String>,
}

/// The decks of a journal's events, in order; of one that was run more than once the last time.
#[must_use]
pub fn runs(events: &[Event]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut start = PathBuf::new();
    let mut typed = String::new();
    for event in events {
        match event {
            Event::RunStarted(started) => start = started.directory.clone().unwrap_or_default().into(),
            Event::DeckStarted(deck) => {
                let path = start.join(&deck.path);
                runs.retain(|run| run.path != path);
                runs.push(Run {
                    named: deck.path.clone(),
                    path,
                    sha256: deck.sha256.clone(),
                    simulated: deck.stage.kind != "host",
                    labs: match &deck.labs[..] {
                        [all] if all == "all" => Labs::All,
                        [] => Labs::default(),
                        classes => Labs::Classes(classes.to_vec()),
                    },
                    homes: deck.stage.homes.clone(),
                    checks: Vec::new(),
                    known: BTreeMap::new(),
                });
            }
            Event::CommandEnded(ended) => {
                let Some(run) = runs.last_mut() else { continue };
                typed.clone_from(&ended.text);
                run.take(&ended.checks, &typed, Some(&ended.outcome));
            }
            Event::StepEnded(ended) => {
                let Some(run) = runs.last_mut() else { continue };
                run.take(&ended.checks, &typed, None);
            }
            _ => {}
        }
    }
    runs
}

/// What else than an output was wrong.
fn trouble(checks: &[Checked]) -> Option<String> {
    let other = |checked: &&Checked| {
        checked.verdict > Verdict::Held && !matches!(checked.check, Promise::Output { .. })
    };
    checks.iter().find(other).map(|checked| checked.summary.clone())
}

impl Run {
    /// Takes what was judged at once: of one command, or of one that directives spoke to when they were through with it.
    fn take(&mut self, judged: &[Checked], command: &str, outcome: Option<&Outcome>) {
        let trouble = trouble(judged);
        for checked in judged {
            if let Promise::Output { mode, text, line, span: Some(span), cue, .. } = &checked.check {
                self.checks.retain(|before| before.span != *span);
                self.checks.push(Judged {
                    span: *span,
                    line: *line,
                    mode: mode.clone(),
                    text: text.clone(),
                    inferred: cue.is_some(),
                    verdict: checked.verdict,
                    outcome: outcome.or(checked.outcome.as_deref()).cloned(),
                    command: command.to_owned(),
                    trouble: trouble.clone(),
                    known: self.known.clone(),
                });
            }
            let captured = checked.captured.iter().map(|one| (one.name.clone(), one.value.clone()));
            self.known.extend(captured);
        }
    }

    /// Whether this is the deck at `path`, however that is written.
    #[must_use]
    pub fn is(&self, path: &Path) -> bool {
        let plain = |path: &Path| std::fs::canonicalize(path).or_else(|_| std::path::absolute(path)).ok();
        plain(&self.path) == plain(path)
    }
}
