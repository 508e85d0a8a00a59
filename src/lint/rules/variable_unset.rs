//! A variable that is read where nothing before has set it.

use std::collections::{BTreeMap, BTreeSet};

use crate::bash;
use crate::deck::Item;
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::Check;

use super::Subject;

/// What every shell, or every login, sets.
const GIVEN: &str = " HOME USER LOGNAME PATH PWD OLDPWD SHELL HOSTNAME HOSTTYPE OSTYPE MACHTYPE LANG TERM COLUMNS LINES \
    UID EUID GROUPS PPID RANDOM SRANDOM SECONDS EPOCHSECONDS EPOCHREALTIME LINENO IFS PS1 PS2 PS4 REPLY OPTARG OPTIND \
    PIPESTATUS FUNCNAME SHLVL EDITOR VISUAL PAGER DISPLAY TMPDIR MAIL KUBECONFIG DOCKER_HOST ";

/// Commands after which nobody can tell what is set.
const OPAQUE: [&str; 3] = ["eval", "source", "."];

pub(super) fn check(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut set: BTreeSet<&str> = BTreeSet::new();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    let mut found = Vec::new();
    for at in subject.own_commands() {
        let command = at.command;
        // A command may set what it reads: `for i in …`, `X=1; echo $X`.
        set.extend(command.sets.iter().map(String::as_str));
        let defaulted = bash::defaulted(&command.text);
        for name in command.reads.iter().filter(|name| !defaulted.contains(name)) {
            if is_given(name) || set.contains(name.as_str()) || !told.insert(name) {
                continue;
            }
            let mut diagnostic = Diagnostic::warning(
                codes::VARIABLE_UNSET,
                subject.word(at, &spelling(&command.text, name)),
                format!("nothing before this sets `${name}`"),
            )
            .label("empty here");
            diagnostic = match elsewhere(subject, name) {
                Some(line) => {
                    diagnostic.help(format!("line {line} sets it, but not before this, or not in a lab"))
                }
                None => {
                    diagnostic.help("set it in a step before, hidden or not: <!-- ```hide NAME=VALUE``` -->")
                }
            };
            found.push(diagnostic);
        }
        let checks = at.step.checks.iter().filter(|check| check.command == at.place);
        set.extend(checks.flat_map(Check::captures));
        if bash::calls(&command.text).iter().any(|call| OPAQUE.contains(&call.name.as_str())) {
            break;
        }
    }
    found
}

fn is_given(name: &str) -> bool {
    GIVEN.contains(&format!(" {name} "))
        || ["BASH", "COMP_", "XDG_", "SSH_", "LC_"].iter().any(|start| name.starts_with(start))
        || name == "_"
        || name.starts_with(|c: char| !(c.is_ascii_alphabetic() || c == '_'))
}

/// How a command spells it: `$NAME` or `${NAME`.
fn spelling(text: &str, name: &str) -> String {
    [format!("${{{name}"), format!("${name}")]
        .into_iter()
        .find(|one| text.contains(one))
        .unwrap_or_else(|| name.to_owned())
}

/// The first line of a bash block anywhere in the deck that sets it.
fn elsewhere(subject: &Subject<'_>, name: &str) -> Option<usize> {
    let blocks = subject.slides().iter().flat_map(|slide| &slide.items);
    let lines: BTreeMap<usize, bool> = blocks
        .filter_map(|item| match item {
            Item::Block(block) if block.language == "bash" => {
                let script = bash::analyze(subject.source().slice(block.body));
                Some((
                    block.line,
                    script.commands.iter().any(|command| command.sets.iter().any(|set| set == name)),
                ))
            }
            _ => None,
        })
        .collect();
    lines.into_iter().find(|(_, sets)| *sets).map(|(line, _)| line)
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::codes;
    use crate::lint::testing::{bash, found, lab};

    #[test]
    fn a_check_sets_what_it_captures() {
        let deck = lab(
            "```bash\necho pod/a\n```\n<!-- ```expect contains pod/[pod=..]``` -->\n```bash\necho $pod\n```\n",
        );
        assert_eq!(found(codes::VARIABLE_UNSET, &deck), [""; 0]);
        assert_eq!(found(codes::VARIABLE_UNSET, &deck.replace("[pod=", "[other=")), ["$pod"]);
    }

    #[test]
    fn a_variable_is_set_before_it_is_read() {
        let of = |blocks: &[&str]| found(codes::VARIABLE_UNSET, &bash(blocks));
        assert_eq!(of(&["curl $IP:80", "curl $IP"]), ["$IP"]);
        assert_eq!(of(&["curl ${IP}/x", "IP=1.2.3.4"]), ["${IP"]);
        for blocks in [
            &["IP=1.2.3.4", "curl $IP"][..],
            &["for i in 1 2; do echo $i; done"],
            &["echo $HOME $USER $1 $? $$ $BASH_VERSION"],
            &["eval $(docker-machine env x)", "echo $ANYTHING"],
            &["read -p x NAME", "echo $NAME"],
            &["awk '{print $x}' f", "echo '$Y'"],
            &["export A=1", "echo $A"],
            &["echo ${TAG:-latest} ${PORT:=80}"],
        ] {
            assert_eq!(of(blocks), [""; 0], "{blocks:?}");
        }
    }
}
