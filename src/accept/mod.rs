//! Edits what decks promise, so that what came keeps it: works from a journal and the deck as it was run, and runs
//! nothing. Each hunk was tried: the deck with it has the same steps and checks, and what came keeps the promise.
//!
//! [`came`] reads the journal, [`place`] knows how text is written where a check stands, [`patch`] shows what would change,
//! [`mod@write`] replaces a file. How a promise is written anew is [`crate::expect`]'s.

pub mod came;
pub mod patch;
mod place;
pub mod write;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::deck;
use crate::event::{Outcome, Verdict};
use crate::expect::{Expectation, Mode, Output, Row, Terms};
use crate::plan::{self, Check, Plan, Reason};
use crate::source::{Source, Span};
use came::{Judged, Run};
pub use place::Edit;

/// What can be changed in a deck, and what not.
#[derive(Debug)]
pub struct Proposal {
    /// The deck as it was run.
    pub source: Arc<Source>,
    /// In order of place.
    pub hunks: Vec<Hunk>,
    /// What did not hold and is left as it is.
    pub refused: Vec<Refused>,
}

/// A change of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// The line of its fence or directive.
    pub line: usize,
    /// What it is, in a few words.
    pub about: String,
    /// In order of place, apart from each other.
    pub edits: Vec<Edit>,
}

/// A check that is not changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The line of its fence or directive.
    pub line: usize,
    /// Why, in a sentence.
    pub why: String,
}

/// What takes the place of a secret in a journal.
const MASK: &str = "***";

/// What a run says should change in its deck, which is read by `settings`, without values: promises are then as they are
/// written. With `pin`, promises of the prose that held become directives too.
#[must_use]
pub fn propose(run: &Run, source: Source, settings: plan::Settings, pin: bool) -> Proposal {
    let settings = plan::Settings { labs: run.labs.clone(), ..settings };
    let plan = plan::make(Arc::new(deck::parse(source, &run.labs)), &settings);
    let homes = run.homes.iter().map(String::as_str).collect();
    let accept = Accept { settings, plan, homes };
    let mut proposal =
        Proposal { source: accept.plan.deck.source.clone(), hunks: Vec::new(), refused: Vec::new() };
    let mut checks: Vec<&Judged> = run.checks.iter().collect();
    checks.sort_by_key(|judged| judged.span);
    for judged in checks {
        let hunk = match judged.verdict {
            Verdict::Warned | Verdict::Known | Verdict::Failed => accept.rewrite(judged),
            Verdict::Held if pin && judged.inferred => accept.pin(judged),
            _ => continue,
        };
        match hunk {
            Ok(hunk) => proposal.hunks.push(hunk),
            Err(why) => proposal.refused.push(Refused { line: judged.line, why }),
        }
    }
    proposal
}

/// `text` with the edits of these hunks.
#[must_use]
pub fn apply<'a>(text: &str, hunks: impl IntoIterator<Item = &'a Hunk>) -> String {
    let mut edits: Vec<&Edit> = hunks.into_iter().flat_map(|hunk| &hunk.edits).collect();
    edits.sort_by_key(|edit| edit.span);
    let mut new = String::with_capacity(text.len());
    let mut from = 0;
    for edit in edits {
        new.push_str(&text[from..edit.span.start]);
        new.push_str(&edit.text);
        from = edit.span.end;
    }
    new + &text[from..]
}

/// A deck as it was run.
struct Accept<'a> {
    settings: plan::Settings,
    plan: Plan,
    /// The folders that its slides may write as `~`.
    homes: Vec<&'a str>,
}

impl Accept<'_> {
    fn rewrite(&self, judged: &Judged) -> Result<Hunk, String> {
        let check = self.check(judged)?;
        let outcome = outcome(judged)?;
        let mode: Mode = judged.mode.parse().map_err(|error: crate::expect::Error| error.to_string())?;
        let unwritten = check.expectation.is_unwritten();
        if let Some(name) = check.recalls().find(|name| !judged.known.contains_key(*name)) {
            return Err(format!(
                "nothing was captured as `{name}` in that run: mend the check that captures it, and run the deck again"
            ));
        }
        let terms = check.expectation.terms().clone();
        let terms = Terms { wildcards: terms.wildcards.knowing(judged.known.clone()), ..terms };
        let promise = if unwritten {
            Expectation::unwritten(mode, terms)
        } else {
            Expectation::under(mode, &*judged.text, terms)
        };
        let promise = promise.map_err(|error| error.to_string())?;
        let homes = &self.homes[..];
        let output = Output { stdout: &outcome.stdout, stderr: &outcome.stderr, homes };
        let before = outcome.before.as_ref();
        let before = before.map(|before| Output { stdout: &before.stdout, stderr: &before.stderr, homes });
        let mut rows = promise.rewritten(&output, before.as_ref()).map_err(|error| error.to_string())?;
        if outcome.masked && rows.iter().any(|row| !row.kept && row.text.contains(MASK)) {
            return Err(
                "what came holds a secret, which is masked in the journal and never written".to_owned()
            );
        }
        let written = check.expectation.text();
        put_values_back(&mut rows, &judged.text, written);
        let filled = !unwritten && judged.text != written;
        let span = Span::new(judged.span.0, judged.span.1);
        let edits = place::rewrite(&self.plan.deck, span, written, &rows)?;
        let command = judged.command.lines().next().unwrap_or_default();
        let about = format!("{} of `{command}`", if unwritten { "the first output" } else { "the output" });
        let hunk = Hunk { line: judged.line, about, edits };
        self.tried(&hunk, judged, |new, old| {
            let same = old.mode() == new.mode() || judged.inferred;
            let holds = || new.knowing(judged.known.clone()).is_ok_and(|new| new.check(&output).is_ok());
            same && (filled || holds())
        })?;
        Ok(hunk)
    }

    fn pin(&self, judged: &Judged) -> Result<Hunk, String> {
        let check = self.check(judged)?;
        if !matches!(check.reason, Reason::Cue { .. }) {
            return Err("its promise is not one of the prose any more".to_owned());
        }
        let edit = place::pin(&self.plan.deck, check.span, &judged.mode)?;
        let hunk = Hunk {
            line: judged.line,
            about: format!("a promise that held, as `expect {}`", judged.mode),
            edits: vec![edit],
        };
        self.tried(&hunk, judged, |new, old| {
            new.mode().to_string() == judged.mode && new.text() == old.text()
        })?;
        Ok(hunk)
    }

    /// The check that the journal speaks of.
    fn check(&self, judged: &Judged) -> Result<&Check, String> {
        let span = Span::new(judged.span.0, judged.span.1);
        let mut checks = self.plan.steps.iter().flat_map(|step| &step.checks);
        checks.find(|check| check.span == span).ok_or_else(|| {
            "the journal speaks of a promise that this labrun does not see there: run the deck again"
                .to_owned()
        })
    }

    /// Tries a hunk: the deck must be the same but for this check, which must be as `good` says, given the new one and the
    /// old one.
    fn tried(
        &self,
        hunk: &Hunk,
        judged: &Judged,
        good: impl Fn(&Expectation, &Expectation) -> bool,
    ) -> Result<(), String> {
        let source = &self.plan.deck.source;
        let text = apply(source.text(), [hunk]);
        let deck = deck::parse(Source::new(source.path(), text), &self.settings.labs);
        let new = plan::make(Arc::new(deck), &self.settings);
        if let Some(name) = captured(&self.plan).difference(&captured(&new)).next() {
            return Err(format!("what came has no place for [{name}=..]: write it by hand"));
        }
        let slides = |plan: &Plan| plan.deck.slides.len();
        let steps = |plan: &Plan| -> Vec<(String, String, usize)> {
            plan.steps.iter().map(|step| (step.id.clone(), step.text.clone(), step.checks.len())).collect()
        };
        let checks = |plan: &'_ Plan| -> Vec<Check> {
            plan.steps.iter().flat_map(|step| step.checks.clone()).collect()
        };
        let (old_checks, new_checks) = (checks(&self.plan), checks(&new));
        let same = |(old, new): (&Check, &Check)| {
            let this = (old.span.start, old.span.end) == judged.span;
            let alike = old.expectation.mode() == new.expectation.mode()
                && old.expectation.text() == new.expectation.text();
            old.command == new.command && if this { good(&new.expectation, &old.expectation) } else { alike }
        };
        let all = slides(&self.plan) == slides(&new)
            && steps(&self.plan) == steps(&new)
            && old_checks.iter().zip(&new_checks).all(same);
        let wrong =
            "what came cannot be written there so that the deck reads the same around it and the check holds";
        if all { Ok(()) } else { Err(wrong.to_owned()) }
    }
}

/// The names that checks capture.
fn captured(plan: &Plan) -> BTreeSet<&str> {
    plan.steps.iter().flat_map(|step| &step.checks).flat_map(Check::captures).collect()
}

/// What came, if it is all there and worth writing.
fn outcome(judged: &Judged) -> Result<&Outcome, String> {
    if let Some(trouble) = &judged.trouble {
        return Err(format!("{trouble}: what it printed then is not written"));
    }
    let outcome = judged.outcome.as_ref().ok_or("the journal does not say what came: run the deck again")?;
    if outcome.dropped > 0 {
        return Err(format!(
            "{} bytes of the output were not kept: it is too long for a slide",
            outcome.dropped
        ));
    }
    Ok(outcome)
}

/// Writes the names of values, as the deck has them, where rows hold the values.
fn put_values_back(rows: &mut [Row], filled: &str, written: &str) {
    if filled.is_empty() || filled == written {
        return;
    }
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for (filled, written) in
        filled.split('\n').zip(written.split('\n')).filter(|(filled, written)| filled != written)
    {
        let head = filled.char_indices().zip(written.chars()).take_while(|((_, a), b)| a == b).last();
        let head = head.map_or(0, |((at, c), _)| at + c.len_utf8());
        let tails = filled[head..].chars().rev().zip(written[head..].chars().rev());
        let tail: usize = tails.take_while(|(a, b)| a == b).map(|(c, _)| c.len_utf8()).sum();
        let pair = (&filled[head..filled.len() - tail], &written[head..written.len() - tail]);
        if !pair.0.is_empty() && !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
    let originals: Vec<&str> = written.split('\n').collect();
    for row in rows {
        match row.of.filter(|_| row.kept) {
            Some(at) => row.text = originals.get(at).map_or(String::new(), |&line| line.to_owned()),
            None => {
                for (value, name) in &pairs {
                    row.text = row.text.replace(value, name);
                }
            }
        }
    }
}
