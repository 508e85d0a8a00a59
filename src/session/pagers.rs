//! What the variables say that programs ask for a pager (`PAGER`, `GIT_PAGER`, `MANPAGER`, …): `cat` while outputs are
//! pipes, what they were before at the terminal. Not which programs read them.
//!
//! The shell is told when the lane changes, so commands that follow each other cost nothing. The first command whose
//! text names such a variable finds what a learner would find, and from then on they are the deck's: it may read, set
//! or unset them, and nothing of ours comes in between. One that was set behind our back, by a file that was sourced,
//! is the deck's too: only values that we know are replaced.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;

use super::quote::quote;
use super::typed::is_name;

/// How all such variables end.
const ENDING: &str = "PAGER";
/// Those that ask for a pager also where the environment has none: programs have one of their own then.
const ALWAYS: [&str; 2] = ["PAGER", "GIT_PAGER"];
/// What they are on pipes.
const OURS: &str = "cat";

/// What such variables are, and whose.
#[derive(Clone, Debug)]
pub(super) struct Pagers {
    /// Each with what the person has it set to.
    variables: Vec<(String, Option<OsString>)>,
    whose: Whose,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// They are as they came.
    Person,
    /// They are `cat`, for now.
    Labrun,
    /// They are the deck's business.
    Deck,
}

impl Pagers {
    /// Of a shell that starts with this environment.
    pub(super) fn new(environment: &[(OsString, OsString)]) -> Self {
        let value = |wanted: &str| {
            environment.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone())
        };
        let others = environment.iter().filter_map(|(name, _)| name.to_str());
        let others = others.filter(|name| name.ends_with(ENDING) && is_name(name) && !ALWAYS.contains(name));
        let names = ALWAYS.into_iter().chain(others);
        let variables = names.map(|name| (name.to_owned(), value(name))).collect();
        Self { variables, whose: Whose::Person }
    }

    /// Of a shell that takes over from this one, with this environment.
    pub(super) fn heir(&self, environment: &[(OsString, OsString)]) -> Self {
        let whose = if self.whose == Whose::Deck { Whose::Deck } else { Whose::Person };
        Self { whose, ..Self::new(environment) }
    }

    /// What is typed before a command whose outputs are pipes; nothing, as a rule.
    pub(super) fn before_pipes(&mut self, source: &str) -> String {
        if source.contains(ENDING) {
            return self.leave_to(Whose::Deck);
        }
        if self.whose != Whose::Person {
            return String::new();
        }
        self.whose = Whose::Labrun;
        self.line(|name, theirs| {
            let theirs = theirs.map_or_else(Vec::new, |value| [b"x", value.as_bytes()].concat());
            format!(
                r#"\builtin test "${{{name}+x}}${{{name}-}}" = {} && \builtin export {name}={OURS}"#,
                quote(&theirs)
            )
        })
    }

    /// What is typed before a command at the terminal; nothing, as a rule.
    pub(super) fn before_terminal(&mut self, source: &str) -> String {
        self.leave_to(if source.contains(ENDING) { Whose::Deck } else { Whose::Person })
    }

    fn leave_to(&mut self, whose: Whose) -> String {
        let before = self.whose;
        if before == Whose::Deck {
            return String::new();
        }
        self.whose = whose;
        if before != Whose::Labrun {
            return String::new();
        }
        self.line(|name, theirs| {
            let back = match theirs {
                Some(value) => format!("export {name}={}", quote(value.as_bytes())),
                None => format!("unset -v {name}"),
            };
            format!(r#"\builtin test "${{{name}-}}" = {OURS} && \builtin {back}"#)
        })
    }

    /// One line of a command for each variable.
    fn line(&self, command: impl Fn(&str, Option<&OsStr>) -> String) -> String {
        let mut line = String::new();
        for (name, theirs) in &self.variables {
            let _ = write!(line, "{}; ", command(name, theirs.as_deref()));
        }
        line + "\n"
    }

    /// Exported variables, as they are without what we made of them.
    pub(super) fn undone(&self, mut exported: Vec<(OsString, OsString)>) -> Vec<(OsString, OsString)> {
        if self.whose != Whose::Labrun {
            return exported;
        }
        exported.retain_mut(|(name, value)| {
            let ours = self.variables.iter().find(|(known, _)| name == known.as_str() && value == OURS);
            let Some((_, theirs)) = ours else { return true };
            theirs.as_ref().is_some_and(|theirs| {
                value.clone_from(theirs);
                true
            })
        });
        exported
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
        pairs.iter().map(|(name, value)| (name.into(), value.into())).collect()
    }

    #[test]
    fn something_is_typed_only_where_the_lane_changes() {
        let mut pagers =
            Pagers::new(&environment(&[("HOME", "/h"), ("PAGER", "less"), ("MANPAGER", "more")]));
        assert_eq!(pagers.before_terminal("vi"), "");
        let line = pagers.before_pipes("git log");
        for name in ["PAGER", "GIT_PAGER", "MANPAGER"] {
            assert!(line.contains(&format!("export {name}=cat;")), "{line}");
        }
        assert_eq!(line.matches('\n').count(), 1);
        assert_eq!(pagers.before_pipes("ls"), "");
        let line = pagers.before_terminal("git log");
        assert!(line.contains("export PAGER=$'less';"), "{line}");
        assert!(line.contains("unset -v GIT_PAGER;"), "{line}");
        assert_eq!(pagers.before_terminal("ls"), "");
    }

    #[test]
    fn what_a_deck_names_is_the_decks() {
        let mut pagers = Pagers::new(&[]);
        assert_ne!(pagers.before_pipes("ls"), "");
        assert!(pagers.before_pipes("echo $PAGER").contains("unset -v PAGER"));
        for _ in 0..2 {
            assert_eq!(pagers.before_pipes("ls") + &pagers.before_terminal("ls"), "");
        }
        let mut heir = pagers.heir(&[]);
        assert_eq!(heir.before_pipes("ls"), "");
    }

    #[test]
    fn what_is_ours_is_not_taken_for_the_persons() {
        let given = environment(&[("PAGER", "less"), ("A", "cat")]);
        let mut pagers = Pagers::new(&given);
        let seen = || environment(&[("PAGER", "cat"), ("A", "cat"), ("GIT_PAGER", "cat")]);
        assert_eq!(pagers.undone(seen()), seen());
        pagers.before_pipes("ls");
        assert_eq!(pagers.undone(seen()), given);
        let set = environment(&[("PAGER", "more"), ("A", "cat")]);
        assert_eq!(pagers.undone(set.clone()), set);
    }
}
