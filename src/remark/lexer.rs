//! One pass over a file: fences, comments and inline code are found as they come, brackets are counted outside them.

use super::fence::{self, Closing, End, Fence};
use super::marks::{FenceLine, Kind, Mark};
use super::section::{self, Opening, Section};
use super::{Comment, Genre};
use crate::source::{Source, Span};

/// Runs of ticks longer than this never open inline code: what is searched for in vain is kept in a word of 64 bits.
const LONGEST_CODE_RUN: usize = 63;

/// What a pass has found, each in order of place.
#[derive(Default)]
pub(super) struct Lexed<'a> {
    pub fences: Vec<Fence>,
    pub comments: Vec<Comment>,
    /// Also those that are not closed; none that stands in an escaped one.
    pub sections: Vec<Section>,
    /// Lines that part slides unless a shield holds them.
    pub breaks: Vec<&'a Mark>,
    /// Outermost closed sections, escaped ones (`\.class[ … ]`) too: no separator within counts.
    pub shields: Vec<Span>,
}

impl Lexed<'_> {
    /// The lines of fences that are never closed.
    pub fn open_fences(&self, source: &Source) -> Vec<usize> {
        let open = self.fences.iter().filter(|fence| fence.closing == Closing::Missing);
        open.map(|fence| source.line(fence.span.start)).collect()
    }
}

pub(super) struct Lexer<'a> {
    text: &'a str,
    region: Span,
    marks: &'a [Mark],
    genre: Genre,
    /// The first mark not before `at`.
    mark: usize,
    at: usize,
    /// Where the line that holds `at` starts, or one before it that something runs on from.
    line: usize,
    /// Whether that line is indented code.
    code: bool,
    paragraph: Paragraph,
    /// The next `-->` at or behind the place it was looked for, so that no text is searched twice.
    arrow: Option<usize>,
    /// How many brackets are open.
    depth: usize,
    /// Those of them that open a section.
    open: Vec<OpenSection>,
    escaped: Vec<Span>,
    found: Lexed<'a>,
}

struct OpenSection {
    depth: usize,
    bracket: usize,
    opening: Opening,
}

/// Inline code ends with its paragraph.
#[derive(Default)]
struct Paragraph {
    /// Known up to here; 0 when not known.
    end: usize,
    /// Bit `n` is set when no run of `n` ticks follows in it.
    without: u64,
}

impl<'a> Lexer<'a> {
    /// A pass over `region`, whose `marks` are known.
    pub fn new(text: &'a str, region: Span, marks: &'a [Mark], genre: Genre) -> Self {
        Self {
            text,
            region,
            marks,
            genre,
            mark: 0,
            at: region.start,
            line: region.start,
            code: text[region.range()].starts_with("    "),
            paragraph: Paragraph::default(),
            arrow: None,
            depth: 0,
            open: Vec::new(),
            escaped: Vec::new(),
            found: Lexed::default(),
        }
    }

    pub fn run(mut self) -> Lexed<'a> {
        let bytes = self.text.as_bytes();
        while self.at < self.region.end {
            match self.mark_here().map(|mark| (mark, &mark.kind)) {
                Some((mark, Kind::Break(_))) => {
                    self.found.breaks.push(mark);
                    self.go(mark.next);
                    continue;
                }
                Some((mark, Kind::Fence(line))) => {
                    self.fence(mark, line);
                    continue;
                }
                Some((_, Kind::Bracket)) | None => {}
            }
            let special = |byte: &u8| matches!(byte, b'`' | b'<' | b'[' | b']' | b'\n');
            let Some(skip) = bytes[self.at..self.region.end].iter().position(special) else { break };
            self.at += skip;
            match bytes[self.at] {
                b'`' => self.ticks(),
                b'<' => self.angle(),
                b'[' => self.bracket(),
                b']' => self.close(),
                _ => self.go(self.at + 1),
            }
        }
        self.finish()
    }

    /// The mark whose line starts here.
    fn mark_here(&mut self) -> Option<&'a Mark> {
        let marks = self.marks;
        while marks.get(self.mark).is_some_and(|mark| mark.line.start < self.at) {
            self.mark += 1;
        }
        marks.get(self.mark).filter(|mark| mark.line.start == self.at)
    }

    /// Goes on at the start of a line.
    fn go(&mut self, to: usize) {
        let blank_before = self.text[self.line..to].trim().is_empty();
        self.code = self.text[to..self.region.end].starts_with("    ") && (self.code || blank_before);
        self.line = to;
        self.at = to;
    }

    fn fence(&mut self, mark: &Mark, line: &FenceLine) {
        let body = mark.next;
        let closed = |at: usize, closing| {
            let end = &self.marks[at];
            let span = Span::new(line.at, end.line.start + self.text[end.line.range()].trim_end().len());
            (Fence { span, info: line.info, body: Span::new(body, end.line.start), closing }, end.next)
        };
        let (fence, next) = match fence::end(self.marks, self.mark, self.region.end, !self.open.is_empty()) {
            End::Closed(at) => closed(at, Closing::Fence),
            End::Shorter(at) => closed(at, Closing::Shorter),
            End::Cut(at) => {
                let body = body.min(at);
                let lines = body + self.text[body..at].trim_end().len();
                let end = self.text[lines..at].find('\n').map_or(at, |line_end| lines + line_end + 1);
                let (span, body) = (Span::new(line.at, end.max(line.info.end)), Span::new(body, end));
                (Fence { span, info: line.info, body, closing: Closing::Missing }, at)
            }
        };
        self.found.fences.push(fence);
        self.code = false;
        self.line = next;
        self.at = next;
    }

    /// Inline code, if these ticks are closed by as many in the same paragraph.
    fn ticks(&mut self) {
        let run = run_of_ticks(&self.text[self.at..self.region.end]);
        let after = self.at + run;
        if after > self.paragraph.end {
            self.paragraph = Paragraph { end: self.paragraph_end(), without: 0 };
        }
        self.at = after;
        if run > LONGEST_CODE_RUN || self.paragraph.without & (1 << run) != 0 {
            return;
        }
        let mut from = after;
        while let Some(skip) = self.text[from..self.paragraph.end.max(from)].find('`') {
            let here = from + skip;
            from = here + run_of_ticks(&self.text[here..self.paragraph.end]);
            if from - here == run {
                self.at = from;
                return;
            }
        }
        self.paragraph.without |= 1 << run;
    }

    /// Where the paragraph that holds `at` ends: before the first line that cannot go on with it.
    fn paragraph_end(&self) -> usize {
        let mut at = self.at;
        while let Some(skip) = self.text[at..self.region.end].find('\n') {
            at += skip + 1;
            let line = self.text[at..self.region.end].lines().next().unwrap_or_default();
            if starts_anew(line) {
                return at;
            }
        }
        self.region.end
    }

    fn angle(&mut self) {
        let start = self.at;
        if !self.text[start..self.region.end].starts_with("<!--") {
            self.at += 1;
            return;
        }
        let inner = start + "<!--".len();
        if self.arrow.is_none_or(|arrow| arrow < inner) {
            let found = self.text[inner..self.region.end].find("-->");
            self.arrow = Some(found.map_or(usize::MAX, |at| inner + at));
        }
        let arrow = self.arrow.filter(|&arrow| arrow < self.region.end);
        let limit = arrow.unwrap_or(self.region.end);
        let parted = match self.genre {
            Genre::Page if arrow.is_some() => None,
            _ => self.break_before(inner, limit),
        };
        let (end, inner_end, closed) = match (parted, arrow) {
            (None, Some(arrow)) => (arrow + "-->".len(), arrow, true),
            (None, None) => (limit, limit, false),
            (Some(at), _) => (at, at, false),
        };
        self.found.comments.push(Comment {
            span: Span::new(start, end),
            inner: Span::new(inner, inner_end),
            closed,
        });
        self.at = end;
    }

    /// The first line between `from` and `limit` that parts slides: remark knows no comments, only fences.
    fn break_before(&self, from: usize, limit: usize) -> Option<usize> {
        let mut index = self.mark + self.marks[self.mark..].partition_point(|mark| mark.line.start < from);
        // The shortest runs, of ticks and of tildes, that are known not to be closed before the limit.
        let mut unclosed = [usize::MAX; 2];
        while let Some(mark) = self.marks.get(index).filter(|mark| mark.line.start < limit) {
            index += 1;
            match &mark.kind {
                Kind::Break(_) => return Some(mark.line.start),
                Kind::Fence(line) if line.run < unclosed[usize::from(line.tilde)] => {
                    match fence::end(self.marks, index - 1, limit, false) {
                        End::Closed(at) | End::Shorter(at) => index = at + 1,
                        End::Cut(_) => unclosed[usize::from(line.tilde)] = line.run,
                    }
                }
                Kind::Fence(_) | Kind::Bracket => {}
            }
        }
        None
    }

    fn bracket(&mut self) {
        let bracket = self.at;
        self.at += 1;
        self.depth += 1;
        if self.code {
            return;
        }
        if let Some(opening) = section::opening(self.text, self.region.start, bracket) {
            self.open.push(OpenSection { depth: self.depth, bracket, opening });
        }
    }

    fn close(&mut self) {
        let end = self.at;
        self.at += 1;
        if self.depth == 0 {
            return;
        }
        if let Some(open) = self.open.pop_if(|open| open.depth == self.depth) {
            self.found(&open, Some(end));
        }
        self.depth -= 1;
    }

    fn found(&mut self, open: &OpenSection, close: Option<usize>) {
        match close {
            _ if !open.opening.escaped => {
                self.found.sections.push(Section::new(self.text, open.opening.start, open.bracket, close));
            }
            Some(end) => self.escaped.push(Span::new(open.opening.start, end + 1)),
            None => {}
        }
    }

    fn finish(mut self) -> Lexed<'a> {
        for open in std::mem::take(&mut self.open) {
            self.found(&open, None);
        }
        let Lexed { sections, shields, .. } = &mut self.found;
        sections.sort_by_key(|section| section.span.start);
        let spans = sections.iter().filter(|section| section.closed).map(|section| section.span);
        *shields = outermost(spans.chain(self.escaped.iter().copied()).collect());
        let escaped = outermost(self.escaped);
        let mut escaped = escaped.iter().peekable();
        sections.retain(|section| {
            while escaped.next_if(|escaped| escaped.end <= section.span.start).is_some() {}
            escaped.peek().is_none_or(|escaped| section.span.start < escaped.start)
        });
        self.found
    }
}

/// Spans that no other holds, in order; two of the given ones lie one in the other, or apart.
fn outermost(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut end = 0;
    spans.retain(|span| {
        let outer = span.start >= end;
        end = end.max(span.end);
        outer
    });
    spans
}

fn run_of_ticks(text: &str) -> usize {
    text.bytes().take_while(|&byte| byte == b'`').count()
}

/// Whether a line cannot belong to the paragraph before it.
fn starts_anew(line: &str) -> bool {
    let text = line.trim();
    let item =
        |marker: char| text.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    text.is_empty()
        || text == "]"
        || ["```", "~~~", "<!--", "#", ">"].iter().any(|start| text.starts_with(start))
        || ["---", "--", "???"].contains(&line)
        || ['-', '*', '+'].into_iter().any(item)
}
