//! The files of the session, as labrun itself finds them: what a deck wrote to `/etc` is not in labrun's own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::sys;

/// Where files of the session are to be found.
#[derive(Clone, Debug, Default)]
pub(super) struct Reach {
    view: Option<Arc<sys::View>>,
    /// The folder that is the same on both sides.
    shared: PathBuf,
}

impl Reach {
    /// Those of a view, if the session has one; `shared` is the same in it and outside.
    pub(super) fn new(view: Option<Arc<sys::View>>, shared: &Path) -> Self {
        Self { view, shared: shared.to_owned() }
    }

    /// A path by which labrun opens what the session has at the absolute `path`. Not for people to see.
    pub(super) fn find(&self, path: &Path) -> PathBuf {
        match &self.view {
            Some(view) if !path.starts_with(&self.shared) || has_parents(path) => view.reach(path),
            _ => path.to_owned(),
        }
    }
}

fn has_parents(path: &Path) -> bool {
    path.components().any(|part| part == std::path::Component::ParentDir)
}
