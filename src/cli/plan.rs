//! `labrun plan`: what would run and what would be checked, read off the decks alone.

use std::io::Write;

use super::args::{self, Format};
use super::ask::Answers;
use super::decks::{self, Planned};
use super::settings::Options;
use super::{Error, sinks, unmet};
use crate::diagnostic::{self, Severity};
use crate::event::history::History;
use crate::event::{Exit, mask_texts};
use crate::plan::{self, Step};
use crate::report;
use crate::report::plan::{Forecast, Limits, View};
use crate::run;
use crate::sys::say;
use crate::values::Secrets;

/// Plans every deck, and prints it; `run` is what a run would have been told.
///
/// # Errors
/// When a deck cannot be read, or the output not written.
pub fn plan(args: &args::Decks, run: Option<&args::Run>, format: Format) -> Result<Exit, Error> {
    let history = History::read(&sinks::journals(args, &super::here()?));
    let planned = decks::plan_all(&Options { decks: args, run, host: None, answers: &Answers::new() })?;
    let planned = planned.into_iter().map(|(_, deck)| deck).collect::<Result<Vec<_>, _>>()?;
    let mut secrets = Secrets::default();
    for deck in &planned {
        deck.mask(&mut secrets)?;
    }
    super::warn(&unmet::warnings(&args.set, &planned.iter().collect::<Vec<_>>()));
    // Before it is shortened or written as JSON: afterwards a secret may not be known as one.
    let mask = |text: &str| secrets.mask(text).into_owned();
    let expected = |deck: &Planned, step: &Step| {
        let path = deck.plan.deck.source.path();
        history.expected(deck.settings.stage.word(), path, &step.id, &mask(&step.text))
    };
    let mut text = match format {
        Format::Json => {
            let decks = planned.iter().map(|deck| (&deck.plan, |step: &Step| expected(deck, step)));
            let mut plans = plan::json(decks);
            mask_texts(&mut plans, &mask);
            format!("{plans}\n")
        }
        Format::Human => planned
            .iter()
            .map(|deck| {
                let expected = |step: &Step| expected(deck, step);
                let limits = Some(limits(deck.settings.limits));
                let view = View { columns: super::columns(), mask: &mask, limits, expected: &expected };
                report::plan::text(&deck.plan, view)
            })
            .collect(),
    };
    if format == Format::Human && planned.len() > 1 {
        let mut all = Forecast::default();
        for deck in &planned {
            all.add(Forecast::of(&deck.plan.steps, &|step| expected(deck, step)));
        }
        text.extend([format!("{} decks in all: {}\n", planned.len(), all.sentence())]);
    }
    if !super::has_unicode() && format == Format::Human {
        text = report::layout::ascii(&text);
    }
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    if format == Format::Human {
        let color = super::colors(args.color, &std::io::stderr());
        for plan in planned.iter().map(|deck| &deck.plan).filter(|plan| !plan.diagnostics.is_empty()) {
            say(format_args!("{}\n", mask(&diagnostic::render(&plan.diagnostics, &plan.deck.source, color))));
        }
    }
    let errors = planned
        .iter()
        .flat_map(|deck| &deck.plan.diagnostics)
        .any(|diagnostic| diagnostic.severity == Severity::Error);
    Ok(if errors { Exit::Deck } else { Exit::Held })
}

fn limits(limits: run::policy::Limits) -> Limits {
    let run::policy::Limits { looks, acts, wait, longwait, .. } = limits;
    Limits { looks, acts, wait, longwait }
}
