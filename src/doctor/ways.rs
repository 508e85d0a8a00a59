//! The ways of a deck over the machine's files, read off its text: from folder to folder, with each path where it leads.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use crate::bash::{self, Place};
use crate::plan::{Plan, Step, Typed};

/// Where a deck starts.
#[derive(Clone, Debug)]
pub struct Start {
    /// The folder of its first command.
    pub folder: PathBuf,
    /// Its HOME.
    pub home: PathBuf,
}

/// Something that a deck does to a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The path, absolute; of a pattern the folder that it is about.
    pub path: PathBuf,
    /// The line of the command.
    pub line: usize,
    /// What is done there.
    pub does: Does,
}

/// What is done to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// It must be there, and no command before made it.
    Needs,
    /// It is made or changed.
    Writes,
    /// It is removed, or moved away.
    Removes,
}

/// All ways of a plan, in order, as far as its text tells.
#[must_use]
pub fn ways(plan: &Plan, start: &Start) -> Vec<Way> {
    let mut walk = Walk {
        home: &start.home,
        folder: Some(start.folder.clone()),
        made: BTreeSet::new(),
        ways: Vec::new(),
    };
    for command in here(plan) {
        for place in bash::places(&command.text) {
            walk.take(place, command.line);
        }
        // What else a command may leave in a folder cannot be told.
        if command.text.contains("clone") || command.text.contains("tar ") || command.text.contains("unzip") {
            walk.made.extend(walk.folder.clone());
        }
    }
    walk.ways
}

/// The commands that are typed into this machine's own shell.
pub fn here(plan: &Plan) -> impl Iterator<Item = &Typed> {
    let steps = plan.steps.iter().filter(|step| step.skip.is_none());
    steps.flat_map(Step::commands).filter(|command| command.inside.is_none())
}

struct Walk<'a> {
    home: &'a Path,
    /// Where the deck is; `None` where only a run can tell.
    folder: Option<PathBuf>,
    made: BTreeSet<PathBuf>,
    ways: Vec<Way>,
}

impl Walk<'_> {
    fn take(&mut self, place: Place, line: usize) {
        match place {
            Place::Enters(None) => self.folder = None,
            Place::Enters(Some(to)) => {
                self.folder = self.path(&to);
                if let Some(path) = self.folder.clone() {
                    self.needs(path, line);
                }
            }
            Place::Reads(path) => {
                if let Some(path) = self.path(&path) {
                    self.needs(path, line);
                }
            }
            Place::Writes(path) => {
                if let Some(path) = self.path(&path) {
                    self.made.insert(path.clone());
                    self.ways.push(Way { path, line, does: Does::Writes });
                }
            }
            Place::Removes(path) => {
                // `rm -rf *` is about the folder.
                let whole = path.split(['*', '?', '[']).next().unwrap_or_default();
                let folder = if whole.len() < path.len() {
                    whole.rfind('/').map_or("", |end| &whole[..=end])
                } else {
                    whole
                };
                if let Some(path) = self.path(if folder.is_empty() { "." } else { folder }) {
                    self.made.remove(&path);
                    self.ways.push(Way { path, line, does: Does::Removes });
                }
            }
        }
    }

    fn needs(&mut self, path: PathBuf, line: usize) {
        let known = path.ancestors().any(|above| self.made.contains(above));
        let asked = self.ways.iter().any(|way| way.does == Does::Needs && way.path == path);
        if !known && !asked {
            self.ways.push(Way { path, line, does: Does::Needs });
        }
    }

    /// Where a path leads, if that can be told.
    fn path(&self, path: &str) -> Option<PathBuf> {
        let below = |rest: &str| self.home.join(rest.trim_start_matches('/'));
        let path = match path {
            "~" | "$HOME" | "${HOME}" => self.home.to_owned(),
            _ => match ["~/", "$HOME/", "${HOME}/"].iter().find_map(|home| path.strip_prefix(home)) {
                Some(rest) => below(rest),
                None if path.starts_with('/') => PathBuf::from(path),
                None if path.starts_with('~') => return None,
                None => self.folder.as_ref()?.join(path),
            },
        };
        if path.to_string_lossy().contains(['$', '`', '*', '?', '[', '{', '<', '\n']) {
            return None;
        }
        let mut clean = PathBuf::new();
        for part in path.components() {
            match part {
                Component::ParentDir => drop(clean.pop()),
                Component::CurDir => {}
                other => clean.push(other),
            }
        }
        Some(clean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::tests::plan;

    #[test]
    fn paths_lead_from_where_the_deck_is() {
        let start = Start { folder: "/work".into(), home: "/home/me".into() };
        let told = |blocks: &[&str]| {
            let ways = ways(&plan(blocks), &start).into_iter();
            ways.map(|way| format!("{:?} {}", way.does, way.path.display())).collect::<Vec<_>>()
        };
        assert_eq!(
            told(&["cat a ~/b $X/c", "cd ~/t/../u\ncat d", "rm -rf *\nmv $HOME/v w"]),
            [
                "Needs /work/a",
                "Needs /home/me/b",
                "Needs /home/me/u",
                "Needs /home/me/u/d",
                "Removes /home/me/u",
                "Writes /home/me/v",
                "Writes /home/me/u/w",
                "Removes /home/me/v",
            ]
        );
        // What a command before made is there.
        assert_eq!(
            told(&["mkdir -p x/y", "cd x/y", "echo > z\ncat z"]),
            ["Writes /work/x/y", "Writes /work/x/y/z"]
        );
        assert_eq!(told(&["git clone https://example.com/r.git", "cd r\ncat a"]), [""; 0]);
        // From a folder that cannot be told, nothing can.
        assert_eq!(told(&["cd $X\nrm -rf y"]), [""; 0]);
    }
}
