//! labrun's exit codes, as a type. They are part of its interface: scripts read them.

use serde::{Deserialize, Serialize};

/// What labrun's exit code says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
pub enum Exit {
    /// All that was run held.
    #[default]
    Held,
    /// A step or a check failed.
    Failed,
    /// The command line or a configuration file is wrong.
    Usage,
    /// A deck has errors.
    Deck,
    /// Nothing could be run: no steps, a program is missing, a value is not given.
    Nothing,
    /// labrun or its shell broke.
    Broke,
    /// Interrupted by a person or a signal.
    Interrupted,
}

impl Exit {
    /// All of them, with their codes.
    pub const ALL: [(Self, u8); 7] = [
        (Self::Held, 0),
        (Self::Failed, 1),
        (Self::Usage, 2),
        (Self::Deck, 3),
        (Self::Nothing, 4),
        (Self::Broke, 5),
        (Self::Interrupted, 130),
    ];

    /// The process exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        Self::ALL.iter().find(|(exit, _)| *exit == self).map_or(5, |(_, code)| *code)
    }

    /// The code of a run of several decks: the gravest, in the order 130, 5, 1, 3, 4.
    #[must_use]
    pub fn gravest(self, other: Self) -> Self {
        const ORDER: [Exit; 7] = [
            Exit::Interrupted,
            Exit::Broke,
            Exit::Failed,
            Exit::Deck,
            Exit::Nothing,
            Exit::Usage,
            Exit::Held,
        ];
        ORDER.into_iter().find(|&exit| exit == self || exit == other).unwrap_or(self)
    }
}

impl From<Exit> for u8 {
    fn from(exit: Exit) -> Self {
        exit.code()
    }
}

impl TryFrom<u8> for Exit {
    type Error = String;

    fn try_from(code: u8) -> Result<Self, String> {
        Self::ALL
            .iter()
            .find(|(_, known)| *known == code)
            .map(|(exit, _)| *exit)
            .ok_or_else(|| format!("{code} is no exit code of labrun"))
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn the_gravest_of_several_decks_wins_in_the_documented_order() {
        let order = [Exit::Interrupted, Exit::Broke, Exit::Failed, Exit::Deck, Exit::Nothing, Exit::Held];
        for (place, &graver) in order.iter().enumerate() {
            for &lesser in &order[place..] {
                assert_eq!(graver.gravest(lesser), graver);
                assert_eq!(lesser.gravest(graver), graver);
            }
        }
    }

    #[test]
    fn every_code_reads_back_as_itself() {
        for (exit, code) in Exit::ALL {
            assert_eq!(exit.code(), code);
            assert_eq!(Exit::try_from(code), Ok(exit));
        }
        assert!(Exit::try_from(7).is_err());
    }
}
