//! A slide's prose as sentences: lines that belong together are joined, bullets and headings told apart.

use crate::deck::{Prose, Slide};

/// A sentence of a slide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sentence {
    /// Its words, without the mark of a list.
    pub text: String,
    /// The line where it starts.
    pub line: usize,
    /// The line where it ends.
    pub last_line: usize,
}

/// The sentences of a slide; headings have none.
pub(super) fn sentences(slide: &Slide) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    for paragraph in paragraphs(&slide.prose) {
        split(paragraph, &mut sentences);
    }
    sentences
}

/// The sentence that ends on the line of `lead`.
pub(super) fn ending_at(slide: &Slide, lead: &Prose) -> Option<Sentence> {
    let upto = slide.prose.partition_point(|prose| prose.line <= lead.line);
    let mut found = Vec::new();
    split(paragraphs(&slide.prose[..upto]).last()?, &mut found);
    found.pop()
}

/// Runs of lines that stand below each other; a list item begins one.
fn paragraphs(prose: &[Prose]) -> impl DoubleEndedIterator<Item = &[Prose]> {
    prose
        .chunk_by(|above, below| {
            below.line == above.line + 1
                && !is_heading(&above.text)
                && !is_heading(&below.text)
                && item(&below.text).is_none()
        })
        .filter(|lines| !is_heading(&lines[0].text))
}

fn split(paragraph: &[Prose], sentences: &mut Vec<Sentence>) {
    let mut text = String::new();
    let mut starts: Vec<(usize, usize)> = Vec::new();
    for prose in paragraph {
        if !text.is_empty() {
            text.push(' ');
        }
        starts.push((text.len(), prose.line));
        text.push_str(item(&prose.text).unwrap_or(&prose.text));
    }
    let line = |at: usize| starts[starts.partition_point(|&(start, _)| start <= at).saturating_sub(1)].1;
    let mut from = 0;
    for end in ends(&text) {
        let sentence = text[from..end].trim();
        if !sentence.is_empty() {
            let start = from + text[from..].len() - text[from..].trim_start().len();
            sentences.push(Sentence {
                text: sentence.to_owned(),
                line: line(start),
                last_line: line(end - 1),
            });
        }
        from = end;
    }
}

/// Where sentences end: behind `.`, `!` or `?` and before a blank, but not in code.
fn ends(text: &str) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut code = false;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        code ^= c == '`';
        let before_blank = chars.peek().is_some_and(|&(_, next)| next == ' ');
        if !code && before_blank && matches!(c, '.' | '!' | '?') {
            ends.push(at + 1);
        }
    }
    ends.push(text.len());
    ends
}

fn is_heading(line: &str) -> bool {
    line.starts_with('#')
}

/// What stands behind the mark of a list item.
fn item(line: &str) -> Option<&str> {
    let digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let rest = if digits.len() < line.len() {
        digits.strip_prefix(['.', ')'])
    } else {
        line.strip_prefix(['-', '*', '+'])
    };
    rest?.strip_prefix(' ').map(str::trim_start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn told(text: &str) -> Vec<(String, usize, usize)> {
        let prose: Vec<Prose> = text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
            .map(|(at, line)| Prose { span: Span::new(0, 0), line: at + 1, text: line.trim().to_owned() })
            .collect();
        let mut sentences = Vec::new();
        for paragraph in paragraphs(&prose) {
            split(paragraph, &mut sentences);
        }
        sentences.into_iter().map(|sentence| (sentence.text, sentence.line, sentence.last_line)).collect()
    }

    #[test]
    fn lines_of_a_sentence_are_joined() {
        let is = |text: &str, line, last| (text.to_owned(), line, last);
        assert_eq!(
            told("# Title\nOne goes\non. Two `a. b` ends!\n\n- three\n- four\n  goes on:"),
            [
                is("One goes on.", 2, 3),
                is("Two `a. b` ends!", 3, 3),
                is("three", 5, 5),
                is("four goes on:", 6, 7)
            ]
        );
        assert_eq!(told("1. one\n2) two\n*no item*"), [is("one", 1, 1), is("two *no item*", 2, 3)]);
    }
}
