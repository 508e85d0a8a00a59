//! `labrun doctor`: what a machine lacks for a deck, what the deck names, and that nothing of it is run.

use serde_json::Value;

use crate::support::{Labrun, Ran, lab};

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap()
}

/// The texts of one kind among the notes of the first deck.
fn notes(health: &Value, list: &str, kind: &str) -> Vec<String> {
    let notes = health["decks"][0][list].as_array().unwrap().iter();
    notes.filter(|note| note["kind"] == kind).map(|note| note["text"].as_str().unwrap().to_owned()).collect()
}

fn doctor(blocks: &[&str]) -> Labrun {
    Labrun::new().args(["doctor", "--format", "json"]).lab(blocks)
}

#[test]
fn a_machine_that_has_all_of_it_is_ready() {
    Labrun::new()
        .arg("doctor")
        .lab(&["X=1\necho $X | cat", "mkdir -p d && cd d"])
        .run()
        .exit(0)
        .says("\nready\n");
}

#[test]
fn what_is_missing_is_in_the_way() {
    let ran = doctor(&["no-such-tool --fast\n./own.sh", "cat there missing", "docker login {registry.url}"])
        .file("there", "")
        .run()
        .exit(4);
    let health = json(&ran);
    assert_eq!(health["ready"], false);
    assert_eq!(notes(&health, "problems", "file").concat(), {
        let missing = ran.work().canonicalize().unwrap().join("missing");
        format!("{} is not there, and no command before makes it", missing.display())
    });
    assert_eq!(notes(&health, "problems", "value"), ["no value is given: --set 'registry.url=VALUE'"]);
    let missing = notes(&health, "problems", "program");
    assert!(missing.contains(&"no-such-tool is not on this machine".to_owned()), "{missing:?}");
    assert!(!missing.iter().any(|text| text.contains("own.sh")));
    let ran = Labrun::new().arg("doctor").lab(&["no-such-tool"]).run().exit(4);
    ran.says("not ready: 1 thing is in the way")
        .says("line 6     program: no-such-tool is not on this machine");
}

#[test]
fn what_the_deck_installs_is_not_missing() {
    let ran = doctor(&["sudo apt-get install -y no-such-tool", "no-such-tool"])
        .program("sudo", "")
        .program("apt-get", "");
    let health = json(&ran.run().exit(0));
    let tools = health["programs"].as_array().unwrap();
    assert!(tools.iter().any(|tool| tool["name"] == "no-such-tool" && tool["state"] == "installed"));
    assert_eq!(notes(&health, "marked", "sudo").len(), 1);
}

#[test]
fn what_to_pull_and_reach_is_listed_with_its_place() {
    let ran = doctor(&[
        "docker run -d -p 8123:80 nginx:1.27\ncurl -s localhost:8123",
        "helm install web bitnami/nginx; helm upgrade --install --repo https://h.example.com/c cert web --version 1\ncurl https://example.com/x.yaml",
    ])
    .program("docker", "")
    .program("helm", "");
    let names = &json(&ran.run().exit(0))["names"];
    assert_eq!(names["images"]["nginx:1.27"], "deck.md:6");
    assert_eq!(names["charts"]["bitnami/nginx"], "deck.md:11");
    assert_eq!(names["charts"]["web of https://h.example.com/c"], "deck.md:11");
    assert_eq!(names["ports"]["8123"], "deck.md:6");
    assert_eq!(names["hosts"]["example.com"], "deck.md:12");
    assert_eq!(names["urls"]["https://example.com/x.yaml"], "deck.md:12");
}

#[test]
fn images_in_manifests_are_to_be_pulled_and_what_the_deck_builds_is_not() {
    let ran = doctor(&[
        "kubectl apply -f- <<E\nspec:\n  containers:\n  - image: redis:7  # a cache\n    name: image\n  - {name: b, image: 'busybox'}\nE",
        "cat > Dockerfile <<E\nFROM golang:1.22 AS build\nFROM build\nFROM alpine\nE\ndocker build -t shop .\ndocker run shop\ndocker tag shop h/shop; docker run h/shop",
        "kubectl set image deploy/web web=nginx:1.28\nkubectl apply -f web.yaml\ncat notes.txt",
        "cd app\ndocker compose up -d",
        "vi more.yaml\nimage: postgres:16\n[esc]:wq",
        "cat > app.yaml <<E\nimage: {registry}/x\nimage: ${REGISTRY-h}/y\nimage: \"$IMAGE\"\nrepoURL: https://charts.example.com/stable\nE",
    ])
    .file("web.yaml", "image: quay.io/web@sha256:abc\n")
    .file("notes.txt", "image: none\n")
    .file("app/compose.yaml", "services:\n  db:\n    image: \"mysql\"\n  web:\n    image: ${R}/z\n")
    .program("docker", "")
    .program("kubectl", "");
    let names = json(&ran.run())["names"].clone();
    let images: Vec<&String> = names["images"].as_object().unwrap().keys().collect();
    assert_eq!(
        images,
        [
            "alpine",
            "busybox",
            "golang:1.22",
            "mysql",
            "nginx:1.28",
            "postgres:16",
            "quay.io/web@sha256:abc",
            "redis:7"
        ]
    );
    assert_eq!(names["images"]["redis:7"], "deck.md:6");
    assert!(names["urls"]["https://charts.example.com/stable"].is_string());
}

#[test]
fn what_destroys_and_what_cannot_be_taken_back_is_marked() {
    let ran = doctor(&[
        "rm -rf cache\ngit add . && \\\n  git push",
        "docker system prune -f",
        "kubectl delete pods --all",
    ])
    .program("docker", "")
    .program("kubectl", "")
    .program("git", "");
    let health = json(&ran.run().exit(0));
    assert_eq!(
        notes(&health, "marked", "destructive"),
        [
            "rm -rf cache (folders with all they hold)",
            "docker system prune -f (containers, networks and images that are not in use)",
            "kubectl delete pods --all (all objects of a kind)",
        ]
    );
    assert_eq!(
        notes(&health, "marked", "irreversible"),
        ["git add . && git push (others see what is pushed)"]
    );
}

#[test]
fn a_variable_that_nobody_sets_is_told_once() {
    let ran = doctor(&["A=1; echo $A $HOME $B ${C:-x} $1", "echo $B; D=$(echo $D)"]).run().exit(0);
    let told = notes(&json(&ran), "warnings", "variable");
    let names: Vec<&str> = told.iter().map(|text| text.split(' ').next().unwrap()).collect();
    assert_eq!(names, ["$B"]);
}

#[test]
fn versions_come_from_programs_of_the_machine_and_never_from_the_decks_folder() {
    // The folder of the deck is first on PATH here, as `bin` below it.
    let mark = "#!/bin/sh\ntouch \"$(dirname \"$0\")/asked\"\necho 1.0\n";
    let ran = doctor(&["jq .\nbash -c true"]).program("jq", mark).run().exit(0);
    assert!(!ran.work().join("bin/asked").exists());
    let health = json(&ran);
    let version = |name: &str| {
        let tools = health["programs"].as_array().unwrap();
        tools.iter().find(|tool| tool["name"] == name).unwrap()["version"].clone()
    };
    assert_eq!(version("jq"), Value::Null);
    assert!(version("bash").as_str().unwrap().contains("bash"));
}

#[test]
fn the_simulated_stage_is_ready_with_its_stand_ins() {
    let health = json(&doctor(&["kubectl get pods", "cat ~/x"]).args(["--stage", "simulated"]).run().exit(4));
    assert_eq!(
        health["programs"].as_array().unwrap().iter().filter(|one| one["state"] == "simulated").count(),
        1
    );
    assert!(notes(&health, "problems", "file")[0].starts_with("~/x is not there"));
    let health = json(&doctor(&["helm ls"]).args(["--stage", "simulated"]).run().exit(4));
    assert!(notes(&health, "problems", "program")[0].contains("--allow helm"));
}

#[test]
fn the_context_in_use_is_told() {
    let health = json(
        &doctor(&["kubectl get pods"])
            .file("kube", KUBE)
            .env("KUBECONFIG", "kube")
            .program("kubectl", "")
            .run(),
    );
    assert_eq!(health["kube_context"]["name"], "prod");
    assert_eq!(health["kube_context"]["local"], false);
}

const KUBE: &str = "current-context: prod\nclusters:\n- name: c\n  cluster: {server: https://k8s.example.com}\ncontexts:\n- name: prod\n  context: {cluster: c}\n";

/// A kubectl that changes the configuration that it is pointed at.
const KUBECTL: &str = "#!/bin/sh\necho \"${KUBECONFIG:-none}\" >> seen\n[ \"$1\" = config ] && echo changed > \"$KUBECONFIG\"\nexit 0\n";

#[test]
fn a_deck_changes_copies_of_the_users_configuration() {
    let labrun = || {
        Labrun::new()
            .lab(&[
                "kubectl config use-context kind-a",
                "docker login",
                "echo $KUBECONFIG > own; kubectl get pods",
            ])
            .file("kube", KUBE)
            .file("docker/config.json", "{}")
            .program("kubectl", KUBECTL)
            .program("docker", "#!/bin/sh\necho changed > $DOCKER_CONFIG/config.json\n")
            .env("KUBECONFIG", "kube")
            .env("DOCKER_CONFIG", "docker")
    };
    let ran = labrun()
        .run()
        .exit(0)
        .says("changes a copy of your kubeconfig")
        .says("changes a copy of your docker");
    assert_eq!((ran.read("kube").as_str(), ran.read("docker/config.json").as_str()), (KUBE, "{}"));
    let copy = ran.read("own");
    assert_ne!(copy.trim(), "kube");
    assert!(!std::path::Path::new(copy.trim()).exists(), "gone with the run");
    let ran = labrun().arg("--share-config").run().exit(0).says_not("a copy of your");
    assert_eq!(
        (ran.read("kube").as_str(), ran.read("docker/config.json").as_str()),
        ("changed\n", "changed\n")
    );
}

/// A docker that keeps logins as docker does: in the store that its configuration names, or in its own where that names
/// neither a store nor a login.
const DOCKER_LOGIN: &str = r#"#!/bin/bash
config=$DOCKER_CONFIG/config.json
if grep -qE 'credsStore|credHelpers' "$config" || ! grep -q '"auths":{"' "$config"; then
  docker-credential-desktop "$1"
else
  echo "{\"auths\":{\"r.io\":{\"auth\":\"$1\"}}}" > "$config"
fi
"#;

#[test]
fn a_login_leaves_the_users_credential_store_alone() {
    for config in [
        "{\"auths\":{\"r.io\":{}},\"credsStore\":\"desktop\"}",
        "{\"credHelpers\":{\"r.io\":\"desktop\"}}",
        "{\"auths\":{}}",
    ] {
        let labrun = || {
            Labrun::new()
                .lab(&["docker login r.io", "cat $DOCKER_CONFIG/config.json", "docker logout r.io"])
                .file("docker/config.json", config)
                .program("docker", DOCKER_LOGIN)
                .program("docker-credential-desktop", "#!/bin/sh\necho \"$1\" >> stored\n")
                .env("DOCKER_CONFIG", "docker")
        };
        let ran = labrun().run().exit(0);
        assert!(!ran.work().join("stored").exists(), "{config}");
        assert_eq!(ran.read("docker/config.json"), config);
        if config.contains("desktop") {
            ran.says("logins that desktop keeps are not used").says("--share-config");
        } else {
            ran.says_not("are not used");
        }
        let ran = labrun().arg("--share-config").run().exit(0).says_not("are not used");
        assert_eq!(ran.read("stored"), "login\nlogout\n", "{config}");
    }
}

#[test]
fn what_a_login_says_of_its_copy_is_what_the_slide_says_of_home() {
    let deck =
        format!("{}\nWe should see:\n\n```\nstored in ~/.docker/config.json.\n```\n", lab(&["docker login"]));
    Labrun::new()
        .deck("deck.md", deck)
        .program("docker", "#!/bin/sh\necho \"stored in $DOCKER_CONFIG/config.json.\"\n")
        .arg("--strict")
        .run()
        .exit(0);
}

#[test]
fn decks_of_one_run_share_the_copies() {
    let ran = Labrun::new()
        .deck("a.md", lab(&["kubectl config use-context kind-a"]))
        .deck("b.md", lab(&["cat $KUBECONFIG"]))
        .file("kube", KUBE)
        .program("kubectl", KUBECTL)
        .env("KUBECONFIG", "kube")
        .run()
        .exit(0);
    let ended = ran.events("command-ended");
    assert_eq!(ended.last().unwrap()["outcome"]["stdout"], "changed\n");
}

#[test]
fn a_cluster_elsewhere_is_left_alone_until_it_is_named() {
    let labrun = |toml: &str| {
        let labrun = Labrun::new()
            .lab(&["kubectl create namespace blue"])
            .file("kube", KUBE)
            .file("labrun.toml", toml);
        labrun.program("kubectl", KUBECTL).env("KUBECONFIG", "kube")
    };
    let ran = labrun("")
        .run()
        .exit(4)
        .says("context prod")
        .says("https://k8s.example.com")
        .says("--kube-context prod");
    assert!(!ran.work().join("seen").exists(), "nothing was run");
    labrun("").args(["--kube-context", "prod"]).run().exit(0);
    labrun("kube-contexts = ['prod']\n").run().exit(0);
    let looks = Labrun::new().lab(&["kubectl get namespaces"]).file("kube", KUBE);
    looks.program("kubectl", KUBECTL).env("KUBECONFIG", "kube").run().exit(0);
}

#[test]
fn a_hidden_step_cannot_take_the_decks_own_folder_away() {
    let deck = "# S\n\n.lab[\n\n<!-- ```hide mv decks gone``` -->\n\n```bash\ntouch ran\n```\n\n]\n";
    let labrun = || Labrun::new().deck("decks/deck.md", deck);
    let ran = labrun().run().exit(4).says("where this deck is").says("--allow-removal");
    assert!(ran.work().join("decks/deck.md").exists() && !ran.work().join("ran").exists());
    let ran = labrun().arg("--allow-removal").run().exit(0);
    assert!(ran.work().join("gone/deck.md").exists());
}
