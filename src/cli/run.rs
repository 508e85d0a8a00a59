//! `labrun run`: plans decks, opens a stage for each, runs it, and hands every event to the journal and the reporters.

use std::path::Path;
use std::time::Instant;

use tokio::runtime;

use super::args;
use super::decks::{self, Planned};
use super::settings::{Options, Settings};
use super::sinks::Sinks;
use super::{Error, refusal, signals};
use crate::event::{DeckRefused, Event, Exit, FORMAT, Notice, RunEnded, RunStarted};
use crate::run::{self, Control, OnFailure};
use crate::stage::{self, Stage};

/// Runs every deck.
///
/// # Errors
/// When labrun cannot do its work: no journal, no report file, no runtime.
pub fn run(args: &args::Run) -> Result<Exit, Error> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Runtime)?;
    let now = jiff::Timestamp::now();
    let id = format!("{}-{}", now.strftime("%Y%m%dT%H%M%S%3fZ"), std::process::id());
    let control = Control::default();
    let mut sinks = Sinks::open(args, &id, control.clone())?;
    let start = Instant::now();
    sinks.emit(&Event::RunStarted(RunStarted {
        format: FORMAT,
        id,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        time: now.to_string(),
        decks: args.decks.paths.len(),
    }));
    let exit = runtime.block_on(async {
        signals::listen(&control);
        let mut exit = Exit::Held;
        for path in &args.decks.paths {
            if !control.is_stopped() {
                exit = exit.gravest(deck(path, args, &control, &mut sinks).await);
            }
        }
        exit
    });
    let summary = sinks.summary();
    sinks.emit(&Event::RunEnded(RunEnded { summary, elapsed_ms: in_ms(start), exit }));
    sinks.finish()?;
    Ok(exit)
}

/// Runs one deck, or says in an event why not.
async fn deck(path: &Path, args: &args::Run, control: &Control, sinks: &mut Sinks) -> Exit {
    let refused = match prepare(path, args) {
        Ok(planned) => match on_stage(&planned, control, sinks).await {
            Ok(exit) => return exit,
            Err(refused) => refused,
        },
        Err(refused) => refused,
    };
    let exit = refused.exit;
    sinks.emit(&Event::DeckRefused(DeckRefused {
        path: path.display().to_string(),
        message: refused.message,
        exit,
    }));
    exit
}

/// Plans a deck, and refuses what could not be run to its end.
fn prepare(path: &Path, args: &args::Run) -> Result<Planned, refusal::Refusal> {
    let options = Options { decks: &args.decks, run: Some(args) };
    let planned = decks::plan(path, &options).map_err(|error| refusal::unreadable(&error))?;
    refusal::of_plan(&planned.plan)?;
    Ok(planned)
}

/// Opens the deck's stage, runs it there, and takes the stage away.
async fn on_stage(planned: &Planned, control: &Control, sinks: &mut Sinks) -> Result<Exit, refusal::Refusal> {
    let Planned { settings, plan } = planned;
    sinks.mask_secrets(&settings.values, &settings.secrets).map_err(|error| refusal::secret(&error))?;
    let stage = Stage::open(stage_settings(planned)).await.map_err(|error| refusal::no_stage(&error))?;
    let admitted = refusal::of_stage(plan, &stage);
    let mut exit = Exit::Nothing;
    if admitted.is_ok() {
        let tell = &mut |event: Event| sinks.emit(&event);
        exit =
            run::deck(plan, &stage, &run_settings(settings), control, tell).await.unwrap_or_else(|error| {
                sinks.emit(&Event::Notice(Notice { step: None, text: super::chain(&error) }));
                Exit::Broke
            });
    }
    stage.close().await;
    admitted.map(|()| exit)
}

fn stage_settings(planned: &Planned) -> stage::Settings {
    let Planned { settings, plan } = planned;
    stage::Settings {
        kind: match settings.stage {
            args::Stage::Host => stage::Kind::Host,
            args::Stage::Simulated => stage::Kind::Simulated,
        },
        directory: std::env::current_dir().unwrap_or_else(|_| "/".into()),
        home: settings.home.clone(),
        program: std::env::current_exe().unwrap_or_else(|_| "labrun".into()),
        allow: [&*settings.allow, &*plan.allowed].concat(),
    }
}

fn run_settings(settings: &Settings) -> run::Settings {
    run::Settings {
        on_failure: match settings.on_failure {
            None => OnFailure::ByDeed,
            Some(args::OnFailure::Stop) => OnFailure::Stop,
            Some(args::OnFailure::Continue) => OnFailure::Continue,
        },
        retry: settings.retry,
        strict: settings.strict,
        limits: settings.limits,
    }
}

fn in_ms(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX)
}
