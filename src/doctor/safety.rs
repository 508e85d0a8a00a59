//! What a deck on `host` would do to what is not its own: a cluster that is not on this machine, the folder that the deck
//! itself stands in, the user's configuration. Each is refused, with its line and the switch that lets it.

use std::path::{Path, PathBuf};

use super::ways::{Does, Start, ways};
use crate::bash::{self, Configuration, Mention};
use crate::plan::Plan;
use crate::stage::kubeconfig::Kubeconfig;
use crate::stage::own;

/// What the user lets decks do.
#[derive(Clone, Debug, Default)]
pub struct Permissions {
    /// Kube contexts that decks may act on although they are not local.
    pub kube_contexts: Vec<String>,
    /// Whether decks work with the user's own kubeconfig and docker configuration, not with copies.
    pub share_config: bool,
    /// Whether a deck may remove or move away its own folder.
    pub allow_removal: bool,
}

/// Something that is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Danger {
    /// The line of the command.
    pub line: usize,
    /// What it would do.
    pub what: String,
    /// How to let it.
    pub switch: String,
}

/// The user's things, and where the deck starts.
#[derive(Clone, Debug)]
pub struct Ground {
    /// The user's kubeconfig.
    pub kube: Kubeconfig,
    /// Where their configuration is.
    pub places: own::Places,
    /// Where decks start.
    pub start: Start,
}

/// What this deck would do that is not allowed, in order of its lines.
#[must_use]
pub fn dangers(plan: &Plan, ground: &Ground, permissions: &Permissions) -> Vec<Danger> {
    let mut dangers = clusters(plan, &ground.kube, permissions);
    let ways = ways(plan, &ground.start);
    if !permissions.allow_removal {
        let deck = real(plan.deck.source.path());
        let gone = ways.iter().filter(|way| way.does == Does::Removes && deck.starts_with(real(&way.path)));
        dangers.extend(gone.map(|way| Danger {
            line: way.line,
            what: format!("it removes or moves away {}, where this deck is", way.path.display()),
            switch: "--allow-removal lets it".to_owned(),
        }));
    }
    if !permissions.share_config {
        let own = ground.places.kube.iter().cloned().chain([ground.places.docker.join("config.json")]);
        for path in own.filter(|path| path.exists()) {
            let target = real(&path);
            let writes = ways.iter().find(|way| match way.does {
                Does::Needs | Does::Uses => false,
                Does::Writes => target == real(&way.path),
                Does::Removes => target.starts_with(real(&way.path)),
            });
            dangers.extend(writes.map(|way| Danger {
                line: way.line,
                what: format!("it writes {}, which is your own", path.display()),
                switch: "--share-config lets it".to_owned(),
            }));
        }
    }
    dangers.sort_by_key(|danger| danger.line);
    dangers
}

/// Contexts that the deck acts on; each once.
fn clusters(plan: &Plan, kube: &Kubeconfig, permissions: &Permissions) -> Vec<Danger> {
    let mut current = kube.current.clone();
    let mut told: Vec<String> = Vec::new();
    let mut dangers = Vec::new();
    for command in plan.own_commands() {
        let mentions = bash::mentions(&command.text);
        let named = mentions.iter().find_map(|mention| match mention {
            Mention::Context(name) => Some(name.clone()),
            _ => None,
        });
        if mentions.contains(&Mention::Configures(Configuration::Kube)) {
            current = named.clone().or(current);
        }
        let program = mentions.iter().find_map(|mention| match mention {
            Mention::Cluster(program) => Some(program),
            _ => None,
        });
        let (Some(program), Some(context)) = (program, named.or_else(|| current.clone())) else { continue };
        let allowed = permissions.kube_contexts.contains(&context);
        if allowed || kube.is_local(&context) || told.contains(&context) {
            continue;
        }
        let server = kube.servers.get(&context).filter(|server| !server.is_empty());
        let at = server.map(|server| format!(" ({server})")).unwrap_or_default();
        dangers.push(Danger {
            line: command.line,
            what: format!("{program} acts on the context {context}{at}, which is not on this machine"),
            switch: format!("--kube-context {context}, or kube-contexts in labrun.toml, lets it"),
        });
        told.push(context);
    }
    dangers
}

/// Lines that change the user's configuration of this kind: on `host` a copy of it.
#[must_use]
pub fn configures(plan: &Plan) -> Vec<(Configuration, usize)> {
    let of = |text: &str| {
        bash::mentions(text).into_iter().filter_map(|mention| match mention {
            Mention::Configures(kind) => Some(kind),
            _ => None,
        })
    };
    plan.own_commands()
        .flat_map(|command| of(&command.text).map(|kind| (kind, command.line)).collect::<Vec<_>>())
        .collect()
}

/// The first command that needs logins: it logs in or out, or pushes.
#[must_use]
pub fn logins(plan: &Plan) -> Option<usize> {
    let needs = |text: &str| {
        let verbs = |call: &bash::Called| {
            call.operands.first().is_some_and(|verb| ["login", "logout", "push"].contains(&verb.as_str()))
        };
        bash::calls(text)
            .iter()
            .any(|call| matches!(call.name.as_str(), "docker" | "docker-compose") && verbs(call))
    };
    plan.own_commands().find(|command| needs(&command.text)).map(|command| command.line)
}

/// What is said of logins that the user keeps in a store of the system: a run neither reads nor changes them. `folder` holds
/// docker's configuration.
#[must_use]
pub fn stored(folder: &Path) -> Option<String> {
    let stores = own::stores(folder);
    (!stores.is_empty())
        .then(|| format!("logins that {} keeps are not used: the deck logs in itself", stores.join(" and ")))
}

/// A path without links on its way, as far as it is there.
fn real(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    absolute.canonicalize().unwrap_or(absolute)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::tests::plan;

    fn ground() -> Ground {
        let servers = [("prod", "https://k8s.example.com"), ("kind-lab", "https://127.0.0.1:4000")];
        let servers =
            servers.map(|(name, server)| (name.to_owned(), server.to_owned())).into_iter().collect();
        Ground {
            kube: Kubeconfig { current: Some("prod".into()), servers },
            places: own::Places {
                kube: vec!["/nowhere/.kube/config".into()],
                docker: "/nowhere/.docker".into(),
            },
            start: Start { folder: "/nowhere".into(), home: "/nowhere".into() },
        }
    }

    fn told(blocks: &[&str], permissions: &Permissions) -> Vec<String> {
        dangers(&plan(blocks), &ground(), permissions).into_iter().map(|danger| danger.what).collect()
    }

    #[test]
    fn a_cluster_elsewhere_is_acted_on_only_with_leave() {
        let none = Permissions::default();
        let acts = "kubectl acts on the context prod (https://k8s.example.com), which is not on this machine";
        assert_eq!(told(&["kubectl get pods", "kubectl create ns a\nkubectl delete ns a"], &none), [acts]);
        assert_eq!(told(&["kubectl get pods", "kubectl config view", "ls"], &none), [""; 0]);
        assert_eq!(told(&["kubectl --context kind-lab create ns a"], &none), [""; 0]);
        assert_eq!(told(&["kubectl config use-context kind-lab", "kubectl create ns a"], &none), [""; 0]);
        assert_eq!(told(&["kind create cluster", "kubectl create ns a"], &none), [""; 0]);
        assert_eq!(
            told(
                &[
                    "kubectl config use-context kind-lab",
                    "kubectl config use-context prod\nkubectl create ns a"
                ],
                &none
            ),
            [acts]
        );
        assert_eq!(
            told(&["helm install a b/c --kube-context prod"], &none),
            [acts.replace("kubectl", "helm")]
        );
        let leave = Permissions { kube_contexts: vec!["prod".into()], ..none };
        assert_eq!(told(&["kubectl create ns a"], &leave), [""; 0]);
    }

    #[test]
    fn the_decks_own_folder_stays() {
        let none = Permissions::default();
        let folder = real(Path::new("a.md")).parent().unwrap().to_owned();
        let above = folder.parent().unwrap().display().to_string();
        for block in [format!("mv {above} /tmp/x"), format!("cd {}\nrm -rf *", folder.display())] {
            let refused = told(&[&block], &none);
            assert!(refused.len() == 1 && refused[0].contains("where this deck is"), "{block}: {refused:?}");
            assert_eq!(told(&[&block], &Permissions { allow_removal: true, ..none.clone() }), [""; 0]);
        }
        assert_eq!(told(&[&format!("rm -rf {}/sub/x; ls {above}", folder.display())], &none), [""; 0]);
    }
}
