//! Stand-ins that work by themselves, beside the real programs where these are installed; and what all of them say
//! when they do not know something.

use regex::Regex;

use crate::support::lab::{Lab, installed};

#[test]
fn the_stand_in_for_curl_does_as_curl_does() {
    if !installed("curl") {
        return;
    }
    let (real, mut ours) = (Lab::new(), Lab::new());
    ours.stand_in_for("curl");
    // The meter is drawn as often as time allows; its numbers are times, and its last line is what counts.
    let meter = Regex::new(r"(?:\n+ *(\d+) +\d+ +\d+ +(\d+) +0 +0 .*)+").unwrap();
    let varies = Regex::new(r"after \d+ ms|Date: .*|port \d+").unwrap();
    let shape = |lab: &Lab, text: &str| {
        let text = text.replace('\r', "\n").replace(&lab.registry, "REGISTRY");
        let text = varies.replace_all(&text, "VARIES");
        meter.replace_all(&text, "\nMETER $1 $2").into_owned()
    };
    for command in [
        "curl $LAB_REGISTRY/v2/_catalog",
        "curl -s $LAB_REGISTRY/v2/",
        "curl -s -i $LAB_REGISTRY/v2/_catalog",
        "curl -sI $LAB_REGISTRY/v2/",
        "curl -sS -f $LAB_REGISTRY/v2/nosuch/tags/list",
        "curl -f -s $LAB_REGISTRY/v2/nosuch/tags/list",
        "curl -s -o out -w '%{http_code} %{content_type} %{size_download}\\n' $LAB_REGISTRY/v2/_catalog && cat out",
        "curl -sS 127.0.0.1:1",
        "curl -s 127.0.0.1:1",
        "curl 127.0.0.1:1/x",
        "curl -sS http://nosuch.invalid/ --noproxy '*'",
        "curl -sS -X POST $LAB_REGISTRY/v2/a/blobs/uploads/ -o /dev/null -w '%{http_code}\\n'",
        "curl -sS -X DELETE -d x=y -H 'Content-Type: text/plain' $LAB_REGISTRY/v2/_catalog",
        "curl -sSL $LAB_REGISTRY/v2/_catalog?n=1",
        "curl -s -u a:b $LAB_REGISTRY/v2/_catalog",
        "curl -sO $LAB_REGISTRY/v2/_catalog && cat _catalog",
        "curl -sO $LAB_REGISTRY/v2/",
        "curl -fsSL -w '%{http_code}' $LAB_REGISTRY/nosuch",
        "curl --max-time 1 -sS $LAB_REGISTRY/v2/_catalog",
        "curl",
        "curl -sS 'bad url'",
        "curl -X",
        "curl -s $LAB_REGISTRY/v2/ $LAB_REGISTRY/v2/_catalog",
        "curl -sS ftp://x/ --noproxy '*'",
    ] {
        let (a, b) = (real.run(command), ours.run(command));
        let hint = |text: &str| {
            text.lines().filter(|line| !line.starts_with("labrun: ")).map(str::to_owned).collect::<Vec<_>>()
        };
        // What the stand-in cannot do it says with a code of curl's own.
        let (real_end, our_end) =
            ((a.status, hint(&shape(&real, &a.stderr))), (b.status, hint(&shape(&ours, &b.stderr))));
        if command.contains("ftp://") {
            assert_ne!(our_end.0, 0);
            continue;
        }
        assert_eq!(shape(&ours, &b.stdout), shape(&real, &a.stdout), "{command}");
        assert_eq!(our_end, real_end, "{command}");
    }
}

#[test]
fn the_stand_in_for_jq_does_as_jq_does() {
    if !installed("jq") {
        return;
    }
    let (real, mut ours) = (Lab::new(), Lab::new());
    ours.stand_in_for("jq");
    for command in [
        "kubectl get svc kubernetes -o json | jq .spec.ports[0].port",
        "kubectl get ns -o json | jq -r '.items[].metadata.name'",
        "kubectl get ns -o json | jq '[.items[] | {name: .metadata.name, phase: .status.phase}] | sort_by(.name)'",
        "echo '{\"a\":[1,2.5,\"x\",null,true]}' | jq",
        "echo '{\"b\":1,\"a\":2}' | jq -cS .",
        "echo '[3,1,2]' | jq 'sort | map(. * 2) | add'",
        "echo '{}' | jq -e .a; echo $?",
        "echo '1 2 3' | jq -s 'length'",
        "jq -n --arg x 1 --argjson y 2 '{x: $x, y: $y}'",
        "printf 'a\\nb\\n' | jq -R .",
        "echo '{\"a\":\"é\\\"\"}' | jq .a",
        "echo '{\"a\":1}' | jq --tab .",
        "echo '[1,2]' | jq '.[] | select(. > 1)'",
        "echo '{\"a\":1}' | jq 'keys, length, has(\"a\"), to_entries'",
        "echo nonsense | jq . 2> /dev/null || echo failed",
        "echo 1 | jq '.[' 2> /dev/null; echo $?",
        "echo 1 | jq .a 2> /dev/null; echo $?",
        "jq . nosuch 2> /dev/null; echo $?",
        "echo '\"2024-01-02T03:04:05Z\"' | jq fromdate",
        "echo '\"a,b\"' | jq -c 'split(\",\")'",
        "echo '[{\"a\":1},{\"a\":2}]' | jq -r '.[] | \"n=\\(.a)\"'",
        "echo '{\"a\":{\"b\":[]}}' | jq 'paths | join(\".\")' 2> /dev/null",
        "echo '[[1,\"x y\"]]' | jq -r '.[] | @csv, @sh, @base64'",
    ] {
        let (a, b) = (real.run(command), ours.run(command));
        assert_eq!((b.status, b.stdout), (a.status, a.stdout), "{command}\n{}", b.stderr);
    }
}

#[test]
fn what_a_stand_in_does_not_know_it_names_and_says_where_to_go() {
    let lab = Lab::new();
    for (command, status, named) in [
        ("kubectl port-forward svc/x 1:2", 1, "the verb port-forward"),
        ("kubectl get pods --chunky", 1, "flag: --chunky"),
        ("kubectl create job j --image=x", 1, "how to create a job j"),
        ("kubectl apply -f https://example.com/x.yml", 1, "https://example.com/x.yml"),
        ("kubectl get pods -o 'go-template={{range .items}}'", 1, "the template action {{range .items}}"),
        ("docker swarm init", 1, "the command swarm"),
        ("docker ps --nonsense", 125, "flag: --nonsense"),
        ("docker run --rm python python -c 1", 125, "what python prints in python:latest"),
        ("docker-compose up -d", 1, "the command up"),
        ("docker compose build --nonsense", 1, "flag: --nonsense"),
        ("systemctl mask docker", 1, "the verb mask"),
    ] {
        lab.ok("mkdir -p c && cd c && printf 'services: {a: {image: busybox}}' > compose.yml");
        let did = lab.run(&format!("cd c && docker pull -q python > /dev/null && {command}"));
        assert_eq!(did.status, status, "{command}: {did:?}");
        let hint = did.stderr.lines().last().unwrap();
        assert!(
            hint.starts_with("labrun: the simulated ")
                && hint.contains(named)
                && hint.contains("--stage host"),
            "{command}: {did:?}"
        );
    }
}

#[test]
fn sudo_runs_what_the_stage_admits_and_nothing_else() {
    let lab = Lab::new();
    assert_eq!(lab.ok("sudo -E -u root kubectl get ns -o name | head -1"), "namespace/default\n");
    assert_eq!(lab.ok("sudo A=b sh -c 'echo $A'"), "b\n");
    assert_eq!(lab.run("sudo sh -c 'exit 7'").status, 7);
    assert_eq!(lab.ok("echo in | sudo cat"), "in\n");
    let refused = lab.run("sudo reboot");
    assert_eq!(refused.status, 1);
    assert!(
        refused.stderr.contains("no stand-in") && refused.stderr.contains("--allow reboot"),
        "{refused:?}"
    );
    lab.ok("sudo systemctl daemon-reload && sudo systemctl restart docker && systemctl is-active docker");
    assert_eq!(lab.run("systemctl restart nosuch").status, 5);
}

#[test]
fn what_is_not_known_is_told_to_the_run_where_nobody_hears_it() {
    let mut lab = Lab::new();
    assert_eq!(lab.unknown(), Vec::<String>::new());
    lab.ok("kubectl port-forward svc/x 1:2 2> /dev/null || true");
    assert_eq!(
        lab.unknown(),
        [
            "the simulated kubectl does not know the verb port-forward; `labrun --stage host` runs the real one"
        ]
    );
    lab.ok("docker ps --nonsense 2>&1 | cat; docker-compose up 2> /dev/null | true; docker swarm init || :; docker swarm init || :");
    lab.ok("sudo helm version || true");
    lab.stand_in_for("jq");
    lab.stand_in_for("curl");
    lab.ok(
        "jq --nonsense . < /dev/null || true; curl --nonsense x || true; kubectl get pods --wrong || true",
    );
    let told = lab.unknown();
    for (told, begins) in told.iter().zip([
        "the simulated docker does not know flag: --nonsense",
        "the simulated docker-compose does not know the command up",
        "the simulated docker does not know the command swarm",
        "sudo helm is not run: the simulated stage has no stand-in for it",
        "the simulated jq does not know the option --nonsense",
        "the simulated curl does not know the option --nonsense",
        "the simulated kubectl does not know flag: --wrong",
    ]) {
        assert!(told.starts_with(begins), "{told}");
    }
    assert_eq!(told.len(), 7, "{told:?}");
    // What the real ones would refuse as well is not among it.
    lab.run("kubectl get pod nosuch; docker rm nosuch; docker pull nosuch; systemctl restart nosuch");
    assert_eq!(lab.unknown(), Vec::<String>::new());
}

#[test]
fn networks_are_there_from_when_they_are_made_to_when_they_are_removed() {
    let lab = Lab::new();
    let id = lab.ok("docker network create --driver bridge front");
    assert_eq!(id.trim_end().len(), 64, "{id}");
    let table = lab.ok("docker network ls");
    let names: Vec<&str> = table.lines().map(|line| line.split_whitespace().nth(1).unwrap()).collect();
    assert_eq!(names, ["ID", "bridge", "front", "host", "none"], "{table}");
    assert!(lab.run("docker network create front").stderr.contains("front already exists"));
    lab.ok("docker run -d --network front --name web nginx && docker rm -f web");
    assert_eq!(lab.ok("docker network inspect front | jq -r '.[0].Id'"), id);
    assert_eq!(lab.ok("docker network rm front"), "front\n");
    assert_eq!(lab.run("docker network rm front").status, 1);
    assert_eq!(lab.run("docker network rm bridge").status, 1);
    let missing = lab.run("docker run -d --network front nginx");
    assert_eq!(missing.status, 125);
    assert!(missing.stderr.contains("network front not found"), "{missing:?}");
    lab.run("docker network connect front web");
    assert_eq!(lab.unknown().len(), 1);
}
