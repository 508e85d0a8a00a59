//! Claims of the prose that no check took up: a green run says nothing of them.

use std::collections::HashSet;

use super::{Reason, Step, Unchecked, cue, prose};
use crate::deck::Deck;

/// Claims in the prose of slides with steps that no check took up.
pub(super) fn unchecked(deck: &Deck, steps: &[Step]) -> Vec<Unchecked> {
    let mut cues = HashSet::new();
    for check in steps.iter().flat_map(|step| &step.checks) {
        if let Reason::Cue { line, .. } = check.reason {
            cues.insert(line);
        }
    }
    let with_steps: HashSet<usize> = steps.iter().map(|step| first_of(deck, step.slide)).collect();
    let mut unchecked = Vec::new();
    for (index, slide) in deck.slides.iter().enumerate() {
        if !with_steps.contains(&first_of(deck, index)) {
            continue;
        }
        for sentence in prose::sentences(slide) {
            if cue::claims(&sentence.text) && !cues.contains(&sentence.line) {
                unchecked.push(Unchecked { slide: index, line: sentence.line, text: sentence.text });
            }
        }
    }
    unchecked
}

/// The slide that this one continues, itself if none.
fn first_of(deck: &Deck, slide: usize) -> usize {
    (0..=slide).rev().find(|&at| !deck.slides[at].continued).unwrap_or(0)
}
