//! The project's own decks: what they plan, and that they run.

use std::fs;

use crate::support::{Labrun, have, project};

const DECKS: [&str; 3] = ["registry.md", "harbor.md", "first-steps.md"];

/// The project's `slides` in the folder that labrun is started in.
fn with_slides(labrun: Labrun) -> Labrun {
    fn copy(from: &std::path::Path, to: &std::path::Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let to = to.join(entry.file_name());
            if entry.path().is_dir() {
                copy(&entry.path(), &to);
            } else {
                fs::copy(entry.path(), to).unwrap();
            }
        }
    }
    copy(&project().join("slides"), &labrun.work().join("slides"));
    labrun
}

#[test]
fn every_deck_has_a_plan_worth_reading() {
    for deck in DECKS {
        let ran = with_slides(Labrun::new()).args(["plan", &format!("slides/{deck}")]).run().exit(0);
        insta::with_settings!({
            snapshot_path => "../../snapshots/decks",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!(format!("plan-{}", deck.trim_end_matches(".md")), ran.stdout);
        });
        assert_eq!(ran.stderr, "", "no deck of ours has a diagnostic");
    }
}

#[test]
fn first_steps_needs_nothing_but_a_shell() {
    let ran = with_slides(Labrun::new()).arg("slides/first-steps.md").env("LANG", "C.UTF-8").run().exit(0);
    assert_eq!(ran.events("run-ended")[0]["summary"]["by_output"], 3);
}

#[test]
fn the_readme_does_what_it_says() {
    let labrun = with_slides(Labrun::new());
    fs::copy(project().join("README.md"), labrun.work().join("README.md")).unwrap();
    fs::create_dir_all(labrun.work().join("bin")).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_labrun"), labrun.work().join("bin/labrun")).unwrap();
    labrun.args(["README.md", "--labs", "all"]).run().exit(0);
}

#[test]
fn the_registry_deck_holds_on_the_simulated_stage_and_says_that_it_is_simulated() {
    let ran = with_slides(Labrun::new()).arg("slides/registry.md").run().exit(0);
    let summary = &ran.events("run-ended")[0]["summary"];
    assert_eq!((&summary["held"], &summary["by_output"]), (&17.into(), &3.into()));
    let said = ran.stdout.matches("SIMULATED").count();
    assert_eq!(said, 2, "at the top and at the bottom:\n{}", ran.stdout);
}

#[test]
fn a_false_promise_in_the_registry_deck_is_found() {
    let labrun = with_slides(Labrun::new());
    let deck = labrun.work().join("slides/registry.md");
    let text = fs::read_to_string(&deck).unwrap().replace("[\"busybox\"]", "[\"busybix\"]");
    let line = text.lines().position(|line| line.contains("busybix")).unwrap() + 1;
    fs::write(&deck, text).unwrap();
    labrun
        .args(["slides/registry.md", "--no-retry"])
        .run()
        .exit(1)
        .says(&format!("slides/registry.md:{line}"))
        .says("at .repositories[0]")
        .says("came: \"busybox\"");
}

/// The folders of PATH in one, as links, without some programs.
fn path_without(programs: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for from in std::env::split_paths(&std::env::var_os("PATH").unwrap()) {
        for entry in fs::read_dir(from).into_iter().flatten().flatten() {
            if !programs.iter().any(|name| entry.file_name() == *name) {
                // The first of a name counts.
                let _ = std::os::unix::fs::symlink(entry.path(), folder.path().join(entry.file_name()));
            }
        }
    }
    folder
}

#[test]
fn the_harbor_deck_holds_with_either_vi_and_leaves_the_machine_as_it_was() {
    let path = path_without(&["vi", "vim"]);
    let with_ours = Labrun::new().env("PATH", path.path());
    let mut runs = vec![(with_ours, true)];
    if have("vi") {
        runs.push((Labrun::new(), false));
    }
    for (labrun, stands_in) in runs {
        let ran = with_slides(labrun).arg("slides/harbor.md").run();
        if ran.stdout.contains("may have no namespaces here") {
            eprintln!("SKIPPED: no namespaces are to be had here, and this deck writes to /etc");
            return;
        }
        let ran = ran.exit(0).says("holds what the slide shows").says("Login Succeeded");
        assert_eq!(
            ran.stdout.lines().any(|line| line.contains("SIMULATED") && line.contains(" vi")),
            stands_in
        );
        let summary = &ran.events("run-ended")[0]["summary"];
        assert_eq!((&summary["held"], &summary["by_output"]), (&14.into(), &2.into()));
    }
    let settings = fs::read_to_string("/etc/docker/daemon.json").unwrap_or_default();
    assert!(!settings.contains("registry.example:8080"), "{settings}");
}
