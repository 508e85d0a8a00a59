//! Why a deck is not run at all, in words, with labrun's exit code for it.

use std::collections::BTreeMap;

use super::{chain, decks};
use crate::deck::{Block, Item};
use crate::diagnostic::{self, Severity};
use crate::doctor;
use crate::doctor::safety::{Ground, Permissions};
use crate::event::Exit;
use crate::plan::{Plan, Step};
use crate::run;
use crate::stage::{self, Stage};
use crate::values;

/// Lines named in one message before the rest is counted.
const NAMED: usize = 8;

/// Why a deck is not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The sentence, and further lines.
    pub message: String,
    /// The exit code.
    pub exit: Exit,
}

/// The deck or its configuration cannot be read.
#[must_use]
pub fn unreadable(error: &decks::Error) -> Refusal {
    Refusal { message: chain(error), exit: error.exit() }
}

/// A secret cannot be masked.
#[must_use]
pub fn secret(error: &values::Error) -> Refusal {
    Refusal { message: chain(error), exit: Exit::Usage }
}

/// The stage cannot be set up.
#[must_use]
pub fn no_stage(error: &stage::Error) -> Refusal {
    Refusal { message: chain(error), exit: Exit::Nothing }
}

/// The live shell broke on the way.
#[must_use]
pub fn broke(error: &run::Error) -> Refusal {
    Refusal { message: chain(error), exit: Exit::Broke }
}

/// Somebody stopped the run before it came to this deck.
#[must_use]
pub fn interrupted() -> Refusal {
    Refusal { message: "not run: the run was interrupted before".to_owned(), exit: Exit::Interrupted }
}

/// Refuses a plan with errors, without steps, or with blanks that nothing fills.
///
/// # Errors
/// The refusal.
pub fn of_plan(plan: &Plan) -> Result<(), Refusal> {
    let path = plan.deck.source.path().display();
    let errors: Vec<_> =
        plan.diagnostics.iter().filter(|one| one.severity == Severity::Error).cloned().collect();
    if !errors.is_empty() {
        let drawn = diagnostic::render(&errors, &plan.deck.source, false);
        return Err(Refusal { message: format!("{path} has errors\n{drawn}"), exit: Exit::Deck });
    }
    if plan.steps.is_empty() {
        return Err(Refusal { message: nothing_to_run(plan), exit: Exit::Nothing });
    }
    if plan.steps.iter().any(|step| step.lacks().next().is_some()) {
        let message = fill_in(plan, "has blanks that nothing fills", &missing_values(plan));
        return Err(Refusal { message, exit: Exit::Nothing });
    }
    Ok(())
}

/// Refuses what would reach beyond this machine's lab: clusters elsewhere, the deck's own folder, the user's own files.
///
/// # Errors
/// The refusal.
pub fn of_host(plan: &Plan, ground: &Ground, permissions: &Permissions) -> Result<(), Refusal> {
    let dangers = doctor::dangers(plan, ground, permissions);
    if dangers.is_empty() {
        return Ok(());
    }
    let path = plan.deck.source.path().display();
    let mut lines = vec![format!("{path} would reach beyond what is its own")];
    lines.extend(dangers.iter().take(NAMED).flat_map(|danger| {
        [format!("  {path}:{}: {}", danger.line, danger.what), format!("    {}", danger.switch)]
    }));
    lines.push("  `--stage simulated` touches no cluster and no file of yours".to_owned());
    Err(Refusal { message: lines.join("\n"), exit: Exit::Nothing })
}

/// Refuses programs that the stage does not have, and files that it cannot keep apart from the machine's.
///
/// # Errors
/// The refusal.
pub fn of_stage(plan: &Plan, stage: &Stage) -> Result<(), Refusal> {
    let refused = stage.admit(&programs(plan));
    let exposed = stage.exposed();
    let (path, kind) = (plan.deck.source.path().display(), stage.about().kind);
    let mut lines = Vec::new();
    if !refused.is_empty() {
        lines.push(format!("{path} calls what the {kind} stage does not have"));
        lines.extend(
            refused.iter().map(|one| format!("  {path}:{}: {}: {}", one.line, one.program, one.reason)),
        );
    }
    if !exposed.is_empty() {
        lines.push(format!(
            "{path} writes what the {kind} stage cannot keep apart from this machine's own files"
        ));
        lines.extend(
            exposed
                .iter()
                .take(NAMED)
                .map(|one| format!("  {path}:{}: {}: {}", one.line, one.path.display(), one.reason)),
        );
        lines.push(
            "  run it as root or where users may have namespaces; `--stage host` writes for real".to_owned(),
        );
    }
    if lines.is_empty() {
        return Ok(());
    }
    Err(Refusal { message: lines.join("\n"), exit: Exit::Nothing })
}

fn nothing_to_run(plan: &Plan) -> String {
    let path = plan.deck.source.path().display();
    let mut lines = vec![format!("{path} has no lab with a bash block: nothing to run")];
    let in_labs: Vec<String> = fences_in_labs(plan)
        .take(NAMED)
        .map(|block| match block.language.as_str() {
            "" => format!("line {} (no language)", block.line),
            language => format!("line {} ({language})", block.line),
        })
        .collect();
    if !in_labs.is_empty() {
        lines.push(format!("  only bash is run; its labs hold other blocks: {}", in_labs.join(", ")));
    }
    let blocks = plan.outside.len();
    if blocks > 0 {
        let named: Vec<String> = plan.outside.iter().take(NAMED).map(ToString::to_string).collect();
        let (named, more) = (named.join(", "), if blocks > NAMED { " …" } else { "" });
        let (s, them) = if blocks == 1 { ("", "it") } else { ("s", "them") };
        lines.push(format!("  it has {blocks} bash block{s} outside labs: line{s} {named}{more}"));
        lines.push(format!("  to run {them}:  labrun {path} --labs all"));
    }
    lines.join("\n")
}

/// The blocks that stand in a lab.
fn fences_in_labs(plan: &Plan) -> impl Iterator<Item = &Block> {
    plan.deck.slides.iter().flat_map(|slide| &slide.items).filter_map(|item| match item {
        Item::Block(block) if block.lab.is_some() => Some(block),
        Item::Block(_) | Item::Directive(_) => None,
    })
}

/// What to say of values that are lacking, and that stop no more than their own step: whether a word such as `X.X.X.X`
/// asks for one, only a person can tell.
#[must_use]
pub fn lacking(plan: &Plan) -> Vec<String> {
    let missing = missing_values(plan);
    if missing.is_empty() {
        return Vec::new();
    }
    vec![fill_in(plan, "has words that ask for values; their steps will fail", &missing)]
}

/// Each name that lacks a value, with the line where it stands first.
fn missing_values(plan: &Plan) -> BTreeMap<&str, usize> {
    let mut missing = BTreeMap::new();
    for step in &plan.steps {
        for name in &step.needs {
            missing.entry(name.as_str()).or_insert(step.line);
        }
    }
    missing
}

/// The names, and a file of values to be filled in.
fn fill_in(plan: &Plan, what: &str, missing: &BTreeMap<&str, usize>) -> String {
    let path = plan.deck.source.path().display();
    let mut lines = vec![format!("{path} {what}")];
    lines.extend(missing.iter().map(|(name, line)| format!("  {path}:{line}: {name}")));
    lines.push(
        "  fill each with --set NAME=VALUE, or all with --values FILE, a .toml file of:\n\n[values]"
            .to_owned(),
    );
    lines.extend(missing.keys().map(|name| format!("{name:?} = \"\"")));
    lines.join("\n")
}

/// Every program that the plan types, with its line.
fn programs(plan: &Plan) -> Vec<(String, usize)> {
    plan.steps
        .iter()
        .filter(|step| step.skip.is_none())
        .flat_map(Step::commands)
        .flat_map(|command| command.programs.iter().map(|program| (program.clone(), command.line)))
        .collect()
}
