//! `labrun config`, completions and manual pages.

use crate::support::{Labrun, lab, project};

/// The line of a page about this key.
#[track_caller]
fn line<'a>(page: &'a str, key: &str) -> &'a str {
    let is = |line: &&str| line.split_whitespace().next() == Some(key);
    page.lines().find(is).unwrap_or_else(|| panic!("{key} is not in\n{page}"))
}

#[test]
fn each_value_is_shown_with_where_it_comes_from() {
    let toml = "stage = 'simulated'\nallow = ['make']\n[limits]\nwait = '5s'\n[values]\nname = 'of file'\npassword = 'hunter22'\n[wildcards]\nTAG = 'v1'\n\
                [decks.'deck.md']\nretry = false\n";
    let ran = Labrun::new()
        .arg("config")
        .lab(&["true"])
        .file("labrun.toml", toml)
        .env("LABRUN_ON_FAILURE", "continue")
        .env("LABRUN_VALUE_PORT", "80")
        .args(["--strict", "--set", "a=b", "--allow", "helm"])
        .run()
        .exit(0);
    for (key, parts) in [
        ("stage", &["simulated", "labrun.toml"][..]),
        ("limits.wait", &["5.0 s", "labrun.toml"]),
        ("limits.acts", &["10 min", "built-in"]),
        ("retry", &["false", "labrun.toml, deck.md"]),
        ("on-failure", &["continue", "LABRUN_ON_FAILURE"]),
        ("fail-on", &["warned", "--strict"]),
        ("allow", &["make, helm", "--allow, labrun.toml"]),
        ("status", &["each", "built-in"]),
        ("values.name", &["of file", "labrun.toml"]),
        ("values.password", &["***", "labrun.toml"]),
        ("values.PORT", &["80", "LABRUN_VALUE_PORT"]),
        ("values.a", &["b", "--set"]),
        ("wildcards.TAG", &["v1", "labrun.toml"]),
    ] {
        let line = line(&ran.stdout, key);
        assert!(parts.iter().all(|part| line.contains(part)), "{key}: {line}");
    }
    assert!(!ran.stdout.contains("hunter22"));
}

#[test]
fn every_setting_is_documented() {
    let page = std::fs::read_to_string(project().join("docs/configuration.md")).unwrap();
    let ran = Labrun::new().arg("config").lab(&["true"]).run().exit(0);
    for line in ran.stdout.lines().skip(1) {
        let key = line.split_whitespace().next().unwrap();
        let key = key.strip_prefix("limits.").unwrap_or(key);
        assert!(page.contains(&format!("    {key} = ")), "{key} is not in docs/configuration.md");
    }
}

#[test]
fn an_unknown_key_is_an_error_with_the_nearest_known_one() {
    let run = |toml: &str| Labrun::new().lab(&["true"]).file("labrun.toml", toml).run().exit(2);
    run("kube-context = ['a']\n").says("did you mean `kube-contexts`?").says("line 1");
    run("[decks.'deck.md']\nretri = true\n").says("did you mean `retry`?");
}

#[test]
fn completions_and_manual_pages_know_every_option() {
    for shell in ["bash", "zsh", "fish"] {
        let ran = Labrun::new().args(["completions", shell]).run().exit(0);
        assert!(ran.stdout.contains("exclude-class") && ran.stdout.contains("doctor"), "{shell}");
    }
    Labrun::new().args(["completions", "dos"]).run().exit(2).says("bash");
    Labrun::new().arg("man").run().exit(0).says(".TH labrun 1");
    let ran = Labrun::new().args(["man", "pages"]).run().exit(0);
    assert!(ran.read("pages/labrun.1").contains("doctor"));
    assert!(ran.read("pages/labrun-doctor.1").contains("kube\\-context"));
}

#[test]
fn completions_are_bash() {
    let ran = Labrun::new().args(["completions", "bash"]).run().exit(0);
    let deck = lab(&["bash -n completions"]);
    Labrun::new().deck("deck.md", deck).file("completions", &ran.stdout).run().exit(0);
}
