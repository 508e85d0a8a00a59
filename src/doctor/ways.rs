//! The ways of a deck over the machine's files, read off its text: from folder to folder, with each path where it leads.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::bash::{self, Place};
use crate::plan::Plan;

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
    /// It is read or gone to, and a command before may have made it.
    Uses,
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
    for command in plan.own_commands() {
        for place in bash::places(&command.text) {
            walk.take(place, command.line);
        }
        // What else a command may leave in a folder cannot be told.
        if command.text.contains("clone")
            || command.text.contains("tar ")
            || command.text.contains("--untar")
            || command.text.contains("unzip")
        {
            walk.made.extend(walk.folder.clone());
        }
    }
    walk.ways
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
        let does = if known { Does::Uses } else { Does::Needs };
        if !self.ways.iter().any(|way| way.does == does && way.path == path) {
            self.ways.push(Way { path, line, does });
        }
    }

    /// Where a path leads, if that can be told.
    fn path(&self, path: &str) -> Option<PathBuf> {
        let home = ["~", "$HOME", "${HOME}"].iter().find_map(|home| path.strip_prefix(home));
        let path = match home.filter(|rest| rest.is_empty() || rest.starts_with('/')) {
            Some(rest) => bash::leads_to(Some(self.home), rest.trim_start_matches('/'))?,
            None if path.starts_with('~') => return None,
            None => bash::leads_to(self.folder.as_deref(), path)?,
        };
        let unknown = path.to_string_lossy().contains(['$', '`', '*', '?', '[', '{', '<', '\n']);
        (!unknown).then_some(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::tests::plan;

    #[test]
    fn paths_lead_from_where_the_deck_is() {
        let start = Start { folder: "/lab".into(), home: "/home/me".into() };
        let told = |blocks: &[&str]| {
            let ways = ways(&plan(blocks), &start).into_iter();
            ways.map(|way| format!("{:?} {}", way.does, way.path.display())).collect::<Vec<_>>()
        };
        assert_eq!(
            told(&["cat a ~/b $X/c", "cd ~/t/../u\ncat d", "rm -rf *\nmv $HOME/v w"]),
            [
                "Needs /lab/a",
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
            ["Writes /lab/x/y", "Uses /lab/x/y", "Writes /lab/x/y/z", "Uses /lab/x/y/z"]
        );
        assert_eq!(
            told(&["git clone https://example.com/r.git", "cd r\ncat a"]),
            ["Uses /lab/r", "Uses /lab/r/a"]
        );
        // From a folder that cannot be told, nothing can.
        assert_eq!(told(&["cd $X\nrm -rf y"]), [""; 0]);
    }
}
