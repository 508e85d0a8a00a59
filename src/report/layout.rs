//! Text in columns: how wide it is, cut to fit, with nothing in it that a terminal would act on.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;
use unicode_width::UnicodeWidthStr;

/// Columns that a text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text on one line and in at most `columns`: line ends become `⏎`, and what is too much is cut out of the middle,
/// since both the command and its last argument tell what it is.
#[must_use]
pub fn fit(text: &str, columns: usize) -> String {
    let line = one_line(text.trim_end());
    let line = clean(&line);
    if width(&line) <= columns {
        return line.into_owned();
    }
    if columns == 0 {
        return String::new();
    }
    let room = columns - 1;
    let head = take(line.chars(), room.div_ceil(2));
    let tail = take(line.chars().rev(), room - width(&head));
    head + "…" + &tail.chars().rev().collect::<String>()
}

/// A sentence on one line and in at most `columns`: what is too much is cut off its end.
#[must_use]
pub fn fit_end(text: &str, columns: usize) -> String {
    let line = one_line(text.trim_end());
    let line = clean(&line);
    if width(&line) <= columns {
        line.into_owned()
    } else if columns == 0 {
        String::new()
    } else {
        take(line.chars(), columns - 1) + "…"
    }
}

/// `left` and `right` at the two ends of a line of `columns`; `left` gives way.
#[must_use]
pub fn row(left: &str, right: &str, columns: usize) -> String {
    if right.is_empty() {
        return fit(left, columns);
    }
    let room = columns.saturating_sub(width(right) + 2);
    let left = fit(left, room);
    let gap = columns.saturating_sub(width(&left) + width(right)).max(2);
    format!("{left}{}{right}", " ".repeat(gap))
}

/// The text in lines of at most `columns`, broken at blanks where there are any.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    for line in text.split('\n') {
        let mut rest = line.trim_end();
        while width(rest) > columns {
            let most = take(rest.chars(), columns).len().max(rest.chars().next().map_or(1, char::len_utf8));
            // A word that goes on beyond the edge is kept whole, unless it began at the start.
            let fits = rest[most..].starts_with(' ');
            let at = if fits { most } else { rest[..most].rfind(' ').map_or(most, |blank| blank + 1) };
            let at = if rest[..at].trim().is_empty() { most } else { at };
            lines.push(rest[..at].trim_end().to_owned());
            rest = rest[at..].trim_start();
        }
        lines.push(rest.to_owned());
    }
    lines
}

/// A path with `~` for the home directory.
#[must_use]
pub fn tilde(path: &str, home: Option<&str>) -> String {
    let home = home.map(|home| home.trim_end_matches('/')).filter(|home| !home.is_empty());
    match home.and_then(|home| path.strip_prefix(home)) {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("~{rest}"),
        _ => path.to_owned(),
    }
}

/// Colours and the like (SGR): without them the text says the same.
static COLOURS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\x1b\[[0-9;:]*m").expect("a constant pattern"));

/// The text without its colours, and with other control characters shown instead of done: no output moves the cursor,
/// recolours a report, or turns the direction in which it is read.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    let turns =
        |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
    if !text.chars().any(|c| (c.is_control() && c != '\n') || turns(c)) {
        return text.into();
    }
    COLOURS
        .replace_all(text, "")
        .chars()
        .map(|c| match c {
            '\n' => '\n',
            '\t' => ' ',
            // The Unicode pictures of the control characters.
            '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('·'),
            '\x7f' => '\u{2421}',
            c if c.is_control() || turns(c) => '·',
            c => c,
        })
        .collect::<String>()
        .into()
}

/// The text without what labrun itself puts there that an ASCII terminal has not; as wide as before.
#[must_use]
pub fn ascii(text: &str) -> String {
    let other = |c: char| match c {
        '…' => '~',
        '⏎' => '\\',
        '│' => '|',
        '·' => '-',
        '\u{2400}'..='\u{2426}' => '^',
        c => c,
    };
    text.chars().map(other).collect()
}

/// `41 ms`, `1.3 s`, `2 min 5 s`.
#[must_use]
pub fn time(ms: u64) -> String {
    match ms {
        0..1000 => format!("{ms} ms"),
        1000..120_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        _ => format!("{} min {} s", ms / 60_000, ms / 1000 % 60),
    }
}

/// `1 command`, `2 commands`.
#[must_use]
pub fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

fn one_line(text: &str) -> Cow<'_, str> {
    if text.contains('\n') { text.replace('\n', " ⏎ ").into() } else { text.into() }
}

/// As many characters as fit into the columns.
fn take(chars: impl Iterator<Item = char>, columns: usize) -> String {
    let mut taken = String::new();
    for c in chars {
        taken.push(c);
        if width(&taken) > columns {
            taken.pop();
            break;
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_command_is_cut_in_the_middle() {
        assert_eq!(fit("kubectl get svc/registry -o json", 15), "kubectl…-o json");
        assert_eq!(fit("short", 15), "short");
        assert_eq!(fit("a\nb", 15), "a ⏎ b");
        assert_eq!(width(&fit("名前名前名前名前", 9)), 9);
    }

    #[test]
    fn no_cut_is_wider_than_asked() {
        for columns in 0..20 {
            assert!(width(&fit("wide 名前 and é e\u{301} text", columns)) <= columns);
            assert!(width(&fit_end("wide 名前 and é e\u{301} text", columns)) <= columns);
        }
    }

    #[test]
    fn a_row_has_its_right_end_at_the_edge() {
        assert_eq!(row("left", "right", 12), "left   right");
        assert_eq!(width(&row("a very long left side", "right", 12)), 12);
    }

    #[test]
    fn long_texts_break_at_blanks() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("  a/long/path/without/blanks x", 10), ["  a/long/p", "ath/withou", "t/blanks x"]);
        assert_eq!(wrap("", 10), [""]);
        assert_eq!(wrap("a\nb", 10), ["a", "b"]);
        assert_eq!(wrap("名前名前", 1).concat(), "名前名前");
    }

    #[test]
    fn homes_are_written_short() {
        assert_eq!(tilde("/home/ana/x", Some("/home/ana/")), "~/x");
        assert_eq!(tilde("/home/ana", Some("/home/ana")), "~");
        assert_eq!(tilde("/home/anabel", Some("/home/ana")), "/home/anabel");
        assert_eq!(tilde("/etc", Some("/")), "/etc");
    }

    #[test]
    fn an_output_cannot_drive_the_terminal() {
        assert_eq!(clean("a\x1b[2Jb\rc\nd"), "a␛[2Jb␍c\nd");
        assert_eq!(clean("a\u{202e}b\u{9b}"), "a·b·");
    }

    #[test]
    fn colours_of_an_output_are_not_spelled_out() {
        assert_eq!(clean("\x1b[1;31mred\x1b[0m \x1b[38:5:2mgreen\x1b[m"), "red green");
    }

    #[test]
    fn times_are_read_at_a_glance() {
        let read = [0, 999, 1000, 30_249, 120_000, 3_725_000].map(time);
        assert_eq!(read, ["0 ms", "999 ms", "1.0 s", "30.2 s", "2 min 0 s", "62 min 5 s"]);
    }
}
