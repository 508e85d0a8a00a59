//! What a command's exit status must be.

use std::fmt;
use std::str::FromStr;

/// What a command's exit status must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// 0.
    Zero,
    /// Not 0: a `fails` directive follows its block.
    NotZero,
    /// Anything: a `wait` follows its block, an error is promised of it, or only the block's last status counts.
    Any,
    /// One of these: the author says which.
    OneOf(Statuses),
}

/// Exit statuses, from 0 to 255.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statuses([u64; 4]);

impl Status {
    /// Whether a command may end with this.
    #[must_use]
    pub fn allows(self, status: i32) -> bool {
        match self {
            Self::Zero => status == 0,
            Self::NotZero => status != 0,
            Self::Any => true,
            Self::OneOf(statuses) => u8::try_from(status).is_ok_and(|status| statuses.holds(status)),
        }
    }

    /// What fits both; none where nothing does. What the author says is stronger than what goes without saying.
    pub(super) fn and(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Zero | Self::Any, other) => Some(other),
            (own, Self::Zero | Self::Any) => Some(own),
            (Self::NotZero, Self::NotZero) => Some(Self::NotZero),
            (own, other) => {
                let mut both = Statuses::default();
                let fits = |status: &u8| own.allows((*status).into()) && other.allows((*status).into());
                (0..=u8::MAX).filter(fits).for_each(|status| both.add(status));
                (both != Statuses::default()).then_some(Self::OneOf(both))
            }
        }
    }
}

impl Statuses {
    /// This one alone.
    pub(super) fn only(status: u8) -> Self {
        let mut only = Self::default();
        only.add(status);
        only
    }

    fn add(&mut self, status: u8) {
        self.0[usize::from(status / 64)] |= 1 << (status % 64);
    }

    fn holds(self, status: u8) -> bool {
        self.0[usize::from(status / 64)] & (1 << (status % 64)) != 0
    }
}

impl fmt::Display for Statuses {
    /// `0`, `1 or 2`, `1, 2 or 3`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<String> = (0..=u8::MAX).filter(|at| self.holds(*at)).map(|at| at.to_string()).collect();
        match &all[..] {
            [] => f.write_str("none"),
            [one] => f.write_str(one),
            [more @ .., last] => write!(f, "{} or {last}", more.join(", ")),
        }
    }
}

impl FromStr for Statuses {
    type Err = String;

    /// Reads `0`, `1,2`, `1 2`.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut statuses = Self::default();
        for word in text.split([',', ' ', '\t', '\n']).filter(|word| !word.is_empty()) {
            let wrong =
                |_| format!("`{word}` is no exit status: write numbers from 0 to 255, as in status=1,2");
            statuses.add(word.parse().map_err(wrong)?);
        }
        if statuses == Self::default() {
            return Err("`status` lacks its number: status=0, status=1,2".to_owned());
        }
        Ok(statuses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_sets() {
        let set: Statuses = "1, 2 130".parse().unwrap();
        assert_eq!(set.to_string(), "1, 2 or 130");
        let status = Status::OneOf(set);
        assert!(status.allows(130) && !status.allows(0) && !status.allows(-1) && !status.allows(256 + 1));
        for wrong in ["", "x", "256", "1-2", "-1"] {
            assert!(wrong.parse::<Statuses>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn two_sayings_both_count() {
        let of = |text: &str| Status::OneOf(text.parse().unwrap());
        for (a, b, both) in [
            (Status::Zero, Status::NotZero, Some(Status::NotZero)),
            (Status::NotZero, of("0,1"), Some(of("1"))),
            (Status::NotZero, of("0"), None),
            (of("1,2"), of("2,3"), Some(of("2"))),
            (of("1"), Status::Any, Some(of("1"))),
        ] {
            assert_eq!(a.and(b), both, "{a:?} {b:?}");
        }
    }
}
