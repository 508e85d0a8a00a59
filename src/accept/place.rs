//! Where the text of a check stands in its deck, and how lines are written there: indentation, line ends, highlights and
//! fences as the author has them.

use crate::deck::{Block, Deck, Directive, Item};
use crate::expect::Row;
use crate::plan;
use crate::source::{Source, Span};

/// A part of a deck's text, and what takes its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty where something is put in.
    pub span: Span,
    /// What stands there then.
    pub text: String,
}

/// The edits that write `rows` where the item at `span` has its text. `shown` is what stands there now, line by line, as it
/// is compared.
///
/// # Errors
/// Why they cannot be written there, in a sentence.
pub fn rewrite(deck: &Deck, span: Span, shown: &str, rows: &[Row]) -> Result<Vec<Edit>, String> {
    let source = &deck.source;
    let items = || deck.slides.iter().flat_map(|slide| &slide.items);
    let session = |item: &Item| match item {
        Item::Block(block) if !block.hidden => block.body.start <= span.start && span.end <= block.body.end,
        _ => false,
    };
    match items().find(|item| item.span() == span).or_else(|| items().find(|item| session(item))) {
        Some(Item::Block(block)) if block.span == span && !block.hidden => fence(deck, block, rows),
        Some(Item::Block(block)) if !block.hidden => below_prompt(deck, block, span, rows),
        Some(Item::Directive(directive)) => {
            if rows.iter().any(|row| !row.kept && (row.text.contains("```") || row.text.contains("-->"))) {
                return Err(
                    "what came holds ``` or -->, which a comment cannot: give the `expect` a fence to speak of"
                        .to_owned(),
                );
            }
            Ok(comment(source, directive, shown, rows))
        }
        _ => Err("it is a part of what is typed: write it by hand".to_owned()),
    }
}

/// The edit that gives a fence its mode in a directive above it.
///
/// # Errors
/// Why that has no place there.
pub fn pin(deck: &Deck, span: Span, mode: &str) -> Result<Edit, String> {
    let source = &deck.source;
    let start = source.line_start(span.start);
    let margin = source.slice(Span::new(start, span.start));
    if !margin.trim_start_matches('\u{feff}').trim().is_empty() {
        return Err(
            "something stands before its fence on the same line: write the `expect` by hand".to_owned()
        );
    }
    let start = start.max(source.start());
    let margin = source.slice(Span::new(start, span.start));
    let text = format!("{margin}<!-- ```expect {mode}``` -->{}", line_end(source, span.start));
    Ok(Edit { span: Span::new(start, start), text })
}

/// Lines between fences.
fn fence(deck: &Deck, block: &Block, rows: &[Row]) -> Result<Vec<Edit>, String> {
    let source = &deck.source;
    let old = Lines::of(source, block.body);
    let mut text = within(deck, block, &old, rows)?;
    // Empty lines at the end are no part of what is promised.
    let rest = old.lines.iter().rev().take_while(|line| line.trim().is_empty()).count();
    if rest < old.lines.len() {
        text.extend(old.lines[old.lines.len() - rest..].iter().copied());
    }
    let mut edits = vec![Edit { span: block.body, text }];
    edits.extend(longer_fences(source, block, rows)?);
    edits.sort_by_key(|edit| edit.span);
    Ok(edits)
}

/// What stands below a prompt, in a block that shows a session.
fn below_prompt(deck: &Deck, block: &Block, span: Span, rows: &[Row]) -> Result<Vec<Edit>, String> {
    let source = &deck.source;
    let mut text = within(deck, block, &Lines::of(source, span), rows)?;
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    let mut edits = longer_fences(source, block, rows)?;
    edits.push(Edit { span, text });
    edits.sort_by_key(|edit| edit.span);
    Ok(edits)
}

/// Lines as they stand in a block, in place of `old`.
fn within(deck: &Deck, block: &Block, old: &Lines<'_>, rows: &[Row]) -> Result<String, String> {
    let source = &deck.source;
    let margin = Lines::of(source, block.body).margin();
    let margin = margin.unwrap_or_else(|| blanks(source, block.span.start));
    let highlights = plan::highlights(deck, block);
    let end = line_end(source, block.span.start);
    let mut text = String::new();
    for row in rows {
        if let (true, Some(at)) = (row.kept, row.of) {
            text.push_str(&old.raw(at, end));
            continue;
        }
        let before = row.of.and_then(|at| old.lines.get(at)).map(|line| line.trim());
        let new = if highlights { plan::written(&row.text, before) } else { Some(row.text.clone()) };
        let new = new.ok_or("its ticks cannot be written where remark takes them for highlights")?;
        push_line(&mut text, &margin, &new, end);
    }
    Ok(text)
}

/// Longer fences, where a line would end the block.
fn longer_fences(source: &Source, block: &Block, rows: &[Row]) -> Result<Vec<Edit>, String> {
    let text = source.slice(block.span);
    let sign = text.chars().next().unwrap_or('`');
    let run = |text: &str| text.chars().take_while(|&c| c == sign).count();
    let opening = run(text);
    let longest = rows.iter().map(|row| run(row.text.trim_start())).max().unwrap_or(0);
    if longest < opening {
        return Ok(Vec::new());
    }
    let closing = text.len() - text.trim_end_matches(sign).len();
    if closing < opening || block.span.end <= block.body.end {
        return Err("what came holds a fence, and this block is not closed by one".to_owned());
    }
    let fence: String = std::iter::repeat_n(sign, longest + 1).collect();
    let Span { start, end } = block.span;
    Ok([Span::new(start, start + opening), Span::new(end - closing, end)]
        .map(|span| Edit { span, text: fence.clone() })
        .to_vec())
}

/// Lines of a directive: behind its word, or below it.
fn comment(source: &Source, directive: &Directive, shown: &str, rows: &[Row]) -> Vec<Edit> {
    let end = line_end(source, directive.span.start);
    let text = source.slice(directive.span);
    let ticks = text.len() - text.trim_start_matches('`').len();
    let close = directive.span.end - ticks;
    let below = directive.body.map(|body| Lines::of(source, body));
    let lines_below = below.as_ref().map_or(0, |below| {
        let blank = below.lines.iter().rev().take_while(|line| line.trim().is_empty()).count();
        below.lines.len() - blank
    });
    let all = if shown.is_empty() { 0 } else { shown.split('\n').count() };
    // What stands on the word's own line, behind mode and options.
    let own = shown.split('\n').next().filter(|_| all > lines_below);
    let own_end = match directive.body {
        Some(body) => source.line_at(body.start.saturating_sub(1)).end,
        None => close,
    };
    let line = source.slice(Span::new(directive.word_span.end, own_end)).trim_end();
    let head_end =
        directive.word_span.end + own.and_then(|own| line.strip_suffix(own)).unwrap_or(line).trim_end().len();
    let stays = |row: &Row| own.is_some() && row.of == Some(0);
    let (first, rest) = match rows {
        [first, rest @ ..] if stays(first) || (directive.body.is_none() && rest.is_empty()) => {
            (Some(first), rest)
        }
        rows => (None, rows),
    };
    let mut edits = Vec::new();
    let first = first.map_or(String::new(), |row| format!(" {}", row.text.trim()));
    let skipped = all.saturating_sub(lines_below);
    let margin = below.as_ref().and_then(Lines::margin);
    let margin = margin.unwrap_or_else(|| blanks(source, directive.span.start));
    let mut lines = String::new();
    for row in rest {
        match (row.of.and_then(|at| at.checked_sub(skipped)), &below) {
            (Some(at), Some(below)) if row.kept => lines.push_str(&below.raw(at, end)),
            _ => push_line(&mut lines, &margin, row.text.trim_end(), end),
        }
    }
    match directive.body {
        Some(body) => {
            edits.push(Edit { span: Span::new(head_end, own_end), text: first });
            edits.push(Edit { span: body, text: lines });
        }
        None if rest.is_empty() => edits.push(Edit { span: Span::new(head_end, close), text: first }),
        None => {
            let text = format!("{first}{end}{lines}{}", blanks(source, directive.span.start));
            edits.push(Edit { span: Span::new(head_end, close), text });
        }
    }
    edits.retain(|edit| source.slice(edit.span) != edit.text);
    edits
}

/// The lines of a body as they are, line ends included.
struct Lines<'a> {
    lines: Vec<&'a str>,
}

impl<'a> Lines<'a> {
    fn of(source: &'a Source, body: Span) -> Self {
        Self { lines: source.slice(body).split_inclusive('\n').collect() }
    }

    /// A line as it stands there; the last one may lack its end.
    fn raw(&self, at: usize, end: &str) -> String {
        let line = self.lines.get(at).copied().unwrap_or_default();
        if line.ends_with('\n') { line.to_owned() } else { format!("{line}{end}") }
    }

    /// The indentation that all lines share; none where there is no line.
    fn margin(&self) -> Option<String> {
        let lines = self.lines.iter().filter(|line| !line.trim().is_empty());
        let own = |line: &&'a str| &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
        let shared = |a: &'a str, b: &'a str| {
            let count = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
            &a[..count]
        };
        lines.map(own).reduce(shared).map(str::to_owned)
    }
}

fn push_line(text: &mut String, margin: &str, line: &str, end: &str) {
    if !line.trim().is_empty() {
        text.push_str(margin);
        text.push_str(line);
    }
    text.push_str(end);
}

/// What indents text below the start of something that stands on a line: blanks for all before it.
fn blanks(source: &Source, at: usize) -> String {
    let before = source.slice(Span::new(source.line_start(at).max(source.start()), at));
    let indent = &before[..before.len() - before.trim_start_matches([' ', '\t']).len()];
    // Behind the dash of a list the text is indented as far; a comment on the way is no indentation.
    let dash = before[indent.len()..].trim_end();
    let list = matches!(dash, "-" | "*" | "+");
    let more = if list { before.len() - indent.len() } else { 0 };
    format!("{indent}{}", " ".repeat(more))
}

/// How the line that holds `at` ends.
fn line_end(source: &Source, at: usize) -> &'static str {
    let end = source.line_at(at).end;
    if source.text()[end..].starts_with("\r\n") { "\r\n" } else { "\n" }
}
