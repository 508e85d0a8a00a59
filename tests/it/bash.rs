//! Reading bash: what bash itself says of our cuts, and what commands do.

use std::io::Write as _;
use std::process::{Command, Stdio};

use labrun::bash::{self, Attendance, Deed};

const BLOCKS: &str = include_str!("../bash/blocks.txt");
const FACTS: &str = include_str!("../bash/facts.txt");

/// Whether `bash -n` takes a text.
fn bash_takes(text: &str) -> bool {
    let mut bash = Command::new("bash")
        .args(["--norc", "-O", "extglob", "-n"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("bash");
    bash.stdin.take().expect("piped").write_all(text.as_bytes()).expect("bash reads");
    bash.wait().expect("bash ends").success()
}

/// Each block with the line above it.
fn blocks() -> impl Iterator<Item = (&'static str, &'static str)> {
    BLOCKS.split("\n%% ").skip(1).map(|block| block.split_once('\n').unwrap_or((block, "")))
}

#[test]
fn bash_agrees_where_commands_begin() {
    for (head, text) in blocks() {
        let script = bash::analyze(text);
        assert_eq!(bash_takes(text), script.problem.is_none(), "{text}\n{:?}", script.problem);
        if head == "refused" {
            assert!(script.problem.is_some(), "{text}");
            continue;
        }
        let count: usize = head.split(' ').next().and_then(|count| count.parse().ok()).expect(head);
        let pieces: Vec<&str> = script.commands.iter().map(|command| &text[command.range.clone()]).collect();
        assert_eq!(pieces.len(), count, "{head}\n{pieces:#?}");
        if count > 0 {
            assert_eq!(pieces.concat(), text, "{head}");
        }
        for command in &script.commands {
            for piece in [&text[command.range.clone()], &text[command.code.clone()]] {
                assert!(bash_takes(piece), "{head}\n{piece}");
            }
        }
    }
}

#[test]
fn blocks_in_a_row_are_cut_like_each_alone() {
    let whole: Vec<&str> = blocks()
        .filter(|(head, text)| *head != "refused" && !text.contains("exec >"))
        .map(|(_, text)| text)
        .collect();
    let apart: usize = whole.iter().map(|text| bash::analyze(text).commands.len()).sum();
    let joined = whole.iter().map(|text| text.trim_end_matches('\n')).collect::<Vec<_>>().join("\n");
    let script = bash::analyze(&joined);
    assert_eq!(script.problem, None);
    assert_eq!(script.commands.len(), apart);
    assert!(script.commands.iter().all(|command| bash_takes(&joined[command.range.clone()])));
}

#[test]
fn commands_look_wait_or_act() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in FACTS.lines().skip(3).filter(|line| !line.is_empty()) {
        let (head, text) = line.split_at(11);
        let script = bash::analyze(text);
        assert_eq!(script.problem, None, "{text}");
        let command = script.commands.last().expect(text);
        let deed = match command.deed {
            Deed::Looks => "looks",
            Deed::Waits => "waits",
            Deed::Acts => "acts",
        };
        let stays = match command.attendance {
            Attendance::None => "",
            Attendance::Keyboard(_) | Attendance::Terminal(_) => "k",
            Attendance::Viewer(_) => "v",
            Attendance::Server(_) => "s",
        };
        let star = if command.asks_server { "*" } else { "" };
        let came = format!("{:<7}{stays}", format!("{deed}{star}"));
        if came.trim_end() != head.trim_end() {
            wrong.push(format!("{came:<11}{text}"));
        }
        count += 1;
    }
    assert!(count > 200, "{count} rows");
    assert!(wrong.is_empty(), "these came out otherwise:\n{}", wrong.join("\n"));
}

#[test]
fn programs_variables_and_names_are_told() {
    let told = |text: &str| {
        let command = bash::analyze(text).commands.remove(0);
        [command.programs, command.sets, command.reads, command.defines].map(|names| names.join(" "))
    };
    for (text, programs, sets, reads, defines) in [
        ("A=$(kubectl get x | jq .y)/$B cmd", "kubectl jq cmd", "", "B", ""),
        ("A=$B; export C=$A D", "", "A C", "B A D", ""),
        ("sudo -u x /usr/bin/make install", "sudo /usr/bin/make", "", "", ""),
        ("setsid -f sleep 1001", "setsid sleep", "", "", ""),
        ("command time -f %e -o file make; command -p ls", "time make ls", "", "", ""),
        ("env A=1 timeout 5 make", "env timeout make", "", "", ""),
        ("kubectl exec x -- ls", "kubectl", "", "", ""),
        ("ssh box ls", "ssh", "", "", ""),
        ("bash -c 'ls $A; B=1'", "bash ls", "", "", ""),
        ("f() { make $A; }; f; alias g='x'; g", "make", "", "", "f g"),
        ("command -v kubectl && sudo -l ls", "sudo", "", "", ""),
        ("(A=1); ls | read B; { C=1; }", "ls", "C", "", ""),
        ("for i in $A; do echo $i; done", "", "i", "A i", ""),
        ("read -r A B < x; printf -v C x; ((D = E + 1))", "", "A B C D", "D E", ""),
        ("cat <<X\n$A `ls`\nX", "ls cat", "", "A", ""),
        ("cat <<'X'\n$A `ls`\nX", "cat", "", "", ""),
        ("echo ${A:=1} ${#B} ${!C}", "", "A", "A B C", ""),
        ("$CMD x; ./run.sh; ~/bin/x; /bin/echo a", "./run.sh ~/bin/x /bin/echo", "", "CMD", ""),
        ("[[ $A == \"$B\" ]] && test $C", "", "", "A B C", ""),
        ("x=1 y=2 cmd $x", "cmd", "", "x", ""),
    ] {
        assert_eq!(told(text), [programs, sets, reads, defines], "{text}");
    }
}
