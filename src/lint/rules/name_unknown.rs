//! A command that asks the cluster for something under a name that no command has given: the deck has just made one of
//! that kind, and calls it otherwise.

use std::collections::BTreeSet;

use crate::bash::{self, Called};
use crate::diagnostic::{Diagnostic, codes};

use super::Subject;

/// Kinds, by their short and long names.
const KINDS: &[&[&str]] = &[
    &["service", "services", "svc"],
    &["deployment", "deployments", "deploy"],
    &["namespace", "namespaces", "ns"],
    &["configmap", "configmaps", "cm"],
    &["secret", "secrets"],
    &["serviceaccount", "serviceaccounts", "sa"],
    &["daemonset", "daemonsets", "ds"],
    &["job", "jobs"],
    &["ingress", "ingresses", "ing"],
];

/// So many commands later, what was made is no longer spoken of.
const NEAR: usize = 8;

pub(super) fn check(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut words: BTreeSet<&str> = BTreeSet::new();
    let mut made: Vec<(usize, &str, String)> = Vec::new();
    // Files that a slide shows may name things too.
    let shown: Vec<&str> = subject
        .blocks()
        .filter(|(_, block)| block.language != "bash")
        .map(|(_, block)| subject.source().slice(block.body))
        .collect();
    for (count, at) in subject.own_commands().enumerate() {
        let calls = bash::calls(&at.command.text);
        for call in calls.iter().filter(|call| call.name == "kubectl") {
            if let Some((kind, name)) = asked(call) {
                let of_kind = made.iter().rev().find(|(when, of, _)| *of == kind && count - when <= NEAR);
                let known = words.contains(name) || shown.iter().any(|text| text.contains(name));
                if let Some((_, _, other)) = of_kind.filter(|_| !known && name != "kubernetes") {
                    found.push(
                        Diagnostic::warning(
                            codes::NAME_UNKNOWN,
                            subject.word(at, name),
                            format!("no command before this makes a {kind} called `{name}`"),
                        )
                        .label(format!("the last one made is called `{other}`")),
                    );
                }
            }
            made.extend(makes(call).map(|(kind, name)| (count, kind, name)));
        }
        words.extend(at.command.text.split(|c: char| !(c.is_alphanumeric() || "-_.".contains(c))));
    }
    found
}

fn kind(word: &str) -> Option<&'static str> {
    KINDS.iter().find(|names| names.contains(&word)).map(|names| names[0])
}

/// `get svc web`, `describe deploy/web`: the kind and the name that a call asks for.
fn asked(call: &Called) -> Option<(&'static str, &str)> {
    let [verb, rest @ ..] = call.operands.as_slice() else { return None };
    if !matches!(verb.as_str(), "get" | "describe" | "logs" | "scale" | "delete" | "expose" | "edit") {
        return None;
    }
    // In another namespace, or another cluster, nobody knows what is there.
    let elsewhere = |word: &String| {
        ["-n", "-A", "--namespace", "--all-namespaces", "--context", "-f", "--kubeconfig"]
            .iter()
            .any(|option| word.starts_with(option))
    };
    if call.words.iter().any(elsewhere) {
        return None;
    }
    let plain = |name: &&str| !name.is_empty() && !name.contains(['$', '<', '{', '*', ',', '/', '`']);
    match rest {
        [one] => one.split_once('/').and_then(|(of, name)| Some((kind(of)?, name))),
        [of, name] => kind(of).map(|of| (of, name.as_str())),
        _ => None,
    }
    .filter(|(_, name)| plain(name))
}

/// What a call makes, by kind and name.
fn makes(call: &Called) -> impl Iterator<Item = (&'static str, String)> {
    let operands: Vec<&str> = call.operands.iter().map(String::as_str).collect();
    let given = call.words.iter().find_map(|word| word.strip_prefix("--name=")).map(str::to_owned);
    let made = match operands[..] {
        ["create", of, name] => kind(of).map(|of| (of, name.to_owned())),
        ["expose", of, name] if kind(of).is_some() => {
            Some(("service", given.unwrap_or_else(|| name.to_owned())))
        }
        ["expose", one] => {
            one.split_once('/').map(|(_, name)| ("service", given.unwrap_or_else(|| name.to_owned())))
        }
        _ => None,
    };
    made.into_iter()
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::codes;
    use crate::lint::testing::{bash, found};

    #[test]
    fn what_was_just_made_is_called_by_its_name() {
        let of = |blocks: &[&str]| found(codes::NAME_UNKNOWN, &bash(blocks));
        let made = "kubectl create deployment blue --image=x\nkubectl expose deployment blue --port=80";
        assert_eq!(of(&[made, "kubectl get svc web"]), ["web"]);
        assert_eq!(of(&[made, "kubectl describe deploy/web"]), ["web"]);
        for after in [
            "kubectl get svc blue",
            "kubectl get svc",
            "kubectl get svc web -n other",
            "kubectl get pod web",
            "kubectl get svc $NAME",
            "kubectl get svc kubernetes",
        ] {
            assert_eq!(of(&[made, after]), [""; 0], "{after}");
        }
        assert_eq!(of(&["kubectl get svc web"]), [""; 0]);
        assert_eq!(of(&["kubectl expose deploy/blue --name=web", "kubectl get svc web"]), [""; 0]);
    }
}
