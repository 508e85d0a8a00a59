//! Which outputs keep a promise, and what is said of one that is not kept.

use std::fmt::Write as _;

use labrun::expect::{Error, Expectation, Json, Mark, Mismatch, Mode, Output, Side};
use proptest::prelude::*;
use serde_json::{Value, json};

fn output(stdout: &str) -> Output<'_> {
    Output { stdout, stderr: "", homes: &[] }
}

fn check(mode: Mode, promised: &str, output: &Output<'_>) -> Result<(), Mismatch> {
    Expectation::new(mode, promised).expect("an expectation").check(output).map(drop)
}

fn holds(mode: Mode, promised: &str, stdout: &str) -> bool {
    check(mode, promised, &output(stdout)).is_ok()
}

/// The whole of a mismatch as text: how a person would read it.
fn told(mode: Mode, promised: &str, output: &Output<'_>) -> String {
    let mismatch = check(mode, promised, output).expect_err("a mismatch");
    let mut told = format!("{}\n", mismatch.summary);
    for difference in mismatch.differences {
        let side = |side: Option<String>| side.unwrap_or_else(|| "nothing".into());
        let _ = writeln!(
            told,
            "at {}: {} / {}",
            difference.path,
            side(difference.promised),
            side(difference.came)
        );
    }
    for line in mismatch.diff {
        let text: String = line
            .pieces
            .into_iter()
            .map(|(mark, text)| match mark {
                Mark::Same => text,
                Mark::Differs => format!("«{text}»"),
                Mark::Passes => format!("‹{text}›"),
            })
            .collect();
        let mark = match line.side {
            Side::Both => ' ',
            Side::Promised => '-',
            Side::Came => '+',
            Side::Elided => '…',
        };
        let _ = writeln!(told, "{mark} {text}");
    }
    for hint in mismatch.hints {
        let _ = writeln!(told, "hint: {hint}");
    }
    told
}

fn snapshot(name: &str, told: &str) {
    insta::with_settings!({
        snapshot_path => "../../snapshots/expect",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!(name, told) });
}

const PODS: &str = "\
NAME                        READY   STATUS    RESTARTS   AGE
registry-5f4b8d9c7d-x2x7k   1/1     Running   0          5m
web-7c9bd6f5d-8wq4t         0/1     Pending   0          41s
";

#[test]
fn texts_are_found_where_they_may_stand() {
    let warning = Output {
        stdout: "\nLogin Succeeded\n",
        stderr: "WARNING! Your password is stored in /tmp/h/.docker/config.json.\n",
        homes: &["/tmp/h"],
    };
    let promised = "WARNING! Your password is stored in /root/.docker/config.json.\n\nLogin Succeeded";
    assert_eq!(check(Mode::Contains, promised, &warning), Ok(()));
    assert_eq!(check(Mode::Contains, "in /tmp/h/.docker/config.json.", &warning), Ok(()));
    assert_eq!(check(Mode::Last, "Login Succeeded", &warning), Ok(()));
    assert_eq!(
        check(Mode::Exact, "Login Succeeded", &Output { stderr: "% Total % Received", ..warning }),
        Ok(())
    );
    assert!(check(Mode::NotContains, "stored in", &warning).is_err());
    assert_eq!(check(Mode::Lines, "+ Login Succeeded\n- Login Failed", &warning), Ok(()));
    assert_eq!(check(Mode::Regex, r"(?m)^Login \w+$", &warning), Ok(()));
    assert_eq!(check(Mode::Regex, "/tmp/h/[.]docker", &warning), Ok(()));
    assert!(
        holds(Mode::Like, "web-5f4b8d9c7d-aaaaa 0/1 Pending 0 9d", PODS).eq(&false),
        "vowels are no pod's"
    );
    assert!(holds(Mode::Like, "web-5f4b8d9c7d-bbbbb 0/1 Pending 0 9d", PODS));
    assert!(holds(Mode::JSON, "{\"repositories\": []}", "\n {\"repositories\":[]}\n\n"));
}

#[test]
fn what_cannot_be_compared_is_refused() {
    assert_eq!(Expectation::new(Mode::Contains, " \n").unwrap_err(), Error::Empty);
    assert!(matches!(Expectation::new(Mode::JSON, "{"), Err(Error::Json { .. })));
    assert!(matches!(Expectation::new(Mode::Regex, "("), Err(Error::Regex { .. })));
    assert_eq!(
        Expectation::new(Mode::Lines, "+ a\nb").unwrap_err(),
        Error::Sign { text: "b".into(), line: 2 }
    );
    assert!(holds(Mode::Exact, "", "\n"));
    assert!(!holds(Mode::Exact, "", "x"));
}

#[test]
fn a_typo_is_emphasised() {
    snapshot(
        "typo",
        &told(Mode::Contains, "pod/pingpong created", &output("namespace/x created\npod/pingpon created\n")),
    );
    snapshot(
        "json",
        &told(Mode::JSON, r#"{"repositories":["busybix"]}"#, &output(r#"{"repositories":["busybox"]}"#)),
    );
}

#[test]
fn a_table_shows_what_is_missing() {
    let promised = "\
NAME                        READY   STATUS    RESTARTS   AGE
registry-6d5f7b8c9d-4xk2z   1/1     Running   0          7s
web-6d5f7b8c9d-zzzzz        1/1     Running   0          7s
redis-6d5f7b8c9d-zzzzz      1/1     Running   0          7s
";
    snapshot("table", &told(Mode::Like, promised, &output(PODS)));
}

#[test]
fn wrapped_lines_are_compared_as_one() {
    let promised = "error: you are attempting to follow 8 log streams,\nbut maximum allowed concurency is 5,\n\
                    use --max-log-requests to increase the limit";
    let came = "error: you are attempting to follow 9 log streams, but maximum allowed concurrency is 5, use \
                --max-log-requests to increase the limit\n";
    let output = Output { stdout: "", stderr: came, homes: &[] };
    snapshot("wrapped", &told(Mode::Contains, promised, &output));
}

#[test]
fn gaps_and_long_runs_are_left_out() {
    let many: String = (1..=40).fold(String::new(), |text, n| text + &format!("line {n}\n"));
    let promised = many.replace("line 20\n", "line twenty\n");
    snapshot("long", &told(Mode::Exact, &promised, &output(&many)));
    snapshot("gap", &told(Mode::Contains, "line 3\n...\nline 39\nline 41", &output(&many)));
    snapshot("unlike", &told(Mode::Last, "Successfully pushed", &output(&many)));
}

#[test]
fn hints_say_what_would_hold() {
    let output = Output { stdout: "one\ntwo\n", stderr: "error: no such file\n", homes: &[] };
    for (mode, promised, hint) in [
        (Mode::Exact, "two", "it holds as `contains`"),
        (Mode::Exact, "error: no such file", "it holds on stderr"),
        (Mode::First, "two", "it holds as `contains`"),
        (
            Mode::Contains,
            "two\none",
            "each of the lines came, but not like this one after the other: it holds as `lines`",
        ),
        (Mode::Contains, "ONE", "it holds but for upper and lower case"),
        (Mode::Regex, "O.E", "it holds with (?i), which takes upper and lower case for the same"),
        (Mode::Regex, "one.two", "it holds with (?s), where a dot goes over line ends"),
        (Mode::Regex, "^two", "it holds with (?m), where ^ and $ are the ends of each line"),
        (Mode::Regex, "^three", ""),
        (Mode::Lines, "+ ONE\n- three", "it holds but for upper and lower case"),
        (Mode::Lines, "+ tw", "it holds with `+ tw[..]`"),
        (Mode::Lines, "+ no such file\n- one", "`+ [..]no such file` holds"),
        (Mode::Lines, "+ three", ""),
        (Mode::Contains, "three", ""),
    ] {
        let hints = check(mode, promised, &output).expect_err("a mismatch").hints;
        assert_eq!(hints.concat(), hint, "{mode} {promised:?}");
    }
    let json = Output { stdout: "{\"a\":[1,2],\"b\":1}", stderr: "[]", homes: &[] };
    for (promised, hint) in [
        (r#"{"a":[2,1],"b":1}"#, "it holds as `json unordered`"),
        (r#"{"a":[1]}"#, "it holds as `json subset`"),
        (r#"{"a":[2]}"#, "it holds as `json subset`"),
        (r#"{"a":[2,1]}"#, "it holds as `json subset unordered`"),
        ("[]", "it holds on stderr"),
        (r#"{"c":1}"#, ""),
    ] {
        assert_eq!(
            check(Mode::JSON, promised, &json).expect_err("a mismatch").hints.concat(),
            hint,
            "{promised}"
        );
    }
}

#[test]
fn a_line_that_came_with_more_is_shown_beside_the_one_promised() {
    let came =
        "NAME    READY   STATUS\nweb-1   1/1     Running\nweb-2   0/1     Pending\ndb      1/1     Running\n";
    snapshot("lines-near", &told(Mode::Lines, "+ web-1\n+ db[..]\n- web-3", &output(came)));
    snapshot(
        "lines-far",
        &told(Mode::Lines, "+ web-1 0/1 Running\n+ web-3\n+ nothing like it", &output(came)),
    );
    snapshot("lines-one", &told(Mode::Lines, "+ web-1 1/1", &output(came)));
}

#[test]
fn what_is_not_json_is_shown() {
    for (name, stdout, stderr) in [
        ("json-html", "<html>\n<body>502 Bad Gateway</body>\n</html>\n", ""),
        ("json-cut", "{\"repositories\":[\n", ""),
        ("json-empty", "", "curl: (7) Failed to connect to 127.0.0.1 port 31234\n"),
        ("json-nothing", "", ""),
    ] {
        snapshot(name, &told(Mode::JSON, "{\"repositories\":[]}", &Output { stdout, stderr, homes: &[] }));
    }
}

#[test]
fn what_must_not_come_is_pointed_at() {
    snapshot("present", &told(Mode::NotContains, "Pending", &output(PODS)));
    snapshot("lines", &told(Mode::Lines, "+ two\n+ four [..]\n- one\n- six", &output("one\ntwo\nthree\n")));
    snapshot("regex", &told(Mode::Regex, "(?m)^web .* Running", &output(PODS)));
}

#[test]
fn explaining_a_great_output_takes_little() {
    let mut many = String::new();
    for n in 0..20_000 {
        let _ = writeln!(many, "{n} the same words in every line {n}");
    }
    let promised = "17777 the same words in every lime 17777\nnothing like it";
    let mismatch = check(Mode::Contains, promised, &output(&many)).expect_err("a mismatch");
    assert!(mismatch.diff.len() < 40);
    assert!(
        mismatch.diff.iter().any(|line| line.pieces.contains(&(Mark::Differs, "lime".into()))),
        "{mismatch:?}"
    );
}

fn text_mode() -> impl Strategy<Value = Mode> {
    prop::sample::select(vec![Mode::Exact, Mode::Contains, Mode::First, Mode::Last, Mode::Like])
}

fn lines() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[ -~é]{0,12}", 1..8)
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..3i64).prop_map(Value::from),
        prop::sample::select(vec![0.0, 1.0, 1.5]).prop_map(Value::from),
        "[ab]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[abc -]", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// `value` with the elements of all arrays in another order.
fn turned(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().rev().map(turned).collect(),
        Value::Object(map) => {
            Value::Object(map.iter().rev().map(|(key, value)| (key.clone(), turned(value))).collect())
        }
        other => other.clone(),
    }
}

/// `value` with every other key and element left out.
fn thinned(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().step_by(2).map(thinned).collect(),
        Value::Object(map) => {
            Value::Object(map.iter().step_by(2).map(|(key, value)| (key.clone(), thinned(value))).collect())
        }
        other => other.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_output_keeps_itself(mode in text_mode(), lines in lines()) {
        let text = lines.join("\n");
        prop_assume!(!text.trim().is_empty());
        prop_assert!(holds(mode, &text, &text));
        let coloured = format!("\x1b[1m{}\x1b[0m\r\n", lines.join("  \r\n"));
        prop_assert!(holds(mode, &text, &coloured));
    }

    #[test]
    fn any_run_of_lines_may_be_elided(mode in text_mode(), lines in lines(), from in 0usize..8, to in 0usize..8) {
        let (from, to) = (from.min(lines.len()), to.min(lines.len()));
        prop_assume!(from <= to);
        let mut elided = lines.clone();
        elided.splice(from..to, ["...".to_owned()]);
        prop_assert!(holds(mode, &elided.join("\n"), &lines.join("\n")), "{elided:?}");
    }

    #[test]
    fn what_holds_strictly_holds_loosely(lines in lines(), promised in lines()) {
        let (text, promised) = (lines.join("\n"), promised.join("\n"));
        prop_assume!(!promised.trim().is_empty());
        for (strict, loose) in [(Mode::Exact, Mode::First), (Mode::First, Mode::Contains), (Mode::Last, Mode::Contains), (Mode::Contains, Mode::Like)] {
            prop_assert!(!holds(strict, &promised, &text) || holds(loose, &promised, &text), "{strict} but not {loose}");
        }
    }

    #[test]
    fn a_mismatch_quotes_both_sides(mode in text_mode(), promised in lines(), came in lines()) {
        prop_assume!(!promised.concat().trim().is_empty());
        let text = promised.join("\n");
        if let Err(mismatch) = check(mode, &text, &output(&came.join("\n"))) {
            prop_assert!(!mismatch.summary.is_empty() && !mismatch.diff.is_empty());
            for line in mismatch.diff {
                let shown: String = line.pieces.iter().map(|(_, text)| text.as_str()).collect();
                let source = match line.side {
                    Side::Promised => &promised,
                    Side::Both | Side::Came => &came,
                    Side::Elided => continue,
                };
                prop_assert!(source.iter().any(|line| line.trim_end() == shown), "{shown:?} is in neither");
            }
        }
    }

    #[test]
    fn json_is_equal_as_serde_says(promised in json_value(), came in json_value()) {
        let equal = holds(Mode::JSON, &promised.to_string(), &format!("\n{came:#}\n"));
        prop_assert_eq!(equal, promised == came);
        prop_assert!(holds(Mode::JSON, &promised.to_string(), &promised.to_string()));
        if let Err(mismatch) = check(Mode::JSON, &promised.to_string(), &output(&came.to_string())) {
            prop_assert!(!mismatch.differences.is_empty());
        }
    }

    #[test]
    fn json_options_forgive_what_they_say(value in json_value()) {
        let (subset, unordered) = (Mode::Json(Json { subset: true, unordered: false }), Mode::Json(Json { subset: false, unordered: true }));
        prop_assert!(holds(unordered, &turned(&value).to_string(), &value.to_string()));
        prop_assert!(holds(subset, &thinned(&value).to_string(), &value.to_string()));
        let wild = json!({"any": "{...}", "list": ["...", value, "..."]});
        let came = json!({"any": value, "list": [value, value]});
        prop_assert!(holds(Mode::JSON, &wild.to_string(), &came.to_string()));
    }
}
