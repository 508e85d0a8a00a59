//! How long steps took in earlier runs, read off their journals: what a run will probably take.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Verdict;

/// So many journals are read, the newest ones.
const NEWEST: usize = 20;
/// A journal of more bytes is left alone: somebody waits for the answer.
const LARGEST: u64 = 16 << 20;

/// How long steps took, in milliseconds, in the newest runs.
#[derive(Clone, Debug, Default)]
pub struct History {
    took: HashMap<Step, Vec<u64>>,
}

/// A step as it is known again in a later run: the same text under the same name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Step {
    stage: String,
    /// The deck's name without its folder: paths are as they were typed, from wherever that was.
    deck: String,
    id: String,
    text: String,
}

/// What is read of a journal's lines.
#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Line {
    DeckStarted { path: String, stage: Stage },
    StepStarted { text: String },
    StepEnded { id: String, verdict: Verdict, elapsed_ms: u64 },
}

#[derive(Deserialize)]
struct Stage {
    kind: String,
}

impl History {
    /// Of the newest runs whose journals are in this folder; a folder or a journal that cannot be read tells nothing.
    #[must_use]
    pub fn read(folder: &Path) -> Self {
        let mut history = Self::default();
        for journal in newest(folder) {
            history.learn(&fs::read_to_string(journal).unwrap_or_default());
        }
        history
    }

    /// What one journal tells.
    fn learn(&mut self, journal: &str) {
        let told = |line: &&str| {
            ["deck-started", "step-started", "step-ended"]
                .iter()
                .any(|event| line.strip_prefix("{\"event\":\"").is_some_and(|line| line.starts_with(event)))
        };
        let mut deck: Option<(String, String)> = None;
        let mut text = String::new();
        for line in journal.lines().filter(told).filter_map(|line| serde_json::from_str(line).ok()) {
            match line {
                Line::DeckStarted { path, stage } => deck = Some((stage.kind, name(Path::new(&path)))),
                Line::StepStarted { text: typed } => text = typed,
                Line::StepEnded { id, verdict: Verdict::Held | Verdict::Warned, elapsed_ms } => {
                    if let Some((stage, deck)) = deck.clone() {
                        let step = Step { stage, deck, id, text: std::mem::take(&mut text) };
                        self.took.entry(step).or_default().push(elapsed_ms);
                    }
                }
                Line::StepEnded { .. } => {}
            }
        }
    }

    /// What this step will probably take, in milliseconds: the median of what it took. `text` is masked, as in a journal.
    #[must_use]
    pub fn expected(&self, stage: &str, deck: &Path, id: &str, text: &str) -> Option<u64> {
        let step = Step { stage: stage.into(), deck: name(deck), id: id.into(), text: text.into() };
        let mut took = self.took.get(&step)?.clone();
        took.sort_unstable();
        took.get(took.len() / 2).copied()
    }
}

/// The newest journals of a folder, the newest first, without those that take long to read.
pub(super) fn newest(folder: &Path) -> Vec<PathBuf> {
    let names = fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let mut journals: Vec<PathBuf> =
        names.filter(|path| path.extension().is_some_and(|extension| extension == "jsonl")).collect();
    // A run's name begins with its time.
    journals.sort_unstable_by(|a, b| b.cmp(a));
    journals.truncate(NEWEST);
    journals.retain(|path| path.metadata().is_ok_and(|metadata| metadata.len() <= LARGEST));
    journals
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DECK: &str =
        r#"{"event":"deck-started","path":"slides/a.md","stage":{"kind":"host","terminal":[1,2]}}"#;

    fn step(text: &str, verdict: &str, ms: u64) -> String {
        format!(
            "{{\"event\":\"step-started\",\"id\":\"s/1\",\"text\":\"{text}\"}}\n\
             {{\"event\":\"step-ended\",\"id\":\"s/1\",\"verdict\":\"{verdict}\",\"elapsed_ms\":{ms}}}"
        )
    }

    #[test]
    fn a_step_will_take_what_it_mostly_took() {
        let folder = tempfile::tempdir().unwrap();
        let runs = [("held", 40), ("held", 9000), ("failed", 1), ("warned", 50), ("skipped", 0)];
        for (at, (verdict, ms)) in runs.into_iter().enumerate() {
            let text = format!("noise\n{DECK}\n{}\n", step("ls", verdict, ms));
            fs::write(folder.path().join(format!("{at}.jsonl")), text).unwrap();
        }
        let history = History::read(folder.path());
        let expected = |stage, deck: &str, text| history.expected(stage, Path::new(deck), "s/1", text);
        assert_eq!(expected("host", "a.md", "ls"), Some(50));
        for (stage, deck, text) in
            [("simulated", "a.md", "ls"), ("host", "b.md", "ls"), ("host", "a.md", "ls -l")]
        {
            assert_eq!(expected(stage, deck, text), None);
        }
    }

    #[test]
    fn only_the_newest_runs_are_read() {
        let folder = tempfile::tempdir().unwrap();
        for at in 0..=NEWEST {
            let ms = if at == 0 { 1 } else { 7 };
            fs::write(
                folder.path().join(format!("{at:03}.jsonl")),
                format!("{DECK}\n{}", step("ls", "held", ms)),
            )
            .unwrap();
        }
        let history = History::read(folder.path());
        assert_eq!(history.took.values().map(Vec::len).collect::<Vec<_>>(), [NEWEST]);
        assert_eq!(history.expected("host", Path::new("x/a.md"), "s/1", "ls"), Some(7));
        assert!(History::read(&folder.path().join("nowhere")).took.is_empty());
    }
}
