//! What was asked for and is not there: names that are given a value and that no deck has, secrets without a value.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::args::Assignment;
use super::decks::Planned;
use crate::diagnostic::nearest;
use crate::plan::Plan;
use crate::values::{Origin, Values, blanks};

/// A sentence for each name on the command line that none of the decks has, and for each secret that is probably called
/// otherwise: it would not be masked.
#[must_use]
pub fn warnings(set: &[Assignment], decks: &[&Planned]) -> Vec<String> {
    let texts: Vec<&str> = decks.iter().flat_map(|deck| texts(&deck.plan)).collect();
    let mut typed = Values::new();
    for one in set {
        typed.set(&one.name, one.value.as_str(), Origin::Flag);
    }
    let mut warnings: Vec<String> = typed
        .unused(&texts)
        .into_iter()
        .map(|name| {
            let hint =
                meant(name, &texts).map(|known| format!("; did you mean {known}?")).unwrap_or_default();
            format!("--set {name}: no lab has a blank or a word of this name{hint}")
        })
        .collect();
    let of_decks: BTreeSet<String> = decks.iter().flat_map(|deck| unknown_secrets(deck)).collect();
    warnings.extend(of_decks);
    warnings
}

/// The names in configuration files that this deck has no use for, with the file. That is as it should be where a file
/// speaks of several decks.
#[must_use]
pub fn of_files(deck: &Planned) -> Vec<(&str, &Path)> {
    let values = &deck.settings.values;
    let file = |name| match values.get(name).map(|value| &value.origin) {
        Some(Origin::File(path)) => Some((name, path.as_path())),
        _ => None,
    };
    values.unused(&texts(&deck.plan).collect::<Vec<_>>()).into_iter().filter_map(file).collect()
}

/// What a value may change in a deck, as its author wrote it.
fn texts(plan: &Plan) -> impl Iterator<Item = &str> {
    let steps = plan.steps.iter();
    steps.flat_map(|step| {
        std::iter::once(step.raw.as_str()).chain(step.checks.iter().map(|check| check.raw.as_str()))
    })
}

/// The blank that is called most like it, or a word that differs in upper and lower case alone.
fn meant(name: &str, texts: &[&str]) -> Option<String> {
    let blanks: Vec<_> = texts.iter().flat_map(|text| blanks(text)).collect();
    let like = nearest(name, blanks.iter().map(|blank| blank.name.as_str()));
    let mut words =
        texts.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric() && !"_.-".contains(c)));
    like.or_else(|| words.find(|word| word.eq_ignore_ascii_case(name))).map(str::to_owned)
}

/// Secrets that have no value, where a value has almost the same name.
fn unknown_secrets(deck: &Planned) -> Vec<String> {
    let values = &deck.settings.values;
    let known = || values.iter().map(|(name, _)| name);
    let unknown = deck.settings.secrets.iter().filter(|name| values.get(name).is_none());
    unknown
        .filter_map(|name| {
            let like = nearest(name, known())?;
            Some(format!(
                "the secret {name} has no value, so that nothing is masked for it; did you mean {like}?"
            ))
        })
        .collect()
}

/// A file beside `folder/name` that is called almost like it, as written from `folder`.
#[must_use]
pub fn file_like(folder: &Path, name: &Path) -> Option<PathBuf> {
    let parent = name.parent()?;
    let there: Vec<String> = std::fs::read_dir(folder.join(parent))
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    let like = nearest(name.file_name()?.to_str()?, there.iter().map(String::as_str))?;
    Some(parent.join(like))
}
