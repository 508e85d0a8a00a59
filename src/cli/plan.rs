//! `labrun plan`: what would run and what would be checked, read off the decks alone.

use std::io::Write;

use super::args::{self, Format};
use super::settings::Options;
use super::{Error, decks};
use crate::diagnostic::{self, Severity};
use crate::event::{Exit, mask_texts};
use crate::plan;
use crate::report;
use crate::values::Secrets;

/// Plans every deck, and prints it.
///
/// # Errors
/// When a deck cannot be read, or the output not written.
pub fn plan(args: &args::Plan) -> Result<Exit, Error> {
    let options = Options { decks: &args.decks, run: None };
    let mut secrets = Secrets::default();
    let mut plans = Vec::new();
    for path in &args.decks.paths {
        let planned = decks::plan(path, &options)?;
        secrets.add_all(&planned.settings.values, &planned.settings.secrets)?;
        plans.push(planned.plan);
    }
    // Before it is shortened or written as JSON: afterwards a secret may not be known as one.
    let mask = |text: &str| secrets.mask(text).into_owned();
    let text = match args.format {
        Format::Json => {
            let mut plans = plan::json(&plans);
            mask_texts(&mut plans, &mask);
            format!("{plans}\n")
        }
        Format::Human => plans.iter().map(|plan| report::plan::text(plan, super::columns(), &mask)).collect(),
    };
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    if args.format == Format::Human {
        let color = super::colors(args.decks.color, &std::io::stderr());
        for plan in plans.iter().filter(|plan| !plan.diagnostics.is_empty()) {
            eprintln!("{}\n", mask(&diagnostic::render(&plan.diagnostics, &plan.deck.source, color)));
        }
    }
    let errors = plans
        .iter()
        .flat_map(|plan| &plan.diagnostics)
        .any(|diagnostic| diagnostic.severity == Severity::Error);
    Ok(if errors { Exit::Deck } else { Exit::Held })
}
