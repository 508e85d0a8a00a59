//! `--report json=FILE`: the run as one JSON document, for programs that do not want to read a journal.

use std::io::{self, Write};

use super::Reporter;
use super::outline::Gatherer;
use crate::event::Event;

/// Writes the document when the run ends.
#[derive(Debug)]
pub struct Json<W> {
    out: W,
    gatherer: Gatherer,
}

impl<W: Write> Json<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> Self {
        Self { out, gatherer: Gatherer::default() }
    }
}

impl<W: Write> Reporter for Json<W> {
    fn on(&mut self, event: &Event) -> io::Result<()> {
        if let Some(run) = self.gatherer.take(event) {
            serde_json::to_writer_pretty(&mut self.out, run)?;
            writeln!(self.out)?;
            self.out.flush()?;
        }
        Ok(())
    }
}
