//! The context of a build: the files of a folder, less those that `.dockerignore` names.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use regex::Regex;

use crate::stage::simulated::image::{File, Files};

/// A context is sent whole; none is larger.
const LARGEST: u64 = 256 << 20;

/// The files that a build may copy, and how many bytes sending them takes.
#[derive(Debug, Default)]
pub(super) struct Context {
    pub files: Files,
    pub sent: u64,
}

impl Context {
    /// Reads a folder. `keep` is sent even where it is ignored: the Dockerfile.
    pub(super) fn read(folder: &Path, keep: &str) -> io::Result<Self> {
        let ignored = fs::read_to_string(folder.join(".dockerignore")).unwrap_or_default();
        let ignored: Vec<(bool, Regex)> = ignored.lines().filter_map(pattern).collect();
        // A tar file ends with two empty blocks.
        let mut context = Self { files: Files::new(), sent: 1024 };
        context.add(folder, "", keep, &ignored)?;
        Ok(context)
    }

    fn add(&mut self, folder: &Path, prefix: &str, keep: &str, ignored: &[(bool, Regex)]) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let metadata = entry.metadata()?;
            let left_out = is_ignored(&path, ignored) && path != keep && path != ".dockerignore";
            if metadata.is_dir() {
                // Something inside may be taken in again.
                if !left_out {
                    self.sent += 512;
                }
                self.add(&entry.path(), &format!("{path}/"), keep, ignored)?;
            } else if metadata.is_file() && !left_out {
                self.sent += 512 + metadata.len().div_ceil(512) * 512;
                if self.sent > LARGEST {
                    return Err(io::Error::other(
                        "the context is larger than the simulated docker takes (256 MB)",
                    ));
                }
                let executable = metadata.permissions().mode() & 0o111 != 0;
                self.files.insert(path, File { bytes: fs::read(entry.path())?, executable });
            }
        }
        Ok(())
    }
}

fn is_ignored(path: &str, ignored: &[(bool, Regex)]) -> bool {
    ignored.iter().rev().find(|(_, pattern)| pattern.is_match(path)).is_some_and(|(ignore, _)| *ignore)
}

/// A line of `.dockerignore`, and whether it leaves out or takes in again.
fn pattern(line: &str) -> Option<(bool, Regex)> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let (ignore, line) = line.strip_prefix('!').map_or((true, line), |line| (false, line.trim()));
    let line = line.trim_start_matches("./").trim_matches('/');
    Some((ignore, glob(line, "(/.*)?")?))
}

/// A pattern of file names as an expression; `*` and `?` stop at slashes, `**` does not.
pub(super) fn glob(pattern: &str, end: &str) -> Option<Regex> {
    let mut expression = String::from("^");
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '*' if letters.next_if_eq(&'*').is_some() => {
                letters.next_if_eq(&'/');
                expression += "(.*/)?";
                if letters.peek().is_none() {
                    expression += ".*";
                }
            }
            '*' => expression += "[^/]*",
            '?' => expression += "[^/]",
            letter => expression += &regex::escape(&letter.to_string()),
        }
    }
    Regex::new(&format!("{expression}{end}$")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ignored_is_not_sent_and_the_rest_is_counted_as_docker_counts() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        fs::create_dir(folder.path().join("d")).unwrap();
        file("Dockerfile", "FROM busybox\n");
        file("g", "x\n");
        file("d/f", "hi\n");
        let names = |context: &Context| context.files.keys().cloned().collect::<Vec<_>>();
        let whole = Context::read(folder.path(), "Dockerfile").unwrap();
        assert_eq!((names(&whole), whole.sent), (vec!["Dockerfile".into(), "d/f".into(), "g".into()], 4608));
        file(".dockerignore", "d\n*\n!g\n");
        let part = Context::read(folder.path(), "Dockerfile").unwrap();
        assert_eq!(names(&part), [".dockerignore", "Dockerfile", "g"]);
    }

    #[test]
    fn patterns_match_as_in_dockerignore() {
        let matches = |pattern: &str, path: &str| glob(pattern, "").unwrap().is_match(path);
        assert!(
            matches("*.md", "a.md")
                && !matches("*.md", "d/a.md")
                && matches("**/*.md", "d/a.md")
                && matches("**/*.md", "a.md")
        );
        assert!(matches("a?c", "abc") && !matches("a.c", "abc") && matches("d/**", "d/e/f"));
    }
}
