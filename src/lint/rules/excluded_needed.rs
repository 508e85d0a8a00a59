//! What only slides of an excluded class make, and what is left needs: a variable, a function, a file, a folder, an image,
//! or being in a folder.

use std::collections::BTreeMap;

use crate::bash::{self, Called, Mention, Place};
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::Step;

use super::{At, Subject};

/// Something that one command makes and another needs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Thing {
    Variable(String),
    /// A function or an alias.
    Function(String),
    /// A file or a folder, as written.
    Path(String),
    /// An image, with its tag.
    Image(String),
    /// That the shell is in a folder, as written.
    Folder(String),
}

pub(super) fn check(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let is_out =
        |step: &Step| subject.slide(step).classes.iter().any(|class| subject.exclude.contains(class));
    if subject.exclude.is_empty() {
        return Vec::new();
    }
    // By excluded slides, with the line that makes it; what is made again elsewhere is not lost.
    let mut lost: BTreeMap<Thing, usize> = BTreeMap::new();
    let mut found = Vec::new();
    for at in subject.own_commands() {
        let work = Work::of(at);
        if is_out(at.step) {
            work.goes(&mut lost, at.command.line);
            lost.extend(work.makes.into_iter().map(|thing| (thing, at.command.line)));
            continue;
        }
        for thing in &work.needs {
            // What it makes itself, in whatever order, it does not need.
            if work.makes.contains(thing) {
                continue;
            }
            if let Some((lost, line)) = lost.iter().find(|(lost, _)| lost.serves(thing)) {
                found.push(diagnostic(subject, at, lost, thing, *line));
            }
        }
        for thing in work.needs.iter().chain(&work.makes) {
            // Once told, or made anew.
            lost.retain(|lost, _| !lost.serves(thing));
        }
        // From a folder that it goes to by its whole path, paths are its own.
        if work.enters.iter().any(|to| !is_relative(to)) {
            lost.retain(|lost, _| !matches!(lost, Thing::Folder(_)));
        }
    }
    found
}

fn diagnostic(subject: &Subject<'_>, at: At<'_>, lost: &Thing, needed: &Thing, line: usize) -> Diagnostic {
    let (what, word, label) = match (lost, needed) {
        (Thing::Variable(name), _) => (format!("`${name}` is set"), format!("${name}"), "not set here"),
        (Thing::Function(name), _) => (format!("`{name}` is defined"), name.clone(), "not defined here"),
        (Thing::Image(name), _) => (format!("the image `{name}` is made"), name.clone(), "not made here"),
        (Thing::Folder(to), Thing::Path(path)) => {
            (format!("`cd {to}` stands"), path.clone(), "looked for in another folder here")
        }
        (Thing::Path(made), Thing::Path(path)) => (format!("`{made}` is made"), path.clone(), "not there"),
        _ => (String::new(), String::new(), ""),
    };
    Diagnostic::warning(
        codes::EXCLUDED_NEEDED,
        subject.word(at, &word),
        format!("{what} on line {line}, on a slide whose class is excluded"),
    )
    .label(label)
    .help("do it on a slide that is shown, or exclude this one too")
}

impl Thing {
    /// Whether this is what is needed, or holds it.
    fn serves(&self, needed: &Self) -> bool {
        match (self, needed) {
            (Self::Path(made), Self::Path(path)) => {
                path == made || path.strip_prefix(made.as_str()).is_some_and(|below| below.starts_with('/'))
            }
            (Self::Folder(_), Self::Path(path)) => is_relative(path),
            _ => self == needed,
        }
    }
}

/// What a command makes and needs, as far as its text tells.
#[derive(Default)]
struct Work {
    makes: Vec<Thing>,
    needs: Vec<Thing>,
    /// The folders that it goes to.
    enters: Vec<String>,
    /// Whether it goes to a folder that the text does not tell.
    strays: bool,
}

impl Work {
    fn of(at: At<'_>) -> Self {
        let command = at.command;
        let mut work = Self::default();
        work.makes.extend(command.sets.iter().cloned().map(Thing::Variable));
        work.needs.extend(command.reads.iter().cloned().map(Thing::Variable));
        for part in bash::analyze(&command.text).commands {
            work.makes.extend(part.defines.into_iter().map(Thing::Function));
        }
        for place in bash::places(&command.text) {
            match place {
                Place::Enters(Some(to)) => {
                    let to = clean(&to);
                    work.needs.push(Thing::Path(to.clone()));
                    work.enters.push(to);
                }
                Place::Enters(None) => work.strays = true,
                Place::Reads(path) => work.needs.push(Thing::Path(clean(&path))),
                Place::Writes(path) => work.makes.push(Thing::Path(clean(&path))),
                Place::Removes(_) => {}
            }
        }
        for call in bash::calls(&command.text) {
            work.call(&call);
        }
        for mention in bash::mentions(&command.text) {
            match mention {
                Mention::Image(name) => work.needs.push(Thing::Image(name)),
                Mention::Builds(name) => work.makes.push(Thing::Image(name)),
                _ => {}
            }
        }
        // What only a run can tell is not compared.
        let tells = |thing: &Thing| !matches!(thing, Thing::Path(path) | Thing::Image(path) if path.contains(['$', '`', '*', '?', '{', '<']));
        work.makes.retain(tells);
        work.needs.retain(tells);
        work
    }

    fn call(&mut self, call: &Called) {
        self.needs.push(Thing::Function(call.name.clone()));
        if call.name.starts_with("./") {
            self.needs.push(Thing::Path(clean(&call.name)));
        }
        let operands: Vec<&str> = call.operands.iter().map(String::as_str).collect();
        match (call.name.as_str(), &operands[..]) {
            ("docker" | "podman" | "nerdctl", ["build" | "buildx", ..]) => {
                let context = operands.last().filter(|last| operands.len() > 1 && **last != "build");
                self.needs.extend(context.map(|path| Thing::Path(clean(path))));
            }
            ("docker" | "podman" | "nerdctl", ["push", name, ..]) => {
                self.needs.push(Thing::Image((*name).to_owned()));
            }
            ("git", ["clone", from]) if from.contains('/') => {
                let name = from.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                self.makes.push(Thing::Path(name.trim_end_matches(".git").to_owned()));
            }
            _ => {}
        }
    }

    /// Where the excluded slides leave the shell: in a folder, if they do not go back from it.
    fn goes(&self, lost: &mut BTreeMap<Thing, usize>, line: usize) {
        let back = self.strays || self.enters.iter().any(|to| to.starts_with("..") || to == "~");
        if back || !self.enters.is_empty() {
            lost.retain(|thing, _| !matches!(thing, Thing::Folder(_)));
        }
        if let Some(to) = self.enters.last().filter(|_| !back) {
            lost.insert(Thing::Folder(to.clone()), line);
        }
    }
}

/// A path as it is compared.
fn clean(path: &str) -> String {
    let path = path.strip_prefix("./").unwrap_or(path);
    if path.len() > 1 { path.trim_end_matches('/').to_owned() } else { path.to_owned() }
}

/// Whether a path is looked for where the shell is.
fn is_relative(path: &str) -> bool {
    !path.starts_with(['/', '~', '$', '-']) && !path.contains("://")
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::codes;
    use crate::lint::testing::{bash, found_without};

    #[test]
    fn what_is_excluded_must_not_be_needed() {
        let deck = |first: &str, second: &str| {
            format!("class: self-paced\n\n{}\n---\n\n{}", bash(&[first]), bash(&[second]))
        };
        let of = |first, second| found_without(codes::EXCLUDED_NEEDED, &deck(first, second), &["self-paced"]);
        for (first, second, wanted) in [
            ("IP=1.2.3.4", "ping $IP", "$IP"),
            ("greet() { echo hi; }", "greet", "greet"),
            ("echo x > notes.txt", "cat notes.txt", "notes.txt"),
            ("mkdir -p ~/lab", "cd ~/lab/web", "~/lab/web"),
            ("git clone https://h.io/o/shop.git", "cd shop", "shop"),
            ("cd ~/stacks", "docker-compose -f app.yaml up -d", "app.yaml"),
            ("docker build -t shop:v1 .", "docker push shop:v1", "shop:v1"),
            ("docker tag a shop:v2", "docker run -d shop:v2", "shop:v2"),
            ("mkdir web; touch web/Dockerfile", "docker build -t web ./web", "./web"),
        ] {
            let found = of(first, second);
            assert_eq!(found.len(), 1, "{first} / {second}: {found:?}");
            assert!(found[0].contains(wanted.trim_start_matches("./")), "{found:?}");
        }
        for (first, second) in [
            ("IP=1.2.3.4", "IP=2; ping $IP"),
            ("IP=1.2.3.4", "IP=2\nping $IP"),
            ("true", "ping $IP"),
            ("greet() { echo hi; }", "echo greet"),
            ("echo x > notes.txt", "echo y > notes.txt\ncat notes.txt"),
            ("mkdir -p ~/lab", "mkdir -p ~/lab && cd ~/lab"),
            ("cd ~/stacks; ls; cd", "cat app.yaml"),
            ("cd ~/stacks", "cd ~/stacks\ncat app.yaml"),
            ("cd ~/stacks", "cat /etc/hosts"),
            ("docker build -t shop:v1 .", "docker run nginx"),
            ("docker build -t shop:v1 .", "docker build -t shop:v1 . && docker push shop:v1"),
            ("echo x > notes.txt", "cat $NOTES"),
        ] {
            assert_eq!(of(first, second), [""; 0], "{first} / {second}");
        }
        assert_eq!(found_without(codes::EXCLUDED_NEEDED, &deck("IP=1", "ping $IP"), &[]), [""; 0]);
    }
}
