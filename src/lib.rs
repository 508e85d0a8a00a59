//! labrun runs the labs of markdown training slides the way a learner types them, checks what the slides promise,
//! and names the line of the slide that is wrong.
//!
//! Data moves one way:
//!
//! ```text
//! text ─ remark ─► deck ─► plan ─► run (session on a stage) ─► events ─► reporters, journal
//! ```
//!
//! Everything left of [`run`] is synchronous and pure: it reads the deck and nothing else. One stream of
//! [`event::Event`]s is all that reporters see; [`run::Control`] is the only way in. `ARCHITECTURE.md` has the
//! table of modules and what each may use; a test holds it.

// They panic where nobody reads: `sys::say`, and writes whose errors count, do not.
#![warn(clippy::print_stderr, clippy::print_stdout)]

pub mod accept;
pub mod bash;
pub mod cli;
pub mod deck;
pub mod diagnostic;
pub mod doctor;
pub mod event;
pub mod expect;
pub mod keys;
pub mod lint;
pub mod plan;
pub mod preflight;
pub mod remark;
pub mod report;
pub mod run;
pub mod session;
pub mod source;
pub mod stage;
pub mod sys;
pub mod values;
