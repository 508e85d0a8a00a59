//! The simulated stage: docker and kubectl against recordings of the real tools, real clients against its registry,
//! and decks that know nothing of each other.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use regex::Regex;

use crate::support::Labrun;
use crate::support::lab::{Lab, installed};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/simulated").join(name)
}

/// A recording with all that differs from run to run replaced: identities, addresses, ages, sizes and widths.
fn shape(recording: &str, port: &str) -> String {
    const RULES: &[(&str, &str)] = &[
        (r"[0-9a-f]{64}", "ID"),
        (r"\b[0-9a-f]{12}\b", "ID"),
        (r"\b(web|bad)-[a-z0-9]{8,10}(-[a-z0-9]{5})?\b", "$1-MARK"),
        (r"pod-template-hash=\w+", "pod-template-hash=MARK"),
        (r"\b(198\.51\.100|203\.0\.113|10\.\d+\.\d+)\.\d+\b", "ADDRESS"),
        (r"\b3[0-2]\d{3}\b", "NODEPORT"),
        (
            r"(Less than a second|About an? \w+|\b\d+ (second|minute|hour|day|week|month|year)s?)( ago)?",
            "AGE",
        ),
        (r"\b\d+(s|m|h|m\d+s)\b", "AGE"),
        (r"\w{3}, \d\d \w{3} \d{4} [\d:]+ \+0000", "DATE"),
        (r"\b\d+(\.\d+)?MB\b", "SIZE"),
        (r" size: \d+", " size: N"),
        (r"/tmp/\S*/ctx", "HERE"),
        (r"(?m)^e\| labrun: .*\n", ""),
        (r"(\S) {2,}", "$1  "),
    ];
    let text = recording.replace(port, "PORT");
    RULES.iter().fold(text, |text, (pattern, with)| {
        Regex::new(pattern).unwrap().replace_all(&text, *with).into_owned()
    })
}

/// Runs the commands of a recording and compares.
#[track_caller]
fn assert_as_recorded(name: &str) {
    let recording = fs::read_to_string(data(name)).unwrap();
    let lab = Lab::new();
    let commands: Vec<&str> = recording.lines().filter_map(|line| line.strip_prefix("$ ")).collect();
    let (input, output) = (lab.home().join("commands"), lab.home().join("recording"));
    fs::write(&input, commands.join("\n") + "\n").unwrap();
    // Free now; the recordings have 5077.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    // What the real machine had before the recording began.
    lab.ok("docker pull -q busybox && docker pull -q registry");
    let status =
        lab.bash().env("PORT", &port).arg(data("record.sh")).args([&input, &output]).status().unwrap();
    assert!(status.success());
    let ours = shape(&fs::read_to_string(output).unwrap(), &port);
    let real = shape(&recording, "5077");
    if ours != real {
        let differences = similar::TextDiff::from_lines(&real, &ours)
            .unified_diff()
            .context_radius(4)
            .header("real", "simulated")
            .to_string();
        panic!("{name}: {differences}");
    }
}

#[test]
fn kubectl_says_what_the_real_one_said() {
    assert_as_recorded("kubectl.txt");
}

#[test]
fn docker_says_what_the_real_one_said() {
    assert_as_recorded("docker.txt");
}

#[test]
fn docker_compose_says_what_the_real_one_said() {
    assert_as_recorded("compose.txt");
}

#[test]
fn skopeo_reads_and_copies_what_was_pushed() {
    if !installed("skopeo") {
        return;
    }
    let lab = Lab::new();
    lab.ok("docker pull busybox && docker tag busybox $LAB_REGISTRY/tools/busybox:v1 && docker push $LAB_REGISTRY/tools/busybox:v1");
    let registry = &lab.registry;
    let inspected = lab.ok("skopeo inspect --tls-verify=false docker://$LAB_REGISTRY/tools/busybox:v1");
    let inspected: serde_json::Value = serde_json::from_str(&inspected).unwrap();
    assert_eq!(inspected["RepoTags"], serde_json::json!(["v1"]));
    assert_eq!(inspected["Architecture"], "amd64");
    let pushed = lab.ok("docker push $LAB_REGISTRY/tools/busybox:v1");
    assert!(pushed.contains(inspected["Digest"].as_str().unwrap()), "{pushed}");
    // To files, whose digests it checks, back under another name, and into our docker.
    lab.ok("skopeo copy --src-tls-verify=false docker://$LAB_REGISTRY/tools/busybox:v1 dir:copy");
    lab.ok("skopeo copy --dest-tls-verify=false dir:copy docker://$LAB_REGISTRY/again:v2");
    lab.ok("skopeo copy --format oci --dest-tls-verify=false dir:copy docker://$LAB_REGISTRY/oci:v3");
    assert_eq!(
        lab.ok("curl -s $LAB_REGISTRY/v2/_catalog"),
        "{\"repositories\":[\"again\",\"oci\",\"tools/busybox\"]}\n"
    );
    for name in ["again:v2", "oci:v3"] {
        assert_eq!(
            lab.ok(&format!(
                "docker pull -q {registry}/{name} && docker run --rm {registry}/{name} echo it runs"
            ))
            .lines()
            .last(),
            Some("it runs")
        );
    }
    lab.ok("skopeo delete --tls-verify=false docker://$LAB_REGISTRY/again:v2");
    assert!(!lab.ok("curl -s $LAB_REGISTRY/v2/_catalog").contains("again"));
}

#[test]
fn whoever_logs_in_first_owns_the_registry_and_strangers_may_only_read() {
    let lab = Lab::new();
    lab.ok("docker pull -q busybox && docker tag busybox reg.example:8080/library/busybox");
    let did = lab.run("docker login reg.example:8080 -u admin -p Harbor12345");
    assert_eq!((did.status, did.stdout.as_str()), (0, "Login Succeeded\n"));
    let config = lab.home().join(".docker/config.json");
    assert_eq!(
        did.stderr,
        format!(
            "WARNING! Using --password via the CLI is insecure. Use --password-stdin.\nWARNING! Your password will be stored unencrypted \
             in {}.\nConfigure a credential helper to remove this warning. \
             See\nhttps://docs.docker.com/engine/reference/commandline/login/#credentials-store\n\n",
            config.display()
        )
    );
    lab.ok("docker push reg.example:8080/library/busybox");
    assert_eq!(
        lab.ok("echo Harbor12345 | docker login reg.example:8080 -u admin --password-stdin"),
        "Login Succeeded\n"
    );
    let wrong = lab.run("docker login reg.example:8080 -u admin -p wrong");
    assert_eq!(wrong.status, 1);
    assert!(wrong.stderr.ends_with("Error response from daemon: Get \"http://reg.example:8080/v2/\": unauthorized: authentication required\n"), "{wrong:?}");
    lab.ok("docker logout reg.example:8080");
    let stranger = lab.run("docker push reg.example:8080/library/busybox");
    assert_eq!((stranger.status, stranger.stderr.as_str()), (1, "no basic auth credentials\n"));
    lab.ok("docker rmi reg.example:8080/library/busybox && docker pull reg.example:8080/library/busybox");
}

#[test]
fn images_come_from_the_catalogue_or_from_what_was_pushed_and_from_nowhere_else() {
    let lab = Lab::new();
    for (command, status, error) in [
        (
            "docker pull bosybux",
            1,
            "Error response from daemon: pull access denied for bosybux, repository does not exist or may require 'docker login': denied: \
             requested access to the resource is denied\n",
        ),
        (
            "docker pull busybox:nosuchtag",
            1,
            "Error response from daemon: manifest for busybox:nosuchtag not found: manifest unknown: manifest unknown\n",
        ),
        (
            "docker pull quay.io/some/thing",
            1,
            "Error response from daemon: manifest for quay.io/some/thing:latest not found: manifest unknown: manifest unknown\n",
        ),
        (
            "docker tag busybox a/b && docker push a/b",
            1,
            "denied: requested access to the resource is denied\n",
        ),
    ] {
        lab.ok("docker pull -q busybox");
        let did = lab.run(command);
        assert_eq!((did.status, did.stderr.as_str()), (status, error), "{command}");
    }
}

#[test]
fn a_node_port_answers_only_while_a_pod_serves_there() {
    let lab = Lab::new();
    let connects = |port: &str| TcpStream::connect(format!("127.0.0.1:{port}")).is_ok();
    lab.ok("kubectl create deployment web --image=nginx && kubectl expose deploy/web --port=80 --type=NodePort --name=right");
    lab.ok("kubectl expose deploy/web --port=80 --target-port=9999 --type=NodePort --name=wrong");
    lab.ok("kubectl wait deploy/web --for=condition=available");
    let port =
        |name: &str| lab.ok(&format!("kubectl get svc {name} -o jsonpath='{{.spec.ports[0].nodePort}}'"));
    let (right, wrong) = (port("right"), port("wrong"));
    assert!(lab.ok(&format!("curl -s 127.0.0.1:{right}")).contains("Welcome to nginx!"));
    assert!(!connects(&wrong));
    lab.ok("kubectl scale deploy/web --replicas=0");
    assert!(lab.run(&format!("curl -s --retry 3 127.0.0.1:{right}")).status == 7 && !connects(&right));
    lab.ok("kubectl scale deploy/web --replicas=2 && kubectl rollout status deploy/web");
    lab.ok(&format!("curl -s --retry 5 --retry-connrefused 127.0.0.1:{right}"));
    lab.ok("kubectl delete svc right");
    assert!(!connects(&right));
}

#[test]
fn addresses_of_the_cluster_lead_to_its_services() {
    if !installed("curl") {
        return;
    }
    let lab = Lab::new();
    lab.ok("kubectl create deployment env --image=jpetazzo/httpenv && kubectl expose deploy env --port=8888");
    lab.ok("kubectl wait deploy env --for=condition=available");
    lab.ok("kubectl create deployment none --image=nosuchimage && kubectl expose deploy none --port=80");
    let by_service = lab
        .ok("curl -s http://$(kubectl get svc env -o go-template --template '{{ .spec.clusterIP }}'):8888/");
    let by_pod =
        lab.ok("curl -s http://$(kubectl get pods -l app=env -o jsonpath={.items[0].status.podIP}):8888/");
    assert_eq!(by_service, by_pod);
    let variables: serde_json::Value = serde_json::from_str(&by_service).unwrap();
    let pod = lab.ok("kubectl get pods -l app=env -o name");
    assert_eq!(format!("pod/{}\n", variables["HOSTNAME"].as_str().unwrap()), pod);
    let nobody = lab.run("curl -sS http://$(kubectl get svc none -o jsonpath={.spec.clusterIP})");
    assert_eq!((nobody.status, nobody.stdout.as_str()), (56, ""), "{nobody:?}");
}

#[test]
fn a_built_image_serves_its_own_files() {
    let lab = Lab::new();
    lab.ok("mkdir site && echo '<h1>mine</h1>' > site/index.html && printf 'FROM nginx\\nCOPY index.html /usr/share/nginx/html/\\n' > site/Dockerfile");
    lab.ok("docker build -t $LAB_REGISTRY/site:1 site && docker push $LAB_REGISTRY/site:1");
    lab.ok(
        "kubectl create namespace web && kubectl -n web create deployment site --image=$LAB_REGISTRY/site:1",
    );
    lab.ok("kubectl -n web expose deploy site --port=80 --type=NodePort && kubectl -n web wait deploy site --for=condition=available");
    let page =
        lab.ok("curl -s 127.0.0.1:$(kubectl -n web get svc site -o jsonpath={.spec.ports[0].nodePort})");
    assert_eq!(page, "<h1>mine</h1>\n");
    assert_eq!(
        lab.ok("docker run --rm $LAB_REGISTRY/site:1 cat /usr/share/nginx/html/index.html"),
        "<h1>mine</h1>\n"
    );
    let missing = lab.run("curl -s -o /dev/null -w '%{http_code}' 127.0.0.1:$(kubectl -n web get svc site -o jsonpath={.spec.ports[0].nodePort})/no");
    assert_eq!(missing.stdout, "404");
}

#[test]
fn nothing_of_the_callers_environment_leads_out_of_the_stage() {
    let lab = Lab::new();
    let out = lab.ok("env");
    for name in ["KUBECONFIG", "DOCKER_HOST", "SSH_AUTH_SOCK", "AWS_", "CARGO"] {
        assert!(!out.contains(name), "{name} in {out}");
    }
    assert_eq!(lab.ok("cd && pwd -P").trim_end(), lab.home().canonicalize().unwrap().to_str().unwrap());
    if installed("curl") {
        let refused = lab.run("curl -sS http://example.com/");
        assert_eq!(
            (refused.status, refused.stderr.as_str()),
            (56, "curl: (56) Recv failure: Connection reset by peer\n")
        );
        assert_ne!(lab.run("curl -s https://example.com/").status, 0);
        let why = |host| format!("the simulated stage has no network; {host} was not asked");
        assert_eq!(lab.unknown(), [why("example.com:80"), why("example.com:443")]);
        // A registry elsewhere is the one of the run.
        assert_eq!(lab.ok("curl -s http://registry.example:8080/v2/_catalog"), "{\"repositories\":[]}\n");
    }
}

#[test]
fn shells_in_containers_take_scripts_of_commands_that_are_known() {
    let lab = Lab::new();
    lab.ok("docker pull -q alpine && docker run -d --name box alpine sleep 1000 && kubectl run box --image=alpine -- sleep 1000 && kubectl wait pod box --for=condition=Ready");
    for command in ["docker run --rm -i alpine sh", "docker exec -i box sh", "kubectl exec -i box -- sh"] {
        assert_eq!(lab.ok(&format!("printf 'echo one\\nA=b\\n' | sed 2d | {command}")), "one\n", "{command}");
        let unknown = lab.run(&format!("echo 'apk add curl' | {command}"));
        assert!(
            unknown.status != 0 && unknown.stderr.contains("labrun: the simulated"),
            "{command}: {unknown:?}"
        );
    }
    lab.ok("mkdir shared && echo from outside > shared/file");
    assert_eq!(lab.ok("docker run --rm -v $PWD/shared:/data alpine cat /data/file"), "from outside\n");
}

#[test]
fn a_container_in_the_foreground_goes_with_whoever_runs_it() {
    let lab = Lab::new();
    assert_eq!(lab.run("timeout 1 docker run --rm --name web nginx").status, 124);
    let gone = || lab.ok("docker ps -aq").is_empty();
    assert!((0..50).any(|_| gone() || {
        std::thread::sleep(std::time::Duration::from_millis(50));
        false
    }));
}

#[test]
fn many_replicas_do_not_hold_the_run_up() {
    let lab = Lab::new();
    lab.ok(
        "kubectl create deployment web --image=nginx --replicas=50 && kubectl expose deploy web --port=80",
    );
    lab.ok("kubectl rollout status deploy/web --timeout=60s");
    assert_eq!(lab.ok("kubectl get deploy web -o jsonpath={.status.readyReplicas}"), "50");
    lab.ok("kubectl scale deploy web --replicas=1000000 && kubectl get pods > /dev/null");
    let stuck = lab.run("kubectl rollout status deploy/web --timeout=1s");
    assert_eq!(stuck.status, 1, "a node takes 110 pods");
}

/// A deck that knows nothing of the project's own: other names, tags, order, and a namespace.
const OTHER_DECK: &str = r#"class: title

# Shipping

---

## A place for images

.lab[

- Prepare a namespace:
  ```bash
  kubectl create namespace harbour
  kubectl config set-context --current --namespace=harbour
  ```

- Run two of them and give them a door:
  ```bash
  kubectl create deployment depot --image=registry:2 --replicas=2 --port=5000
  kubectl rollout status deploy depot
  kubectl scale deploy depot --replicas=1
  kubectl expose deployment depot --name=door --type=NodePort --target-port=5000 --port=8000
  ```

]

---

## Fill it

.lab[

- Find the door:
  ```bash
  DOOR=$(kubectl get service door -o jsonpath='{.spec.ports[0].nodePort}')
  DEPOT=localhost:$DOOR
  ```

- Build and ship:
  ```bash
  mkdir -p cargo
  printf 'FROM alpine:3.19
COPY manifest.txt /
CMD ["cat", "/manifest.txt"]
' > cargo/Dockerfile
  echo bananas > cargo/manifest.txt
  docker build -t $DEPOT/fruit/bananas:2024.1 cargo
  docker push $DEPOT/fruit/bananas:2024.1
  docker run --rm $DEPOT/fruit/bananas:2024.1
  ```

]

The last command should print:
```
bananas
```

---

## Look

.lab[

- What is there:
  ```bash
  curl -s $DEPOT/v2/_catalog
  ```

]

The output should be:
```json
{"repositories":["fruit/bananas"]}
```

---

## Run it

.lab[

- A pod of our own image:
  ```bash
  kubectl run hungry --image=127.0.0.1:$DOOR/fruit/bananas:2024.1 --restart=Never
  kubectl wait pod hungry --for=jsonpath='{.status.phase}'=Succeeded
  kubectl logs hungry
  ```

- Something that cannot work:
  ```bash
  kubectl create deployment wreck --image=fruit/coconuts
  kubectl wait deployment wreck --for condition=available --timeout 1s
  ```

<!-- ```wait timed out waiting for the condition on deployments/wreck``` -->

]
"#;

#[test]
fn another_deck_with_other_names_tags_order_and_a_namespace_passes() {
    let ran = Labrun::new()
        .deck("other.md", OTHER_DECK)
        .args(["--stage", "simulated"])
        .run()
        .exit(0)
        .says("SIMULATED");
    assert!(ran.verdicts().iter().all(|verdict| verdict == "held"), "{:?}", ran.verdicts());
}

#[test]
fn a_script_that_the_deck_makes_runs_and_the_real_kubectl_behind_a_path_does_not() {
    let made = "printf '#!/bin/sh\\necho made\\n' > tool.sh\nchmod +x tool.sh\n./tool.sh";
    Labrun::new().lab(&[made]).args(["--stage", "simulated"]).run().exit(0);
    let by_name = "mkdir bin\nprintf '#!/bin/sh\\necho made\\n' > bin/our-tool\nchmod +x bin/our-tool\nPATH=$PATH:$PWD/bin\nour-tool";
    Labrun::new().lab(&[by_name]).args(["--stage", "simulated"]).run().exit(0);
    let real = Labrun::new().lab(&["/usr/bin/kubectl get nodes"]).args(["--stage", "simulated"]).run();
    real.exit(4).says("/usr/bin/kubectl").says("write `kubectl`");
}

#[test]
fn a_deck_that_calls_for_what_has_no_stand_in_is_refused_before_it_starts() {
    let deck = || Labrun::new().lab(&["touch started", "helm install x y"]).args(["--stage", "simulated"]);
    let ran = deck().run().exit(4).says("helm").says("deck.md:10").says("--allow helm");
    assert!(!ran.stdout.contains("touch started  "), "{}", ran.stdout);
    deck().args(["--allow", "helm"]).run().exit(1);
}

#[test]
fn the_page_about_the_stage_runs_on_it() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/simulated.md");
    let ran = Labrun::new().args(["--stage", "simulated", "--labs", "all"]).arg(page).run().exit(0);
    assert!(ran.verdicts().len() > 10, "{}", ran.stdout);
    ran.says("3 with the output promised");
}

#[test]
fn what_a_stand_in_does_not_know_fails_also_where_nobody_would_hear_it() {
    for command in ["kubectl frobnicate 2>/dev/null || true", "docker ps --frob 2>&1 | cat"] {
        Labrun::new()
            .args(["--stage", "simulated"])
            .lab(&[command])
            .run()
            .exit(1)
            .says("does not know")
            .says("--stage host");
    }
}
