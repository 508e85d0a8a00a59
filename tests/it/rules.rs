//! Each rule of lint against decks that other people might have written: `tests/lint/CODE.txt` holds decks in which it must
//! find something, and decks that only look as if. `%% silent: WHY` and `%% found: WHAT IT POINTS AT` begin a deck; one
//! without a lab of its own is put into one. Slides of the class `extra` are excluded.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use labrun::deck::{self, Labs};
use labrun::diagnostic::codes;
use labrun::lint::{Levels, lint};
use labrun::plan::{self, Settings};
use labrun::source::Source;

/// The first code that lint's own rules tell; those before it are told by whoever reads or plans a deck.
const FIRST: &str = codes::LANGUAGE_MISSING;

/// What the diagnostics of a code point at in a deck.
fn found(code: &str, text: &str) -> Vec<String> {
    let whole =
        text.contains(".lab[") || ["# ", "class: ", "name: "].iter().any(|start| text.starts_with(start));
    let text = if whole { text.to_owned() } else { format!("# A slide\n\n.lab[\n\n{text}\n]\n") };
    let deck = deck::parse(Source::new("deck.md", &text), &Labs::default());
    let mut plan = plan::make(Arc::new(deck), &Settings::default());
    lint(&mut plan, &Levels::default(), &["extra".to_owned()]);
    let of = plan.diagnostics.iter().filter(|one| one.code == code);
    of.map(|one| plan.deck.source.slice(one.span).to_owned()).collect()
}

#[test]
fn each_rule_finds_the_mistake_and_not_what_looks_like_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lint");
    let mut wrong = Vec::new();
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let code = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        let (mut silent, mut told) = (0, 0);
        for case in text.split("%% ").filter(|case| !case.trim().is_empty()) {
            let (head, deck) = case.split_once('\n').unwrap();
            let (kind, what) = head.split_once(": ").unwrap();
            let found = found(&code, deck);
            let holds = match kind {
                "silent" => {
                    silent += 1;
                    found.is_empty()
                }
                "found" => {
                    told += 1;
                    found.len() == 1 && found[0].trim_end() == what
                }
                other => panic!("{code}: {other}"),
            };
            if !holds {
                wrong.push(format!("{code}: {head}: {found:?}"));
            }
        }
        assert!(silent >= 5 && told >= 3, "{code} has {silent} silent decks and {told} others");
        files.insert(code);
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let rules = codes::ALL.iter().map(|(code, _)| *code).skip_while(|code| *code != FIRST);
    assert_eq!(rules.filter(|code| !files.contains(*code)).collect::<Vec<_>>(), [""; 0]);
}
