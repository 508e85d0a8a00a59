//! Which quoting holds at each byte of a bash text, so that what is put there can be quoted to match. A scanner, not
//! a parser: it never fails, and text that is no bash only yields a guess.

/// How bash reads a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quoting {
    /// Outside quotes.
    Plain,
    /// Between `'`.
    Single,
    /// Between `$'` and `'`.
    Ansi,
    /// Between `"`.
    Double,
    /// After `#`.
    Comment,
    /// In the body of a here-doc whose delimiter is bare: `$`, a backtick and `\` act.
    Document,
    /// In the body of a here-doc whose delimiter is quoted: nothing acts.
    Literal,
}

/// One byte's quoting, and whether backticks are around it: these take one more layer of backslashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct At {
    pub quoting: Quoting,
    pub backticks: bool,
    /// Whether bash takes the tabs away that a line begins with: in the body of a `<<-`.
    pub tabs: bool,
}

impl At {
    /// Whether it is a here-doc's body.
    pub(super) fn in_document(self) -> bool {
        matches!(self.quoting, Quoting::Document | Quoting::Literal)
    }
}

/// What a scanner is inside of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Frame {
    Single,
    Ansi,
    Double,
    Backtick,
    /// `$( … )` or `( … )`.
    Paren,
    /// `$(( … ))` or `(( … ))`: `<<` shifts there, and `#` is a base.
    Sum,
    /// `${ … }`.
    Brace,
}

struct Document {
    delimiter: String,
    quoted: bool,
    /// `<<-`: leading tabs do not count.
    tabs: bool,
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    frames: Vec<Frame>,
    pending: Vec<Document>,
    out: Vec<At>,
}

/// The quoting of each byte of `text`. A quote belongs to what it opens or closes.
pub(super) fn quoting(text: &str) -> Vec<At> {
    let mut scanner = Scanner {
        text: text.as_bytes(),
        at: 0,
        frames: Vec::new(),
        pending: Vec::new(),
        out: Vec::with_capacity(text.len()),
    };
    while scanner.at < scanner.text.len() {
        scanner.step();
    }
    scanner.out
}

impl Scanner<'_> {
    /// Takes `bytes` bytes as `quoting`.
    fn take(&mut self, bytes: usize, quoting: Quoting) {
        let end = (self.at + bytes).min(self.text.len());
        let at = At { quoting, backticks: self.frames.contains(&Frame::Backtick), tabs: false };
        self.out.resize(end, at);
        self.at = end;
    }

    /// Takes `bytes` bytes that open `frame`.
    fn open(&mut self, bytes: usize, frame: Frame, quoting: Quoting) {
        self.take(bytes, quoting);
        self.frames.push(frame);
    }

    /// Takes `bytes` bytes that close the innermost frame.
    fn close(&mut self, bytes: usize, quoting: Quoting) {
        self.take(bytes, quoting);
        self.frames.pop();
    }

    fn starts(&self, with: &str) -> bool {
        self.text[self.at..].starts_with(with.as_bytes())
    }

    /// Plain or double, as the innermost quotes say; braces are seen through.
    fn around(&self) -> Quoting {
        match self.frames.iter().rev().find(|&&frame| frame != Frame::Brace) {
            Some(Frame::Double) => Quoting::Double,
            _ => Quoting::Plain,
        }
    }

    fn step(&mut self) {
        let (frame, byte) = (self.frames.last().copied(), self.text[self.at]);
        match frame {
            Some(Frame::Single) if byte == b'\'' => self.close(1, Quoting::Single),
            Some(Frame::Single) => self.take(1, Quoting::Single),
            Some(Frame::Ansi) if byte == b'\'' => self.close(1, Quoting::Ansi),
            Some(Frame::Ansi) => self.take(1 + usize::from(byte == b'\\'), Quoting::Ansi),
            _ => self.step_active(frame, byte),
        }
    }

    /// One step where `$`, backticks and backslashes act.
    fn step_active(&mut self, frame: Option<Frame>, byte: u8) {
        let around = self.around();
        match byte {
            b'\\' => self.take(2, around),
            b'"' if frame == Some(Frame::Double) => self.close(1, Quoting::Double),
            b'"' => self.open(1, Frame::Double, Quoting::Double),
            b'`' if self.frames.contains(&Frame::Backtick) => {
                while self.frames.last() != Some(&Frame::Backtick) {
                    self.frames.pop();
                }
                self.close(1, around);
            }
            b'`' => self.open(1, Frame::Backtick, around),
            b'$' if self.starts("$((") => self.open(3, Frame::Sum, around),
            b'$' if self.starts("$(") => self.open(2, Frame::Paren, around),
            b'$' if self.starts("${") => self.open(2, Frame::Brace, around),
            b'}' if frame == Some(Frame::Brace) => self.close(1, around),
            _ if around == Quoting::Double => self.take(1, Quoting::Double),
            b'$' if self.starts("$'") => self.open(2, Frame::Ansi, Quoting::Ansi),
            b'\'' => self.open(1, Frame::Single, Quoting::Single),
            b'(' if frame == Some(Frame::Sum) => self.open(1, Frame::Paren, around),
            b'(' if self.starts("((") => self.open(2, Frame::Sum, around),
            b'(' => self.open(1, Frame::Paren, around),
            b')' if frame == Some(Frame::Sum) => self.close(1 + usize::from(self.starts("))")), around),
            b')' if frame == Some(Frame::Paren) => self.close(1, around),
            b'<' if self.starts("<<<") => self.take(3, around),
            b'<' if self.starts("<<") && !self.frames.contains(&Frame::Sum) => self.delimiter(),
            b'#' if frame != Some(Frame::Brace) && frame != Some(Frame::Sum) && self.word_starts() => {
                let line = self.text[self.at..].iter().position(|&b| b == b'\n');
                self.take(line.unwrap_or(usize::MAX - self.at), Quoting::Comment);
            }
            b'\n' => {
                self.take(1, around);
                self.documents();
            }
            _ => self.take(1, around),
        }
    }

    fn word_starts(&self) -> bool {
        self.at == 0
            || matches!(self.text[self.at - 1], b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'(' | b')')
    }

    /// `<<WORD`: the body follows the line.
    fn delimiter(&mut self) {
        self.take(2, Quoting::Plain);
        let tabs = self.starts("-");
        self.take(usize::from(tabs), Quoting::Plain);
        let blank = self.text[self.at..].iter().take_while(|&&b| b == b' ' || b == b'\t').count();
        self.take(blank, Quoting::Plain);
        let (start, mut quote, mut word) = (self.at, None, Vec::new());
        let mut end = start;
        while let Some(&byte) = self.text.get(end) {
            match byte {
                b'\n' => break,
                _ if quote == Some(byte) => quote = None,
                b'\'' | b'"' if quote.is_none() => quote = Some(byte),
                b'\\' if quote.is_none() => {}
                b' ' | b'\t' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')' if quote.is_none() => break,
                _ => word.push(byte),
            }
            end += 1;
        }
        let quoted = word.len() != end - start;
        self.take(end - start, Quoting::Plain);
        if end > start {
            let delimiter = String::from_utf8_lossy(&word).into_owned();
            self.pending.push(Document { delimiter, quoted, tabs });
        }
    }

    /// The bodies of the here-docs that the line before named.
    fn documents(&mut self) {
        for document in std::mem::take(&mut self.pending) {
            let quoting = if document.quoted { Quoting::Literal } else { Quoting::Document };
            while self.at < self.text.len() {
                let rest = &self.text[self.at..];
                let end = rest.iter().position(|&b| b == b'\n').map_or(rest.len(), |at| at + 1);
                let mut line = rest[..end].strip_suffix(b"\n").unwrap_or(&rest[..end]);
                while let (true, [b'\t', tail @ ..]) = (document.tabs, line) {
                    line = tail;
                }
                if line == document.delimiter.as_bytes() {
                    self.take(end, Quoting::Plain);
                    break;
                }
                let start = self.at;
                self.take(end, quoting);
                for at in &mut self.out[start..] {
                    at.tabs = document.tabs;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A letter a byte: what the scanner thinks of it.
    fn drawn(text: &str) -> String {
        let letter = |at: &At| match (at.quoting, at.backticks) {
            (Quoting::Plain, false) => '.',
            (Quoting::Plain, true) => '`',
            (Quoting::Single, _) => 's',
            (Quoting::Ansi, _) => 'a',
            (Quoting::Double, _) => 'd',
            (Quoting::Comment, _) => 'c',
            (Quoting::Document, _) => 'h',
            (Quoting::Literal, _) => 'l',
        };
        quoting(text).iter().map(letter).collect()
    }

    #[test]
    fn quotes_nest_as_in_bash() {
        for (text, want) in [
            ("a 'b c' d", "..sssss.."),
            (r#"a "b 'c' d" e"#, "..ddddddddd.."),
            (r"a $'b\'c' d", "..aaaaaaa.."),
            (r#"x "a $(b 'c') d""#, "..ddddd..sss.ddd"),
            (r#""${x:-'y'}" z"#, "ddddddddddd.."),
            (r"a \' b", "......"),
            ("a # 'b\nc", "..cccc.."),
            ("a#b 'c'", "....sss"),
            ("a `b` c", "...``.."),
            ("echo $((1<<2))\nEOF", ".................."),
        ] {
            assert_eq!(drawn(text), want, "{text}");
        }
    }

    #[test]
    fn here_docs_end_at_their_delimiter() {
        assert_eq!(drawn("cat <<E\na '\nE\nb"), "........hhhh...");
        assert_eq!(drawn("cat <<'E'\na\nE\nb"), "..........ll...");
        assert_eq!(drawn("cat <<-E\n\ta\n\tE\nb"), ".........hhh....");
        assert_eq!(drawn("cat <<A <<B\na\nA\nb\nB\nc"), "............hh..hh...");
        assert_eq!(drawn("cat <<E\nunclosed"), "........hhhhhhhh");
        assert_eq!(drawn("cat <<< 'x' y"), "........sss..");
    }
}
