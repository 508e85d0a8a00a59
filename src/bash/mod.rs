//! Facts about a bash script, without running it: where its commands begin, what each calls, reads and sets, and
//! whether it looks, waits or acts. The parser (brush-parser) is named nowhere else.

use std::ops::Range;

/// A block of bash, cut into commands: the pieces joined are the block.
#[derive(Clone, Debug)]
pub struct Script {
    /// In order; their ranges tile the text.
    pub commands: Vec<Command>,
    /// Why the text does not parse, if it does not: then it is one command.
    pub problem: Option<Problem>,
}

/// What one Enter runs: `a; b` is one, a here-doc or an `if … fi` belongs to its own.
#[derive(Clone, Debug)]
pub struct Command {
    /// Bytes in the text; from its start to the start of the next.
    pub range: Range<usize>,
    /// What it does to the world.
    pub deed: Deed,
    /// Whether it asks a server (curl, kubectl, docker …), whose failure may pass.
    pub asks_server: bool,
    /// Whether and why it cannot be left alone.
    pub attendance: Attendance,
    /// The programs it calls by name (not builtins, functions or keywords), in order, once each.
    pub programs: Vec<String>,
    /// Variables it sets in the shell that runs it.
    pub sets: Vec<String>,
    /// Variables it reads.
    pub reads: Vec<String>,
}

/// What a command does to the world; it drives retry, limits and failure policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Only reads: may be tried again.
    Looks,
    /// Waits by itself: never cut short, never repeated.
    Waits,
    /// All else, and all that is not known.
    Acts,
}

/// Whether a command ends by itself, without a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attendance {
    /// It ends by itself.
    None,
    /// It wants a keyboard: an editor, a pager, a prompt, an inner shell. The text says which program and why.
    Keyboard(String),
    /// It shows things until it is stopped: `watch`, `logs -f`. The text says which program and why.
    Viewer(String),
    /// It serves until it is stopped. The text says which program and why.
    Server(String),
}

/// Where and why a text is not bash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Byte in the text.
    pub at: usize,
    /// One lower-case sentence.
    pub message: String,
}
