//! Asks the person at the terminal for values that nothing gives, once each.

use std::collections::BTreeMap;
use std::io::{self, BufRead, IsTerminal, Write};

use super::decks::One;
use super::tty::Mode;
use crate::values;

/// What a person gave, by name.
pub type Answers = BTreeMap<String, String>;

/// Whether there is somebody to ask.
#[must_use]
pub fn somebody() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for each value that a deck lacks, in the order of the decks. Secrets are not shown. No answer is no value; the end
/// of input ends the questions.
///
/// # Errors
/// When the terminal is gone.
pub fn ask(decks: &[One], secrets: &[String]) -> io::Result<Answers> {
    let mut answers = Answers::new();
    for (name, place) in lacking(decks, secrets) {
        let hidden = values::is_secret(&name) || secrets.contains(&name);
        let mode = if hidden { Some(Mode::unseen()?) } else { None };
        write!(io::stderr(), "{name}{place}: ")?;
        io::stderr().flush()?;
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line)?;
        drop(mode);
        if hidden || read == 0 {
            writeln!(io::stderr())?;
        }
        if read == 0 {
            break;
        }
        let answer = line.trim_end_matches(['\n', '\r']);
        if !answer.is_empty() {
            answers.insert(name, answer.to_owned());
        }
    }
    Ok(answers)
}

/// Names without a value, each once, with the place that asks for it.
fn lacking(decks: &[One], secrets: &[String]) -> Vec<(String, String)> {
    let mut lacking: Vec<(String, String)> = Vec::new();
    let planned = || decks.iter().filter_map(|(path, deck)| Some((path, deck.as_ref().ok()?)));
    for (path, deck) in planned() {
        for step in &deck.plan.steps {
            for name in &step.needs {
                if !lacking.iter().any(|(known, _)| known == name) {
                    lacking.push((name.clone(), format!(" ({}:{})", path.display(), step.line)));
                }
            }
        }
    }
    for name in secrets {
        let given = planned().any(|(_, deck)| deck.settings.values.get(name).is_some())
            || std::env::var_os(name).is_some_and(|value| !value.is_empty());
        if !given && !lacking.iter().any(|(known, _)| known == name) {
            lacking.push((name.clone(), String::new()));
        }
    }
    lacking
}
