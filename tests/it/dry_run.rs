//! What `labrun plan` tells an instructor before class: all of each command, limits, what needs a person, what nothing
//! checks with a directive to paste, and how long it will take.

use crate::support::{Labrun, lab};

const DECK: &str = "\
# First steps

.lab[

```bash retry=90s
kubectl get deployments --all-namespaces --selector app.kubernetes.io/name=registry --output wide
```

<!-- ```longwait registry``` -->

```bash
vi notes
docker login {registry.url} -u <User> -p {password}
```

]

After a while we should see `registry-7d` twice.

There should be three of them.

.lab[

```bash
sleep 1
```

<!-- ```open http://localhost:8080/``` -->

```bash
less /etc/hosts
```
<!-- ```key q``` -->

<!-- ```skip only with a spare machine``` -->

```bash
rm -rf cache
```

]
";

#[test]
fn a_plan_for_people() {
    let plan = Labrun::new()
        .arg("plan")
        .deck("first.md", DECK)
        .file("labrun.toml", "[limits]\nlooks = '20s'\nlongwait = '90s'\n[values]\npassword = 'hunter22'\n")
        .run()
        .exit(0);
    assert!(!plan.stdout.contains("hunter22"));
    insta::with_settings!({
        snapshot_path => "../../snapshots/plan",
        prepend_module_to_snapshot => false,
        omit_expression => true,
        description => "labrun plan first.md",
    }, {
        insta::assert_snapshot!("people", plan.stdout);
    });
}

#[test]
fn directives_to_paste_check_what_they_say() {
    let plan = Labrun::new().args(["plan", "--format", "json"]).deck("first.md", DECK).run().exit(0);
    let json: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
    let unchecked = json["decks"][0]["unchecked"].as_array().unwrap();
    let directives: Vec<&str> = unchecked.iter().map(|one| one["directive"].as_str().unwrap()).collect();
    assert_eq!(
        directives,
        ["<!-- ```expect contains registry-7d``` -->", "<!-- ```expect contains TEXT``` -->"]
    );
    let deck = lab(&["echo one registry-7d"]).replace("\n]\n", &format!("\n{}\n\n]\n", directives[0]));
    let ran = Labrun::new().deck("deck.md", deck).run().exit(0);
    assert_eq!(ran.events("command-ended")[0]["checks"][1]["check"]["text"], "registry-7d");
}

#[test]
fn earlier_runs_tell_how_long_it_takes() {
    let deck = lab(&["sleep 0.2", "true"]);
    let labrun =
        || Labrun::new().file("deck.md", &deck).file("longer.md", lab(&["sleep 0.2", "true", "new"]));
    labrun().args(["plan", "deck.md"]).run().exit(0).says("2 steps, not timed yet");
    let runs = labrun().args(["deck.md", "--journals", "runs"]).run().exit(0);
    let journals = runs.work().join("runs");
    let plan = |deck: &str| labrun().args(["plan", deck, "--journals"]).arg(&journals).run().exit(0);
    let told = plan("deck.md").says("2 steps, 2").says(" ms in earlier runs");
    assert!(!told.stdout.contains("not timed"));
    let json =
        labrun().args(["plan", "deck.md", "--format", "json", "--journals"]).arg(&journals).run().exit(0);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let took = json["decks"][0]["slides"][0]["steps"][0]["expected_ms"].as_u64().unwrap();
    assert!(took >= 200, "{took}");
    // Another deck of the same steps has not run.
    plan("longer.md").says("3 steps, not timed yet");
}

#[test]
fn several_decks_are_summed_up() {
    let plan =
        Labrun::new().arg("plan").deck("a.md", lab(&["true"])).deck("b.md", lab(&["true", "false"])).run();
    plan.exit(0).says("2 decks in all: 3 steps");
}
