//! What the tests of the rules share.

use std::sync::Arc;

use super::{Levels, lint};
use crate::deck::{self, Labs};
use crate::plan::{self, Plan, Settings};
use crate::source::Source;

/// The plan of a deck with all that lint finds.
pub(super) fn plan_at(path: &str, text: &str) -> Plan {
    linted(path, text, &[])
}

fn linted(path: &str, text: &str, exclude: &[String]) -> Plan {
    let deck = deck::parse(Source::new(path, text), &Labs::default());
    let mut plan = plan::make(Arc::new(deck), &Settings::default());
    lint(&mut plan, &Levels::default(), exclude);
    plan
}

/// What the diagnostics of a code point at, in a deck.
pub(super) fn found(code: &str, text: &str) -> Vec<String> {
    found_without(code, text, &[])
}

/// The same without slides of these classes.
pub(super) fn found_without(code: &str, text: &str, exclude: &[&str]) -> Vec<String> {
    let exclude: Vec<String> = exclude.iter().map(|&class| class.to_owned()).collect();
    let plan = linted("deck.md", text, &exclude);
    let of = plan.diagnostics.iter().filter(|one| one.code == code);
    of.map(|one| plan.deck.source.slice(one.span).to_owned()).collect()
}

/// A slide with a lab that holds this.
pub(super) fn lab(inside: &str) -> String {
    format!("# A slide\n\n.lab[\n\n{inside}\n\n]\n")
}

/// A slide with a lab of these blocks of bash.
pub(super) fn bash(blocks: &[&str]) -> String {
    let blocks: Vec<String> = blocks.iter().map(|block| format!("```bash\n{block}\n```")).collect();
    lab(&blocks.join("\n\n"))
}
