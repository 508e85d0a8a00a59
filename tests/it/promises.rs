//! What slides promise: which fences are checks, of which command, how they are compared, and what is left unchecked.

use labrun::diagnostic::render;
use labrun::expect::{Mode, Stream};
use labrun::plan::{Check, Plan, Reason, Status, Weight};

use crate::plan::{block, codes, lab, plan};

/// Each check with the command that it speaks of.
fn checks(plan: &Plan) -> Vec<(&Check, &str)> {
    let mut checks: Vec<_> = plan
        .steps
        .iter()
        .flat_map(|step| {
            step.checks.iter().map(move |check| (check, step.commands()[check.command].text.as_str()))
        })
        .collect();
    checks.sort_by_key(|(check, _)| check.line);
    checks
}

/// The checks in short: the command, the mode, the text.
fn told(text: &str) -> Vec<(String, String, String)> {
    let short = |(check, command): (&Check, &str)| {
        (command.to_owned(), check.expectation.mode().to_string(), check.expectation.text().to_owned())
    };
    checks(&plan(text)).into_iter().map(short).collect()
}

fn is(command: &str, mode: &str, text: &str) -> (String, String, String) {
    (command.to_owned(), mode.to_owned(), text.to_owned())
}

#[test]
fn a_fence_under_a_promise_is_a_check_wherever_it_stands_on_the_slide() {
    let after = format!("{}\nWe should see:\n```\nout\n```\n", lab(&block("a")));
    let inside = lab(&format!("{}\n- The output should be:\n  ```\n  out\n  ```\n", block("a")));
    let continued = format!("{}\n--\n\nWe should see:\n\n```\nout\n```\n", lab(&block("a")));
    for text in [&after, &inside, &continued] {
        assert_eq!(told(text), [is("a", "contains", "out")], "{text}");
    }
    let next = format!("{}\n---\n\nWe should see:\n\n```\nout\n```\n", lab(&block("a")));
    assert_eq!(told(&next), []);
    let before = format!("We should see:\n```\nout\n```\n{}", lab(&block("a")));
    assert_eq!(told(&before), []);
}

#[test]
fn the_promise_says_why_it_is_one_and_what_a_break_of_it_does() {
    let text = format!(
        "{}\nAfter a while,\nwe should see:\n```json\n{{\"a\": 1}}\n```\n\nYou will get this message:\n```\nb\n```\n",
        lab(&block("a"))
    );
    let plan = plan(&text);
    let checks = checks(&plan);
    let reason = Reason::Cue { text: "After a while, we should see:".to_owned(), line: 13 };
    assert_eq!(
        (checks[0].0.reason.clone(), checks[0].0.weight, checks[0].0.line),
        (reason, Weight::Fails, 15)
    );
    assert_eq!((checks[1].0.weight, checks[1].0.language.as_str()), (Weight::Warns, ""));
}

#[test]
fn other_fences_are_no_checks() {
    for text in [
        "Here is the file:\n```\nout\n```",
        "If you see this, go back:\n```\nout\n```",
        "Your file should look like this:\n```yaml\na: b\n```",
        "We should see:\n```python\nprint()\n```",
        "We should see\n```\nout\n```",
        "<!-- We should see: -->\n```\nout\n```",
    ] {
        assert_eq!(told(&format!("{}\n{text}\n", lab(&block("a")))), [], "{text}");
    }
}

#[test]
fn the_page_about_decks_tells_promises_from_other_sentences() {
    let page = include_str!("../../docs/decks.md");
    let lists: Vec<&str> =
        page.split("~~~~text\n").skip(1).filter_map(|list| list.split("~~~~").next()).collect();
    assert_eq!(lists.len(), 2);
    for (list, promised) in lists.into_iter().zip([1, 0]) {
        for sentence in list.lines() {
            let text = format!("{}\n{sentence}\n```\nout\n```\n", lab(&block("curl x")));
            assert_eq!(told(&text).len(), promised, "{sentence}");
        }
    }
}

#[test]
fn a_bash_fence_is_an_output_only_under_a_promise_and_nothing_else() {
    let output =
        lab(&format!("{}\n- We should see the following:\n  ```bash\n  WARNING! (\n  ```\n", block("a")));
    assert_eq!(told(&output), [is("a", "contains", "WARNING! (")]);
    assert_eq!(plan(&output).steps.len(), 1);
    for sentence in
        ["Now try this; it should return `b`:", "We should see it with:", "This will show the location:"]
    {
        let steps = lab(&format!("{}\n- {sentence}\n  ```bash\n  b\n  ```\n", block("a")));
        assert_eq!(plan(&steps).steps.len(), 2, "{sentence}");
    }
    let first = lab("- We should see the following:\n  ```bash\n  a\n  ```\n");
    assert_eq!(plan(&first).steps.len(), 1, "nothing ran before it that could print it");
}

#[test]
fn a_promise_speaks_of_the_last_command_or_of_the_one_that_it_names() {
    let labs = lab(&format!(
        "{}{}<!-- ```hide sleep 1``` -->",
        block("curl x\nls -l\ncurl y"),
        block("kubectl get pods\nls")
    ));
    for (sentence, command) in [
        ("We should see:", "ls"),
        ("The curl command should now output:", "curl y"),
        ("The last command should print:", "ls"),
        ("The output of `kubectl get` should be:", "kubectl get pods"),
        ("With `ls -l`, we should see:", "ls -l"),
        ("The output of `nothing` should be:", "ls"),
        ("You should see a list of pods:", "ls"),
    ] {
        let told = told(&format!("{labs}\n{sentence}\n```\nout\n```\n"));
        assert_eq!(told, [is(command, "contains", "out")], "{sentence}");
    }
}

#[test]
fn a_promise_may_name_what_bash_has_built_in() {
    let labs = lab(&format!("{}{}", block("printf '%s\\n' a"), block("echo b")));
    for (sentence, command) in [
        ("The printf command should output:", "printf '%s\\n' a"),
        ("The output of `printf` should be:", "printf '%s\\n' a"),
        ("The echo command should output:", "echo b"),
    ] {
        let told = told(&format!("{labs}\n{sentence}\n```\nout\n```\n"));
        assert_eq!(told, [is(command, "contains", "out")], "{sentence}");
    }
}

#[test]
fn how_a_promise_is_compared_follows_from_what_is_said_and_shown() {
    for (sentence, fence, mode) in [
        ("We should see:", "json\n{\"a\": [1]}", "json"),
        ("It should look like this:", "json\n{\"a\": [1]}", "json"),
        ("We should see:", "\na b", "contains"),
        ("The output should look like this:", "\na b", "like"),
        ("You should see a line similar to:", "\na b", "like"),
        ("We should see:", "\na 10.0.0.1 b", "like"),
        ("We should see:", "\na ... b", "like"),
        ("We should see:", "yaml\nmade: 2024-01-02", "like"),
        ("The last line of the output should be:", "\na b", "last"),
        ("The last line of the output should look like:", "\na b", "like"),
    ] {
        let sentence = sentence.replace("It should", "The result should");
        let told = told(&format!("{}\n{sentence}\n```{fence}\n```\n", lab(&block("a"))));
        assert_eq!(
            told.iter().map(|(_, mode, _)| mode.as_str()).collect::<Vec<_>>(),
            [mode],
            "{sentence} {fence}"
        );
    }
}

#[test]
fn json_that_is_none_is_told_and_compared_as_text() {
    let plan = plan(&format!("{}\nWe should see:\n```json\n{{\"a\"\n```\n", lab(&block("a"))));
    assert_eq!(codes(&plan), [("promise-not-json", 14)]);
    assert_eq!(checks(&plan)[0].0.expectation.mode(), Mode::Contains);
    assert_eq!(checks(&plan)[0].0.weight, Weight::Warns);
}

#[test]
fn an_output_is_compared_without_its_indentation_and_highlights() {
    let text = lab(&format!("{}\n- We should see:\n  ```\n  a `b`\n    c\n  ```\n", block("a")));
    let plan = plan(&text);
    let (check, _) = checks(&plan)[0];
    assert_eq!(check.expectation.text(), "a b\n  c");
    assert_eq!(check.raw, "a `b`\n  c");
}

#[test]
fn an_expect_with_a_text_speaks_of_the_command_before_it() {
    let text = lab(&format!(
        "{}<!-- ```expect contains two words``` -->\n<!-- ```hide b``` -->\n<!--\n```expect lines retry=10s\n  + one\n  - two\n```\n```expect exact\nx\n```\n-->\n",
        block("a")
    ));
    assert_eq!(
        told(&text),
        [is("a", "contains", "two words"), is("b", "lines", "+ one\n- two"), is("b", "exact", "x")]
    );
    let plan = plan(&text);
    assert!(
        checks(&plan)
            .iter()
            .all(|(check, _)| check.weight == Weight::Fails && check.reason == Reason::Directive)
    );
    assert!(plan.steps[0].options.retry.is_none() && plan.steps[1].options.retry.is_some());
}

#[test]
fn an_expect_without_a_text_gives_the_next_fence_its_mode() {
    let text = format!(
        "{}\nNo promise here.\n<!-- ```expect json subset``` -->\n```\n{{\"a\": 1}}\n```\n",
        lab(&block("a"))
    );
    assert_eq!(told(&text), [is("a", "json subset", "{\"a\": 1}")]);
    assert_eq!(checks(&plan(&text))[0].0.weight, Weight::Fails);
    let inside = format!(
        "{}\nThe output of `a` should be:\n```text\nx\n```\n",
        lab(&format!("{}<!-- ```expect first``` -->", block("a\nb")))
    );
    assert_eq!(told(&inside), [is("a", "first", "x")]);
}

#[test]
fn an_expect_that_cannot_be_kept_is_an_error() {
    for (directive, code) in [
        ("<!-- ```expect jsn x``` -->", "expect-invalid"),
        ("<!-- ```expect json {``` -->", "expect-invalid"),
        ("<!-- ```expect like retry=x``` -->", "option-unknown"),
        ("<!-- ```expect like``` -->", "expect-alone"),
        ("<!-- ```expect like``` -->\n```bash\nb\n```", "expect-alone"),
        ("<!-- ```expect json``` -->\n```\n{\n```", "expect-invalid"),
        ("<!-- ```expect contains [=pod]``` -->", "expect-invalid"),
        ("<!-- ```expect exact x``` -->\n<!-- ```expect not-contains x``` -->", "expect-invalid"),
        ("<!-- ```fails``` -->\n<!-- ```expect status 0``` -->", "expect-invalid"),
        ("<!-- ```expect status=1``` -->\n<!-- ```expect status=2``` -->", "expect-invalid"),
        ("<!-- ```expect contains terminal stream=stderr x``` -->", "expect-invalid"),
        ("<!-- ```expect json stream=out {}``` -->", "option-unknown"),
    ] {
        let plan = plan(&lab(&format!("{}{directive}", block("a"))));
        assert_eq!(codes(&plan).into_iter().map(|(code, _)| code).collect::<Vec<_>>(), [code], "{directive}");
    }
}

/// The diagnostics of a deck as a person sees them.
fn drawn(text: &str) -> String {
    let plan = plan(text);
    render(&plan.diagnostics, &plan.deck.source, false)
}

#[test]
fn what_is_wrong_with_an_expect_is_drawn_at_its_place() {
    let b = block("kubectl get pods");
    let deck = lab(&format!(
        "{b}<!-- ```expect jsno {{}}``` -->\n{b}<!--\n```expect json\n  {{\n    \"a\" 1\n  }}\n```\n-->\n\
         {b}<!-- ```expect regex web-(.*``` -->\n{b}<!-- ```expect strem=stderr contains x``` -->\n\
         {b}<!-- ```expect contains pod/[=pod] x``` -->\n\
         {b}<!-- ```expect exact no``` -->\n<!-- ```expect not-contains no``` -->\n\
         {b}<!-- ```fails``` -->\n<!-- ```expect status 0``` -->\n\
         {b}<!-- ```expect json``` -->\n```json\n  \"a\": 1}}\n```\n"
    ));
    insta::with_settings!({
        snapshot_path => "../../snapshots/expect",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!("directives", drawn(&deck)) });
}

#[test]
fn names_are_captured_and_recalled() {
    let text = lab(&format!(
        "{}<!-- ```expect contains pod/[pod=..] created``` -->\n{}<!-- ```expect like [=pod] [age=AGE]``` -->",
        block("kubectl run web"),
        block("kubectl get pod $pod")
    ));
    let plan = plan(&text);
    assert_eq!(codes(&plan), []);
    let names: Vec<(Vec<&str>, Vec<&str>)> = checks(&plan)
        .iter()
        .map(|(check, _)| (check.captures().collect(), check.recalls().collect()))
        .collect();
    assert_eq!(names, [(vec!["pod"], vec![]), (vec!["age"], vec!["pod"])]);
}

#[test]
fn a_check_may_only_warn_and_speak_of_one_stream() {
    let text = lab(&format!(
        "{}<!-- ```expect contains as=warn stream=stderr x``` -->\n<!-- ```expect last stream=screen y``` -->",
        block("a")
    ));
    let plan = plan(&text);
    let terms: Vec<_> =
        checks(&plan).iter().map(|(check, _)| (check.weight, check.expectation.terms().stream)).collect();
    assert_eq!(terms, [(Weight::Warns, Some(Stream::Stderr)), (Weight::Fails, Some(Stream::Screen))]);
    assert!(plan.steps[0].commands()[0].terminal, "only a terminal has a screen");
}

#[test]
fn the_status_may_be_one_of_several() {
    let status =
        |directive: &str| plan(&lab(&format!("{}{directive}", block("a\nb")))).steps[0].commands()[1].status;
    let of = |text: &str| Status::OneOf(text.parse().unwrap());
    assert_eq!(status("<!-- ```expect status 1``` -->"), of("1"));
    assert_eq!(status("<!-- ```expect status=1,2``` -->"), of("1,2"));
    assert_eq!(status("<!-- ```expect contains status=3 oops``` -->"), of("3"));
    assert_eq!(status("<!-- ```fails``` -->\n<!-- ```expect status=0,1``` -->"), of("1"));
    assert_eq!(status("<!-- ```expect status=7``` -->\n<!-- ```wait x``` -->"), of("7"));
}

#[test]
fn what_a_session_shows_below_a_command_is_its_promise() {
    for language in ["console", "shell-session", "bash"] {
        let session = "$ echo a\na\n\n$ ls nowhere\nls: cannot access\n[2]\n$ cd\n$ kubectl get pods\nNAME  AGE\nweb   5m";
        let text = lab(&format!("```{language}\n{session}\n```\n"));
        let plan = plan(&text);
        assert_eq!(codes(&plan), []);
        assert_eq!(
            told(&text),
            [
                is("echo a", "contains", "a"),
                is("ls nowhere", "contains", "ls: cannot access"),
                is("kubectl get pods", "like", "NAME  AGE\nweb   5m")
            ]
        );
        let lines: Vec<_> = checks(&plan).iter().map(|(check, _)| (check.line, check.weight)).collect();
        assert_eq!(lines, [(7, Weight::Warns), (10, Weight::Warns), (14, Weight::Warns)]);
        assert!(checks(&plan).iter().all(|(check, _)| check.reason == Reason::Shown));
        let (first, _) = checks(&plan)[2];
        assert_eq!(plan.deck.source.slice(first.span), "NAME  AGE\nweb   5m");
        let status = |at: usize| plan.steps[0].commands()[at].status;
        assert_eq!((status(0), status(1)), (Status::Zero, Status::OneOf("2".parse().unwrap())));
    }
    // Without a prompt it is an output as any other.
    let output = format!("{}\nWe should see:\n```console\nout\n```\n", lab(&block("a")));
    assert_eq!(told(&output), [is("a", "contains", "out")]);
    assert_eq!(plan("```console\n$ ls\n```\n").steps.len(), 0, "outside labs nothing is typed");
}

#[test]
fn a_promise_says_why_it_is_compared_so() {
    for (sentence, fence, why) in [
        ("We should see:", "json\n{}", "the block is JSON"),
        ("We should see:", "\na b", ""),
        ("The output should look like this:", "\na b", "the sentence says what it is like"),
        ("We should see:", "\nat 10.0.0.1", "`10.0.0.1` differs from run to run"),
        ("The last line of the output should be:", "\na b", "the sentence says what comes last"),
    ] {
        let text = format!("{}\n{sentence}\n```{fence}\n```\n", lab(&block("a")));
        assert_eq!(checks(&plan(&text))[0].0.why, why, "{sentence}");
    }
}

#[test]
fn a_block_that_must_fail_says_so_and_with_what() {
    let plan = plan(&lab(&format!(
        "{}<!-- ```fails no such file``` -->\n{}<!-- ```fails``` -->",
        block("a\nb"),
        block("c")
    )));
    let fails: Vec<Vec<bool>> = plan
        .steps
        .iter()
        .map(|step| step.commands().iter().map(|command| command.status == Status::NotZero).collect())
        .collect();
    assert_eq!(fails, [vec![false, true], vec![true]]);
    let checks = checks(&plan);
    assert_eq!(checks.len(), 1);
    assert_eq!((checks[0].1, checks[0].0.expectation.text()), ("b", "no such file"));
}

#[test]
fn claims_of_the_prose_that_nothing_checks_are_listed() {
    let text = format!(
        "## A slide\n\n- All of it should now be there\n\n{}\nWe should see:\n```\nout\n```\n\n\
         (The second one should say \"no\". You should be careful.)\n\n---\n\nThis slide should have no lab.\n",
        lab(&block("a"))
    );
    let plan = plan(&text);
    let unchecked: Vec<_> =
        plan.unchecked.iter().map(|one| (one.slide, one.line, one.text.as_str())).collect();
    assert_eq!(
        unchecked,
        [(0, 3, "All of it should now be there"), (0, 22, "(The second one should say \"no\".")]
    );
}

#[test]
fn a_claim_beside_a_directive_is_taken_up() {
    let claim = "- It should say \"no\".\n";
    for (inside, unchecked) in [
        (format!("{}{claim}<!-- ```expect contains no``` -->\n", block("a")), 0),
        (format!("{}<!-- ```wait no``` -->\n{claim}", block("a")), 0),
        (format!("{}<!-- ```fails no``` -->\n\n{claim}", block("a")), 0),
        (format!("{}{claim}{}<!-- ```expect contains no``` -->\n", block("a"), block("b")), 1),
        (format!("{}{claim}", block("a")), 1),
    ] {
        assert_eq!(plan(&lab(&inside)).unchecked.len(), unchecked, "{inside}");
    }
}

#[test]
fn directives_speak_of_their_own_slide() {
    let text = format!(
        "{}\n---\n\n<!-- ```expect contains x``` -->\n<!-- ```fails``` -->\n<!-- ```skip x``` -->\n",
        lab(&block("a"))
    );
    assert_eq!(
        codes(&plan(&text)).into_iter().map(|(code, _)| code).collect::<Vec<_>>(),
        ["expect-alone"; 3]
    );
    assert!(checks(&plan(&text)).is_empty());
}

#[test]
fn a_promise_without_a_text_is_still_to_be_written() {
    let mut hidden = "<!-- ```expect json subset\n``` -->".to_owned();
    for (inside, mode) in [
        ("We should see:\n```\n\n```", "contains"),
        ("We should see:\n```json\n```", "json"),
        ("Anything.\n<!-- ```expect last``` -->\n```\n```", "last"),
        (hidden.as_str(), "json subset"),
    ] {
        let plan = plan(&format!("{}\n{inside}\n", lab(&block("a"))));
        let checks = checks(&plan);
        assert_eq!(checks.len(), 1, "{inside}: {:?}", plan.diagnostics);
        let expectation = &checks[0].0.expectation;
        assert!(expectation.is_unwritten() && expectation.mode().to_string() == mode, "{inside}");
        assert_eq!(checks[0].0.weight, Weight::Warns);
    }
    // What no output can be is an error while it is not there.
    for (inside, code) in [
        ("<!-- ```expect regex\n``` -->", "expect-alone"),
        ("<!-- ```expect not-contains\n``` -->", "expect-alone"),
        ("<!-- ```expect lines``` -->\n```\n```", "expect-invalid"),
        ("<!-- ```expect contains ignore=.a``` -->\n```\n```", "expect-invalid"),
    ] {
        let plan = plan(&format!("{}\n{inside}\n", lab(&block("a"))));
        let codes: Vec<_> = codes(&plan).into_iter().map(|(code, _)| code).collect();
        assert_eq!(codes, [code], "{inside}");
    }
    hidden.push_str("\n\n```\n[1]\n```");
    assert_eq!(told(&format!("{}\n{hidden}\n", lab(&block("a")))), [is("a", "json subset", "[1]")]);
}
