//! A program that nobody knows, one letter away from one that everybody knows: `kuectl`.

use crate::bash;
use crate::diagnostic::{Diagnostic, codes, distance};

use super::Subject;

/// In shorter names one letter makes another word.
const SHORTEST: usize = 4;

pub(super) fn check(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let made = subject.plan.makes();
    let mut found = Vec::new();
    for at in subject.own_commands() {
        for name in &at.command.programs {
            if name.contains(['/', '$']) || name.len() < SHORTEST || bash::knows(name) || made.contains(name)
            {
                continue;
            }
            let mut near: Vec<&str> = bash::known_names()
                .filter(|known| known.len() >= SHORTEST && distance(name, known) == 1 && alike(name, known))
                .collect();
            near.sort_unstable();
            let Some(meant) = near.first() else { continue };
            found.push(
                Diagnostic::warning(
                    codes::PROGRAM_MISSPELLED,
                    subject.word(at, name),
                    format!("no program is known as `{name}`"),
                )
                .label("not found, as a rule")
                .help(format!("did you mean `{meant}`?")),
            );
        }
    }
    found
}

/// A number, or one letter more at the end, makes another program of it: `python3`, `helmfile`.
fn alike(name: &str, known: &str) -> bool {
    let digits = |text: &str| text.contains(|c: char| c.is_ascii_digit());
    !digits(name) && !digits(known) && !name.starts_with(known) && !known.starts_with(name)
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::codes;
    use crate::lint::testing::{bash, found};

    #[test]
    fn a_slip_of_a_letter_is_told() {
        let of = |blocks: &[&str]| found(codes::PROGRAM_MISSPELLED, &bash(blocks));
        assert_eq!(of(&["kuectl get pods"]), ["kuectl"]);
        assert_eq!(of(&["dokcer ps | grpe x"]), ["dokcer", "grpe"]);
        for block in
            ["kubectl get pods", "ls; cat x", "kubens x", "./kuectl", "kuectl() { ls; }; kuectl", "python4 x"]
        {
            assert_eq!(of(&[block]), [""; 0], "{block}");
        }
    }
}
