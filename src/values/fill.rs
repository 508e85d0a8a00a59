//! Puts values into a block: each reaches its command as the text that it is, whatever quoting stands around it.

use std::fmt::Write as _;
use std::ops::Range;

use super::blanks::{self, bare, candidates};
use super::quoting::{At, Quoting, quoting};
use super::{Value, Values};

/// A text with its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// What is typed.
    pub text: String,
    /// Names of the blanks that no value fills, in order, once each.
    pub missing: Vec<String>,
}

/// Fills the blanks of `text` and replaces the literal words that have a value.
///
/// A word is replaced where it stands for a value, and not where it is a part of a name: `--word`, `dir/word`,
/// `word=…`, `"word": …`, `$word`. Values are not filled in turn. `{stage.NAME}` is left to the stage's values, and these leave all else. In a here-doc only blanks that
/// have a value are blanks, and a value that would end the here-doc counts as missing.
#[must_use]
pub fn fill(text: &str, values: &Values) -> Filled {
    let quoting = quoting(text);
    let (places, mut missing) = places(text, &quoting, values);
    let mut filled = String::with_capacity(text.len());
    let mut from = 0;
    for (range, value) in places {
        filled.push_str(&text[from..range.start]);
        let at = quoting[range.start];
        let ends = at.in_document() && ends_document(text, &filled, &value.text, range.end, at.tabs);
        let written = (!ends).then(|| quoted(&value.text, at));
        if written.is_none() {
            missing.push(bare(&text[range.clone()]).to_owned());
        }
        filled.push_str(written.as_deref().unwrap_or(&text[range.clone()]));
        from = range.end;
    }
    filled.push_str(&text[from..]);
    Filled { text: filled, missing }
}

/// The same for an output that a deck shows: no shell reads it, so that a value is written as `written` says, and a
/// blank without a value may mean itself.
#[must_use]
pub fn fill_shown(text: &str, values: &Values, written: impl Fn(&str) -> String) -> String {
    let plain = At { quoting: Quoting::Plain, backticks: false, tabs: false };
    let (places, _) = places(text, &vec![plain; text.len()], values);
    let mut filled = String::with_capacity(text.len());
    let mut from = 0;
    // Dots in an output leave out what may stand there.
    let meant = places.into_iter().filter(|(range, _)| !text[range.clone()].ends_with("..."));
    for (range, value) in meant {
        filled.push_str(&text[from..range.start]);
        filled.push_str(&written(&value.text));
        from = range.end;
    }
    filled.push_str(&text[from..]);
    filled
}

/// Where values go, in order and apart from each other, and the names of the blanks that no value fills.
fn places<'v>(
    text: &str,
    quoting: &[At],
    values: &'v Values,
) -> (Vec<(Range<usize>, &'v Value)>, Vec<String>) {
    let mut missing: Vec<String> = Vec::new();
    let mut places: Vec<(Range<usize>, &Value)> = Vec::new();
    for blank in candidates(text, quoting).into_iter().filter(|blank| values.owns(&blank.name)) {
        match values.get(&blank.name) {
            Some(value) => places.push((blank.range, value)),
            None if quoting[blank.range.start].in_document() || missing.contains(&blank.name) => {}
            None => missing.push(blank.name),
        }
    }
    for (word, value) in values.words() {
        places.extend(occurrences(text, word).map(|range| (range, value)));
    }
    // Of two that overlap the earlier one wins, then the longer one.
    places.sort_by_key(|(range, _)| (range.start, usize::MAX - range.end));
    let mut from = 0;
    places.retain(|(range, _)| {
        let apart = range.start >= from;
        from = if apart { range.end } else { from };
        apart
    });
    (places, missing)
}

/// Whether a here-doc would not hold `value`: a line that it makes would end it, or lose tabs, where the here-doc takes
/// `tabs` away. Which line ends it is not asked: none that stands in the text may.
fn ends_document(text: &str, filled: &str, value: &str, end: usize, tabs: bool) -> bool {
    let before = filled.rsplit('\n').next().unwrap_or_default();
    let after = text[end..].split('\n').next().unwrap_or_default();
    let bare = |line: &str| line.trim_start_matches('\t').to_owned();
    let loses_tabs =
        |(at, line): (usize, &str)| tabs && line.starts_with('\t') && (at > 0 || bare(before).is_empty());
    // An empty line ends what `<<\'\'` begins.
    let empty = ["<<\'\'", "<<\"\"", "<<-\'\'", "<<-\"\""].iter().any(|start| text.contains(start));
    let ends =
        |line: &str| (empty || !bare(line).is_empty()) && text.lines().any(|other| bare(other) == bare(line));
    value.split('\n').enumerate().any(loses_tabs) || format!("{before}{value}{after}").split('\n').any(ends)
}

/// Where `word` stands for a value, as a person writes it: by itself, in quotes, in an address or a URL.
fn occurrences<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    let letter = |c: char| c.is_alphanumeric() || c == '_';
    // Marks of its own (`%NAME%`) set a word apart on that side.
    let (first, last) = (word.starts_with(letter), word.ends_with(letter));
    text.match_indices(word).map(|(at, _)| at..at + word.len()).filter(move |range| {
        let (before, after) = (&text[..range.start], &text[range.end..]);
        let variable = before.ends_with(['$', '\\']) || before.ends_with("${");
        if blanks::is_crossed(word) {
            return !variable && !before.ends_with(letter) && !after.starts_with(letter);
        }
        !variable && (!first || begins(before)) && (!last || ends(before, word, after))
    })
}

/// Whether a value may begin behind `before`: not behind `-`, `.`, `_` or a letter, nor a `/` other than a URL's.
fn begins(before: &str) -> bool {
    const OPENS: &[char] = &[' ', '\t', '\n', '"', '\'', '`', '(', '[', ';', '&', '|', '=', ':', '@', ','];
    before.is_empty() || before.ends_with("://") || before.ends_with(OPENS)
}

/// Whether a value may end before `after`: not before `-`, `.`, `_`, `=` or a letter, nor as the key of some data.
fn ends(before: &str, word: &str, after: &str) -> bool {
    let mut rest = after.chars();
    match rest.next() {
        None => true,
        // `registryIP:8080`, but not the `password:` of YAML.
        Some(':') => rest.next().is_some_and(|c| !c.is_whitespace()),
        // `registryIP/image` is an address; of a common word, `repository/file` may as well be a path.
        Some('/') => {
            let host = before.ends_with("://") || before.ends_with('@');
            host || !word.chars().all(|c| c.is_ascii_lowercase())
        }
        Some('"' | '\'' | '\\') => {
            let rest = after.trim_start_matches(['\\', '"', '\'']);
            !rest.trim_start_matches([' ', '\t']).starts_with(':')
        }
        Some(c) => c.is_whitespace() || ")]};&|<>@,?`".contains(c),
    }
}

/// `value` written so that bash reads it as that text where this quoting holds.
fn quoted(value: &str, at: At) -> String {
    let inner = match at.quoting {
        Quoting::Plain if harmless(value) => value.to_owned(),
        Quoting::Plain if value.chars().any(char::is_control) => format!("$'{}'", ansi(value)),
        Quoting::Plain => format!("'{}'", value.replace('\'', r"'\''")),
        Quoting::Single => value.replace('\'', r"'\''"),
        Quoting::Ansi => ansi(value),
        Quoting::Double => escaped(value, &['\\', '"', '$', '`']),
        Quoting::Comment => value.replace('\n', " "),
        Quoting::Document => escaped(value, &['\\', '$', '`']),
        Quoting::Literal => value.to_owned(),
    };
    if at.backticks { escaped(&inner, &['\\', '$', '`']) } else { inner }
}

/// Whether bash leaves every character of it alone outside quotes.
fn harmless(value: &str) -> bool {
    let safe = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+,=".contains(c);
    !value.is_empty() && value.chars().all(safe)
}

fn escaped(value: &str, special: &[char]) -> String {
    let mut out = String::with_capacity(value.len());
    for char in value.chars() {
        if special.contains(&char) {
            out.push('\\');
        }
        out.push(char);
    }
    out
}

/// The inside of `$'…'`.
fn ansi(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for char in value.chars() {
        match char {
            '\\' | '\'' => out.extend(['\\', char]),
            '\n' => out.push_str(r"\n"),
            '\t' => out.push_str(r"\t"),
            '\r' => out.push_str(r"\r"),
            _ if char.is_ascii_control() => {
                let _ = write!(out, r"\{:03o}", u32::from(char));
            }
            _ => out.push(char),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Origin;

    fn values(pairs: &[(&str, &str)]) -> Values {
        let mut values = Values::new();
        for (name, text) in pairs {
            values.set(name, *text, Origin::Flag);
        }
        values
    }

    #[test]
    fn blanks_and_words_are_filled() {
        let values = values(&[
            ("registryIP", "10.0.0.1"),
            ("username", "bob"),
            ("X.X.X.X", "1.2.3.4"),
            ("IP", "9.9.9.9"),
        ]);
        for (text, want) in [
            ("docker login registryIP:8080 -u {username}", "docker login 10.0.0.1:8080 -u bob"),
            (
                "myregistryIP registryIPs $registryIP ${registryIP}",
                "myregistryIP registryIPs $registryIP ${registryIP}",
            ),
            ("registryIP=1 curl http://registryIP/", "registryIP=1 curl http://10.0.0.1/"),
            ("ping X.X.X.X", "ping 1.2.3.4"),
            ("ping <IP>; IP=3", "ping 9.9.9.9; IP=3"),
            ("cat <<E\n{username} {other} registryIP\nE", "cat <<E\nbob {other} 10.0.0.1\nE"),
        ] {
            assert_eq!(fill(text, &values), Filled { text: want.into(), missing: vec![] });
        }
    }

    #[test]
    fn a_literal_word_rewrites_no_options_names_or_paths() {
        let values = values(&[
            ("username", "admin"),
            ("password", "Harbor12345"),
            ("repository", "library"),
            ("nope", "zzzz"),
            ("registryIP", "10.0.0.1"),
        ]);
        for same in [
            "docker login --password-stdin",
            "kubectl create secret generic s --from-literal=password=abc",
            "my-repository repository/x repository-2 repository.git repository_x",
            "ls /nope ./nope ~/nope nope/x nope.txt",
            "jq .password $password ${password} {password,x}",
            "curl -d '{\"username\": 1, \"password\":2}' -d \"{\\\"password\\\":3}\"",
            "cat <<E\npassword: x\npassword:\nE",
            "password=x; password+=y",
            "username() { ls; }; username[0]=1; ls username*",
            "passwords mypassword",
        ] {
            assert_eq!(fill(same, &values).text, same);
        }
        for (text, want) in [
            ("docker login --username username -p password", "docker login --username admin -p Harbor12345"),
            ("x --password=password -u 'username'", "x --password=Harbor12345 -u 'admin'"),
            ("echo '[ \"registryIP:8080\" ]'", "echo '[ \"10.0.0.1:8080\" ]'"),
            ("curl http://registryIP/x https://registryIP:80", "curl http://10.0.0.1/x https://10.0.0.1:80"),
            ("docker push registryIP/library/x", "docker push 10.0.0.1/library/x"),
            ("curl http://username:password@registryIP/", "curl http://admin:Harbor12345@10.0.0.1/"),
            ("ssh username@registryIP; ls nope|cat", "ssh admin@10.0.0.1; ls zzzz|cat"),
            (
                "curl -u username:password 'h?a=registryIP&b=nope'",
                "curl -u admin:Harbor12345 'h?a=10.0.0.1&b=zzzz'",
            ),
            ("curl -d '{\"host\":\"registryIP\"}'", "curl -d '{\"host\":\"10.0.0.1\"}'"),
        ] {
            assert_eq!(fill(text, &values).text, want);
        }
    }

    #[test]
    fn what_has_no_value_is_named_once() {
        let filled = fill("a {x} <Y> {x} {stage.registry}", &Values::new());
        assert_eq!(filled.text, "a {x} <Y> {x} {stage.registry}");
        assert_eq!(filled.missing, ["x", "Y"]);
    }

    #[test]
    fn the_stage_fills_its_own_and_nothing_else() {
        let stage = Values::of_stage([("registry", "127.0.0.1:5000")]);
        let filled = fill("a {stage.registry}/{x} stage.registry {stage.other}", &stage);
        assert_eq!(filled.text, "a 127.0.0.1:5000/{x} stage.registry {stage.other}");
        assert_eq!(filled.missing, ["stage.other"]);
    }

    #[test]
    fn a_value_can_name_what_the_stage_offers() {
        let filled = fill("echo {r}", &values(&[("r", "{stage.registry}/x y")]));
        assert_eq!(fill(&filled.text, &Values::of_stage([("registry", "h")])).text, "echo 'h/x y'");
    }

    #[test]
    fn a_name_that_the_deck_blanks_is_no_word() {
        let values = values(&[("username", "bob"), ("host", "h")]).for_deck(["login -u {username}", "ls"]);
        assert_eq!(fill("x --username {username} host", &values).text, "x --username bob h");
    }

    #[test]
    fn an_output_is_filled_without_a_shell_s_quoting() {
        let values = values(&[("ip", "10.0.0.1"), ("user", "it's \"me\""), ("registryIP", "1.2.3.4")]);
        let shown = |text: &str| fill_shown(text, &values, str::to_owned);
        assert_eq!(shown("It's at {ip}:5000, <user>"), "It's at 10.0.0.1:5000, it's \"me\"");
        assert_eq!(shown("# {ip} {other} $registryIP registryIP"), "# 10.0.0.1 {other} $registryIP 1.2.3.4");
        assert_eq!(
            shown("{\"ip\": \"{ip}\", \"registryIP\": 1}"),
            "{\"ip\": \"10.0.0.1\", \"registryIP\": 1}"
        );
        let json = fill_shown("\"<user>\"", &values, |value| value.replace('"', "\\\""));
        assert_eq!(json, "\"it's \\\"me\\\"\"");
    }

    #[test]
    fn values_are_not_filled_in_turn() {
        assert_eq!(fill("a b {a}", &values(&[("a", "b"), ("b", "{a}")])).text, "b '{a}' b");
    }
}
