//! Where the values of a JSON text stand in it.

use std::ops::Range;

use serde_json::Value;

/// A value with its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub range: Range<usize>,
    pub value: Value,
    pub kind: Kind,
}

/// What is within a value.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Scalar,
    Array(Vec<Node>),
    /// Each key, where it stands with its quotes, and its value.
    Object(Vec<(String, Range<usize>, Node)>),
}

impl Node {
    /// Where each element or entry stands.
    pub fn items(&self) -> Vec<Range<usize>> {
        match &self.kind {
            Kind::Scalar => Vec::new(),
            Kind::Array(items) => items.iter().map(|item| item.range.clone()).collect(),
            Kind::Object(fields) => fields.iter().map(|(_, key, value)| key.start..value.range.end).collect(),
        }
    }
}

/// The documents of a text that is JSON; none where it is not.
pub(super) fn documents(text: &str) -> Option<Vec<Node>> {
    // What can be read at all, no deeper than a stack bears.
    serde_json::Deserializer::from_str(text).into_iter::<Value>().collect::<Result<Vec<_>, _>>().ok()?;
    let mut reader = Reader { text, at: 0 };
    let mut nodes = Vec::new();
    reader.blanks();
    while reader.at < text.len() {
        nodes.push(reader.value()?);
        reader.blanks();
    }
    Some(nodes)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
    }

    fn takes(&mut self, sign: char) -> bool {
        self.blanks();
        let takes = self.text[self.at..].starts_with(sign);
        self.at += usize::from(takes);
        takes
    }

    fn value(&mut self) -> Option<Node> {
        self.blanks();
        let start = self.at;
        let kind = if self.takes('[') {
            Kind::Array(self.items(']', Self::value)?)
        } else if self.takes('{') {
            Kind::Object(self.items('}', Self::field)?)
        } else {
            self.scalar()?;
            Kind::Scalar
        };
        let range = start..self.at;
        Some(Node { value: serde_json::from_str(&self.text[range.clone()]).ok()?, range, kind })
    }

    fn items<T>(&mut self, end: char, read: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut items = Vec::new();
        if self.takes(end) {
            return Some(items);
        }
        loop {
            items.push(read(self)?);
            if self.takes(end) {
                return Some(items);
            }
            if !self.takes(',') {
                return None;
            }
        }
    }

    fn field(&mut self) -> Option<(String, Range<usize>, Node)> {
        self.blanks();
        let start = self.at;
        self.scalar()?;
        let range = start..self.at;
        let key = serde_json::from_str(&self.text[range.clone()]).ok()?;
        if self.takes(':') { Some((key, range, self.value()?)) } else { None }
    }

    /// A text, a number, or a word.
    fn scalar(&mut self) -> Option<()> {
        let rest = &self.text.as_bytes()[self.at..];
        let length = if rest.first() == Some(&b'"') {
            let mut escaped = false;
            let end = rest.iter().skip(1).position(|&byte| {
                let ends = byte == b'"' && !escaped;
                escaped = byte == b'\\' && !escaped;
                ends
            });
            end? + 2
        } else {
            let ends = |byte: &u8| byte.is_ascii_whitespace() || b",]}:[{".contains(byte);
            rest.iter().position(ends).unwrap_or(rest.len())
        };
        self.at += length;
        (length > 0).then_some(())
    }
}
