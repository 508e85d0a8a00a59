//! The ways to compare, and their names in decks.

use std::fmt;
use std::str::FromStr;

use super::Error;

/// How a promise is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The whole output, line by line; only line ends do not count.
    Exact,
    /// Consecutive lines somewhere in the output. The first may begin, and the last end, within a line; long lines may
    /// be wrapped where the output's are not.
    Contains,
    /// The text is nowhere in the output.
    NotContains,
    /// `+ wanted` and `- unwanted` lines, in any order.
    Lines,
    /// As `contains`, but volatile tokens (ages, addresses, hashes, dates) may differ.
    Like,
    /// A regular expression found in the output.
    Regex,
    /// The first lines of the output.
    First,
    /// The last lines of the output.
    Last,
    /// JSON, compared as data.
    Json(Json),
    /// Rows of a table, told apart by a key column; columns may stand in any order, and there may be more of both.
    Table,
}

/// What may differ in JSON; by default nothing but the order of keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Json {
    /// More keys and more elements may come than are promised.
    pub subset: bool,
    /// Elements of arrays may come in any order.
    pub unordered: bool,
}

/// All names, as a deck writes them.
pub(super) const NAMES: &[&str] = &[
    "exact",
    "contains",
    "not-contains",
    "lines",
    "like",
    "regex",
    "first",
    "last",
    "json",
    "json subset",
    "json unordered",
    "table",
];

impl Mode {
    /// JSON, equal as data.
    pub const JSON: Self = Self::Json(Json { subset: false, unordered: false });

    /// The first words of all names.
    pub fn words() -> impl Iterator<Item = &'static str> {
        NAMES.iter().copied().filter(|name| !name.contains(' '))
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exact => "exact",
            Self::Contains => "contains",
            Self::NotContains => "not-contains",
            Self::Lines => "lines",
            Self::Like => "like",
            Self::Regex => "regex",
            Self::First => "first",
            Self::Last => "last",
            Self::Table => "table",
            Self::Json(Json { subset: false, unordered: false }) => "json",
            Self::Json(Json { subset: true, unordered: false }) => "json subset",
            Self::Json(Json { subset: false, unordered: true }) => "json unordered",
            Self::Json(Json { subset: true, unordered: true }) => "json subset unordered",
        })
    }
}

impl FromStr for Mode {
    type Err = Error;

    /// Reads a name with its options, `json subset unordered`, in any order of the options.
    fn from_str(text: &str) -> Result<Self, Error> {
        let unknown = || Error::Mode(text.to_owned());
        let mut words = text.split_whitespace();
        let mut mode = match words.next().ok_or_else(unknown)? {
            "exact" => Self::Exact,
            "contains" => Self::Contains,
            "not-contains" => Self::NotContains,
            "lines" => Self::Lines,
            "like" => Self::Like,
            "regex" => Self::Regex,
            "first" => Self::First,
            "last" => Self::Last,
            "json" => Self::JSON,
            "table" => Self::Table,
            _ => return Err(unknown()),
        };
        for word in words {
            match (&mut mode, word) {
                (Self::Json(json), "subset") => json.subset = true,
                (Self::Json(json), "unordered") => json.unordered = true,
                (Self::Json(_), "equal") => {}
                _ => return Err(unknown()),
            }
        }
        Ok(mode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for name in NAMES.iter().chain(&["json subset unordered"]) {
            assert_eq!(name.parse::<Mode>().unwrap().to_string(), *name);
        }
        assert_eq!("json unordered  subset".parse(), Ok(Mode::Json(Json { subset: true, unordered: true })));
        for wrong in ["", "jsn", "exact subset", "json sub"] {
            assert_eq!(wrong.parse::<Mode>(), Err(Error::Mode(wrong.into())));
        }
    }
}
