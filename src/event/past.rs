//! What the commands of a deck printed when it was last run, read off that run's journal.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Printed, history};

/// A deck's last run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Past {
    /// When it began, as people write it: `2026-11-21 14:03 UTC`.
    pub time: String,
    printed: HashMap<(String, usize), Printed>,
}

/// What is read of a journal's lines.
#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Line {
    RunStarted {
        time: String,
        directory: Option<PathBuf>,
    },
    DeckStarted {
        path: PathBuf,
        stage: Stage,
    },
    CommandEnded {
        step: String,
        index: usize,
        outcome: Outcome,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Stage {
    kind: String,
}

#[derive(Deserialize)]
struct Outcome {
    #[serde(flatten)]
    printed: Printed,
    #[serde(default)]
    masked: bool,
}

impl Past {
    /// The last run of this deck on this stage whose journal is in `folder`; none where there is none, or it cannot be
    /// read.
    #[must_use]
    pub fn read(folder: &Path, stage: &str, deck: &Path) -> Option<Self> {
        let journals = history::newest(folder).into_iter();
        let deck = std::path::absolute(deck).ok()?;
        journals
            .map(|journal| fs::read_to_string(journal).unwrap_or_default())
            .find_map(|journal| Self::of(&journal, stage, &deck))
    }

    /// What a command printed; none where nothing is known of it, or a secret is masked in it.
    #[must_use]
    pub fn printed(&self, step: &str, index: usize) -> Option<&Printed> {
        self.printed.get(&(step.to_owned(), index))
    }

    fn of(journal: &str, stage: &str, deck: &Path) -> Option<Self> {
        let mut past = Self::default();
        let (mut from, mut found, mut here) = (PathBuf::new(), false, false);
        for line in journal.lines().filter_map(|line| serde_json::from_str(line).ok()) {
            match line {
                Line::RunStarted { time, directory } => {
                    past.time = in_words(&time);
                    from = directory?;
                }
                Line::DeckStarted { path, stage: kind } => {
                    here = kind.kind == stage && from.join(path) == deck;
                    found |= here;
                }
                Line::CommandEnded { step, index, outcome } if here => {
                    if !outcome.masked {
                        past.printed.insert((step, index), outcome.printed);
                    }
                }
                Line::CommandEnded { .. } | Line::Other => {}
            }
        }
        found.then_some(past)
    }
}

/// `2026-11-21T14:03:22.5Z` as `2026-11-21 14:03 UTC`.
fn in_words(time: &str) -> String {
    match (time.get(..10), time.get(11..16), time.ends_with('Z')) {
        (Some(day), Some(minute), true) => format!("{day} {minute} UTC"),
        _ => time.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal(time: &str, deck: &str, stage: &str, stdout: &str, masked: bool) -> String {
        format!(
            "{{\"event\":\"run-started\",\"time\":\"{time}\",\"directory\":\"/lab\"}}\n\
             {{\"event\":\"deck-started\",\"path\":\"{deck}\",\"stage\":{{\"kind\":\"{stage}\",\"terminal\":[1,2]}}}}\n\
             {{\"event\":\"step-started\",\"id\":\"s/1\"}}\nnoise\n\
             {{\"event\":\"command-ended\",\"step\":\"s/1\",\"index\":0,\"outcome\":{{\"stdout\":\"{stdout}\",\
             \"stderr\":\"\",\"masked\":{masked}}}}}\n"
        )
    }

    #[test]
    fn the_last_run_of_this_deck_on_this_stage_is_found() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("1", journal("2026-11-20T10:00:00Z", "a.md", "host", "old", false)),
            ("2", journal("2026-11-21T14:03:22.5Z", "a.md", "host", "out", false)),
            ("3", journal("2026-11-21T15:00:00Z", "a.md", "simulated", "no", false)),
            ("4", journal("2026-11-21T16:00:00Z", "b.md", "host", "***", true)),
        ] {
            fs::write(folder.path().join(format!("{name}.jsonl")), text).unwrap();
        }
        let past = |deck: &str| Past::read(folder.path(), "host", Path::new(deck));
        let a = past("/lab/a.md").unwrap();
        assert_eq!(a.time, "2026-11-21 14:03 UTC");
        assert_eq!(a.printed("s/1", 0).unwrap().stdout, "out");
        assert_eq!(a.printed("s/1", 1), None);
        assert_eq!(past("/lab/b.md").unwrap().printed("s/1", 0), None, "what is masked is not known");
        assert_eq!(past("/elsewhere/a.md"), None);
        assert_eq!(Past::read(&folder.path().join("nowhere"), "host", Path::new("/lab/a.md")), None);
    }
}
