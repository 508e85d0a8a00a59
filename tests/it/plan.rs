//! What a deck would type, in what order, under which names.

use std::sync::Arc;
use std::time::Duration;

use labrun::bash::{Attendance, Deed};
use labrun::deck::{self, Labs};
use labrun::diagnostic::Severity;
use labrun::plan::{self, Action, Plan, Settings, Status, Step};
use labrun::report::plan::View;
use labrun::source::Source;
use labrun::values::{Origin, Values};

/// The plan of a deck.
pub fn plan(text: &str) -> Plan {
    plan_with(text, &Settings::default())
}

/// The plan for people.
fn text(plan: &Plan) -> String {
    labrun::report::plan::text(plan, View::new(80, &str::to_owned))
}

fn plan_with(text: &str, settings: &Settings) -> Plan {
    let deck = deck::parse(Source::new("deck.md", text), &settings.labs);
    plan::make(Arc::new(deck), settings)
}

/// One slide with one lab that holds `inside`.
pub fn lab(inside: &str) -> String {
    format!("## A slide\n\n.lab[\n\n{inside}\n\n]\n")
}

/// A visible block.
pub fn block(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("  {line}")).collect();
    format!("- Type this:\n  ```bash\n{}\n  ```\n", lines.join("\n"))
}

/// The codes of a plan's diagnostics with their lines.
pub fn codes(plan: &Plan) -> Vec<(&'static str, usize)> {
    let source = &plan.deck.source;
    plan.diagnostics.iter().map(|one| (one.code, source.line(one.span.start))).collect()
}

fn typed(step: &Step) -> Vec<(&str, usize)> {
    step.commands().iter().map(|command| (command.text.as_str(), command.line)).collect()
}

fn ids(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|step| step.id.as_str()).collect()
}

#[test]
fn no_line_of_a_plan_is_wider_than_the_page() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/slides");
    for deck in ["registry.md", "harbor.md", "first-steps.md"] {
        let plan = plan(&std::fs::read_to_string(format!("{folder}/{deck}")).unwrap());
        for columns in [40, 50, 60, 80, 120] {
            let page = labrun::report::plan::text(&plan, View::new(columns, &str::to_owned));
            for line in page.lines() {
                assert!(labrun::report::layout::width(line) <= columns, "{deck} in {columns}: {line}");
            }
        }
    }
}

#[test]
fn a_deck_as_json() {
    let deck =
        deck::parse(Source::new("tests/decks/tour.md", include_str!("../decks/tour.md")), &Labs::default());
    let plan = plan::make(Arc::new(deck), &Settings::default());
    let json = serde_json::to_string_pretty(&plan::json([(&plan, |_: &Step| None)])).expect("json");
    insta::with_settings!({
        snapshot_path => "../../snapshots/plan",
        prepend_module_to_snapshot => false,
        omit_expression => true,
        description => "labrun plan --format json tests/decks/tour.md",
    }, {
        insta::assert_snapshot!("tour", json);
    });
}

#[test]
fn commands_know_their_lines_in_the_deck() {
    let plan = plan(&lab(&block("a\n\n# about b\nb \\\n  c\ncat <<X\n  d\nX\ne")));
    assert_eq!(typed(&plan.steps[0]), [("a", 7), ("b \\\n  c", 10), ("cat <<X\n  d\nX", 12), ("e", 15)]);
    assert_eq!(plan.steps[0].line, 6);
    assert_eq!(plan.steps[0].text, "a\n\n# about b\nb \\\n  c\ncat <<X\n  d\nX\ne");
}

#[test]
fn crlf_decks_type_what_others_type() {
    let text = lab(&block("a \\\n  b\nc"));
    let (unix, dos) = (plan(&text), plan(&text.replace('\n', "\r\n")));
    assert_eq!(typed(&unix.steps[0]), typed(&dos.steps[0]));
    assert_eq!(unix.steps[0].text, dos.steps[0].text);
}

#[test]
fn highlights_are_typed_without_their_ticks_and_shown_with_them() {
    let plan = plan(&lab(&block("curl `X.X.X.X`:80/`path`")));
    let step = &plan.steps[0];
    assert_eq!(step.text, "curl X.X.X.X:80/path");
    assert_eq!(step.raw, "curl `X.X.X.X`:80/`path`");
    assert_eq!(step.needs, ["X.X.X.X"]);
}

#[test]
fn an_odd_tick_is_typed_and_told() {
    let plan = plan(&lab(&block("echo a\necho `date")));
    assert_eq!(plan.steps[0].text, "echo a\necho `date");
    assert_eq!(codes(&plan), [("highlight-odd", 8), ("bash-syntax", 8)]);
}

#[test]
fn hidden_code_keeps_its_ticks() {
    let plan = plan(&lab("<!-- ```hide echo \\`date\\` ``` -->\n<!--\n```bash\necho x`date`\n```\n-->"));
    assert_eq!(plan.steps[1].text, "echo x`date`");
}

#[test]
fn every_form_of_a_hidden_step_is_typed() {
    let plan = plan(&lab(
        "<!-- ```hide one``` -->\n\n<!--\n```bash two```\n```hide three```\n-->\n\n<!-- ```hide\n  four\n  five\n``` -->\n\n<!--\n```bash\nsix\n```\n-->",
    ));
    let came: Vec<_> = plan
        .steps
        .iter()
        .map(|step| (step.method.as_str(), step.hidden, step.line, step.text.as_str()))
        .collect();
    assert_eq!(
        came,
        [
            ("hide", true, 5, "one"),
            ("bash", true, 8, "two"),
            ("hide", true, 9, "three"),
            ("hide", true, 12, "four\nfive"),
            ("bash", true, 18, "six"),
        ]
    );
    assert_eq!(typed(&plan.steps[3]), [("four", 13), ("five", 14)]);
}

#[test]
fn a_transcript_types_its_commands_alone() {
    let plan = plan(&lab(&block("me@box:~$ ls\nfile\nme@box:~$ cat <<X\n> a\n> X\na\nme@box:~$")));
    assert_eq!(typed(&plan.steps[0]), [("ls", 7), ("cat <<X\na\nX", 9)]);
    assert!(plan.diagnostics.is_empty());
}

#[test]
fn an_edit_needs_a_keyboard_and_what_follows_it_does_not() {
    let plan = plan(&lab(&block("cd /etc\nsudo vi it.json:\n{ \"a\": 1 }\n[esc]:wq\nsystemctl restart it")));
    let commands = plan.steps[0].commands();
    assert_eq!(typed(&plan.steps[0]), [("cd /etc", 7), ("sudo vi it.json", 8), ("systemctl restart it", 11)]);
    assert_eq!(commands[1].attendance, Attendance::Keyboard("vi opens an editor".to_owned()));
    assert_eq!(commands[2].attendance, Attendance::None);
    assert!(plan.steps[0].needs_terminal());
    let edit = commands[1].edit.as_ref().unwrap();
    assert_eq!(
        (edit.file.as_str(), edit.text.as_str(), edit.leave.as_str()),
        ("it.json", "{ \"a\": 1 }", ":wq")
    );
    assert_eq!(plan.diagnostics.iter().map(|one| one.code).collect::<Vec<_>>(), ["edit-colon"]);
}

#[test]
fn keys_of_an_editor_outside_an_edit_are_an_error() {
    for (text, line) in [
        ("make && vi it\nplain text\n[esc]:wq", 9),
        ("make && vi it\n{ not bash (\n  <Esc>:x", 9),
        ("vi it\nhello\n[esc]:wq\nls\n^[ZZ", 11),
    ] {
        let codes = codes(&plan(&lab(&block(text))));
        assert!(codes.contains(&("edit-astray", line)), "{text}: {codes:?}");
    }
    for text in
        ["grep -f - x <<A\n^[a-z]\n[esc]\nA", "[ -f x ] && echo '\n^[ZZ\n'", "vi it\n[esc]x\n[esc]:wq"]
    {
        let codes = codes(&plan(&lab(&block(text))));
        assert!(!codes.iter().any(|(code, _)| *code == "edit-astray"), "{text}: {codes:?}");
    }
}

#[test]
fn only_web_addresses_are_opened() {
    let open = |address| codes(&plan(&lab(&format!("<!-- ```open {address}``` -->"))));
    for address in ["http://localhost:8000/", "https://x", "HTTP://node1:3xxxx/", "http://<IP>:80/"] {
        assert_eq!(open(address), [], "{address}");
    }
    for address in ["javascript:alert(1)", "file:///etc/passwd", "localhost:8000", "--version"] {
        assert_eq!(open(address), [("open-address", 5)], "{address}");
    }
}

#[test]
fn a_wait_speaks_of_the_block_before_it_whose_status_then_does_not_count() {
    let plan = plan(&lab(&format!(
        "{}<!-- ```wait error:``` -->\n{}<!-- ```key ^C``` -->\n<!-- ```longwait later``` -->",
        block("a\nb"),
        block("c")
    )));
    let counts: Vec<Vec<bool>> = plan
        .steps
        .iter()
        .map(|step| step.commands().iter().map(|command| command.status == Status::Zero).collect())
        .collect();
    assert_eq!(counts, [vec![false, false], vec![], vec![true], vec![], vec![]]);
    assert!(matches!(plan.steps[1].action, Action::Await { of: Some(0), long: false }));
    assert_eq!(plan.steps[1].text, "error:");
    assert!(matches!(plan.steps[3].action, Action::Press(_)));
    assert!(matches!(plan.steps[4].action, Action::Await { of: Some(2), long: true }));
}

#[test]
fn a_wait_in_the_next_lab_does_not_excuse_the_status() {
    let plan = plan(&format!("{}\n---\n{}", lab(&block("a")), lab("<!-- ```wait x``` -->")));
    assert_eq!(plan.steps[0].commands()[0].status, Status::Zero);
    assert!(matches!(plan.steps[1].action, Action::Await { of: Some(0), .. }));
}

#[test]
fn keys_are_steps_of_the_terminal_and_a_trailing_blank_is_a_key() {
    let plan = plan(&lab(
        "<!--\n```keys delete ```\n```paste```\n```open http://x/```\n```tmux split-pane -v```\n-->",
    ));
    let came: Vec<_> = plan.steps.iter().map(|step| (step.method.as_str(), step.text.as_str())).collect();
    assert_eq!(came, [("keys", "delete "), ("paste", ""), ("open", "http://x/"), ("tmux", "split-pane -v")]);
    assert!(plan.steps.iter().all(Step::needs_terminal));
}

/// Which commands are said to belong in which shell.
fn inner(text: &str) -> Vec<(String, String)> {
    let plan = plan(text);
    let commands = plan.steps.iter().flat_map(Step::commands);
    commands.filter_map(|command| Some((command.text.clone(), command.inside.clone()?))).collect()
}

#[test]
fn what_is_typed_into_an_inner_shell_belongs_there_until_it_is_left() {
    let is = |text: &str, outer: &str| (text.to_owned(), outer.to_owned());
    for opens in [
        "ssh box",
        "sudo -i",
        "docker exec -ti x sh",
        "docker run --rm -it x",
        "kubectl exec -ti x -- su me",
        "bash",
    ] {
        let text = lab(&format!("{}{}{}", block(&format!("a\n{opens}")), block("b"), block("exit\nc")));
        assert_eq!(inner(&text), [is("b", opens), is("exit", opens)], "{opens}");
    }
    for ends in [
        "ssh box ls",
        "docker exec -ti x ls",
        "kubectl run x --image=y --rm -ti -- sleep 5",
        "bash -c ls",
        "vi x",
        "tmux ls; true",
        "tmux new -d",
        "screen -ls",
    ] {
        assert_eq!(inner(&lab(&block(&format!("{ends}\nb")))), [], "{ends}");
    }
    let nested =
        lab(&format!("{}<!-- ```key ^D``` -->\n{}", block("ssh box\nsudo su\na"), block("b\nlogout\nc")));
    let came = inner(&nested);
    assert_eq!(came.last(), Some(&is("logout", "ssh box")));
    assert_eq!(came[1], is("a", "sudo su"));
    let across = format!("{}\n---\n\n{}", lab(&block("ssh box")), lab(&block("rm -rf x")));
    assert_eq!(inner(&across), [is("rm -rf x", "ssh box")]);
    let skipped = lab(&format!("<!-- ```skip no box``` -->\n{}{}", block("ssh box"), block("a")));
    assert_eq!(inner(&skipped), []);
}

#[test]
fn lines_for_another_prompt_are_commands_of_their_own_until_it_is_left() {
    let text = lab(&format!(
        "{}{}{}",
        block("ls\npython3\nif True:\n    print(1)\n"),
        block("x = 1\ny(\n)\nexit()\nif true; then\n  ls\nfi"),
        block("ssh box\nexec psql\nselect *\nfrom t;\n\\q\nls")
    ));
    let is = |text: &str, outer: &str| (text.to_owned(), outer.to_owned());
    assert_eq!(
        inner(&text),
        [
            is("if True:\n    print(1)", "python3"),
            is("x = 1", "python3"),
            is("y(\n)", "python3"),
            is("exit()", "python3"),
            is("exec psql", "ssh box"),
            is("select *", "exec psql"),
            is("from t;", "exec psql"),
            is("\\q", "exec psql"),
            is("ls", "ssh box"),
        ]
    );
    let plan = plan(&text);
    assert!(plan.diagnostics.is_empty(), "{:?}", plan.diagnostics);
    let lines: Vec<usize> = plan.steps[1].commands().iter().map(|command| command.line).collect();
    assert_eq!(lines, [14, 15, 17, 18]);
}

#[test]
fn each_pane_has_its_own_shell() {
    let panes = lab(&format!(
        "{}<!-- ```tmux split-pane -v``` -->\n{}<!-- ```tmux last-pane``` -->\n{}<!-- ```tmux select-pane -t 1``` -->\n{}",
        block("ssh box\na"),
        block("b"),
        block("c"),
        block("d")
    ));
    assert_eq!(inner(&panes).into_iter().map(|(text, _)| text).collect::<Vec<_>>(), ["a", "c"]);
}

#[test]
fn only_labs_are_run_unless_all_is() {
    let text = format!(
        "```bash\none\n```\n\n{}\n```bash\nthree\n```\n\n<!-- ```hide four``` -->\n",
        lab(&block("two"))
    );
    let labs = plan(&text);
    assert_eq!(labs.steps.iter().map(|step| step.text.as_str()).collect::<Vec<_>>(), ["two"]);
    assert_eq!(labs.outside, [1, 17]);
    let all = plan_with(&text, &Settings { labs: Labs::All, ..Settings::default() });
    let came: Vec<_> = all.steps.iter().map(|step| (step.text.as_str(), step.section.as_deref())).collect();
    assert_eq!(came, [("one", None), ("two", Some("lab")), ("three", None), ("four", None)]);
    assert!(all.outside.is_empty());
}

#[test]
fn ticks_in_a_file_that_is_no_deck_are_bash_s() {
    let text = "# Read me\n\n```bash\necho `date`\n```\n";
    let settings = Settings { labs: Labs::All, ..Settings::default() };
    assert_eq!(plan_with(text, &settings).steps[0].text, "echo `date`");
    let slides = format!("{text}\n---\n\n# Two\n");
    assert_eq!(plan_with(&slides, &settings).steps[0].text, "echo date");
}

#[test]
fn names_of_steps_stay_when_other_slides_change() {
    let one = "## First `thing`!\n\n.lab[\n\n```bash\na\n```\n\n]\n\n--\n\n.lab[\n\n```bash\nb\n```\n\n]\n";
    let two = "## Second\n\n.lab[\n\n```bash\nc\n```\n\n]\n";
    let deck = format!("{one}\n---\n\n{two}\n---\n\n{one}");
    let names = ["first-thing/1", "first-thing/2", "second/1", "first-thing~2/1", "first-thing~2/2"];
    assert_eq!(ids(&plan(&deck)), names);
    // A slide between them, a longer and an empty lab on another: only those steps come and go.
    let longer = two.replace("c\n```", "c\n```\n\n```bash\nd\n```");
    let changed = format!("{one}\n---\n\n# New\n\n---\n\n{longer}\n---\n\n{one}");
    let came = plan(&changed);
    assert_eq!(ids(&came).into_iter().filter(|id| *id != "second/2").collect::<Vec<_>>(), names);
    // The same title counts even where its slide has lost its steps.
    let emptied = format!("## First `thing`!\n\n---\n\n{two}\n---\n\n{one}");
    assert_eq!(ids(&plan(&emptied)), ["second/1", "first-thing~2/1", "first-thing~2/2"]);
}

#[test]
fn values_fill_blanks_and_the_stage_keeps_its_own() {
    let text = lab(&block("docker login {host} -u <User>\ncurl {stage.registry}/v2/ registryIP:80"));
    let empty = plan(&text);
    assert_eq!(empty.steps[0].needs, ["host", "User"]);
    assert_eq!(empty.steps[0].commands().len(), 2);
    let mut values = Values::new();
    values.set("host", "h:1", Origin::Flag);
    values.set("User", "a b", Origin::Flag);
    values.set("registryIP", "10.0.0.1", Origin::Flag);
    let filled = plan_with(&text, &Settings { values, ..Settings::default() });
    assert_eq!(filled.steps[0].needs, [""; 0]);
    assert_eq!(
        typed(&filled.steps[0]),
        [("docker login h:1 -u 'a b'", 7), ("curl {stage.registry}/v2/ 10.0.0.1:80", 8)]
    );
    assert_eq!(filled.steps[0].raw, empty.steps[0].raw);
}

#[test]
fn a_value_of_several_lines_moves_no_command() {
    let text = lab(&block("echo '{text}'\necho two"));
    let mut values = Values::new();
    values.set("text", "a\nb", Origin::Flag);
    let plan = plan_with(&text, &Settings { values, ..Settings::default() });
    assert_eq!(typed(&plan.steps[0]), [("echo 'a\nb'", 7), ("echo two", 8)]);
}

#[test]
fn a_block_that_is_not_bash_is_one_command_with_its_place() {
    let plan = plan(&lab(&block("echo a\n  echo é )\necho b")));
    assert_eq!(plan.steps[0].commands().len(), 1);
    assert_eq!(plan.steps[0].commands()[0].deed, Deed::Acts);
    let found = &plan.diagnostics[0];
    assert_eq!(
        (found.code, plan.deck.source.place(found.span.start).to_string()),
        ("bash-syntax", "8:12".to_owned())
    );
}

#[test]
fn blanks_do_not_make_a_block_wrong() {
    let plan = plan(&lab(&block("kubectl logs <pod>\ncurl {a}/{b}")));
    assert_eq!(plan.steps[0].commands().len(), 2);
    assert!(plan.diagnostics.is_empty());
}

#[test]
fn functions_and_aliases_of_the_deck_are_no_programs() {
    let plan =
        plan(&lab(&format!("{}{}", block("build() { make; }\nalias go=run"), block("build\ngo\nstop"))));
    let programs: Vec<_> = plan.steps[1].commands().iter().flat_map(|command| &command.programs).collect();
    assert_eq!(programs, ["stop"]);
}

#[test]
fn only_the_last_status_counts_where_the_settings_say_so() {
    let settings = Settings { only_last_status: true, ..Settings::default() };
    let plan = plan_with(&lab(&block("a\nb\nc")), &settings);
    let counts: Vec<Status> = plan.steps[0].commands().iter().map(|command| command.status).collect();
    assert_eq!(counts, [Status::Any, Status::Any, Status::Zero]);
}

#[test]
fn options_stand_behind_the_language_or_in_an_expect() {
    let text =
        lab("```bash retry=2m terminal\na\n```\n\n```bash\nb\n```\n<!-- ```expect timeout=5s``` -->\n");
    let plan = plan(&text);
    assert_eq!(codes(&plan), []);
    let options: Vec<_> = plan
        .steps
        .iter()
        .map(|step| (step.options.retry, step.options.timeout, step.options.terminal))
        .collect();
    assert_eq!(
        options,
        [(Some(Duration::from_mins(2)), None, true), (None, Some(Duration::from_secs(5)), false)]
    );
}

#[test]
fn options_of_other_tools_do_not_refuse_a_deck() {
    let plan =
        plan(&lab("```bash {.line-numbers start=2} timeout=5s\na\n```\n\n```bash retry=soon\nb\n```\n"));
    assert_eq!(codes(&plan), [("option-unknown", 5), ("option-unknown", 9)]);
    let told: Vec<_> = plan.diagnostics.iter().map(|one| (one.severity, one.message.as_str())).collect();
    assert_eq!(told[0], (Severity::Warning, "`{.line-numbers start=2}` is no option of labrun"));
    assert_eq!(told[1].0, Severity::Error);
    assert_eq!(plan.steps[0].options.timeout, Some(Duration::from_secs(5)));
}

#[test]
fn a_wait_without_a_text_is_an_error_and_holds_nothing() {
    for directive in ["```wait```", "```wait   ```", "```longwait```"] {
        let plan = plan(&lab(&format!("{}\n<!-- {directive} -->", block("a"))));
        assert_eq!(codes(&plan), [("expect-alone", 10)], "{directive}");
        assert!(plan.diagnostics[0].message.ends_with("has no text to wait for"), "{directive}");
    }
}

#[test]
fn what_speaks_of_no_command_is_told_where_to_stand() {
    let plan = plan(&lab("<!-- ```fails``` -->"));
    assert_eq!(plan.diagnostics[0].help, ["put it behind the block that it speaks of, on the same slide"]);
}

#[test]
fn a_promised_error_lets_the_command_fail() {
    let promised = |cue: &str| {
        let plan = plan(&format!("{}\n{cue}\n```\nx\n```\n", lab(&block("a\nls /nope"))));
        let statuses: Vec<Status> = plan.steps[0].commands().iter().map(|command| command.status).collect();
        (statuses, text(&plan).contains("any status"))
    };
    assert_eq!(promised("You will get an error message:"), (vec![Status::Zero, Status::Any], true));
    assert_eq!(promised("You will get no error:"), (vec![Status::Zero, Status::Zero], false));
}

#[test]
fn a_program_is_named_by_a_sentence_however_it_is_called() {
    let deck = format!("{}\nThe curl command prints:\n```\nx\n```\n", lab(&block("/usr/bin/curl x\nls")));
    assert_eq!(plan(&deck).steps[0].checks[0].command, 0);
}

#[test]
fn a_long_word_stands_apart_from_its_text() {
    let deck = lab(&format!("{}\n<!-- ```longwait abc``` -->\n<!-- ```copypaste def``` -->", block("a")));
    let page = text(&plan(&deck));
    assert!(page.contains("longwait abc") && page.contains("copypaste def"), "{page}");
}

#[test]
fn a_slide_without_a_title_is_called_by_its_first_words() {
    let page = text(&plan(&format!("Some words.\n\n.lab[\n\n{}\n\n]\n", block("a"))));
    assert!(page.contains("   1  Some words.") && !page.contains("no title"), "{page}");
}

#[test]
fn blocks_outside_labs_are_counted_in_good_english() {
    let outside = |text_of: &str| text(&plan(text_of));
    let one = outside("```bash\na\n```\n");
    let two = outside("```bash\na\n```\n\n```bash\nb\n```\n");
    assert!(one.contains("1 bash block outside labs, not run: line 1\n"), "{one}");
    assert!(two.contains("2 bash blocks outside labs, not run: lines 1, 5\n"), "{two}");
}

#[test]
fn a_step_can_be_skipped_and_programs_allowed() {
    let plan = plan(&lab(&format!(
        "{}<!-- ```skip needs a browser``` -->\n{}<!-- ```wait x``` -->\n{}<!-- ```allow mytool other``` -->",
        block("a"),
        block("b"),
        block("c")
    )));
    let skips: Vec<_> = plan.steps.iter().map(|step| step.skip.as_deref()).collect();
    let why = Some("needs a browser");
    assert_eq!(skips, [None, why, why, None], "a block, and what speaks to it");
    assert_eq!(plan.allowed, ["mytool", "other"]);
}

#[test]
fn directives_that_speak_of_nothing_are_errors() {
    let plan = plan(&lab("<!--\n```wait x```\n```fails```\n```skip```\n```expect contains x```\n-->"));
    assert_eq!(
        codes(&plan),
        [("expect-alone", 6), ("expect-alone", 7), ("expect-alone", 8), ("expect-alone", 9)],
    );
}

#[test]
fn the_page_about_decks_has_every_directive() {
    let page = include_str!("../../docs/decks.md");
    let table = page.split("| directive |").nth(1).expect("a table");
    for word in deck::KNOWN_WORDS {
        assert!(table.contains(&format!("`{word}`")) || table.contains(&format!("`{word} ")), "{word}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(100))]

    #[test]
    fn any_text_has_a_plan(
        text in r"(# T|\.lab\[|\]|```bash|```|```json|---|--|<!-- |-->|```wait x```|```hide a```|```expect like```|```fails```|We should see:|- |  |`|\$ a|vi x|:wq|\{a\}|é|\(|\n|\n\n|a){0,60}"
    ) {
        for labs in [Labs::default(), Labs::All] {
            let plan = plan_with(&text, &Settings { labs, ..Settings::default() });
            let json = plan::json([(&plan, |_: &Step| None)]);
            proptest::prop_assert_eq!(json["decks"][0]["slides"].as_array().map(Vec::len), Some(plan.deck.slides.len()));
            let mut ids = ids(&plan);
            ids.sort_unstable();
            ids.dedup();
            proptest::prop_assert_eq!(ids.len(), plan.steps.len());
            for step in &plan.steps {
                for check in &step.checks {
                    proptest::prop_assert!(check.command < step.commands().len());
                }
            }
        }
    }
}
