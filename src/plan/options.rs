//! Options on a block or in an `expect`: `retry=2m`, `timeout=30s`, `terminal`.

use std::time::Duration;

/// What the author says of how a step is run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// How long a command that looks is tried again while its checks do not hold.
    pub retry: Option<Duration>,
    /// How long each of its commands may take.
    pub timeout: Option<Duration>,
    /// Whether it gets the terminal, whatever its commands are.
    pub terminal: bool,
}

/// What a person may write.
pub(super) const HELP: &str = "the options are: retry=TIME, timeout=TIME, terminal";

/// Takes `word` if it is an option.
///
/// # Errors
/// What is wrong with it, one lower-case sentence; `Ok(false)` where it is no option at all.
pub(super) fn take(options: &mut Options, word: &str) -> Result<bool, String> {
    let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
    match (name, value) {
        ("retry", Some(value)) => options.retry = Some(duration(value)?),
        ("timeout", Some(value)) => options.timeout = Some(duration(value)?),
        ("terminal", None) => options.terminal = true,
        ("retry" | "timeout", None) => return Err(format!("`{name}` lacks its time: `{name}=30s`")),
        _ => return Ok(false),
    }
    Ok(true)
}

/// Reads `500ms`, `30s`, `2m`, `1h30m`.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no time: write 500ms, 30s, 2m or 1h");
    let mut rest = text;
    let mut sum = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let number: u64 = rest[..digits].parse().map_err(|_| wrong())?;
        let unit = &rest[digits..];
        let letters = unit.find(|c: char| c.is_ascii_digit()).unwrap_or(unit.len());
        let millis = match &unit[..letters] {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return Err(wrong()),
        };
        let part = number.checked_mul(millis).map(Duration::from_millis).ok_or_else(wrong)?;
        sum = sum.checked_add(part).ok_or_else(wrong)?;
        rest = &unit[letters..];
    }
    if text.is_empty() { Err(wrong()) } else { Ok(sum) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read() {
        let mut options = Options::default();
        for word in ["retry=2m", "timeout=1h30m", "terminal"] {
            assert_eq!(take(&mut options, word), Ok(true));
        }
        assert_eq!(options.retry, Some(Duration::from_mins(2)));
        assert_eq!(options.timeout, Some(Duration::from_mins(90)));
        assert!(options.terminal);
        assert_eq!(take(&mut options, "other"), Ok(false));
        assert_eq!(take(&mut options, "other=1"), Ok(false));
    }

    #[test]
    fn a_time_needs_a_number_and_a_unit() {
        for word in [
            "retry",
            "retry=",
            "retry=2",
            "retry=m",
            "timeout=2 m",
            "timeout=99999999999999999999s",
            "retry=18446744073709551615h",
        ] {
            assert!(take(&mut Options::default(), word).is_err(), "{word}");
        }
    }
}
