//! What people and programs read of a run: one file a reporter, all fed by events alone.

pub mod cast;
pub mod doctor;
pub mod json;
pub mod junit;
pub mod layout;
mod outline;
pub mod plan;
pub mod terminal;

use std::io;

use crate::event::Event;

/// Something that makes a view of a run out of its events. It sees every event, in order, and never calls back.
pub trait Reporter {
    /// Takes one event.
    ///
    /// # Errors
    /// When what it writes to does not take it.
    fn on(&mut self, event: &Event) -> io::Result<()>;
}
