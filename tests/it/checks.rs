//! Checks in a run: what they capture, which stream they hear, what is said where one is not kept, and that what is
//! proposed then is so.

use std::process::Output;

use crate::support::{Labrun, Ran};

/// A deck of one lab: each block with the directives that speak of it, and what stands below the lab.
fn deck(blocks: &[(&str, &str)], below: &str) -> String {
    let blocks: Vec<String> =
        blocks.iter().map(|(block, directives)| format!("```bash\n{block}\n```\n{directives}\n")).collect();
    format!("# A slide\n\n.lab[\n\n{}\n]\n\n{below}\n", blocks.join("\n"))
}

fn run(blocks: &[(&str, &str)], below: &str) -> Ran {
    Labrun::new().deck("deck.md", deck(blocks, below)).args(["--no-retry", "--on-failure", "continue"]).run()
}

fn said(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn what_a_check_captures_is_a_variable_and_can_be_recalled() {
    let ran = run(
        &[
            ("echo pod/web-x2x7k created", "<!-- ```expect contains pod/[pod=..] created``` -->"),
            ("echo \"$pod is at 10.0.0.7\"", "<!-- ```expect contains [=pod] is at [ip=IP]``` -->"),
            ("echo $ip >ip", ""),
            (
                "printf '{\"name\": \"it'\"'\"'s\", \"port\": 80}'",
                "<!-- ```expect json {\"name\":\"[name=..]\",\"port\":\"[port=PORT]\"}``` -->",
            ),
            ("printf '%s' \"$name:$port\" >named", ""),
            ("echo id=42 key=7", "<!-- ```expect regex id=(?<id>[0-9]+)``` -->"),
            ("echo $id", "<!-- ```expect exact [=id]``` -->"),
        ],
        "",
    )
    .exit(0)
    .says("$pod is web-x2x7k")
    .says("$ip is 10.0.0.7");
    assert_eq!((ran.read("ip"), ran.read("named")), ("10.0.0.7\n".into(), "it's:80".into()));
    let captured = ran.events("command-ended")[0]["checks"][1]["captured"].clone();
    assert_eq!(captured, serde_json::json!([{"name": "pod", "value": "web-x2x7k"}]));
}

#[test]
fn a_home_is_captured_as_it_came() {
    let ran = run(
        &[("echo \"made $HOME/x\"", "<!-- ```expect contains made [at=..]``` -->"), ("echo $at >at", "")],
        "",
    )
    .exit(0);
    assert!(ran.read("at").ends_with("/home/x\n"), "{}", ran.read("at"));
}

#[test]
fn what_was_not_captured_breaks_what_recalls_it() {
    run(
        &[
            ("echo no", "<!-- ```expect contains pod/[pod=..] created``` -->"),
            ("echo x", "<!-- ```expect contains [=pod]``` -->"),
        ],
        "",
    )
    .exit(1)
    .says("nothing was captured as `pod`: the check that");
}

#[test]
fn a_name_that_the_shell_keeps_is_known_to_checks_alone() {
    run(
        &[
            ("echo user 77", "<!-- ```expect contains user [UID=N]``` -->"),
            ("echo 77", "<!-- ```expect exact [=UID]``` -->"),
        ],
        "",
    )
    .exit(0)
    .says("$UID is not set, though later checks know it");
}

#[test]
fn a_check_hears_one_stream_or_what_the_terminal_shows() {
    let both = "echo out; echo err >&2";
    run(
        &[
            (
                both,
                "<!-- ```expect exact stream=stdout out``` --><!-- ```expect exact stream=stderr err``` -->",
            ),
            (both, "<!--\n```expect exact stream=both\nerr\nout\n```\n-->"),
            (both, "<!-- ```expect contains stream=screen out``` -->"),
            ("echo '{}' >&2", "<!-- ```expect json stream=stderr {}``` -->"),
        ],
        "",
    )
    .exit(0);
    run(&[(both, "<!-- ```expect exact stream=stdout err``` -->")], "").exit(1).says("it holds on stderr");
}

#[test]
fn the_status_is_what_the_author_says() {
    run(
        &[("(exit 3)", "<!-- ```expect status 3``` -->"), ("(exit 1)", "<!-- ```expect status=0,1``` -->")],
        "",
    )
    .exit(0);
    run(&[("true", "<!-- ```expect status=2,3``` -->")], "")
        .exit(1)
        .says("the command ended with status 0, and the slide says 2 or 3");
}

#[test]
fn a_session_that_is_shown_is_run_and_held_to_what_it_shows() {
    let session = "```console\n$ echo one\none\n$ ls nowhere\n...nowhere...\n[2]\n$ echo two\nthree\n```\n";
    Labrun::new()
        .deck("deck.md", format!("# A slide\n\n.lab[\n\n{session}\n]\n"))
        .arg("--no-retry")
        .run()
        .exit(0)
        .says("as promised on slide 1: one")
        .says("deck.md:12, slide 1, warning: the promised line is not in the output");
}

#[test]
fn a_check_that_only_warns_does_not_fail_the_run() {
    let ran = run(&[("echo a", "<!-- ```expect contains as=warn b``` -->")], "").exit(0);
    assert_eq!(ran.verdicts(), ["warned"]);
}

#[test]
fn kinds_of_words_are_the_decks_own_too() {
    let labrun = |toml: &str| {
        Labrun::new()
            .file("labrun.toml", toml)
            .deck(
                "deck.md",
                deck(&[("echo image web:v1.33", "<!-- ```expect contains web:[TAG]``` -->")], ""),
            )
            .arg("--no-retry")
            .run()
    };
    labrun("[wildcards]\nTAG = 'v\\d+\\.\\d+'\n").exit(0);
    labrun("[wildcards]\nTAG = '\\d+'\n").exit(1);
    labrun("[wildcards]\nTAG = '('\n").exit(2).says("[TAG] stands for what is not a regular expression");
}

#[test]
fn what_like_lets_pass_is_shown_to_who_asks() {
    let text = deck(
        &[("echo 'web up 41s at 10.0.0.7'", "")],
        "The output should look like this:\n```\nweb up 5m at 10.0.0.1\n```",
    );
    let labrun = || Labrun::new().deck("deck.md", &text);
    labrun().arg("-v").run().exit(0).says("let pass 41s for 5m").says("let pass 10.0.0.7 for 10.0.0.1");
    labrun().run().exit(0).says_not("let pass");
}

#[test]
fn what_is_new_since_the_last_run_is_said() {
    let text = deck(&[("cat out", "")], "We should see:\n```\nNAME  STATUS\nweb   Running\n```");
    let labrun = Labrun::new().deck("deck.md", text).args(["--no-retry", "--strict"]);
    let with = |out: &str| {
        std::fs::write(labrun.work().join("out"), out).unwrap();
        said(&labrun.command().output().unwrap())
    };
    assert!(!with("NAME  STATUS\nweb   Running\n").contains("last run"));
    let broken = with("NAME  STATUS\nweb   CrashLoopBackOff\n");
    assert!(broken.contains("line 2 is new since the last run, 2"), "{broken}");
    assert!(
        broken.contains("UTC: web CrashLoopBackOff") || broken.contains("web   CrashLoopBackOff"),
        "{broken}"
    );
    let same = with("NAME  STATUS\nweb   CrashLoopBackOff\n");
    assert!(same.contains("UTC, printed the same"), "{same}");
    let gone = with("NAME  STATUS\n");
    assert!(gone.contains("a line of the last run, 2") && gone.contains("did not come"), "{gone}");
}

#[test]
fn what_exists_already_tells_when_the_deck_was_run_here() {
    let labrun = Labrun::new().lab(&["mkdir made"]);
    let first = said(&labrun.command().output().unwrap());
    assert!(!first.contains("run here before"), "{first}");
    let again = said(&labrun.command().output().unwrap());
    assert!(again.contains("this deck was run here before, on 2"), "{again}");
    Labrun::new()
        .file("made", "")
        .lab(&["mkdir made"])
        .run()
        .exit(1)
        .says("this deck was probably run here before:");
}

#[test]
fn promised_json_that_is_none_is_mended_and_tried() {
    let below = "We should see:\n```json\n\"repositories\":[\"web\"]}\n```";
    run(&[("echo '{\"repositories\":[\"web\"]}'", "")], below).exit(0).says_not("try: ");
    run(&[("echo '{\"repositories\":\n[\"web\"]}'", "")], below)
        .says("the promised JSON is not JSON: missing { at its start;")
        .says("it holds as `json`");
    run(&[("echo '{}'", "")], below).says("missing { at its start").says_not("it holds");
}

/// Everything that a run says of checks that are not kept, a kind each, at 80 columns.
#[test]
fn each_kind_of_mismatch_has_its_report() {
    let pods = "cat <<'E'\nNAME                        READY   STATUS             AGE\nregistry-5f4b8d9c7d-x2x7k   1/1     Running            41s\nweb-7c9bd6f5d-8wq4t         0/1     CrashLoopBackOff   3m2s\nE";
    let many = "seq 1 2000";
    let blocks = [
        ("echo pod/pingpon created", "<!-- ```expect exact pod/pingpong created``` -->"),
        ("echo 'web is up since 41s'", "<!-- ```expect contains web is up since 5m``` -->"),
        (
            pods,
            "<!--\n```expect like\nNAME                        READY   STATUS    AGE\nregistry-6d5f7b8c9d-4xk2z   1/1     Running   7s\nweb-6d5f7b8c9d-zzzzz        1/1     Running   7s\n```\n-->",
        ),
        (
            pods,
            "<!--\n```expect table\nNAME               STATUS\nweb-[HASH]-[HASH]  Running\ndb                 Running\n```\n-->",
        ),
        (pods, "<!--\n```expect lines\n+ web-7c9bd6f5d-8wq4t 0/1\n- registry[..]\n```\n-->"),
        (pods, "<!-- ```expect not-contains CrashLoopBackOff``` -->"),
        (pods, "<!-- ```expect regex ^web-.* Running``` -->"),
        (many, "<!--\n```expect contains\n1000\n1001\n1003\n```\n-->"),
        (many, "<!-- ```expect last Successfully pushed``` -->"),
        ("echo one; echo two", "<!-- ```expect first two``` -->"),
        ("echo no such file >&2", "<!-- ```expect exact stream=stdout no such file``` -->"),
        (
            "echo '{\"repositories\":[\"busybox\"]}'",
            "<!-- ```expect json {\"repositories\":[\"busybix\"]}``` -->",
        ),
        (
            "echo '{\"a\":[1,2],\"b\":{\"c\":1}}'",
            "<!-- ```expect json {\"a\":[2,1],\"b\":{\"c\":2,\"d\":3}}``` -->",
        ),
        ("echo '<html>502 Bad Gateway</html>'", "<!-- ```expect json {}``` -->"),
        ("true", "<!-- ```expect contains something``` -->"),
        ("false", "<!-- ```expect status=2``` -->"),
        ("echo 'web at 10.0.0.1: up'", "<!-- ```expect contains web at [IP]: down``` -->"),
        ("printf 'web at 10.0.0.7\\n'", ""),
        ("echo '{\"name\":\"a\"}'", ""),
    ];
    let below = "The printf command should output:\n```\ndb at 10.0.0.1\n```\n\nIt should return:\n```json\n\"name\":\"b\"}\n```";
    let ran = run(&blocks, below).exit(1);
    insta::with_settings!({
        snapshot_path => "../../snapshots/report",
        prepend_module_to_snapshot => false,
        omit_expression => true,
        filters => vec![
            (r" +[0-9.]+ m?s\n", "  N ms\n"),
            (r"in [0-9.]+ m?s", "in N ms"),
            (r"in /tmp/\S+|in ~/\S+", "in FOLDER"),
            (r"host: the real thing.*\n(?: +\S.*\n)*", "host: …\n"),
        ],
    }, { insta::assert_snapshot!("mismatches", ran.stdout) });
    for line in ran.stdout.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

/// What may differ is dimmed, what must not is bold; escape sequences are written `\e[…`.
#[test]
fn a_mismatch_in_colour_dims_what_may_differ() {
    let pods = "printf 'NAME                        READY   STATUS    AGE\\nweb-7c9bd6f5d-8wq4t         0/1     Pending   3m2s\\n'";
    let expect = "<!--\n```expect like\nNAME                        READY   STATUS    AGE\nweb-6d5f7b8c9d-zzzzz        1/1     Running   7s\n```\n-->";
    let labrun = Labrun::new().deck("deck.md", deck(&[(pods, expect)], ""));
    let ran = labrun.args(["--no-retry", "--color", "always"]).run().exit(1);
    let shown = ran.stdout.replace('\x1b', "\\e");
    let from = shown.find("deck.md:").unwrap();
    let report: Vec<&str> = shown[from..].lines().take_while(|line| !line.contains("in /")).collect();
    insta::with_settings!({
        snapshot_path => "../../snapshots/report",
        prepend_module_to_snapshot => false,
        omit_expression => true,
        filters => vec![(r" +[0-9.]+ m?s", "  N ms")],
    }, { insta::assert_snapshot!("mismatch-in-colour", report.join("\n")) });
}

/// A mode and a promise, two outputs that keep it, and two that do not.
type Case = (&'static str, &'static str, [&'static str; 2], [&'static str; 2]);

const CASES: [Case; 12] = [
    (
        "json",
        "{\"tags\":[\"v1\"]}",
        ["{ \"tags\": [\"v1\"] }\n", "{\"tags\":\n[\"v1\"]}"],
        ["{\"tags\":[]}", "{\"tags\":[\"v1\",\"v2\"]}"],
    ),
    (
        "json subset",
        "{\"kind\":\"Pod\",\"spec\":{\"nodeName\":\"[..]\"}}",
        [
            "{\"kind\":\"Pod\",\"spec\":{\"nodeName\":\"a\",\"x\":1}}",
            "{\"kind\":\"Pod\",\"spec\":{\"nodeName\":\"b\"},\"y\":[]}",
        ],
        ["{\"kind\":\"Pod\",\"spec\":{}}", "{\"kind\":\"Job\",\"spec\":{\"nodeName\":\"a\"}}"],
    ),
    (
        "contains",
        "service/cache exposed",
        ["service/cache exposed\n", "deployment made\nservice/cache exposed"],
        ["service/cash exposed", "service/cache not exposed"],
    ),
    (
        "contains",
        "error: the limit of open streams is 5, and this\nneeds 8 of them",
        [
            "error: the limit of open streams is 5, and this needs 8 of them\n",
            "x\nerror: the limit of open streams is 5, and this needs 8 of them",
        ],
        [
            "error: the limit of open streams is 5",
            "error: the limit of open files is 5, and this needs 8 of them",
        ],
    ),
    (
        "like",
        "cache-6d5f7b8c9d-4xk2z   1/1   Running   0   7s",
        [
            "cache-5f4b8d9c7d-x2x7k 1/1 Running 0 3m2s",
            "NAME\ncache-7c9bd6f5d-8wq4t   1/1     Running   0          41s",
        ],
        ["cache-5f4b8d9c7d-x2x7k 0/1 Pending 0 7s", "db-5f4b8d9c7d-x2x7k 1/1 Running 0 7s"],
    ),
    (
        "like",
        "default via 10.0.0.1 dev ensX metric 100",
        ["default via 172.16.0.1 dev ens5 metric 100", "default via 10.1.1.1 dev ens18 metric 100\nother"],
        ["default via 10.0.0.1 dev ens5 metric 50", "default dev ens5 metric 100"],
    ),
    (
        "like",
        "made on 2024-01-02T03:04:05Z by go1.22.1",
        ["made on 2026-11-22T04:05:06Z by go1.25.0", "it was\nmade on 2025-12-31T23:59:59Z by go1.24.3"],
        ["made by go1.22.1", "made on Monday by go1.22.1"],
    ),
    (
        "like",
        "this node is no manager. [...]",
        ["this node is no manager. Ask another.", "Error: this node is no manager. (2)"],
        ["this node is a manager.", "ID   NAME"],
    ),
    (
        "last",
        "...\ndone in [N] s",
        ["a\nb\ndone in 12 s\n", "done in 0.5 s"],
        ["done in 12 s\nbye", "a\ndone in no s"],
    ),
    (
        "lines",
        "+ [..]Running[..]\n- [..]Error[..]",
        ["web Running 5m\n", "a\nx Running"],
        ["web Running\ndb Error 1s", "web Pending"],
    ),
    (
        "table",
        "NAME   STATUS\nweb    Running",
        [
            "STATUS    AGE   NAME\nRunning   5m    web\n",
            "NAME   READY   STATUS\ndb     0/1     Pending\nweb    1/1     Running",
        ],
        ["NAME   STATUS\nweb    Pending", "NAME   READY\nweb    1/1"],
    ),
    (
        "exact",
        "[sum=SHA]  image.tar",
        ["0123456789abcdef0123  image.tar\n", "aaaaaaabbbbbbb  image.tar"],
        ["0123456789abcdef0123  other.tar", "image.tar"],
    ),
];

/// Promises as slides make them, each with outputs that keep it and outputs that do not.
#[test]
fn plausible_outputs_are_told_from_others() {
    use labrun::expect::{Expectation, Mode};
    for (mode, promised, good, bad) in CASES {
        let mode: Mode = mode.parse().unwrap();
        let expectation = Expectation::new(mode, promised).unwrap();
        let holds =
            |stdout| expectation.check(&labrun::expect::Output { stdout, stderr: "", homes: &[] }).is_ok();
        for output in good {
            assert!(holds(output), "{mode} {promised:?} is kept by {output:?}");
        }
        for output in bad {
            assert!(!holds(output), "{mode} {promised:?} is not kept by {output:?}");
        }
    }
}
