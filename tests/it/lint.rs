//! `labrun lint`: what it finds, how it says so, what the configuration and the deck make of it, and mending.

use crate::support::{Labrun, lab};

/// A lab with a viewer that nothing stops, and a variable that nothing sets.
const SLIPS: &str = "# S\n\n.lab[\n\n```bash\nkubectl get pods -w\n```\n\n```bash\necho $NOWHERE\n```\n\n]\n";

fn lint(deck: &str) -> Labrun {
    Labrun::new().arg("lint").deck("deck.md", deck)
}

#[test]
fn what_is_wrong_is_drawn_with_its_place_and_code() {
    lint(SLIPS)
        .run()
        .exit(0)
        .says("warning[never-ends]")
        .says("--> deck.md:6:1")
        .says("6 | kubectl get pods -w")
        .says("nothing before this sets `$NOWHERE`")
        .says("2 warnings in 1 deck");
    lint("# Nothing\n").run().exit(0).says("nothing found in 1 deck");
}

#[test]
fn an_error_is_exit_code_3_and_nothing_is_run() {
    let ran = lint("# S\n\n.lab[\n\n```bash\ntouch ran\n```\n<!-- ```wiat x``` -->\n\n]\n").run().exit(3);
    assert!(!ran.work().join("ran").exists());
    ran.says("error[directive-unknown]").says("did you mean `wait`?").says("1 error in 1 deck");
}

#[test]
fn folders_and_patterns_are_looked_at_whole() {
    let decks = || Labrun::new().file("d/a.md", SLIPS).file("d/b/c.md", "# No lab\n").arg("lint");
    decks().arg("d").run().exit(0).says("d/a.md:6").says("in 2 decks");
    decks().arg("d/**/*.md").run().exit(0).says("in 2 decks");
    decks().arg("nowhere.md").run().exit(2).says("no such file");
}

#[test]
fn a_selection_narrows_what_is_told_and_not_what_is_known() {
    let slide = |block: &str| format!("# S\n\n.lab[\n\n```bash\n{block}\n```\n\n]\n");
    let deck = format!("{}\n---\n\n{}", slide("IP=1.2.3.4; echo $A"), slide("echo $IP $B"));
    let of = |slide: &str| lint(&deck).args(["--slide", slide]).run().exit(0);
    of("2").says("`$B`").says_not("`$A`").says_not("`$IP`");
    of("1").says("`$A`").says_not("`$B`");
    lint(&deck).args(["--from", "nowhere/1"]).run().exit(2).says("no step is called nowhere/1");
}

#[test]
fn excluded_slides_are_not_told_of_and_not_forgotten() {
    let block = |block: &str| format!(".lab[\n\n```bash\n{block}\n```\n\n]\n");
    let deck = format!("class: self-paced\n\n{}\n---\n\n{}", block("IP=1; echo $A"), block("echo $IP"));
    lint(&deck)
        .file("labrun.toml", "exclude-class = ['self-paced']\n")
        .run()
        .exit(0)
        .says("excluded-needed")
        .says_not("`$A`");
}

#[test]
fn json_gives_every_place_and_fix() {
    let ran =
        lint("# É\n\n.lab[\n\n```bash\nls\n  --all\n```\n\n]\n").args(["--format", "json"]).run().exit(0);
    let found: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let one = &found["decks"][0]["diagnostics"][0];
    assert_eq!(found["format"], 1);
    assert_eq!((&one["code"], &one["severity"]), (&"continuation-missing".into(), &"warning".into()));
    assert_eq!((&one["line"], &one["column"], &one["end_column"]), (&7.into(), &3.into(), &8.into()));
    assert_eq!(one["fix"], serde_json::json!({"start": 23, "end": 23, "replacement": " \\"}));
    assert_eq!((&found["errors"], &found["warnings"], &found["notes"]), (&0.into(), &1.into(), &0.into()));
}

#[test]
fn github_gets_annotations() {
    let ran = lint(SLIPS).args(["--format", "github"]).run().exit(0);
    assert!(
        ran.stdout.starts_with(
            "::warning file=deck.md,line=6,endLine=6,col=1,endColumn=20,title=labrun never-ends::"
        ),
        "{}",
        ran.stdout
    );
    assert_eq!(ran.stdout.lines().count(), 2);
}

#[test]
fn the_configuration_says_what_counts() {
    let with = |toml: &str| lint(SLIPS).file("labrun.toml", toml).run();
    with("[lint]\nvariable-unset = 'error'\n").exit(3).says("error[variable-unset]");
    with("[lint]\nvariable-unset = 'off'\nnever-ends = 'note'\n").exit(0).says("1 note in 1 deck");
    with("[lint]\nnever-ends = 'error'\n[decks.'deck.md'.lint]\nnever-ends = 'warning'\n").exit(0);
    with("[lint]\nnever-end = 'off'\n").exit(2).says("did you mean `never-ends`?").says("labrun.toml");
    with("[lint]\nnever-ends = 'loud'\n").exit(2).says("unknown variant `loud`").says("line 2");
}

#[test]
fn what_is_off_is_not_told_by_plan_and_run_either_and_what_cannot_be_run_stays_an_error() {
    let deck = "# S\n\n.lab[\n\n````bash\ntrue\n```\n\n]\n";
    let of = |command: &str, deck: &str, level: &str| {
        let toml = format!("[lint]\nfence-ticks = '{level}'\ndirective-unknown = '{level}'\n");
        Labrun::new().arg(command).deck("deck.md", deck).file("labrun.toml", toml).run()
    };
    for command in ["plan", "run", "lint"] {
        of(command, deck, "warning").exit(0).says("fewer ticks");
        of(command, deck, "off").exit(0).says_not("fewer ticks");
        of(command, deck, "error").exit(3).says("fewer ticks");
    }
    let unknown = "# S\n\n.lab[\n\n```bash\ntrue\n```\n<!-- ```wiat x``` -->\n\n]\n";
    for command in ["plan", "run"] {
        of(command, unknown, "off").exit(3).says("directive-unknown");
    }
    of("lint", unknown, "off").exit(0);
}

#[test]
fn a_slide_may_allow_what_is_meant() {
    let allow = "\n<!-- ```allow never-ends all watch it together``` -->\n";
    lint(&format!("{SLIPS}{allow}")).run().exit(0).says("1 warning in 1 deck").says_not("never-ends");
    // On another slide it allows nothing there.
    lint(&format!("{SLIPS}\n---\n{allow}"))
        .run()
        .exit(0)
        .says("warning[never-ends]")
        .says("warning[allow-astray]")
        .says("no `never-ends` to allow");
}

#[test]
fn what_is_allowed_does_not_stop_a_run() {
    let deck = "# S\n\n.lab[\n\n```bash\ntrue\n```\n<!-- ```look at it``` -->\n\n]\n";
    let allow = "\n<!-- ```allow directive-unknown another runner knows it``` -->\n";
    Labrun::new().deck("deck.md", deck).run().exit(3);
    Labrun::new().deck("deck.md", format!("{deck}{allow}")).run().exit(0);
    // Its words are no programs.
    let plan = Labrun::new().arg("plan").deck("deck.md", format!("{deck}{allow}")).run().exit(0);
    plan.says_not("directive-unknown");
}

#[test]
fn a_code_is_explained_from_the_docs() {
    let explain = |code: &str| Labrun::new().args(["lint", "--explain", code]).run();
    explain("wait-echo")
        .exit(0)
        .says("wait-echo: a wait is met")
        .says("~~~~markdown")
        .says("**What to do:**");
    explain("wait-ecko").exit(2).says("did you mean `wait-echo`?");
    Labrun::new().args(["lint", "--explain", "wait-echo"]).env("LABRUN_STAGE", "host").run().exit(0);
    Labrun::new().args(["lint", "--explain", "wait-echo", "deck.md"]).run().exit(2);
    Labrun::new().arg("lint").run().exit(2).says("DECK");
}

#[test]
fn fix_mends_what_has_one_meaning_and_prints_the_rest() {
    let deck = "# S\n\n.lab[\n\n````bash\nkubectl get pods\n  --watch=false\n```\n\n- Stop it:\n  ```bash\n  top\n  ```\n  <!-- ```keys ^C``` -->\n\n\
                ```bash\nls /nowhere\n# this fails\n```\n\n```bash\necho $NOWHERE\n```\n\n]\n";
    let ran = lint(deck).arg("--fix").run().exit(0);
    assert_eq!(
        ran.read("deck.md"),
        "# S\n\n.lab[\n\n````bash\nkubectl get pods \\\n  --watch=false\n````\n\n- Stop it:\n  ```bash\n  top\n  ```\n  <!-- ```key ^C``` -->\n\n\
         ```bash\nls /nowhere\n# this fails\n```\n<!-- ```fails``` -->\n\n```bash\necho $NOWHERE\n```\n\n]\n"
    );
    ran.says("4 mended").says("variable-unset").says("1 warning in 1 deck").says_not("[fails-unsaid]");
}

#[test]
fn fix_leaves_what_is_allowed_or_off() {
    let deck = "# S\n\n.lab[\n\n```bash\nls\n  --all\n```\n\n]\n";
    let ran =
        lint(deck).arg("--fix").file("labrun.toml", "[lint]\ncontinuation-missing = 'off'\n").run().exit(0);
    assert_eq!(ran.read("deck.md"), deck);
}

#[test]
fn the_caret_stands_on_the_slide_and_not_on_the_extracted_text() {
    let deck = "# S\n\n.lab[\n\n- Type:\n  ```bash\n  ls\n    echo `a` `bc` )\n  ```\n\n]\n";
    let ran = lint(deck).args(["--format", "json"]).run();
    let found: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let one = &found["decks"][0]["diagnostics"][0];
    assert_eq!((&one["code"], &one["line"], &one["column"]), (&"bash-syntax".into(), &8.into(), &19.into()));
}

#[test]
fn our_own_documents_are_decks_without_a_mistake() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for path in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs"] {
        let ran = Labrun::new().args(["lint", "--labs", "all"]).arg(root.join(path)).run().exit(0);
        ran.says("nothing found");
    }
}

#[test]
fn sessions_with_prompts_are_linted_by_what_is_typed() {
    let deck = "# A\n\n```bash\n$ curl $IP\n$ kubectl get pods -w\n$ ls\nREADME $NOT --x\n```\n";
    let ran = lint(deck).args(["--labs", "all"]).run().exit(0);
    ran.says("nothing before this sets `$IP`")
        .says("4 | $ curl $IP")
        .says("warning[never-ends]")
        .says("2 warnings in 1 deck");
}

#[test]
fn hostile_decks_are_read_to_their_end() {
    let ticks = "`".repeat(4000);
    let mut labrun = Labrun::new();
    for (number, text) in [
        "",
        "\u{feff}",
        ".lab[",
        "```",
        "<!--",
        "<!-- ```allow",
        "<!-- ```allow``` -->",
        "\r\n.lab[\r\n```bash\r\n`a`\r\n--x\r\n```\r\n]\r\n",
        &format!(".lab[\n\n```bash\n{ticks}\n```\n\n]\n"),
        &lab(&["é --password=é # this fails é\n--é", "cd é; cd 'a b'; sed; curl; ls | sed -i é", "watch 🦀"]),
        &lab(&["$(", "{ { { {", "echo \\", "<a> {b} @@c@@ `d`"]),
        &format!(".lab[\n\n{}\n\n]\n", "<!-- ```wait ``` -->\n<!-- ```expect regex``` -->\n".repeat(50)),
        &format!("# S\n\n{}", "---\n\nname: a\n\nclass: x-auto, x-manual\n\n".repeat(200)),
    ]
    .into_iter()
    .enumerate()
    {
        labrun = labrun.file(&format!("decks/{number:02}.md"), text);
    }
    let ran = labrun.args(["lint", "decks", "--fix", "--format", "json"]).run().exit(3);
    let found: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(found["decks"].as_array().unwrap().len(), 13);
}
