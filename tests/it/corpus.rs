//! Decks that use the slide language in every way that people do, and what each of them says, checked by hand.
//!
//! `UPDATE_TRUTH=1` writes `tests/corpus/truth.json` anew, to be read line by line before it is checked in.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use labrun::deck::{Deck, Item, Labs, parse};
use labrun::diagnostic::{Severity, codes, render};
use labrun::lint::{Levels, lint};
use labrun::source::Source;
use serde_json::{Value, json};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

/// The decks, by name.
pub fn decks() -> Vec<(String, String)> {
    let mut decks: Vec<(String, String)> = std::fs::read_dir(folder())
        .expect("the corpus")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&path).expect("a deck"))
        })
        .collect();
    decks.sort();
    decks
}

/// What a deck says, without byte offsets: the same for each kind of line end.
fn says(deck: &Deck) -> Vec<Value> {
    let source = &deck.source;
    let mut lines = Vec::new();
    for slide in &deck.slides {
        lines.push(json!({
            "slide": slide.number,
            "line": slide.line,
            "title": slide.title,
            "classes": slide.classes,
            "continued": slide.continued,
        }));
        lines.extend(slide.labs.iter().map(|lab| {
            json!({
                "lab": lab.class,
                "line": source.line(lab.span.start),
                "last": source.line(lab.span.end - 1),
            })
        }));
        for item in &slide.items {
            lines.push(match item {
                Item::Block(block) => json!({
                    "block": block.language,
                    "line": block.line,
                    "text": source.unix(block.body),
                    "in": block.lab,
                    "hidden": block.hidden,
                    "lead": block.lead.as_ref().map(|lead| &lead.text),
                }),
                Item::Directive(directive) => json!({
                    "directive": directive.word,
                    "line": directive.line,
                    "data": directive.data,
                    "in": directive.lab,
                }),
            });
        }
        lines.extend(slide.prose.iter().map(|prose| json!({"prose": prose.text, "line": prose.line})));
    }
    lines.extend(deck.diagnostics.iter().map(|diagnostic| {
        json!({
            "code": diagnostic.code,
            "line": source.line(diagnostic.span.start),
            "severity": diagnostic.severity.word(),
        })
    }));
    lines
}

fn read(name: &str, text: &str) -> Deck {
    parse(Source::new(name, text), &Labs::default())
}

#[test]
fn every_deck_says_what_the_truth_has() {
    let path = folder().join("truth.json");
    if std::env::var_os("UPDATE_TRUTH").is_some() {
        let mut out = String::from("{\n");
        for (index, (name, text)) in decks().iter().enumerate() {
            let lines: Vec<String> = says(&read(name, text)).iter().map(Value::to_string).collect();
            let comma = if index == 0 { "" } else { ",\n" };
            write!(out, "{comma}\"{name}\": [\n  {}\n]", lines.join(",\n  ")).expect("a string takes it");
        }
        std::fs::write(&path, out + "\n}\n").expect("the truth is written");
    }
    let truth = std::fs::read_to_string(&path).expect("the truth");
    let truth: serde_json::Map<String, Value> = serde_json::from_str(&truth).expect("JSON");
    let names: Vec<String> = decks().into_iter().map(|(name, _)| name).collect();
    assert_eq!(truth.keys().cloned().collect::<Vec<_>>(), names, "one entry a deck");
    for (name, text) in decks() {
        let wanted = truth[&name].as_array().expect("a list");
        let said = says(&read(&name, &text));
        for (index, wanted) in wanted.iter().enumerate() {
            assert_eq!(said.get(index), Some(wanted), "{name}, entry {index}");
        }
        assert_eq!(said.len(), wanted.len(), "{name}: {:?}", &said[wanted.len()..]);
    }
}

#[test]
fn line_ends_and_a_byte_order_mark_change_nothing() {
    for (name, text) in decks() {
        let said = says(&read(&name, &text));
        assert_eq!(says(&read(&name, &text.replace('\n', "\r\n"))), said, "{name} with CRLF");
        assert_eq!(says(&read(&name, &format!("\u{feff}{text}"))), said, "{name} with a byte order mark");
    }
}

#[test]
fn spans_hold_what_they_are_said_to_hold() {
    for (name, text) in decks() {
        for text in [text.replace('\n', "\r\n"), format!("\u{feff}{text}"), text] {
            let deck = read(&name, &text);
            let source = &deck.source;
            for slide in &deck.slides {
                for lab in &slide.labs {
                    assert!(source.slice(lab.span).starts_with('.'), "{name}: {:?}", source.slice(lab.span));
                }
                for prose in &slide.prose {
                    assert_eq!(source.line(prose.span.start), prose.line, "{name}");
                    let (first, last) = (prose.text.chars().next(), prose.text.chars().last());
                    assert!(
                        source.slice(prose.span).starts_with(first.expect("not empty")),
                        "{name}: {prose:?}"
                    );
                    assert!(
                        source.slice(prose.span).ends_with(last.expect("not empty")),
                        "{name}: {prose:?}"
                    );
                }
                for item in &slide.items {
                    assert!(source.slice(item.span()).starts_with(['`', '~']), "{name}: {item:?}");
                    assert!(slide.span.contains(item.span()), "{name}: {item:?}");
                    match item {
                        Item::Block(block) => assert!(block.span.contains(block.body), "{name}: {block:?}"),
                        Item::Directive(directive) => {
                            assert_eq!(source.slice(directive.word_span), directive.word, "{name}");
                            assert_eq!(source.unix(directive.data_span), directive.data, "{name}");
                        }
                    }
                }
            }
        }
    }
}

/// The examples of `docs/diagnostics.md`: code, and the deck below it.
fn examples() -> Vec<(String, String)> {
    let page = include_str!("../../docs/diagnostics.md");
    let sections = page.split("\n## `").skip(1);
    let example = |section: &str| {
        let (code, rest) = section.split_once('`').expect("a code in ticks");
        let deck = rest.split_once("\n~~~~markdown\n").and_then(|(_, rest)| rest.split_once("\n~~~~\n"));
        let (deck, _) = deck.unwrap_or_else(|| panic!("{code} has no example"));
        (code.to_owned(), format!("{deck}\n"))
    };
    sections.map(example).collect()
}

#[test]
fn every_code_is_documented() {
    let documented: Vec<String> = examples().into_iter().map(|(code, _)| code).collect();
    let known: Vec<&str> = codes::ALL.iter().map(|(code, _)| *code).collect();
    assert_eq!(
        documented, known,
        "docs/diagnostics.md has a section for each code, in the order of codes.rs"
    );
}

#[test]
fn every_documented_example_shows_its_diagnostic() {
    for (code, text) in examples() {
        let deck = std::sync::Arc::new(read("deck.md", &text));
        let mut plan = labrun::plan::make(std::sync::Arc::clone(&deck), &labrun::plan::Settings::default());
        lint(&mut plan, &Levels::default(), &["self-paced".to_owned()]);
        let found: Vec<&str> = plan.diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
        assert!(found.contains(&code.as_str()), "the example of {code} gives {found:?}");
        let drawn = render(&plan.diagnostics, &deck.source, false);
        assert!(drawn.contains(&format!("[{code}]")), "{drawn}");
    }
}

#[test]
fn diagnostics_are_drawn_as_rustc_draws_its_own() {
    for (name, text) in decks() {
        let deck = read(&name, &text);
        if deck.diagnostics.is_empty() {
            continue;
        }
        insta::with_settings!({
            snapshot_path => "../../snapshots/diagnostic",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!(name.trim_end_matches(".md"), render(&deck.diagnostics, &deck.source, false));
        });
    }
}

#[test]
fn only_errors_in_labs_are_errors() {
    let deck = read("deck.md", "<!-- ```wiat x``` -->\n\n.lab[\n\n<!-- ```wiat y``` -->\n\n]\n");
    let errors: Vec<usize> = deck
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .map(|diagnostic| deck.source.line(diagnostic.span.start))
        .collect();
    assert_eq!(errors, [5]);
    assert_eq!(deck.diagnostics[0].help, ["did you mean `wait`?"]);
}
