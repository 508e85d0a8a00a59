//! `[[known]]` in labrun.toml: steps that are known to fail, and `--write-known`, which lists those of a run.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::file::FILE;
use crate::accept::write;
use crate::diagnostic::nearest;
use crate::event::{Checked, Event, Promise, Verdict};
use crate::plan::Plan;
use crate::run::Known;

/// An entry as the file has it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Beside the file.
    pub deck: PathBuf,
    step: String,
    reason: String,
    #[serde(default, deserialize_with = "day")]
    until: Option<jiff::civil::Date>,
}

fn day<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<jiff::civil::Date>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let wrong = || format!("'{text}' is no day: write YYYY-MM-DD, as in 2027-01-31");
    text.parse().map(Some).map_err(|_| serde::de::Error::custom(wrong()))
}

impl Entry {
    /// What it says of its deck.
    #[must_use]
    pub fn known(self) -> Known {
        let today = jiff::Zoned::now().date();
        Known {
            step: self.step,
            reason: self.reason,
            over: self.until.is_some_and(|until| until < today),
            until: self.until.map(|until| until.to_string()),
        }
    }
}

/// What is wrong with what is known of a deck: the first entry whose step it does not have.
#[must_use]
pub fn unknown_step(known: &[Known], plan: &Plan) -> Option<String> {
    let ids = || plan.steps.iter().map(|step| step.id.as_str());
    let missing = known.iter().find(|known| !ids().any(|id| id == known.step))?;
    let like = nearest(&missing.step, ids()).map(|like| format!("; did you mean \"{like}\"?"));
    Some(format!(
        "[[known]] names the step \"{}\", and {} has none of that name{}",
        missing.step,
        plan.deck.source.path().display(),
        like.unwrap_or_else(|| "; `labrun plan --format json` has the names".to_owned())
    ))
}

/// Gathers the failed steps of a run, deck by deck.
#[derive(Debug, Default)]
pub struct Failures {
    deck: PathBuf,
    /// Of each deck, the steps that failed in the end, and why.
    steps: BTreeMap<PathBuf, Vec<(String, String)>>,
    why: Option<String>,
    /// Steps that are listed and held: to be taken off by hand.
    outdated: usize,
}

/// What became of the list.
#[derive(Debug, Default)]
pub struct Written {
    /// A sentence for each file, and for each step that was not listed.
    pub said: Vec<String>,
    /// Failures that the next run will have again.
    pub left: usize,
}

impl Failures {
    /// Takes one event.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::DeckStarted(deck) => self.deck = PathBuf::from(&deck.path),
            Event::StepStarted(_) => self.why = None,
            Event::CommandEnded(ended) => {
                let broken = ended.checks.iter().find(|checked| checked.verdict == Verdict::Failed);
                self.why = self.why.take().or(broken.map(|checked| checked.summary.clone()));
            }
            Event::StepEnded(ended) => {
                let steps = self.steps.entry(self.deck.clone()).or_default();
                steps.retain(|(step, _)| *step != ended.id);
                let listed = |checked: &Checked| matches!(checked.check, Promise::Known { .. });
                if ended.checks.iter().any(listed) {
                    self.outdated += 1;
                } else if ended.verdict == Verdict::Failed {
                    let own = ended.checks.iter().find(|checked| checked.verdict == Verdict::Failed);
                    let why = self.why.take().or(own.map(|checked| checked.summary.clone()));
                    steps.push((ended.id.clone(), why.unwrap_or_else(|| "it failed".to_owned())));
                }
            }
            _ => {}
        }
    }

    /// Appends them to the labrun.toml of each deck, which is made where there is none.
    ///
    /// # Errors
    /// When a file cannot be read or written, or would not be what labrun reads.
    pub fn write(&self, file_of: impl Fn(&Path) -> Option<PathBuf>) -> Result<Written, Error> {
        let mut written = Written { left: self.outdated, ..Written::default() };
        let mut files: BTreeMap<PathBuf, (String, usize)> = BTreeMap::new();
        for (deck, steps) in self.steps.iter().filter(|(_, steps)| !steps.is_empty()) {
            let beside = || deck.parent().unwrap_or(Path::new("")).join(FILE);
            let file = file_of(deck).unwrap_or_else(beside);
            let folder =
                std::path::absolute(&file).ok().and_then(|file| file.parent().map(Path::to_path_buf));
            let absolute = std::path::absolute(deck).unwrap_or_else(|_| deck.clone());
            let named = folder.and_then(|folder| absolute.strip_prefix(folder).map(Path::to_path_buf).ok());
            let named = named.unwrap_or(absolute);
            let before = listed(&file, &named);
            let (text, count) = files.entry(file).or_default();
            for (step, why) in steps {
                if before.contains(step) {
                    written.left += 1;
                    written.said.push(format!(
                        "{step} is on the list, and its day is over: give it another `until`, or mend it"
                    ));
                    continue;
                }
                let (deck, step, why) =
                    (toml_text(&named.to_string_lossy()), toml_text(step), toml_text(why));
                let _ = write!(text, "\n[[known]]\ndeck = {deck}\nstep = {step}\nreason = {why}\n");
                *count += 1;
            }
        }
        files.retain(|_, (_, count)| *count > 0);
        for (file, (added, count)) in files {
            append(&file, &added)?;
            let failures = if count == 1 { "1 known failure" } else { &format!("{count} known failures") };
            written.said.push(format!(
                "wrote {failures} to {}: the next run reports them, and does not fail",
                file.display()
            ));
        }
        if written.said.is_empty() {
            written.said.push("no step failed: there is nothing to write to labrun.toml".to_owned());
        }
        Ok(written)
    }
}

/// The steps of `deck`, as it is written beside the file, that are on its list.
fn listed(file: &Path, deck: &Path) -> Vec<String> {
    #[derive(Deserialize)]
    struct List {
        #[serde(default)]
        known: Vec<Entry>,
    }
    let text = fs::read_to_string(file).unwrap_or_default();
    let list = toml::from_str::<List>(&text).map_or_else(|_| Vec::new(), |list| list.known);
    list.into_iter().filter(|entry| entry.deck == deck).map(|entry| entry.step).collect()
}

/// Why the list was not written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read or made.
    #[error("cannot write {path}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file cannot be replaced.
    #[error(transparent)]
    Write(#[from] write::Error),
    /// It could not be read with the entries.
    #[error("{path}: entries cannot be appended: {message}; write them as [[known]] by hand")]
    Shape {
        /// Which.
        path: PathBuf,
        /// Why.
        message: String,
    },
}

/// The rest of the file stays as it is.
fn append(path: &Path, added: &str) -> Result<(), Error> {
    let failed = |source| Error::Io { path: path.into(), source };
    let old = match fs::read_to_string(path) {
        Ok(old) => old,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return fs::File::create_new(path)
                .and_then(|mut file| std::io::Write::write_all(&mut file, added.trim_start().as_bytes()))
                .map_err(failed);
        }
        Err(error) => return Err(failed(error)),
    };
    let added = if old.contains("\r\n") { added.replace('\n', "\r\n") } else { added.to_owned() };
    let end = if old.is_empty() || old.ends_with('\n') { "" } else { "\n" };
    let new = format!("{old}{end}{added}");
    toml::from_str::<toml::Table>(&new)
        .map_err(|error| Error::Shape { path: path.into(), message: error.message().to_owned() })?;
    Ok(write::replace(path, &old, &new)?)
}

/// A text as TOML writes it, on one line.
fn toml_text(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
