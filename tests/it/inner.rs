//! Shells and other prompts that a deck opens within its shell: what is typed there, and how the end of it is known.

use crate::support::{Labrun, Ran, have};

fn run(lab: &str) -> Ran {
    Labrun::new().deck("deck.md", format!("# A slide\n\n.lab[\n\n{lab}\n\n]\n")).run()
}

fn block(text: &str) -> String {
    format!("```bash\n{text}\n```\n")
}

/// A hidden promise about the command before it.
fn expect(mode: &str, text: &str) -> String {
    format!("<!--\n```expect {mode}\n{text}\n```\n-->\n")
}

#[test]
fn each_line_for_another_prompt_ends_when_it_asks_again() {
    if !have("python3") {
        return;
    }
    let lab = block("python3 -q\nimport time\ntime.sleep(0.5); print('slept')")
        + &expect("exact", "slept")
        + &block("for i in range(2):\n    print('i', i)\n\nprint('done')")
        + &expect("exact", "done")
        + &block("def more(x):\n    return x + 1\n\nmore(41)")
        + &expect("exact", "42")
        + &block("name = input('name? ')\nAnn\nprint('hello', name)")
        + &expect("exact", "hello Ann")
        + &block("exit()\necho out")
        + &expect("exact", "out");
    run(&lab).exit(0).says_not("not bash");
}

#[test]
fn the_rest_of_a_statement_is_typed_where_it_is_asked_for() {
    if have("node") {
        let lab = block("node\nconst all = [1,\n2]")
            + &block("function seven() {\n  return 7\n}\nseven()")
            + &expect("contains", "7")
            + &block(".exit\necho out");
        run(&lab).exit(0);
    }
    if have("sqlite3") {
        let lab = block("sqlite3\ncreate table t (a int);\ninsert into t\nvalues (42);\nselect a\nfrom t;")
            + &expect("exact", "42")
            + &block(".quit\necho out");
        run(&lab).exit(0);
    }
}

#[test]
fn a_program_without_a_prompt_is_typed_into_when_it_waits() {
    if have("bc") {
        let lab = block("bc -q\n1+1") + &expect("exact", "2") + &block("2^10") + &expect("exact", "1024");
        run(&(lab + &block("quit\necho out"))).exit(0);
    }
    // One that reads whole lines, and edits none.
    let sums = "#!/bin/bash\nwhile read -r line && [ \"$line\" != quit ]; do echo \"got $line\"; done\n";
    let lab = block("lua\none\ntwo") + &expect("exact", "got two") + &block("quit\necho out");
    Labrun::new()
        .program("lua", sums)
        .deck("deck.md", format!("# A slide\n\n.lab[\n\n{lab}\n\n]\n"))
        .run()
        .exit(0);
}

#[test]
fn tabs_in_an_inner_shell_are_text() {
    let makefile = "cat > it.mk <<EOF\nall:\n\techo hi\nEOF\ngrep -c '^\t' it.mk";
    for shell in ["bash --norc", "sh"] {
        let lab =
            block(shell) + &block(makefile) + &expect("exact", "1") + &block("exit\ngrep -q '^\t' it.mk");
        run(&lab).exit(0).says_not("blank for each tab");
    }
    if have("busybox") {
        let lab = block("busybox ash") + &block("echo 'a\tb'") + &expect("exact", "a b") + &block("exit");
        run(&lab).exit(0).says("blank for each tab");
    }
}

#[test]
fn the_echo_of_a_here_document_is_no_output() {
    let lab = block("bash --norc")
        + &block("cat > kept <<EOF\nsecret line\nEOF")
        + &expect("not-contains", "secret")
        + &block("for i in 1 2; do\n  echo \"at $i\"\ndone")
        + &expect("exact", "at 1\nat 2")
        + &block(&format!("echo {}", "0123456789 ".repeat(20)))
        + &expect("exact", &"0123456789 ".repeat(20))
        + &block("cat kept")
        + &expect("exact", "secret line")
        + &block("exit");
    run(&lab).exit(0);
}

#[test]
fn a_line_that_fails_fails_its_block_although_later_ones_do_not() {
    let lab = block("sh") + &block("echo a\nif then\necho b");
    run(&lab).exit(1).says("the command ended with status 2").says("unexpected");
}

#[test]
fn a_wait_in_an_inner_shell_is_not_met_by_its_echo_while_more_can_come() {
    let lab = block("bash --norc")
        + &block("sleep 1.5 && echo finished-late")
        + "<!--\n```wait finished-late```\n```check```\n-->\n"
        + &block("true only-echoed")
        + "<!-- ```wait only-echoed``` -->\n"
        + &block("exit");
    let ran = run(&lab).exit(0);
    assert_eq!(ran.stdout.matches("only what was typed holds this text").count(), 1);
}

#[test]
fn a_shell_that_takes_the_place_of_the_labs_is_typed_into() {
    let lab = block("A=1; export A\nexec bash --norc\necho in $A")
        + &expect("exact", "in 1")
        + &block("cd /\npwd")
        + &expect("exact", "/");
    run(&lab).exit(0).says("opened");
    let lab = block("exec bash --norc\nexit 3\necho never");
    run(&lab).exit(1).says("the command ended the shell, with 3").says("not typed");
}
