//! The journal and what is made of the same events: it says everything, and it is where it should be.

use crate::support::{Labrun, lab};

#[test]
fn a_run_is_on_disk_from_its_first_event_to_its_last() {
    let ran = Labrun::new().lab(&["echo hello", "cat nowhere"]).run().exit(1);
    let kinds: Vec<String> =
        ran.journal().iter().map(|event| event["event"].as_str().unwrap().to_owned()).collect();
    let (first, last) = (kinds.first().unwrap(), kinds.last().unwrap());
    assert_eq!((first.as_str(), last.as_str()), ("run-started", "run-ended"));
    let ended = ran.events("command-ended");
    assert_eq!(ended[0]["outcome"]["stdout"], "hello\n");
    assert_eq!(ended[1]["outcome"]["status"], 1);
    assert_eq!(ended[1]["line"], 10);
    assert_eq!(ran.events("deck-started")[0]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(ran.events("run-ended")[0]["exit"], 1);
}

#[test]
fn at_a_git_root_it_is_kept_there_and_ignored_by_git() {
    let labrun = Labrun::new().lab(&["true"]);
    std::fs::create_dir(labrun.work().join(".git")).unwrap();
    let ran = labrun.run().exit(0);
    let id = ran.read(".labrun/runs/last");
    assert!(ran.read(&format!(".labrun/runs/{}.jsonl", id.trim())).contains("run-ended"));
    assert_eq!(ran.read(".labrun/.gitignore"), "*\n");
}

#[test]
fn reports_are_made_of_the_same_events() {
    let ran = Labrun::new()
        .deck("a.md", lab(&["true", "false", "true"]))
        .args(["--report", "junit=out/j.xml", "--report", "json=r.json"])
        .run();
    // The folder of a report is not made up: a typo would hide it.
    ran.exit(2).says("out/j.xml");
    let ran = Labrun::new()
        .deck("a.md", lab(&["true", "false", "true"]))
        .args(["--report", "junit=j.xml", "--report", "json=r.json"])
        .run()
        .exit(1);
    let junit = ran.read("j.xml");
    assert!(junit.contains("tests=\"3\"") && junit.contains("failures=\"1\""), "{junit}");
    assert!(junit.contains("a.md") && junit.contains("host"), "{junit}");
    let json: serde_json::Value = serde_json::from_str(&ran.read("r.json")).unwrap();
    assert_eq!(json["exit"], 1);
}
