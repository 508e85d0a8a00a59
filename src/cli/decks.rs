//! Decks as a subcommand gets them: read, with their settings, planned.

use std::path::Path;
use std::sync::Arc;

use super::settings::{self, Options, Settings, Status};
use crate::deck;
use crate::event::Exit;
use crate::plan::{self, Plan};
use crate::source::{ReadError, Source};

/// Why a deck could not be planned.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read.
    #[error(transparent)]
    Source(#[from] ReadError),
    /// Its configuration is wrong.
    #[error(transparent)]
    Settings(#[from] settings::Error),
}

impl Error {
    /// labrun's exit code for it.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Source(ReadError::NotUtf8 { .. } | ReadError::Nul { .. } | ReadError::TooLarge { .. }) => {
                Exit::Deck
            }
            Self::Source(_) | Self::Settings(_) => Exit::Usage,
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
}

/// Reads and plans one deck.
///
/// # Errors
/// When it or its configuration cannot be read.
pub fn plan(path: &Path, options: &Options<'_>) -> Result<Planned, Error> {
    let settings = Settings::of(path, options)?;
    let deck = Arc::new(deck::parse(Source::read(path)?, &settings.labs));
    let plan = plan::make(
        deck,
        &plan::Settings {
            values: settings.values.clone(),
            labs: settings.labs.clone(),
            only_last_status: settings.status == Status::Last,
        },
    );
    Ok(Planned { settings, plan })
}
