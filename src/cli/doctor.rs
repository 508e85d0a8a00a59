//! `labrun doctor`: whether this machine is ready for decks. Nothing that they hold is run.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::args::{self, Format};
use super::ask::Answers;
use super::decks::{self, Planned};
use super::settings::Options;
use super::{Error, unmet};
use crate::diagnostic::{self, Severity};
use crate::doctor::safety::Ground;
use crate::doctor::{self, Patient, Start};
use crate::event::{Exit, mask_texts};
use crate::report;
use crate::stage::kubeconfig::Kubeconfig;
use crate::stage::own::Places;
use crate::sys::say;
use crate::values::Secrets;

/// Examines every deck, and prints what was found.
///
/// # Errors
/// When a deck cannot be read, or the output not written.
pub fn doctor(args: &args::Doctor) -> Result<Exit, Error> {
    let here = super::here()?;
    let planned = decks::plan_all(&Options {
        decks: &args.decks,
        run: None,
        host: Some(&args.host),
        answers: &Answers::new(),
    })?;
    let planned = planned.into_iter().map(|(_, deck)| deck).collect::<Result<Vec<_>, _>>()?;
    let mut secrets = Secrets::default();
    for deck in &planned {
        deck.mask(&mut secrets)?;
    }
    super::warn(&unmet::warnings(&args.decks.set, &planned.iter().collect::<Vec<_>>()));
    let patients: Vec<Patient<'_>> = planned.iter().map(patient).collect();
    let health = doctor::examine(&patients, &ground(&here));
    let mask = |text: &str| secrets.mask(text).into_owned();
    let text = match args.format {
        Format::Json => {
            let mut json = serde_json::to_value(&health).map_err(std::io::Error::from)?;
            mask_texts(&mut json, &mask);
            format!("{json}\n")
        }
        Format::Human => {
            let text = report::doctor::text(&health, super::columns(), &mask);
            if super::has_unicode() { text } else { report::layout::ascii(&text) }
        }
    };
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    let mut exit = if health.ready { Exit::Held } else { Exit::Nothing };
    for plan in planned.iter().map(|deck| &deck.plan) {
        let errors: Vec<_> =
            plan.diagnostics.iter().filter(|one| one.severity == Severity::Error).cloned().collect();
        if !errors.is_empty() {
            let color = super::colors(args.decks.color, &std::io::stderr());
            say(format_args!("{}\n", mask(&diagnostic::render(&errors, &plan.deck.source, color))));
            exit = exit.gravest(Exit::Deck);
        }
    }
    Ok(exit)
}

fn patient(deck: &Planned) -> Patient<'_> {
    let settings = &deck.settings;
    Patient {
        plan: &deck.plan,
        kind: settings.stage.kind(),
        allow: settings.allow.clone(),
        home: settings.home.clone(),
        permissions: settings.permissions.clone(),
    }
}

/// What belongs to the user that labrun runs as.
pub fn ground(here: &Path) -> Ground {
    let places = Places::of_user();
    let home = std::env::var_os("HOME").map_or_else(|| PathBuf::from("/"), PathBuf::from);
    Ground { kube: Kubeconfig::read(&places.kube), places, start: Start { folder: here.to_path_buf(), home } }
}
