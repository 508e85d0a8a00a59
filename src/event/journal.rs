//! The journal: what a run emitted, one JSON object a line. Other commands work from it alone.
//!
//! `docs/journal.md` documents the format; [`FORMAT`] is its version, in the first line.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::{Event, FORMAT};

/// Why a journal could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder or file cannot be made or written.
    #[error("cannot write the journal {path}")]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file cannot be opened or read.
    #[error("cannot read the journal {path}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line is not an event.
    #[error("{path}:{line}: not a line of a labrun journal")]
    Line {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// Why.
        source: serde_json::Error,
    },
    /// A newer labrun wrote it.
    #[error("{path} has journal format {found}; this labrun reads up to {FORMAT}")]
    Format {
        /// Which.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
}

/// Where journals are kept: `.labrun/runs` at the git root above `start`, else in the user's state folder.
#[must_use]
pub fn folder(start: &Path, state: &Path) -> PathBuf {
    start
        .ancestors()
        .find(|folder| folder.join(".git").exists())
        .map_or_else(|| state.join("labrun").join("runs"), |root| root.join(".labrun").join("runs"))
}

/// A journal being written: every event is on disk before the next happens.
#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Writer {
    /// Starts `ID.jsonl` in `folder` and points `last` at it.
    ///
    /// # Errors
    /// When the folder or the file cannot be made.
    pub fn create(folder: &Path, id: &str) -> Result<Self, Error> {
        let path = folder.join(format!("{id}.jsonl"));
        let open = || -> io::Result<File> {
            fs::create_dir_all(folder)?;
            if let Some(above) = folder.parent() {
                keep_out_of_git(above)?;
            }
            let file = File::create_new(&path)?;
            point_at(folder, id)?;
            Ok(file)
        };
        match open() {
            Ok(file) => Ok(Self { path, file: BufWriter::new(file) }),
            Err(source) => Err(Error::Write { path, source }),
        }
    }

    /// Where it is written.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes one event; progress is not kept.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn write(&mut self, event: &Event) -> Result<(), Error> {
        if matches!(event, Event::Progress(_) | Event::Shown(_) | Event::Typing(_)) {
            return Ok(());
        }
        let mut write = || -> io::Result<()> {
            serde_json::to_writer(&mut self.file, event)?;
            self.file.write_all(b"\n")?;
            self.file.flush()
        };
        write().map_err(|source| Error::Write { path: self.path.clone(), source })
    }
}

/// Reads a whole journal back. A last line cut short by a crash is left out.
///
/// # Errors
/// When it cannot be read, holds a line that is no event, or is of a newer format.
pub fn read(path: &Path) -> Result<Vec<Event>, Error> {
    let text = fs::read_to_string(path).map_err(|source| Error::Read { path: path.into(), source })?;
    let mut events = Vec::new();
    for (index, line) in text.split_inclusive('\n').enumerate() {
        match serde_json::from_str(line) {
            Ok(event) => events.push(event),
            Err(_) if !line.ends_with('\n') => break,
            Err(source) => return Err(Error::Line { path: path.into(), line: index + 1, source }),
        }
        if let Some(Event::RunStarted(start)) = events.first()
            && start.format > FORMAT
        {
            return Err(Error::Format { path: path.into(), found: start.format });
        }
    }
    Ok(events)
}

/// The state folder has its own ignore file, so that no project has to know of it.
fn keep_out_of_git(folder: &Path) -> io::Result<()> {
    let ignore = folder.join(".gitignore");
    if ignore.exists() { Ok(()) } else { fs::write(ignore, "*\n") }
}

/// `last` holds the newest run's id; replaced in one step, so that a reader never sees half of it.
fn point_at(folder: &Path, id: &str) -> io::Result<()> {
    let new = folder.join(format!(".last-{id}"));
    fs::write(&new, format!("{id}\n"))?;
    fs::rename(new, folder.join("last"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Notice, Progress, RunStarted};

    fn started(format: u32) -> Event {
        Event::RunStarted(RunStarted {
            format,
            id: "r".into(),
            version: "0".into(),
            time: "t".into(),
            decks: 1,
            directory: None,
        })
    }

    #[test]
    fn what_is_written_reads_back_and_progress_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let notice = Event::Notice(Notice { step: None, text: "a\nb".into() });
        let progress = Event::Progress(Progress { step: "s".into(), index: 0, elapsed_ms: 1, silent_ms: 1 });
        let mut writer = Writer::create(&folder.path().join("runs"), "r").unwrap();
        for event in [&started(FORMAT), &progress, &notice] {
            writer.write(event).unwrap();
        }
        assert_eq!(read(writer.path()).unwrap(), vec![started(FORMAT), notice]);
        assert_eq!(fs::read_to_string(folder.path().join("runs/last")).unwrap(), "r\n");
        assert_eq!(fs::read_to_string(folder.path().join(".gitignore")).unwrap(), "*\n");
    }

    #[test]
    fn a_line_cut_short_by_a_crash_is_left_out_and_a_broken_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j.jsonl");
        let whole = serde_json::to_string(&started(FORMAT)).unwrap();
        fs::write(&path, format!("{whole}\n{{\"event\":\"not")).unwrap();
        assert_eq!(read(&path).unwrap().len(), 1);
        fs::write(&path, format!("{whole}\nnoise\n{whole}\n")).unwrap();
        assert!(read(&path).unwrap_err().to_string().ends_with("j.jsonl:2: not a line of a labrun journal"));
    }

    #[test]
    fn a_newer_format_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j.jsonl");
        fs::write(&path, format!("{}\n", serde_json::to_string(&started(FORMAT + 1)).unwrap())).unwrap();
        assert!(matches!(read(&path), Err(Error::Format { .. })));
    }
}
