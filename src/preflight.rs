//! One-shot probes of the machine before a run: a fixed list of questions to a fixed list of programs, each with a
//! limit. Nothing that a deck contains is ever run here.

use std::time::{Duration, Instant};

use duct::cmd;

/// How long one probe may take.
const LIMIT: Duration = Duration::from_secs(2);
/// How often a probe is asked whether it is done.
const PAUSE: Duration = Duration::from_millis(5);

/// The kube context that `kubectl` would use, if there is one.
#[must_use]
pub fn kube_context() -> Option<String> {
    ask(&["kubectl", "config", "current-context"])
}

/// The first line that a program prints, if it ends well and in time.
fn ask(line: &[&str]) -> Option<String> {
    let (program, args) = line.split_first()?;
    let probe = cmd(*program, args).stdin_null().stderr_null().stdout_capture().unchecked().start().ok()?;
    let start = Instant::now();
    let output = loop {
        match probe.try_wait() {
            Ok(Some(output)) => break output,
            Ok(None) if start.elapsed() < LIMIT => std::thread::sleep(PAUSE),
            Ok(None) | Err(_) => {
                // It may have just ended; either way nothing of it stays.
                let _ = probe.kill();
                return None;
            }
        }
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let answer = text.lines().next().unwrap_or("").trim();
    (output.status.success() && !answer.is_empty()).then(|| answer.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_the_first_line_of_a_program_that_ends_well() {
        assert_eq!(ask(&["printf", "one\ntwo\n"]).as_deref(), Some("one"));
        assert_eq!(ask(&["false"]), None);
        assert_eq!(ask(&["no-such-program-here"]), None);
    }

    #[test]
    fn a_probe_that_hangs_is_ended() {
        assert_eq!(ask(&["sleep", "60"]), None);
    }
}
