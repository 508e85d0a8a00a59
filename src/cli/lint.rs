//! `labrun lint`: what is wrong with decks, and with `--fix` mending it. Nothing that a deck holds is run.

use std::io::Write;

use super::Error;
use super::args::{self, LintFormat};
use super::ask::Answers;
use super::decks::{self, Planned};
use super::settings::Options;
use crate::accept::write;
use crate::diagnostic;
use crate::event::{Exit, mask_texts};
use crate::lint::{self, Fixed, Summary};
use crate::sys::say;
use crate::values::Secrets;

/// What one fix uncovers, the next pass mends; more passes than this would not end.
const PASSES: usize = 8;

/// Looks at every deck, mends them if that is asked for, and prints what is left.
///
/// # Errors
/// When a deck cannot be read or mended, or the output not written.
pub fn lint(args: &args::Lint) -> Result<Exit, Error> {
    if let Some(code) = &args.explain {
        let text = lint::explain(code).map_err(Error::Code)?;
        std::io::stdout().lock().write_all(text.as_bytes())?;
        return Ok(Exit::Held);
    }
    super::here()?;
    let mut decks = look(args)?;
    let mut mended = 0;
    for _ in 0..PASSES {
        let fixed = if args.fix { mend(&decks)? } else { 0 };
        if fixed == 0 {
            break;
        }
        mended += fixed;
        decks = look(args)?;
    }
    if mended > 0 {
        say(format_args!("labrun: {mended} mended"));
    }
    print(args, &decks)?;
    let errors = Summary::of(decks.iter().map(|deck| &deck.plan)).errors;
    Ok(if errors > 0 { Exit::Deck } else { Exit::Held })
}

fn look(args: &args::Lint) -> Result<Vec<Planned>, Error> {
    let options = Options { decks: &args.decks, run: None, host: None, answers: &Answers::new() };
    let decks = decks::inspect_all(&options, |plan, settings| {
        lint::lint(plan, &settings.levels, &settings.selection.exclude);
    });
    Ok(decks?)
}

/// Applies the fixes of each deck; how many there were.
fn mend(decks: &[Planned]) -> Result<usize, Error> {
    let mut mended = 0;
    for deck in decks {
        let source = &deck.plan.deck.source;
        let Fixed { text, count } = lint::fixed(source.text(), &deck.plan.diagnostics);
        if count > 0 {
            write::replace(source.path(), source.text(), &text)?;
            mended += count;
        }
    }
    Ok(mended)
}

fn print(args: &args::Lint, decks: &[Planned]) -> Result<(), Error> {
    let mut secrets = Secrets::default();
    for deck in decks {
        deck.mask(&mut secrets)?;
    }
    let mask = |text: &str| secrets.mask(text).into_owned();
    let plans = decks.iter().map(|deck| &deck.plan);
    let text = match args.format {
        LintFormat::Json => {
            let mut found = lint::json(plans);
            mask_texts(&mut found, &mask);
            format!("{found}\n")
        }
        LintFormat::Github => mask(&lint::github(plans)),
        LintFormat::Human => {
            let color = super::colors(args.decks.color, &std::io::stdout());
            let mut text = String::new();
            for plan in plans.clone().filter(|plan| !plan.diagnostics.is_empty()) {
                let drawn = diagnostic::render(&plan.diagnostics, &plan.deck.source, color);
                text.push_str(&mask(&drawn));
                text.push_str("\n\n");
            }
            let of = if decks.len() == 1 { "1 deck".to_owned() } else { format!("{} decks", decks.len()) };
            let hint = if text.is_empty() { "" } else { "; `labrun lint --explain CODE` says more" };
            format!("{text}{} in {of}{hint}\n", Summary::of(plans))
        }
    };
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}
