//! Groups of directives as authors write them, run whole: the decks of `tests/decks/groups`, with the tools beside them
//! in place of a cluster, an engine and other machines.

use std::fs;

use crate::support::{Labrun, have, project};

/// Runs a deck of the folder; its steps must hold, all of them.
fn holds(name: &str, groups: usize) {
    let here = project().join("tests/decks/groups");
    let deck = fs::read_to_string(here.join(name)).unwrap();
    let mut labrun = Labrun::new();
    for tool in fs::read_dir(here.join("bin")).unwrap() {
        let tool = tool.unwrap();
        let script = fs::read_to_string(tool.path()).unwrap();
        labrun = labrun.program(tool.file_name().to_str().unwrap(), &script);
    }
    let ran = labrun.deck(name, deck).env("TERM", "xterm-256color").run().exit(0);
    let ended = ran.events("step-ended");
    assert!(ended.iter().all(|step| step["verdict"] == "held"), "{}", ran.stdout);
    // A group is what directives stand behind.
    let started = ran.events("step-started");
    let is_block = |step: &serde_json::Value| step["method"] == "bash" && step["hidden"] == false;
    let spoken_to = started.windows(2).filter(|pair| is_block(&pair[0]) && !is_block(&pair[1])).count();
    assert!(spoken_to >= groups, "{spoken_to} groups");
}

#[test]
fn groups_that_ask_a_cluster_hold() {
    if have("vim") && have("watch") {
        holds("cluster.md", 12);
    }
}

#[test]
fn groups_that_type_into_programs_and_other_machines_hold() {
    if have("vim") && have("less") {
        holds("shells.md", 12);
    }
}

#[test]
fn groups_that_edit_what_they_are_shown_hold() {
    if have("vim") {
        holds("editors.md", 3);
    }
}

#[test]
fn groups_that_leave_what_never_ends_hold() {
    if have("git") && have("less") {
        holds("endings.md", 15);
    }
}
