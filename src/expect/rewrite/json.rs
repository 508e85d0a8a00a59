//! Promised JSON written anew as its author laid it out: what holds stays to the byte, wildcards with it; keys keep
//! their order, one line stays one line, and indentation is the author's.

use std::ops::Range;

use serde_json::{Map, Value};

use super::layout::{Kind, Node, documents};
use crate::expect::json::same;
use crate::expect::wildcard::Wildcards;
use crate::expect::{Json, Output, Terms};

/// Any value.
const ANY: &str = "{...}";
/// More elements or keys.
const MORE: &str = "...";
/// How far JSON is indented where its author shows no indentation.
const INDENT: &str = "  ";

/// The text for what came; none where that is not JSON.
pub(super) fn text(
    promised: &str,
    (options, terms): (Json, &Terms),
    came: &Output<'_>,
    before: Option<&Output<'_>>,
) -> Option<String> {
    let mut values = read(came.stdout)?;
    if let Some(before) = before.and_then(|before| read(before.stdout)).filter(|b| b.len() == values.len()) {
        values = values.into_iter().zip(before).map(|(came, before)| generalised(came, &before)).collect();
    }
    let nodes = documents(promised).unwrap_or_default();
    for (came, node) in values.iter_mut().zip(&nodes) {
        terms.ignore.iter().for_each(|path| path.keep_in(came, &node.value));
    }
    let style = Style::of(promised, &nodes);
    let wildcards = &terms.wildcards;
    let writer = Writer { text: promised, options, wildcards, homes: came.homes, style };
    if nodes.is_empty() && !came.stdout.trim().is_empty() && before.is_none() {
        // Nothing was written: as it came.
        return Some(came.stdout.trim().to_owned());
    }
    let mut written = Vec::new();
    for (at, value) in values.iter().enumerate() {
        written.push(writer.node(nodes.get(at), value, ""));
    }
    let texts = written.join("\n");
    let (head, tail) = match (nodes.first(), nodes.last()) {
        (Some(first), Some(last)) => (&promised[..first.range.start], &promised[last.range.end..]),
        _ => ("", ""),
    };
    Some(format!("{head}{texts}{tail}"))
}

fn read(text: &str) -> Option<Vec<Value>> {
    let values: Vec<Value> =
        serde_json::Deserializer::from_str(text).into_iter().collect::<Result<_, _>>().ok()?;
    (!values.is_empty()).then_some(values)
}

/// What came, with any value allowed where another attempt had another.
fn generalised(came: Value, before: &Value) -> Value {
    match (came, before) {
        (came, before) if came == *before => came,
        (Value::Array(came), Value::Array(before)) if came.len() == before.len() => {
            came.into_iter().zip(before).map(|(came, before)| generalised(came, before)).collect()
        }
        (Value::Object(came), Value::Object(before)) if came.len() == before.len() => {
            let field = |(key, came): (String, Value)| match before.get(&key) {
                Some(before) => (key, generalised(came, before)),
                None => (key, came),
            };
            Value::Object(came.into_iter().map(field).collect())
        }
        _ => Value::from(ANY),
    }
}

/// How an author writes JSON.
#[derive(Clone, Debug)]
struct Style {
    /// What one step of indentation is; none where all is on one line.
    indent: Option<String>,
    /// Behind a colon.
    colon: &'static str,
    /// Behind a comma, on one line.
    comma: &'static str,
}

impl Style {
    fn of(text: &str, nodes: &[Node]) -> Self {
        let many_lines = text.trim().contains('\n');
        let indent = |line: &str| line[..line.len() - line.trim_start().len()].to_owned();
        let indent = text.lines().map(indent).find(|indent| !indent.is_empty());
        let indent = (many_lines || nodes.is_empty()).then(|| indent.unwrap_or_else(|| INDENT.to_owned()));
        let colon = if text.contains("\": ") || indent.is_some() && !text.contains("\":") { " " } else { "" };
        let comma = if text.contains(", ") { " " } else { "" };
        Self { indent, colon, comma }
    }
}

struct Writer<'a> {
    text: &'a str,
    options: Json,
    wildcards: &'a Wildcards,
    homes: &'a [&'a str],
    style: Style,
}

impl Writer<'_> {
    /// `came` in place of a promised value; `margin` is the indentation of the line that it stands on.
    fn node(&self, promised: Option<&Node>, came: &Value, margin: &str) -> String {
        let Some(promised) = promised else { return self.fresh(came, margin) };
        if same(self.options, self.wildcards, &promised.value, came, self.homes) {
            return self.text[promised.range.clone()].to_owned();
        }
        match (&promised.kind, came) {
            (Kind::Object(fields), Value::Object(came)) => self.object(promised, fields, came, margin),
            (Kind::Array(items), Value::Array(came)) => self.array(promised, items, came, margin),
            _ => self.fresh(came, margin),
        }
    }

    fn object(
        &self,
        promised: &Node,
        fields: &[(String, Range<usize>, Node)],
        came: &Map<String, Value>,
        margin: &str,
    ) -> String {
        let more = self.options.subset || fields.iter().any(|(key, ..)| key == MORE);
        let inner = self.margin_within(promised, margin);
        let mut items: Vec<(Option<usize>, String)> = Vec::new();
        for (at, (key, place, value)) in fields.iter().enumerate() {
            let between = &self.text[place.start..value.range.start];
            let item = match came.get(key) {
                Some(came) => format!("{between}{}", self.node(Some(value), came, &inner)),
                None if key == MORE => self.text[place.start..value.range.end].to_owned(),
                None => continue,
            };
            items.push((Some(at), item));
        }
        let known = |key: &String| fields.iter().any(|(known, ..)| known == key);
        for (key, value) in came.iter().filter(|(key, _)| !more && !known(key)) {
            let key = Value::from(key.as_str());
            items.push((None, format!("{key}:{}{}", self.style.colon, self.fresh(value, &inner))));
        }
        self.container(promised, &items, margin)
    }

    fn array(&self, promised: &Node, items: &[Node], came: &[Value], margin: &str) -> String {
        let inner = self.margin_within(promised, margin);
        let more = |node: &Node| node.value.as_str() == Some(MORE);
        let mut written: Vec<(Option<usize>, String)> = Vec::new();
        match items.iter().position(more) {
            Some(gap) if items.len() - 1 <= came.len() => {
                // What stands before the gap and what stands behind it; what came between is let pass.
                let behind = items.len() - gap - 1;
                for (at, value) in came[..gap].iter().enumerate() {
                    written.push((Some(at), self.node(Some(&items[at]), value, &inner)));
                }
                written.push((Some(gap), self.text[items[gap].range.clone()].to_owned()));
                for (at, value) in came[came.len() - behind..].iter().enumerate() {
                    let at = gap + 1 + at;
                    written.push((Some(at), self.node(Some(&items[at]), value, &inner)));
                }
            }
            _ => {
                for (of, value) in self.paired(items, came) {
                    written.push((of, self.node(of.map(|at| &items[at]), value, &inner)));
                }
            }
        }
        self.container(promised, &written, margin)
    }

    /// Each element that came, with the promised one that it stands for: one that holds, wherever order does not count,
    /// else the one in its place.
    fn paired<'v>(&self, items: &[Node], came: &'v [Value]) -> Vec<(Option<usize>, &'v Value)> {
        let holds =
            |item: &Node, value: &Value| same(self.options, self.wildcards, &item.value, value, self.homes);
        if !self.options.unordered {
            // The same at both ends; between, one stands for the other.
            let head = items.iter().zip(came).take_while(|(item, value)| holds(item, value)).count();
            let most = items.len().min(came.len()) - head;
            let ends = items.iter().rev().zip(came.iter().rev());
            let tail = ends.take(most).take_while(|(item, value)| holds(item, value)).count();
            let pair = |(at, value)| {
                let behind = came.len() - at;
                let of = if behind <= tail { Some(items.len() - behind) } else { Some(at) };
                (of.filter(|&of| behind <= tail || of < items.len() - tail), value)
            };
            return came.iter().enumerate().map(pair).collect();
        }
        let mut free: Vec<Option<&Value>> = came.iter().map(Some).collect();
        let mut take = |fits: &dyn Fn(&Value) -> bool| {
            let at = free.iter().position(|value| value.is_some_and(fits))?;
            free[at].take()
        };
        let found: Vec<Option<&Value>> = items.iter().map(|item| take(&|value| holds(item, value))).collect();
        let mut pairs: Vec<(Option<usize>, &Value)> = Vec::new();
        for (at, value) in found.into_iter().enumerate() {
            let other =
                || if self.options.subset && items.len() > came.len() { None } else { take(&|_| true) };
            pairs.extend(value.or_else(other).map(|value| (Some(at), value)));
        }
        if !self.options.subset {
            pairs.extend(free.into_iter().flatten().map(|value| (None, value)));
        }
        pairs
    }

    /// The items between the brackets of a promised value. What stands between two that stood side by side stays.
    fn container(&self, promised: &Node, items: &[(Option<usize>, String)], margin: &str) -> String {
        let text = &self.text[promised.range.clone()];
        let (open, close) = (&text[..1], &text[text.len() - 1..]);
        let places = promised.items();
        let (Some(first), Some(last)) = (places.first(), places.last()) else {
            return bracketed((open, close), items.iter().map(|(_, item)| item.as_str()), |items| {
                self.spread(items, margin)
            });
        };
        if items.is_empty() {
            return format!("{open}{close}");
        }
        let before = &self.text[promised.range.start + 1..first.start];
        let behind = &self.text[last.end..promised.range.end - 1];
        let apart = |at: usize| &self.text[places[at].end..places[at + 1].start];
        let usual = match places.len() {
            1 if before.contains('\n') => format!(",{before}"),
            1 => format!(",{}", self.style.comma),
            _ => apart(0).to_owned(),
        };
        let mut out = format!("{open}{before}");
        let mut previous: Option<Option<usize>> = None;
        for (of, item) in items {
            match (previous, of) {
                (None, _) => {}
                (Some(Some(one)), Some(next)) if one + 1 == *next => out.push_str(apart(one)),
                _ => out.push_str(&usual),
            }
            out.push_str(item);
            previous = Some(*of);
        }
        format!("{out}{behind}{close}")
    }

    /// The indentation of what stands within a promised value.
    fn margin_within(&self, promised: &Node, margin: &str) -> String {
        let first = promised.items().first().map(|first| first.start);
        let before = first.map_or("", |first| &self.text[promised.range.start + 1..first]);
        match before.rfind('\n') {
            Some(at) => before[at + 1..].to_owned(),
            None => margin.to_owned(),
        }
    }

    /// A value that has no place in the promise.
    fn fresh(&self, value: &Value, margin: &str) -> String {
        let inner = self.style.indent.as_ref().map_or(String::new(), |indent| format!("{margin}{indent}"));
        match value {
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(|item| self.fresh(item, &inner)).collect();
                bracketed(("[", "]"), items.iter().map(String::as_str), |items| self.spread(items, margin))
            }
            Value::Object(fields) => {
                let field = |(key, value): (&String, &Value)| {
                    let key = Value::from(key.as_str());
                    format!("{key}:{}{}", self.style.colon, self.fresh(value, &inner))
                };
                let fields: Vec<String> = fields.iter().map(field).collect();
                bracketed(("{", "}"), fields.iter().map(String::as_str), |items| self.spread(items, margin))
            }
            scalar => scalar.to_string(),
        }
    }

    /// Items in the author's style: on one line, or each on its own.
    fn spread(&self, items: &[&str], margin: &str) -> String {
        match &self.style.indent {
            None => items.join(&format!(",{}", self.style.comma)),
            Some(indent) => {
                let line = format!("\n{margin}{indent}");
                format!("{line}{}\n{margin}", items.join(&format!(",{line}")))
            }
        }
    }
}

fn bracketed<'a>(
    (open, close): (&str, &str),
    items: impl Iterator<Item = &'a str>,
    spread: impl Fn(&[&str]) -> String,
) -> String {
    let items: Vec<&str> = items.collect();
    if items.is_empty() { format!("{open}{close}") } else { format!("{open}{}{close}", spread(&items)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(options: Json, promised: &str, came: &str) -> String {
        let output = Output { stdout: came, stderr: "", homes: &[] };
        text(promised, (options, &Terms::default()), &output, None).unwrap()
    }

    #[test]
    fn json_keeps_its_authors_layout() {
        let equal = Json::default();
        let subset = Json { subset: true, unordered: false };
        let unordered = Json { subset: false, unordered: true };
        for (options, promised, came, wanted) in [
            (equal, r#"{"r":["a"]}"#, r#"{"r":["b","c"]}"#, r#"{"r":["b","c"]}"#),
            (equal, r#"{"r": []}"#, r#"{"r": ["b", {"c": 1}]}"#, r#"{"r": ["b",{"c": 1}]}"#),
            (equal, r#"{ "a": 1, "b": 2 }"#, r#"{"b":3,"a":1}"#, r#"{ "a": 1, "b": 3 }"#),
            (
                equal,
                "{\n    \"b\": \"{...}\",\n    \"a\": [1, 2]\n}",
                r#"{"a":[1,3],"b":7}"#,
                "{\n    \"b\": \"{...}\",\n    \"a\": [1, 3]\n}",
            ),
            (
                equal,
                "{\n  \"a\": 1,\n  \"gone\": 0\n}",
                r#"{"a":1,"new":{"x":[],"y":[1]}}"#,
                "{\n  \"a\": 1,\n  \"new\": {\n    \"x\": [],\n    \"y\": [\n      1\n    ]\n  }\n}",
            ),
            (subset, r#"{"a":1}"#, r#"{"a":2,"b":3}"#, r#"{"a":2}"#),
            (unordered, r"[1,2]", r"[3,1]", r"[1,3]"),
            (equal, r#"["a","...","z"]"#, r#"["a",1,2,"y"]"#, r#"["a","...","y"]"#),
            (equal, r#"{"a":1,"...":"..."}"#, r#"{"a":2,"b":3}"#, r#"{"a":2,"...":"..."}"#),
            (equal, "[1, 2, 3]", "[1, 3]", "[1, 3]"),
            (equal, "1\n2", "1 3", "1\n3"),
            (equal, "", "{\"a\":\n 1}\n", "{\"a\":\n 1}"),
        ] {
            assert_eq!(written(options, promised, came), wanted, "{promised}");
        }
    }

    #[test]
    fn what_does_not_count_stays_as_it_is() {
        let ignore = vec![".items[].uid".parse().unwrap(), ".at".parse().unwrap()];
        let terms = Terms { ignore, ..Terms::default() };
        let came = r#"{"items":[{"uid":"x","n":2},{"n":3,"uid":"y"}],"at":"now","more":1}"#;
        let output = Output { stdout: came, stderr: "", homes: &[] };
        let promised = r#"{"at": "then", "items": [{"n": 1, "uid": "a"}, {"n": 3}]}"#;
        let wanted = r#"{"at": "then", "items": [{"n": 2, "uid": "a"}, {"n": 3}], "more": 1}"#;
        assert_eq!(text(promised, (Json::default(), &terms), &output, None).as_deref(), Some(wanted));
    }

    #[test]
    fn what_differs_between_attempts_is_any_value() {
        let value = |text| serde_json::from_str::<Value>(text).unwrap();
        let came =
            generalised(value(r#"{"a":[1,2],"b":"x","c":[1]}"#), &value(r#"{"a":[1,3],"b":"x","c":[]}"#));
        assert_eq!(came, value(r#"{"a":[1,"{...}"],"b":"x","c":"{...}"}"#));
    }
}
