//! A call that lacks what its program cannot do without: it fails, or reads the keyboard for ever.

use crate::bash::{self, Called};
use crate::diagnostic::{Diagnostic, codes};

use super::Subject;

/// What a program cannot do without.
struct Needs {
    name: &'static str,
    /// Operands, at least.
    operands: usize,
    /// Each of these options spares one operand.
    spared_by: &'static [&'static str],
    /// With one of these it needs nothing.
    unless: &'static [&'static str],
    /// Whether what is piped into it spares the last operand.
    reads: bool,
    /// What is missing, for a sentence.
    lacks: &'static str,
}

const fn needs(name: &'static str, operands: usize, lacks: &'static str) -> Needs {
    Needs { name, operands, spared_by: &[], unless: &[], reads: false, lacks }
}

const NEEDS: &[Needs] = &[
    Needs {
        spared_by: &["-e", "-f", "--expression", "--file"],
        unless: &["--version", "--help"],
        reads: true,
        ..needs("sed", 2, "a script, or a file to work on")
    },
    Needs {
        unless: &["-K", "--config", "--url", "-V", "--version", "-h", "--help", "-M", "--manual"],
        ..needs("curl", 1, "an address")
    },
    Needs {
        unless: &["-i", "--input-file", "-V", "--version", "-h", "--help"],
        ..needs("wget", 1, "an address")
    },
    Needs {
        spared_by: &["-t", "--target-directory"],
        unless: &["--version", "--help"],
        ..needs("cp", 2, "a source, or a target")
    },
    Needs {
        spared_by: &["-t", "--target-directory"],
        unless: &["--version", "--help"],
        ..needs("mv", 2, "a source, or a target")
    },
    Needs { unless: &["--version", "--help", "--reference"], ..needs("chmod", 2, "a mode, or a file") },
    Needs { unless: &["--version", "--help", "--reference"], ..needs("chown", 2, "an owner, or a file") },
    Needs { unless: &["--version", "--help"], ..needs("mkdir", 1, "a name") },
    Needs {
        spared_by: &["-e", "-f", "--regexp", "--file"],
        unless: &["-r", "-R", "--recursive", "-V", "--version", "--help"],
        reads: true,
        ..needs("grep", 2, "a pattern, or a file to search")
    },
    Needs { unless: &["-V", "-Q"], ..needs("ssh", 1, "a host") },
];

pub(super) fn check(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for at in subject.own_commands() {
        let calls = bash::calls(&at.command.text);
        // It puts words behind those that stand there.
        if calls.iter().any(|call| call.name == "xargs") {
            continue;
        }
        for call in calls {
            let name = call.name.rsplit('/').next().unwrap_or_default();
            let Some(needs) = NEEDS.iter().find(|needs| needs.name == name && needs.lacked_by(&call)) else {
                continue;
            };
            let message = format!("this `{name}` lacks {}", needs.lacks);
            found.push(
                Diagnostic::warning(codes::CALL_INCOMPLETE, subject.word(at, &call.name), message)
                    .label(if needs.reads {
                        "waits for the keyboard, or fails"
                    } else {
                        "fails as it stands"
                    })
                    .help("complete it; `fails` behind the block says that it is meant to fail"),
            );
        }
    }
    found
}

impl Needs {
    fn lacked_by(&self, call: &Called) -> bool {
        let given = |option: &&str| {
            call.words.iter().any(|word| {
                let name = word.split_once('=').map_or(word.as_str(), |(name, _)| name);
                // Of `-rn` each letter counts.
                let within = option.len() == 2
                    && name.starts_with('-')
                    && !name.starts_with("--")
                    && name.contains(&option[1..]);
                name == *option || within
            })
        };
        // What an expansion brings cannot be told.
        let open = call.words.iter().any(|word| word.contains(['$', '`', '{', '*', '<']));
        if open || self.unless.iter().any(&given) {
            return false;
        }
        let in_place = self.name == "sed" && given(&"-i");
        let spared =
            usize::from(self.spared_by.iter().any(&given)) + usize::from(self.reads && call.fed && !in_place);
        call.operands.len() + spared < self.operands
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::codes;
    use crate::lint::testing::{bash, found};

    #[test]
    fn a_call_must_have_what_its_program_needs() {
        for (block, count) in [
            ("sed -i \"s/a/b/\"", 1),
            ("sed s/a/b/", 1),
            ("curl -X POST", 1),
            ("curl -H 'Host: x' -s", 1),
            ("cp a.yaml", 1),
            ("echo a | sed -i s/a/b/", 1),
            ("grep x", 1),
            ("echo a | sed s/a/b/", 0),
            ("sed -n -e s/a/b/ f; sed -i s/a/b/ f", 0),
            ("curl localhost; curl --version; curl $URL; curl -s `x`", 0),
            ("cp a b; cp -t d a; cp $FILES; cp *.yaml", 0),
            ("grep -r x; grep x f; grep -e x f; ls | grep x; grep x <f", 0),
            ("grep -rn x", 0),
            ("xargs curl", 0),
        ] {
            assert_eq!(found(codes::CALL_INCOMPLETE, &bash(&[block])).len(), count, "{block}");
        }
    }
}
