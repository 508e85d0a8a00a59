//! Where a call works: the files that it writes and the folder that it goes to, as it names them. What programs write is
//! a table here; one that is not in it writes nothing that its words would tell.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

use super::call::has_word;
use super::programs::by_name;

/// Where a piece of a script works, in the order in which it does; paths as written, quotes removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// It goes to this folder; `None` stands for HOME, or for one that cannot be told.
    Enters(Option<String>),
    /// It makes, changes or removes this.
    Writes(String),
    /// It needs this to be there.
    Reads(String),
    /// It removes this, or moves it away; told beside the writing of it.
    Removes(String),
}

/// What of a call's words it writes.
struct Writer {
    /// Blank-separated.
    names: &'static str,
    what: What,
    /// Options that take the next word as their value; it is no operand.
    valued: &'static str,
    /// Options whose value is written.
    written: &'static str,
    /// Only with one of these options, if there are any.
    with: &'static str,
}

#[derive(Clone, Copy)]
enum What {
    /// Every operand.
    All,
    /// The last operand.
    Last,
    /// Operands behind the first, which is a mode or a script.
    Rest,
    /// No operand.
    Options,
}

const fn writer(names: &'static str, what: What) -> Writer {
    Writer { names, what, valued: "", written: "", with: "" }
}

const WRITERS: &[Writer] = &[
    writer(
        "tee mkdir rmdir rm touch truncate shred unlink mkfifo mktemp gzip gunzip bzip2 xz unxz",
        What::All,
    ),
    writer("vi vim nvim nano emacs pico joe ed micro visudo vipw", What::All),
    Writer {
        valued: "-m -o -g -S --mode",
        written: "-t --target-directory",
        ..writer("cp ln install", What::Last)
    },
    // What is moved away is gone from where it was.
    Writer { written: "-t --target-directory", ..writer("mv", What::All) },
    writer("chmod chown chgrp", What::Rest),
    Writer { valued: "-e -f", with: "-i --in-place", ..writer("sed perl", What::All) },
    Writer { written: "-o --output", ..writer("curl sort", What::Options) },
    Writer { written: "-O -P --output-document --directory-prefix", ..writer("wget", What::Options) },
    // Which of its words are archives that it makes, its first letters tell; better one too many.
    Writer { written: "-C --directory", ..writer("tar", What::All) },
    Writer { written: "-d", ..writer("unzip", What::Options) },
    Writer { written: "-out -keyout", ..writer("openssl", What::Options) },
];

/// Where `path` leads from `folder`, `.` and `..` worked out as text, since links are not known; `None` for one that
/// depends on a folder which cannot be told.
#[must_use]
pub fn leads_to(folder: Option<&Path>, path: &str) -> Option<PathBuf> {
    let whole = if path.starts_with('/') { PathBuf::from(path) } else { folder?.join(path) };
    let mut clean = PathBuf::new();
    for part in whole.components() {
        match part {
            Component::ParentDir => drop(clean.pop()),
            Component::CurDir => {}
            other => clean.push(other),
        }
    }
    Some(clean)
}

/// The places of a call.
pub(super) fn of(name: &str, words: &[String]) -> Vec<Place> {
    static BY_NAME: LazyLock<HashMap<&str, &Writer>> =
        LazyLock::new(|| by_name(WRITERS, |writer| writer.names));
    match name {
        "cd" | "pushd" => {
            let to = words.iter().find(|word| *word == "-" || !word.starts_with('-'));
            return vec![Place::Enters(to.filter(|to| !to.is_empty() && *to != "-").cloned())];
        }
        "dd" => {
            let to = words.iter().filter_map(|word| word.strip_prefix("of="));
            return to.map(|path| Place::Writes(path.to_owned())).collect();
        }
        // The last word is the folder, where there is one.
        "git" if words.first().is_some_and(|verb| verb == "clone") && words.len() > 2 => {
            return words.last().map(|path| Place::Writes(path.clone())).into_iter().collect();
        }
        _ => {}
    }
    match BY_NAME.get(name) {
        Some(writer) => {
            let mut places = writer.places(words);
            places.extend(removed(name, words).map(|path| Place::Removes(path.clone())));
            places
        }
        None => read(name, words).filter(|path| !path.contains("://")).map(Place::Reads).collect(),
    }
}

/// The paths that a call removes, or moves away.
fn removed<'w>(name: &str, words: &'w [String]) -> impl Iterator<Item = &'w String> {
    let operands: Vec<&String> = words.iter().filter(|word| !word.starts_with('-')).collect();
    let count = match name {
        "rm" | "rmdir" | "unlink" | "shred" => operands.len(),
        "mv" if words.iter().any(|word| word.starts_with("--target") || word == "-t") => operands.len(),
        "mv" => operands.len().saturating_sub(1),
        _ => 0,
    };
    operands.into_iter().take(count)
}

/// The files and folders that a call reads, of those programs whose words tell.
fn read(name: &str, words: &[String]) -> impl Iterator<Item = String> {
    let operands = || words.iter().filter(|word| !word.starts_with('-'));
    let valued = |options: &str| {
        let pairs = words.windows(2).filter(|pair| has_word(options, &pair[0]));
        pairs.map(|pair| pair[1].clone()).collect::<Vec<_>>()
    };
    let paths = match name {
        "cat" | "less" | "more" => operands().cloned().collect(),
        "source" | "." | "bash" | "sh" | "python" | "python3"
            if !words.iter().any(|word| has_word("-c -m", word)) =>
        {
            operands().take(1).cloned().collect()
        }
        "kubectl" | "k" | "oc" if operands().any(|verb| has_word("apply create replace diff", verb)) => {
            valued("-f --filename -k --kustomize")
        }
        "docker-compose" | "podman-compose" => valued("-f --file"),
        _ => Vec::new(),
    };
    paths.into_iter().filter(|path| !path.is_empty() && path != "-")
}

impl Writer {
    fn places(&self, words: &[String]) -> Vec<Place> {
        let takes = |option: &str| has_word(self.valued, option) || has_word(self.written, option);
        let (mut operands, mut named, mut given) = (Vec::new(), Vec::new(), self.with.is_empty());
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                operands.extend(words.by_ref().map(String::as_str));
            } else if word.len() > 1 && word.starts_with('-') {
                let (option, value) = match word.split_once('=') {
                    Some((option, value)) if word.starts_with("--") => (option, Some(value)),
                    _ => (word.as_str(), None),
                };
                // `-i.bak`, `-ri`
                given |= has_word(self.with, option)
                    || self.with.split(' ').any(|short| short.len() == 2 && holds_short(option, short));
                let value =
                    if takes(option) && value.is_none() { words.next().map(String::as_str) } else { value };
                if has_word(self.written, option) {
                    named.extend(value);
                }
            } else {
                operands.push(word);
            }
        }
        if !given {
            return Vec::new();
        }
        let operands = match self.what {
            What::All => &operands[..],
            What::Last if !named.is_empty() => &[],
            What::Last => &operands[operands.len().saturating_sub(1)..],
            What::Rest => operands.get(1..).unwrap_or_default(),
            What::Options => &[],
        };
        operands.iter().chain(&named).map(|&path| Place::Writes(path.to_owned())).collect()
    }
}

/// Whether a word of short options holds one of them: `-ri` holds `-i`.
fn holds_short(word: &str, short: &str) -> bool {
    !word.starts_with("--") && short[1..].chars().all(|letter| word[1..].contains(letter))
}

/// What is left of the places of a shell of its own when it has ended: the files, from where it was.
pub(super) fn left_behind(places: Vec<Place>) -> Vec<Place> {
    let mut folder: Option<String> = None;
    let mut left = Vec::new();
    for place in places {
        match place {
            Place::Enters(to) => {
                let to = to.map(|to| join(folder.as_deref(), to));
                left.extend(to.iter().filter(|to| to.starts_with('/')).cloned().map(Place::Writes));
                folder = to;
            }
            Place::Writes(path) => left.push(Place::Writes(join(folder.as_deref(), path))),
            Place::Reads(path) => left.push(Place::Reads(join(folder.as_deref(), path))),
            Place::Removes(path) => left.push(Place::Removes(join(folder.as_deref(), path))),
        }
    }
    left
}

/// A path from a folder, if one is known and the path needs one.
pub(super) fn join(folder: Option<&str>, path: String) -> String {
    match folder {
        Some(folder) if !path.starts_with(['/', '~', '$']) => {
            format!("{}/{path}", folder.trim_end_matches('/'))
        }
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::super::places;
    use super::Place;

    fn written(text: &str) -> Vec<String> {
        let places = places(text).into_iter();
        places
            .filter_map(|place| match place {
                Place::Writes(path) => Some(path),
                Place::Enters(to) => Some(format!("cd {}", to.unwrap_or_else(|| "~".to_owned()))),
                Place::Reads(_) | Place::Removes(_) => None,
            })
            .collect()
    }

    #[test]
    fn what_is_gone_afterwards_is_told() {
        let removed = |text: &str| {
            let removes = |place| if let Place::Removes(path) = place { Some(path) } else { None };
            places(text).into_iter().filter_map(removes).collect::<Vec<_>>()
        };
        for (text, paths) in [
            ("rm -rf ~/a b; touch c", &["~/a", "b"][..]),
            ("sudo mv /a /b /c; cp d e", &["/a", "/b"]),
            ("(cd /x && rm -r y)", &["/x/y"]),
            ("if [ -d ~/t ]; then mv ~/t ~/t.$$; fi", &["~/t"]),
            ("ssh box rm -rf x", &[]),
        ] {
            assert_eq!(removed(text), paths, "{text}");
        }
    }

    #[test]
    fn files_that_must_be_there_are_told() {
        let read = |text: &str| {
            let reads = |place| if let Place::Reads(path) = place { Some(path) } else { None };
            places(text).into_iter().filter_map(reads).collect::<Vec<_>>()
        };
        for (text, paths) in [
            ("cat a b | grep -c x", &["a", "b"][..]),
            ("(cd sub && source ./env.sh)", &["sub/./env.sh"]),
            (
                "kubectl apply -f web.yaml; kubectl logs -f web; kubectl apply -f https://x/y.yaml",
                &["web.yaml"],
            ),
            ("cat <<E | kubectl apply -f -\nx\nE", &[]),
            (
                "docker-compose -f stack.yml up -d; bash -c 'cat x'; bash setup.sh fast",
                &["stack.yml", "x", "setup.sh"],
            ),
            ("ssh box cat /etc/hosts", &[]),
        ] {
            assert_eq!(read(text), paths, "{text}");
        }
    }

    #[test]
    fn what_commands_write_is_told_from_what_they_read() {
        for (text, places) in [
            ("echo x > /etc/a 2>> /var/log/b", &["/etc/a", "/var/log/b"][..]),
            ("cat < /etc/a > /dev/null 2>&1", &[]),
            ("cat /etc/passwd; grep x /etc/hosts", &[]),
            ("echo x | sudo tee -a /etc/a > /dev/null", &["/etc/a"]),
            ("sudo sh -c 'echo x > /etc/a'", &["/etc/a"]),
            ("cp /etc/a /etc/b; mv /tmp/c d", &["/etc/b", "/tmp/c", "d"]),
            ("cp -t /opt a b; install -m 755 x /usr/local/bin/y", &["/opt", "/usr/local/bin/y"]),
            ("mkdir -p /opt/x && chmod 700 /opt/x", &["/opt/x", "/opt/x"]),
            ("sed s/a/b/ /etc/a; sed -i.bak -e s/a/b/ /etc/a", &["/etc/a"]),
            (
                "curl -o /usr/local/bin/x https://x; tar -xf a.tgz -C /opt",
                &["/usr/local/bin/x", "a.tgz", "/opt"],
            ),
            ("cd /etc/docker; echo > f", &["cd /etc/docker", "f"]),
            (
                "(cd /etc/docker && echo > f; cd sub; touch g)",
                &["/etc/docker", "/etc/docker/f", "/etc/docker/sub", "/etc/docker/sub/g"],
            ),
            ("cd; cd -; X=$(cd /opt && touch a)", &["cd ~", "cd ~", "/opt", "/opt/a"]),
            ("dd if=/dev/zero of=/swap", &["/swap"]),
            ("vi /etc/a", &["/etc/a"]),
            ("ssh box 'echo > /etc/a'; docker exec x sh -c 'echo > /etc/a'", &[]),
            ("for f in a b; do echo > /tmp/$f; done", &["/tmp/$f"]),
        ] {
            assert_eq!(written(text), places, "{text}");
        }
    }
}
