//! Is this machine ready for these decks? Puts what their plans call, read and name beside what is here, and says what
//! they would do that somebody may want to know before. Nothing that a deck holds is run: only a fixed list of programs is
//! asked for its version.

mod address;
mod machine;
mod names;
pub mod safety;
mod ways;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::bash::{self, Configuration, Mention};
use crate::plan::{Plan, Step};
use crate::preflight;
use crate::stage::{self, Kind, Stage};
pub use address::address;
use machine::Machine;
pub use names::Names;
use safety::{Danger, Ground, Permissions};
pub use safety::{configures, dangers, logins, stored};
use ways::Does;
pub use ways::Start;

/// A deck with what holds for it.
#[derive(Debug)]
pub struct Patient<'a> {
    /// What it would run.
    pub plan: &'a Plan,
    /// Where.
    pub kind: Kind,
    /// Programs that may run on the simulated stage.
    pub allow: Vec<String>,
    /// The folder whose content becomes the scratch HOME; simulated only.
    pub home: Option<PathBuf>,
    /// What its user lets it do.
    pub permissions: Permissions,
}

/// What was found.
#[derive(Debug, Serialize)]
pub struct Health {
    /// Whether nothing is in the way of a run.
    pub ready: bool,
    /// Each deck.
    pub decks: Vec<Deck>,
    /// The programs that they call, by name.
    pub programs: Vec<Program>,
    /// The kube context in use, where a deck calls for one.
    pub kube_context: Option<Context>,
    /// The docker engine in use, where a deck calls for one.
    pub docker_host: Option<String>,
    /// What they name, to be pulled or reached before class.
    pub names: Names,
}

/// One deck.
#[derive(Debug, Serialize)]
pub struct Deck {
    /// As given on the command line.
    pub path: String,
    /// `host` or `simulated`.
    pub stage: String,
    /// What is in the way of a run.
    pub problems: Vec<Note>,
    /// What to think of, and no reason not to run.
    pub warnings: Vec<Note>,
    /// Commands that act as another user, destroy something, or cannot be taken back.
    pub marked: Vec<Note>,
}

/// Something about a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The line of the deck.
    pub line: usize,
    /// What kind of thing this is: `errors`, `value`, `program`, `file`, `refused`, `variable`, `sudo`, …
    pub kind: &'static str,
    /// One lower-case sentence.
    pub text: String,
    /// Whether learners do not see the command.
    pub hidden: bool,
}

/// A program.
#[derive(Debug, Serialize)]
pub struct Program {
    /// As decks call it.
    pub name: String,
    /// Where it is; `None` where it is missing, or a stand-in answers for it.
    pub path: Option<PathBuf>,
    /// What it says that it is, where asking is safe.
    pub version: Option<String>,
    /// `found`, `missing`, `simulated`, or `installed` by a deck.
    pub state: &'static str,
    /// The first place that calls it: `deck.md:12`.
    pub place: String,
}

/// A kube context.
#[derive(Debug, Serialize)]
pub struct Context {
    /// Its name.
    pub name: String,
    /// The server of its cluster.
    pub server: String,
    /// Whether that is on this machine.
    pub local: bool,
}

/// Examines all decks; `ground` is the user's.
#[must_use]
pub fn examine(patients: &[Patient<'_>], ground: &Ground) -> Health {
    let machine = Machine::here();
    let mut programs: BTreeMap<String, Program> = BTreeMap::new();
    let mut names = Names::default();
    let mut decks = Vec::new();
    for patient in patients {
        names.collect(patient, &start(patient, ground));
        let mut deck = Deck {
            path: patient.plan.deck.source.path().display().to_string(),
            stage: patient.kind.to_string(),
            problems: Vec::new(),
            warnings: Vec::new(),
            marked: marked(patient.plan),
        };
        values(patient.plan, &mut deck);
        called(patient, &machine, &mut programs, &mut deck);
        files(patient, ground, &mut deck);
        variables(patient.plan, &machine, patient.kind, &mut deck);
        if patient.kind == Kind::Host {
            refused(patient, ground, &mut deck);
        }
        deck.problems.sort_by_key(|note| note.line);
        decks.push(deck);
    }
    let mut programs: Vec<Program> = programs.into_values().collect();
    ask_versions(&mut programs, patients);
    let on_host = || patients.iter().filter(|patient| patient.kind == Kind::Host);
    let calls = |names: &[&str]| {
        on_host()
            .any(|patient| patient.plan.own_commands().any(|one| names.iter().any(|name| one.calls(name))))
    };
    Health {
        ready: decks.iter().all(|deck| deck.problems.is_empty()),
        decks,
        programs,
        kube_context: calls(&["kubectl", "k", "helm", "flux", "oc"]).then(|| context(ground)).flatten(),
        docker_host: calls(&["docker", "docker-compose"])
            .then(|| machine::docker_host(&ground.places.docker)),
        names,
    }
}

fn context(ground: &Ground) -> Option<Context> {
    let name = ground.kube.current.clone()?;
    let server = ground.kube.servers.get(&name).cloned().unwrap_or_default();
    Some(Context { local: ground.kube.is_local(&name), name, server })
}

/// Whether a name holds a word that still asks for a value.
fn open(plan: &Plan, name: &str) -> bool {
    plan.steps.iter().flat_map(|step| &step.needs).any(|needed| name.contains(needed.as_str()))
}

/// Values that nothing gives.
fn values(plan: &Plan, deck: &mut Deck) {
    let mut told: Vec<&str> = Vec::new();
    for step in &plan.steps {
        for name in &step.needs {
            if !told.contains(&name.as_str()) {
                told.push(name);
                deck.problems.push(note(
                    step.line,
                    "value",
                    step.hidden,
                    format!("no value is given: --set '{name}=VALUE'"),
                ));
            }
        }
    }
}

/// Programs that are called, and those that are missing.
fn called(
    patient: &Patient<'_>,
    machine: &Machine,
    programs: &mut BTreeMap<String, Program>,
    deck: &mut Deck,
) {
    let plan = patient.plan;
    let calls: Vec<(String, usize)> = plan
        .own_commands()
        .flat_map(|command| command.programs.iter().map(|program| (program.clone(), command.line)))
        .collect();
    let makes = plan.makes();
    let installs: Vec<String> = plan
        .own_commands()
        .flat_map(|command| bash::mentions(&command.text))
        .filter_map(|mention| if let Mention::Installs(name) = mention { Some(name) } else { None })
        .collect();
    let allow = [&*patient.allow, &*plan.allowed].concat();
    let refused = Stage::refused(patient.kind, &calls, &allow, &makes);
    for (name, line) in calls {
        let known = name.rsplit('/').next().unwrap_or(&name);
        let own = name.contains('/') && !name.starts_with('/') || name.starts_with('~');
        if own
            || name.starts_with('-')
            || programs.get(&name).is_some_and(|program| program.state != "simulated")
        {
            continue;
        }
        let path = machine.find(&name);
        let by_deck = installs.iter().chain(&makes).any(|made| made == known);
        let stands_in = patient.kind == Kind::Simulated && stage::has_stand_in(&name);
        let state = match &path {
            _ if stands_in => "simulated",
            _ if refused.iter().any(|one| one.program == name) => "refused",
            Some(_) => "found",
            None if by_deck => "installed",
            None => "missing",
        };
        if state == "missing" {
            deck.problems.push(note(line, "program", false, format!("{name} is not on this machine")));
        }
        let place = format!("{}:{line}", deck.path);
        let path = path.filter(|_| !stands_in);
        programs.insert(name.clone(), Program { name, path, version: None, state, place });
    }
    let mut told: Vec<&str> = Vec::new();
    for one in &refused {
        if !told.contains(&one.program.as_str()) {
            told.push(&one.program);
            deck.problems.push(note(one.line, "program", false, format!("{}: {}", one.program, one.reason)));
        }
    }
}

/// Where a deck starts. On the simulated stage HOME is a copy of this folder, and there it starts.
fn start(patient: &Patient<'_>, ground: &Ground) -> Start {
    match (patient.kind, &patient.home) {
        (Kind::Host, _) => ground.start.clone(),
        (Kind::Simulated, Some(home)) => Start { folder: home.clone(), home: home.clone() },
        (Kind::Simulated, None) => Start { folder: "/nowhere".into(), home: "/nowhere".into() },
    }
}

/// Files and folders that must be there.
fn files(patient: &Patient<'_>, ground: &Ground, deck: &mut Deck) {
    let start = start(patient, ground);
    let needed = ways::ways(patient.plan, &start).into_iter().filter(|way| way.does == Does::Needs);
    let missing = |way: &ways::Way| way.path != start.home && !way.path.exists();
    for way in needed.filter(|way| missing(way) && !open(patient.plan, &way.path.to_string_lossy())) {
        let shown = match way.path.strip_prefix(&start.home) {
            Ok(below) => format!("~/{}", below.display()),
            Err(_) => way.path.display().to_string(),
        };
        deck.problems.push(note(
            way.line,
            "file",
            false,
            format!("{shown} is not there, and no command before makes it"),
        ));
    }
}

/// Variables that are read and that nobody sets.
fn variables(plan: &Plan, machine: &Machine, kind: Kind, deck: &mut Deck) {
    let mut set: Vec<String> = Vec::new();
    for step in plan.steps.iter().filter(|step| step.skip.is_none()) {
        for command in step.commands() {
            let defaulted = bash::defaulted(&command.text);
            for name in &command.reads {
                let known = set.contains(name)
                    || command.sets.contains(name)
                    || defaulted.contains(name)
                    || machine.has_variable(name, kind == Kind::Simulated);
                if !known && command.inside.is_none() {
                    set.push(name.clone());
                    deck.warnings.push(note(
                        command.line,
                        "variable",
                        step.hidden,
                        format!("${name} is used, and neither the deck nor the environment sets it before"),
                    ));
                }
            }
            set.extend(command.sets.iter().cloned());
        }
    }
}

/// What will not be let happen, and what changes a copy.
fn refused(patient: &Patient<'_>, ground: &Ground, deck: &mut Deck) {
    for Danger { line, what, switch } in dangers(patient.plan, ground, &patient.permissions) {
        deck.problems.push(note(line, "refused", false, format!("{what}; {switch}")));
    }
    let copies = if patient.permissions.share_config { "your own" } else { "the run's own copy of your" };
    for (kind, line) in configures(patient.plan) {
        let what = match kind {
            Configuration::Kube => "kubeconfig",
            Configuration::Docker => "docker configuration",
        };
        deck.warnings.push(note(line, "configuration", false, format!("it changes {copies} {what}")));
    }
    if !patient.permissions.share_config
        && let Some((line, said)) = logins(patient.plan).zip(stored(&ground.places.docker))
    {
        deck.warnings.push(note(line, "configuration", false, said));
    }
}

/// Commands to think twice about.
fn marked(plan: &Plan) -> Vec<Note> {
    let mut marked = Vec::new();
    let steps = plan.steps.iter().filter(|step| step.skip.is_none());
    let commands = steps.flat_map(|step: &Step| step.commands().iter().map(move |command| (step, command)));
    for (step, command) in commands {
        for mention in bash::mentions(&command.text) {
            let (kind, why) = match mention {
                Mention::Sudo => ("sudo", String::new()),
                Mention::Destroys(what) => ("destructive", format!(" ({what})")),
                Mention::Final(why) => ("irreversible", format!(" ({why})")),
                _ => continue,
            };
            let text = in_a_line(&command.text);
            marked.push(note(command.line, kind, step.hidden, format!("{text}{why}")));
        }
    }
    marked
}

/// A command in a line, its continuations joined.
fn in_a_line(text: &str) -> String {
    const LONGEST: usize = 160;
    let joined = text.replace("\\\n", " ");
    let words: Vec<&str> = joined.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn note(line: usize, kind: &'static str, hidden: bool, text: String) -> Note {
    Note { line, kind, text, hidden }
}

/// Asks what is found for its version, all at once.
fn ask_versions(programs: &mut [Program], patients: &[Patient<'_>]) {
    let mut never: Vec<PathBuf> = Vec::new();
    for patient in patients {
        let folder = patient.plan.deck.source.path().parent().map(Path::to_path_buf).unwrap_or_default();
        let folder =
            std::path::absolute(if folder.as_os_str().is_empty() { Path::new(".") } else { &folder });
        never.extend(
            folder.iter().cloned().chain(folder.iter().filter_map(|folder| folder.canonicalize().ok())),
        );
    }
    std::thread::scope(|scope| {
        for program in programs {
            let never = &never;
            scope.spawn(move || {
                let name = program.name.rsplit('/').next().unwrap_or_default();
                program.version =
                    program.path.as_ref().and_then(|path| preflight::version(name, path, never));
            });
        }
    });
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::deck::{self, Labs};
    use crate::plan::{self, Plan, Settings};
    use crate::source::Source;

    /// The plan of a deck of one lab with these blocks.
    pub(super) fn plan(blocks: &[&str]) -> Plan {
        let blocks: Vec<String> = blocks.iter().map(|block| format!("```bash\n{block}\n```\n")).collect();
        let text = format!("# A slide\n\n.lab[\n\n{}\n]\n", blocks.join("\n"));
        let deck = deck::parse(Source::new("a.md", text), &Labs::default());
        plan::make(Arc::new(deck), &Settings::default())
    }
}
