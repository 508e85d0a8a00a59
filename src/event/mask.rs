//! Masks secrets in data, whatever its fields: a field added later cannot be forgotten. Each text is masked as what it
//! is, before it is written as JSON, which may spell it in another way.

use serde_json::{Map, Value};

use super::Event;

/// Fields that hold labrun's own words, which are never a secret and must stay readable.
const OWN_WORDS: [&str; 10] =
    ["event", "kind", "verdict", "deed", "side", "mode", "method", "lane", "code", "severity"];

/// The fields of an outcome that its command printed: it says itself whether they are as they came.
const PRINTED: [&str; 2] = ["stdout", "stderr"];

/// The event with `mask` applied to every text in it.
///
/// # Panics
/// If masking changed anything but texts, which it cannot.
#[must_use]
pub fn masked(event: &Event, mask: &impl Fn(&str) -> String) -> Event {
    let mut value = serde_json::to_value(event).expect("an event is JSON");
    mask_texts(&mut value, mask);
    serde_json::from_value(value).expect("masked texts are still texts")
}

/// Applies `mask` to every text in a JSON value, but for labrun's own words.
pub fn mask_texts(value: &mut Value, mask: &impl Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = mask(text),
        Value::Array(items) => items.iter_mut().for_each(|item| mask_texts(item, mask)),
        Value::Object(fields) => {
            let printed = |fields: &Map<String, Value>| PRINTED.map(|name| fields.get(name).cloned());
            let before = printed(fields);
            fields
                .iter_mut()
                .filter(|(name, _)| !OWN_WORDS.contains(&name.as_str()))
                .for_each(|(_, field)| mask_texts(field, mask));
            if before.iter().all(Option::is_some) && printed(fields) != before {
                fields.insert("masked".to_owned(), Value::Bool(true));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Checked, CommandEnded, Notice, Outcome, Promise, Verdict};

    #[test]
    fn every_text_is_masked_and_no_word_of_ours_is() {
        let ended = Event::CommandEnded(Box::new(CommandEnded {
            step: "a/1".into(),
            index: 0,
            line: 1,
            text: "login -p held".into(),
            outcome: Outcome { stdout: "held".into(), stderr: "xheldx".into(), ..Outcome::default() },
            checks: vec![Checked {
                check: Promise::Wait { text: "held".into() },
                verdict: Verdict::Held,
                summary: "held".into(),
                excerpt: vec![],
                differences: vec![],
                diff: vec![],
                hints: vec!["held".into()],
                captured: vec![],
                passed: vec![],
                outcome: None,
            }],
            verdict: Verdict::Held,
            deed: "acts".into(),
            variables: vec![],
        }));
        let text = serde_json::to_string(&masked(&ended, &|text| text.replace("held", "***"))).unwrap();
        assert_eq!(text.matches("held").count(), 2, "the two verdicts: {text}");
        assert_eq!(text.matches("***").count(), 6);
        assert!(text.contains("\"masked\":true"));
    }

    #[test]
    fn an_event_without_secrets_is_left_as_it_is() {
        let notice = Event::Notice(Notice { step: None, text: "all is well".into() });
        assert_eq!(masked(&notice, &|text| text.to_owned()), notice);
    }
}
