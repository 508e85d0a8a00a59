//! Which command is tried again, how often and how long. Pure: numbers in, a decision out.
//!
//! Real systems answer late: straight after a `kubectl wait` a service refuses connections for a moment, and a request
//! sent into that moment can hang for ever. So a command that only looks is tried again, with pauses that leave the
//! server alone and a limit on each attempt. A command that acts or waits is never repeated.

use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;

use crate::bash::Deed;

/// The limits of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For a command that only looks.
    pub looks: Duration,
    /// For a command that acts or waits.
    pub acts: Duration,
    /// For a `wait`.
    pub wait: Duration,
    /// For a `longwait`.
    pub longwait: Duration,
    /// Retrying in all, whatever the reason; `None` on a real stage, where the reason decides.
    pub retrying: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            looks: Duration::from_mins(1),
            acts: Duration::from_mins(10),
            wait: Duration::from_mins(1),
            longwait: Duration::from_mins(10),
            retrying: None,
        }
    }
}

/// An attempt's limit, until one is cut short by it; each cut doubles it.
const FIRST_ATTEMPT: Duration = Duration::from_secs(5);
/// The first pause between attempts; each further one is twice as long…
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// … up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How long a promised output may take to come true.
const UNTIL_OUTPUT: Duration = Duration::from_secs(30);
/// How long a server's failure may last.
const UNTIL_STATUS: Duration = Duration::from_secs(10);
/// The same, while the failure says that the server is on its way.
const UNTIL_READY: Duration = Duration::from_mins(1);

/// What a server says while it is not there yet.
static ON_ITS_WAY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix) refused | reset\ by\ peer | empty\ reply | ContainerCreating | PodInitializing | not\ ready
        | \b50[234]\b | unavailable | try\ again | i/o\ timeout | TLS\ handshake\ timeout | no\ route\ to\ host
        | unable\ to\ connect\ to\ the\ server | error\ dialing\ backend | waiting\ to\ start | starting\ up",
    )
    .expect("a constant pattern")
});

/// What a program says when it was called wrongly: no server will change that.
static CALLED_WRONGLY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?imx) ^\s*usage:\s | unknown\ (?:shorthand\ )?(?:flag|command|option) | (?:invalid|unrecognized)\ option
        | (?:requires|accepts)\ .*\bargument | no\ URL\ specified | illegal\ format | try\ '[^']*--help' | flag\ needs\ an\ argument
        | the\ simulated\ \S+\ does\ not\ know",
    )
    .expect("a constant pattern")
});

/// What an attempt fell short of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortfall<'a> {
    /// Its exit status was not 0; with what it said.
    Status(i32, &'a str),
    /// A promised output did not come.
    Output,
    /// The attempt's own limit passed.
    Cut,
}

/// What to do about a shortfall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Type it again after this pause.
    Again(Duration),
    /// It stays as it is.
    GiveUp,
}

/// The rules for one command.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    repeats: Repeats,
    /// The limit of the command as a whole.
    limit: Duration,
}

/// Which shortfalls are worth another attempt.
#[derive(Clone, Copy, Debug)]
enum Repeats {
    /// None.
    Never,
    /// A promised output that did not come yet; of a server also its failures. `within`: the stage's own limit.
    Looks { asks_server: bool, within: Option<Duration> },
    /// Every one, for so long: the author says so.
    AsTold(Duration),
}

/// What the author of a step sets by hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByHand {
    /// `retry=`: repeat it for so long, whatever it does.
    pub retry: Option<Duration>,
    /// `timeout=`: its limit.
    pub timeout: Option<Duration>,
}

impl Rules {
    /// The rules for a command. `retry` is false under `--no-retry`.
    #[must_use]
    pub fn new(deed: Deed, asks_server: bool, limits: &Limits, retry: bool, by_hand: ByHand) -> Self {
        let usual = if deed == Deed::Looks { limits.looks } else { limits.acts };
        let repeats = match (retry, by_hand.retry, deed) {
            (true, Some(within), _) => Repeats::AsTold(within),
            (true, None, Deed::Looks) => Repeats::Looks { asks_server, within: limits.retrying },
            (false, ..) | (true, None, Deed::Waits | Deed::Acts) => Repeats::Never,
        };
        Self { repeats, limit: by_hand.timeout.unwrap_or(usual) }
    }

    /// The limit of an attempt that begins `elapsed` after the first, `cuts` of those before having been cut short by
    /// theirs. Only a request to a server hangs in a way that another attempt can mend; all else may take its time.
    #[must_use]
    pub fn attempt_limit(&self, cuts: u32, elapsed: Duration) -> Duration {
        match self.repeats {
            Repeats::Looks { asks_server: true, .. } => {
                let left = self.limit.saturating_sub(elapsed).max(FIRST_ATTEMPT);
                doubled(FIRST_ATTEMPT, cuts).min(left).min(self.limit)
            }
            Repeats::Never | Repeats::Looks { .. } | Repeats::AsTold(_) => self.limit,
        }
    }

    /// What to do after an attempt (from 1) that ended `elapsed` after the first began.
    #[must_use]
    pub fn after(&self, attempt: u32, elapsed: Duration, shortfall: Shortfall<'_>) -> Next {
        if matches!(shortfall, Shortfall::Status(status, said) if hopeless(status, said)) {
            return Next::GiveUp;
        }
        let until = match (self.repeats, shortfall) {
            (Repeats::Never, _)
            | (Repeats::Looks { asks_server: false, .. }, Shortfall::Status(..) | Shortfall::Cut) => {
                return Next::GiveUp;
            }
            (Repeats::AsTold(within) | Repeats::Looks { within: Some(within), .. }, _) => within,
            (_, Shortfall::Status(_, said)) if ON_ITS_WAY.is_match(said) => UNTIL_READY,
            (_, Shortfall::Status(..)) => UNTIL_STATUS,
            (_, Shortfall::Output) => UNTIL_OUTPUT,
            (_, Shortfall::Cut) => self.limit,
        };
        let pause = doubled(FIRST_PAUSE, attempt.saturating_sub(1)).min(LONGEST_PAUSE);
        if elapsed < until { Next::Again(pause) } else { Next::GiveUp }
    }
}

/// `first`, doubled so many times.
fn doubled(first: Duration, times: u32) -> Duration {
    first.saturating_mul(1 << times.min(16))
}

/// Whether no repetition can mend this: a program that is missing, cannot be executed, or was called wrongly.
fn hopeless(status: i32, said: &str) -> bool {
    matches!(status, 126 | 127) || CALLED_WRONGLY.is_match(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSED: &str = "curl: (7) Failed to connect to 127.0.0.1 port 32198: Connection refused";

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn rules(deed: Deed, asks_server: bool) -> Rules {
        Rules::new(deed, asks_server, &Limits::default(), true, ByHand::default())
    }

    #[test]
    fn only_what_looks_is_repeated() {
        for deed in [Deed::Waits, Deed::Acts] {
            for shortfall in [Shortfall::Status(7, REFUSED), Shortfall::Output, Shortfall::Cut] {
                assert_eq!(rules(deed, true).after(1, secs(0), shortfall), Next::GiveUp);
            }
        }
    }

    #[test]
    fn the_reason_decides_how_long() {
        let server = rules(Deed::Looks, true);
        for (shortfall, last, over) in [
            (Shortfall::Status(1, "error: timed out"), 9, 10),
            (Shortfall::Status(7, REFUSED), 59, 60),
            (Shortfall::Output, 29, 30),
        ] {
            assert_ne!(server.after(3, secs(last), shortfall), Next::GiveUp, "{shortfall:?}");
            assert_eq!(server.after(3, secs(over), shortfall), Next::GiveUp, "{shortfall:?}");
        }
    }

    #[test]
    fn a_local_reader_is_repeated_for_its_output_and_not_for_its_status() {
        let local = rules(Deed::Looks, false);
        assert_eq!(local.after(1, secs(0), Shortfall::Status(1, "cat: x: No such file")), Next::GiveUp);
        assert_eq!(local.after(1, secs(0), Shortfall::Output), Next::Again(FIRST_PAUSE));
    }

    #[test]
    fn a_typo_or_a_usage_error_fails_at_once() {
        for said in [
            "Error: unknown flag: --imge",
            "usage: kubectl get",
            "curl: no URL specified!",
            "error: unknown command \"gte\" for \"kubectl\"",
            "\"docker images\" requires at most 1 argument.",
        ] {
            let told = Rules::new(
                Deed::Looks,
                true,
                &Limits::default(),
                true,
                ByHand { retry: Some(secs(90)), timeout: None },
            );
            assert_eq!(told.after(1, secs(0), Shortfall::Status(1, said)), Next::GiveUp, "{said}");
        }
        assert_eq!(
            rules(Deed::Looks, true).after(1, secs(0), Shortfall::Status(127, "kuectl: command not found")),
            Next::GiveUp
        );
    }

    #[test]
    fn pauses_double_up_to_two_seconds() {
        let server = rules(Deed::Looks, true);
        let pauses: Vec<_> =
            (1..=5).map(|attempt| server.after(attempt, secs(0), Shortfall::Output)).collect();
        assert_eq!(pauses, [250, 500, 1000, 2000, 2000].map(|ms| Next::Again(Duration::from_millis(ms))));
    }

    #[test]
    fn attempts_that_are_cut_get_longer_until_the_commands_limit_is_used_up() {
        let server = rules(Deed::Looks, true);
        let limits: Vec<_> = [(0, 0), (0, 9), (1, 14), (2, 25), (3, 46), (4, 60)]
            .map(|(cuts, elapsed)| server.attempt_limit(cuts, secs(elapsed)).as_secs())
            .into();
        assert_eq!(limits, [5, 5, 10, 20, 14, 5]);
        assert_eq!(server.after(4, secs(60), Shortfall::Cut), Next::GiveUp);
        assert_eq!(rules(Deed::Acts, true).attempt_limit(0, secs(0)), secs(600));
        assert_eq!(rules(Deed::Looks, false).attempt_limit(0, secs(0)), secs(60));
    }

    #[test]
    fn the_author_has_the_last_word() {
        let by_hand = ByHand { retry: Some(secs(120)), timeout: Some(secs(3)) };
        let told = Rules::new(Deed::Acts, false, &Limits::default(), true, by_hand);
        assert_ne!(told.after(9, secs(119), Shortfall::Status(1, "")), Next::GiveUp);
        assert_eq!(told.attempt_limit(0, secs(0)), secs(3));
        let never = Rules::new(Deed::Looks, true, &Limits::default(), false, by_hand);
        assert_eq!(never.after(1, secs(0), Shortfall::Output), Next::GiveUp);
    }

    #[test]
    fn the_simulated_stage_is_not_waited_for_long() {
        let limits = Limits { retrying: Some(secs(2)), ..Limits::default() };
        let server = Rules::new(Deed::Looks, true, &limits, true, ByHand::default());
        assert_ne!(server.after(1, secs(1), Shortfall::Status(7, REFUSED)), Next::GiveUp);
        assert_eq!(server.after(1, secs(2), Shortfall::Status(7, REFUSED)), Next::GiveUp);
    }
}
