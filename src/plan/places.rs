//! Where on the machine a deck writes, outside its HOME, as far as its text tells.

use std::path::{Path, PathBuf};

use super::{Plan, Step, Typed};
use crate::bash::{self, Place};
use crate::deck::Item;

/// Files that are there to be written, and keep nothing.
const SINKS: [&str; 7] =
    ["/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/stdout", "/dev/stderr", "/dev/stdin"];

impl Plan {
    /// Absolute paths outside HOME that the steps write, each with the first line that does, in the order of these
    /// lines. A folder that a deck goes to counts as one that it writes.
    #[must_use]
    pub fn writes(&self) -> Vec<(PathBuf, usize)> {
        let mut found = Found::default();
        for (place, line) in self.places() {
            found.take(place, line);
        }
        found.writes
    }

    /// The names, without folders, of the files that the steps write.
    #[must_use]
    pub fn makes(&self) -> Vec<String> {
        let name = |place| match place {
            Place::Writes(path) => path.rsplit('/').next().map(str::to_owned),
            Place::Enters(_) | Place::Reads(_) | Place::Removes(_) => None,
        };
        self.places().filter_map(|(place, _)| name(place)).collect()
    }

    /// The blocks in labs: the language, the text and the line of each.
    pub fn blocks(&self) -> impl Iterator<Item = (&str, &str, usize)> {
        let items = self.deck.slides.iter().flat_map(|slide| &slide.items);
        items.filter_map(|item| match item {
            Item::Block(block) if block.lab.is_some() => {
                Some((block.language.as_str(), self.deck.source.slice(block.body), block.line))
            }
            _ => None,
        })
    }

    fn places(&self) -> impl Iterator<Item = (Place, usize)> {
        // What is typed into another shell is written where that one runs.
        self.own_commands()
            .flat_map(|command| bash::places(&command.text).into_iter().map(|place| (place, command.line)))
    }

    /// The commands that are typed into the stage's own shell, of steps that are not skipped.
    pub fn own_commands(&self) -> impl Iterator<Item = &Typed> {
        let steps = self.steps.iter().filter(|step| step.skip.is_none());
        steps.flat_map(Step::commands).filter(|command| command.inside.is_none())
    }
}

#[derive(Default)]
struct Found {
    /// Where the deck is; `None` in HOME and below, and where it cannot be told.
    folder: Option<PathBuf>,
    writes: Vec<(PathBuf, usize)>,
}

impl Found {
    fn take(&mut self, place: Place, line: usize) {
        match place {
            Place::Writes(path) => {
                if let Some(path) = self.absolute(&path) {
                    self.add(path, line);
                }
            }
            Place::Reads(_) | Place::Removes(_) => {}
            Place::Enters(to) => {
                self.folder = to.and_then(|to| self.absolute(&to));
                if let Some(folder) = self.folder.clone() {
                    self.add(folder, line);
                }
            }
        }
    }

    fn add(&mut self, path: PathBuf, line: usize) {
        let sink = SINKS.iter().any(|sink| path == Path::new(sink)) || path.starts_with("/dev/fd");
        if !sink && !self.writes.iter().any(|(known, _)| *known == path) {
            self.writes.push((path, line));
        }
    }

    /// A path from where the deck is, up to what only a run can tell.
    fn absolute(&self, path: &str) -> Option<PathBuf> {
        if path.starts_with(['~', '$', '`']) {
            return None;
        }
        let path = match path.find(['$', '`', '*', '?', '[', '{']) {
            Some(end) => &path[..=path[..end].rfind('/')?],
            None => path,
        };
        bash::leads_to(self.folder.as_deref(), path)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::deck::{self, Labs};
    use crate::plan::{self, Plan, Settings};
    use crate::source::Source;

    fn plan(blocks: &[&str]) -> Plan {
        let blocks: Vec<String> = blocks.iter().map(|block| format!("```bash\n{block}\n```\n")).collect();
        let text = format!("# A slide\n\n.lab[\n\n{}\n]\n", blocks.join("\n"));
        let deck = deck::parse(Source::new("a.md", text), &Labs::default());
        plan::make(Arc::new(deck), &Settings::default())
    }

    fn writes(blocks: &[&str]) -> Vec<(String, usize)> {
        let writes = plan(blocks).writes().into_iter();
        writes.map(|(path, line)| (path.display().to_string(), line)).collect()
    }

    #[test]
    fn relative_paths_belong_to_the_folder_that_the_deck_went_to() {
        let of = |path: &str, line| (path.to_owned(), line);
        assert_eq!(
            writes(&[
                "touch a ~/b $HOME/c $X/d\ncd /etc/docker",
                "vi daemon.json:\n{}\n[esc]:wq\ncd ../x\ntouch y"
            ]),
            [of("/etc/docker", 7), of("/etc/docker/daemon.json", 11), of("/etc/x", 14), of("/etc/x/y", 15),]
        );
        assert_eq!(
            writes(&["cd /opt\ncd\ntouch a\nls > /dev/null\necho > /tmp/a/$X/b"]),
            [of("/opt", 6), of("/tmp/a", 10)]
        );
    }

    #[test]
    fn what_is_only_read_is_not_written() {
        assert_eq!(writes(&["cat /etc/hosts\nls /tmp\n/usr/bin/env"]), []);
    }

    #[test]
    fn files_are_made_under_their_names() {
        let made = plan(&["cat > ~/bin/deploy <<EOF\nx\nEOF\ncp ~/bin/deploy bin/other"]).makes();
        assert_eq!(made, ["deploy", "other"]);
    }
}
