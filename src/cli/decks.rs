//! Decks as a subcommand gets them: found, read, with their settings, planned, and narrowed to what is meant.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::file;
use super::known;
use super::paths::{self, Found};
use super::settings::{Options, Settings};
use crate::deck;
use crate::diagnostic::Severity;
use crate::event::Exit;
use crate::plan::{self, Plan, UnknownStep};
use crate::source::{ReadError, Source};
use crate::values::{self, Secrets};

/// Of a thread that plans, in bytes: as much as the main one has.
const STACK: usize = 8 << 20;

/// Why a deck could not be planned.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No file is meant.
    #[error(transparent)]
    Path(#[from] paths::Error),
    /// It cannot be read.
    #[error(transparent)]
    Source(#[from] ReadError),
    /// Its configuration is wrong.
    #[error(transparent)]
    Settings(#[from] file::Error),
    /// A known failure is of no step that there is.
    #[error("labrun.toml: {0}")]
    Known(String),
    /// No deck has a step that the selection names.
    #[error(transparent)]
    Step(#[from] UnknownStep),
    /// No deck has a step that is selected.
    #[error("no step is selected: {0}")]
    NothingSelected(String),
}

impl Error {
    /// labrun's exit code for it.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Source(ReadError::NotUtf8 { .. } | ReadError::Nul { .. } | ReadError::TooLarge { .. }) => {
                Exit::Deck
            }
            Self::NothingSelected(_) => Exit::Nothing,
            Self::Path(_) | Self::Source(_) | Self::Settings(_) | Self::Known(_) | Self::Step(_) => {
                Exit::Usage
            }
        }
    }
}

/// A deck with what holds for it and what it would run.
#[derive(Debug)]
pub struct Planned {
    /// What holds for it.
    pub settings: Settings,
    /// What it would run.
    pub plan: Plan,
    /// Why nothing is left of it, where the selection names a step that it has not.
    unknown: Option<UnknownStep>,
}

impl Planned {
    /// The secrets among its values, and among the variables of the environment that are called secret.
    pub fn secrets(&self) -> Vec<String> {
        let listed = &self.settings.secrets;
        let values = self.settings.values.iter();
        let secret =
            values.filter(|(name, _)| values::is_secret(name) || listed.iter().any(|one| one == name));
        secret.map(|(_, value)| value.text.clone()).chain(self.variables().map(|(_, text)| text)).collect()
    }

    /// Has these masked from here on, with those of the decks before.
    ///
    /// # Errors
    /// When one is too short to be masked.
    pub fn mask(&self, secrets: &mut Secrets) -> Result<(), values::Error> {
        secrets.mask_shapes(self.settings.mask_tokens);
        secrets.add_all(&self.settings.values, &self.settings.secrets)?;
        self.variables().try_for_each(|(name, text)| secrets.add(name, &text))
    }

    /// Variables of the environment that are called secret, and are no value.
    fn variables(&self) -> impl Iterator<Item = (&str, String)> {
        let lacking = self.settings.secrets.iter().filter(|name| self.settings.values.get(name).is_none());
        lacking.filter_map(|name| Some((name.as_str(), std::env::var(name).ok()?)))
    }

    fn has_errors(&self) -> bool {
        self.plan.diagnostics.iter().any(|one| one.severity == Severity::Error)
    }

    /// Whether there is something to say of it.
    fn counts(&self) -> bool {
        !self.plan.steps.is_empty() || self.has_errors()
    }
}

/// A deck that is planned, or why it could not be.
pub type One = (PathBuf, Result<Planned, Error>);

/// Reads and plans every deck that the command line means. What is found in a folder and holds no lab, and what has no
/// step that is selected, is left out.
///
/// # Errors
/// When a path or a configuration is wrong, or nothing is selected in any deck.
pub fn plan_all(options: &Options<'_>) -> Result<Vec<One>, Error> {
    let found = paths::find(&options.decks.paths)?;
    let planned = in_parallel(&found, |found| plan(&found.path, options));
    let mut decks = Vec::new();
    let mut bare = 0;
    for (Found { path, named }, planned) in found.into_iter().zip(planned) {
        match planned {
            Err(error) if error.exit() == Exit::Usage => return Err(error),
            Ok(deck) if !named && deck.plan.left_out.steps == 0 && !deck.counts() => bare += 1,
            planned => decks.push((path, planned)),
        }
    }
    if decks.is_empty() && bare > 0 {
        let of = if bare == 1 {
            "the one file found has".to_owned()
        } else {
            format!("all {bare} files found have")
        };
        return Err(Error::NothingSelected(format!("{of} no lab")));
    }
    if bare > 0 {
        let files = if bare == 1 {
            "1 file that was found holds"
        } else {
            &format!("{bare} files that were found hold")
        };
        super::warn(&[format!("{files} no lab, left out")]);
    }
    narrowed(decks)
}

/// Leaves out decks of which nothing is selected, as long as some are left.
fn narrowed(mut decks: Vec<One>) -> Result<Vec<One>, Error> {
    let emptied =
        |(_, deck): &One| deck.as_ref().is_ok_and(|deck| deck.plan.left_out.steps > 0 && !deck.counts());
    if decks.is_empty() || !decks.iter().all(emptied) {
        decks.retain(|deck| !emptied(deck));
        return Ok(decks);
    }
    let planned = || decks.iter().filter_map(|(_, deck)| deck.as_ref().ok());
    let steps: usize = planned().map(|deck| deck.plan.left_out.steps).sum();
    if let Some(unknown) = planned().map(|deck| deck.unknown.as_ref()).collect::<Option<Vec<_>>>() {
        // Of several decks the one with a name like it is meant.
        let like = unknown.iter().find(|one| one.like.is_some()).or(unknown.first());
        if let Some(&unknown) = like {
            return Err(unknown.clone().into());
        }
    }
    let path = decks[0].0.display();
    let of = if decks.len() > 1 { format!("{} decks have", decks.len()) } else { format!("{path} has") };
    Err(Error::NothingSelected(format!(
        "{of} {steps} {} in all, and none fits all that is asked for; `labrun plan` shows them",
        if steps == 1 { "step" } else { "steps" }
    )))
}

/// Reads and plans every deck that the command line means, whole, has it looked at, and then narrows it to what is
/// selected. What is found in a folder stays, labs or not.
///
/// # Errors
/// When a path, a deck or a configuration is wrong, or no deck has a step that the selection names.
pub fn inspect_all(
    options: &Options<'_>,
    inspect: impl Fn(&mut Plan, &Settings) + Sync,
) -> Result<Vec<Planned>, Error> {
    let found = paths::find(&options.decks.paths)?;
    let planned = in_parallel(&found, |found| {
        let (settings, mut plan) = whole(&found.path, options)?;
        inspect(&mut plan, &settings);
        Ok(narrow(settings, plan))
    });
    let planned = planned.into_iter().collect::<Result<Vec<_>, Error>>()?;
    if let (Some(unknown), true) = (
        planned.iter().find_map(|deck| deck.unknown.clone()),
        planned.iter().all(|deck| deck.unknown.is_some()),
    ) {
        return Err(unknown.into());
    }
    Ok(planned)
}

/// Does the same with each of many things, by as many threads as there are processors; the answers in order.
fn in_parallel<T: Sync, A: Send>(things: &[T], work: impl Fn(&T) -> A + Sync) -> Vec<A> {
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        while let Some((at, thing)) = {
            let at = next.fetch_add(1, Ordering::Relaxed);
            things.get(at).map(|thing| (at, thing))
        } {
            done.push((at, work(thing)));
        }
        done
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(things.len());
    let mut done = thread::scope(|scope| {
        let thread = || thread::Builder::new().stack_size(STACK).spawn_scoped(scope, take).ok();
        let others: Vec<_> = (1..threads).filter_map(|_| thread()).collect();
        let mut done = take();
        for other in others {
            match other.join() {
                Ok(more) => done.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, answer)| answer).collect()
}

/// Reads and plans one deck.
fn plan(path: &Path, options: &Options<'_>) -> Result<Planned, Error> {
    let (settings, plan) = whole(path, options)?;
    Ok(narrow(settings, plan))
}

/// A deck with all its steps.
fn whole(path: &Path, options: &Options<'_>) -> Result<(Settings, Plan), Error> {
    let settings = Settings::of(path, options)?;
    let deck = Arc::new(deck::parse(Source::read(path)?, &settings.labs));
    let mut plan =
        plan::make(deck, &plan::Settings { values: settings.values.clone(), ..settings.of_plan() });
    plan.diagnostics = settings.levels.told(std::mem::take(&mut plan.diagnostics));
    if options.run.is_some()
        && let Some(message) = known::unknown_step(&settings.known, &plan)
    {
        return Err(Error::Known(message));
    }
    Ok((settings, plan))
}

/// What is selected of a deck.
fn narrow(settings: Settings, mut plan: Plan) -> Planned {
    let unknown = plan.select(&settings.selection).err();
    Planned { settings, plan, unknown }
}
