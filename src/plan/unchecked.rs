//! Claims of the prose that no check took up: a green run says nothing of them.

use super::{Action, Reason, Step, Unchecked, cue, prose};
use crate::deck::Deck;

/// What stands on a slide and those that continue it, as lines.
#[derive(Default)]
struct Lines {
    /// Blocks that are typed.
    typed: Vec<usize>,
    /// Sentences that are checks.
    cues: Vec<usize>,
    /// Directives that say what must come: a claim beside one is theirs.
    told: Vec<usize>,
}

impl Lines {
    /// Whether a check took up a claim: it is one, or a directive about the same command stands beside it.
    fn take_up(&self, line: usize) -> bool {
        let beside = |told: usize| {
            let between = told.min(line)..told.max(line);
            !self.typed.iter().any(|typed| between.contains(typed))
        };
        self.cues.contains(&line) || self.told.iter().any(|&told| beside(told))
    }
}

impl Unchecked {
    /// The directive that would check it, as a comment to paste behind the command that it speaks of: with what the
    /// sentence quotes, or with a word to be replaced.
    #[must_use]
    pub fn directive(&self) -> String {
        let text = cue::quoted(&self.text).filter(|text| !text.contains("--")).unwrap_or("TEXT");
        format!("<!-- ```expect contains {text}``` -->")
    }
}

/// Claims in the prose of slides with steps that no check took up.
pub(super) fn unchecked(deck: &Deck, steps: &[Step]) -> Vec<Unchecked> {
    let heads = heads(deck);
    let mut lines: Vec<Lines> = deck.slides.iter().map(|_| Lines::default()).collect();
    for step in steps {
        let here = &mut lines[heads[step.slide]];
        match step.action {
            Action::Type(_) => here.typed.push(step.line),
            Action::Await { .. } => here.told.push(step.line),
            _ => {}
        }
        for check in &step.checks {
            let here = &mut lines[heads[check.slide]];
            match check.reason {
                Reason::Cue { line, .. } => here.cues.push(line),
                Reason::Directive | Reason::Shown => here.told.push(check.line),
            }
        }
    }
    let mut unchecked = Vec::new();
    for (index, slide) in deck.slides.iter().enumerate() {
        let here = &lines[heads[index]];
        if here.typed.is_empty() {
            continue;
        }
        for sentence in prose::sentences(slide) {
            if cue::claims(&sentence.text) && !here.take_up(sentence.line) {
                unchecked.push(Unchecked { slide: index, line: sentence.line, text: sentence.text });
            }
        }
    }
    unchecked
}

/// For each slide the one that it continues in the end, itself if none.
fn heads(deck: &Deck) -> Vec<usize> {
    let mut head = 0;
    let own = |(index, slide): (usize, &crate::deck::Slide)| {
        if !slide.continued {
            head = index;
        }
        head
    };
    deck.slides.iter().enumerate().map(own).collect()
}
