//! What stand-ins were asked for and did not know. They say it where they are called; but behind a pipe or `|| true`
//! nobody would hear it, so the run hears it too.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How each sentence begins by which a stand-in says that it does not know something.
const BEGINS: &str = "labrun: the simulated ";

/// The sentence that says that a stand-in does not know something.
pub(super) fn sentence(program: &str, what: &str) -> String {
    format!("{BEGINS}{program} does not know {what}; `labrun --stage host` runs the real one")
}

/// Such a sentence in what a stand-in says, without the name of labrun before it.
pub(super) fn sentence_in(text: &str) -> Option<&str> {
    let line = text.lines().find(|line| line.starts_with(BEGINS))?;
    line.strip_prefix("labrun: ")
}

/// What was not known since it was last asked; clones are the same list.
#[derive(Clone, Debug, Default)]
pub(super) struct Unknown(Arc<Mutex<Vec<String>>>);

impl Unknown {
    /// Adds a sentence, once.
    pub(super) fn add(&self, sentence: &str) {
        let mut list = self.list();
        if !list.iter().any(|known| known == sentence) {
            list.push(sentence.to_owned());
        }
    }

    /// Takes all.
    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.list())
    }

    fn list(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_found_in_what_is_said_around_it() {
        let said =
            format!("unknown flag: --x\nSee 'docker ps --help'.\n{}\n", sentence("docker", "flag: --x"));
        assert!(
            sentence_in(&said)
                .is_some_and(|found| found.starts_with("the simulated docker does not know flag: --x; "))
        );
        assert_eq!(sentence_in("Error: labrun: the simulated x\nlabrun: something else"), None);
    }
}
