//! What is wrong with a deck, found without running any of it: what reading and planning it told already, and rules of
//! its own, one a file. A problem that `remark`, `deck` or `plan` tells is not looked for again here.

mod explain;
mod fix;
mod levels;
mod print;
mod rules;
mod subject;

#[cfg(test)]
mod testing;

use crate::diagnostic::Diagnostic;
use crate::plan::Plan;

pub use explain::{explain, known};
pub use fix::{Fixed, fixed};
pub use levels::{Level, Levels};
pub use print::{Summary, github, json};
use subject::Subject;

/// Adds to the plan's diagnostics what the rules find, takes back what the deck allows, and weighs all of it as `levels`
/// say. `exclude` are the classes of slides that are not shown; the plan is of the whole deck nevertheless.
pub fn lint(plan: &mut Plan, levels: &Levels, exclude: &[String]) {
    let subject = Subject { plan, exclude };
    let mut found: Vec<Diagnostic> = rules::ALL.iter().flat_map(|check| check(&subject)).collect();
    plan.take_back(&mut found);
    found.extend(rules::allow_astray(plan));
    found.append(&mut plan.diagnostics);
    plan.diagnostics = levels.weigh(found);
    plan.diagnostics.sort_by_key(|one| (one.span, one.code));
    plan.diagnostics.dedup();
}
