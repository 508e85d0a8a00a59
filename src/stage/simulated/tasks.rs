//! The tasks of a simulated stage: everything that it does beside answering, so that closing it ends them all.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::task::{AbortHandle, JoinSet};

/// Owns the tasks; dropping it ends them.
#[derive(Debug, Default)]
pub(super) struct Tasks(Arc<Mutex<JoinSet<()>>>);

/// Starts tasks; does not keep the stage alive.
#[derive(Clone, Debug, Default)]
pub(super) struct Spawner(Weak<Mutex<JoinSet<()>>>);

impl Tasks {
    /// What starts tasks here.
    pub(super) fn spawner(&self) -> Spawner {
        Spawner(Arc::downgrade(&self.0))
    }

    /// Ends all tasks and waits for that.
    pub(super) async fn end(self) {
        let mut tasks = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        tasks.shutdown().await;
    }
}

impl Spawner {
    /// Starts a task, unless the stage is being closed.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> Option<AbortHandle> {
        let tasks = self.0.upgrade()?;
        let mut tasks = tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        Some(tasks.spawn(task))
    }
}
