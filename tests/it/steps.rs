//! Decks whose steps need the terminal: a deck in, a report out. How a session's terminal itself behaves is held by
//! `terminal`.

use crate::support::{Labrun, Ran, have};

/// A deck of one lab with this in it.
fn deck(lab: &str) -> String {
    format!("# A slide\n\n.lab[\n\n{lab}\n\n]\n")
}

fn run(lab: &str) -> Ran {
    Labrun::new().deck("deck.md", deck(lab)).run()
}

/// A block, as it stands in a deck.
fn block(text: &str) -> String {
    format!("```bash\n{text}\n```\n")
}

#[test]
fn a_wait_is_met_while_the_command_runs_on() {
    let lab = block("echo ready; cat") + "<!--\n```wait ready```\n```key ^D```\n-->\n" + &block("echo after");
    run(&lab).exit(0).says("wait ready").says("echo after");
}

#[test]
fn a_wait_fails_at_once_when_the_command_ends_without_the_text() {
    let lab = block("echo some words; (exit 3)") + "<!--\n```longwait never said```\n```key ^C```\n-->\n";
    run(&lab)
        .exit(1)
        .says("the command ended with status 3, and never showed \"never said\"")
        .says("some words");
}

#[test]
fn a_wait_that_only_the_echo_meets_holds_and_says_so() {
    let lab = block("true echoed-words") + "<!-- ```wait echoed-words``` -->\n";
    run(&lab).exit(0).says("only what was typed holds this text");
    let lab = block("cat > /dev/null # echoed-words")
        + "<!--\n```wait echoed-words```\n```key ^D```\n-->\n"
        + &block("echo on");
    run(&lab).exit(0).says("only what was typed holds this text");
}

#[test]
fn a_wait_for_a_login_shells_complaint_is_met_by_any_bash() {
    let lab = block("/nowhere/such-program") + "<!-- ```wait -bash: /nowhere``` -->\n" + &block("true");
    let lab = lab + "<!--\n```keys no-such```\n```key ^J```\n```wait -bash: no-such: command```\n-->\n";
    run(&lab).exit(0).says_not("only what was typed");
}

#[test]
fn keys_answer_a_program_and_its_shell_keeps_what_it_read() {
    let lab = block("read -p 'Name? ' name")
        + "<!--\n```wait Name?```\n```keys Ann Lee```\n```key Enter```\n```check```\n-->\n"
        + &block("echo \"hello $name\"")
        + "<!--\n```expect exact\nhello Ann Lee\n```\n-->\n";
    run(&lab).exit(0).says("as promised");
}

#[test]
fn keys_without_a_program_are_a_line_at_the_prompt() {
    let lab = block("echo pod/web-7f")
        + "<!--\n```copy pod/(web-\\w+)```\n```keys echo deleted ```\n```paste```\n```key ^J```\n```check```\n-->\n"
        + &block("echo done");
    run(&lab).exit(0).says("typed: echo deleted web-7f");
    let lab = block("echo a") + "<!--\n```keys (exit 4)```\n```key ^J```\n```check```\n-->\n";
    run(&lab).exit(1).says("the command ended with status 4");
}

#[test]
fn what_is_typed_after_an_interrupt_is_not_for_what_is_ending() {
    let lab = block(
        "trap_slow() { trap 'sleep 0.3; exit 0' INT; echo up; while :; do sleep 0.05; done; }; (trap_slow)",
    ) + "<!--\n```wait up```\n```key ^C```\n```keys touch typed-after```\n```key Enter```\n```check```\n-->\n"
        + &block("ls typed-after");
    run(&lab).exit(0);
}

#[test]
fn the_old_word_for_copy_and_paste_is_understood() {
    let lab = block("echo 'run: touch made-by-paste'")
        + "<!-- ```copypaste touch \\S+``` -->\n"
        + &block("ls made-by-paste");
    run(&lab).exit(0);
}

#[test]
fn what_cannot_be_copied_says_what_stood_there() {
    let lab = block("echo nothing of the kind") + "<!--\n```copy token-\\d+```\n```paste```\n-->\n";
    run(&lab).exit(1).says("nothing on the terminal matches").says("nothing of the kind");
}

#[test]
fn a_viewer_is_observed_and_its_promise_checked() {
    let tick = "#!/bin/bash\necho web-1 Running\nwhile :; do sleep 0.2; done\n";
    let lab = block("watch kubectl get pods");
    let promise = "\nWe should see the following:\n\n```\nweb-1 Running\n```\n";
    Labrun::new()
        .program("watch", tick)
        .deck("deck.md", deck(&lab) + promise)
        .run()
        .exit(0)
        .says("observed")
        .says("as promised on slide 1: web-1 Running");
}

#[test]
fn a_server_keeps_its_pane_and_the_next_step_gets_another_one_like_it() {
    let serve = "#!/bin/bash\necho up > state\nexec sleep 1000\n";
    let lab = block("mkdir here; cd here; export SEEN=yes")
        + &block("etcd")
        + &block("cat state; echo $SEEN ${PWD##*/}")
        + "<!--\n```expect contains\nyes here\n```\n-->\n";
    let ran = Labrun::new().program("etcd", serve).deck("deck.md", deck(&lab)).run().exit(0).says("runs on");
    assert_eq!(ran.verdicts(), ["held"; 3]);
}

#[test]
fn a_server_that_ends_early_is_told_of() {
    let lab = block("etcd");
    Labrun::new()
        .program("etcd", "#!/bin/bash\necho 'no such folder' >&2; exit 2\n")
        .deck("deck.md", deck(&lab))
        .run()
        .exit(1)
        .says("the command ended with status 2")
        .says("no such folder");
    let later = block("etcd") + &block("touch stop; sleep 0.4");
    Labrun::new()
        .program("etcd", "#!/bin/bash\nwhile [ ! -e stop ]; do sleep 0.05; done\n")
        .deck("deck.md", deck(&later))
        .run()
        .exit(0)
        .says("was to serve until the end, and ended before");
}

#[test]
fn a_server_that_fails_later_fails_the_run_at_its_own_line() {
    let lab = block("etcd") + &block("touch stop; sleep 0.4") + &block("echo on");
    let ran = Labrun::new()
        .program("etcd", "#!/bin/bash\nwhile [ ! -e stop ]; do sleep 0.05; done\necho 'disk full'\nexit 3\n")
        .deck("deck.md", deck(&lab))
        .args(["--on-failure", "continue"])
        .run()
        .exit(1)
        .says("deck.md:5")
        .says("the command ended with status 3")
        .says("disk full")
        .says("echo on");
    let summary = &ran.events("run-ended")[0]["summary"];
    assert_eq!(
        (&summary["failed"], &summary["held"], &summary["by_nothing"]),
        (&1.into(), &2.into(), &0.into())
    );
}

#[test]
fn what_fails_in_a_pane_that_was_left_fails_the_run() {
    let lab = "```bash terminal\nsleep 0.2; false\n```\n<!-- ```tmux split-pane``` -->\n\n".to_owned()
        + &block("echo elsewhere; sleep 0.5");
    run(&lab).exit(1).says("the command ended with status 1").says("echo elsewhere");
    let served = block("etcd") + "<!-- ```tmux split-pane``` -->\n\n" + &block("sleep 0.5");
    Labrun::new()
        .program("etcd", "#!/bin/bash\nsleep 0.1; echo 'port in use' >&2; exit 1\n")
        .deck("deck.md", deck(&served))
        .run()
        .exit(1)
        .says("the command ended with status 1");
}

#[test]
fn a_password_prompt_is_no_shell() {
    let lab = block("ssh box") + &block("rm -rf /nowhere");
    let ran = Labrun::new()
        .file("labrun.toml", "[limits]\nlooks = \"2s\"\n")
        .program("ssh", "#!/bin/bash\nread -s -p \"root@box's password: \" word\necho \"$word\" > got\n")
        .deck("deck.md", deck(&lab))
        .run()
        .exit(1)
        .says("password:");
    assert!(!ran.work().join("got").exists());
}

#[test]
fn directives_log_in_before_the_shell_is_typed_into() {
    let ssh = "#!/bin/bash\nread -s -p 'password: ' word\n[ \"$word\" = secret ] || exit 5\necho\necho Welcome\nexec bash --norc\n";
    let lab = block("ssh box")
        + "<!--\n```wait password:```\n```keys secret```\n```key Enter```\n```wait Welcome```\n-->\n"
        + &block("echo inside $SHLVL\nexit")
        + &block("echo outside");
    Labrun::new().program("ssh", ssh).deck("deck.md", deck(&lab)).run().exit(0).says("echo outside");
}

#[test]
fn nothing_but_an_interrupt_is_typed_into_a_viewer() {
    let lab = block("touch f; tail -f f")
        + &block("read -t 1 -n 1 key < /dev/tty; echo \"got:$key.\"")
        + "<!--\n```expect contains\ngot:.\n```\n-->\n";
    run(&lab).exit(0);
}

#[test]
fn what_a_full_screen_viewer_showed_is_what_it_came_to() {
    if !have("watch") {
        return;
    }
    let lab = block("watch -n 1 echo hello-there") + "<!--\n```expect contains\nhello-there\n```\n-->\n";
    run(&lab).exit(0).says("as promised");
}

#[test]
fn keys_that_were_never_entered_do_not_run_later() {
    let lab = block("echo a")
        + "<!-- ```keys touch STALE``` -->\n\n"
        + &block("echo b")
        + "<!-- ```key Enter``` -->\n";
    let ran = run(&lab).exit(0).says("never run: touch STALE");
    assert!(!ran.work().join("STALE").exists());
}

#[test]
fn what_never_ends_fails_where_the_configuration_says_so() {
    Labrun::new()
        .file("labrun.toml", "unending = \"fail\"\n")
        .deck("deck.md", deck(&block("top")))
        .run()
        .exit(1)
        .says("it never ends");
}

#[test]
fn inner_shells_get_what_follows_until_they_are_left() {
    let lab = block("bash --norc")
        + &block("echo depth $SHLVL\nbash --norc\necho depth $SHLVL\nexit\necho depth $SHLVL\nexit 7")
        + &block("echo outside $SHLVL");
    let ran = run(&lab).exit(0);
    let printed: Vec<String> = ran
        .events("command-ended")
        .iter()
        .map(|ended| ended["outcome"]["stdout"].as_str().unwrap().trim().to_owned())
        .filter(|text| text.contains(' ') && !text.contains("lab-") && !text.contains('$'))
        .collect();
    assert_eq!(printed, ["depth 2", "depth 3", "depth 2", "outside 1"]);
}

#[test]
fn a_wait_sees_the_prompt_of_an_inner_shell_and_keys_may_change_it() {
    let lab = block("PS1='me@box:~$ ' bash --norc")
        + "<!--\n```wait me@box```\n```keys PS1='changed\\n\\$ '```\n```key ^J```\n-->\n"
        + &block("echo still $SHLVL; false\necho here\nexit")
        + &block("echo outside");
    let ran = run(&lab).exit(1).says("the command ended with status 1");
    let lab = lab.replace("; false", "");
    drop(ran);
    run(&lab).exit(0).says("echo outside");
}

#[test]
fn a_command_that_fails_in_an_inner_shell_fails() {
    let lab = block("sh") + &block("cd /nowhere-at-all");
    run(&lab).exit(1).says("cd /nowhere-at-all").says("the command ended with status");
}

#[test]
fn what_belongs_in_a_shell_that_did_not_open_is_not_typed_here() {
    let lab = block("ssh box") + &block("touch escaped");
    let ran = Labrun::new()
        .program("ssh", "#!/bin/bash\necho no route >&2\nexit 255\n")
        .deck("deck.md", deck(&lab))
        .args(["--on-failure", "continue"])
        .run()
        .exit(1)
        .says("it belongs in the shell that `ssh box` opened, and none is open");
    assert!(!ran.work().join("escaped").exists());
}

#[test]
fn an_inner_program_is_known_by_its_prompt() {
    if !have("python3") {
        return;
    }
    let lab = block("python3 -q") + &block("print(6 * 7)") + &block("exit()") + &block("echo out");
    let ran = run(&lab).exit(0);
    assert!(ran.events("command-ended")[1]["outcome"]["stdout"].as_str().unwrap().contains("42"));
}

#[test]
fn what_has_no_status_is_not_counted_by_status() {
    if !have("python3") {
        return;
    }
    let lab = block("python3 -q") + &block("6 * 7") + "<!-- ```expect exact 42``` -->\n" + &block("exit()");
    let lab = lab + &block("true") + &block("sleep 9 & fg") + "<!-- ```key ^C``` -->\n";
    let ran = run(&lab).exit(0).says("1 by status only, 1 with the output promised, 3");
    // Opening it, leaving it, and what a key ended.
    assert_eq!(ran.events("run-ended")[0]["summary"]["by_nothing"], 3);
}

#[test]
fn an_edit_is_typed_into_the_editor_and_the_file_read_back() {
    if !have("vi") {
        return;
    }
    let lab = block(
        "echo old > it.json\nvi it.json:\n{\n  \"a\": [\"b\"],\n    \"c\": 1\n}\n[esc]:wq\ncat it.json",
    ) + "<!--\n```expect json\n{\"a\": [\"b\"], \"c\": 1}\n```\n-->\n";
    let ran = run(&lab).exit(0).says("it.json holds what the slide shows");
    assert_eq!(ran.read("it.json"), "{\n  \"a\": [\"b\"],\n    \"c\": 1\n}\n");
}

#[test]
fn an_edit_that_cannot_be_written_fails_at_its_line() {
    if !have("vi") {
        return;
    }
    let lab = block("vi no/such/folder/it.txt\nhello\n[esc]:wq\ntouch after");
    let ran = run(&lab).exit(1);
    assert!(!ran.work().join("after").exists());
}

#[test]
fn an_edit_of_a_quoted_name_that_only_writes_is_left_and_read_back() {
    if !have("vi") {
        return;
    }
    let ran = run(&block("vi 'my file.txt' # note\nhello\n[esc]:w\nls")).exit(0);
    assert_eq!(ran.says("holds what the slide shows").read("my file.txt"), "hello\n");
}

#[test]
fn an_edit_in_an_inner_shell_is_typed_into_its_editor() {
    if !have("vi") {
        return;
    }
    let ran = run(&block("bash\nvi it.txt\nhello\n[esc]:wq\nexit")).exit(0);
    assert_eq!(ran.read("it.txt"), "hello\n");
}

#[test]
fn an_editor_whose_keys_are_not_known_is_not_typed_into() {
    let ran = run(&block("nano it.txt\nhello\n^X")).exit(1);
    ran.says("it does not know the keys of nano");
}

#[test]
fn panes_are_shells_side_by_side() {
    let lab = block("export HERE=first; cat > said")
        + "<!-- ```tmux split-pane -v``` -->\n"
        + &block("echo second pane of $HERE")
        + "<!--\n```tmux last-pane```\n```keys from the other```\n```key ^J```\n```key ^D```\n-->\n"
        + &block("cat said");
    let lab = lab
        .replace("cat > said\n```\n", "cat > said\n```\n<!-- ```wait x``` -->\n")
        .replace("```wait x```", "```wait said```");
    let ran = run(&lab).exit(0);
    assert_eq!(ran.read("said"), "from the other\n");
}

#[test]
fn a_pane_that_is_not_there_is_an_error_of_its_step() {
    let lab = block("true") + "<!-- ```tmux select-pane -t 3``` -->\n";
    run(&lab).exit(1).says("there is no pane 3: 1 is open");
}

#[test]
fn the_end_of_input_at_the_prompt_ends_a_pane_as_learners_do() {
    let lab = block("echo one")
        + "<!-- ```tmux split-pane -h``` -->\n"
        + &block("echo two")
        + "<!-- ```key ^D``` -->\n"
        + &block("echo three");
    run(&lab).exit(0).says("echo three");
}

#[test]
fn a_shell_that_ended_with_the_only_pane_is_told_of_where_more_follows() {
    let told = "a new shell goes on";
    let lab = block("x=1") + "<!-- ```key ^D``` -->\n" + &block("echo ${x-gone}");
    run(&(lab + "<!-- ```expect exact gone``` -->\n")).exit(0).says(told);
    run(&(block("x=1") + "<!-- ```key ^D``` -->\n")).exit(0).says_not(told);
}

#[test]
fn what_failed_before_its_pane_ended_fails() {
    for end in ["key ^D", "tmux kill-pane"] {
        let lab = "```bash\ncat\n```\n<!-- ```tmux split-pane``` -->\n\n".to_owned()
            + "```bash\nsleep 0.1; false\n```\n"
            + &format!("<!--\n```{end}```\n```key ^D```\n-->\n");
        let ran = run(&lab).exit(1).says("the command ended with status 1");
        let summary = &ran.events("run-ended")[0]["summary"];
        assert_eq!((&summary["failed"], &summary["held"]), (&1.into(), &1.into()), "{end}");
    }
}

#[test]
fn viewers_of_one_block_are_left_one_after_the_other() {
    let viewer = "#!/bin/bash\necho $1; while :; do sleep 0.1; done\n";
    let lab = block("watch ones\nwatch others")
        + "<!--\n```wait ones```\n```key ^C```\n```wait others```\n```key ^C```\n-->\n"
        + &block("watch alone\nwatch with-keys")
        + "<!--\n```wait with-keys```\n```key ^C```\n-->\n";
    let ran = Labrun::new().program("watch", viewer).deck("deck.md", deck(&lab)).run();
    let ran = ran.exit(0).says("typed: watch others").says("observed").says_not("typed: watch with-keys");
    assert_eq!(ran.events("run-ended")[0]["summary"]["held"], 4);
}

#[test]
fn who_asks_at_the_terminal_and_gets_no_answer_is_not_waited_for() {
    let asks = "bash -c 'read -p \"Really? \" a < /dev/tty'";
    let lab = format!("```bash terminal\n{asks}\n```\n") + &block(&format!("sh\n{asks}\necho still here"));
    Labrun::new()
        .deck("deck.md", deck(&lab))
        .args(["--on-failure", "continue"])
        .run()
        .exit(1)
        .says("deck.md:6, slide 1: the command asks on the terminal: Really?")
        .says("deck.md:10, slide 1: the command asks on the terminal: Really?")
        .says("2 failed, 2 held");
    if have("vim") {
        let lab = block("vim -u NONE -n some") + "<!--\n```keys i```\n```keys text```\n-->\n";
        run(&lab).exit(1).says("the command waits for a key, and none follows");
    }
}

#[test]
fn a_pane_beside_a_server_is_not_the_one_that_was_left_last() {
    let lab = block("etcd")
        + &block("cd /")
        + "<!-- ```tmux split-pane``` -->\n\n"
        + &block("where=second")
        + "<!-- ```tmux select-pane -t 0``` -->\n\n"
        + &block("echo in the first")
        + "<!-- ```tmux last-pane``` -->\n\n"
        + &block("echo in the $where")
        + "<!-- ```expect exact in the second``` -->\n";
    Labrun::new().program("etcd", "#!/bin/bash\nexec sleep 1000\n").deck("deck.md", deck(&lab)).run().exit(0);
}

#[test]
fn what_was_tried_before_is_not_told_of_a_command_that_is_not_run() {
    let lab =
        block("cat none") + "<!--\n```expect exact some```\n```expect retry=1s```\n-->\n" + &block("etcd");
    Labrun::new()
        .program("etcd", "#!/bin/bash\n")
        .file("none", "other")
        .file("labrun.toml", "unending = \"fail\"\n")
        .deck("deck.md", deck(&lab))
        .arg("--on-failure=continue")
        .run()
        .exit(1)
        .says("attempts")
        .says_not("before: ");
}

#[test]
fn an_address_is_told_and_node1_is_this_machine() {
    let lab = block("true") + "<!-- ```open http://node1:8000/``` -->\n";
    run(&lab).exit(0).says("a browser would show http://127.0.0.1:8000/");
}

#[test]
fn node1_is_where_the_engine_or_the_cluster_of_the_deck_is() {
    let kubeconfig = "current-context: far\ncontexts:\n- name: far\n  context: {cluster: c}\n\
        clusters:\n- name: c\n  cluster: {server: 'https://10.0.0.4:6443'}\n";
    let open = "<!-- ```open http://node1:8000/``` -->\n";
    let shows = |block: &str, address: &str| {
        Labrun::new()
            .program("docker", "#!/bin/sh\n")
            .program("kubectl", "#!/bin/sh\n")
            .file("kubeconfig", kubeconfig)
            .env("KUBECONFIG", "kubeconfig")
            .env("DOCKER_HOST", "tcp://10.0.0.7:2375")
            .deck("deck.md", deck(&(self::block(block) + open)))
            .run()
            .exit(0)
            .says(&format!("a browser would show http://{address}:8000/"));
    };
    shows("docker ps", "10.0.0.7");
    shows("kubectl get nodes", "10.0.0.4");
    shows("docker ps; kubectl get nodes", "10.0.0.7");
    shows("true", "127.0.0.1");
    let lab = block("echo at {stage.node}") + "<!-- ```expect exact at 127.0.0.1``` -->\n" + open;
    run(&lab).exit(0);
    let given = Labrun::new().args(["--set", "node1=lab.example.com"]).deck("deck.md", deck(&lab));
    given.run().exit(0).says("a browser would show http://lab.example.com:8000/");
}

#[test]
fn pagers_are_cat_on_pipes_and_the_persons_at_the_terminal() {
    let shows = |text: &str| format!("<!-- ```expect exact {text}``` -->\n");
    let at_terminal = "```bash terminal\nasks\n```\n";
    let lab = block("asks")
        + &shows("cat, cat")
        + at_terminal
        + &shows("mine -x, unset")
        + &block("asks; PAGE=1")
        + &shows("cat, cat")
        + &block("env | grep PAGER")
        + &shows("PAGER=mine -x")
        + &block("export PAGER=less; echo $PAGER")
        + &shows("less")
        + &block("asks")
        + &shows("less, unset")
        + at_terminal
        + &shows("less, unset");
    Labrun::new()
        .program("asks", "#!/bin/sh\necho \"${PAGER-unset}, ${GIT_PAGER-unset}\"\n")
        .env("PAGER", "mine -x")
        .deck("deck.md", deck(&lab))
        .run()
        .exit(0);
}

#[test]
fn a_log_is_paged_at_the_terminal_alone() {
    if !have("git") || !have("less") {
        return;
    }
    let lab = block("git init -q .; git -c user.name=a -c user.email=b@c commit -q --allow-empty -m first")
        + &block("git log --format=%s")
        + "<!-- ```expect exact first``` -->\n"
        + "```bash terminal\ngit log --format=%s\n```\n<!--\n```wait (END)```\n```key q```\n```check```\n-->\n"
        + &block("git -c core.pager='false #' --paginate log --format=%s")
        + "<!-- ```expect exact first``` -->\n";
    Labrun::new().env("PAGER", "less -+F").deck("deck.md", deck(&lab)).run().exit(0);
}

#[test]
fn a_block_gets_the_terminal_where_its_author_says_so() {
    let lab = "```bash terminal\n[ -t 1 ] && echo a terminal\n```\n".to_owned()
        + "<!--\n```expect exact\na terminal\n```\n-->\n";
    run(&lab).exit(0);
}

#[test]
fn a_wrong_key_is_an_error_of_the_deck() {
    run(&(block("top") + "<!-- ```key Escpae``` -->\n")).exit(3).says("`Escape` is one");
}

#[test]
fn what_is_left_at_the_terminal_ends_with_the_deck() {
    let lab = block("etcd") + &block("true");
    let ran = Labrun::new()
        .program("etcd", "#!/bin/bash\necho $$ > pid\nexec sleep 1000\n")
        .deck("deck.md", deck(&lab))
        .run()
        .exit(0);
    let pid = ran.read("pid");
    let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
    assert!(state.is_err() || state.unwrap().contains(") Z "), "{pid} lives");
}

#[test]
fn a_command_is_counted_once_with_what_speaks_to_it() {
    let lab = block("cat")
        + "<!--\n```expect timeout=500ms```\n```keys abc```\n```key Enter```\n```check```\n-->\n";
    run(&lab).exit(1).says("1 failed in").says_not("held").says("$ cat");
    let lab =
        block("cat") + "<!--\n```keys abc```\n```key Enter```\n```wait abc\nabc```\n```key ^D```\n-->\n";
    run(&lab).exit(0).says("1 command held").says("with the output promised");
}

#[test]
fn what_never_showed_the_text_is_not_late() {
    let lab = block("echo none > f") + &block("cat f") + "<!-- ```wait some``` -->\n";
    Labrun::new()
        .file("labrun.toml", "[limits]\nwait = \"1s\"\n")
        .deck("deck.md", deck(&lab))
        .run()
        .exit(1)
        .says("never printed \"some\"  $ cat f")
        .says_not("held late");
}

#[test]
fn what_an_editor_complains_of_ends_the_step_at_once() {
    if !have("vim") {
        return;
    }
    let lab = block("vim nowhere/f\ntext\n[esc]:wq\necho never");
    let ran = run(&lab).exit(1).says("the editor says: E212").says_not("the file cannot be read");
    let ended = ran.events("command-ended");
    assert!(ended[0]["outcome"]["total_ms"].as_u64().unwrap() < 9_000, "{ended:?}");
    let ran = Labrun::new()
        .file(".f.swp", "b0VIM 8.2\0\0")
        .deck("deck.md", deck(&block("vim f\ntext\n[esc]:wq")))
        .run()
        .exit(1)
        .says("the editor says: E");
    assert!(!ran.work().join("f").exists());
}

#[test]
fn an_edit_may_begin_behind_a_cd() {
    if !have("vim") {
        return;
    }
    let lab =
        block("mkdir d\ncd d && vim f\none\n\ttwo\n[esc]:wq\npwd") + "<!-- ```expect regex /d$``` -->\n";
    let ran = run(&lab).exit(0).says("f holds what the slide shows");
    assert_eq!(ran.read("d/f"), "one\n\ttwo\n");
}

#[test]
fn a_pane_beside_a_server_is_not_counted() {
    let lab = block("etcd")
        + &block("export AT=beside; echo $AT")
        + "<!-- ```tmux split-pane``` -->\n"
        + &block("export AT=opened")
        + "<!-- ```tmux select-pane -t 0``` -->\n"
        + &block("echo at $AT")
        + "<!--\n```expect exact\nat beside\n```\n```tmux select-pane -t 1```\n-->\n"
        + &block("echo at $AT")
        + "<!--\n```expect exact\nat opened\n```\n-->\n";
    Labrun::new().program("etcd", "#!/bin/bash\nexec sleep 1000\n").deck("deck.md", deck(&lab)).run().exit(0);
    let lab = block("true") + "<!-- ```tmux select-pane -t 1``` -->\n";
    run(&lab).exit(1).says("there is no pane 1: 1 is open");
}

#[test]
fn keys_at_the_prompt_are_those_of_its_line_editor() {
    let lab = block("echo one >> f")
        + "<!--\n```key ^L```\n```keys garbage```\n```key ^U```\n```key Up```\n```key Enter```\n```check```\n-->\n"
        + &block("cat f")
        + "<!--\n```expect exact\none\none\n```\n-->\n";
    run(&lab).exit(0).says("typed: echo one >> f");
    let lab = block("true") + "<!--\n```key Up```\n```key Up```\n-->\n";
    run(&lab).exit(1).says("nothing was typed here before");
    let lab = block("true") + "<!--\n```keys ec```\n```key Tab```\n-->\n";
    run(&lab).exit(1).says("nothing is completed at the prompt");
}

#[test]
fn a_warning_is_told_where_its_step_runs_and_others_are_counted() {
    let stand_in = "#!/bin/bash\nexec vim -u NONE \"$@\"\n";
    if !have("vim") {
        return;
    }
    let lab = block("vi f:\ntext\n[esc]:wq");
    Labrun::new()
        .program("vi", stand_in)
        .deck("deck.md", deck(&lab) + "\n---\n\n.lab[\n\nnever closed\n")
        .run()
        .exit(0)
        .says("line 6: the colon is not part of the file's name here (typed without it)")
        .says("1 warning about the deck itself: `labrun plan deck.md` shows it");
    run(&block("true")).exit(0).says_not("warning");
}
