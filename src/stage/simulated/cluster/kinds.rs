//! The kinds of objects that the cluster knows, and the words that kubectl takes for them.

/// A kind of object.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::stage::simulated) struct Resource {
    /// As in manifests: `Deployment`.
    pub kind: &'static str,
    /// `deployment`.
    pub singular: &'static str,
    /// `deployments`.
    pub plural: &'static str,
    /// `deploy`.
    pub short: &'static [&'static str],
    /// `apps`; empty for the core ones.
    pub group: &'static str,
    /// Whether it lives in a namespace.
    pub namespaced: bool,
}

const fn resource(
    kind: &'static str,
    singular: &'static str,
    plural: &'static str,
    short: &'static [&'static str],
    group: &'static str,
    namespaced: bool,
) -> Resource {
    Resource { kind, singular, plural, short, group, namespaced }
}

/// All kinds, by plural.
pub(in crate::stage::simulated) const RESOURCES: &[Resource] = &[
    resource("ConfigMap", "configmap", "configmaps", &["cm"], "", true),
    resource("DaemonSet", "daemonset", "daemonsets", &["ds"], "apps", true),
    resource("Deployment", "deployment", "deployments", &["deploy"], "apps", true),
    resource("Endpoints", "endpoints", "endpoints", &["ep"], "", true),
    resource("Event", "event", "events", &["ev"], "", true),
    resource("Namespace", "namespace", "namespaces", &["ns"], "", false),
    resource("Node", "node", "nodes", &["no"], "", false),
    resource("Pod", "pod", "pods", &["po"], "", true),
    resource("ReplicaSet", "replicaset", "replicasets", &["rs"], "apps", true),
    resource("Secret", "secret", "secrets", &[], "", true),
    resource("Service", "service", "services", &["svc"], "", true),
    resource("ServiceAccount", "serviceaccount", "serviceaccounts", &["sa"], "", true),
];

/// The kinds that `kubectl get all` lists, in its order.
pub(in crate::stage::simulated) const ALL: &[&str] =
    &["Pod", "Service", "DaemonSet", "Deployment", "ReplicaSet"];

impl Resource {
    /// The kind of this name.
    pub(in crate::stage::simulated) fn of(kind: &str) -> Option<&'static Self> {
        RESOURCES.iter().find(|resource| resource.kind == kind)
    }

    /// The kind that a word of a command line means: `deploy`, `deployments.apps`, `Deployment`.
    pub(in crate::stage::simulated) fn named(word: &str) -> Option<&'static Self> {
        let word = word.to_lowercase();
        let (name, group) = match word.split_once('.') {
            Some((name, group)) => (name, Some(group.trim_start_matches("v1.").to_owned())),
            None => (word.as_str(), None),
        };
        RESOURCES.iter().find(|resource| {
            (name == resource.singular || name == resource.plural || resource.short.contains(&name))
                && group.as_ref().is_none_or(|group| group == resource.group)
        })
    }

    /// `apps/v1`, `v1`.
    pub(in crate::stage::simulated) fn api_version(&self) -> String {
        if self.group.is_empty() { "v1".into() } else { format!("{}/v1", self.group) }
    }

    /// `deployments.apps`, `services`: as errors name it.
    pub(in crate::stage::simulated) fn qualified_plural(&self) -> String {
        self.with_group(self.plural)
    }

    /// `deployment.apps`, `service`: as output names it.
    pub(in crate::stage::simulated) fn qualified_singular(&self) -> String {
        self.with_group(self.singular)
    }

    fn with_group(&self, name: &str) -> String {
        if self.group.is_empty() { name.to_owned() } else { format!("{name}.{}", self.group) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_found_by_all_their_names() {
        for word in [
            "deploy",
            "deployment",
            "deployments",
            "Deployment",
            "deployments.apps",
            "deploy.apps",
            "deployments.v1.apps",
        ] {
            assert_eq!(Resource::named(word).map(|found| found.kind), Some("Deployment"), "{word}");
        }
        assert_eq!(Resource::named("svc").unwrap().qualified_singular(), "service");
        assert!(Resource::named("deploy.core").is_none() && Resource::named("foo").is_none());
    }
}
