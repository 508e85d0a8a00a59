//! What people and CI systems see of a run, at 80 columns, from events alone.

use labrun::event::{
    Checked, CommandEnded, CommandStarted, DeckEnded, DeckRefused, DeckStarted, DiffLine, Difference, Event,
    Exit, Mark, Notice, Outcome, Promise, Quote, Retrying, RunEnded, RunStarted, SlideStarted, Stage,
    StepEnded, StepStarted, Summary, Variable, Verdict,
};
use labrun::expect::{Expectation, Mode, Output, Side};
use labrun::report::Reporter;
use labrun::report::json::Json;
use labrun::report::junit::Junit;
use labrun::report::layout::width;
use labrun::report::terminal::{Look, Terminal};
use proptest::prelude::*;

const DECK: &str = "slides/registry.md";

/// Events of a run, in order, as a runner would emit them.
struct Run {
    events: Vec<Event>,
    step: usize,
    slide: usize,
    exit: Exit,
    summary: Summary,
    elapsed_ms: u64,
}

/// A command that is about to be told of.
struct Told {
    line: usize,
    text: String,
    hidden: bool,
    outcome: Outcome,
    checks: Vec<Checked>,
    reasons: Vec<String>,
    variables: Vec<Variable>,
}

fn quotes(lines: &[(usize, &str)]) -> Vec<Quote> {
    lines.iter().map(|(line, text)| Quote { line: *line, text: (*text).to_owned() }).collect()
}

fn simulated() -> Stage {
    let names = ["kubectl", "docker", "docker-compose", "jq"];
    Stage { kind: "simulated".into(), simulated: names.map(String::from).to_vec(), ..Stage::default() }
}

fn host() -> Stage {
    Stage {
        kind: "host".into(),
        user: Some("ana".into()),
        home: Some("/home/ana".into()),
        terminal: (120, 40),
        kube_context: Some("kind-lab".into()),
        ..Stage::default()
    }
}

fn held(check: Promise) -> Checked {
    Checked {
        check,
        verdict: Verdict::Held,
        summary: String::new(),
        excerpt: vec![],
        differences: vec![],
        diff: vec![],
        hints: vec![],
        captured: vec![],
        passed: vec![],
        outcome: None,
    }
}

fn broken(check: Promise, verdict: Verdict, summary: &str, excerpt: &[(usize, &str)]) -> Checked {
    Checked { verdict, summary: summary.into(), excerpt: quotes(excerpt), ..held(check) }
}

/// A promise on a slide, judged by the real matcher.
fn promised(
    mode: Mode,
    verdict: Verdict,
    (text, slide, line): (&str, usize, usize),
    outcome: &Outcome,
    excerpt: &[(usize, &str)],
) -> Checked {
    let check = Promise::Output {
        mode: mode.to_string(),
        text: text.into(),
        slide,
        line,
        span: None,
        cue: None,
        why: String::new(),
    };
    let output = Output { stdout: &outcome.stdout, stderr: &outcome.stderr, homes: &[] };
    let Err(mismatch) = Expectation::new(mode, text).expect("an expectation").check(&output) else {
        return held(check);
    };
    let sign = |side| match side {
        Side::Both => '=',
        Side::Promised => '-',
        Side::Came => '+',
        Side::Elided => '…',
    };
    Checked {
        differences: mismatch
            .differences
            .into_iter()
            .map(|one| Difference { path: one.path, promised: one.promised, came: one.came })
            .collect(),
        diff: mismatch
            .diff
            .into_iter()
            .map(|line| DiffLine { side: sign(line.side), pieces: line.pieces })
            .collect(),
        hints: mismatch.hints,
        ..broken(check, verdict, &mismatch.summary, excerpt)
    }
}

fn outcome(status: i32, ms: u64) -> Outcome {
    Outcome { status: Some(status), elapsed_ms: ms, total_ms: ms, attempts: 1, ..Outcome::default() }
}

fn command(line: usize, text: &str, ms: u64) -> Told {
    Told {
        line,
        text: text.into(),
        hidden: false,
        outcome: outcome(0, ms),
        checks: vec![held(Promise::Status)],
        reasons: vec![],
        variables: vec![],
    }
}

impl Told {
    fn hidden(self) -> Self {
        Self { hidden: true, ..self }
    }

    fn late(mut self, reasons: &[&str], total_ms: u64) -> Self {
        self.reasons = reasons.iter().map(ToString::to_string).collect();
        self.outcome.attempts = reasons.len() as u32 + 1;
        self.outcome.total_ms = total_ms;
        self
    }

    fn check(mut self, checked: Checked) -> Self {
        self.checks.push(checked);
        self
    }

    /// The status is wrong, or what `summary` says.
    fn failed(mut self, status: i32, summary: &str, stderr: &str) -> Self {
        self.outcome.status = Some(status);
        self.outcome.stderr = stderr.into();
        let excerpt = [(self.line, self.text.as_str())];
        self.checks = vec![broken(Promise::Status, Verdict::Failed, summary, &excerpt)];
        self
    }
}

impl Run {
    fn new(decks: usize) -> Self {
        let started = RunStarted {
            format: 1,
            id: "20261120-101500-1".into(),
            version: "0.1.0".into(),
            time: "2026-11-20T10:15:00Z".into(),
            decks,
            directory: None,
        };
        Self {
            events: vec![Event::RunStarted(started)],
            step: 0,
            slide: 0,
            exit: Exit::Held,
            summary: Summary::default(),
            elapsed_ms: 0,
        }
    }

    fn deck(mut self, path: &str, stage: Stage, unchecked: &[(usize, &str)], counts: (usize, usize)) -> Self {
        let (slides, commands) = counts;
        let (sha256, unchecked) = ("0".repeat(64), quotes(unchecked));
        self.events.push(Event::DeckStarted(DeckStarted {
            path: path.into(),
            sha256,
            stage,
            labs: Vec::new(),
            slides,
            steps: commands,
            commands,
            unchecked,
        }));
        self
    }

    fn slide(mut self, number: usize, title: &str) -> Self {
        self.slide = number;
        self.events.push(Event::SlideStarted(SlideStarted {
            number,
            line: number * 20,
            title: title.into(),
        }));
        self
    }

    fn step(&mut self, line: usize, method: &str, hidden: bool, text: &str) -> String {
        self.step += 1;
        let id = format!("step/{}", self.step);
        self.events.push(Event::StepStarted(StepStarted {
            id: id.clone(),
            line,
            slide: self.slide,
            method: method.into(),
            hidden,
            text: text.into(),
        }));
        id
    }

    fn end(&mut self, id: String, verdict: Verdict, checks: Vec<Checked>, skipped: Option<String>) {
        self.elapsed_ms += 1;
        self.events.push(Event::StepEnded(StepEnded {
            id,
            verdict,
            checks,
            skipped,
            untyped: vec![],
            known: None,
            elapsed_ms: 0,
        }));
    }

    fn run(mut self, told: Told) -> Self {
        let step =
            self.step(told.line - 1, if told.hidden { "hide" } else { "bash" }, told.hidden, &told.text);
        let (index, line, text) = (0, told.line, told.text.clone());
        let (at_ms, inside) = (self.elapsed_ms, false);
        let started = CommandStarted { step: step.clone(), index, line, text, at_ms, inside };
        self.events.push(Event::CommandStarted(started));
        for (attempt, reason) in (1..).zip(told.reasons) {
            let retrying = Retrying { step: step.clone(), index, attempt, reason, pause_ms: 250 };
            self.events.push(Event::Retrying(retrying));
        }
        let verdict = told.checks.iter().map(|checked| checked.verdict).max().unwrap_or(Verdict::Held);
        let by_output = told.checks.iter().any(|checked| matches!(checked.check, Promise::Output { .. }));
        match verdict {
            Verdict::Held if by_output => self.summary.by_output += 1,
            Verdict::Held => self.summary.by_status += 1,
            Verdict::Warned => self.summary.warned += 1,
            _ => self.summary.failed += 1,
        }
        self.summary.held += usize::from(verdict == Verdict::Held);
        self.summary.late += usize::from(verdict == Verdict::Held && told.outcome.attempts > 1);
        self.elapsed_ms += told.outcome.total_ms;
        if verdict == Verdict::Failed {
            self.exit = Exit::Failed;
        }
        self.events.push(Event::CommandEnded(Box::new(CommandEnded {
            step: step.clone(),
            index,
            line,
            text: told.text,
            outcome: told.outcome,
            checks: told.checks,
            verdict,
            deed: "acts".into(),
            variables: told.variables,
        })));
        self.end(step, verdict, vec![], None);
        self
    }

    fn wait(mut self, line: usize, text: &str, checked: Checked) -> Self {
        let step = self.step(line, "wait", true, text);
        self.summary.failed += usize::from(checked.verdict == Verdict::Failed);
        self.end(step, checked.verdict, vec![checked], None);
        self
    }

    fn skip(mut self, line: usize, text: &str, reason: &str) -> Self {
        let step = self.step(line, "bash", false, text);
        self.summary.skipped += 1;
        self.end(step, Verdict::Skipped, vec![], Some(reason.into()));
        self
    }

    fn notice(mut self, text: &str) -> Self {
        self.events.push(Event::Notice(Notice { step: None, text: text.into() }));
        self
    }

    fn refused(mut self, path: &str, message: &str, exit: Exit) -> Self {
        self.events.push(Event::DeckRefused(DeckRefused {
            path: path.into(),
            message: message.into(),
            exit,
        }));
        self.exit = self.exit.gravest(exit);
        self
    }

    fn deck_ended(mut self, path: &str) -> Self {
        self.events.push(Event::DeckEnded(DeckEnded { path: path.into(), summary: self.summary.clone() }));
        self
    }

    fn interrupted(mut self) -> Self {
        self.summary.interrupted = true;
        self.exit = Exit::Interrupted;
        self
    }

    fn finish(mut self) -> Vec<Event> {
        let (summary, elapsed_ms, exit) = (self.summary, self.elapsed_ms, self.exit);
        self.events.push(Event::RunEnded(RunEnded { summary, elapsed_ms, exit }));
        self.events
    }
}

/// What a person sees.
fn screen(look: Look, events: &[Event]) -> String {
    let mut out = Vec::new();
    let mut terminal = Terminal::new(&mut out, look);
    for event in events {
        terminal.on(event).expect("a vector takes everything");
    }
    drop(terminal);
    let text = String::from_utf8(out).expect("UTF-8");
    for line in text.lines() {
        let plain = line.replace('\x1b', "");
        assert!(look.color || width(&plain) <= look.columns, "{} columns: {line}", width(&plain));
        assert_eq!(line, line.trim_end(), "no blanks at line ends");
    }
    text
}

fn snapshot(name: &str, text: &str) {
    insta::with_settings!({
        snapshot_path => "../../snapshots/report",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!(name, text) });
}

const CATALOG: &str = "curl $REGISTRY/v2/_catalog";
const CUE: (usize, &str) = (134, "The curl command should now output:");

fn catalog(line: usize, repositories: &str, ms: u64) -> Told {
    let mut told = command(line, CATALOG, ms);
    told.outcome.stdout = format!("{{\"repositories\":[{repositories}]}}\n");
    told
}

fn good() -> Vec<Event> {
    let first = catalog(87, "", 12).late(&["curl: (7) Failed to connect to 127.0.0.1 port 31234"], 272);
    let kept = promised(Mode::JSON, Verdict::Failed, ("{\"repositories\":[]}\n", 7, 95), &first.outcome, &[]);
    Run::new(1)
        .deck(DECK, simulated(), &[(231, "- All our images should now be in the registry")], (8, 14))
        .slide(4, "Deploying a self-hosted registry")
        .run(command(44, "kubectl create deployment registry --image=registry", 41))
        .run(command(49, "kubectl expose deploy/registry --port=5000 --type=NodePort", 22))
        .slide(5, "Connecting to our registry")
        .run(command(64, "kubectl describe svc/registry", 18))
        .run(command(69, "NODEPORT=$(kubectl get svc/registry -o json | jq .spec.ports[0].nodePort)", 25))
        .run(command(70, "REGISTRY=127.0.0.1:$NODEPORT", 0))
        .slide(6, "Testing our registry")
        .run(command(83, "kubectl wait deploy/registry --for condition=available", 1_312).hidden())
        .run(first.check(kept))
        .slide(10, "Building and pushing our images")
        .run(command(153, "cat > Dockerfile <<EOF\nFROM busybox\nEOF", 3))
        .notice("what line 153 started still runs, and holds its output open")
        .deck_ended(DECK)
        .finish()
}

#[test]
fn a_run_that_holds() {
    snapshot("holds", &screen(Look::default(), &good()));
    snapshot("holds-quiet", &screen(Look { quiet: true, ..Look::default() }, &good()));
    snapshot("holds-ascii", &screen(Look { ascii: true, ..Look::default() }, &good()));
    snapshot("holds-colour", &screen(Look { color: true, ..Look::default() }, &good()).replace('\x1b', "␛"));
    snapshot("holds-narrow", &screen(Look { columns: 50, ..Look::default() }, &good()));
}

fn promise_broken() -> Run {
    let mut told = catalog(128, "\"busybox\"", 9).late(&["the JSON differs at .repositories[0]"; 4], 30_214);
    told.outcome.directory = Some("/home/ana/container.training/stacks".into());
    told.variables = vec![Variable { name: "REGISTRY".into(), value: "127.0.0.1:31234".into() }];
    let checked = promised(
        Mode::JSON,
        Verdict::Failed,
        ("{\"repositories\":[\"busybix\"]}\n", 9, 136),
        &told.outcome,
        &[CUE, (135, "```json"), (136, "{\"repositories\":[\"busybix\"]}"), (137, "```")],
    );
    Run::new(1)
        .deck(DECK, host(), &[], (8, 14))
        .slide(8, "Testing our local registry")
        .run(command(115, "docker push $REGISTRY/busybox", 460))
        .slide(9, "Checking again what's on our local registry")
        .run(told.check(checked))
        .slide(10, "Building and pushing our images")
        .run(command(147, "cd ~/container.training/stacks", 0))
}

#[test]
fn a_promise_that_is_not_kept() {
    snapshot("promise", &screen(Look::default(), &promise_broken().deck_ended(DECK).finish()));
    snapshot(
        "promise-quiet",
        &screen(Look { quiet: true, ..Look::default() }, &promise_broken().deck_ended(DECK).finish()),
    );
    let colour = screen(Look { color: true, ..Look::default() }, &promise_broken().deck_ended(DECK).finish());
    snapshot("promise-colour", &colour.replace('\x1b', "␛"));
    snapshot(
        "promise-ascii",
        &screen(Look { ascii: true, ..Look::default() }, &promise_broken().deck_ended(DECK).finish()),
    );
}

#[test]
fn several_places_of_json() {
    let mut told = command(20, "kubectl get svc registry -o json", 31);
    told.outcome.stdout = r#"{"spec":{"type":"ClusterIP","ports":[{"port":5000,"protocol":"TCP","targetPort":5000}]},"status":{"loadBalancer":{}}}"#.into();
    let text = r#"{"spec":{"type":"NodePort","ports":[{"nodePort":"{...}","port":5000,"targetPort":8080}]},"a-b":1}"#;
    let checked = promised(
        Mode::JSON,
        Verdict::Failed,
        (text, 3, 26),
        &told.outcome,
        &[(24, "We should see:"), (26, text)],
    );
    let run = Run::new(1)
        .deck(DECK, host(), &[], (1, 1))
        .slide(3, "What the service looks like")
        .run(told.check(checked));
    snapshot("places", &screen(Look::default(), &run.deck_ended(DECK).finish()));
}

#[test]
fn a_text_that_differs() {
    let mut told = command(20, "kubectl get pods", 31);
    told.outcome.stdout = "NAME                        READY   STATUS             RESTARTS   AGE\n\
                           registry-5f4b8d9c7d-x2x7k   1/1     Running            0          5m\n\
                           web-7c9bd6f5d-8wq4t         0/1     ImagePullBackOff   0          41s\n"
        .into();
    let text = "NAME                        READY   STATUS    RESTARTS   AGE\n\
                registry-6d5f7b8c9d-4xk2z   1/1     Running   0          7s\n\
                web-6d5f7b8c9d-9bcdf        1/1     Running   0          7s\n";
    let mut excerpt = vec![(23, "The output should look like this:"), (24, "```")];
    excerpt.extend((25..).zip(text.lines()));
    let checked = promised(Mode::Like, Verdict::Warned, (text, 3, 24), &told.outcome, &excerpt);
    let mut typo = command(40, "kubectl create deployment pingpong --image alpine -- ping 1.1.1.1", 18);
    typo.outcome.stdout = "deployment.apps/pingpong created\n".into();
    let said = "deployment.apps/pingpongs created";
    let typo_checked = promised(
        Mode::Contains,
        Verdict::Failed,
        (said, 4, 45),
        &typo.outcome,
        &[(43, "- We should see:"), (45, said)],
    );
    let run = Run::new(1)
        .deck(DECK, host(), &[], (2, 2))
        .slide(3, "Pods")
        .run(told.check(checked))
        .slide(4, "Ping")
        .run(typo.check(typo_checked));
    snapshot("text", &screen(Look::default(), &run.deck_ended(DECK).finish()));
}

#[test]
fn a_command_that_fails() {
    let stderr = "ERROR: .FileNotFoundError: [Errno 2] No such file or directory: './dockercoins.yml' (in the build step for hasher)\n";
    let mut told = command(152, "docker-compose -f dockercoins.yml build", 180).failed(
        1,
        "the command ended with status 1",
        stderr,
    );
    told.outcome.directory = Some("/home/ana".into());
    told.outcome.stdout = (1..=30).fold(String::new(), |text, n| text + &format!("Step {n}/30: done\n"));
    told.checks[0].excerpt =
        quotes(&[(151, "  export TAG=v0.1"), (152, "  docker-compose -f dockercoins.yml build")]);
    told.checks[0].hints = vec![
        "this deck was probably run here before: remove what it makes, or start from a fresh stage".into(),
    ];
    let reason = "line 152 failed, and what follows builds on it";
    let run = Run::new(1)
        .deck(DECK, host(), &[], (8, 14))
        .slide(10, "Building and pushing our images")
        .run(command(147, "cd ~/container.training/stacks", 0))
        .run(told)
        .skip(153, "docker-compose -f dockercoins.yml push", reason)
        .slide(13, "Checking the content of the registry")
        .skip(236, CATALOG, reason)
        .skip(238, "exit", "the directive says so: not in class");
    snapshot("status", &screen(Look::default(), &run.deck_ended(DECK).finish()));
}

#[test]
fn commands_that_labrun_ended_or_did_not_start() {
    let mut limit = command(20, "curl $REGISTRY/v2/_catalog", 60_012).failed(
        1,
        "the command did not end within 60.0 s",
        "",
    );
    limit.outcome.status = None;
    limit.outcome.aborted = Some("the command did not end within 60.0 s".into());
    let limit = limit.late(
        &["curl: (7) Failed to connect", "curl: (7) Failed to connect", "curl: (52) Empty reply from server"],
        64_100,
    );
    let mut gone = command(30, "set -e; false", 2).failed(1, "the command ended the shell, with 1", "");
    (gone.outcome.status, gone.outcome.shell_ended) = (None, Some(1));
    gone.checks[0].hints = vec![
        "a learner's terminal closes here: put what ends the shell in parentheses, ( … ), or leave it out"
            .into(),
    ];
    let mut editor = command(35, "vi daemon.json", 0);
    editor.outcome = Outcome::default();
    let why = "vi wants a keyboard: it needs the terminal, which this labrun does not have yet";
    editor.checks = vec![broken(Promise::Runs, Verdict::Failed, why, &[(35, "  vi daemon.json:")])];
    let check = broken(
        Promise::Wait { text: "Synced node info".into() },
        Verdict::Failed,
        "the command ended, and never printed \"Synced node info\"",
        &[],
    );
    let run = Run::new(1)
        .deck(DECK, host(), &[], (3, 4))
        .slide(2, "Asking")
        .run(limit)
        .slide(3, "Leaving")
        .run(gone)
        .notice("a new shell goes on: exported variables and the directory are kept, all else of the shell is gone")
        .run(editor)
        .wait(40, "Synced node info", check)
        .wait(44, "ready", held(Promise::Wait { text: "ready".into() }));
    snapshot("ended", &screen(Look::default(), &run.deck_ended(DECK).finish()));
}

#[test]
fn decks_that_are_not_run() {
    let nothing = "README.md has no lab sections with anything to run, so nothing would be run\n  it has 7 bash blocks outside labs: lines 12, 31, 40, 52, 60, 71, 80\n  to run them:  labrun README.md --labs all";
    let run = Run::new(1).refused("README.md", nothing, Exit::Nothing);
    snapshot("refused", &screen(Look::default(), &run.finish()));
    let run = Run::new(3)
        .deck("slides/a.md", simulated(), &[], (1, 1))
        .slide(1, "One")
        .run(command(5, "true", 1))
        .deck_ended("slides/a.md")
        .refused("README.md", nothing, Exit::Nothing)
        .deck("slides/b.md", host(), &[], (1, 1))
        .slide(1, "Two")
        .run(command(6, "false", 1).failed(1, "the command ended with status 1", ""))
        .deck_ended("slides/b.md");
    snapshot("decks", &screen(Look::default(), &run.finish()));
}

#[test]
fn an_interrupted_run() {
    let mut told = command(44, "kubectl create deployment registry --image=registry", 2_000);
    told.checks = vec![broken(Promise::Status, Verdict::Failed, "the command was interrupted", &[])];
    told.outcome.status = Some(130);
    let run = Run::new(1)
        .deck(DECK, simulated(), &[], (8, 14))
        .slide(4, "Deploying a self-hosted registry")
        .run(command(43, "true", 41))
        .run(told)
        .skip(49, "kubectl expose deploy/registry", "the run was interrupted");
    snapshot("interrupted", &screen(Look::default(), &run.deck_ended(DECK).interrupted().finish()));
}

#[test]
fn a_line_about_a_second_check_says_what_was_found() {
    let mut told = command(20, "kubectl get pods", 5).failed(1, "the command ended with status 1", "");
    told.outcome.stdout = "web-3\n".into();
    let absent = promised(Mode::NotContains, Verdict::Failed, ("web-3", 2, 24), &told.outcome, &[]);
    let lacking = promised(Mode::Contains, Verdict::Failed, ("web-4", 2, 28), &told.outcome, &[]);
    let run = Run::new(1).deck(DECK, host(), &[], (1, 1)).slide(2, "Pods");
    let shown = screen(Look::default(), &run.run(told.check(absent).check(lacking)).finish());
    assert!(shown.contains("also line 24, slide 2: the output has what it must not have"), "{shown}");
    assert!(shown.contains("also line 28, slide 2: the promised line is not in the output"), "{shown}");
    assert!(!shown.contains("did not come either"), "{shown}");
}

#[test]
fn a_text_that_must_not_come_is_promised_as_such() {
    let mut told = command(20, "kubectl get pods", 5);
    told.outcome.stdout = "web-2\n".into();
    let absent = promised(Mode::NotContains, Verdict::Failed, ("web-3", 2, 24), &told.outcome, &[]);
    let run = Run::new(1).deck(DECK, host(), &[], (1, 1)).slide(2, "Pods").run(told.check(absent));
    let shown = screen(Look::default(), &run.finish());
    assert!(shown.contains("as promised on slide 2, without: web-3"), "{shown}");
}

#[test]
fn attempts_are_not_called_alike_where_only_their_summary_is() {
    let mut told = command(20, "date +%N", 5).late(&["the promised line is not in the output"; 3], 900);
    told.outcome.stdout = "123\n".into();
    let check = promised(Mode::Contains, Verdict::Failed, ("456", 2, 24), &told.outcome, &[]);
    let run = Run::new(1).deck(DECK, host(), &[], (1, 1)).slide(2, "Time").run(told.check(check));
    let shown = screen(Look::default(), &run.finish());
    assert!(shown.contains("4 attempts") && !shown.contains("every attempt"), "{shown}");
}

#[test]
fn the_list_at_the_end_names_the_commands() {
    let failed = |line, text| command(line, text, 1).failed(1, "the command ended with status 1", "");
    let run = Run::new(1)
        .deck("a.md", host(), &[], (1, 2))
        .slide(2, "Two")
        .run(failed(5, "kubectl get svc/registry -o json"))
        .run(failed(6, "false"));
    let shown = screen(Look::default(), &run.finish());
    assert!(
        shown.contains("a.md:5: the command ended with status 1  $ kubectl get svc/registry -o json"),
        "{shown}"
    );
    assert!(shown.contains("a.md:6: the command ended with status 1  $ false"), "{shown}");
}

#[test]
fn decks_that_were_not_run_leave_the_sentence_about_what_held_whole() {
    let run = Run::new(2)
        .deck("a.md", host(), &[], (1, 1))
        .slide(1, "One")
        .run(command(5, "true", 1))
        .refused("b.md", "b.md has no lab sections", Exit::Nothing);
    let shown = screen(Look::default(), &run.finish());
    assert!(shown.contains("1 command held, 1 deck not run, in 2 ms\nwhat held: by status only"), "{shown}");
}

#[test]
fn a_warning_leaves_a_trace_in_junit() {
    let mut told = command(20, "echo one", 5);
    told.outcome.stdout = "one\n".into();
    let check = promised(Mode::Contains, Verdict::Warned, ("two", 2, 24), &told.outcome, &[(24, "two")]);
    let run = Run::new(1).deck(DECK, host(), &[], (1, 1)).slide(2, "Echo").run(told.check(check));
    let mut out = Vec::new();
    let mut junit = Junit::new(&mut out);
    for event in &run.deck_ended(DECK).finish() {
        junit.on(event).expect("a vector takes everything");
    }
    drop(junit);
    let out = String::from_utf8(out).expect("UTF-8");
    assert!(!out.contains("<failure"), "{out}");
    assert!(out.contains("<system-out>warning: slides/registry.md:24: the promised line is not"), "{out}");
}

/// A block whose second command failed, so that the rest was not typed, and what belongs to it was skipped.
fn stopped_in_a_block(commands: usize) -> Run {
    let why = "it belongs to a command that needs the terminal";
    let failed = command(20, "docker build -t web .", 5).failed(1, "the command ended with status 1", "");
    let mut run = Run::new(1).deck(DECK, host(), &[], (1, 1)).slide(2, "Build").run(failed);
    if let Some(Event::StepEnded(ended)) = run.events.last_mut() {
        ended.untyped = (1..=commands)
            .map(|n| Quote { line: 20 + n, text: format!("docker push registry/{n}") })
            .collect();
    }
    run.skip(40, "key ^C", why).skip(41, "key ^D", why).deck_ended(DECK)
}

#[test]
fn commands_that_were_not_typed_are_named() {
    let shown = screen(Look::default(), &stopped_in_a_block(2).finish());
    let row = |n| format!("      - docker push registry/{n}{:41}not typed", "");
    assert!(shown.contains(&row(1)) && shown.contains(&row(2)), "{shown}");
    let shown = screen(Look::default(), &stopped_in_a_block(7).finish());
    assert!(shown.contains("- 2 more commands of this block not typed"), "{shown}");
    let quiet = screen(Look { quiet: true, ..Look::default() }, &stopped_in_a_block(2).finish());
    assert!(!quiet.contains("not typed"), "{quiet}");
}

#[test]
fn commands_that_were_not_typed_are_in_junit() {
    let mut out = Vec::new();
    let mut junit = Junit::new(&mut out);
    for event in &stopped_in_a_block(2).finish() {
        junit.on(event).expect("a vector takes everything");
    }
    drop(junit);
    let out = String::from_utf8(out).expect("UTF-8");
    let said = "not typed, since a command before failed:\nslides/registry.md:21: $ docker push registry/1\n";
    assert!(out.contains(said), "{out}");
}

#[test]
fn a_reason_for_several_skipped_steps_speaks_of_each() {
    let shown = screen(Look::default(), &stopped_in_a_block(0).finish());
    assert!(shown.contains("2 steps skipped: each belongs to a command that needs the terminal"), "{shown}");
}

#[test]
fn outputs_cannot_drive_the_terminal() {
    let stderr = "\x1b[2J\x1b[1;1Hgone\r\nred \x1b[31malert\x07\u{202e}desrever\u{9b}m\n名前名前名前名前名前名前名前名前名前名前名前名前名前名前名前名前名前名前名前名前名前名前\n";
    let mut told =
        command(10, "printf '\\033[2J' \x1b[31m 名前名前名前名前名前名前名前名前名前名前名前名前名前名前", 3)
            .failed(2, "the command ended with status 2", stderr);
    told.outcome.dropped = 1_048_576;
    let run = Run::new(1)
        .deck("slides/\x1b[5mevil.md", host(), &[], (1, 1))
        .slide(1, "A \x1b]0;title\x07 title")
        .run(told);
    let screen = screen(Look::default(), &run.deck_ended("x").finish());
    assert!(!screen.chars().any(|c| c.is_control() && c != '\n'), "{screen:?}");
    snapshot("hostile", &screen);
}

#[test]
fn long_lines_keep_the_difference_in_view() {
    let long = |word: &str| format!("{} {word} {}", "before ".repeat(20), "after ".repeat(20));
    let mut told = command(10, "cat log", 3);
    told.outcome.stdout = long("busybox");
    let checked = promised(
        Mode::Contains,
        Verdict::Failed,
        (&long("busybix"), 2, 12),
        &told.outcome,
        &[(12, &long("busybix"))],
    );
    let run = Run::new(1).deck(DECK, host(), &[], (1, 1)).slide(2, "Logs").run(told.check(checked));
    let wrapped = "error: you are attempting to follow 8 log streams,\nbut maximum allowed concurency is 5,\n\
                   use --max-log-requests to increase the limit";
    let mut logs = command(20, "kubectl logs -f -l app=rng", 12);
    logs.outcome.stderr =
        "error: you are attempting to follow 9 log streams, but maximum allowed concurrency is 5, \
                           use --max-log-requests to increase the limit\n"
            .into();
    let cue = [(24, "We see a message like the following one:")];
    let checked = promised(Mode::Contains, Verdict::Warned, (wrapped, 2, 25), &logs.outcome, &cue);
    let screen = screen(Look::default(), &run.run(logs.check(checked)).deck_ended(DECK).finish());
    assert!(screen.contains("busybix") && screen.contains("busybox"));
    snapshot("long-lines", &screen);
}

/// Texts that are hard to lay out.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,90}",
        "[a-z名é\u{301}\u{200b}\u{202e}\u{1b}\t\r\n…\u{1f600}]{0,60}",
        Just("```".to_owned()),
        Just("\"x\"".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_stays_within_the_columns(
        texts in prop::collection::vec(text(), 12..13),
        pieces in prop::collection::vec((any::<Option<bool>>().prop_map(Mark::from), text()), 0..4),
        columns in 40usize..120, ascii in any::<bool>(), side in prop::sample::select(vec!['=', '-', '+', '…']),
    ) {
        let mut told = command(10, &texts[0], 3);
        told.outcome.stdout.clone_from(&texts[1]);
        let promise = Promise::Output { mode: "json".into(), text: texts[2].clone(), slide: 1, line: 12, span: None, cue: None, why: String::new() };
        let excerpt = [(11, texts[3].as_str()), (12, texts[4].as_str()), (15, "{\"a\": \"x\"}")];
        let mut output = broken(promise, Verdict::Warned, &texts[5], &excerpt);
        output.differences = vec![Difference { path: texts[6].clone(), promised: Some("\"x\"".into()), came: Some(texts[7].clone()) }];
        output.diff = vec![DiffLine { side, pieces }];
        output.hints = vec![texts[8].clone()];
        let failed = command(13, &texts[0], 3).failed(1, &texts[9], &texts[10]).late(&[texts[11].as_str(); 3], 9);
        let run = Run::new(2)
            .deck(&texts[1], simulated(), &[(3, &texts[2])], (1, 1))
            .slide(1, &texts[3])
            .run(told.check(output))
            .notice(&texts[4])
            .run(failed)
            .skip(14, &texts[5], &texts[6])
            .deck_ended(&texts[1]);
        let shown = screen(Look { columns, ascii, ..Look::default() }, &run.finish());
        prop_assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
        let turned = shown.contains('\u{202e}');
        prop_assert!(!turned);
    }
}

#[test]
fn ci_reads_the_same() {
    let events =
        promise_broken().skip(150, "docker-compose push", "line 147 failed").deck_ended(DECK).finish();
    let (mut junit, mut json) = (Vec::new(), Vec::new());
    let mut reporters: [Box<dyn Reporter>; 2] =
        [Box::new(Junit::new(&mut junit)), Box::new(Json::new(&mut json))];
    for event in &events {
        for reporter in &mut reporters {
            reporter.on(event).expect("a vector takes everything");
        }
    }
    drop(reporters);
    let junit = String::from_utf8(junit).expect("UTF-8");
    for wanted in [
        "file=\"slides/registry.md\" line=\"127\"",
        "<property name=\"stage\" value=\"host\"/>",
        "<skipped message=\"line 147 failed\"",
        "busybix",
    ] {
        assert!(junit.contains(wanted), "{wanted} is not in {junit}");
    }
    snapshot("junit", &junit);
    snapshot("json", &String::from_utf8(json).expect("UTF-8"));
}
