//! JSON compared as data: what differs, and where, as jq writes paths.
//!
//! Wildcards in what is promised: `"{...}"` is any value, `[..]` in a string is anything, `"..."` in an array is any
//! elements, and a key `"..."` in an object says that more keys may come.

use std::collections::HashMap;
use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::mode::Json;
use super::pattern::Glob;
use super::text::homely;
use super::wildcard::Wildcards;
use super::{Difference, Error, Kept, Mismatch, Output, Path, Stream, Terms, explain};

/// What is promised: one document or several, one after the other.
#[derive(Clone, Debug)]
pub(super) struct Promised {
    documents: Vec<Value>,
    options: Json,
    ignore: Vec<Path>,
    texts: Texts,
}

/// Any value.
const ANY: &str = "{...}";
/// Any elements, any keys.
pub(super) const MORE: &str = "...";

impl Promised {
    pub(super) fn new(text: &str, options: Json, terms: &Terms) -> Result<Self, Error> {
        let mut documents = documents(&homely(text, &[])).map_err(|error| Error::json(&error))?;
        if documents.is_empty() {
            return Err(Error::Empty);
        }
        leave_out(&terms.ignore, &mut documents);
        let mut texts = Texts::default();
        documents.iter().try_for_each(|value| texts.add(value, &terms.wildcards))?;
        Ok(Self { documents, options, ignore: terms.ignore.clone(), texts })
    }

    pub(super) fn holds(&self, output: &Output<'_>) -> bool {
        self.came(output).is_ok_and(|came| !came.is_empty() && self.differences(&came).is_empty())
    }

    /// Whether nothing in it may differ.
    pub(super) fn is_literal(&self) -> bool {
        self.options == Json::default() && self.ignore.is_empty() && self.texts.is_empty() && !self.is_open()
    }

    fn is_open(&self) -> bool {
        fn open(value: &Value) -> bool {
            match value {
                Value::String(text) => text == ANY || text == MORE,
                Value::Array(items) => items.iter().any(open),
                Value::Object(fields) => fields.contains_key(MORE) || fields.values().any(open),
                _ => false,
            }
        }
        self.documents.iter().any(open)
    }

    /// What an output that keeps it says besides.
    pub(super) fn kept(&self, output: &Output<'_>) -> Kept {
        let mut found = Kept::default();
        if let (false, Ok(came)) = (self.texts.is_empty(), self.came(output)) {
            let compare = self.compare();
            match (&self.documents[..], &came[..]) {
                ([promised], [came]) => compare.read(promised, came, &mut found),
                (promised, came) => compare.read_each(promised, came, &mut found),
            }
        }
        found
    }

    /// Why `output` is not what `text`, which this was made from, promises.
    pub(super) fn explain(&self, text: &str, output: &Output<'_>, stream: Option<Stream>) -> Mismatch {
        let came = match self.came(output) {
            Ok(came) if !came.is_empty() => came,
            other => return explain::no_json(text, output, other.err().as_ref(), stream),
        };
        let differences = self.differences(&came);
        let summary = match &differences[..] {
            _ if came.len() != self.documents.len() => {
                let were = if self.documents.len() == 1 { "document was" } else { "documents were" };
                format!("{} JSON {were} promised, and {} came", self.documents.len(), came.len())
            }
            [one] if one.promised.is_none() => {
                format!("the JSON has something at {} that is not promised", one.path)
            }
            [one] if one.came.is_none() => format!("the JSON lacks what is promised at {}", one.path),
            [one] => format!("the JSON differs at {}", one.path),
            more => format!("the JSON differs in {} places", more.len()),
        };
        Mismatch { summary, differences, ..Mismatch::default() }
    }

    /// The documents on standard output, without what does not count.
    fn came(&self, output: &Output<'_>) -> serde_json::Result<Vec<Value>> {
        let mut came = documents(&homely(output.stdout, output.homes))?;
        leave_out(&self.ignore, &mut came);
        Ok(came)
    }

    fn compare(&self) -> Compare<'_> {
        Compare { options: self.options, texts: &self.texts, differences: Vec::new() }
    }

    fn differences(&self, came: &[Value]) -> Vec<Difference> {
        let mut compare = self.compare();
        match (&self.documents[..], came) {
            ([promised], [came]) => compare.values(&mut String::new(), promised, came),
            // A stream of documents is compared like an array of them.
            (promised, came) => compare.arrays(&mut String::new(), promised, came),
        }
        compare.differences
    }
}

/// Whether `came` is what is promised.
pub(super) fn same(
    options: Json,
    wildcards: &Wildcards,
    promised: &Value,
    came: &Value,
    homes: &[&str],
) -> bool {
    let terms = Terms { wildcards: wildcards.clone(), ..Terms::default() };
    let came = documents(&homely(&came.to_string(), homes)).unwrap_or_default();
    Promised::new(&promised.to_string(), options, &terms)
        .is_ok_and(|promised| promised.differences(&came).is_empty())
}

/// The documents of `text`, blanks between them.
fn documents(text: &str) -> serde_json::Result<Vec<Value>> {
    serde_json::Deserializer::from_str(text).into_iter().map(|value| value.map(plain)).collect()
}

fn leave_out(ignore: &[Path], documents: &mut [Value]) {
    for path in ignore {
        for document in documents.iter_mut() {
            path.remove_from(document);
        }
    }
}

/// The value with each whole number written as such: 1.0 and 1e0 are 1.
fn plain(value: Value) -> Value {
    match value {
        Value::Number(number) => {
            // A float is written without an exponent here, and parses where it is whole and in range.
            let float = number.as_f64().filter(|_| number.is_f64()).map(|float| (float + 0.0).to_string());
            match float.map(|text| (text.parse::<u64>(), text.parse::<i64>())) {
                Some((Ok(whole), _)) => whole.into(),
                Some((_, Ok(whole))) => whole.into(),
                _ => Value::Number(number),
            }
        }
        Value::Array(items) => items.into_iter().map(plain).collect(),
        Value::Object(fields) => fields.into_iter().map(|(key, value)| (key, plain(value))).collect(),
        other => other,
    }
}

/// The texts of a promise that hold wildcards, compiled.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    globs: HashMap<String, (Glob, bool)>,
}

impl Texts {
    /// Compiles those of a value.
    fn add(&mut self, value: &Value, wildcards: &Wildcards) -> Result<(), Error> {
        match value {
            Value::String(text) if text.contains('[') || text.contains('\\') => {
                // A backslash takes the meaning of `{...}` away, too.
                let plain = if text.strip_prefix('\\') == Some(ANY) { ANY } else { text };
                let glob = Glob::across(plain, wildcards)?;
                if !glob.is(text) {
                    let alone = wildcards.is_kind(text);
                    self.globs.insert(text.clone(), (glob, alone));
                }
                Ok(())
            }
            Value::Array(items) => items.iter().try_for_each(|item| self.add(item, wildcards)),
            Value::Object(fields) => fields.values().try_for_each(|field| self.add(field, wildcards)),
            _ => Ok(()),
        }
    }

    fn is_empty(&self) -> bool {
        self.globs.is_empty()
    }

    /// Whether `came` may stand for the text; a number may, where the text is nothing but a kind of word or a capture.
    fn hold(&self, promised: &str, came: &Value) -> bool {
        let Some((glob, alone)) = self.globs.get(promised) else { return false };
        said(came, *alone).is_some_and(|text| glob.matches(&text))
    }

    fn read(&self, promised: &str, came: &Value, found: &mut Kept) {
        if let Some((glob, alone)) = self.globs.get(promised)
            && let Some(text) = said(came, *alone)
        {
            glob.read(&text, found);
        }
    }
}

/// The text of a value: of a string, and where it may be one of a number or a truth value.
fn said(value: &Value, scalar: bool) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) if scalar => Some(value.to_string()),
        _ => None,
    }
}

/// Compares values, and records where they differ.
pub(super) struct Compare<'t> {
    pub options: Json,
    texts: &'t Texts,
    differences: Vec<Difference>,
}

impl Compare<'_> {
    /// Whether `came` is what is promised; nothing is recorded.
    pub(super) fn holds(&self, promised: &Value, came: &Value) -> bool {
        if promised == came {
            return true;
        }
        match (promised, came) {
            (Value::String(_), _)
            | (Value::Array(_), Value::Array(_))
            | (Value::Object(_), Value::Object(_)) => {
                let mut compare = Self { options: self.options, texts: self.texts, differences: Vec::new() };
                compare.values(&mut String::new(), promised, came);
                compare.differences.is_empty()
            }
            _ => false,
        }
    }

    pub(super) fn differ(&mut self, path: &str, promised: Option<&Value>, came: Option<&Value>) {
        let path = if path.is_empty() {
            ".".to_owned()
        } else if path.starts_with('.') {
            path.to_owned()
        } else {
            format!(".{path}")
        };
        self.differences.push(Difference {
            path,
            promised: promised.map(Value::to_string),
            came: came.map(Value::to_string),
        });
    }

    pub(super) fn values(&mut self, path: &mut String, promised: &Value, came: &Value) {
        match (promised, came) {
            (Value::String(any), _) if any == ANY => {}
            (Value::Object(promised), Value::Object(came)) => self.objects(path, promised, came),
            (Value::Array(promised), Value::Array(came)) => self.arrays(path, promised, came),
            _ if promised == came => {}
            (Value::String(text), _) if self.texts.hold(text, came) => {}
            _ => self.differ(path, Some(promised), Some(came)),
        }
    }

    fn objects(&mut self, path: &mut String, promised: &Map<String, Value>, came: &Map<String, Value>) {
        let more = self.options.subset || promised.contains_key(MORE);
        let length = path.len();
        for (key, value) in promised.iter().filter(|(key, _)| key.as_str() != MORE) {
            push_key(path, key);
            match came.get(key) {
                Some(came) => self.values(path, value, came),
                None => self.differ(path, Some(value), None),
            }
            path.truncate(length);
        }
        for (key, value) in came.iter().filter(|(key, _)| !more && !promised.contains_key(*key)) {
            push_key(path, key);
            self.differ(path, None, Some(value));
            path.truncate(length);
        }
    }

    /// What a value that holds captures.
    fn read(&self, promised: &Value, came: &Value, found: &mut Kept) {
        match (promised, came) {
            (Value::String(text), _) => self.texts.read(text, came, found),
            (Value::Object(promised), Value::Object(came)) => {
                for (key, value) in promised {
                    if let Some(came) = came.get(key) {
                        self.read(value, came, found);
                    }
                }
            }
            (Value::Array(promised), Value::Array(came)) => self.read_each(promised, came, found),
            _ => {}
        }
    }

    /// The same of elements: each is the first that holds, of those that are not taken.
    fn read_each(&self, promised: &[Value], came: &[Value], found: &mut Kept) {
        let mut taken = vec![false; came.len()];
        for promised in promised {
            let free = (0..came.len()).find(|&at| !taken[at] && self.holds(promised, &came[at]));
            if let Some(at) = free {
                taken[at] = true;
                self.read(promised, &came[at], found);
            }
        }
    }
}

/// `.key`, or `["odd key"]` where jq wants it quoted.
pub(super) fn push_key(path: &mut String, key: &str) {
    let plain = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let _ = if plain { write!(path, ".{key}") } else { write!(path, "[{}]", Value::from(key)) };
}

#[cfg(test)]
mod tests {
    use super::*;

    const EQUAL: Json = Json { subset: false, unordered: false };
    const SUBSET: Json = Json { subset: true, unordered: false };
    const UNORDERED: Json = Json { subset: false, unordered: true };
    const LOOSE: Json = Json { subset: true, unordered: true };

    /// The differences, a line each: `path promised/came`.
    fn differences(options: Json, promised: &str, came: &str) -> Vec<String> {
        let promised = Promised::new(promised, options, &Terms::default()).unwrap();
        let text = |side: Option<String>| side.unwrap_or_else(|| "nothing".into());
        let line = |d: Difference| format!("{} {}/{}", d.path, text(d.promised), text(d.came));
        promised.differences(&documents(came).unwrap()).into_iter().map(line).collect()
    }

    #[test]
    fn differences_have_paths_and_both_sides() {
        for (promised, came, want) in [
            (
                r#"{"repositories":["busybix"]}"#,
                r#"{"repositories":["busybox"]}"#,
                &[r#".repositories[0] "busybix"/"busybox""#][..],
            ),
            (r#"{"a":1,"b":[]}"#, r#"{"b":[],"a":1}"#, &[]),
            (r#"{"a":{"b-c":1}}"#, r#"{"a":{"b-c":2}}"#, &[r#".a["b-c"] 1/2"#]),
            (r#"{"a":1}"#, r#"{"b":1}"#, &[".a 1/nothing", ".b nothing/1"]),
            ("1", "1.5", &[". 1/1.5"]),
            ("[1,2,3]", "[0,1,2,3]", &[".[0] nothing/0"]),
            ("[1,2,3]", "[1,3]", &[".[1] 2/nothing"]),
            (r#"[{"n":1},{"n":2}]"#, r#"[{"n":1},{"n":3}]"#, &[".[1].n 2/3"]),
            ("{}", "[]", &[". {}/[]"]),
            ("1 2", "1 3", &[".[1] 2/3"]),
            ("null", "null", &[]),
        ] {
            assert_eq!(differences(EQUAL, promised, came), want, "{promised} {came}");
        }
    }

    #[test]
    fn numbers_are_the_same_however_they_are_spelled() {
        for (promised, came) in [
            ("1", "1.0"),
            ("[100, -3]", "[1e2, -3.0]"),
            ("0.5", "5E-1"),
            ("0", "-0.0"),
            ("18446744073709551615", "18446744073709551615"),
        ] {
            assert_eq!(differences(EQUAL, promised, came), [""; 0], "{came}");
        }
        assert_eq!(differences(UNORDERED, "[1, 2]", "[2.0, 1.0]"), [""; 0]);
        // Whole numbers are compared to the last digit.
        assert_eq!(
            differences(EQUAL, "9007199254740993", "9007199254740992"),
            [". 9007199254740993/9007199254740992"]
        );
    }

    #[test]
    fn a_subset_allows_more() {
        assert_eq!(
            differences(SUBSET, r#"{"a":[2,4],"b":{}}"#, r#"{"a":[1,2,3,4,5],"b":{"c":1},"d":1}"#),
            [""; 0]
        );
        assert_eq!(differences(SUBSET, "[2,1]", "[1,2]"), [".[0] 2/nothing"]);
        assert_eq!(differences(LOOSE, "[2,1]", "[1,3,2]"), [""; 0]);
        assert_eq!(differences(LOOSE, "[1,1]", "[1]"), [".[1] 1/nothing"]);
    }

    #[test]
    fn order_can_be_of_no_account() {
        assert_eq!(differences(UNORDERED, "[1,[2,3],1]", "[1,1,[3,2]]"), [""; 0]);
        assert_eq!(differences(UNORDERED, "[1,2]", "[2,3]"), [".[1] 1/3"]);
        assert_eq!(differences(UNORDERED, "[1]", "[2,1]"), [".[0] nothing/2"]);
        // The wildcard gives up its first place for the one that has no other.
        assert_eq!(differences(LOOSE, r#"["{...}",{"a":1}]"#, r#"[{"a":1,"b":2},3]"#), [""; 0]);
    }

    #[test]
    fn wildcards_are_any_value_any_text_any_elements_any_keys() {
        for (promised, came) in [
            (r#"{"id":"{...}"}"#, r#"{"id":[1,2]}"#),
            (r#""v[..].[..]""#, r#""v1.2""#),
            (r#"["...",2,"..."]"#, "[1,1,2,3]"),
            (r#"["a","..."]"#, r#"["a"]"#),
            (r#"["...",1,2]"#, "[1,3,1,2]"),
            (r#"{"a":1,"...":"..."}"#, r#"{"a":1,"b":2}"#),
        ] {
            assert_eq!(differences(EQUAL, promised, came), [""; 0], "{promised} {came}");
        }
        assert_eq!(differences(EQUAL, r#"["...",9]"#, "[1,2]"), [".[1] 9/2"]);
        assert_eq!(differences(EQUAL, r#""a[..]""#, r#""ba""#), [r#". "a[..]"/"ba""#]);
    }

    #[test]
    fn great_arrays_are_compared_in_time() {
        let numbers = |from: usize| {
            format!("[{}]", (from..from + 20_000).map(|n| n.to_string()).collect::<Vec<_>>().join(","))
        };
        assert_eq!(differences(EQUAL, &numbers(0), &numbers(0)), [""; 0]);
        assert_eq!(differences(EQUAL, &numbers(0), &numbers(1)).len(), 20_000);
        assert_eq!(differences(UNORDERED, &numbers(0), &numbers(1)), [".[19999] 0/20000"]);
    }

    #[test]
    fn texts_have_kinds_and_are_captured() {
        for (promised, came, holds) in [
            (r#"{"ip":"[IP]","n":"[N]"}"#, r#"{"ip":"10.0.0.1","n":12}"#, true),
            (r#"{"ip":"[IP]"}"#, r#"{"ip":"none"}"#, false),
            (r#"{"n":"x[N]"}"#, r#"{"n":12}"#, false),
            (r#""\\[N]""#, r#""[N]""#, true),
            (r#""\\[N]""#, "12", false),
        ] {
            assert_eq!(differences(EQUAL, promised, came).is_empty(), holds, "{promised} {came}");
        }
        let promised = r#"{"items":[{"name":"db"},{"name":"[pod=..]","port":"[port=PORT]"}],"...":"{...}"}"#;
        let came = r#"{"items":[{"name":"db"},{"name":"web-1","port":80}],"kind":"List"}"#;
        let promised = Promised::new(promised, EQUAL, &Terms::default()).unwrap();
        let output = Output { stdout: came, stderr: "", homes: &[] };
        assert!(promised.holds(&output));
        let is = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(promised.kept(&output).captured, [is("pod", "web-1"), is("port", "80")]);
    }

    #[test]
    fn what_is_ignored_does_not_count() {
        let terms = Terms { ignore: vec![".items[].uid".parse().unwrap()], ..Terms::default() };
        let promised = Promised::new(r#"{"items":[{"uid":1,"a":1},{"a":2}]}"#, EQUAL, &terms).unwrap();
        let of = |stdout| promised.holds(&Output { stdout, stderr: "", homes: &[] });
        assert!(of(r#"{"items":[{"a":1},{"uid":7,"a":2}]}"#));
        assert!(!of(r#"{"items":[{"a":1},{"uid":7,"a":3}]}"#));
    }
}
