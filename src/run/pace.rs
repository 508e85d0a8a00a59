//! How a command appears when people watch it being typed. Pure: a text in, moments out.

use std::time::Duration;

/// How fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Characters a second; 0 is taken for 1.
    pub per_second: u32,
}

/// No command takes longer, however long it is.
const LONGEST: Duration = Duration::from_secs(8);
/// Nobody sees single strokes that come faster.
const SHORTEST: Duration = Duration::from_millis(15);
/// How long people look at a command before they press Enter.
const BEFORE_ENTER: Duration = Duration::from_millis(400);

impl Pace {
    /// How many characters stand there, and how long that is all; the last is the whole text.
    pub(super) fn strokes(self, text: &str) -> impl Iterator<Item = (usize, Duration)> + use<> {
        let count = text.chars().count();
        let stroke = (Duration::from_secs(1) / self.per_second.max(1)).min(LONGEST / count.max(1) as u32);
        let at_once = SHORTEST.as_nanos().div_ceil(stroke.as_nanos().max(1)) as usize;
        // A new word takes a moment of thought.
        let starts: Vec<bool> = text.chars().map(|c| c == ' ' || c == '\n').collect();
        (0..count)
            .step_by(at_once)
            .map(move |typed| {
                let thought = if at_once == 1 && starts[typed] { stroke } else { Duration::ZERO };
                (typed, stroke * at_once as u32 + thought)
            })
            .chain([(count, BEFORE_ENTER)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strokes(per_second: u32, text: &str) -> Vec<(usize, u64)> {
        let strokes = Pace { per_second }.strokes(text);
        strokes.map(|(typed, pause)| (typed, pause.as_millis() as u64)).collect()
    }

    #[test]
    fn a_character_at_a_time_and_a_moment_before_each_word() {
        assert_eq!(strokes(10, "ls é"), [(0, 100), (1, 100), (2, 200), (3, 100), (4, 400)]);
        assert_eq!(strokes(10, ""), [(0, 400)]);
    }

    #[test]
    fn a_long_command_or_a_high_rate_comes_in_pieces() {
        let long = strokes(10, &"x".repeat(8000));
        assert!(long.iter().all(|(_, pause)| *pause >= 15) && long.len() < 700, "{}", long.len());
        assert!(long.iter().map(|(_, pause)| pause).sum::<u64>() < 9_000);
        assert_eq!(long.last().unwrap().0, 8000);
        assert_eq!(strokes(1_000_000, "abc"), [(0, 15), (3, 400)]);
        assert_eq!(strokes(0, "a"), [(0, 1000), (1, 400)]);
    }
}
