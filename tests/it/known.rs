//! `[[known]]` in labrun.toml: failures that are known are reported, and do not fail the run.

use crate::support::{Labrun, Ran, lab};

const KNOWN: &str = "[[known]]\ndeck = \"deck.md\"\nstep = \"a-slide/1\"\nreason = \"the mirror is gone\"\n";

fn run(toml: &str, blocks: &[&str], args: &[&str]) -> Ran {
    Labrun::new().file("labrun.toml", toml).lab(blocks).args(args.iter().copied()).run()
}

#[test]
fn a_known_failure_is_in_every_report_and_fails_nothing() {
    let until = format!("{KNOWN}until = \"2999-12-31\"\n");
    let args = ["--report", "junit=j.xml", "--report", "json=r.json"];
    let ran = run(&until, &["ls /nowhere", "echo on"], &args).exit(0);
    let ran = ran.says("the mirror is gone (known until 2999-12-31)").says("1 known to fail");
    let steps = ran.events("step-ended");
    assert_eq!((steps[0]["verdict"].as_str(), steps[1]["verdict"].as_str()), (Some("known"), Some("held")));
    assert_eq!(steps[0]["known"]["reason"], "the mirror is gone");
    let summary = &ran.events("run-ended")[0]["summary"];
    assert_eq!((&summary["known"], &summary["failed"], &summary["held"]), (&1.into(), &0.into(), &1.into()));
    let junit = ran.read("j.xml");
    assert!(junit.contains("<skipped message=\"known to fail: the mirror is gone"), "{junit}");
    assert!(junit.contains("<property name=\"known\" value=\"the mirror is gone\"/>"), "{junit}");
    let report: serde_json::Value = serde_json::from_str(&ran.read("r.json")).unwrap();
    assert_eq!(report["runs"][0]["steps"][0]["known"]["until"], "2999-12-31");
}

#[test]
fn what_acted_and_is_known_to_fail_still_stops_its_deck() {
    let ran = run(KNOWN, &["mkdir /nowhere/x", "echo on"], &[]).exit(0);
    assert_eq!(ran.events("run-ended")[0]["summary"]["skipped"], 1);
}

#[test]
fn a_known_failure_fails_again_after_its_day() {
    let ran = run(&format!("{KNOWN}until = \"2020-01-31\"\n"), &["ls /nowhere"], &[]).exit(1);
    let said = ran.events("notice");
    let over = "labrun.toml lets this fail until 2020-01-31, which is over: the mirror is gone";
    assert!(said.iter().any(|notice| notice["text"] == over), "{said:?}");
}

#[test]
fn what_is_known_to_fail_and_holds_is_to_be_taken_off_the_list() {
    for until in ["", "until = \"2020-01-31\"\n"] {
        let ran = run(&format!("{KNOWN}{until}"), &["echo on"], &[]).exit(1);
        let ran = ran.says("1 failed");
        let said = &ran.events("step-ended")[0]["checks"][0]["summary"];
        assert!(said.as_str().unwrap().ends_with("it held: remove its [[known]] from labrun.toml"), "{said}");
    }
}

#[test]
fn an_entry_that_means_nothing_is_an_error() {
    for (toml, said) in [
        (
            KNOWN.replace("slide/1", "slide/2"),
            "names the step \"a-slide/2\", and deck.md has none of that name",
        ),
        (KNOWN.replace("slide/1", "slide/2"), "did you mean \"a-slide/1\"?"),
        (
            KNOWN.replace("deck.md", "dek.md"),
            "[[known]] of \"dek.md\" names no file beside it; did you mean \"deck.md\"?",
        ),
        (format!("{KNOWN}why = \"x\"\n"), "unknown field `why`"),
        (format!("{KNOWN}until = \"soon\"\n"), "'soon' is no day: write YYYY-MM-DD"),
        (KNOWN.replace("[[known]]", "[[decks.\"deck.md\".known]]"), "has [[known]] of its own"),
    ] {
        run(&toml, &["echo on"], &[]).exit(2).says(said);
    }
}

#[test]
fn a_run_writes_the_list_and_the_next_is_green() {
    let before = "# ours\nretry = false\n\n[values]\na = '1' # kept";
    let blocks = ["ls /nowhere", "echo on; false", "ls /nowhere/else"];
    let deck = lab(&blocks);
    let first = Labrun::new()
        .file("labrun.toml", before)
        .deck("deck.md", &deck)
        .arg("--write-known")
        .arg("--on-failure")
        .arg("continue");
    let ran = first.run().exit(0).says("wrote 3 known failures to labrun.toml");
    assert_eq!(ran.events("run-ended")[0]["exit"], 0);
    let toml = ran.read("labrun.toml");
    assert!(toml.starts_with(&format!("{before}\n\n[[known]]\ndeck = \"deck.md\"\nstep = ")), "{toml}");
    let next =
        || Labrun::new().file("labrun.toml", &toml).deck("deck.md", &deck).args(["--on-failure", "continue"]);
    next().run().exit(0).says("3 known to fail");
    let again = next().arg("--write-known").run().exit(0).says("nothing to write");
    assert_eq!(again.read("labrun.toml"), toml);
}

#[test]
fn what_cannot_be_listed_fails_the_run_that_writes_the_list() {
    let over = format!("{KNOWN}until = \"2020-01-31\"\n");
    let ran = run(&over, &["ls /nowhere"], &["--write-known"]).exit(1).says("its day is over");
    assert_eq!(ran.read("labrun.toml"), over);
    let blocks = ["echo on", "ls /nowhere"];
    run(KNOWN, &blocks, &["--write-known", "--on-failure", "continue"]).exit(1).says("wrote 1 known failure");
}

#[test]
fn what_is_known_to_fail_is_not_waited_for_long() {
    let deck = format!("{}\nWe should see:\n```\nmore\n```\n", lab(&["cat log"]));
    let labrun = Labrun::new().file("labrun.toml", KNOWN).file("log", "a\n").deck("deck.md", deck);
    let ran = labrun.run().exit(0);
    let tried = ran.events("retrying").len();
    assert!((1..=4).contains(&tried), "{tried}");
}

#[test]
fn the_list_is_begun_beside_the_deck_where_there_is_none() {
    let ran = Labrun::new()
        .deck("slides/deck.md", lab(&["ls /nowhere"]))
        .arg("--write-known")
        .arg("--no-retry")
        .run()
        .exit(0);
    let toml = ran.read("slides/labrun.toml");
    assert!(toml.starts_with("[[known]]\ndeck = \"deck.md\"\nstep = \"a-slide/1\"\nreason = "), "{toml}");
}
