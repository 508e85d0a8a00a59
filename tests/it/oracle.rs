//! remark.js itself as the judge of how decks are cut.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use labrun::remark::{self, Genre, Section, Slide};
use labrun::source::Source;
use serde_json::Value;

use crate::corpus;

/// The slides of each text according to remark.js; `None` where there is no node, or no remark.js.
fn oracle(texts: &[String]) -> Option<Vec<Value>> {
    let bundle = std::env::var("LABRUN_TEST_REMARK")
        .unwrap_or_else(|_| "/usr/share/javascript/remark-slide/remark.js".to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/remark.js");
    if !Path::new(&bundle).exists() {
        return None;
    }
    let mut node = Command::new("node")
        .arg(script)
        .arg(bundle)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut stdin = node.stdin.take().expect("piped");
    stdin.write_all(serde_json::to_string(texts).expect("JSON").as_bytes()).expect("node reads");
    drop(stdin);
    let output = node.wait_with_output().expect("node ends");
    assert!(output.status.success(), "the oracle fails");
    Some(serde_json::from_slice(&output.stdout).expect("JSON"))
}

/// The same for [`remark::read`]. For remark, comments are text with sections in it.
fn as_oracle(source: &Source, slide: &Slide) -> Value {
    let class = slide.properties.iter().rfind(|one| one.key == "class").map(|one| one.value.as_str());
    let within = slide.comments.iter().flat_map(|comment| remark::sections_within(source, comment.inner));
    let mut sections: Vec<Section> = slide.sections.iter().cloned().chain(within).collect();
    sections.retain(|section| section.closed);
    sections.sort_by_key(|section| section.span.start);
    serde_json::json!({
        "continued": slide.continued,
        "class": class.unwrap_or_default(),
        "sections": sections.iter().map(|section| section.classes.join(" ")).collect::<Vec<_>>(),
    })
}

/// A deck without a diagnostic is the same deck on screen. Needs node and remark.js (Debian: `nodejs` and
/// `libjs-remark-slide`), or says that it has not looked.
#[test]
fn a_deck_without_diagnostics_is_what_remark_shows() {
    let mut texts: Vec<String> = corpus::decks().into_iter().map(|(_, text)| text).collect();
    // Each slide of the corpus by itself, and each pair of neighbours.
    let slides: Vec<String> =
        texts.iter().flat_map(|text| text.split("\n---\n").map(str::to_owned).collect::<Vec<_>>()).collect();
    texts.extend(slides.windows(2).map(|pair| pair.join("\n---\n")));
    texts.extend(slides);
    let Some(shown) = oracle(&texts) else {
        eprintln!("skipped: no node, or no remark.js");
        return;
    };
    let mut same = 0;
    for (text, shown) in texts.iter().zip(shown) {
        let source = Source::new("deck.md", text.as_str());
        let remark = remark::read(&source, Genre::Slides);
        if remark.diagnostics.is_empty() {
            let slides = remark.slides.iter().filter(|slide| !excluded(slide));
            let here: Vec<Value> = slides.map(|slide| as_oracle(&source, slide)).collect();
            assert_eq!(Value::from(here), shown, "{text}");
            same += 1;
        }
    }
    assert!(same > texts.len() / 2, "{same} of {} texts are without diagnostics", texts.len());
}

fn excluded(slide: &Slide) -> bool {
    slide.properties.iter().any(|one| one.key == "exclude" && one.value == "true")
}
