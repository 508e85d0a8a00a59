//! Which files are meant by the paths of a command line: files, folders with all decks below, and patterns that the
//! shell has left alone.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Folders below one that was named are entered this deep; no deck is deeper, and a loop of links ends.
const DEEPEST: usize = 32;

/// Why a path means no file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A folder without decks.
    #[error("{} holds no file that ends in .md", .0.display())]
    NoDecks(PathBuf),
    /// A pattern that fits nothing.
    #[error("no file is called like {}", .0.display())]
    NoMatch(PathBuf),
    /// A folder cannot be read.
    #[error("cannot read the folder {}", .0.display())]
    Folder(PathBuf, #[source] io::Error),
}

/// A file that is read as a deck.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// Where it is, as a person would write it.
    pub path: PathBuf,
    /// Whether somebody named it; one that was found in a folder, or by a pattern, may be no deck at all.
    pub named: bool,
}

/// The files that `paths` mean, each once, in the order of `paths`; those of a folder or pattern by name.
///
/// # Errors
/// When a folder or pattern means no file.
pub fn find(paths: &[PathBuf]) -> Result<Vec<Found>, Error> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for path in paths {
        let one = if path.is_dir() {
            let mut below = Vec::new();
            descend(path, DEEPEST, &mut below)?;
            if below.is_empty() {
                return Err(Error::NoDecks(path.clone()));
            }
            below.into_iter().map(|path| Found { path, named: false }).collect()
        } else if is_pattern(path) && !path.exists() {
            let fits = matching(path);
            if fits.is_empty() {
                return Err(Error::NoMatch(path.clone()));
            }
            fits.into_iter().map(|path| Found { path, named: false }).collect()
        } else {
            vec![Found { path: path.clone(), named: true }]
        };
        found.extend(one.into_iter().filter(|found| seen.insert(found.path.clone())));
    }
    Ok(found)
}

/// Every deck in a folder and below, but for what is hidden.
fn descend(folder: &Path, deep: usize, found: &mut Vec<PathBuf>) -> Result<(), Error> {
    for (name, path) in entries(folder).map_err(|source| Error::Folder(folder.into(), source))? {
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() && deep > 0 {
            descend(&path, deep - 1, found)?;
        } else if path.extension().is_some_and(|extension| extension == "md") && path.is_file() {
            found.push(path);
        }
    }
    Ok(())
}

/// What is in a folder, by name; names that are no text are left out.
fn entries(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut names: Vec<String> =
        fs::read_dir(here)?.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    Ok(names.into_iter().map(|name| (name.clone(), folder.join(name))).collect())
}

fn is_pattern(path: &Path) -> bool {
    path.to_str().is_some_and(|text| text.contains(['*', '?', '[']))
}

/// The files that a pattern fits; `**` stands for any folders.
fn matching(pattern: &Path) -> Vec<PathBuf> {
    let mut fits = vec![PathBuf::new()];
    for part in pattern.components() {
        let part = match part {
            Component::Normal(part) => part.to_string_lossy().into_owned(),
            other => {
                for path in &mut fits {
                    path.push(other);
                }
                continue;
            }
        };
        fits = match part.as_str() {
            "**" => {
                let mut below = Vec::new();
                for folder in fits {
                    folders(&folder, DEEPEST, &mut below);
                }
                below
            }
            part if is_pattern(Path::new(part)) => {
                let within = |folder: &PathBuf| entries(folder).unwrap_or_default();
                let fit = |(name, path): (String, PathBuf)| fits_name(part, &name).then_some(path);
                fits.iter().flat_map(within).filter_map(fit).collect()
            }
            part => fits.into_iter().map(|path| path.join(part)).filter(|path| path.exists()).collect(),
        };
    }
    fits.retain(|path| path.is_file());
    fits
}

/// A folder and all below it, but for what is hidden.
fn folders(folder: &Path, deep: usize, found: &mut Vec<PathBuf>) {
    found.push(folder.to_owned());
    if deep == 0 {
        return;
    }
    for (name, path) in entries(folder).unwrap_or_default() {
        if !name.starts_with('.') && path.is_dir() {
            folders(&path, deep - 1, found);
        }
    }
}

/// Whether a name is one that a pattern of `*`, `?` and `[a-z]` stands for, as in a shell.
fn fits_name(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut from) = (0, 0);
    // The last `*`, and how far into the name it reached: where the rest does not fit, it takes one more.
    let mut star: Option<(usize, usize)> = None;
    while from < name.len() {
        if pattern.get(at) == Some(&'*') {
            star = Some((at, from));
            at += 1;
        } else if let Some(length) = fits_one(&pattern[at..], name[from]) {
            at += length;
            from += 1;
        } else if let Some((place, reached)) = star {
            star = Some((place, reached + 1));
            (at, from) = (place + 1, reached + 1);
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|&c| c == '*')
}

/// How much of a pattern stands for this one character, if it does.
fn fits_one(pattern: &[char], c: char) -> Option<usize> {
    match *pattern.first()? {
        '?' => Some(1),
        '[' => {
            let Some(end) = pattern.iter().skip(2).position(|&c| c == ']').map(|end| end + 2) else {
                return (c == '[').then_some(1);
            };
            let inside = &pattern[1..end];
            let (not, inside) = match inside {
                ['!' | '^', rest @ ..] => (true, rest),
                _ => (false, inside),
            };
            let mut has = false;
            let mut rest = inside;
            while let Some(&first) = rest.first() {
                if let [from, '-', to, ..] = *rest {
                    has |= (from..=to).contains(&c);
                    rest = &rest[3..];
                } else {
                    has |= first == c;
                    rest = &rest[1..];
                }
            }
            (has != not).then_some(end + 1)
        }
        other => (other == c).then_some(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_as_in_a_shell() {
        for (pattern, name, fits) in [
            ("*.md", "a.md", true),
            ("*.md", ".a.md", false),
            ("*.md", "a.txt", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("?.md", "é.md", true),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[]]x", "]x", true),
            ("[ab", "[ab", true),
            ("*", "", true),
            ("", "a", false),
        ] {
            assert_eq!(fits_name(pattern, name), fits, "{pattern} {name}");
        }
        assert!(!fits_name(&"*a".repeat(30), &"a".repeat(29)), "and it does not take for ever");
    }

    #[test]
    fn folders_and_patterns_mean_the_files_below() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b/2.md", "b/1.md", "b/.hidden/3.md", "b/c/4.md", "b/5.txt", "6.md"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let of = |paths: &[&str]| {
            let paths: Vec<PathBuf> = paths.iter().map(|path| folder.path().join(path)).collect();
            find(&paths).map(|found| {
                let name = |found: &Found| {
                    found.path.strip_prefix(folder.path()).unwrap().to_str().unwrap().to_owned()
                };
                found.iter().map(name).collect::<Vec<_>>()
            })
        };
        assert_eq!(of(&["6.md", "b"]).unwrap(), ["6.md", "b/1.md", "b/2.md", "b/c/4.md"]);
        assert_eq!(of(&["b/*.md", "b/2.md"]).unwrap(), ["b/1.md", "b/2.md"]);
        assert_eq!(of(&["**/*.md"]).unwrap(), ["6.md", "b/1.md", "b/2.md", "b/c/4.md"]);
        assert_eq!(of(&["nowhere.md"]).unwrap(), ["nowhere.md"]);
        assert!(of(&["*.org"]).unwrap_err().to_string().contains("no file is called like"));
        assert!(of(&["b/.hidden/none"]).is_ok() && of(&["b/c/x[a].md"]).is_err());
    }
}
