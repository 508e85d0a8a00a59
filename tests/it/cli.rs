//! The command line: exit codes, what is refused and how, several decks, quiet, help.

use crate::support::{Labrun, lab};

#[test]
fn a_deck_without_steps_is_never_green() {
    Labrun::new()
        .deck("notes.md", "# Notes\n\n```bash\necho hi\n```\n")
        .run()
        .exit(4)
        .says("line 3")
        .says("--labs all");
    Labrun::new().deck("empty.md", "").run().exit(4).says("nothing to run");
}

#[test]
fn labs_all_runs_every_bash_block() {
    let ran =
        Labrun::new().deck("README.md", "# Notes\n\n```bash\ntouch hi\n```\n").args(["--labs", "all"]).run();
    assert!(ran.exit(0).work().join("hi").exists());
}

#[test]
fn another_class_can_be_a_lab() {
    let deck = "# S\n\n.task[\n\n```bash\ntouch hi\n```\n\n]\n";
    let ran = Labrun::new().deck("deck.md", deck).args(["--labs", "task"]).run().exit(0);
    assert!(ran.work().join("hi").exists());
}

#[test]
fn what_cannot_be_read_is_named() {
    Labrun::new().arg("nowhere.md").run().exit(2).says("nowhere.md: no such file");
    Labrun::new().deck("latin.md", b"# caf\xe9\n").run().exit(3).says("latin.md:1:6").says("UTF-8");
    Labrun::new().deck("nul.md", b"# a\0b\n").run().exit(3).says("nul.md:1:4");
    Labrun::new().arg(".").run().exit(2).says("holds no file that ends in .md");
}

#[test]
fn an_error_that_cannot_be_said_has_its_exit_code_all_the_same() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let ended = std::process::Command::new(env!("CARGO_BIN_EXE_labrun"))
        .arg("nowhere.md")
        .stderr(full)
        .status()
        .unwrap();
    assert_eq!(ended.code(), Some(2));
}

#[test]
fn a_wrong_command_line_is_a_usage_error() {
    Labrun::new().run().exit(2).says("DECK");
    Labrun::new().args(["a.md", "--stage", "moon"]).run().exit(2).says("simulated");
    Labrun::new().args(["a.md", "--report", "xml=f"]).run().exit(2).says("junit");
}

#[test]
fn a_wrong_configuration_is_named_with_its_line() {
    let ran = Labrun::new().file("labrun.toml", "stage = 'host'\nretri = true\n").lab(&["true"]).run();
    ran.exit(2).says("labrun.toml").says("retri").says("line 2");
}

#[test]
fn an_unknown_directive_is_an_error_of_the_deck() {
    let deck = "# S\n\n.lab[\n\n```bash\ntouch ran\n```\n\n<!-- ```wiat ready``` -->\n\n]\n";
    let ran = Labrun::new().deck("deck.md", deck).run().exit(3).says("wiat").says("wait").says("deck.md:9");
    assert!(!ran.work().join("ran").exists());
}

#[test]
fn a_blank_that_nothing_fills_stops_the_run_before_it_starts() {
    let ran = Labrun::new().lab(&["touch ran", "echo {registry.url} -u <User>"]).run().exit(4);
    assert!(!ran.work().join("ran").exists());
    ran.says("registry.url").says("User").says("[values]").says("--set NAME=VALUE");
}

#[test]
fn values_fill_blanks_and_reach_the_command_to_the_letter() {
    let ran = Labrun::new()
        .lab(&["printf '%s\\n' {name} > out"])
        .args(["--set", "name=a b'c\"d$(touch pwned)"])
        .run()
        .exit(0);
    assert_eq!(ran.read("out"), "a b'c\"d$(touch pwned)\n");
    assert!(!ran.work().join("pwned").exists());
}

#[test]
fn values_are_filled_in_what_is_promised_too() {
    let deck = "# S\n\n.lab[\n\n```bash\nprintf '{\"user\": \"%s\"}' {name}; echo hostIP:80 p'ort' >&2\n```\n\n\
                <!-- ```expect regex hostIP:\\d+ ``` -->\n<!-- ```expect json {\"user\": \"{name}\"}``` -->\n\
                <!-- ```wait {name}``` -->\n\n]\n\nWe should see:\n\n```\nhostIP:80 port\n```\n";
    let set = ["--set", "name=ana \u{e9}", "--set", "hostIP=h(1)", "--set", "port=1"];
    let ran = Labrun::new().deck("deck.md", deck).arg("--strict").args(set).run().exit(0);
    let promises: Vec<String> = ran.events("command-ended")[0]["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|checked| checked["check"]["text"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(promises, ["h\\(1\\):\\d+", "{\"user\": \"ana \u{e9}\"}", "h(1):80 port"]);
    Labrun::new().file("deck.md", deck).args(["plan", "deck.md"]).args(set).run().says("h(1):80 port");
}

#[test]
fn what_the_stage_offers_is_filled_in_what_is_promised_too() {
    let deck = format!(
        "{}\nWe should see:\n\n```\nat {{registry}}/v2\n```\n",
        lab(&["echo at {registry}/v2; kubectl version --client >&2"])
    );
    let ran = Labrun::new()
        .deck("deck.md", deck)
        .args(["--strict", "--no-retry", "--stage", "simulated", "--set", "registry={stage.registry}"])
        .run()
        .exit(0);
    let promise = &ran.events("command-ended")[0]["checks"][1]["check"]["text"];
    assert!(promise.as_str().is_some_and(|text| text.starts_with("at 127.0.0.1:")), "{promise}");
}

#[test]
fn a_secret_is_shown_nowhere() {
    let ran = Labrun::new()
        .lab(&["echo \"it is {password}\" > out; echo 'so: {password}'; false"])
        .args(["--set", "password=hunter22", "--report", "junit=j.xml", "--report", "json=r.json"])
        .run()
        .exit(1)
        .says_not("hunter22")
        .says("***");
    assert_eq!(ran.read("out"), "it is hunter22\n");
    for text in [ran.read("j.xml"), ran.read("r.json"), format!("{:?}", ran.journal())] {
        assert!(!text.contains("hunter22"), "{text}");
    }
}

#[test]
fn a_plan_shows_no_secret_either() {
    for format in ["human", "json"] {
        Labrun::new()
            .file("deck.md", lab(&["login -p {password}"]))
            .args(["plan", "deck.md", "--format", format, "--set", "password=hunter22"])
            .run()
            .exit(0)
            .says_not("hunter22")
            .says("login -p ***");
    }
}

#[test]
fn a_plan_shows_no_part_of_a_secret_that_is_broken_over_lines() {
    let secret = "correct-horse-battery-staple";
    let long = "some-words ".repeat(4);
    Labrun::new()
        .file("deck.md", lab(&[&format!("echo {long}{{password}} {long}")]))
        .args(["plan", "deck.md", "--set", &format!("password={secret}")])
        .run()
        .exit(0)
        .says("***")
        .says_not("correct")
        .says_not("staple")
        .says_not("horse");
}

#[test]
fn a_plan_as_json_shows_no_secret_that_json_spells_in_another_way() {
    let secret = "pa'ss\\wo\"rd'x";
    let ran = Labrun::new()
        .file("deck.md", lab(&["login -p {password}; echo bash"]))
        .args(["plan", "deck.md", "--format", "json", "--set", &format!("password={secret}")])
        .args(["--set", "token=bash"])
        .run()
        .exit(0);
    let plan: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let step = &plan["decks"][0]["slides"][0]["steps"][0];
    assert_eq!(step["text"], "login -p '***'; echo ***");
    assert_eq!(step["method"], "bash");
}

#[test]
fn a_plan_is_ascii_where_the_terminal_has_nothing_else() {
    let long = "a-long-word ".repeat(9);
    let labrun = || Labrun::new().file("deck.md", lab(&[&format!("echo {long}")])).args(["plan", "deck.md"]);
    assert!(!labrun().run().exit(0).stdout.is_ascii());
    for (name, value) in [("TERM", "dumb"), ("LC_ALL", "C")] {
        assert!(labrun().env(name, value).run().exit(0).stdout.is_ascii());
    }
}

#[test]
fn a_value_that_no_deck_asks_for_is_said_with_the_name_that_was_meant() {
    let labrun =
        || Labrun::new().file("a.md", lab(&["echo {registry.url} host"])).file("b.md", lab(&["true"]));
    let set = |name: &str| ["--set".to_owned(), format!("{name}=x")];
    for decks in [&["a.md", "b.md"][..], &["plan", "a.md", "b.md"]] {
        let ran = labrun().args(decks).args(set("registry.ulr")).args(set("registry.url")).args(set("HOST"));
        let said = ran.args(set("nothing")).run().exit(0).stderr;
        for line in [
            "labrun: warning: --set: no lab has a blank or a word registry.ulr; did you mean registry.url?",
            "labrun: warning: --set: no lab has a blank or a word HOST; did you mean host?",
            "labrun: warning: --set: no lab has a blank or a word nothing",
        ] {
            assert!(said.lines().any(|said| said == line), "{line}\n{said}");
        }
        assert_eq!(said.lines().count(), 3, "{said}");
    }
    let ran = labrun().arg("a.md").args(set("registry.ulr")).run().exit(4);
    ran.says("did you mean registry.url?").says("blanks that nothing fills");
}

#[test]
fn a_value_of_a_file_is_only_said_where_a_blank_lacks_one_of_almost_that_name() {
    let labrun = |block: &str| {
        let toml = "[values]\n'registry.ulr' = 'ana'\nname = 'x'\n";
        Labrun::new().file("labrun.toml", toml).file("deck.md", lab(&[block]))
    };
    for line in [&["deck.md"][..], &["plan", "deck.md"]] {
        let other = labrun("echo {name}").args(line).run().exit(0);
        assert_eq!(other.stderr, "");
        let typo = labrun("echo {registry.url}").args(line).run();
        typo.says(
            "warning: labrun.toml: no lab has a blank or a word registry.ulr; did you mean registry.url?",
        );
    }
}

#[test]
fn a_secret_that_is_called_otherwise_is_said() {
    let toml = "secrets = ['license', 'elsewhere']\n[values]\nlicence = 'abcdefgh'\n";
    let ran = Labrun::new().file("labrun.toml", toml).lab(&["echo {licence}"]).run().exit(0);
    ran.says("the secret license has no value").says("did you mean licence?").says_not("elsewhere");
}

#[test]
fn a_section_for_a_deck_that_is_not_there_is_an_error() {
    let ran = Labrun::new()
        .file("labrun.toml", "[decks.'dekc.md']\nstage = 'simulated'\n")
        .lab(&["touch ran"])
        .run()
        .exit(2)
        .says("labrun.toml: decks.\"dekc.md\" names no file beside it; did you mean \"deck.md\"?");
    assert!(!ran.work().join("ran").exists());
}

#[test]
fn labs_without_a_name_are_a_usage_error() {
    for labs in ["", "lab,", " "] {
        Labrun::new()
            .lab(&["true"])
            .args(["--labs", labs])
            .run()
            .exit(2)
            .says("expected classes of sections");
    }
    Labrun::new().file("labrun.toml", "labs = ['']\n").lab(&["true"]).run().exit(2).says("line 1");
}

#[test]
fn an_empty_variable_is_named() {
    for name in ["LABRUN_STAGE", "LABRUN_LABS", "LABRUN_TIMEOUT", "LABRUN_CONFIG"] {
        let ran = Labrun::new().lab(&["touch ran"]).env(name, "").run().exit(2);
        assert_eq!(ran.stderr, format!("labrun: {name} is empty: give it a value, or unset it\n"));
        assert!(!ran.work().join("ran").exists());
    }
    Labrun::new().arg("--help").env("LABRUN_STAGE", "").run().exit(0).says("Exit codes");
}

#[test]
fn a_folder_that_was_removed_is_no_place_to_run_in() {
    let labrun = Labrun::new().file("deck.md", lab(&["touch ran"]));
    let deck = labrun.work().join("deck.md");
    for line in ["", "plan "] {
        let script = format!("mkdir gone && cd gone && rmdir ../gone && exec \"$0\" {line}\"$1\"");
        let program = labrun.command().get_program().to_owned();
        let mut bash = std::process::Command::new("bash");
        let output =
            bash.arg("-c").arg(script).arg(program).arg(&deck).current_dir(labrun.work()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("start labrun in a folder that is there"), "{said}");
    }
}

#[test]
fn several_decks_run_in_turn_and_the_gravest_code_counts() {
    let ran = Labrun::new()
        .deck("a.md", lab(&["touch a"]))
        .deck("b.md", lab(&["false"]))
        .deck("none.md", "# Nothing\n")
        .deck("c.md", lab(&["touch c"]))
        .run()
        .exit(1);
    assert!(ran.work().join("a").exists() && ran.work().join("c").exists());
    Labrun::new().deck("a.md", lab(&["true"])).deck("none.md", "# Nothing\n").run().exit(4);
}

#[test]
fn quiet_says_nothing_of_what_holds_but_the_summary() {
    let ran = Labrun::new().lab(&["echo hi > f"]).arg("-q").run().exit(0);
    assert!(!ran.stdout.contains("echo hi"), "{}", ran.stdout);
    Labrun::new().lab(&["echo hi; false"]).arg("-q").run().exit(1).says("echo hi");
}

#[test]
fn a_reader_that_goes_away_changes_nothing_of_the_run() {
    let labrun = Labrun::new().lab(&["sleep 0.2", "touch reached; false"]).args(["--report", "junit=j.xml"]);
    let mut command = labrun.command();
    let mut child =
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(1));
    assert!(labrun.work().join("reached").exists());
    let junit = std::fs::read_to_string(labrun.work().join("j.xml")).unwrap();
    assert!(junit.contains("failures=\"1\""), "{junit}");
}

#[test]
fn a_path_that_is_wrong_stops_every_deck() {
    let ran =
        Labrun::new().deck("a.md", lab(&["touch a"])).arg("pla").run().exit(2).says("pla: no such file");
    assert!(!ran.work().join("a").exists());
}

#[test]
fn decks_that_an_interrupted_run_did_not_reach_are_named() {
    let labrun = Labrun::new()
        .deck("a.md", lab(&["touch started; sleep 60"]))
        .deck("b.md", lab(&["true"]))
        .args(["--report", "junit=j.xml"]);
    let child = labrun.command().stdout(std::process::Stdio::piped()).spawn().unwrap();
    while !labrun.work().join("started").exists() {
        std::thread::yield_now();
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("b.md") && said.contains("interrupted"), "{said}");
    assert!(std::fs::read_to_string(labrun.work().join("j.xml")).unwrap().contains("b.md"));
}

#[test]
fn a_lab_without_bash_says_what_it_holds() {
    Labrun::new().deck("a.md", "# S\n\n.lab[\n\n```sh\nls\n```\n\n]\n").run().exit(4).says("line 5 (sh)");
}

#[test]
fn why_labrun_broke_is_said_in_quiet_too() {
    Labrun::new().lab(&["true"]).env("PATH", "/nowhere").arg("-q").run().says("bash");
}

#[test]
fn help_shows_the_ways_in_and_the_exit_codes() {
    let ran = Labrun::new().arg("--help").run().exit(0);
    for text in ["labrun slides/registry.md", "labrun plan", "--stage", "130 interrupted"] {
        assert!(ran.stdout.contains(text), "{text}\n{}", ran.stdout);
    }
}
