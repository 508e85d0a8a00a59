//! One shell word, read: its text without quotes, the variables it expands and the scripts inside it. Total and
//! linear: any text is a word, an unclosed quote or parenthesis ends where the text ends.

/// What one word says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Word {
    /// The text without its quotes; expansions stand as written.
    pub text: String,
    /// Variables that it expands, in order.
    pub reads: Vec<String>,
    /// Variables that it sets: `${X:=default}`.
    pub sets: Vec<String>,
    /// What stands inside `$(…)` and backquotes.
    pub scripts: Vec<String>,
    /// What of these stands in backquotes, as written.
    pub backquoted: Vec<String>,
    /// Whether it may be another text another time: it expands something, or names files by a pattern.
    pub varies: bool,
}

/// Reads a word as it stands in a command: quotes are quotes.
pub(super) fn read(raw: &str) -> Word {
    scan(raw, true)
}

/// Reads the body of a here-document: quotes are text.
pub(super) fn read_document(raw: &str) -> Word {
    scan(raw, false)
}

/// The variables of an arithmetic expression: `i++ < limit`.
pub(super) fn read_arithmetic(raw: &str) -> Word {
    let mut word = scan(raw, false);
    let mut rest = raw;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphabetic() || c == '_') {
        let before = rest[..start].chars().next_back();
        let name = name(&rest[start..]);
        rest = &rest[start + name.len()..];
        // `$x` is read already; `0xff` and `16#ff` are numbers.
        if !before.is_some_and(|c| c.is_ascii_digit() || matches!(c, '$' | '{' | '#')) {
            word.reads.push(name.to_owned());
            if assigns(rest) {
                word.sets.push(name.to_owned());
            }
        }
    }
    word
}

/// Whether an arithmetic expression that goes on like this, after a name, sets that name.
fn assigns(rest: &str) -> bool {
    let rest = rest.trim_start();
    let operator: String = rest.chars().take_while(|c| "=+-*/%&|^<>!".contains(*c)).collect();
    match operator.as_str() {
        "++" | "--" => true,
        "==" | "<=" | ">=" | "!=" => false,
        other => other.ends_with('='),
    }
}

/// The name at the start of `text`, empty where there is none.
fn name(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    if text.starts_with(|c: char| c.is_ascii_digit()) { "" } else { &text[..end] }
}

fn scan(raw: &str, quotes: bool) -> Word {
    let mut word = Word::default();
    let mut double = false;
    let mut at = 0;
    while let Some(c) = raw[at..].chars().next() {
        let rest = &raw[at..];
        let length = match c {
            '\\' => escape(rest, double || !quotes, &mut word.text),
            '\'' if quotes && !double => {
                let end = rest[1..].find('\'').map_or(rest.len(), |end| end + 1);
                word.text.push_str(&rest[1..end]);
                (end + 1).min(rest.len())
            }
            '"' if quotes => {
                double = !double;
                1
            }
            '$' if quotes && !double && rest[1..].starts_with('\'') => {
                let length = ansi(rest);
                word.text.push_str(rest[2..length].strip_suffix('\'').unwrap_or(&rest[2..length]));
                length
            }
            '$' => {
                word.varies = true;
                expansion(rest, &mut word)
            }
            '`' => {
                word.varies = true;
                backquote(rest, &mut word)
            }
            other => {
                word.varies |= quotes && !double && matches!(other, '*' | '?' | '[');
                word.text.push(other);
                other.len_utf8()
            }
        };
        at += length;
    }
    word
}

/// A backslash and what follows it. Between double quotes it escapes only what would be special there.
fn escape(rest: &str, double: bool, text: &mut String) -> usize {
    let Some(next) = rest[1..].chars().next() else {
        text.push('\\');
        return 1;
    };
    match next {
        '\n' => {}
        '$' | '`' | '"' | '\\' => text.push(next),
        other if double => text.extend(['\\', other]),
        other => text.push(other),
    }
    1 + next.len_utf8()
}

/// The length of a `$'…'`.
fn ansi(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(2) {
        match c {
            '\'' if !escaped => return at + 1,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    rest.len()
}

fn backquote(rest: &str, word: &mut Word) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '`' if !escaped => {
                word.scripts.push(rest[1..at].replace("\\`", "`"));
                word.backquoted.push(rest[1..at].to_owned());
                word.text.push_str(&rest[..=at]);
                return at + 1;
            }
            _ => escaped = c == '\\' && !escaped,
        }
    }
    word.text.push_str(rest);
    rest.len()
}

/// What a `$` begins. Of `${X-default}` only `${X` is taken, so that the default is read as a part of the word.
fn expansion(rest: &str, word: &mut Word) -> usize {
    let after = &rest[1..];
    let length = if after.starts_with('(') {
        let end = closing(rest, 1);
        let inside = rest[2..end].strip_suffix(')').unwrap_or(&rest[2..end]);
        match inside.strip_prefix('(').and_then(|inside| inside.strip_suffix(')')) {
            Some(sum) => {
                let sum = read_arithmetic(sum);
                word.reads.extend(sum.reads);
                word.sets.extend(sum.sets);
                word.scripts.extend(sum.scripts);
            }
            None => word.scripts.push(inside.to_owned()),
        }
        end
    } else if let Some(braced) = after.strip_prefix('{') {
        let sigils = braced.len() - braced.trim_start_matches(['!', '#']).len();
        let name = name(&braced[sigils..]);
        if !name.is_empty() {
            word.reads.push(name.to_owned());
        }
        let rest = &braced[sigils + name.len()..];
        if rest.starts_with(":=") || rest.starts_with('=') {
            word.sets.push(name.to_owned());
        }
        2 + sigils + name.len()
    } else {
        let name = name(after);
        if !name.is_empty() {
            word.reads.push(name.to_owned());
        }
        1 + name.len()
    };
    word.text.push_str(&rest[..length]);
    length
}

/// One past the parenthesis that closes the one at `open`; quotes and nested expansions are respected.
fn closing(text: &str, open: usize) -> usize {
    let mut stack = Vec::new();
    let mut chars = text[open..].char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let quoted = stack.last() == Some(&'"');
        match c {
            '\\' => drop(chars.next()),
            '\'' if !quoted => {
                for (_, c) in chars.by_ref() {
                    if c == '\'' {
                        break;
                    }
                }
            }
            '"' if quoted => drop(stack.pop()),
            '"' => stack.push('"'),
            '$' if chars.next_if(|&(_, c)| c == '(').is_some() => stack.push(')'),
            '(' if !quoted => stack.push(')'),
            ')' if stack.last() == Some(&')') => {
                stack.pop();
                if stack.is_empty() {
                    return open + at + 1;
                }
            }
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_go_and_expansions_stay() {
        for (raw, text) in [
            ("plain", "plain"),
            ("'a b'\"c d\"e", "a bc de"),
            (r"a\ b\$c", "a b$c"),
            (r#""a\nb\"c""#, r#"a\nb"c"#),
            ("\"$HOME/x\"", "$HOME/x"),
            ("${A-b}c", "${A-b}c"),
            ("$'a\\'b'c", "a\\'bc"),
            ("a\\\nb", "ab"),
            ("'open", "open"),
            ("\"é", "é"),
            ("$", "$"),
            ("\\", "\\"),
        ] {
            assert_eq!(read(raw).text, text, "{raw}");
        }
    }

    #[test]
    fn variables_are_found_wherever_they_are_expanded() {
        for (raw, reads) in [
            ("$A/$B_1-$C", vec!["A", "B_1", "C"]),
            ("${A:-$B}${#C}${!D}", vec!["A", "B", "C", "D"]),
            ("'$A' \\$B \"$C\"", vec!["C"]),
            ("$((i + $j * 0xff))", vec!["j", "i"]),
            ("$1$?$$", vec![]),
        ] {
            assert_eq!(read(raw).reads, reads, "{raw}");
        }
        assert_eq!(read("${A:=1}${B=2}${C:-3}").sets, ["A", "B"]);
        assert_eq!(read_document("it's $A").reads, ["A"]);
    }

    #[test]
    fn scripts_are_found_in_quotes_and_in_each_other() {
        for (raw, scripts) in [
            ("$(a)", vec!["a"]),
            ("\"$(a \")\" $(b))\"$(c)", vec!["a \")\" $(b)", "c"]),
            ("`a \\`b\\``", vec!["a `b`"]),
            ("'$(a)'", vec![]),
            ("${A:-$(b)}", vec!["b"]),
            ("$(a", vec!["a"]),
            ("$((a))", vec![]),
            ("$(( $(a) + 1 ))", vec!["a"]),
        ] {
            assert_eq!(read(raw).scripts, scripts, "{raw}");
        }
    }

    #[test]
    fn arithmetic_sets_what_it_assigns() {
        assert_eq!(read_arithmetic("i++, j += 2, k == 3, l <= m, n = 1").sets, ["i", "j", "n"]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_word(raw in "[a$({)}'\"`\\\\ é=:\n]{0,40}") {
            read(&raw);
            read_document(&raw);
            read_arithmetic(&raw);
        }
    }
}
