//! A secret that stands in the deck for all to read: of a shape that only real ones have, or given to a program as one.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::{Diagnostic, Severity, codes};
use crate::source::Span;
use crate::values;

use super::Subject;

/// `--password hunter2`.
static OPTION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?:^|\s)--(?P<name>[A-Za-z][\w-]*)(?:=|\s+)["']?(?P<value>[^\s"']+)"#)
        .expect("a constant pattern")
});

/// `MYSQL_ROOT_PASSWORD=hunter2`, `--from-literal=token=hunter2`.
static ASSIGNMENT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?:^|[\s"'=,])(?P<name>[A-Za-z_][\w.-]*)=["']?(?P<value>[^\s"']+)"#)
        .expect("a constant pattern")
});

pub(super) fn check(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let source = subject.source();
    let shaped = values::shaped(source.text()).into_iter();
    let mut found: Vec<Diagnostic> = shaped
        .map(|at| {
            secret(Severity::Warning, Span::new(at.start, at.end), "this has the shape of a real secret")
        })
        .collect();
    for at in subject.commands() {
        for (pattern, option) in [(&OPTION, true), (&ASSIGNMENT, false)] {
            for given in pattern.captures_iter(&at.command.text) {
                let (name, value) = (&given["name"], &given["value"]);
                let span = subject.word(at, value);
                if named(name, option) && is_literal(value) && !found.iter().any(|one| one.span == span) {
                    found.push(secret(Severity::Note, span, "a secret stands here in clear"));
                }
            }
        }
    }
    found
}

fn secret(severity: Severity, span: Span, message: &str) -> Diagnostic {
    Diagnostic::note(codes::SECRET_IN_CLEAR, span, message)
        .with_severity(severity)
        .label("everybody who reads the deck can use it")
        .help("write a blank, `{password}`, and give its value with --set or the environment; if it was real, withdraw it")
}

/// Whether a name is one of a secret; `key` alone is as often the key of a map, and `--secret` takes the name of one.
fn named(name: &str, option: bool) -> bool {
    let lower = name.to_ascii_lowercase();
    let last = lower.rsplit(['-', '_', '.']).next().unwrap_or_default();
    let says = ["pass", "token", "secret"].iter().any(|word| last.contains(word));
    values::is_secret(name) && says && !(option && lower == "secret")
}

/// How people write a value that the reader replaces: `my-token`, `changeme`.
const EXAMPLES: [&str; 8] = ["my", "your", "some", "the-", "example", "change", "dummy", "xxx"];

/// Whether a value is one, rather than a blank, a variable, an example or the name of a file.
fn is_literal(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    value.len() >= 4
        && !EXAMPLES.iter().any(|example| lower.starts_with(example))
        && !value.starts_with(['$', '<', '{', '@', '-', '/', '.', '`', '('])
        && !value.contains(['$', '<', '{', '/'])
        && !value.contains("...")
        && !value.chars().all(|c| matches!(c, 'X' | 'x' | '*' | '.'))
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::codes;
    use crate::lint::testing::{bash, found};

    fn of(text: &str) -> Vec<String> {
        found(codes::SECRET_IN_CLEAR, text)
    }

    #[test]
    fn shapes_are_told_wherever_they_stand() {
        let aws = format!("AKIA{}", "ABCDEFGH01234567");
        let github = format!("ghp_{}", "a1B2".repeat(9));
        assert_eq!(of(&format!("# Keys\n\n`{aws}` and {github}\n")), [aws, github]);
        assert_eq!(of("# Keys\n\n`AKI...` and `eyJhbGciOi...`, ghp_x, BEGIN CERTIFICATE\n"), [""; 0]);
    }

    #[test]
    fn what_is_given_as_a_password_is_told() {
        assert_eq!(of(&bash(&["docker login -u me --password hunter2"])), ["hunter2"]);
        assert_eq!(of(&bash(&["docker run -e DB_PASSWORD=hunter2 db"])), ["hunter2"]);
        assert_eq!(
            of(&bash(&["kubectl create secret generic x --from-literal=password=hunter2"])),
            ["hunter2"]
        );
        for block in [
            "docker login --password-stdin",
            "docker login --password $PASSWORD",
            "curl --key client.key --token-file /x",
            "TOKEN=$(cat x)",
            "kubectl create secret generic x --from-file=y",
            "kubectl create secret tls web --cert=a",
            "docker login --password {password}",
            "export GITHUB_TOKEN=\"my-token\" DB_PASSWORD=changeme",
            "docker service create --secret hackme --secret-rm other nginx",
            "kubeadm join --token=... --x",
        ] {
            assert_eq!(of(&bash(&[block])), [""; 0], "{block}");
        }
    }
}
