//! Flags as the Go tools read them: `--name value`, `--name=value`, `-n value`, `-nvalue`, `-it`, anywhere among the
//! words. Which flags there are is each command's own table.

/// What was written, taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parsed {
    /// The words that are no flags.
    pub words: Vec<String>,
    /// What stood after `--`.
    pub rest: Vec<String>,
    flags: Vec<(&'static str, String)>,
}

impl Parsed {
    /// Whether a flag without a value is on.
    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value != "false")
    }

    /// The value of a flag; the last one written counts.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.flags.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a flag that may be written more than once.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.flags.iter().filter(move |(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

/// Where words that are no flags end the flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    /// Flags may come after them.
    Anywhere,
    /// The first one, and all after it, are words: `docker run IMAGE -x`.
    First,
}

/// Takes arguments apart. A table names flags as `name`, or `n|name` with a short form; a `=` at the end says that the
/// flag takes a value. The error is the text of the Go tools, without their prefix.
pub(super) fn parse(
    arguments: &[String],
    tables: &[&'static [&'static str]],
    words: Words,
) -> Result<Parsed, String> {
    let known = || tables.iter().copied().flatten().map(|flag| Known::of(flag));
    let mut parsed = Parsed::default();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        if argument == "--" {
            parsed.rest = arguments.cloned().collect();
            break;
        } else if let Some(long) = argument.strip_prefix("--") {
            let (name, value) = match long.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (long, None),
            };
            let flag =
                known().find(|flag| flag.long == name).ok_or_else(|| format!("unknown flag: --{name}"))?;
            let value = match value {
                Some(value) => value,
                None if !flag.takes => "true".into(),
                None => {
                    arguments.next().cloned().ok_or_else(|| format!("flag needs an argument: --{name}"))?
                }
            };
            parsed.flags.push((flag.long, value));
        } else if argument.len() > 1 && argument.starts_with('-') {
            let letters = &argument[1..];
            for (place, letter) in letters.char_indices() {
                let flag = known()
                    .find(|flag| flag.short == Some(letter))
                    .ok_or_else(|| format!("unknown shorthand flag: '{letter}' in {argument}"))?;
                if !flag.takes {
                    parsed.flags.push((flag.long, "true".into()));
                    continue;
                }
                let glued = letters[place + letter.len_utf8()..].trim_start_matches('=');
                let value = match glued {
                    "" => arguments.next().cloned(),
                    glued => Some(glued.to_owned()),
                };
                let value =
                    value.ok_or_else(|| format!("flag needs an argument: '{letter}' in {argument}"))?;
                parsed.flags.push((flag.long, value));
                break;
            }
        } else {
            parsed.words.push(argument.clone());
            if words == Words::First {
                parsed.words.extend(arguments.cloned());
                break;
            }
        }
    }
    Ok(parsed)
}

struct Known {
    short: Option<char>,
    long: &'static str,
    takes: bool,
}

impl Known {
    fn of(flag: &'static str) -> Self {
        let (names, takes) = match flag.strip_suffix('=') {
            Some(names) => (names, true),
            None => (flag, false),
        };
        let (short, long) = match names.split_once('|') {
            Some((short, long)) => (short.chars().next(), long),
            None => (None, names),
        };
        Self { short, long, takes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[&str] = &["n|namespace=", "A|all", "i|interactive", "t|tty", "image="];

    fn parse_words(line: &str, words: Words) -> Result<Parsed, String> {
        let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parse(&arguments, &[TABLE], words)
    }

    #[test]
    fn flags_are_read_in_all_their_forms() {
        let parsed =
            parse_words("get -n a pods --image=x -A --namespace b -it -nc -- -z", Words::Anywhere).unwrap();
        assert_eq!(parsed.words, ["get", "pods"]);
        assert_eq!(parsed.rest, ["-z"]);
        assert_eq!(parsed.all("namespace").collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(parsed.get("namespace"), Some("c"));
        assert!(parsed.has("all") && parsed.has("interactive") && parsed.has("tty"));
        assert!(!parse_words("--all=false", Words::Anywhere).unwrap().has("all"));
    }

    #[test]
    fn the_first_word_can_end_the_flags() {
        assert_eq!(parse_words("-it busybox -n x", Words::First).unwrap().words, ["busybox", "-n", "x"]);
    }

    #[test]
    fn what_is_wrong_is_said_in_the_tools_words() {
        for (line, error) in [
            ("--bar", "unknown flag: --bar"),
            ("-ix", "unknown shorthand flag: 'x' in -ix"),
            ("--image", "flag needs an argument: --image"),
            ("-n", "flag needs an argument: 'n' in -n"),
        ] {
            assert_eq!(parse_words(line, Words::Anywhere).unwrap_err(), error);
        }
    }
}
