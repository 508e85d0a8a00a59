//! A deck in, a report out: what is typed, what a failure does, what is said of it.

use crate::support::{Labrun, lab};

#[test]
fn variables_functions_and_the_directory_last_from_block_to_block() {
    let ran = Labrun::new()
        .lab(&["A=1\nf() { echo \"f$A\"; }\nalias g='f'", "mkdir d\ncd $_", "f > out\ng >> out\npwd >> out"])
        .run()
        .exit(0);
    let out = ran.read("d/out");
    assert!(
        out.starts_with("f1\nf1\n") && out.trim_end().ends_with(ran.work().join("d").to_str().unwrap()),
        "{out}"
    );
}

#[test]
fn every_command_of_a_block_has_a_status_of_its_own() {
    let ran = Labrun::new().lab(&["mkdir a/b\ntrue"]).run().exit(1).says("deck.md:6");
    assert_eq!(ran.verdicts(), ["failed"]);
}

#[test]
fn status_last_counts_a_blocks_last_command_only() {
    let ran = Labrun::new().file("labrun.toml", "status = 'last'\n").lab(&["mkdir a/b\ntrue"]).run().exit(0);
    assert_eq!(ran.verdicts(), ["held", "held"]);
}

#[test]
fn a_command_that_acted_stops_the_deck() {
    let ran = Labrun::new().lab(&["mkdir a/b", "touch reached"]).run().exit(1).says("skipped");
    assert!(!ran.work().join("reached").exists());
}

#[test]
fn a_command_that_only_looked_does_not() {
    let ran = Labrun::new().lab(&["cat nowhere", "touch reached"]).run().exit(1);
    assert!(ran.work().join("reached").exists());
}

#[test]
fn on_failure_has_the_last_word() {
    let go_on =
        Labrun::new().lab(&["mkdir a/b", "touch reached"]).args(["--on-failure", "continue"]).run().exit(1);
    assert!(go_on.work().join("reached").exists());
    let stop =
        Labrun::new().lab(&["cat nowhere", "touch reached"]).args(["--on-failure", "stop"]).run().exit(1);
    assert!(!stop.work().join("reached").exists());
}

#[test]
fn a_false_promise_fails_with_its_line_and_a_diff() {
    let deck = format!(
        "{}\n--\n\nThe output should be:\n```json\n{{\"repositories\":[\"busybix\"]}}\n```\n",
        lab(&["echo '{\"repositories\":[\"busybox\"]}'"])
    );
    Labrun::new()
        .deck("deck.md", deck)
        .arg("--no-retry")
        .run()
        .exit(1)
        .says("deck.md:15")
        .says(".repositories[0]")
        .says("\"busybix\"")
        .says("\"busybox\"");
}

#[test]
fn a_text_that_differs_warns_and_fails_under_strict() {
    let deck = format!("{}\nWe should see:\n```\nhello wurld\n```\n", lab(&["echo hello world"]));
    Labrun::new().deck("deck.md", deck.clone()).arg("--no-retry").run().exit(0).says("hello wurld");
    Labrun::new().deck("deck.md", deck).args(["--no-retry", "--strict"]).run().exit(1);
}

#[test]
fn a_wait_holds_when_its_text_is_in_the_output_and_excuses_the_status() {
    let deck = "# S\n\n.lab[\n\n```bash\ncp nowhere x\n```\n\n<!-- ```wait cannot stat``` -->\n\n]\n";
    Labrun::new().deck("deck.md", deck).run().exit(0);
    let deck = deck.replace("cannot stat", "something else");
    // What came instead is shown.
    Labrun::new().deck("deck.md", deck).run().exit(1).says("something else").says("No such file");
}

#[test]
fn hidden_steps_run_and_are_marked() {
    let deck = "# S\n\n.lab[\n\n<!-- ```hide touch hidden``` -->\n\n```bash\nls hidden\n```\n\n]\n";
    Labrun::new().deck("deck.md", deck).run().exit(0).says("hidden");
}

#[test]
fn a_command_that_ends_the_shell_fails_and_the_run_goes_on_in_a_new_one_if_asked() {
    let ran = Labrun::new()
        .lab(&["export KEPT=yes\nLOST=yes\nmkdir d\ncd d", "exit 3", "echo \"$KEPT-$LOST\" > out"])
        .args(["--on-failure", "continue"])
        .run()
        .exit(1)
        .says("ended the shell, with 3");
    assert_eq!(ran.read("d/out"), "yes-\n");
}

#[test]
fn a_command_that_hangs_is_ended_at_its_limit() {
    let ran = Labrun::new()
        .lab(&["sleep 60; touch never", "touch reached"])
        .args(["--timeout", "1s", "--on-failure", "continue"])
        .run()
        .exit(1)
        .says("did not end within");
    assert!(ran.work().join("reached").exists());
}

#[test]
fn a_program_that_asks_on_the_terminal_is_named_with_its_question() {
    Labrun::new()
        .lab(&["read -p 'Password: ' x < /dev/tty; echo $x"])
        .run()
        .exit(1)
        .says("asks on the terminal: Password:");
}

#[test]
fn what_waits_for_a_key_that_never_comes_fails_with_a_clear_message() {
    let ran = Labrun::new()
        .lab(&["touch before\nread -p 'Name? ' name\ntouch after"])
        .run()
        .exit(1)
        .says("waits for a keyboard, and no key follows")
        .says("Name?");
    assert!(ran.work().join("before").exists() && !ran.work().join("after").exists());
}

#[test]
fn what_is_left_running_is_told_and_ended() {
    let ran =
        Labrun::new().lab(&["sleep 300 &\necho $! > pid", "sleep 0.3"]).run().exit(0).says("still runs");
    let pid = ran.read("pid");
    let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
    assert!(state.is_err() || state.unwrap().contains(") Z "), "{pid} lives");
}

#[test]
fn output_that_would_drive_the_terminal_is_made_harmless() {
    let ran = Labrun::new().lab(&["printf '\\033[2Jgone\\n' >&2; false"]).run().exit(1);
    assert!(!ran.stdout.contains("\x1b[2J"), "{:?}", ran.stdout);
}

#[test]
fn a_warning_never_hides_a_failure() {
    let deck = format!("{}\nWe should see:\n```\nno\n```\n", lab(&["echo yes; false"]));
    let ran = Labrun::new().deck("deck.md", deck).arg("--no-retry").run().exit(1);
    assert_eq!(ran.verdicts(), ["failed"]);
}

#[test]
fn commands_of_a_failed_step_that_were_not_typed_are_kept() {
    let ran = Labrun::new().lab(&["mkdir a/b\necho one\necho two"]).run().exit(1);
    let untyped = &ran.events("step-ended")[0]["untyped"];
    assert_eq!(untyped.as_array().unwrap().len(), 2, "{untyped}");
    assert_eq!(untyped[1]["text"], "echo two");
}

#[test]
fn a_wait_on_a_command_that_was_not_typed_is_skipped() {
    let deck = "# S\n\n.lab[\n\n<!-- ```skip no time``` -->\n```bash\nwatch date\n```\n<!-- ```wait 20``` -->\n\n```bash\necho on\n```\n]\n";
    let ran = Labrun::new().deck("deck.md", deck).run().exit(0);
    assert_eq!(ran.events("run-ended")[0]["summary"]["skipped"], 2);
}
