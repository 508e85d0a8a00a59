//! `labrun plan`: what would run and what would be checked, read off the decks alone.

use std::io::Write;

use super::args::{self, Format};
use super::settings::Options;
use super::{Error, decks, unmet};
use crate::diagnostic::{self, Severity};
use crate::event::{Exit, mask_texts};
use crate::plan;
use crate::report;
use crate::values::Secrets;

/// Plans every deck, and prints it; `run` is what a run would have been told.
///
/// # Errors
/// When a deck cannot be read, or the output not written.
pub fn plan(args: &args::Decks, run: Option<&args::Run>, format: Format) -> Result<Exit, Error> {
    super::here()?;
    let planned = decks::plan_all(&Options { decks: args, run })?;
    let planned = planned.into_iter().map(|(_, deck)| deck).collect::<Result<Vec<_>, _>>()?;
    let mut secrets = Secrets::default();
    for deck in &planned {
        secrets.add_all(&deck.settings.values, &deck.settings.secrets)?;
    }
    super::warn(&unmet::warnings(&args.set, &planned.iter().collect::<Vec<_>>()));
    // Before it is shortened or written as JSON: afterwards a secret may not be known as one.
    let mask = |text: &str| secrets.mask(text).into_owned();
    let text = match format {
        Format::Json => {
            let mut plans = plan::json(planned.iter().map(|deck| &deck.plan));
            mask_texts(&mut plans, &mask);
            format!("{plans}\n")
        }
        Format::Human => {
            let columns = super::columns();
            let pages: String =
                planned.iter().map(|deck| report::plan::text(&deck.plan, columns, &mask)).collect();
            if super::has_unicode() { pages } else { report::layout::ascii(&pages) }
        }
    };
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    if format == Format::Human {
        let color = super::colors(args.color, &std::io::stderr());
        for plan in planned.iter().map(|deck| &deck.plan).filter(|plan| !plan.diagnostics.is_empty()) {
            eprintln!("{}\n", mask(&diagnostic::render(&plan.diagnostics, &plan.deck.source, color)));
        }
    }
    let errors = planned
        .iter()
        .flat_map(|deck| &deck.plan.diagnostics)
        .any(|diagnostic| diagnostic.severity == Severity::Error);
    Ok(if errors { Exit::Deck } else { Exit::Held })
}
