//! A fault of labrun's own (a panic): said as what it is, the terminal left as it was, and the exit code that says so.
//! What runs is ended by the guard, as after any sudden end.

use std::io::{self, Write};
use std::panic::PanicHookInfo;

use super::tty;
use crate::event::Exit;

/// From now on a panic, in whatever thread, ends labrun like this.
pub fn arm() {
    std::panic::set_hook(Box::new(|fault| {
        tty::restore();
        // Nothing more can be done where nobody reads it.
        let _ = writeln!(io::stderr(), "{}", told(fault));
        std::process::exit(Exit::Broke.code().into());
    }));
}

fn told(fault: &PanicHookInfo<'_>) -> String {
    let place = fault.location().map(|place| format!(" at {}:{}", place.file(), place.line()));
    let why = fault.payload_as_str().unwrap_or("no reason is known");
    format!(
        "labrun: labrun itself broke{}: {why}\n  it is not the deck's fault; what ran until now is in the journal",
        place.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// Set where this test is the process that breaks.
    const BREAKS: &str = "LABRUN_TEST_BREAKS";

    #[test]
    fn a_fault_of_labrun_is_told_as_one_and_has_its_exit_code() {
        if std::env::var_os(BREAKS).is_some() {
            arm();
            std::thread::spawn(|| panic!("a made-up reason")).join().unwrap_err();
        }
        let name = "cli::fault::tests::a_fault_of_labrun_is_told_as_one_and_has_its_exit_code";
        let broken = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(BREAKS, "1")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&broken.stderr);
        assert_eq!(broken.status.code(), Some(5), "{said}");
        assert!(said.contains("labrun itself broke at src/cli/fault.rs:"), "{said}");
        assert!(said.contains("a made-up reason") && said.contains("journal"), "{said}");
    }
}
