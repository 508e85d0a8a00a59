//! Reads a Dockerfile: instructions with their words, continued lines joined, heredocs not known.

/// One instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Instruction {
    /// Upper case.
    pub keyword: String,
    /// What follows, on one line.
    pub text: String,
}

const KEYWORDS: &[&str] = &[
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// The instructions of a file; the error is the daemon's text.
pub(super) fn parse(text: &str) -> Result<Vec<Instruction>, String> {
    let mut instructions = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let mut joined = line.trim().to_owned();
        if joined.is_empty() || joined.starts_with('#') {
            continue;
        }
        while let Some(open) = joined.strip_suffix('\\') {
            joined = open.to_owned();
            // Comments and empty lines inside a continued instruction are skipped.
            let next = lines
                .by_ref()
                .map(|(_, line)| line.trim())
                .find(|line| !line.is_empty() && !line.starts_with('#'));
            let Some(next) = next else { break };
            joined.push_str(next);
        }
        let (keyword, rest) = joined.split_once(char::is_whitespace).unwrap_or((&joined, ""));
        let instruction = Instruction { keyword: keyword.to_uppercase(), text: rest.trim().to_owned() };
        let error = |why: &str| Err(format!("dockerfile parse error line {}: {why}", number + 1));
        if !KEYWORDS.contains(&instruction.keyword.as_str()) {
            return error(&format!("unknown instruction: {}", instruction.keyword));
        }
        let count = instruction.words().len();
        match instruction.keyword.as_str() {
            "FROM"
                if !matches!(
                    instruction.words().iter().filter(|word| !word.starts_with("--")).count(),
                    1 | 3
                ) =>
            {
                return error("FROM requires either one or three arguments");
            }
            keyword @ ("COPY" | "ADD") if count < 2 => {
                let given = if count == 0 { "no arguments were" } else { "only one was" };
                let rest = if count == 0 { "" } else { ". Destination could not be determined" };
                return error(&format!(
                    "{keyword} requires at least two arguments, but {given} provided{rest}"
                ));
            }
            keyword if count == 0 && !matches!(keyword, "CMD" | "ENTRYPOINT") => {
                return error(&format!("{keyword} requires at least one argument"));
            }
            _ => {}
        }
        instructions.push(instruction);
    }
    let first = instructions.iter().find(|instruction| instruction.keyword != "ARG");
    match first {
        None => Err("the Dockerfile (Dockerfile) cannot be empty".into()),
        Some(first) if first.keyword != "FROM" => Err("no build stage in current context".into()),
        Some(_) => Ok(instructions),
    }
}

impl Instruction {
    /// What follows as words: the strings of a JSON list, or what stands between blanks.
    pub(super) fn words(&self) -> Vec<String> {
        self.list().unwrap_or_else(|| self.text.split_whitespace().map(str::to_owned).collect())
    }

    /// The strings of a JSON list, where it is one.
    pub(super) fn list(&self) -> Option<Vec<String>> {
        serde_json::from_str(&self.text).ok()
    }

    /// What is to be run: a list as it is, anything else by the shell.
    pub(super) fn command(&self) -> Vec<String> {
        self.list().unwrap_or_else(|| vec!["/bin/sh".into(), "-c".into(), self.text.clone()])
    }

    /// The `name=value` pairs of `ENV`, `LABEL` and `ARG`, quotes taken off; `ENV name value` is one pair.
    pub(super) fn pairs(&self) -> Vec<(String, String)> {
        let bare = |text: &str| text.trim_matches(['"', '\'']).to_owned();
        match self.text.split_once(char::is_whitespace) {
            Some((name, value)) if !name.contains('=') => vec![(name.to_owned(), bare(value.trim()))],
            _ => split_quoted(&self.text)
                .iter()
                .map(|word| {
                    word.split_once('=')
                        .map_or((word.clone(), String::new()), |(name, value)| (bare(name), bare(value)))
                })
                .collect(),
        }
    }
}

/// Words between blanks, blanks inside quotes kept.
fn split_quoted(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for letter in text.chars() {
        match (letter, quote) {
            ('"' | '\'', None) => quote = Some(letter),
            (_, Some(open)) if open == letter => quote = None,
            (letter, None) if letter.is_whitespace() => {
                words.push(String::new());
                continue;
            }
            _ => {}
        }
        words.last_mut().expect("there is a first word").push(letter);
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_are_joined_and_taken_apart() {
        let text = "# a comment\nFROM busybox AS base\n\nRUN one \\\n  # inside\n  two\nenv A=\"b c\" D=e\nENV X y z\nCMD [\"a\", \"b\"]\nENTRYPOINT run it\n";
        let instructions = parse(text).unwrap();
        assert_eq!(instructions.len(), 6);
        assert_eq!(instructions[1], Instruction { keyword: "RUN".into(), text: "one two".into() });
        assert_eq!(instructions[2].pairs(), [("A".into(), "b c".into()), ("D".into(), "e".into())]);
        assert_eq!(instructions[3].pairs(), [("X".into(), "y z".into())]);
        assert_eq!(instructions[4].command(), ["a", "b"]);
        assert_eq!(instructions[5].command(), ["/bin/sh", "-c", "run it"]);
    }

    #[test]
    fn errors_are_the_daemons() {
        for (text, error) in [
            ("FRUM busybox\n", "dockerfile parse error line 1: unknown instruction: FRUM"),
            ("FROM\n", "dockerfile parse error line 1: FROM requires either one or three arguments"),
            (
                "FROM busybox\nCOPY g\n",
                "dockerfile parse error line 2: COPY requires at least two arguments, but only one was provided. Destination could not be \
                 determined",
            ),
            ("RUN echo hello\n", "no build stage in current context"),
            ("", "the Dockerfile (Dockerfile) cannot be empty"),
        ] {
            assert_eq!(parse(text).unwrap_err(), error);
        }
    }
}
