//! A block in a lab whose text is not of the language that its fence says: YAML or an output labelled bash, commands
//! labelled as something else.

use std::sync::LazyLock;

use regex::Regex;

use crate::bash;
use crate::deck::Block;
use crate::diagnostic::{Diagnostic, codes};

use super::Subject;

/// Names that other tools give to shells. labrun runs `bash`, and nothing else.
const SHELLS: [&str; 7] = ["sh", "shell", "console", "terminal", "zsh", "shell-session", "sh-session"];

/// Languages of data, where commands are surely a slip.
const DATA: [&str; 6] = ["yaml", "yml", "json", "toml", "ini", "hcl"];

/// What a text looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Commands.
    Shell,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
    /// What a command prints.
    Output,
    /// It cannot be told.
    Unclear,
}

pub(super) fn check(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let in_labs = subject.blocks().filter(|(_, block)| block.lab.is_some() && !subject.is_promise(block));
    in_labs.filter_map(|(_, block)| of(subject, block)).collect()
}

fn of(subject: &Subject<'_>, block: &Block) -> Option<Diagnostic> {
    let wrong = |message: String| Diagnostic::warning(codes::LANGUAGE_WRONG, subject.fence(block), message);
    let language = block.language.as_str();
    let body = subject.source().slice(block.body);
    if SHELLS.contains(&language) && !subject.is_step(block) {
        return Some(
            wrong(format!("a block of `{language}` is not run"))
                .label("only blocks of `bash` are")
                .help("write `bash`, and `skip REASON` in a comment before it if it is not to be run"),
        );
    }
    if DATA.contains(&language) && kind(body) == Kind::Shell {
        return Some(
            wrong(format!("this is said to be {language}, and looks like commands"))
                .label("not run")
                .help("write `bash` if learners type it"),
        );
    }
    if language != "bash" {
        return None;
    }
    // Of a transcript only what follows the prompts is typed.
    let step = subject.plan.steps.iter().find(|step| step.span == block.span)?;
    let is = match kind(&step.text) {
        Kind::Json => "JSON",
        Kind::Yaml => "YAML",
        Kind::Output => "the output of a command",
        Kind::Shell | Kind::Unclear => return None,
    };
    Some(
        wrong(format!("this is said to be bash, and looks like {is}"))
            .label("would be typed as commands")
            .help("give it its own language, or `text`"),
    )
}

static KEY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^\s*(?:-\s+)*["']?[\w./-]+["']?:(?:\s|$)|^\s*-\s+\S|^---\s*$"#).expect("a constant pattern")
});

/// `NAME   READY   STATUS`, `Error from server (…)`, `bash: x: command not found`.
static OUTPUT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:[A-Z][A-Z()%/-]+(?:\s{2,}[A-Z][A-Z() %/-]+)+\s*$|Error from server|(?:error|Error|bash|fatal|panic|curl): )")
        .expect("a constant pattern")
});

/// What a text looks like, told by its first line that is no comment.
pub(super) fn kind(text: &str) -> Kind {
    let lines = || text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty());
    let Some(first) = lines().map(str::trim_start).find(|line| !line.starts_with("# ")) else {
        return Kind::Unclear;
    };
    if first.starts_with(['{', '[']) && serde_json::from_str::<serde_json::Value>(text).is_ok() {
        return Kind::Json;
    }
    if OUTPUT.is_match(first) {
        return Kind::Output;
    }
    if KEY.is_match(first) {
        return Kind::Yaml;
    }
    let first = first.strip_prefix("$ ").unwrap_or(first);
    let word = first.split_whitespace().next().unwrap_or_default();
    let rest = first[word.len()..].trim_start();
    // Prose may begin with the name of a program, and goes on in words.
    let symbols = ['-', '/', '.', '$', '=', '|', '"', '\''];
    let goes_on = rest.contains(symbols) || rest.split_whitespace().count() <= 2;
    if bash::knows(word) && word != "[" && goes_on { Kind::Shell } else { Kind::Unclear }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{found, lab};

    #[test]
    fn a_text_is_told_by_how_it_begins() {
        for (text, wanted) in [
            ("apiVersion: v1\nkind: Pod\n", Kind::Yaml),
            ("- --cluster-signing-duration=1h\n", Kind::Yaml),
            ("# a comment\nkey: value\n", Kind::Yaml),
            ("{\"a\": [1]}\n", Kind::Json),
            ("[1, 2]\n", Kind::Json),
            ("NAME   READY   STATUS\nx  1/1  Running\n", Kind::Output),
            ("Error from server (NotFound): pods\n", Kind::Output),
            ("bash: x: command not found\n", Kind::Output),
            ("kubectl get pods -o wide\n", Kind::Shell),
            ("cd\n", Kind::Shell),
            ("kubectl get pods\n", Kind::Shell),
            ("$ docker ps\n", Kind::Shell),
            ("FROM ubuntu\nRUN x\n", Kind::Unclear),
            ("find the right word here\n", Kind::Unclear),
            ("[ -f x ] && y\n", Kind::Unclear),
            ("{ echo a; }\n", Kind::Unclear),
            ("", Kind::Unclear),
        ] {
            assert_eq!(kind(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_fence_that_lies_is_told() {
        let of = |language: &str, text: &str| {
            found(codes::LANGUAGE_WRONG, &lab(&format!("```{language}\n{text}\n```"))).len()
        };
        for (language, text, count) in [
            ("bash", "apiVersion: v1\nkind: Pod", 1),
            ("bash", "NAME   READY\nx   1/1", 1),
            ("yaml", "kubectl apply -f x.yaml", 1),
            ("shell", "ls", 1),
            ("bash", "ls", 0),
            ("yaml", "apiVersion: v1", 0),
            ("text", "kubectl apply -f x.yaml", 0),
            ("python", "import os", 0),
        ] {
            assert_eq!(of(language, text), count, "{language} {text}");
        }
    }
}
