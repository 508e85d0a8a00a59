//! Standard error, which may be closed or full: what cannot be said there is nobody's fault.

use std::fmt::Display;
use std::io::{self, Write};

/// Says it, a line or more, where somebody reads it; `eprintln!` would panic where nobody does.
pub fn say(lines: impl Display) {
    let _ = writeln!(io::stderr(), "{lines}");
}
