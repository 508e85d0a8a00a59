//! The objects of the cluster, as JSON like in the real API: created, read, changed and deleted with the real errors.
//! Names, uids and addresses are derived from counters, so that two runs of a deck show the same ones.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::kinds::Resource;
use crate::stage::simulated::image::hash;
use crate::stage::simulated::ports::Port;
use crate::stage::simulated::workload::Workload;

/// Where an object is: kind, namespace (empty for kinds without), name.
pub(in crate::stage::simulated) type Key = (&'static str, String, String);

/// Everything in the cluster.
#[derive(Debug, Default)]
pub(in crate::stage::simulated) struct State {
    pub(super) objects: BTreeMap<Key, Value>,
    /// What the containers of pods do, by the uid of the pod.
    pub(super) workloads: BTreeMap<String, Workload>,
    /// The node ports that services hold.
    pub(super) ports: BTreeMap<u16, Port>,
    /// The namespace of the current context.
    pub(in crate::stage::simulated) context: String,
    counter: u64,
    /// Whether an object was made, changed or removed since the controllers last looked.
    pub(super) unsettled: bool,
}

/// Why an object cannot be had or made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::stage::simulated) enum Refused {
    #[error("{} \"{name}\" not found", kind.qualified_plural())]
    NotFound { kind: &'static Resource, name: String },
    #[error("{} \"{name}\" already exists", kind.qualified_plural())]
    AlreadyExists { kind: &'static Resource, name: String },
    #[error("{} \"{name}\" is invalid: {why}", kind.with_kind())]
    Invalid { kind: &'static Resource, name: String, why: String },
}

impl Refused {
    /// As kubectl prints what the server said.
    pub(in crate::stage::simulated) fn message(&self) -> String {
        match self {
            Self::NotFound { .. } => format!("Error from server (NotFound): {self}"),
            Self::AlreadyExists { .. } => format!("Error from server (AlreadyExists): {self}"),
            Self::Invalid { .. } => format!("The {self}"),
        }
    }
}

impl Resource {
    fn with_kind(&self) -> String {
        if self.group.is_empty() { self.kind.to_owned() } else { format!("{}.{}", self.kind, self.group) }
    }
}

/// `Value::pointer`, without its allocations: this is asked a hundred times for each change.
fn at<'a>(object: &'a Value, pointer: &str) -> Option<&'a Value> {
    pointer.split('/').skip(1).try_fold(object, |value, step| match value {
        Value::Object(map) if step.contains('~') => map.get(&step.replace("~1", "/").replace("~0", "~")),
        Value::Object(map) => map.get(step),
        Value::Array(list) => list.get(step.parse::<usize>().ok()?),
        _ => None,
    })
}

/// Reads a string of an object; empty where there is none.
pub(in crate::stage::simulated) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    at(object, pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Reads a number of an object.
pub(in crate::stage::simulated) fn number(object: &Value, pointer: &str) -> Option<i64> {
    at(object, pointer).and_then(Value::as_i64)
}

/// Reads a list of an object.
pub(in crate::stage::simulated) fn list<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    at(object, pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Its name.
pub(in crate::stage::simulated) fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

/// Its uid.
pub(in crate::stage::simulated) fn uid(object: &Value) -> &str {
    text(object, "/metadata/uid")
}

/// Whether it is owned by the object with this uid.
pub(in crate::stage::simulated) fn is_owned_by(object: &Value, owner: &str) -> bool {
    list(object, "/metadata/ownerReferences").iter().any(|reference| text(reference, "/uid") == owner)
}

/// Whether it has all these labels; a selector without labels selects nothing.
pub(in crate::stage::simulated) fn has_labels(object: &Value, labels: Option<&Value>) -> bool {
    let wanted = labels.and_then(Value::as_object);
    wanted.is_some_and(|wanted| {
        !wanted.is_empty()
            && wanted.iter().all(|(name, value)| {
                at(object, "/metadata/labels").and_then(|own| own.get(name)) == Some(value)
            })
    })
}

/// The time, as objects carry it.
pub(in crate::stage::simulated) fn now() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

impl State {
    /// A number that was not given before.
    pub(super) fn next(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// So many letters as Kubernetes appends to names, always the same for the same words.
    pub(super) fn letters(words: &str, count: usize) -> String {
        const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
        let hash = hash(words.as_bytes());
        let pairs =
            (0..count).filter_map(|place| u8::from_str_radix(hash.get(place * 2..place * 2 + 2)?, 16).ok());
        pairs.map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()])).collect()
    }

    /// One object.
    pub(in crate::stage::simulated) fn get(
        &self,
        kind: &'static Resource,
        namespace: &str,
        name: &str,
    ) -> Result<&Value, Refused> {
        let found = self.objects.get(&key(kind, namespace, name));
        found.ok_or_else(|| Refused::NotFound { kind, name: name.to_owned() })
    }

    /// One object, to be changed.
    pub(in crate::stage::simulated) fn get_mut(
        &mut self,
        kind: &'static Resource,
        namespace: &str,
        name: &str,
    ) -> Result<&mut Value, Refused> {
        let found = self.objects.get_mut(&key(kind, namespace, name));
        self.unsettled |= found.is_some();
        found.ok_or_else(|| Refused::NotFound { kind, name: name.to_owned() })
    }

    /// The objects of a kind by name, in one namespace or in all.
    pub(in crate::stage::simulated) fn list<'a>(
        &'a self,
        kind: &'static str,
        namespace: Option<&'a str>,
    ) -> impl Iterator<Item = &'a Value> {
        let from = (kind, String::new(), String::new());
        let of_kind = self.objects.range(from..).take_while(move |((found, _, _), _)| *found == kind);
        let there = of_kind.filter(move |((_, found, _), _)| {
            namespace.is_none_or(|wanted| found.is_empty() || found == wanted)
        });
        there.map(|(_, object)| object)
    }

    /// Stores an object in the place of itself.
    pub(super) fn put(&mut self, key: &Key, object: Value) {
        if let Some(stored) = self.objects.get_mut(key).filter(|stored| **stored != object) {
            *stored = object;
            self.unsettled = true;
        }
    }

    /// Stores a new object, with the metadata that the server adds.
    pub(in crate::stage::simulated) fn create(
        &mut self,
        kind: &'static Resource,
        mut object: Value,
    ) -> Result<&Value, Refused> {
        let namespace =
            if kind.namespaced { text(&object, "/metadata/namespace").to_owned() } else { String::new() };
        let name = name(&object).to_owned();
        check_name(kind, &name)?;
        if kind.namespaced && !self.objects.contains_key(&key(namespaces(), "", &namespace)) {
            return Err(Refused::NotFound { kind: namespaces(), name: namespace });
        }
        let key = key(kind, &namespace, &name);
        if self.objects.contains_key(&key) {
            return Err(Refused::AlreadyExists { kind, name });
        }
        let number = self.next();
        let uid = hash(format!("{key:?} {number}").as_bytes());
        let uid =
            format!("{}-{}-4{}-a{}-{}", &uid[..8], &uid[8..12], &uid[13..16], &uid[17..20], &uid[20..32]);
        object["apiVersion"] = kind.api_version().into();
        object["kind"] = kind.kind.into();
        object["metadata"]["creationTimestamp"] = now().into();
        object["metadata"]["uid"] = uid.into();
        object["metadata"]["resourceVersion"] = number.to_string().into();
        self.unsettled |= kind.kind != "Event";
        Ok(self.objects.entry(key).or_insert(object))
    }

    /// Removes an object and all that it owns.
    pub(in crate::stage::simulated) fn delete(
        &mut self,
        kind: &'static Resource,
        namespace: &str,
        name: &str,
    ) -> Result<(), Refused> {
        let key = key(kind, namespace, name);
        let object =
            self.objects.remove(&key).ok_or_else(|| Refused::NotFound { kind, name: name.to_owned() })?;
        self.workloads.remove(uid(&object));
        self.unsettled = true;
        if kind.kind == "Namespace" {
            let inside: Vec<Key> =
                self.objects.keys().filter(|(_, namespace, _)| namespace == name).cloned().collect();
            for key in inside {
                self.delete_key(&key);
            }
        }
        let owned = self.objects.iter().filter(|(_, other)| is_owned_by(other, uid(&object)));
        let owned: Vec<Key> = owned.map(|(key, _)| key.clone()).collect();
        for key in owned {
            self.delete_key(&key);
        }
        Ok(())
    }

    /// Removes an object that may have gone with its owner.
    pub(super) fn delete_key(&mut self, (kind, namespace, name): &Key) {
        if let Some(kind) = Resource::of(kind) {
            let _ = self.delete(kind, namespace, name);
        }
    }

    /// Notes what happened to an object, as `describe` and `get events` show it.
    pub(super) fn note(&mut self, about: &Value, kind: &str, reason: &str, from: &str, message: &str) {
        let number = self.next();
        let namespace = match text(about, "/metadata/namespace") {
            "" => "default",
            namespace => namespace,
        };
        let event = json!({
            "metadata": { "name": format!("{}.{number:016x}", name(about)), "namespace": namespace },
            "involvedObject": { "kind": about["kind"], "name": name(about), "namespace": namespace, "uid": uid(about) },
            "type": kind,
            "reason": reason,
            "message": message,
            "source": { "component": from },
            "firstTimestamp": now(),
            "lastTimestamp": now(),
            "count": 1,
        });
        // The namespace may be on its way out; then there is nothing to note.
        let _ = self.create(Resource::of("Event").expect("the table has events"), event);
    }

    /// What happened to an object, oldest first.
    pub(in crate::stage::simulated) fn events_of(&self, object: &Value) -> Vec<&Value> {
        let about = |event: &&Value| text(event, "/involvedObject/uid") == uid(object);
        let mut events: Vec<&Value> = self.list("Event", None).filter(about).collect();
        events
            .sort_by_key(|event| text(event, "/metadata/resourceVersion").parse::<u64>().unwrap_or_default());
        events
    }

    /// What the container of a pod does.
    pub(in crate::stage::simulated) fn workload(&self, pod: &Value) -> Option<&Workload> {
        self.workloads.get(uid(pod))
    }
}

/// The kind of namespaces.
pub(in crate::stage::simulated) fn namespaces() -> &'static Resource {
    Resource::of("Namespace").expect("the table has namespaces")
}

pub(super) fn key(kind: &'static Resource, namespace: &str, name: &str) -> Key {
    let namespace = if kind.namespaced { namespace } else { "" };
    (kind.kind, namespace.to_owned(), name.to_owned())
}

/// Names are DNS subdomains; services are labels.
fn check_name(kind: &'static Resource, name: &str) -> Result<(), Refused> {
    let allowed = |byte: u8| {
        byte.is_ascii_lowercase()
            || byte.is_ascii_digit()
            || byte == b'-'
            || (byte == b'.' && kind.kind != "Service")
    };
    let edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if name.len() <= 253
        && name.bytes().all(allowed)
        && edge(name.bytes().next())
        && edge(name.bytes().last())
    {
        return Ok(());
    }
    let why = format!(
        "metadata.name: Invalid value: \"{name}\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric \
         characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for \
         validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
    );
    Err(Refused::Invalid { kind, name: name.to_owned(), why })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> State {
        let mut state = State::default();
        state.create(namespaces(), json!({ "metadata": { "name": "default" } })).unwrap();
        state
    }

    fn service(name: &str) -> Value {
        json!({ "metadata": { "name": name, "namespace": "default" } })
    }

    #[test]
    fn refusals_read_as_the_servers() {
        let mut state = state();
        let kind = Resource::of("Service").unwrap();
        state.create(kind, service("web")).unwrap();
        let refused = state.create(kind, service("web")).unwrap_err();
        assert_eq!(refused.message(), "Error from server (AlreadyExists): services \"web\" already exists");
        let missing = state.get(Resource::of("Deployment").unwrap(), "default", "x").unwrap_err();
        assert_eq!(missing.message(), "Error from server (NotFound): deployments.apps \"x\" not found");
        let elsewhere = json!({ "metadata": { "name": "web", "namespace": "nope" } });
        let refused = state.create(kind, elsewhere).unwrap_err();
        assert_eq!(refused.message(), "Error from server (NotFound): namespaces \"nope\" not found");
        assert!(
            state
                .create(kind, service("Web"))
                .unwrap_err()
                .message()
                .starts_with("The Service \"Web\" is invalid")
        );
    }

    #[test]
    fn what_an_object_owns_goes_with_it() {
        let mut state = state();
        let kind = Resource::of("ReplicaSet").unwrap();
        let owner = uid(state.create(kind, service("a")).unwrap()).to_owned();
        let mut pod = service("a-1");
        pod["metadata"]["ownerReferences"] = json!([{ "uid": owner }]);
        state.create(Resource::of("Pod").unwrap(), pod).unwrap();
        state.delete(kind, "default", "a").unwrap();
        assert_eq!(state.list("Pod", None).count(), 0);
        assert_eq!(state.list("Namespace", Some("default")).count(), 1);
    }
}
