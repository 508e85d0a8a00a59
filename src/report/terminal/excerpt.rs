//! The lines of a slide that a card is about, drawn with their numbers, and an arrow at the value that did not come.

use super::look::{Look, Tone};
use crate::event::{Difference, Quote};
use crate::report::layout::{fit, width};

/// Lines shown when nothing in them is pointed at.
const LINES: usize = 8;
/// Lines shown on each side of one that is.
const AROUND: usize = 2;

/// Some lines of a slide, without the fences.
pub(super) struct Excerpt<'a> {
    quotes: Vec<&'a Quote>,
    pointer: Option<Pointer>,
}

/// Where the promised side of the only difference stands.
struct Pointer {
    /// Index of the quote.
    quote: usize,
    /// Bytes in its text.
    start: usize,
    end: usize,
    came: String,
    /// Where it stands in the JSON.
    path: String,
}

impl<'a> Excerpt<'a> {
    pub(super) fn new(quotes: &'a [Quote], differences: &[Difference]) -> Self {
        let quotes: Vec<&Quote> = quotes.iter().filter(|quote| !is_fence(&quote.text)).collect();
        let pointer = Pointer::new(&quotes, differences);
        Self { quotes, pointer }
    }

    /// The same without the lines from this one on.
    pub(super) fn before(mut self, line: usize) -> Self {
        self.quotes.retain(|quote| quote.line < line);
        self
    }

    /// The line that is pointed at.
    pub(super) fn pointed(&self) -> Option<usize> {
        self.pointer.as_ref().and_then(|pointer| self.quotes.get(pointer.quote)).map(|quote| quote.line)
    }

    /// The line that says `text`, but for blanks.
    pub(super) fn line_of(&self, text: &str) -> Option<usize> {
        let same = |quote: &&&Quote| quote.text.split_whitespace().eq(text.split_whitespace());
        self.quotes.iter().find(same).map(|quote| quote.line)
    }

    /// The lines, each at most `columns` wide; `marked` is the one that stands out.
    pub(super) fn draw(&self, look: Look, columns: usize, marked: usize) -> Vec<String> {
        let digits = self.quotes.iter().map(|quote| quote.line.to_string().len()).max().unwrap_or(0);
        let bar = look.bar();
        let gutter = |line: Option<usize>| {
            let number = line.map(|line| line.to_string()).unwrap_or_default();
            look.paint(Tone::Faint, &format!("  {number:>digits$} {bar}"))
        };
        let room = columns.saturating_sub(digits + 5);
        let indent = self.quotes.iter().filter_map(|quote| blanks(&quote.text)).min().unwrap_or(0);
        let mut lines = Vec::new();
        let mut last = None;
        for at in self.kept() {
            let quote = self.quotes[at];
            // Two lines between are a blank and a fence.
            if last.is_some_and(|last: usize| quote.line > last + 3) {
                lines.push(gutter(None));
            }
            last = Some(quote.line);
            let text = quote.text.get(indent..).unwrap_or_default();
            let tone = if quote.line == marked && self.quotes.len() > 1 { Tone::Strong } else { Tone::Plain };
            lines.push(format!("{} {}", gutter(Some(quote.line)), look.paint(tone, &fit(text, room))));
            if let Some(pointer) = self.pointer.as_ref().filter(|pointer| pointer.quote == at) {
                let arrow = pointer.draw(look, &quote.text, indent, room);
                lines.extend(arrow.into_iter().map(|arrow| format!("{} {arrow}", gutter(None))));
            }
        }
        let left_out = self.quotes.len() - self.kept().count();
        if left_out > 0 && self.pointer.is_none() {
            lines.push(format!("{} …", gutter(None)));
        }
        lines
    }

    /// Which lines are shown: the sentence, and those near the pointer, or the first ones.
    fn kept(&self) -> impl Iterator<Item = usize> {
        let pointed = self.pointer.as_ref().map(|pointer| pointer.quote);
        (0..self.quotes.len()).filter(move |&at| match pointed {
            Some(pointed) => at == 0 || at.abs_diff(pointed) <= AROUND,
            None => at < LINES,
        })
    }
}

impl Pointer {
    /// None where it would have to guess: the text stands nowhere, or in several places.
    fn new(quotes: &[&Quote], differences: &[Difference]) -> Option<Self> {
        let [Difference { path, promised: Some(promised), came }] = differences else { return None };
        let came = came.clone().unwrap_or_else(|| "nothing".to_owned());
        let found = |start_of: &dyn Fn(&str) -> Vec<usize>| {
            let places = quotes.iter().enumerate();
            let mut places =
                places.flat_map(|(quote, line)| start_of(&line.text).into_iter().map(move |at| (quote, at)));
            places.next().filter(|_| places.next().is_none())
        };
        let key = path.rsplit('.').next().filter(|key| !key.contains(['[', ']']));
        let by_key = |text: &str| after_key(text, key.unwrap_or_default(), promised);
        let by_value = |text: &str| text.match_indices(promised.as_str()).map(|(at, _)| at).collect();
        let (quote, start) = found(&by_value).or_else(|| key.and_then(|_| found(&by_key)))?;
        Some(Self { quote, start, end: start + promised.len(), came, path: path.clone() })
    }

    /// The arrow, and what came, below it where there is no room beside it. Of a line that is too long to show what
    /// would be pointed at, the path.
    fn draw(&self, look: Look, text: &str, indent: usize, room: usize) -> Vec<String> {
        let came = |columns| look.paint(Tone::Came, &fit(&self.came, columns));
        let below = || format!("came: {}", came(room.saturating_sub(6)));
        if width(&text[indent..]) > room {
            return vec![format!("at {}", fit(&self.path, room.saturating_sub(3))), below()];
        }
        let column = text.get(indent..self.start).map_or(0, width);
        let columns = width(&text[self.start..self.end]).max(1);
        let carets = look.paint(Tone::Came, &"^".repeat(columns));
        let beside = room.saturating_sub(column + columns + 7);
        if beside < width(&self.came).min(12) {
            return vec![format!("{:column$}{carets}", ""), below()];
        }
        vec![format!("{:column$}{carets} came: {}", "", came(beside))]
    }
}

/// Where `value` stands as the value of `key`: `"key": value`.
fn after_key(text: &str, key: &str, value: &str) -> Vec<usize> {
    let key = format!("\"{key}\"");
    let of = |(at, _): (usize, &str)| {
        let colon = text[at + key.len()..].trim_start().strip_prefix(':')?.trim_start();
        let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '.');
        colon.strip_prefix(value).filter(|rest| ends(rest)).map(|_| text.len() - colon.len())
    };
    text.match_indices(&key).filter_map(of).collect()
}

fn is_fence(line: &str) -> bool {
    line.trim_start().starts_with("```")
}

/// Blanks at the start of a line that has more than blanks.
fn blanks(text: &str) -> Option<usize> {
    let rest = text.trim_start_matches([' ', '\t']);
    (!rest.is_empty()).then(|| text.len() - rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(lines: &[(usize, &str)], path: &str, promised: &str) -> Vec<String> {
        let quotes: Vec<Quote> =
            lines.iter().map(|(line, text)| Quote { line: *line, text: (*text).into() }).collect();
        let differences =
            [Difference { path: path.into(), promised: Some(promised.into()), came: Some("7".into()) }];
        Excerpt::new(&quotes, &differences).draw(Look::default(), 60, 0)
    }

    #[test]
    fn what_came_is_said_where_there_is_no_room_for_an_arrow() {
        let quotes = [Quote { line: 12, text: "{\"repositories\":[\"busybix\"]}".into() }];
        let differences = [Difference {
            path: ".repositories[0]".into(),
            promised: Some("\"busybix\"".into()),
            came: Some("\"busybox\"".into()),
        }];
        let drawn =
            |columns| Excerpt::new(&quotes, &differences).draw(Look::default(), columns, 0)[1..].to_vec();
        assert_eq!(drawn(60), ["     │                  ^^^^^^^^^ came: \"busybox\""]);
        assert_eq!(drawn(40), ["     │                  ^^^^^^^^^", "     │ came: \"busybox\""]);
        assert_eq!(drawn(32), ["     │ at .repositories[0]", "     │ came: \"busybox\""]);
    }

    #[test]
    fn the_value_is_pointed_at_where_there_is_no_doubt() {
        let deck = [
            (9, "We see:"),
            (10, "```json"),
            (11, "{\"a\": 1, \"b\": 1,"),
            (12, " \"c\": [2]}"),
            (13, "```"),
        ];
        assert_eq!(drawn(&deck, ".c[0]", "2")[2..], ["  12 │  \"c\": [2]}", "     │        ^ came: 7"]);
        assert_eq!(
            drawn(&deck, ".b", "1")[1..3],
            ["  11 │ {\"a\": 1, \"b\": 1,", "     │               ^ came: 7"]
        );
        assert!(!drawn(&deck, ".d", "3").concat().contains('^'));
        assert!(!drawn(&deck, ".c[0]", "1").concat().contains('^'));
    }
}
