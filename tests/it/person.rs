//! A person at the keyboard: labrun runs in a window, asks before each step, and hands sessions over.

use rustix::process::Signal;
use serde_json::Value;

use crate::support::window::Window;
use crate::support::{Labrun, lab};

/// A deck of these slides, each a title and the blocks of its lab.
fn deck(slides: &[(&str, &[&str])]) -> String {
    let slides = slides.iter().map(|(title, blocks)| lab(blocks).replacen("A slide", title, 1));
    slides.collect::<Vec<_>>().join("\n---\n\n")
}

/// Three slides, each of which leaves a file.
fn three() -> Labrun {
    let deck = deck(&[
        ("One", &["echo o''ne | tee -a log"]),
        ("Two", &["echo t''wo | tee -a log"]),
        ("Three", &["echo thr''ee | tee -a log"]),
    ]);
    Labrun::new().deck("deck.md", deck).env("TERM", "xterm").env("NO_COLOR", "1")
}

fn step(labrun: Labrun) -> Window {
    Window::with_rows(labrun.arg("--step"), 100, 30)
}

/// What `deck` left in the file that its steps write.
fn log(labrun: &Labrun) -> String {
    std::fs::read_to_string(labrun.work().join("log")).unwrap_or_default()
}

/// The events of a journal that say how steps went: which, and what came of it.
fn ends(journal: &[Value]) -> Vec<String> {
    let ended = journal.iter().filter(|event| event["event"] == "step-ended");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    ended
        .map(|step| format!("{} {}{}", text(&step["id"]), text(&step["verdict"]), text(&step["skipped"])))
        .collect()
}

/// Each step that started ended before the next one started.
fn is_in_order(journal: &[Value]) -> bool {
    let mut open = None;
    journal.iter().all(|event| match event["event"].as_str().unwrap() {
        "step-started" => open.replace(event["id"].clone()).is_none(),
        "step-ended" => open.take().as_ref() == Some(&event["id"]),
        _ => true,
    }) && open.is_none()
}

const ASKED: &str = "enter run, s skip";

#[test]
fn each_step_is_shown_with_its_promise_and_run_when_a_person_says_so() {
    let deck = format!("{}\nWe should see:\n```\nhello\n```\n", lab(&["echo hel''lo"]));
    let mut window = step(Labrun::new().deck("deck.md", deck).env("TERM", "xterm").env("NO_COLOR", "1"));
    window.comes(ASKED);
    let shown = window.shown();
    for text in ["1  A slide", "echo hel''lo", "should print", "hello", "We should see:"] {
        assert!(shown.contains(text), "{text:?} is not in\n{shown}");
    }
    window.press("\r");
    window.comes("✓ echo");
    window.comes("        hello");
    window.comes("end of the deck");
    window.press("\r");
    let (code, shown) = window.end();
    assert_eq!(code, Some(0), "{shown}");
    assert!(!shown.contains(ASKED) && !shown.contains("should print"), "the question is gone:\n{shown}");
}

#[test]
fn steps_are_skipped_repeated_gone_back_to_and_jumped_over() {
    let mut window = step(three());
    window.comes(ASKED);
    window.press("r");
    window.comes("✓ echo o");
    window.comes(ASKED);
    window.press("a");
    window.comes("✓ echo o");
    window.comes(ASKED);
    window.press("g");
    window.comes("slide (1 to 3): ");
    window.press("3\r");
    window.comes("   3  Three");
    window.comes(ASKED);
    window.press("b");
    window.comes("   2  Two");
    window.comes(ASKED);
    window.press("b");
    window.comes("   1  One");
    window.comes(ASKED);
    window.press("s");
    window.comes("   2  Two");
    window.comes(ASKED);
    window.press("c");
    window.comes("skipped by hand");
    let labrun = window.labrun_at_end(Some(0));
    assert_eq!(log(&labrun), "one\none\ntwo\nthree\n");
    let journal = labrun.journal();
    assert!(is_in_order(&journal));
    assert_eq!(
        ends(&journal),
        [
            "one/1 held",
            "one/1 held",
            "two/1 skippedskipped by hand",
            "one/1 skippedskipped by hand",
            "two/1 held",
            "three/1 held"
        ]
    );
    let summary = &journal.last().unwrap()["summary"];
    // The last outcome of each counts: the first slide was skipped in the end.
    assert_eq!((summary["held"].as_u64(), summary["skipped"].as_u64()), (Some(2), Some(1)));
}

#[test]
fn a_person_who_quits_interrupts_the_run() {
    let mut window = step(three());
    window.comes(ASKED);
    window.press("?");
    window.comes("back to the step before");
    window.comes(ASKED);
    window.press("r");
    window.comes(ASKED);
    window.press("q");
    let (code, shown) = window.end();
    assert_eq!(code, Some(130), "{shown}");
    assert!(shown.contains("2 steps on 2 slides skipped: the run was interrupted"), "{shown}");
}

#[test]
fn an_interrupt_at_the_question_ends_the_run() {
    let mut window = step(three());
    window.comes(ASKED);
    window.press("\x03");
    assert_eq!(window.end().0, Some(130));
}

#[test]
fn whoever_goes_away_leaves_no_run_behind() {
    let mut window = step(three());
    window.comes(ASKED);
    let (labrun, code) = window.close();
    assert_eq!(code, Some(130));
    assert_eq!(log(&labrun), "");
    let mut window = step(three());
    window.comes(ASKED);
    window.press("t");
    window.comes("lab:");
    let (labrun, code) = window.close();
    assert_eq!(code, Some(130));
    assert_eq!(labrun.journal().last().unwrap()["event"], "run-ended");
}

#[test]
fn the_terminal_is_taken_over_and_given_back_with_what_was_done_there() {
    let deck = deck(&[
        ("One", &["mkdir sub; x=1; greet() { echo hi $x; }"]),
        ("Two", &["greet | tee log; pwd >> log"]),
    ]);
    let mut window = step(Labrun::new().deck("deck.md", deck).env("TERM", "xterm").env("NO_COLOR", "1"));
    window.comes(ASKED);
    window.press("r");
    window.comes("✓ mkdir");
    window.comes(ASKED);
    window.press("t");
    window.comes("exit or ^D gives it back");
    window.comes("$ ");
    window.press("x=2; cd sub; stty size\r");
    window.comes("30 100");
    window.comes("$ ");
    window.press("\x04");
    window.comes("a person had the terminal");
    window.comes(ASKED);
    window.press("r");
    window.comes("hi 2");
    window.comes("end of the deck");
    window.press("\r");
    let labrun = window.labrun_at_end(Some(0));
    let log = std::fs::read_to_string(labrun.work().join("sub/log")).unwrap();
    assert!(log.starts_with("hi 2\n/") && log.ends_with("/sub\n"), "{log}");
}

#[test]
fn a_program_that_was_killed_leaves_the_persons_screen_as_it_was() {
    let mut window = step(three());
    window.comes(ASKED);
    window.press("t");
    window.comes("$ ");
    window.press("bash -c 'printf \"\\33[?1049h full; \"; kill -9 $$'\r");
    window.comes("full; ");
    window.comes("$ ");
    assert!(window.is_full_screen());
    window.press("exit\r");
    window.comes("a person had the terminal");
    window.comes(ASKED);
    assert!(!window.is_full_screen(), "{}", window.shown());
    window.press("q");
    window.labrun_at_end(Some(130));
}

#[test]
fn a_program_that_runs_at_the_terminal_is_taken_over_with_its_keyboard() {
    let directives = "<!--\n```wait Name?```\n```keys Ann```\n```key Enter```\n-->\n";
    let deck = lab(&["read -p 'Name? ' name", "echo \"name: $name\" | tee log"]);
    let deck = deck.replacen("name\n```\n", &format!("name\n```\n\n{directives}"), 1);
    let mut window = step(Labrun::new().deck("deck.md", deck).env("TERM", "xterm").env("NO_COLOR", "1"));
    for _ in 0..3 {
        window.comes(ASKED);
        window.press("r");
    }
    window.comes(ASKED);
    window.press("t");
    window.comes("^] gives it back");
    window.comes("Name? Ann");
    window.press("ette\x1d");
    window.comes("a person had the terminal");
    window.comes(ASKED);
    window.press("c");
    let labrun = window.labrun_at_end(Some(0));
    assert_eq!(log(&labrun), "name: Annette\n");
}

#[test]
fn what_fails_while_steps_go_on_by_themselves_is_paused_at() {
    let deck = deck(&[("One", &["true"]), ("Two", &["test -e mended", "echo after | tee log"])]);
    let mut window = step(Labrun::new().deck("deck.md", deck).env("TERM", "xterm").env("NO_COLOR", "1"));
    window.comes(ASKED);
    window.press("c");
    window.comes("✗ test");
    window.comes(ASKED);
    window.press("t");
    window.comes("$ ");
    window.press("touch mended\r");
    window.comes("$ ");
    window.press("exit\r");
    window.comes(ASKED);
    window.press("a");
    window.comes("✓ test");
    window.comes(ASKED);
    window.press("r");
    window.comes("end of the deck");
    window.press("r");
    window.comes("3 commands held");
    let labrun = window.labrun_at_end(Some(0));
    assert_eq!(log(&labrun), "after\n");
    let journal = labrun.journal();
    assert_eq!(ends(&journal), ["one/1 held", "two/1 failed", "two/1 held", "two/2 held"]);
    assert_eq!(journal.last().unwrap()["summary"]["failed"], 0);
}

#[test]
fn a_failed_session_is_handed_over_with_its_state_and_goes_on() {
    let deck = deck(&[("One", &["x=1; fails() { return 3; }\nfails", "echo x is $x | tee log"])]);
    let labrun = Labrun::new()
        .deck("deck.md", deck)
        .args(["--on-failure", "shell"])
        .env("TERM", "xterm")
        .env("NO_COLOR", "1");
    let mut window = Window::with_rows(labrun, 100, 30);
    window.comes("✗ fails");
    window.comes("exit or ^D gives it back");
    window.comes("$ ");
    window.press("echo status $?; x=by-hand\r");
    window.comes("status 3");
    window.comes("$ ");
    window.press("fails; exit 3; exit\r");
    window.comes("a new shell goes on");
    window.comes("failed: enter go on");
    window.press("t");
    window.comes("$ ");
    window.press("x=again\r");
    window.comes("$ ");
    window.press("\x04");
    window.comes("failed: enter go on");
    window.press("\r");
    let labrun = window.labrun_at_end(Some(1));
    assert_eq!(log(&labrun), "x is again\n");
}

#[test]
fn after_a_failure_a_person_may_try_again_or_stop() {
    let file = "on-failure = \"shell\"\n";
    let open = |key: &str| {
        let labrun = Labrun::new().lab(&["test -e mended", "touch after"]).file("labrun.toml", file);
        let mut window = Window::with_rows(labrun.env("TERM", "xterm").env("NO_COLOR", "1"), 100, 30);
        window.comes("$ ");
        window.press("touch mended\r");
        window.comes("$ ");
        window.press("exit\r");
        window.comes("failed: enter go on");
        window.press(key);
        window
    };
    let labrun = open("a").labrun_at_end(Some(0));
    assert!(labrun.work().join("after").exists());
    let labrun = open("q").labrun_at_end(Some(1));
    assert!(!labrun.work().join("after").exists());
}

#[test]
fn without_a_terminal_nobody_can_be_asked() {
    for args in [&["--step"][..], &["--on-failure", "shell"], &["--typing"], &["--typing=30"]] {
        Labrun::new().lab(&["touch ran"]).args(args).run().exit(2).says("it needs a terminal on standard");
    }
    let ran = Labrun::new().lab(&["touch ran"]).file("labrun.toml", "on-failure = \"shell\"\n").run();
    assert!(!ran.exit(2).says("on-failure is shell").work().join("ran").exists());
}

#[test]
fn commands_appear_as_if_they_were_typed() {
    let labrun = Labrun::new()
        .lab(&["echo slowly but surely"])
        .args(["--typing=100"])
        .env("TERM", "xterm")
        .env("NO_COLOR", "1");
    let mut window = Window::with_rows(labrun, 80, 12);
    for part in [
        "A slide",
        "· ec\u{1b}",
        "· echo s\u{1b}",
        "· echo slowly but surely",
        "✓ echo",
        "        slowly but",
    ] {
        window.comes(part);
    }
    let (code, shown) = window.end();
    assert_eq!(code, Some(0), "{shown}");
    assert_eq!(shown.matches("echo").count(), 1, "{shown}");
}

#[test]
fn the_terminal_is_as_it_was_however_labrun_ends() {
    let mut window = step(three());
    window.comes(ASKED);
    assert!(!window.echoes());
    window.press("t");
    window.comes("$ ");
    assert!(!window.echoes());
    window.signal(Signal::TERM);
    assert_eq!(window.wait(), Some(130), "\n{}", window.shown());
    assert!(window.echoes());
}
