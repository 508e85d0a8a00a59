//! The rules: each file looks for one thing, and says it with one code.

mod allow_astray;
mod alternatives;
mod backticks_run;
mod call_incomplete;
mod cd_nowhere;
mod check_idle;
mod continuation_missing;
mod excluded_needed;
mod fails_unsaid;
mod id_duplicate;
mod language_missing;
mod language_wrong;
mod name_unknown;
mod never_ends;
mod placeholder;
mod program_misspelled;
mod promise_alone;
mod property_lost;
mod secret_in_clear;
mod shell_unleft;
mod variable_unset;
mod wait_echo;
mod wait_far;

use super::subject::{At, Subject};
use crate::diagnostic::Diagnostic;

pub(super) use allow_astray::check as allow_astray;

/// Looks for one thing in a deck.
pub(super) type Check = fn(&Subject<'_>) -> Vec<Diagnostic>;

/// Every rule, but for the one that looks at what the others leave.
pub(super) const ALL: &[Check] = &[
    alternatives::check,
    backticks_run::check,
    call_incomplete::check,
    cd_nowhere::check,
    check_idle::check,
    continuation_missing::check,
    excluded_needed::check,
    fails_unsaid::check,
    id_duplicate::check,
    language_missing::check,
    language_wrong::check,
    name_unknown::check,
    never_ends::check,
    placeholder::check,
    program_misspelled::check,
    promise_alone::check,
    property_lost::check,
    secret_in_clear::check,
    shell_unleft::check,
    variable_unset::check,
    wait_echo::check,
    wait_far::check,
];
