//! `labrun accept` and `labrun review`: what came, written into the deck, and nothing else of it changed.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::support::window::Window;
use crate::support::{Labrun, Ran, have};

/// A deck with one lab that types `command`, and what follows it.
fn deck(command: &str, after: &str) -> String {
    format!(
        "# One\n\n.lab[\n\n- Try:\n  ```bash\n  {command}\n  ```\n\n]\n\n{after}\n\n---\n\n# Two\n\nThe end\n"
    )
}

/// Another call of labrun in the folder of one that ended.
fn again(ran: &Ran, args: &[&str]) -> (Option<i32>, String) {
    let home = ran.work().with_file_name("home");
    let output = Command::new(env!("CARGO_BIN_EXE_labrun"))
        .args(args)
        .current_dir(ran.work())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", home)
        .env("LANG", "C.UTF-8")
        .output()
        .unwrap();
    (output.status.code(), said(&output))
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Runs a deck, accepts what came, and runs it again, which must be green; the deck then.
#[track_caller]
fn accepted(deck: &str) -> String {
    let ran = Labrun::new()
        .deck("deck.md", deck)
        .args(["--no-retry", "--strict", "--on-failure", "continue"])
        .run();
    assert_eq!(ran.code, Some(1), "{}", ran.stdout);
    let (code, said) = again(&ran, &["accept"]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = again(&ran, &["deck.md", "--no-retry", "--strict"]);
    assert_eq!(code, Some(0), "{said}\n{}", ran.read("deck.md"));
    ran.read("deck.md")
}

#[test]
fn only_the_lines_that_differ_change() {
    let before = deck("printf 'hello\\nworld\\n'", "We should see:\n\n```\nhello\nword\n```");
    assert_eq!(accepted(&before), before.replace("\nword\n", "\nworld\n"));
}

#[test]
fn every_way_to_write_a_block_is_kept() {
    let (mut before, mut after) = (String::new(), String::new());
    for (command, promised, came) in [
        // In a list, deeper than its fence; a highlight that still stands.
        (
            "echo a; echo port 80 shut; echo c",
            "- We should see:\n  ```\n    a\n    port `80` open\n    c\n  ```\n",
            "- We should see:\n  ```\n    a\n    port `80` shut\n    c\n  ```\n",
        ),
        ("echo b", "We should see:\n~~~\na\n~~~\n", "We should see:\n~~~\nb\n~~~\n"),
        // What came holds a fence.
        ("echo; echo '```'", "We should see:\n```\na\n```\n", "We should see:\n````\n```\n````\n"),
        // Ticks that remark would take for highlights.
        (
            "printf 'run \\140x\\140 now\\n'",
            "We should see:\n```\na\n```\n",
            "We should see:\n```\nrun \\`x` now\n```\n",
        ),
        ("echo b", "<!-- ```expect contains a``` -->\n", "<!-- ```expect contains b``` -->\n"),
        ("echo b; echo c", "<!-- ```expect exact a``` -->\n", "<!-- ```expect exact\nb\nc\n``` -->\n"),
        (
            "echo a; echo c",
            "<!--\n  ```expect exact retry=1s\n  a\n  b\n  ```\n-->\n",
            "<!--\n  ```expect exact retry=1s\n  a\n  c\n  ```\n-->\n",
        ),
        (
            "echo '{\"b\":1,\"a\":[2]}'",
            "We should see:\n```json\n{\n    \"a\": [1],\n    \"b\": \"{...}\"\n}\n```\n",
            "We should see:\n```json\n{\n    \"a\": [2],\n    \"b\": \"{...}\"\n}\n```\n",
        ),
        (
            "echo a b d; echo x",
            "<!-- ```expect lines\n+ a b c\n+ x\n``` -->\n",
            "<!-- ```expect lines\n+ a b d\n+ x\n``` -->\n",
        ),
        // Nothing is written yet.
        ("echo b", "We should see:\n\n```\n```\n", "We should see:\n\n```\nb\n```\n"),
        ("echo b", "- We should see:\n  ```\n\n  ```\n", "- We should see:\n  ```\n  b\n  ```\n"),
        ("echo '[1]'", "<!-- ```expect json\n``` -->\n", "<!-- ```expect json\n[1]\n``` -->\n"),
        (
            "echo b; echo c >&2",
            "<!-- ```expect exact stream=stderr``` -->\n```\n```\n",
            "<!-- ```expect exact stream=stderr``` -->\n```\nc\n```\n",
        ),
        (
            "echo '{\"a\": 1, \"at\": '$RANDOM'}'",
            "<!-- ```expect json ignore=.at``` -->\n```json\n{\"a\": 2, \"at\": 3}\n```\n",
            "<!-- ```expect json ignore=.at``` -->\n```json\n{\"a\": 1, \"at\": 3}\n```\n",
        ),
        // Tables: one that is still to be written, and one of which a row differs.
        (
            "printf 'NAME   AGE\\nweb-1  5m\\n'",
            "<!-- ```expect table key=AGE\n``` -->\n",
            "<!-- ```expect table key=AGE\nNAME   AGE\nweb-1  5m\n``` -->\n",
        ),
        (
            "printf 'NAME   READY  AGE\\nweb-1  1/1    5m\\nweb-2  0/1    9s\\n'",
            "<!-- ```expect table``` -->\n```\nNAME   AGE    READY\nweb-1  [AGE]  1/1\nweb-2  [AGE]  1/1\n```\n",
            "<!-- ```expect table``` -->\n```\nNAME   AGE    READY\nweb-1  [AGE]  1/1\nweb-2  [AGE]  0/1\n```\n",
        ),
        // Separators of remark, and what it takes for notes.
        ("echo ---; echo '???'", "We should see:\n```\na\n```\n", "We should see:\n```\n---\n???\n```\n"),
        (
            "echo; echo '~~~'",
            "- We should see:\n  ~~~\n  a\n  ~~~\n",
            "- We should see:\n  ~~~~\n  ~~~\n  ~~~~\n",
        ),
        ("echo '```'", "We should see:\n~~~\na\n~~~\n", "We should see:\n~~~\n```\n~~~\n"),
        // What is captured, and what was captured before.
        (
            "echo pod/web-x2x7k is up",
            "<!-- ```expect contains pod/[pod=..] is down``` -->\n",
            "<!-- ```expect contains pod/[pod=..] is up``` -->\n",
        ),
    ] {
        before.push_str(&deck(command, promised));
        after.push_str(&deck(command, came));
        for text in [&mut before, &mut after] {
            text.push_str("\n---\n\n");
        }
    }
    assert_eq!(accepted(&before), after);
    let crlf = |text: &str| text.replace('\n', "\r\n");
    assert_eq!(accepted(&crlf(&before)), crlf(&after));
}

#[test]
fn what_a_session_shows_is_written_below_its_prompt() {
    let shows = |hello: &str, out: &str| {
        format!(
            "# One\n\n.lab[\n\n- Try:\n  ```console\n  $ echo hello\n  {hello}\n  $ sh -c 'echo out; echo more; exit 3'\n  {out}\n  [3]\n  $ true\n  ```\n\n]\n"
        )
    };
    let (before, after) = (shows("helo", "...\n  moore"), shows("hello", "...\n  more"));
    assert_eq!(accepted(&before), after);
    assert_eq!(accepted(&before.replace('\n', "\r\n")), after.replace('\n', "\r\n"));
    // What would be taken for another prompt is not.
    let text = "# One\n\n.lab[\n\n```console\n$ echo '$ true'\nx\n```\n\n]\n";
    let ran = Labrun::new().deck("deck.md", text).arg("--no-retry").run().exit(0);
    let (code, told) = again(&ran, &["accept"]);
    assert!(code == Some(1) && told.contains("cannot be written there"), "{told}");
    assert_eq!(ran.read("deck.md"), text);
}

#[test]
fn git_sees_the_intended_lines_alone_and_applies_the_patch() {
    if !have("git") {
        return;
    }
    for end in ["\n", "\r\n"] {
        let text = deck("echo hello; echo world", "We should see:\n```\nhello\nword\n```").replace('\n', end);
        let git = |work: &Path, args: &[&str]| {
            let output = Command::new("git").args(args).current_dir(work).output().unwrap();
            assert!(output.status.success(), "{args:?}: {}", said(&output));
            said(&output)
        };
        let labrun = Labrun::new().file("my slides/a.md", &text);
        git(&labrun.work(), &["init", "-q"]);
        git(&labrun.work(), &["config", "core.autocrlf", "false"]);
        git(&labrun.work(), &["add", "-A"]);
        let ran = labrun.args(["my slides/a.md", "--no-retry"]).run().exit(0);
        let (code, patch) = again(&ran, &["accept", "--dry-run"]);
        assert_eq!(code, Some(0), "{patch}");
        assert_eq!(ran.read("my slides/a.md"), text, "a dry run writes nothing");
        fs::write(ran.work().join("p.patch"), &patch).unwrap();
        git(&ran.work(), &["apply", "p.patch"]);
        let by_patch = ran.read("my slides/a.md");
        git(&ran.work(), &["checkout", "-q", "--", "."]);
        assert_eq!(again(&ran, &["accept", "my slides/a.md"]).0, Some(0));
        assert_eq!(ran.read("my slides/a.md"), by_patch);
        let diff = git(&ran.work(), &["diff", "-U0"]);
        let changed: Vec<&str> =
            diff.lines().skip(5).filter(|line| line.starts_with(['+', '-'])).map(str::trim).collect();
        assert_eq!(changed, ["-word", "+world"], "{diff}");
    }
}

#[test]
fn what_is_not_written_is_named_with_the_reason() {
    for (command, after, args, said) in [
        ("false; cat /nowhere", "We should see:\n```\na\n```", &[][..], "status 1"),
        ("true", "We should see:\n```\na\n```", &[], "there was no output"),
        ("echo 'a-->'", "<!-- ```expect contains b``` -->", &[], "which a comment cannot"),
        ("echo '--> a'", "<!--\n```expect contains\n> b\n```\n-->", &[], "which a comment cannot"),
        ("echo '```'", "<!--\n```expect contains\nb\n```\n-->", &[], "which a comment cannot"),
        ("echo; echo '```'", "<!--\n```expect exact\n``` -->", &[], "which a comment cannot"),
        ("echo a", "<!-- ```expect regex b``` -->", &[], "is its author's to change"),
        ("echo x", "We should see:\n```json\n{}\n```", &[], "standard output is not JSON"),
        (
            "echo my token is {token}; echo b",
            "<!-- ```expect exact\nx\n``` -->",
            &["--set", "token=s3cr3t-thing"],
            "what came holds a secret",
        ),
    ] {
        let text = deck(command, after);
        let ran = Labrun::new().deck("deck.md", &text).args(["--no-retry"]).args(args.iter().copied()).run();
        let (code, told) = again(&ran, &["accept"]);
        assert!(code == Some(1) && told.contains("left as it is: deck.md:"), "{told}");
        assert!(told.contains(said), "{told}");
        assert_eq!(ran.read("deck.md"), text);
    }
}

#[test]
fn a_run_that_is_not_one_to_accept_is_refused() {
    let ran = Labrun::new().deck("deck.md", deck("echo b", "We should see:\n```\na\n```")).run().exit(0);
    let refused = |args: &[&str], said: &str| {
        let (code, told) = again(&ran, args);
        assert!(code == Some(2) && told.contains(said), "{code:?} {told}");
    };
    fs::write(ran.work().join("other.md"), "# x\n").unwrap();
    refused(&["accept", "other.md"], "other.md is not in the run");
    refused(&["accept", "a.jsonl", "b.jsonl"], "one journal at a time");
    refused(&["accept", "no.jsonl"], "cannot read the journal no.jsonl");
    refused(&["accept", "--journals", "nowhere"], "no run is recorded there");
    refused(&["review"], "review asks a person");
    let text = ran.read("deck.md");
    fs::write(ran.work().join("deck.md"), format!("{text}\nmore\n")).unwrap();
    refused(&["accept"], "deck.md has changed since that run: run it again, then accept");
    let simulated = Labrun::new()
        .deck("deck.md", deck("echo b", "We should see:\n```\na\n```"))
        .args(["--stage", "simulated"])
        .run();
    let (code, told) = again(&simulated, &["accept"]);
    assert!(code == Some(2) && told.contains("ran on the simulated stage"), "{told}");
}

#[test]
fn a_link_out_of_its_folder_is_not_followed() {
    let text = deck("echo b", "We should see:\n```\na\n```");
    let labrun = Labrun::new().file("real.md", &text).file("slides/near.md", "");
    std::os::unix::fs::symlink("../real.md", labrun.work().join("slides/deck.md")).unwrap();
    let ran = labrun.arg("slides/deck.md").run().exit(0);
    let (code, told) = again(&ran, &["accept"]);
    assert!(code == Some(2) && told.contains("outside its folder"), "{told}");
    assert_eq!(ran.read("real.md"), text);
}

#[test]
fn what_two_attempts_printed_differently_becomes_a_wildcard() {
    let text = deck(
        "cat /proc/uptime; echo end",
        "<!-- ```expect retry=1s``` -->\n\nWe should see:\n```\nbegin\n```",
    );
    let ran = Labrun::new().deck("deck.md", &text).run();
    assert!(ran.events("retrying").len() > 1, "{}", ran.stdout);
    let (code, told) = again(&ran, &["accept"]);
    assert_eq!(code, Some(0), "{told}");
    let now = ran.read("deck.md");
    assert!(now.contains("[..]") && now.contains("\nend\n"), "{now}");
}

#[test]
fn what_was_captured_is_known() {
    let text = format!(
        "{}{}",
        deck("echo pod/web-$RANDOM created", "<!-- ```expect contains pod/[pod=..] created``` -->"),
        deck(
            "echo deleting $pod; echo gone",
            "We should see:\n```\ndeleting [=pod]\nstill there: [=pod]\n```"
        )
    );
    let ran = Labrun::new().deck("deck.md", &text).arg("--no-retry").run().exit(0);
    let (code, told) = again(&ran, &["accept"]);
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(ran.read("deck.md"), text.replace("still there: [=pod]", "gone"));
    let text = deck("echo a b", "<!-- ```expect contains x [pod=..] y``` -->");
    let ran = Labrun::new().deck("deck.md", &text).arg("--no-retry").run().exit(1);
    let (code, told) = again(&ran, &["accept"]);
    assert!(code == Some(1) && told.contains("has no place for [pod=..]"), "{told}");
    assert_eq!(ran.read("deck.md"), text);
}

#[test]
fn the_wildcards_of_labrun_toml_are_known() {
    let text = deck("echo image v1.2 is up", "We should see:\n```\nimage [TAG] is down\n```");
    let ran = Labrun::new()
        .deck("deck.md", &text)
        .file("labrun.toml", "[wildcards]\nTAG = 'v[0-9.]+'\n")
        .arg("--no-retry")
        .run()
        .exit(0);
    let (code, told) = again(&ran, &["accept"]);
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(ran.read("deck.md"), text.replace("down", "up"));
}

#[test]
fn homes_are_written_as_slides_show_them() {
    let text = deck(
        "echo stored in $DOCKER_CONFIG/config.json; echo in $HOME/x",
        "We should see:\n```\nunknown\n```",
    );
    let ran = Labrun::new().deck("deck.md", &text).arg("--no-retry").run().exit(0);
    let (code, told) = again(&ran, &["accept"]);
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(ran.read("deck.md"), text.replace("unknown", "stored in ~/.docker/config.json\nin ~/x"));
    assert_eq!(again(&ran, &["deck.md", "--no-retry", "--strict"]).0, Some(0));
}

#[test]
fn what_a_terminal_showed_until_its_last_directive_is_written() {
    let keys = "<!--\n```keys anna```\n```key Enter```\n-->";
    let text = deck("read -p 'name? ' name; echo hello $name", "We should see:\n```\nhello bob\n```");
    let text = text.replacen("  ```\n\n]", &format!("  ```\n{keys}\n]"), 1);
    let ran = Labrun::new().deck("deck.md", &text).args(["--strict", "--no-retry"]).run().exit(1);
    let (code, told) = again(&ran, &["accept"]);
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(ran.read("deck.md"), text.replace("hello bob", "hello anna"));
    assert_eq!(again(&ran, &["deck.md", "--no-retry", "--strict"]).0, Some(0));
}

#[test]
fn promises_that_held_are_pinned() {
    let text = deck("echo b", "- We should see:\n  ```\n  b\n  ```");
    let ran = Labrun::new().deck("deck.md", &text).run().exit(0);
    assert_eq!(again(&ran, &["accept"]).0, Some(0));
    assert_eq!(ran.read("deck.md"), text, "nothing is pinned unasked");
    let (code, told) = again(&ran, &["accept", "--pin"]);
    assert_eq!(code, Some(0), "{told}");
    let pinned = text.replace("  ```\n  b\n", "  <!-- ```expect contains``` -->\n  ```\n  b\n");
    assert_eq!(ran.read("deck.md"), pinned);
    fs::write(ran.work().join("deck.md"), pinned.replace("\n  b\n", "\n  c\n")).unwrap();
    assert_eq!(again(&ran, &["deck.md", "--no-retry"]).0, Some(1), "now it fails without --strict");
}

#[test]
fn values_are_written_by_their_names() {
    let text = deck("echo hello {username}; echo x", "We should see:\n```\nhello {username}\ny\n```");
    let ran = Labrun::new().deck("deck.md", &text).args(["--set", "username=anna"]).run();
    assert_eq!(again(&ran, &["accept"]).0, Some(0));
    assert_eq!(ran.read("deck.md"), text.replace("\ny\n", "\nx\n"));
}

/// A deck whose three outputs all differ.
fn three() -> String {
    ["one", "two", "three"]
        .map(|word| deck(&format!("echo {word}"), &format!("We should see:\n```\nnot {word}\n```")))
        .join("\n---\n\n")
}

fn reviewed(keys: &[&str]) -> (Option<i32>, String, String) {
    let ran = Labrun::new().deck("deck.md", three()).arg("--no-retry").run().exit(0);
    let review = ran.again().arg("review").env("TERM", "xterm").env("NO_COLOR", "1");
    let mut window = Window::with_rows(review, 80, 60);
    for key in keys {
        window.comes("q quit");
        window.press(key);
    }
    let code = window.wait();
    let shown = window.shown();
    let deck = fs::read_to_string(window.labrun.work().join("deck.md")).unwrap();
    (code, shown, deck)
}

#[test]
fn a_person_takes_one_change_leaves_another_and_quits() {
    let (code, shown, deck) = reviewed(&["y\r", "what?\r", "n\r", "q\r"]);
    assert_eq!(code, Some(1), "{shown}");
    assert_eq!(deck, three().replace("\nnot one\n", "\none\n"), "{shown}");
    insta::with_settings!({
        snapshot_path => "../../snapshots/report",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!("review", shown) });
}

#[test]
fn a_person_takes_all_that_follow() {
    let (code, shown, deck) = reviewed(&["n\r", "a\r"]);
    assert_eq!(code, Some(1), "{shown}");
    let wanted = three().replace("\nnot two\n", "\ntwo\n").replace("\nnot three\n", "\nthree\n");
    assert_eq!(deck, wanted, "{shown}");
    assert_eq!(reviewed(&["a\r"]).0, Some(0));
}

#[test]
fn who_goes_away_while_asked_has_taken_nothing() {
    let ran = Labrun::new().deck("deck.md", three()).arg("--no-retry").run().exit(0);
    let mut window = Window::open(ran.again().arg("review").env("TERM", "xterm"), 80);
    window.comes("q quit");
    let (labrun, _) = window.close();
    assert_eq!(fs::read_to_string(labrun.work().join("deck.md")).unwrap(), three());
}
