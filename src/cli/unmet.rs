//! What was asked for and is not there: names that are given a value and that no deck has, secrets without a value.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::args::Assignment;
use super::decks::Planned;
use crate::diagnostic::nearest;
use crate::plan::Plan;
use crate::values::{Origin, Values, blanks};

/// A sentence for each name on the command line that none of the decks has. For each name in a configuration file only
/// where a blank of almost that name lacks a value, since the file may speak of other decks. And one for each secret that
/// is probably called otherwise: it would not be masked.
#[must_use]
pub fn warnings(set: &[Assignment], decks: &[&Planned]) -> Vec<String> {
    let all: Vec<&str> = decks.iter().flat_map(|deck| texts(&deck.plan)).collect();
    let mut typed = Values::new();
    for one in set {
        typed.set(&one.name, one.value.as_str(), Origin::Flag);
    }
    let mut warnings: Vec<String> =
        typed.unused(&all).into_iter().map(|name| unused("--set", name, meant(name, &all))).collect();
    let of_decks: BTreeSet<String> =
        decks.iter().flat_map(|deck| [of_file(deck), unknown_secrets(deck)].concat()).collect();
    warnings.extend(of_decks);
    warnings
}

fn unused(origin: &str, name: &str, meant: Option<&str>) -> String {
    let hint = meant.map(|known| format!("; did you mean {known}?")).unwrap_or_default();
    format!("{origin}: no lab has a blank or a word {name}{hint}")
}

/// Values of a file that were probably meant for blanks of this deck that lack one.
fn of_file(deck: &Planned) -> Vec<String> {
    let values = &deck.settings.values;
    let needs: Vec<&str> = deck.plan.steps.iter().flat_map(|step| &step.needs).map(String::as_str).collect();
    let warning = |name: &str| match &values.get(name)?.origin {
        Origin::File(path) => {
            let meant = nearest(name, needs.iter().copied())?;
            Some(unused(&path.display().to_string(), name, Some(meant)))
        }
        _ => None,
    };
    values.unused(&texts(&deck.plan).collect::<Vec<_>>()).into_iter().filter_map(warning).collect()
}

/// What a value may change in a deck, as its author wrote it.
fn texts(plan: &Plan) -> impl Iterator<Item = &str> {
    let steps = plan.steps.iter();
    steps.flat_map(|step| {
        std::iter::once(step.raw.as_str()).chain(step.checks.iter().map(|check| check.raw.as_str()))
    })
}

/// The blank that is called most like it, or a word that differs in upper and lower case alone.
fn meant<'a>(name: &str, texts: &[&'a str]) -> Option<&'a str> {
    let blank =
        |text: &'a str| blanks(text).into_iter().map(move |blank| named(&text[blank.range], &blank.name));
    let like = nearest(name, texts.iter().flat_map(|text| blank(text)));
    let mut words =
        texts.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric() && !"_.-".contains(c)));
    like.or_else(|| words.find(|word| word.eq_ignore_ascii_case(name)))
}

/// The name in a blank as written.
fn named<'a>(spelling: &'a str, name: &str) -> &'a str {
    spelling.find(name).map_or(spelling, |at| &spelling[at..at + name.len()])
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
