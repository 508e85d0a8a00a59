//! What was typed and what it means; wires the modules, decides nothing.

pub mod args;
pub mod settings;

use std::process::ExitCode;

/// The program.
#[must_use]
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
