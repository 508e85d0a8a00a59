//! What was typed at a terminal, and how far its echo reaches among what programs wrote.

use super::tape::Tape;

/// Something typed.
#[derive(Debug)]
pub(super) struct Typed {
    /// Where on the tape its echo may begin; of a line at a prompt, where that prompt does.
    from: u64,
    text: String,
    /// Of a line at a prompt, how its echo ends.
    line: Option<Line>,
}

/// How the echo of a line at a prompt ends.
#[derive(Debug)]
enum Line {
    /// Where the line editor of the program says that it has taken the line, as it said so many times before.
    Edited { before: usize },
    /// With the line; this is the prompt before it.
    Plain { prompt: String },
}

impl Typed {
    /// A text, wherever it is echoed.
    pub(super) fn text(text: &str, tape: &Tape) -> Self {
        Self { from: tape.end(), text: text.trim_end_matches(['\r', '\n']).to_owned(), line: None }
    }

    /// A line at a prompt, which began on the tape behind `mark`; `edited` by a line editor that says when it is done.
    pub(super) fn line(text: &str, edited: bool, mark: u64, tape: &Tape) -> Self {
        let from = tape.line_start().max(mark);
        let prompt = String::from_utf8_lossy(tape.since(from)).into_owned();
        let line = if edited { Line::Edited { before: tape.taken().len() } } else { Line::Plain { prompt } };
        Self { from, text: text.to_owned(), line: Some(line) }
    }

    pub(super) fn contains(&self, wanted: &str) -> bool {
        self.text.contains(wanted)
    }

    /// Whether what stands there on the tape is the echo of this.
    pub(super) fn is_echo(&self, at: u64, tape: &Tape) -> bool {
        if self.line.is_some() {
            return (self.from..self.line_end(tape).unwrap_or(u64::MAX)).contains(&at);
        }
        let echo = tape.find(self.text.as_bytes(), self.from);
        echo.is_some_and(|echo| (echo..echo + self.text.len() as u64).contains(&at))
    }

    /// Of a line at a prompt, where on the tape it begins and, if it has, where its echo ends.
    pub(super) fn line_range(&self, tape: &Tape) -> Option<(u64, Option<u64>)> {
        self.line.as_ref().map(|_| (self.from, self.line_end(tape)))
    }

    fn line_end(&self, tape: &Tape) -> Option<u64> {
        match self.line.as_ref()? {
            Line::Edited { before } => tape.taken().get(*before).copied(),
            Line::Plain { prompt } => {
                let echoed = tape.since(self.from);
                let length = line_length(echoed, &format!("{prompt}{}", self.text))?;
                Some(tape.end() - (echoed.len() - length) as u64)
            }
        }
    }
}

/// How many bytes a line takes with its end. An editor may break a long one, and add blanks there.
fn line_length(written: &[u8], line: &str) -> Option<usize> {
    let is_ink = |byte: &u8| !byte.is_ascii_whitespace();
    let wanted: Vec<u8> = line.bytes().filter(is_ink).collect();
    let ends = written.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    let mut first = None;
    let mut seen = 0;
    let mut from = 0;
    for end in ends {
        first = first.or(Some(end));
        let ink: Vec<u8> = written[from..end].iter().copied().filter(is_ink).collect();
        if !wanted[seen..].starts_with(&ink) {
            break;
        }
        (seen, from) = (seen + ink.len(), end);
        if seen == wanted.len() {
            return Some(end);
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_where_all_of_it_was_echoed() {
        for (written, line, length) in [
            ("> ls\nout\n", "> ls", Some(5)),
            ("> l", "> ls", None),
            // Broken by an editor.
            ("> one two \nthree\nout\n", "> one twothree", Some(17)),
            // Echoed otherwise than typed.
            ("> l^As\nout\n", "> l\u{1}s", Some(7)),
            ("\nout\n", "", Some(1)),
        ] {
            assert_eq!(line_length(written.as_bytes(), line), length, "{written:?}");
        }
    }
}
