//! What a person fills in: the blanks of a deck (`{registry.url.or.IP}`, `<Name>`), the values for them, and the
//! secrets among these that no output may show. Knows nothing of decks: it works on the text of one block.

mod blanks;
mod fill;
mod quoting;
mod secrets;
mod shapes;
mod spellings;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

pub use blanks::{Blank, blanks, crossed, mask_blanks};
pub use fill::{Filled, fill, fill_shown};
pub use secrets::{Error, Masker, Secrets, is_secret};
pub use shapes::shaped;

/// What the names of values that the stage offers begin with.
pub const STAGE: &str = "stage.";

/// What the names of variables that give values begin with.
pub const VARIABLE: &str = "LABRUN_VALUE_";

/// Who gave a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `[values]` of this file.
    File(PathBuf),
    /// This variable of the environment.
    Environment(String),
    /// `--set`.
    Flag,
    /// A person, who was asked for it.
    Person,
    /// The stage.
    Stage,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment(name) => f.write_str(name),
            Self::Flag => f.write_str("--set"),
            Self::Person => f.write_str("the terminal"),
            Self::Stage => f.write_str("the stage"),
        }
    }
}

/// A text for a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// What reaches the command, to the letter.
    pub text: String,
    /// Who gave it.
    pub origin: Origin,
}

/// Texts for names. A name is what stands between the marks of a blank, or any literal word of a deck.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values {
    by_name: BTreeMap<String, Value>,
    /// By names in which only letters and digits tell, in capitals: how variables of the environment spell them.
    by_spelling: BTreeMap<String, Value>,
    /// Names that the deck writes as blanks; as literal words they mean themselves.
    blanks: Vec<String>,
    /// Whether these are the stage's: then they fill `{stage.NAME}` and nothing else.
    stage: bool,
}

impl Values {
    /// No values yet; what a person gives goes in here.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The stage's values: names without `stage.` in front. They fill `{stage.NAME}` blanks, and leave all else.
    #[must_use]
    pub fn of_stage<N: AsRef<str>, T: Into<String>>(values: impl IntoIterator<Item = (N, T)>) -> Self {
        let values = values.into_iter().map(|(name, text)| {
            (format!("{STAGE}{}", name.as_ref()), Value { text: text.into(), origin: Origin::Stage })
        });
        Self { by_name: values.collect(), stage: true, ..Self::default() }
    }

    /// Gives `name` a text, in place of any that it had. The name may be written with its marks: `{name}`, `<name>`.
    pub fn set(&mut self, name: &str, text: impl Into<String>, origin: Origin) {
        self.by_name.insert(blanks::bare(name).to_owned(), Value { text: text.into(), origin });
    }

    /// Gives a text to every name that `variable` spells as the environment can: `REGISTRY_URL` is `registry.url`,
    /// `registry-url` and itself.
    pub fn set_spelled(&mut self, variable: &str, text: &str) {
        let origin = Origin::Environment(format!("{VARIABLE}{variable}"));
        let value = Value { text: text.to_owned(), origin };
        let wanted = spelled(variable);
        for (_, known) in self.by_name.iter_mut().filter(|(name, _)| spelled(name) == wanted) {
            known.clone_from(&value);
        }
        self.by_name.insert(variable.to_owned(), value.clone());
        self.by_spelling.insert(wanted, value);
    }

    /// The value of `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.by_name.get(name).or_else(|| self.by_spelling.get(&spelled(name)))
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.by_name.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// Names that stand in none of these texts, neither as a blank nor as a word that would be replaced.
    #[must_use]
    pub fn unused(&self, texts: &[&str]) -> Vec<&str> {
        let stands = |name: &str, text: &str| {
            let mut one = Self::new();
            // A text that no deck holds, so that it shows wherever it is put.
            one.set(name, "\u{10fffd}", Origin::Flag);
            let filled = fill(text, &one);
            filled.text != text || filled.missing.iter().any(|missing| missing == name)
        };
        self.iter()
            .map(|(name, _)| name)
            .filter(|name| !texts.iter().any(|text| stands(name, text)))
            .collect()
    }

    /// The same values for a deck with these blocks: a name that one of them writes as a blank fills blanks only.
    /// So `username` fills `{username}` and leaves `--username` alone.
    #[must_use]
    pub fn for_deck<'a>(&self, blocks: impl IntoIterator<Item = &'a str>) -> Self {
        let mut names: Vec<String> = blocks.into_iter().flat_map(blanks).map(|blank| blank.name).collect();
        names.sort_unstable();
        names.dedup();
        Self { blanks: names, ..self.clone() }
    }

    /// The same values for what these commands print: a name that stands in none of them fills blanks only.
    #[must_use]
    pub fn for_outputs(&self, commands: &[&str]) -> Self {
        let strange = self.unused(commands).into_iter().map(str::to_owned);
        Self { blanks: self.blanks.iter().cloned().chain(strange).collect(), ..self.clone() }
    }

    /// Names that are replaced wherever they stand as a word.
    fn words(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.iter()
            .filter(|(name, _)| !self.stage && !name.is_empty() && !self.blanks.iter().any(|b| b == name))
    }

    /// Whether a blank of this name is these values' to fill.
    fn owns(&self, name: &str) -> bool {
        name.starts_with(STAGE) == self.stage
    }
}

/// A name as a variable of the environment would spell it.
fn spelled(name: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    name.chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_gives_a_value_to_all_names_that_it_spells() {
        let mut values = Values::new();
        values.set("registry-url", "file", Origin::Flag);
        values.set_spelled("REGISTRY_URL", "10.0.0.1");
        for name in ["registry.url", "registry-url", "Registry url", "REGISTRY_URL"] {
            assert_eq!(values.get(name).map(|value| value.text.as_str()), Some("10.0.0.1"), "{name}");
        }
        assert_eq!(values.get("registry"), None);
        values.set("registry.url", "stronger", Origin::Flag);
        assert_eq!(values.get("registry.url").map(|value| value.text.as_str()), Some("stronger"));
        assert_eq!(fill("echo {registry.url} {Registry-URL}", &values).text, "echo stronger 10.0.0.1");
    }
}
