//! Values and secrets: where they come from, what lacks one, and that no secret is shown.

use std::fs;

use crate::support::window::Window;
use crate::support::{Labrun, lab};

const BLANKS: &str = "printf '%s\\n' {registry.url} <User> > out";

#[test]
fn values_come_from_files_of_three_kinds() {
    for (name, text) in [
        ("given.toml", "[values]\n\"registry.url\" = \"10.0.0.1\"\nUser = 'me too'\n"),
        ("given.yaml", "registry:\n  url: 10.0.0.1\nUser: me too\n"),
        ("given.json", "{\"values\": {\"registry.url\": \"10.0.0.1\", \"User\": \"me too\"}}"),
    ] {
        let ran = Labrun::new().lab(&[BLANKS]).file(name, text).args(["--values", name]).run().exit(0);
        assert_eq!(ran.read("out"), "10.0.0.1\nme too\n", "{name}");
    }
    Labrun::new().lab(&["true"]).args(["--values", "none.toml"]).run().exit(2).says("none.toml");
    Labrun::new()
        .lab(&["true"])
        .file("v.txt", "")
        .args(["--values", "v.txt"])
        .run()
        .exit(2)
        .says(".toml, .yaml");
    Labrun::new()
        .lab(&["true"])
        .file("v.json", "[")
        .args(["--values", "v.json"])
        .run()
        .exit(2)
        .says("v.json");
}

#[test]
fn values_come_from_the_environment_and_the_command_line_is_stronger() {
    let labrun = || {
        Labrun::new()
            .lab(&[BLANKS])
            .file("labrun.toml", "[values]\n'registry.url' = 'file'\nUser = 'file'\n")
            .env("LABRUN_VALUE_REGISTRY_URL", "a b")
            .env("LABRUN_VALUE_USER", "$(id)")
    };
    assert_eq!(labrun().run().exit(0).read("out"), "a b\n$(id)\n");
    let ran = labrun().file("v.toml", "User = 'of file'\n").args(["--values", "v.toml"]).run().exit(0);
    assert_eq!(ran.read("out"), "a b\nof file\n");
    assert_eq!(labrun().args(["--set", "User=typed"]).run().exit(0).read("out"), "a b\ntyped\n");
}

#[test]
fn a_word_that_may_ask_for_a_value_stops_its_own_step_and_a_blank_the_run() {
    let labrun =
        || Labrun::new().deck("deck.md", lab(&["touch ran", "echo org/flux-XXXXX `X.X.X.X`", "touch after"]));
    let ran = labrun().run().exit(1);
    assert!(ran.work().join("ran").exists() && !ran.work().join("after").exists());
    let ran = ran.says("[values]").says("\"XXXXX\" = \"\"").says("\"X.X.X.X\" = \"\"").says("--values FILE");
    // What was printed is a file that fills it in.
    let file = ran.stderr.lines().skip_while(|line| *line != "[values]").collect::<Vec<_>>().join("\n");
    let filled = file
        .replace("\"XXXXX\" = \"\"", "\"XXXXX\" = \"mine\"")
        .replace("X.X\" = \"\"", "X.X\" = \"10.0.0.1\"");
    let ran = labrun().file("v.toml", filled).args(["--values", "v.toml"]).run().exit(0);
    assert_eq!(ran.events("command-ended")[1]["outcome"]["stdout"], "org/flux-mine 10.0.0.1\n");
    let ran = Labrun::new()
        .lab(&["touch ran", "echo {name}"])
        .run()
        .exit(4)
        .says("[values]")
        .says("\"name\" = \"\"");
    assert!(!ran.work().join("ran").exists());
}

#[test]
fn a_block_that_is_shown_to_fail_asks_for_nothing() {
    let deck = "# S\n\n.lab[\n\n```bash\ncat XXXXX\n```\n\n<!-- ```wait No such file``` -->\n\n]\n";
    Labrun::new().deck("deck.md", deck).run().exit(0);
}

#[test]
fn a_person_is_asked_once_and_secrets_are_not_shown() {
    let labrun = Labrun::new()
        .deck("a.md", lab(&["printf '%s\\n' {name} {password} > out"]))
        .deck("b.md", lab(&["printf '%s\\n' {name} > out2"]));
    let mut window = Window::open(labrun, 100);
    window.sees("name (a.md:5):");
    window.press("me\n");
    window.sees("password (a.md:5):");
    window.press("hunter22\n");
    window.sees("2 commands held");
    assert!(!window.shown().contains("hunter22") && !window.shown().contains("b.md:6"), "{}", window.shown());
    let (labrun, code) = window.close();
    assert_eq!(code, Some(0));
    assert_eq!(fs::read_to_string(labrun.work().join("out")).unwrap(), "me\nhunter22\n");
    assert_eq!(fs::read_to_string(labrun.work().join("out2")).unwrap(), "me\n");
}

#[test]
fn a_secret_that_the_environment_has_is_not_asked_for() {
    let labrun =
        Labrun::new().lab(&["echo is $LICENCE"]).env("LICENCE", "abc-def").args(["--secret", "LICENCE"]);
    let mut window = Window::open(labrun, 100);
    window.sees("1 command held");
    assert_eq!(window.close().1, Some(0));
}

#[test]
fn nobody_is_asked_who_does_not_want_to_be() {
    let mut window = Window::open(Labrun::new().lab(&["echo {name}"]).arg("--no-input"), 100);
    window.sees("--values FILE");
    assert_eq!(window.close().1, Some(4));
}

#[test]
fn a_variable_of_the_environment_can_be_a_secret() {
    let labrun = || Labrun::new().lab(&["echo is $LICENCE"]).env("LICENCE", "abc-def-ghi");
    let ran = labrun().args(["--secret", "LICENCE"]).run().exit(0);
    assert_eq!(ran.events("command-ended")[0]["outcome"]["stdout"], "is ***\n");
    labrun().args(["--secret", "LICENCE"]).env("LICENCE", "abc").run().exit(2).says("shorter than 4 bytes");
    let ran = Labrun::new()
        .lab(&["echo is {licence}"])
        .args(["--set", "licence=abcdef", "--secret", "licence"])
        .run();
    assert_eq!(ran.exit(0).events("command-ended")[0]["outcome"]["stdout"], "is ***\n");
}

#[test]
fn ci_systems_are_told_what_to_mask() {
    let labrun = || {
        Labrun::new().lab(&["echo {password}"]).args(["--set", "password=hun%ter22", "--set", "x=visible"])
    };
    let ran = labrun().env("GITHUB_ACTIONS", "true").run().exit(0);
    assert!(
        ran.stdout.starts_with("::add-mask::hun%25ter22\n") && !ran.stdout.contains("visible\n"),
        "{}",
        ran.stdout
    );
    let ran = labrun().env("TF_BUILD", "True").run().exit(0);
    assert!(ran.stdout.starts_with("##vso[task.setsecret]"), "{}", ran.stdout);
    labrun().run().exit(0).says_not("hun%ter22").says_not("add-mask");
}

#[test]
fn tokens_of_well_known_shape_are_masked_although_nobody_named_them() {
    // Put together by the deck, so that only its output has the shape.
    let block = "p=ghp_; echo \"$p$(printf 'A1b2%.0s' 1 2 3 4 5 6 7 8 9)\"\n\
                 b=-----; printf '%s\\n' \"${b}BEGIN PRIVATE KEY$b\" c2VjcmV0 \"${b}END PRIVATE KEY$b\"";
    let ran = Labrun::new()
        .lab(&[block])
        .args(["--report", "json=report.json", "--report", "cast=run.cast"])
        .run()
        .exit(0);
    let ended = ran.events("command-ended");
    assert_eq!(ended[0]["outcome"]["stdout"], "***\n");
    assert_eq!(ended[1]["outcome"]["stdout"], "***\n");
    for file in ["report.json", "run.cast"] {
        let text = ran.read(file);
        assert!(
            !text.contains("ghp_A1") && !text.contains("c2VjcmV0\\r") && !text.contains("c2VjcmV0\\n"),
            "{file}"
        );
    }
    let ran = Labrun::new().lab(&[block]).file("labrun.toml", "mask-tokens = false\n").run().exit(0);
    assert!(ran.events("command-ended")[0]["outcome"]["stdout"].as_str().unwrap().starts_with("ghp_A1"));
}
