//! The options that say which steps of the decks are meant.

use std::ops::RangeInclusive;
use std::str::FromStr;

use clap::Args;

use crate::plan::Selection;

const SELECTING: &str = "Selecting";

/// Which steps are meant; all of these must fit.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct Select {
    /// Only steps on these slides, such as 7, 12-20 or 12-
    #[arg(long, value_name = "SLIDES", value_delimiter = ',', help_heading = SELECTING)]
    pub slide: Vec<Slides>,
    /// Only steps with this text in their name, their slide's title or what they type
    #[arg(long, value_name = "TEXT", help_heading = SELECTING)]
    pub only: Vec<String>,
    /// Only from this step on; `labrun plan` shows the names
    #[arg(long, value_name = "STEP", help_heading = SELECTING)]
    pub from: Option<String>,
    /// Only up to this step, itself included
    #[arg(long, value_name = "STEP", help_heading = SELECTING)]
    pub until: Option<String>,
    /// Only steps on slides with this class
    #[arg(long, value_name = "CLASS,…", value_delimiter = ',', help_heading = SELECTING)]
    pub class: Vec<String>,
    /// No steps on slides with this class
    #[arg(long, value_name = "CLASS,…", value_delimiter = ',', help_heading = SELECTING)]
    pub exclude_class: Vec<String>,
}

impl Select {
    /// What is meant, where a configuration file excludes classes of its own.
    #[must_use]
    pub fn with(&self, excluded: &[String]) -> Selection {
        Selection {
            slides: self.slide.iter().map(|slides| slides.0.clone()).collect(),
            only: self.only.clone(),
            from: self.from.clone(),
            until: self.until.clone(),
            classes: self.class.clone(),
            exclude: [excluded, &self.exclude_class].concat(),
        }
    }
}

/// `7`, `12-20` or `12-`: numbers of slides, as remark numbers them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slides(RangeInclusive<usize>);

impl FromStr for Slides {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' says no slides: write 7, 12-20 or 12-");
        let number = |text: &str| text.trim().parse::<usize>().map_err(|_| wrong());
        let range = match text.split_once('-') {
            None => number(text).map(|one| one..=one)?,
            Some((first, last)) if last.trim().is_empty() => number(first)?..=usize::MAX,
            Some((first, last)) => number(first)?..=number(last)?,
        };
        if *range.start() == 0 || range.is_empty() { Err(wrong()) } else { Ok(Self(range)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slides_are_one_or_a_range() {
        for (text, range) in [("7", 7..=7), ("12-20", 12..=20), (" 3 - 4 ", 3..=4), ("12-", 12..=usize::MAX)]
        {
            assert_eq!(text.parse(), Ok(Slides(range)), "{text}");
        }
        for text in ["", "0", "-", "-3", "5-4", "a", "1-2-3", "99999999999999999999"] {
            assert!(text.parse::<Slides>().is_err(), "{text}");
        }
    }
}
