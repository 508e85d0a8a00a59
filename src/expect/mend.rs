//! What is missing in a text that is meant as JSON and is not; nothing is said that does not make JSON of it.

use serde_json::Value;

use super::pattern::may_be_wrapped;

/// A text that is JSON, and what it took to make it so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mended {
    /// The JSON.
    pub text: String,
    /// What is wrong with the text that was given: "missing { at its start".
    pub wrong: String,
}

/// Brackets are put in up to this depth.
const DEEPEST: usize = 4;

/// `text` with what it lacks to be JSON, if that is a few brackets or a comma; none where it is JSON, or cannot be mended so.
#[must_use]
pub fn mend(text: &str) -> Option<Mended> {
    let is_json = |text: &str| serde_json::from_str::<Value>(text).is_ok();
    let text = text.trim();
    if text.is_empty() || is_json(text) {
        return None;
    }
    let mended = |text: String, wrong: String| is_json(&text).then_some(Mended { text, wrong });
    let (opening, closing) = unmatched(text)?;
    let whole = format!("{opening}{text}{closing}");
    let missing = match (opening.as_str(), closing.as_str()) {
        ("", "") => None,
        (open, "") => Some(format!("missing {open} at its start")),
        ("", close) => Some(format!("missing {close} at its end")),
        (open, close) => Some(format!("missing {open} at its start and {close} at its end")),
    };
    let by_brackets = missing.and_then(|missing| mended(whole.clone(), missing));
    by_brackets
        .or_else(|| mended(without_commas(&whole), "a comma stands before a closing bracket".to_owned()))
        .or_else(|| mended(format!("{{{text}}}"), "missing { at its start and } at its end".to_owned()))
        .or_else(|| mended(text.replace('\'', "\""), "texts stand in ' instead of \"".to_owned()))
        .or_else(|| mended(rejoined(text), "a text in it goes over the end of a line".to_owned()))
}

/// The brackets that are closed and never opened, and those that are opened and never closed, as they would be written.
fn unmatched(text: &str) -> Option<(String, String)> {
    let (mut open, mut opening) = (Vec::new(), Vec::new());
    let (mut inside, mut escaped) = (false, false);
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if inside => escaped = true,
            '"' => inside = !inside,
            _ if inside => {}
            '{' | '[' => open.push(if c == '{' { '}' } else { ']' }),
            '}' | ']' if open.last() == Some(&c) => drop(open.pop()),
            '}' | ']' if open.is_empty() => opening.insert(0, if c == '}' { '{' } else { '[' }),
            '}' | ']' => return None,
            _ => {}
        }
    }
    let quote = if inside { "\"" } else { "" };
    let closing: String = quote.chars().chain(open.iter().rev().copied()).collect();
    (opening.len() + closing.len() <= DEEPEST).then(|| (opening.into_iter().collect(), closing))
}

/// Without the commas that stand before a closing bracket.
fn without_commas(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for (at, c) in text.char_indices() {
        inside ^= c == '"' && !text[..at].ends_with('\\');
        let next = text[at + c.len_utf8()..].trim_start().chars().next();
        if inside || c != ',' || !matches!(next, Some('}' | ']')) {
            out.push(c);
        }
    }
    out
}

/// With the lines joined that were wrapped for the slide.
fn rejoined(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        out.push_str(line);
        out.push_str(if may_be_wrapped(line) { "" } else { "\n" });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said() {
        for (text, wrong) in [
            (r#""repositories":["busybox"]}"#, "missing { at its start"),
            (r#"{"repositories":["busybox"]"#, "missing } at its end"),
            (r#"{"a":[{"b":1"#, "missing }]} at its end"),
            (r#"{"a":"b"#, "missing \"} at its end"),
            (r#""a": 1, "b": 2"#, "missing { at its start and } at its end"),
            (r#"{"a": [1, 2,],}"#, "a comma stands before a closing bracket"),
            ("{'a': 'b'}", "texts stand in ' instead of \""),
            ("{\"a\": \"a long text that is wrapped \nhere\"}", "a text in it goes over the end of a line"),
        ] {
            let mended = mend(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(mended.wrong, wrong, "{text}");
            assert!(serde_json::from_str::<Value>(&mended.text).is_ok());
        }
        for text in ["{}", "", "plain words", "{\"a\" => 1}", "{]", "[[[[[[[[", "é"] {
            assert_eq!(mend(text), None, "{text}");
        }
    }
}
