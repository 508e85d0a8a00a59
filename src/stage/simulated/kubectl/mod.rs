//! The simulated `kubectl`: which verbs there are, what they take, and how objects are named. What the verbs do is in
//! the files beside this one.

mod about;
mod change;
mod columns;
mod create;
mod describe;
mod get;
mod logs;
mod manifest;
mod wait;

use serde_json::Value;

use super::call::{Call, Failure, Outcome, not_simulated};
use super::cluster::Cluster;
use super::cluster::kinds::{ALL, Resource};
use super::cluster::store::{Refused, State, name, text};
use super::flags::{self, Parsed, Words};

/// What every verb takes.
const GLOBAL: &[&str] = &["n|namespace=", "context=", "request-timeout="];

const VERBS: &[(&str, &[&str], &str)] = &[
    ("annotate", change::LABEL_FLAGS, "Update the annotations on a resource"),
    (
        "apply",
        &["f|filename=", "validate", "dry-run"],
        "Apply a configuration to a resource by filename or stdin",
    ),
    ("cluster-info", &[], "Display cluster info"),
    ("config", &["current", "o|output="], "Modify kubeconfig files"),
    ("create", create::FLAGS, "Create a resource from a file or from stdin."),
    (
        "delete",
        change::DELETE_FLAGS,
        "Delete resources by filenames, stdin, resources and names, or by resources and label selector",
    ),
    (
        "describe",
        &["l|selector=", "A|all-namespaces"],
        "Show details of a specific resource or group of resources",
    ),
    ("exec", &["i|stdin", "t|tty", "c|container="], "Execute a command in a container"),
    (
        "expose",
        create::EXPOSE_FLAGS,
        "Take a replication controller, service, deployment or pod and expose it as a new Kubernetes Service",
    ),
    ("get", get::FLAGS, "Display one or many resources"),
    ("label", change::LABEL_FLAGS, "Update the labels on a resource"),
    ("logs", logs::FLAGS, "Print the logs for a container in a pod"),
    ("rollout", &["w|watch", "timeout=", "to-revision="], "Manage the rollout of a resource"),
    ("run", create::RUN_FLAGS, "Run a particular image on the cluster"),
    (
        "scale",
        &["replicas=", "l|selector=", "all", "timeout="],
        "Set a new size for a Deployment or Replica Set",
    ),
    ("set", &["all", "l|selector=", "record"], "Set specific features on objects"),
    ("version", &["client", "short", "o|output="], "Print the client and server version information"),
    ("wait", wait::FLAGS, "Experimental: Wait for a specific condition on one or many resources."),
];

/// The program.
pub(super) async fn main(cluster: &Cluster, call: &mut Call) -> Outcome {
    let arguments = call.take_arguments();
    let before = flags::parse(&arguments, &[GLOBAL, &["h|help"]], Words::First)
        .map_err(|wrong| wrong_flag("", &wrong))?;
    let Some((verb, rest)) = before.words.split_first().filter(|_| !before.has("help")) else {
        call.print(overview());
        return Ok(0);
    };
    let verb = if verb == "log" { "logs" } else { verb.as_str() };
    let Some((verb, known, about)) = VERBS.iter().copied().find(|(known, ..)| *known == verb) else {
        let hint = not_simulated("kubectl", &format!("the verb {verb}"));
        return Err(format!(
            "Error: unknown command \"{verb}\" for \"kubectl\"\nRun 'kubectl --help' for usage.\n{hint}"
        )
        .into());
    };
    if rest.iter().take_while(|word| *word != "--").any(|word| word == "--help" || word == "-h") {
        call.print(format!("{about}\n\nUsage:\n  kubectl {verb} [flags] [options]\n"));
        return Ok(0);
    }
    let parsed = flags::parse(rest, &[GLOBAL, known], Words::Anywhere)
        .map_err(|wrong| wrong_flag(&with_kind(verb, rest), &wrong))?;
    let namespace = parsed.get("namespace").or(before.get("namespace")).map(str::to_owned);
    let namespace = namespace.unwrap_or_else(|| cluster.state().context.clone());
    if let Some(context) =
        parsed.get("context").or(before.get("context")).filter(|name| *name != about::CONTEXT)
    {
        return Err(format!("error: context \"{context}\" does not exist").into());
    }
    let ask = Ask { cluster, namespace, parsed };
    match verb {
        "annotate" => change::label(call, &ask, "annotations"),
        "apply" => manifest::apply(call, &ask).await,
        "cluster-info" => Ok(about::cluster_info(call)),
        "config" => about::config(call, &ask),
        "create" => create::create(call, &ask).await,
        "delete" => change::delete(call, &ask).await,
        "describe" => describe::main(call, &ask),
        "exec" => logs::exec(call, &ask).await,
        "expose" => create::expose(call, &ask),
        "get" => get::main(call, &ask).await,
        "label" => change::label(call, &ask, "labels"),
        "logs" => logs::logs(call, &ask).await,
        "rollout" => wait::rollout(call, &ask).await,
        "run" => create::run(call, &ask),
        "scale" => change::scale(call, &ask),
        "set" => change::set(call, &ask),
        "version" => about::version(call, &ask),
        _ => wait::main(call, &ask).await,
    }
}

fn overview() -> String {
    let lines: String = VERBS.iter().map(|(verb, _, about)| format!("  {verb:<13} {about}\n")).collect();
    format!(
        "kubectl controls the Kubernetes cluster manager, simulated by labrun.\n\nCommands:\n{lines}\nUsage:\n  kubectl [flags] [options]\n"
    )
}

/// A verb with its second word, for those that have one.
fn with_kind(verb: &str, rest: &[String]) -> String {
    match rest.first() {
        Some(second)
            if matches!(verb, "create" | "rollout" | "set" | "config") && !second.starts_with('-') =>
        {
            format!("{verb} {second}")
        }
        _ => verb.to_owned(),
    }
}

fn wrong_flag(verb: &str, wrong: &str) -> Failure {
    let verb = if verb.is_empty() { String::new() } else { format!(" {verb}") };
    let hint = if wrong.starts_with("unknown") {
        format!("\n{}", not_simulated("kubectl", wrong.trim_start_matches("unknown ")))
    } else {
        String::new()
    };
    format!("Error: {wrong}\nSee 'kubectl{verb} --help' for usage.{hint}").into()
}

/// What a verb was asked.
struct Ask<'a> {
    cluster: &'a Cluster,
    namespace: String,
    parsed: Parsed,
}

/// A kind, or one object of it.
#[derive(Clone, Debug)]
struct Target {
    kind: &'static Resource,
    name: Option<String>,
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        refused.message().into()
    }
}

impl Target {
    /// What the words of the command line name.
    fn parse(words: &[String]) -> Result<Vec<Self>, Failure> {
        let kinds = |word: &str| -> Result<Vec<&'static Resource>, Failure> {
            if word == "all" {
                return Ok(ALL.iter().filter_map(|kind| Resource::of(kind)).collect());
            }
            let unknown = || format!("error: the server doesn't have a resource type \"{word}\"");
            Ok(vec![Resource::named(word).ok_or_else(unknown)?])
        };
        if words.iter().any(|word| word.contains('/')) {
            let mut targets = Vec::new();
            for word in words {
                let (kind, name) = word.split_once('/').ok_or(
                    "error: there is no need to specify a resource type as a separate argument when passing arguments in resource/name form \
                     (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'",
                )?;
                targets
                    .extend(kinds(kind)?.into_iter().map(|kind| Self { kind, name: Some(name.to_owned()) }));
            }
            return Ok(targets);
        }
        let Some((first, names)) = words.split_first() else { return Ok(Vec::new()) };
        let mut targets = Vec::new();
        for word in first.split(',') {
            for kind in kinds(word)? {
                if names.is_empty() {
                    targets.push(Self { kind, name: None });
                }
                targets.extend(names.iter().map(|name| Self { kind, name: Some(name.clone()) }));
            }
        }
        Ok(targets)
    }
}

impl Ask<'_> {
    /// The namespace to look in; `None` for all.
    fn scope(&self) -> Option<&str> {
        if self.parsed.has("all-namespaces") { None } else { Some(&self.namespace) }
    }

    /// [`Ask::select`] in the cluster as it is now.
    fn objects(&self, targets: &[Target]) -> Result<Vec<Value>, Failure> {
        self.select(&self.cluster.state(), targets)
    }

    /// The objects that targets and the flag `-l` pick, in their order; a name that is not there is an error.
    fn select(&self, state: &State, targets: &[Target]) -> Result<Vec<Value>, Failure> {
        let selector = self.parsed.get("selector").map(Selector::parse).transpose()?;
        let mut found = Vec::new();
        for target in targets {
            if let Some(name) = &target.name {
                found.push(state.get(target.kind, &self.namespace, name)?.clone());
            } else {
                let objects = state.list(target.kind.kind, self.scope());
                let wanted =
                    |object: &&Value| selector.as_ref().is_none_or(|selector| selector.holds(object));
                found.extend(objects.filter(wanted).cloned());
            }
        }
        Ok(found)
    }
}

/// A label selector: every part must hold.
struct Selector(Vec<(String, Wanted)>);

enum Wanted {
    Is(Vec<String>),
    IsNot(Vec<String>),
    Exists,
    Missing,
}

impl Selector {
    fn parse(text: &str) -> Result<Self, Failure> {
        let mut parts = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (part, after) = split_at_comma(rest);
            rest = after.trim_start();
            let part = part.trim();
            let set = |text: &str| -> Option<Vec<String>> {
                let inside = text.trim().strip_prefix('(')?.strip_suffix(')')?;
                Some(inside.split(',').map(|value| value.trim().to_owned()).collect())
            };
            let one = |text: &str| vec![text.trim().to_owned()];
            let parsed = if let Some((name, values)) = part.split_once(" notin ") {
                set(values).map(|values| (name, Wanted::IsNot(values)))
            } else if let Some((name, values)) = part.split_once(" in ") {
                set(values).map(|values| (name, Wanted::Is(values)))
            } else if let Some((name, value)) = part.split_once("!=") {
                Some((name, Wanted::IsNot(one(value))))
            } else if let Some((name, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
                Some((name, Wanted::Is(one(value))))
            } else if let Some(name) = part.strip_prefix('!') {
                Some((name, Wanted::Missing))
            } else {
                Some((part, Wanted::Exists))
            };
            let (name, wanted) = parsed
                .filter(|(name, _)| !name.trim().is_empty() && !name.trim().contains(' '))
                .ok_or_else(|| format!("error: unable to parse requirement: found '{part}'"))?;
            parts.push((name.trim().to_owned(), wanted));
        }
        Ok(Self(parts))
    }

    fn holds(&self, object: &Value) -> bool {
        self.0.iter().all(|(label, wanted)| {
            let value = object
                .pointer("/metadata/labels")
                .and_then(|labels| labels.get(label))
                .and_then(Value::as_str);
            match wanted {
                Wanted::Is(values) => value.is_some_and(|value| values.iter().any(|wanted| wanted == value)),
                Wanted::IsNot(values) => {
                    !value.is_some_and(|value| values.iter().any(|wanted| wanted == value))
                }
                Wanted::Exists => value.is_some(),
                Wanted::Missing => value.is_none(),
            }
        })
    }
}

/// What stands before the next comma outside brackets, and what after.
fn split_at_comma(text: &str) -> (&str, &str) {
    let mut depth = 0;
    for (place, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => return (&text[..place], &text[place + 1..]),
            _ => {}
        }
    }
    (text, "")
}

/// The kind of an object.
fn kind_of(object: &Value) -> &'static Resource {
    Resource::of(text(object, "/kind")).expect("the store holds only kinds of the table")
}

/// `deployment.apps/web`.
fn qualified(object: &Value) -> String {
    format!("{}/{}", kind_of(object).qualified_singular(), name(object))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_documents_name_every_verb() {
        let page = include_str!("../../../../docs/simulated.md");
        let line = page.lines().find(|line| line.starts_with("| `kubectl`")).unwrap();
        for (verb, ..) in VERBS {
            assert!(line.contains(&format!("`{verb}`")), "{verb}");
        }
    }

    #[test]
    fn selectors_pick_by_labels() {
        let object = json!({ "metadata": { "labels": { "app": "web", "tier": "front" } } });
        for (selector, holds) in [
            ("app=web", true),
            ("app==web,tier=front", true),
            ("app=other", false),
            ("app!=other", true),
            ("app in (api, web),tier notin (back)", true),
            ("app,!gone", true),
            ("gone", false),
            ("", true),
        ] {
            assert_eq!(Selector::parse(selector).unwrap().holds(&object), holds, "{selector}");
        }
        assert!(Selector::parse("a b c").is_err());
    }
}
