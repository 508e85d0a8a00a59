//! The panes of a run: which there are, which one is typed into, and which was left last.

use super::Error;
use super::pane::Pane;
use crate::plan;
use crate::session::{self, Session};

/// At least one pane, until they are closed.
pub(super) struct Panes {
    list: Vec<Pane>,
    at: usize,
    before: usize,
}

impl Panes {
    pub(super) fn new(session: Session) -> Self {
        Self { list: vec![Pane::new(session)], at: 0, before: 0 }
    }

    /// The one that is typed into; none only after a shell that was lost could not be replaced.
    pub(super) fn here(&mut self) -> Result<&mut Pane, Error> {
        self.list.get_mut(self.at).ok_or(Error::Session(session::Error::Abandoned))
    }

    /// Turns to another pane; says why where that cannot be done.
    pub(super) async fn turn(&mut self, pane: plan::Pane) -> Result<Result<(), String>, Error> {
        let to = match pane {
            plan::Pane::New => {
                let sibling = self.here()?.sibling().await?;
                self.list.push(sibling);
                self.list.len() - 1
            }
            plan::Pane::Last => self.before,
            plan::Pane::Select(number) => match self.opened().nth(number) {
                Some(place) => place,
                None => return Ok(Err(format!("there is no pane {number}: {} open", self.in_words()))),
            },
            // Before one is closed, what ran there is judged: `close_here`.
            plan::Pane::Close | plan::Pane::Layout => return Ok(Ok(())),
        };
        (self.before, self.at) = (self.at, to);
        Ok(Ok(()))
    }

    /// Turns to a pane that no deck opened and no deck counts, for what is typed while this one serves: one that is free,
    /// or a new one.
    pub(super) async fn turn_aside(&mut self) -> Result<(), Error> {
        let free = |pane: &Pane| pane.is_aside && !pane.is_taken();
        if let Some(place) = self.list.iter().position(free) {
            // It stands for the one that serves: which was left last stays as it is.
            self.at = place;
            return Ok(());
        }
        // Nothing keeps a learner from opening another terminal.
        let before = self.before;
        let _ = self.turn(plan::Pane::New).await?;
        self.before = before;
        self.here()?.is_aside = true;
        Ok(())
    }

    /// Where the panes stand that the deck opened.
    fn opened(&self) -> impl Iterator<Item = usize> {
        self.list.iter().enumerate().filter(|(_, pane)| !pane.is_aside).map(|(place, _)| place)
    }

    fn in_words(&self) -> String {
        match self.opened().count() {
            1 => "1 is".to_owned(),
            many => format!("{many} are"),
        }
    }

    /// A new shell in this pane: exported variables and the directory are kept.
    pub(super) async fn restart(&mut self) -> Result<(), Error> {
        self.here()?;
        let fresh = self.list.remove(self.at).restart().await?;
        self.list.insert(self.at, fresh);
        Ok(())
    }

    /// Ends this pane; the one that was left last is next. The only one gets a new shell: then this is true.
    pub(super) async fn close_here(&mut self) -> Result<bool, Error> {
        self.here()?;
        if self.list.len() == 1 {
            self.restart().await?;
            return Ok(true);
        }
        let gone = self.at;
        self.list.remove(gone).close().await?;
        let left = |place: usize| if place > gone { place - 1 } else { place }.min(self.list.len() - 1);
        (self.at, self.before) = (left(self.before), left(self.before));
        Ok(false)
    }

    /// Ends them all; the first that could not be ended is told.
    pub(super) async fn close(self) -> Result<(), Error> {
        let mut closed = Ok(());
        for pane in self.list {
            closed = closed.and(pane.close().await.map_err(Error::from));
        }
        closed
    }

    /// Every pane.
    pub(super) fn all(&mut self) -> impl Iterator<Item = &mut Pane> {
        self.list.iter_mut()
    }
}
