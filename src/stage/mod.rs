//! Where steps run: `host`, this machine, or `simulated`, stand-ins that touch nothing real.
//!
//! A stage gives sessions their environment, PATH, HOME and directory, says what is simulated, and takes everything
//! away at the end.

use std::path::PathBuf;

/// Which stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// This machine, as it is.
    Host,
    /// Stand-ins first on PATH, a scratch HOME, an allow-listed environment.
    Simulated,
}

/// What a stage is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which one.
    pub kind: Kind,
    /// Where a session starts: the folder of the deck, on `host`; the scratch HOME, on `simulated`.
    pub deck_folder: PathBuf,
    /// A folder whose content becomes the scratch HOME (`home` in labrun.toml); simulated only.
    pub home: Option<PathBuf>,
    /// The labrun program: guard and stand-ins are this file under other names.
    pub program: PathBuf,
    /// Programs that may run although no stand-in knows them (`--allow`); simulated only.
    pub allow: Vec<String>,
}
