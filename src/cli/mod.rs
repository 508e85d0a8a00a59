//! What was typed and what it means; wires the modules, decides nothing.

pub mod args;
pub mod settings;

use std::process::ExitCode;

use crate::session::guard;

/// The program.
#[must_use]
pub fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|argument| argument == guard::ARGUMENT) {
        return guard::main(std::env::args_os().skip(2));
    }
    ExitCode::SUCCESS
}
