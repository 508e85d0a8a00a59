//! A `cd` from where the deck starts to a folder that nothing before it makes or mentions.

use std::collections::BTreeSet;

use crate::bash::{self, Called, Place};
use crate::diagnostic::{Diagnostic, codes};

use super::Subject;

pub(super) fn check(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut mentioned: BTreeSet<String> = BTreeSet::new();
    // Whether the deck is where it started; elsewhere nobody can tell what is there.
    let mut at_home = true;
    for at in subject.own_commands() {
        for place in bash::places(&at.command.text) {
            let Place::Enters(to) = place else { continue };
            let Some(to) = to else {
                at_home = at.command.text.trim_end().ends_with("cd");
                continue;
            };
            let first = to.split('/').next().unwrap_or_default();
            let plain = !to.starts_with(['/', '~', '$', '.']) && !to.contains(['$', '`', '*', '<', '{']);
            if at_home && plain && !mentioned.contains(first) && !mentions(&at.command.text, first) {
                found.push(
                    Diagnostic::note(
                        codes::CD_NOWHERE,
                        subject.word(at, &to),
                        format!("no step before this makes a folder `{first}`"),
                    )
                    .label("relative to where the deck starts")
                    .help("if another deck makes it, or it comes with the machine, write its whole path: `cd ~/…`"),
                );
            }
            at_home = to == "~";
        }
        // What is fetched from an address that nobody knows has a name that nobody knows.
        if bash::calls(&at.command.text).iter().any(clones_a_blank) {
            break;
        }
        mentioned.extend(words(&at.command.text).map(str::to_owned));
    }
    found
}

fn clones_a_blank(call: &Called) -> bool {
    let clones = call.name == "git" && call.operands.first().is_some_and(|verb| verb == "clone");
    clones && call.words.iter().any(|word| word.contains(['$', '<', '{', '@']) || word.contains("__"))
}

/// Whether a command that goes to a folder also makes it: `mkdir x && cd x`.
fn mentions(text: &str, name: &str) -> bool {
    words(text).filter(|word| *word == name).count() > 1
}

/// The folder that a repository or an archive of this name makes.
fn unpacked(name: &str) -> &str {
    const ENDINGS: [&str; 8] = [".git", ".tar.gz", ".tar.xz", ".tar.bz2", ".tgz", ".txz", ".tar", ".zip"];
    ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or_default()
}

/// All that may be the name of a folder: parts of paths and addresses, and what they make.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(|c: char| c.is_whitespace() || "/'\"=:;|&()<>,".contains(c));
    parts.flat_map(|part| [part, unpacked(part)]).filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::codes;
    use crate::lint::testing::{bash, found};

    #[test]
    fn a_folder_must_come_from_somewhere() {
        let of = |blocks: &[&str]| found(codes::CD_NOWHERE, &bash(blocks));
        assert_eq!(of(&["cd wordsmith/web"]), ["wordsmith/web"]);
        assert_eq!(of(&["cd /etc", "cd", "cd nowhere"]), ["nowhere"]);
        for blocks in [
            &["git clone https://example.com/wordsmith.git", "cd wordsmith"][..],
            &["mkdir -p a/b && cd a/b"],
            &["cd ~/repo", "cd sub"],
            &["cd /etc; cd docker", "cd -; cd ..; cd $X"],
            &["helm create chart", "cd chart"],
            &["git clone https://@@GITREPO@@", "cd any"],
        ] {
            assert_eq!(of(blocks), [""; 0], "{blocks:?}");
        }
    }
}
