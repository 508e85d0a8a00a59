//! A text keeps the promise of itself, whatever it is; and no promise makes the matcher panic.
#![no_main]

use labrun::expect::{Expectation, Mode, Output};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|texts: (&str, &str)| {
    let (promised, came) = texts;
    let output = Output { stdout: came, stderr: "", homes: &[] };
    for mode in [Mode::Exact, Mode::Contains, Mode::Like, Mode::First, Mode::Last] {
        if let Ok(expectation) = Expectation::new(mode, promised) {
            let _ = expectation.check(&output);
        }
        // Marks such as `...` in the text itself only let it match more.
        if let Ok(expectation) = Expectation::new(mode, came) {
            assert!(expectation.check(&output).is_ok(), "{mode:?}");
        }
    }
});
