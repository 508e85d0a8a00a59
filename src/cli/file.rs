//! `labrun.toml`: what it may say, of all decks and of one, read and checked.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::known::Entry;
use super::values_file;
use super::{args, unmet};
use crate::expect::Wildcards;
use crate::lint::Level;

/// The file's name.
pub const FILE: &str = "labrun.toml";

/// Why the file, or what it stands beside, cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not what it should be.
    #[error("{path}: {message}")]
    File {
        /// Which.
        path: PathBuf,
        /// Where and why, with the line drawn.
        message: String,
    },
    /// A file of values cannot be used.
    #[error(transparent)]
    Values(#[from] values_file::Error),
    /// A folder that the file names is missing.
    #[error("{path}: home is {home}, and there is no such folder")]
    Home {
        /// The file.
        path: PathBuf,
        /// The folder.
        home: PathBuf,
    },
}

/// What becomes of commands that never end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unending {
    /// Watched for a while, or left running in their pane.
    #[default]
    Observe,
    /// A failure.
    Fail,
}

/// Which exit statuses count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Every command's.
    #[default]
    Each,
    /// Only that of a block's last command, as older runners did.
    Last,
}

/// What the file says of all decks, and under `decks` of each by its path beside the file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Section {
    pub(super) stage: Option<args::Stage>,
    pub(super) home: Option<PathBuf>,
    pub(super) labs: Option<LabNames>,
    #[serde(default)]
    pub(super) exclude_class: Vec<String>,
    #[serde(default)]
    pub(super) values: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) secrets: Vec<String>,
    #[serde(default, deserialize_with = "wildcards")]
    pub(super) wildcards: Wildcards,
    #[serde(default)]
    pub(super) known: Vec<Entry>,
    #[serde(default)]
    pub(super) allow: Vec<String>,
    #[serde(default)]
    pub(super) kube_contexts: Vec<String>,
    pub(super) share_config: Option<bool>,
    pub(super) mask_tokens: Option<bool>,
    pub(super) allow_removal: Option<bool>,
    pub(super) on_failure: Option<args::OnFailure>,
    pub(super) status: Option<Status>,
    pub(super) retry: Option<bool>,
    pub(super) fail_on: Option<args::FailOn>,
    pub(super) unending: Option<Unending>,
    #[serde(default, deserialize_with = "size")]
    pub(super) terminal: Option<(u16, u16)>,
    #[serde(default)]
    pub(super) limits: FileLimits,
    #[serde(default)]
    pub(super) lint: BTreeMap<String, Level>,
    #[serde(default)]
    pub(super) decks: BTreeMap<PathBuf, Section>,
}

/// `labs = "all"` or `labs = ["lab", "task"]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "OneOrMany")]
pub(super) struct LabNames(pub(super) Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl TryFrom<OneOrMany> for LabNames {
    type Error = String;

    fn try_from(names: OneOrMany) -> Result<Self, String> {
        let names = match names {
            OneOrMany::One(name) => vec![name],
            OneOrMany::Many(names) => names,
        };
        names.iter().map(|name| args::class(name)).collect::<Result<_, _>>().map(Self)
    }
}

/// `[limits]`.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct FileLimits {
    #[serde(default, deserialize_with = "time")]
    pub(super) looks: Option<Duration>,
    #[serde(default, deserialize_with = "time")]
    pub(super) acts: Option<Duration>,
    #[serde(default, deserialize_with = "time")]
    pub(super) wait: Option<Duration>,
    #[serde(default, deserialize_with = "time")]
    pub(super) longwait: Option<Duration>,
}

fn time<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(deserializer)?;
    args::duration(&text).map(Some).map_err(serde::de::Error::custom)
}

/// `[wildcards]`: names, and the regular expressions that they stand for.
fn wildcards<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Wildcards, D::Error> {
    let own = BTreeMap::<String, String>::deserialize(deserializer)?;
    Wildcards::new(own).map_err(serde::de::Error::custom)
}

/// `120x40`: columns and rows.
fn size<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<(u16, u16)>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let sides = text.split_once('x').map(|(columns, rows)| (columns.parse(), rows.parse()));
    match sides {
        Some((Ok(columns @ 20..=500), Ok(rows @ 5..=200))) => Ok(Some((columns, rows))),
        _ => Err(serde::de::Error::custom(format!(
            "'{text}' is no size of a terminal: columns (20 to 500) x rows (5 to 200), as in 120x40"
        ))),
    }
}

/// The `labrun.toml` that holds for `deck`: the one `named`, else the nearest above the deck.
#[must_use]
pub fn of(named: Option<&Path>, deck: &Path) -> Option<PathBuf> {
    named.map(Path::to_path_buf).or_else(|| nearest(deck))
}

/// The `labrun.toml` nearest above the deck.
fn nearest(deck: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(deck).ok()?;
    let folder = absolute.ancestors().skip(1).find(|folder| folder.join(FILE).is_file())?;
    // The way it was typed is the way people know it.
    let typed = deck.ancestors().skip(1).find(|typed| {
        std::path::absolute(if typed.as_os_str().is_empty() { Path::new(".") } else { typed })
            .is_ok_and(|typed| typed.as_path() == folder)
    });
    Some(typed.unwrap_or(folder).join(FILE))
}

/// What a file says under one key.
#[derive(Clone, Debug)]
pub struct Said {
    /// The value, as JSON.
    pub value: String,
    /// The file, and its section.
    pub origin: String,
}

/// A file, read, for one deck.
#[derive(Debug)]
pub(super) struct File {
    path: PathBuf,
    text: String,
    /// Where the file is, and the deck; absolute.
    folder: PathBuf,
    deck: PathBuf,
}

impl File {
    /// Reads the file at `path`, for `deck`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(path: PathBuf, deck: &Path) -> Result<Self, Error> {
        let read = || {
            let folder = std::path::absolute(&path)?.parent().unwrap_or(Path::new("/")).to_owned();
            Ok((fs::read_to_string(&path)?, folder, std::path::absolute(deck)?))
        };
        match read() {
            Ok((text, folder, deck)) => Ok(Self { path, text, folder, deck }),
            Err(source) => Err(Error::Read { path, source }),
        }
    }

    /// What it says of the deck: of all decks first, then of this one.
    ///
    /// # Errors
    /// When it says what it cannot.
    pub fn sections(&self) -> Result<Vec<Section>, Error> {
        let mut all: Section =
            toml::from_str(&self.text).map_err(|error| self.wrong(with_nearest(&error)))?;
        let decks = std::mem::take(&mut all.decks);
        for entry in &all.known {
            self.beside(&entry.deck, || format!("[[known]] of \"{}\"", entry.deck.display()))?;
        }
        all.known.retain(|entry| self.is_of(&entry.deck));
        let mut sections = vec![all];
        for (name, section) in decks {
            let named = || format!("decks.\"{}\"", name.display());
            if !section.decks.is_empty() || !section.known.is_empty() {
                let what = if section.decks.is_empty() { "[[known]]" } else { "decks" };
                let named = named();
                return Err(
                    self.wrong(format!("{named} has {what} of its own; write them one beside the other"))
                );
            }
            self.beside(&name, named)?;
            if self.is_of(&name) {
                sections.push(section);
            }
        }
        Ok(sections)
    }

    /// Each key that it sets for the deck, `limits.looks` among them.
    ///
    /// # Errors
    /// When it is no TOML.
    pub fn said(&self) -> Result<BTreeMap<String, Said>, Error> {
        let all: toml::Table = toml::from_str(&self.text).map_err(|error| self.wrong(error.to_string()))?;
        let mut said = BTreeMap::new();
        let shown = self.path.display().to_string();
        take(&all, &shown, &mut said);
        for (name, section) in all.get("decks").and_then(toml::Value::as_table).into_iter().flatten() {
            if let Some(section) = section.as_table().filter(|_| self.is_of(Path::new(name))) {
                take(section, &format!("{shown}, {name}"), &mut said);
            }
        }
        Ok(said)
    }

    /// Whether a deck's name in the file means the deck.
    fn is_of(&self, name: &Path) -> bool {
        self.folder.join(name) == self.deck
    }

    /// Whether a deck that the file speaks of is there: left alone, it would run as if nothing had been said of it.
    fn beside(&self, name: &Path, named: impl Fn() -> String) -> Result<(), Error> {
        if self.folder.join(name).exists() {
            return Ok(());
        }
        let like = unmet::file_like(&self.folder, name);
        let like = like.map(|like| format!("; did you mean \"{}\"?", like.display())).unwrap_or_default();
        Err(self.wrong(format!("{} names no file beside it{like}", named())))
    }

    fn wrong(&self, message: String) -> Error {
        Error::File { path: self.path.clone(), message }
    }
}

/// The keys of a table, with those of the tables in it.
fn take(table: &toml::Table, origin: &str, said: &mut BTreeMap<String, Said>) {
    let of = |value: &toml::Value| Said {
        value: serde_json::to_string(value).unwrap_or_default(),
        origin: origin.to_owned(),
    };
    for (key, value) in table.iter().filter(|(key, _)| !matches!(key.as_str(), "decks" | "values")) {
        match value.as_table() {
            Some(inner) => {
                said.extend(inner.iter().map(|(name, value)| (format!("{key}.{name}"), of(value))));
            }
            None => drop(said.insert(key.clone(), of(value))),
        }
    }
}

/// What is wrong with a file; of an unknown key also the one that was probably meant.
fn with_nearest(error: &toml::de::Error) -> String {
    let message = error.to_string();
    let Some(at) = message.find("unknown field `") else { return message };
    let mut words = message[at..].split('`').skip(1).step_by(2);
    let like = words.next().and_then(|unknown| crate::diagnostic::nearest(unknown, words));
    match like {
        Some(like) => format!("{}\ndid you mean `{like}`?", message.trim_end()),
        None => message,
    }
}
