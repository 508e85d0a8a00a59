//! `labrun run`: plans decks, opens a stage for each, runs it, and hands every event to the journal and the reporters.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Instant;

use tokio::runtime;

use super::args::{self, Format};
use super::ask::{self, Answers};
use super::ci;
use super::decks::{self, Planned};
use super::file::{self, Unending};
use super::person::{Person, Showing};
use super::refusal::{self, Refusal};
use super::settings::{Options, Settings};
use super::sinks::Sinks;
use super::{Error, doctor, known, plan, signals, unmet};
use crate::bash::Configuration;
use crate::doctor::safety::Ground;
use crate::event::{DeckRefused, Event, Exit, FORMAT, Past, RunEnded, RunStarted};
use crate::plan::Plan;
use crate::run::{self, OnFailure, Pace};
use crate::stage::own::{Own, Places};
use crate::stage::{self, Stage};
use crate::sys::say;
use crate::values::Values;

/// Runs every deck.
///
/// # Errors
/// When labrun cannot do its work: no journal, no report file, no runtime.
pub fn run(args: &args::Run) -> Result<Exit, Error> {
    if args.dry_run {
        return plan::plan(&args.decks, Some(args), Format::Human);
    }
    let here = super::here()?;
    let ground = doctor::ground(&here);
    let decks = prepare_all(args, &ground)?;
    needs_nobody(args, &decks)?;
    let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Runtime)?;
    let now = jiff::Timestamp::now();
    let id = format!("{}-{}", now.strftime("%Y%m%dT%H%M%S%3fZ"), std::process::id());
    let mut person = Person::new(std::io::stdin().is_terminal());
    let control = person.control();
    let mut sinks = Sinks::open(args, &here, &id, control.clone())?;
    let start = Instant::now();
    sinks.emit(&Event::RunStarted(RunStarted {
        format: FORMAT,
        id,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        time: now.to_string(),
        decks: decks.len(),
        directory: Some(here.display().to_string()),
    }));
    let own = own(&decks)?;
    let exit = runtime.block_on(async {
        signals::listen(&control);
        let mut exit = Exit::Held;
        for (path, prepared) in decks {
            let here = Here { folder: &here, ground: &ground, own: own.as_ref() };
            exit = exit.gravest(deck(&path, prepared, &here, &mut person, &mut sinks).await);
        }
        exit
    });
    let file = |deck: &Path| file::of(args.decks.config.as_deref(), deck);
    let listed = args.write_known.then(|| sinks.failures().write(file)).transpose();
    let exit = match (exit, &listed) {
        // Whatever failed is known from now on.
        (Exit::Failed, Ok(Some(known::Written { left: 0, .. }))) => Exit::Held,
        (exit, _) => exit,
    };
    let summary = sinks.summary();
    sinks.emit(&Event::RunEnded(RunEnded { summary, elapsed_ms: in_ms(start), exit }));
    listed?.unwrap_or_default().said.iter().for_each(|said| say(format_args!("labrun: {said}")));
    sinks.finish()?;
    Ok(exit)
}

/// A deck that can be run, or why it cannot.
type Prepared = Result<Planned, Refusal>;

/// Reads and plans every deck before the first command of any is typed: a path that is wrong stops them all.
fn prepare_all(args: &args::Run, ground: &Ground) -> Result<Vec<(PathBuf, Prepared)>, Error> {
    let mut answers = Answers::new();
    let plan = |answers: &Answers| {
        let host = Some(&args.host);
        decks::plan_all(&Options { decks: &args.decks, run: Some(args), host, answers })
    };
    let mut decks = plan(&answers)?;
    if !args.no_input && ask::somebody() {
        answers = ask::ask(&decks, &args.decks.secret)?;
        if !answers.is_empty() {
            decks = plan(&answers)?;
        }
    }
    ci::announce(decks.iter().filter_map(|(_, deck)| deck.as_ref().ok()))?;
    // What a deck holds that cannot be read is not known.
    if let Some(decks) = decks.iter().map(|(_, deck)| deck.as_ref().ok()).collect::<Option<Vec<_>>>() {
        super::warn(&unmet::warnings(&args.decks.set, &decks));
    }
    let checked = |deck: Planned| {
        refusal::of_plan(&deck.plan)?;
        super::warn(&refusal::lacking(&deck.plan));
        if deck.settings.stage == args::Stage::Host {
            refusal::of_host(&deck.plan, ground, &deck.settings.permissions)?;
        }
        Ok(deck)
    };
    let prepared =
        |deck: Result<Planned, _>| deck.map_err(|error| refusal::unreadable(&error)).and_then(checked);
    Ok(decks.into_iter().map(|(path, deck)| (path, prepared(deck))).collect())
}

/// Where decks run on `host`.
struct Here<'a> {
    folder: &'a Path,
    /// What is the user's.
    ground: &'a Ground,
    /// The run's own copies of configuration; none where no deck is to have them.
    own: Option<&'a Own>,
}

/// The run's own copies of the user's configuration, where a deck runs on `host` and is not to have the user's.
fn own(decks: &[(PathBuf, Prepared)]) -> Result<Option<Own>, Error> {
    let needs =
        |deck: &Planned| deck.settings.stage == args::Stage::Host && !deck.settings.permissions.share_config;
    if !decks.iter().filter_map(|(_, deck)| deck.as_ref().ok()).any(needs) {
        return Ok(None);
    }
    Ok(Some(Own::copy(&Places::of_user(), &program())?))
}

/// labrun itself.
fn program() -> PathBuf {
    std::env::current_exe().unwrap_or_else(|_| "labrun".into())
}

/// Refuses what is to be done by a person where none is at a terminal.
fn needs_nobody(args: &args::Run, decks: &[(PathBuf, Prepared)]) -> Result<(), Error> {
    let someone = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let shell = |deck: &Planned| deck.settings.on_failure == Some(args::OnFailure::Shell);
    if args.step && !someone {
        return Err(Error::Nobody("--step asks a person: it needs a terminal on standard input and output"));
    }
    if !someone && decks.iter().filter_map(|(_, deck)| deck.as_ref().ok()).any(shell) {
        return Err(Error::Nobody(
            "on-failure is shell, which hands over to a person: it needs a terminal on standard input and output",
        ));
    }
    if args.typing.is_some() && !super::has_live_line(args) {
        return Err(Error::Nobody(
            "--typing lets a person watch: it needs a terminal on standard error that can move its cursor",
        ));
    }
    Ok(())
}

/// Runs one deck, or says in an event why not.
async fn deck(
    path: &Path,
    prepared: Prepared,
    here: &Here<'_>,
    person: &mut Person,
    sinks: &mut Sinks,
) -> Exit {
    let came = match prepared {
        _ if person.control().is_stopped() => Err(refusal::interrupted()),
        Ok(planned) => on_stage(planned, here, person, sinks).await,
        Err(refused) => Err(refused),
    };
    came.unwrap_or_else(|refused| {
        let exit = refused.exit;
        sinks.emit(&Event::DeckRefused(DeckRefused {
            path: path.display().to_string(),
            message: refused.message,
            exit,
        }));
        exit
    })
}

/// Opens the deck's stage, runs it there, and takes the stage away.
async fn on_stage(
    mut planned: Planned,
    here: &Here<'_>,
    person: &mut Person,
    sinks: &mut Sinks,
) -> Result<Exit, Refusal> {
    sinks.mask_secrets(&planned).map_err(|error| refusal::secret(&error))?;
    let stage = Stage::open(stage_settings(&planned, here)).await;
    let stage = stage.map_err(|error| refusal::no_stage(&error))?;
    planned.plan.fill_promises(&Values::of_stage(stage.offers()));
    let Planned { settings, plan, .. } = &planned;
    let ran = match refusal::of_stage(plan, &stage) {
        Ok(()) => {
            let showing = Showing { plan, secrets: sinks.secrets().clone() };
            let past = sinks.past(&stage.about().kind.to_string(), plan.deck.source.path());
            let (control, run_settings) = (person.control(), run_settings(settings, plan, past));
            let tell = &mut |event: Event| sinks.emit(&event);
            let run = Box::pin(run::deck(plan, &stage, &run_settings, &control, tell));
            person.attend(&showing, run).await.map_err(|error| refusal::broke(&error))
        }
        Err(refused) => Err(refused),
    };
    stage.close().await;
    ran
}

fn stage_settings(planned: &Planned, here: &Here<'_>) -> stage::Settings {
    let Planned { settings, plan, .. } = planned;
    let own = here.own.filter(|_| !settings.permissions.share_config);
    stage::Settings {
        kind: settings.stage.kind(),
        directory: here.folder.to_path_buf(),
        home: settings.home.clone(),
        program: program(),
        allow: [&*settings.allow, &*plan.allowed].concat(),
        terminal: settings.terminal,
        node: crate::doctor::address(plan, here.ground),
        own: own.map(|own| own.environment().to_vec()).unwrap_or_default(),
        own_home: own.map(|own| own.home().to_path_buf()),
        writes: plan.writes(),
        makes: plan.makes(),
    }
}

fn run_settings(settings: &Settings, plan: &Plan, past: Option<Past>) -> run::Settings {
    run::Settings {
        on_failure: match settings.on_failure {
            None => OnFailure::ByDeed,
            Some(args::OnFailure::Stop) => OnFailure::Stop,
            Some(args::OnFailure::Continue) => OnFailure::Continue,
            Some(args::OnFailure::Shell) => OnFailure::Shell,
        },
        retry: settings.retry,
        strict: settings.strict,
        limits: settings.limits,
        unending: match settings.unending {
            Unending::Observe => run::Unending::Observe,
            Unending::Fail => run::Unending::Fail,
        },
        open: settings.open,
        step: settings.step,
        typing: settings.typing.map(|per_second| Pace { per_second }),
        known: settings.known.clone(),
        notices: if settings.stage == args::Stage::Host && !settings.permissions.share_config {
            copies(plan)
        } else {
            Vec::new()
        },
        past,
    }
}

/// What is said of a deck that changes copies of the user's configuration.
fn copies(plan: &Plan) -> Vec<String> {
    let lines = crate::doctor::configures(plan);
    let of = |kind: Configuration, what: &str| {
        let line = lines.iter().find(|(other, _)| *other == kind).map(|(_, line)| line)?;
        Some(format!(
            "line {line} changes a copy of your {what}, gone after this run; --share-config: your own"
        ))
    };
    let stored = crate::doctor::logins(plan).zip(crate::doctor::stored(&Places::of_user().docker));
    [(Configuration::Kube, "kubeconfig"), (Configuration::Docker, "docker configuration")]
        .into_iter()
        .filter_map(|(kind, what)| of(kind, what))
        .chain(stored.map(|(line, said)| format!("line {line}: {said}; --share-config: your own")))
        .collect()
}

fn in_ms(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX)
}
