//! One call of a program, read as the program itself would: its options with their values, and its operands. What
//! the call does is looked up in [`super::programs`].

use super::programs::{self, Program, Use};

/// A call that a script makes on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    /// As written: `ls`, `./run.sh`; with its folder.
    pub name: String,
    /// The words behind the name, quotes removed, expansions as written.
    pub words: Vec<String>,
    /// Those of the words that are neither options nor the values of options, as far as the program is known.
    pub operands: Vec<String>,
    /// Whether something is piped or redirected into it.
    pub fed: bool,
}

/// A call: a name and words, quotes removed, expansions as written.
#[derive(Debug)]
pub(super) struct Call<'a> {
    /// The name without its folder.
    pub name: &'a str,
    /// The words after the name.
    pub words: &'a [String],
    /// Whether something is piped or redirected into it: it does not read the keyboard.
    pub fed: bool,
}

/// The words of a call, sorted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sorted<'a> {
    options: Vec<Given<'a>>,
    /// The words that are neither options nor their values: verbs, names, files.
    pub operands: Vec<&'a str>,
    /// How many of the call's words stand before each operand, itself excluded.
    pub places: Vec<usize>,
}

/// Values that make an option do nothing: `-o /dev/null`, `-X GET`, `--follow=false`, `--dry-run=none`.
const IDLE: [&str; 6] = ["-", "/dev/null", "GET", "HEAD", "false", "none"];

/// An option of a call.
#[derive(Debug, PartialEq, Eq)]
struct Given<'a> {
    /// `-x`, `--long`.
    name: String,
    /// The value that it was given.
    value: Option<&'a str>,
    /// How many of the call's words stand before it.
    place: usize,
}

impl<'a> Call<'a> {
    /// The program, if it is known.
    pub fn program(&self) -> Option<&'static Program> {
        programs::find(self.name)
    }

    /// The same for those who are not at the parser's side.
    pub fn told(&self, name: &str) -> Called {
        let operands = match self.program() {
            Some(program) => self.sorted(program).operands.into_iter().map(str::to_owned).collect(),
            None => self.words.iter().filter(|word| !word.starts_with('-')).cloned().collect(),
        };
        Called { name: name.to_owned(), words: self.words.to_vec(), operands, fed: self.fed }
    }

    /// Sorts the words as `program` does.
    pub fn sorted(&self, program: &Program) -> Sorted<'a> {
        let mut sorted = Sorted::default();
        let mut words = self.words.iter().enumerate();
        while let Some((place, word)) = words.next() {
            let mut takes_next = |name: &str| {
                if has_word(program.valued, name) {
                    words.next().map(|(_, word)| word.as_str())
                } else {
                    None
                }
            };
            if word == "--" {
                sorted.rest(words);
                break;
            } else if word == "-" || !word.starts_with('-') {
                sorted.operands.push(word);
                sorted.places.push(place);
                if program.stops_after(&sorted.operands) {
                    sorted.rest(words);
                    break;
                }
            } else if word.starts_with("--") || program.long_dash {
                let (name, value) = match word.split_once('=') {
                    Some((name, value)) => (name, Some(value)),
                    None => (word.as_str(), takes_next(word)),
                };
                sorted.options.push(Given { name: name.to_owned(), value, place });
            } else {
                for (at, letter) in word.char_indices().skip(1) {
                    let name = format!("-{letter}");
                    let rest = &word[at + letter.len_utf8()..];
                    if !rest.is_empty() && has_word(program.valued, &name) {
                        let value = Some(rest.strip_prefix('=').unwrap_or(rest));
                        sorted.options.push(Given { name, value, place });
                        break;
                    }
                    let value = takes_next(&name);
                    sorted.options.push(Given { name, value, place });
                }
            }
        }
        sorted
    }
}

impl<'a> Sorted<'a> {
    fn rest(&mut self, words: impl Iterator<Item = (usize, &'a String)>) {
        for (place, word) in words {
            self.operands.push(word);
            self.places.push(place);
        }
    }

    /// Whether one of `names` is among the options from the place `from` on: `-f --follow`, or with a value, `-O=-`. An
    /// option whose value makes it idle counts only where that value is asked for.
    pub fn has(&self, names: &str, from: usize) -> bool {
        names.split(' ').any(|wanted| {
            let (name, wanted) = match wanted.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (wanted, None),
            };
            self.options.iter().filter(|given| given.place >= from && given.name == name).any(|given| {
                match wanted {
                    Some(wanted) => given.value == Some(wanted),
                    None => !given.value.is_some_and(|value| IDLE.contains(&value)),
                }
            })
        })
    }

    /// The value of an option.
    pub fn value(&self, name: &str) -> Option<&'a str> {
        self.options.iter().find(|given| given.name == name).and_then(|given| given.value)
    }

    /// The length of the verb at the start of the operands, if it is one of `verbs`; 0 for a rule about all verbs.
    pub fn verb(&self, verbs: &str) -> Option<usize> {
        if verbs.is_empty() {
            return Some(0);
        }
        verbs.split(' ').find_map(|verb| {
            let length = verb.split('/').count();
            let is =
                self.operands.len() >= length && verb.split('/').eq(self.operands[..length].iter().copied());
            is.then_some(length)
        })
    }

    /// Whether a rule speaks of this call.
    pub fn is(&self, rule: &Use, fed: bool) -> bool {
        let Some(length) = self.verb(rule.verbs) else { return false };
        // `docker-compose -f x.yml logs`: what stands before the verb is not about it.
        let from = length.checked_sub(1).map_or(0, |last| self.places[last]);
        (rule.with.is_empty() || self.has(rule.with, from))
            && (rule.unless.is_empty() || !self.has(rule.unless, from))
            && self.operands.len() - length <= rule.at_most
            && (rule.image.is_empty()
                || self.operands.get(length).is_some_and(|image| has_word(rule.image, named(image))))
            && !(rule.typed && fed)
    }
}

/// The name of an image, without registry, folder, tag and digest.
fn named(image: &str) -> &str {
    let path = image.split('@').next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    last.split(':').next().unwrap_or_default()
}

/// Whether `word` is one of the blank-separated `words`.
pub(super) fn has_word(words: &str, word: &str) -> bool {
    words.split(' ').any(|other| other == word)
}
