//! What one command of a session hands to the next: status, directory, options, exported variables.

use std::ffi::{OsStr, OsString};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::Settings;
use super::frame::Done;
use super::pagers::Pagers;

/// What one command hands to the next.
#[derive(Debug)]
pub(super) struct State {
    pub(super) sequence: u64,
    /// `$?`
    pub(super) status: i32,
    /// `$_`
    pub(super) last: OsString,
    pub(super) directory: PathBuf,
    /// What `PWD` and the kernel said when `directory` was made of them.
    claimed: OsString,
    physical: PathBuf,
    /// `$-`
    pub(super) options: String,
    /// The exported variables, as last known.
    pub(super) environment: Vec<(OsString, OsString)>,
    pub(super) pagers: Pagers,
}

impl State {
    /// That of a shell which just started in a directory, as `PWD` and the kernel call it.
    pub(super) fn new(
        sequence: u64,
        claimed: &OsStr,
        physical: PathBuf,
        environment: Vec<(OsString, OsString)>,
        pagers: Pagers,
    ) -> Self {
        Self {
            sequence,
            status: 0,
            last: OsString::new(),
            directory: claimed.into(),
            claimed: claimed.to_owned(),
            physical,
            options: String::new(),
            environment,
            pagers,
        }
    }

    /// Takes over what a command left; answers the directory. The kernel's name for it is `physical`.
    pub(super) fn take_over(&mut self, done: &Done, physical: PathBuf, settings: &Settings) -> PathBuf {
        if self.physical != physical || self.claimed != done.directory {
            self.directory = true_directory(Path::new(&done.directory), &physical, settings);
            self.claimed.clone_from(&done.directory);
            self.physical = physical;
        }
        self.status = done.status;
        self.last.clone_from(&done.last);
        self.options.clone_from(&done.options);
        self.directory.clone()
    }
}

/// `PWD` as the shell has it, unless somebody set it to something else; a directory that was removed keeps its name.
fn true_directory(claimed: &Path, physical: &Path, settings: &Settings) -> PathBuf {
    let removed = physical.as_os_str().as_encoded_bytes().ends_with(b" (deleted)");
    let identity = |path| std::fs::metadata(settings.reach(path)).map(|found| (found.dev(), found.ino()));
    match (identity(claimed), identity(physical)) {
        (Ok(one), Ok(other)) if one == other => claimed.to_path_buf(),
        (Err(_), _) if removed && claimed.is_absolute() => claimed.to_path_buf(),
        _ if physical.as_os_str().is_empty() => claimed.to_path_buf(),
        _ => physical.to_path_buf(),
    }
}
