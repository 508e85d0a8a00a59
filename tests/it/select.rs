//! Selecting steps, with one meaning in `plan` and `run`; and which files a path means.

use crate::support::{Labrun, Ran, lab};

const DECK: &str = "\
class: intro\n\n# Getting ready\n\n.lab[\n\n```bash\nNAME=world\n```\n\n]\n\n---\n\nclass: auto\n\n# Saying it\n\n.lab[\n\n\
```bash\necho hello $NAME\n```\n\n```bash\necho aside\n```\n\n]\n\n---\n\nclass: manual\n\n# Leaving\n\n.lab[\n\n```bash\ntrue bye\n```\n\n]\n";

/// The commands that a run typed.
fn typed(ran: &Ran) -> Vec<String> {
    let text = |event: &serde_json::Value| event["text"].as_str().unwrap().to_owned();
    ran.events("command-started").iter().map(text).collect()
}

/// The commands that a plan has.
fn planned(ran: &Ran) -> Vec<String> {
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let slides = json["decks"][0]["slides"].as_array().unwrap().iter();
    slides
        .flat_map(|slide| slide["steps"].as_array().unwrap())
        .map(|step| step["commands"][0].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_plan_and_a_run_select_the_same() {
    for (options, wanted) in [
        (&["--slide", "2-3"][..], &["echo hello $NAME", "echo aside", "true bye"][..]),
        (&["--slide", "1,3"], &["NAME=world", "true bye"]),
        (&["--only", "HELLO"], &["echo hello $NAME"]),
        (&["--from", "saying-it/2"], &["echo aside", "true bye"]),
        (&["--until", "saying-it/1"], &["NAME=world", "echo hello $NAME"]),
        (&["--class", "auto,manual"], &["echo hello $NAME", "echo aside", "true bye"]),
        (&["--exclude-class", "auto"], &["NAME=world", "true bye"]),
        (&["--from", "saying-it", "--exclude-class", "manual"], &["echo hello $NAME", "echo aside"]),
    ] {
        let plan = Labrun::new().args(["plan", "--format", "json"]).deck("a.md", DECK).args(options).run();
        assert_eq!(planned(&plan.exit(0)), wanted, "{options:?}");
        let ran = Labrun::new().deck("a.md", DECK).args(options).run().exit(0);
        assert_eq!(typed(&ran), wanted, "{options:?}");
    }
}

#[test]
fn a_dry_run_is_the_plan() {
    let plan = Labrun::new().arg("plan").deck("a.md", DECK).args(["--slide", "2"]).run().exit(0);
    let dry = Labrun::new().deck("a.md", DECK).args(["--slide", "2", "--dry-run"]).run().exit(0);
    assert_eq!(plan.stdout, dry.stdout);
    assert!(!dry.work().join("../home/.local").exists(), "no journal");
}

#[test]
fn what_is_not_run_is_counted_and_what_it_would_have_set_is_told() {
    let ran = Labrun::new().deck("a.md", DECK).args(["--slide", "2"]).run().exit(0);
    let ran = ran.says("2 steps not selected").says("$NAME is set only by steps that are not selected");
    assert_eq!(ran.events("deck-ended")[0]["summary"]["left_out"], 2);
    Labrun::new().arg("plan").deck("a.md", DECK).args(["--slide", "2"]).run().says("2 steps not selected");
}

#[test]
fn a_selection_of_nothing_is_an_error() {
    for command in [&["run"][..], &["plan"], &["run", "--dry-run"]] {
        let labrun = || Labrun::new().args(command.iter().copied()).deck("a.md", DECK);
        labrun().args(["--slide", "9"]).run().exit(4).says("no step is selected").says("a.md has 4 steps");
        labrun().args(["--class", "nothing"]).run().exit(4).says("no step is selected");
        labrun().args(["--from", "saing-it/1"]).run().exit(2).says("did you mean saying-it/1?");
        labrun().args(["--slide", "0"]).run().exit(2).says("12-20");
    }
}

#[test]
fn a_file_can_exclude_classes() {
    let ran = Labrun::new()
        .file("labrun.toml", "exclude-class = ['manual']\n")
        .deck("a.md", DECK)
        .args(["--exclude-class", "auto"])
        .run();
    assert_eq!(typed(&ran.exit(0)), ["NAME=world"]);
}

#[test]
fn errors_of_slides_that_are_not_selected_hold_nothing_up() {
    let broken = DECK.replace("true bye\n```", "true bye\n```\n\n<!-- ```wiat x``` -->");
    Labrun::new().deck("a.md", &broken).run().exit(3);
    Labrun::new().deck("a.md", &broken).args(["--slide", "3"]).run().exit(3).says("wiat");
    Labrun::new().deck("a.md", &broken).args(["--slide", "1-2"]).run().exit(0).says_not("wiat");
}

#[test]
fn of_several_decks_those_with_nothing_selected_are_left_out() {
    let other = lab(&["true other"]);
    let ran = Labrun::new().deck("a.md", DECK).deck("b.md", &other).args(["--only", "other"]).run().exit(0);
    assert_eq!(typed(&ran), ["true other"]);
    Labrun::new().deck("a.md", DECK).deck("b.md", &other).args(["--from", "a-slide/1"]).run().exit(0);
    Labrun::new().deck("a.md", DECK).deck("b.md", &other).args(["--from", "a-slide/3"]).run().exit(2);
}

#[test]
fn a_folder_means_the_decks_below_and_a_pattern_those_that_fit() {
    let labrun = || {
        Labrun::new()
            .file("decks/a.md", lab(&["true a"]))
            .file("decks/sub/b.md", lab(&["true b"]))
            .file("decks/notes.md", "# Notes\n")
    };
    assert_eq!(typed(&labrun().arg("decks").run().exit(0)), ["true a", "true b"]);
    assert_eq!(typed(&labrun().arg("decks/*/*.md").run().exit(0)), ["true b"]);
    assert_eq!(typed(&labrun().args(["decks/**/[ab].md", "decks/a.md"]).run().exit(0)), ["true a", "true b"]);
    // Named by itself, a file without labs is not passed over.
    labrun().args(["decks/a.md", "decks/notes.md"]).run().exit(4);
    labrun().arg("*.org").run().exit(2).says("*.org");
    Labrun::new()
        .file("x/notes.md", "# Notes\n")
        .arg("x")
        .run()
        .exit(4)
        .says("the one file found has no lab");
}
