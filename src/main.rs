//! The `labrun` program: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    labrun::cli::main()
}
