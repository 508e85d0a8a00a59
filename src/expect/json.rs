//! JSON compared as data: what differs, and where, as jq writes paths.
//!
//! Wildcards in what is promised: `"{...}"` is any value, `[..]` in a string is anything, `"..."` in an array is any
//! elements, and a key `"..."` in an object says that more keys may come.

use std::collections::HashMap;
use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::mode::Json;
use super::text::homely;
use super::{Difference, Error, Mismatch, Output, explain};

/// What is promised: one document or several, one after the other.
#[derive(Clone, Debug)]
pub(super) struct Promised {
    documents: Vec<Value>,
    options: Json,
}

/// Any value.
const ANY: &str = "{...}";
/// Any elements, any keys.
const MORE: &str = "...";

impl Promised {
    pub(super) fn new(text: &str, options: Json) -> Result<Self, Error> {
        let documents = documents(&homely(text, &[])).map_err(|error| Error::Json(error.to_string()))?;
        if documents.is_empty() { Err(Error::Empty) } else { Ok(Self { documents, options }) }
    }

    pub(super) fn holds(&self, output: &Output<'_>) -> bool {
        came(output).is_ok_and(|came| !came.is_empty() && self.differences(&came).is_empty())
    }

    /// Why `output` is not what `text`, which this was made from, promises.
    pub(super) fn explain(&self, text: &str, output: &Output<'_>) -> Mismatch {
        let came = match came(output) {
            Ok(came) if !came.is_empty() => came,
            other => return explain::no_json(text, output, other.err().as_ref()),
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

    fn differences(&self, came: &[Value]) -> Vec<Difference> {
        let mut compare = Compare { options: self.options, differences: Vec::new() };
        match (&self.documents[..], came) {
            ([promised], [came]) => compare.values(&mut String::new(), promised, came),
            // A stream of documents is compared like an array of them.
            (promised, came) => compare.arrays(&mut String::new(), promised, came),
        }
        compare.differences
    }
}

/// The documents on standard output.
fn came(output: &Output<'_>) -> serde_json::Result<Vec<Value>> {
    documents(&homely(output.stdout, output.homes))
}

/// The documents of `text`, blanks between them.
fn documents(text: &str) -> serde_json::Result<Vec<Value>> {
    serde_json::Deserializer::from_str(text).into_iter().map(|value| value.map(plain)).collect()
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

/// Above this many pairs of elements arrays are compared place by place.
const MOST_CELLS: usize = 4_000_000;

/// What an array is promised to hold next.
#[derive(Clone, Copy, PartialEq)]
enum Item<'v> {
    One(&'v Value),
    More,
}

/// Where an element came, or next to which place it did not.
struct Place {
    came: Option<usize>,
    near: usize,
}

struct Compare {
    options: Json,
    differences: Vec<Difference>,
}

impl Compare {
    /// Whether `came` is what is promised; nothing is recorded.
    fn holds(&self, promised: &Value, came: &Value) -> bool {
        if promised == came {
            return true;
        }
        match (promised, came) {
            (Value::String(_), _)
            | (Value::Array(_), Value::Array(_))
            | (Value::Object(_), Value::Object(_)) => {
                let mut compare = Self { options: self.options, differences: Vec::new() };
                compare.values(&mut String::new(), promised, came);
                compare.differences.is_empty()
            }
            _ => false,
        }
    }

    fn differ(&mut self, path: &str, promised: Option<&Value>, came: Option<&Value>) {
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

    fn values(&mut self, path: &mut String, promised: &Value, came: &Value) {
        match (promised, came) {
            (Value::String(any), _) if any == ANY => {}
            (Value::String(promised), Value::String(came)) if glob(promised, came) => {}
            (Value::Object(promised), Value::Object(came)) => self.objects(path, promised, came),
            (Value::Array(promised), Value::Array(came)) => self.arrays(path, promised, came),
            _ if promised == came => {}
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

    fn arrays(&mut self, path: &mut String, promised: &[Value], came: &[Value]) {
        let more = |value: &&Value| value.as_str() == Some(MORE);
        if self.options.unordered {
            let wanted: Vec<&Value> = promised.iter().filter(|value| !more(value)).collect();
            let open = self.options.subset || wanted.len() < promised.len();
            return self.unordered(path, &wanted, came, open);
        }
        let one = |value| if more(&value) { Item::More } else { Item::One(value) };
        let mut items: Vec<Item<'_>> = promised.iter().map(one).collect();
        if self.options.subset {
            items = items.into_iter().flat_map(|item| [Item::More, item]).chain([Item::More]).collect();
        }
        if self.sequence_holds(&items, came) {
            return;
        }
        let length = path.len();
        for (promised, place) in self.aligned(&items, came) {
            let came = place.came.map(|at| &came[at]);
            let _ = write!(path, "[{}]", place.came.unwrap_or(place.near));
            match (promised, came) {
                (Some(promised), Some(came)) => self.values(path, promised, came),
                (promised, came) => self.differ(path, promised, came),
            }
            path.truncate(length);
        }
    }

    /// Whether `came` is the items in their order, with anything in place of [`Item::More`].
    fn sequence_holds(&self, items: &[Item<'_>], came: &[Value]) -> bool {
        let (mut item, mut at) = (0, 0);
        // The last `More`, and where what follows it was tried: the next try is one further on.
        let mut back: Option<(usize, usize)> = None;
        loop {
            match items.get(item) {
                Some(Item::More) => {
                    back = Some((item + 1, at));
                    item += 1;
                    continue;
                }
                Some(Item::One(promised)) if at < came.len() && self.holds(promised, &came[at]) => {
                    (item, at) = (item + 1, at + 1);
                    continue;
                }
                None if at == came.len() => return true,
                _ => {}
            }
            match back {
                Some((after, tried)) if tried < came.len() => {
                    back = Some((after, tried + 1));
                    (item, at) = (after, tried + 1);
                }
                _ => return false,
            }
        }
    }

    /// Pairs items with what came so that as few as can be differ; a `None` is on the other side only. Those that
    /// hold are in it too, and what comes in place of `More` is not.
    fn aligned<'v>(&self, items: &[Item<'v>], came: &[Value]) -> Vec<(Option<&'v Value>, Place)> {
        let (rows, columns) = (items.len() + 1, came.len() + 1);
        let by_index = rows.saturating_mul(columns) > MOST_CELLS;
        // costs[i][j]: differences between the items from i on and what came from j on.
        let mut costs = vec![0u32; if by_index { 0 } else { rows * columns }];
        let cell = |i: usize, j: usize| i * columns + j;
        let cost_of = |item: Item<'_>| u32::from(item != Item::More);
        for i in (0..if by_index { 0 } else { rows }).rev() {
            for j in (0..columns).rev() {
                let item = items.get(i).copied();
                let skip_item = item.map(|item| costs[cell(i + 1, j)] + cost_of(item));
                let skip_came = (j < came.len()).then(|| costs[cell(i, j + 1)] + item.map_or(1, cost_of));
                let pair = match item {
                    Some(Item::One(promised)) if j < came.len() => {
                        Some(costs[cell(i + 1, j + 1)] + u32::from(!self.holds(promised, &came[j])))
                    }
                    _ => None,
                };
                costs[cell(i, j)] = [pair, skip_item, skip_came].into_iter().flatten().min().unwrap_or(0);
            }
        }
        let (mut pairs, mut i, mut j) = (Vec::new(), 0, 0);
        while i < items.len() || j < came.len() {
            let item = items.get(i).copied();
            let near = j;
            let paired = match item {
                Some(Item::One(promised)) if j < came.len() => {
                    by_index
                        || costs[cell(i, j)]
                            == costs[cell(i + 1, j + 1)] + u32::from(!self.holds(promised, &came[j]))
                }
                _ => false,
            };
            let item_alone = item.is_some_and(|item| {
                j == came.len() || (!by_index && costs[cell(i, j)] == costs[cell(i + 1, j)] + cost_of(item))
            });
            match item {
                Some(Item::One(promised)) if paired => {
                    pairs.push((Some(promised), Place { came: Some(j), near }));
                    (i, j) = (i + 1, j + 1);
                }
                Some(Item::One(promised)) if item_alone => {
                    pairs.push((Some(promised), Place { came: None, near }));
                    i += 1;
                }
                Some(Item::More) if item_alone || by_index => i += 1,
                Some(Item::More) => j += 1,
                _ => {
                    pairs.push((None, Place { came: Some(j), near }));
                    j += 1;
                }
            }
        }
        pairs
    }

    /// Each wanted element has one of its own that came, whatever the order.
    fn unordered(&mut self, path: &mut String, wanted: &[&Value], came: &[Value], open: bool) {
        let mut taken = vec![None; came.len()];
        let mut left = Vec::new();
        // Equal ones first: nearly all of them, nearly always.
        let mut equal: HashMap<&Value, Vec<usize>> = HashMap::new();
        for (at, value) in came.iter().enumerate().rev() {
            equal.entry(value).or_default().push(at);
        }
        for (at, value) in wanted.iter().enumerate() {
            match equal.get_mut(value).and_then(Vec::pop) {
                Some(place) => taken[place] = Some(at),
                None => left.push(at),
            }
        }
        // Then those that hold by wildcards or as a subset; who took a place may move on to another.
        left.retain(|&at| !self.place(at, wanted, came, &mut taken, &mut vec![false; came.len()]));
        let free: Vec<usize> = (0..came.len()).filter(|&at| taken[at].is_none()).collect();
        let mut free = free.into_iter();
        for at in left {
            let length = path.len();
            let place = if open { None } else { free.next() };
            let _ = write!(path, "[{}]", place.unwrap_or(at));
            match place {
                Some(place) => self.values(path, wanted[at], &came[place]),
                None => self.differ(path, Some(wanted[at]), None),
            }
            path.truncate(length);
        }
        for place in free.filter(|_| !open) {
            let length = path.len();
            let _ = write!(path, "[{place}]");
            self.differ(path, None, Some(&came[place]));
            path.truncate(length);
        }
    }

    /// Finds a place for `wanted[at]`, moving others where they have another.
    fn place(
        &self,
        at: usize,
        wanted: &[&Value],
        came: &[Value],
        taken: &mut [Option<usize>],
        seen: &mut [bool],
    ) -> bool {
        for place in 0..came.len() {
            if seen[place] || !self.holds(wanted[at], &came[place]) {
                continue;
            }
            seen[place] = true;
            if taken[place].is_none_or(|other| self.place(other, wanted, came, taken, seen)) {
                taken[place] = Some(at);
                return true;
            }
        }
        false
    }
}

/// `.key`, or `["odd key"]` where jq wants it quoted.
fn push_key(path: &mut String, key: &str) {
    let plain = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let _ = if plain { write!(path, ".{key}") } else { write!(path, "[{}]", Value::from(key)) };
}

/// Whether `text` is `promised`, where `[..]` is anything.
fn glob(promised: &str, text: &str) -> bool {
    let mut pieces: Vec<&str> = promised.split("[..]").collect();
    let last = pieces.pop().unwrap_or_default();
    if pieces.is_empty() {
        return last == text;
    }
    let Some(mut rest) = text.strip_prefix(pieces.remove(0)) else { return false };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
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
        let promised = Promised::new(promised, options).unwrap();
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
}
