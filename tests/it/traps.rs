//! Nothing that a deck holds is run by who only reads it: every program that `plan`, `lint`, `doctor` or `config` could be
//! led to call is a trap here, which leaves a mark.

use std::fs;
use std::path::Path;

use crate::support::{Labrun, lab};

/// A program that says that it was run.
const TRAP: &str = "#!/bin/sh\necho \"$0 $*\" >> MARK\n";

/// What decks call, and what labrun asks for a version; with what the shell, git, docker and kubectl could call in turn.
const NAMES: [&str; 19] = [
    "kubectl",
    "docker",
    "docker-compose",
    "git",
    "helm",
    "jq",
    "curl",
    "vi",
    "vim",
    "make",
    "evil",
    "less",
    "ssh",
    "docker-credential-evil",
    "docker-evil",
    "kubectl-evil",
    "python3",
    "tmux",
    "sudo",
];

/// A deck that would do something in every place where a text may stand.
fn deck() -> String {
    let code = "touch ran; echo $(touch ran) `touch ran` ${X:-$(touch ran)} <(touch ran)";
    let blocks = lab(&[
        code,
        "kubectl get pods; docker ps; helm ls; jq .; git log; vi $(touch ran); make; python3 -V; sudo ls; tmux -V",
        "kubectl() { touch ran; }; trap 'touch ran' EXIT DEBUG; source ./evil; . evil; eval touch ran; ./evil; evil",
        "cat <<E\n$(touch ran) `touch ran`\nE\nbash <<< 'touch ran'\n{x:-$(touch ran)} <$(touch ran)> @@$(touch ran)@@",
        "ssh -o ProxyCommand='touch ran' $(touch ran); curl file:///$(touch ran)",
        "PROMPT_COMMAND='touch ran'; a[$(touch ran)]=1; echo \"${a[$(touch ran)]}\"",
    ]);
    let directives = [
        "hide touch ran",
        "wait $(touch ran)",
        "expect regex $(touch ran)",
        "expect contains `touch ran`",
        "open http://$(touch ran)/",
        "copy $(touch ran)",
        "keys $(touch ran)",
        "skip `touch ran`",
        "allow $(touch ran)",
    ];
    let directives = directives.map(|one| format!("<!-- ```{one}``` -->")).join("\n");
    format!(
        "name: $(touch ran)\nclass: `touch ran`\n\n# $(touch ran) `touch ran`\n\n{blocks}\n---\n\n# Directives\n\n.lab[\n\n\
         ```bash retry=$(touch ran)\n{code}\n```\n{directives}\n\n]\n\nWe should see:\n\n```json\n{{\"a\": \"$(touch ran)\"}}\n```\n"
    )
}

/// A labrun among traps. The folder of the deck is on PATH by every name, and programs elsewhere lead back to it.
fn among_traps(args: &[&str]) -> Labrun {
    let mut labrun = Labrun::new().args(args.iter().copied());
    let work = labrun.work();
    let trap = TRAP.replace("MARK", work.join("ran").to_str().unwrap());
    for name in NAMES {
        labrun = labrun.program(name, &trap);
        std::os::unix::fs::symlink(work.join("bin").join(name), work.join(name)).unwrap();
    }
    let elsewhere = work.parent().unwrap().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    for name in NAMES {
        std::os::unix::fs::symlink(work.join("bin").join(name), elsewhere.join(name)).unwrap();
    }
    fs::create_dir_all(work.join("config")).unwrap();
    std::os::unix::fs::symlink(work.join("bin"), work.join("config/cli-plugins")).unwrap();
    let machine = std::env::var("PATH").unwrap();
    let path =
        format!(".:bin::{}:{}:{}:{machine}", elsewhere.display(), work.display(), work.join("bin").display());
    let kube = "current-context: a\nclusters:\n- name: c\n  cluster: {server: 'https://127.0.0.1:1'}\ncontexts:\n- name: a\n  context: {cluster: c, user: u}\n\
                users:\n- name: u\n  user:\n    exec: {command: ./evil, apiVersion: client.authentication.k8s.io/v1}\n    auth-provider: {config: {cmd-path: ./evil}}\n";
    labrun
        .deck("deck.md", deck())
        .file("kube", kube)
        .file("config/config.json", "{\"credsStore\": \"evil\", \"credHelpers\": {\"r.io\": \"evil\"}, \"auths\": {\"r.io\": {}}, \"currentContext\": \"x\"}")
        .file("labrun.toml", "secrets = [\"$(touch ran)\"]\n[values]\n\"x\" = \"$(touch ran)\"\n")
        .file(".git/config", "[core]\nfsmonitor = ./evil\npager = ./evil\n[alias]\nversion = !./evil\n")
        .env("PATH", path)
        .env("KUBECONFIG", "kube")
        .env("DOCKER_CONFIG", "config")
        .env("DOCKER_HOST", "ssh://evil@127.0.0.1")
        .env("BASH_ENV", "./evil")
        .env("ENV", "./evil")
        .env("PAGER", "./evil")
        .env("EDITOR", "./evil")
        .env("PS4", "$(touch ran)")
        .env("GIT_PAGER", "./evil")
}

#[test]
fn nothing_that_a_deck_holds_is_run_by_who_only_reads_it() {
    for args in [
        &["plan"][..],
        &["plan", "--format", "json"],
        &["plan", "--labs", "all"],
        &["run", "--dry-run"],
        &["doctor"],
        &["doctor", "--stage", "host", "--format", "json"],
        &["doctor", "--stage", "simulated"],
        &["doctor", "--labs", "all", "--share-config"],
        &["lint"],
        &["lint", "--fix", "--format", "github"],
        &["plan", "--set", "x=$(touch ran)", "--only", "$(touch ran)"],
    ] {
        let ran = among_traps(args).run();
        let mark = fs::read_to_string(ran.work().join("ran")).ok();
        assert_eq!(mark, None, "{args:?}\n{}\n{}", ran.stdout, ran.stderr);
        assert!([Some(0), Some(3), Some(4)].contains(&ran.code), "{args:?}: {:?}\n{}", ran.code, ran.stderr);
    }
}

#[test]
fn the_traps_would_be_found() {
    // Else the test above could not fail.
    let ran = among_traps(&["run", "--stage", "host"]).file("deck.md", lab(&["evil"])).run();
    assert!(Path::new(&ran.work().join("ran")).exists(), "{}\n{}", ran.stdout, ran.stderr);
}

#[test]
fn a_program_of_the_machine_is_still_asked() {
    let ran = Labrun::new().args(["doctor", "--format", "json"]).lab(&["bash -c true"]).run();
    assert!(ran.stdout.contains("GNU bash"), "{}", ran.stdout);
}
