//! The cluster of a run: objects in memory, controllers that act after each change, a kubelet that starts pods, and
//! node ports that really listen. `kubectl` is elsewhere; it reads and changes what is here.

pub(super) mod controllers;
pub(super) mod kinds;
mod kubelet;
pub(super) mod store;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tokio::sync::watch;

pub(super) use self::kubelet::complete as complete_pod;

use self::controllers::{NODE, NODE_ADDRESS, cluster_address, is_ready, target_port};
use self::kinds::Resource;
use self::store::{Refused, State, has_labels, list, name, namespaces, text};
use super::docker::engine::Engine;
use super::ports::Port;
use super::tasks::Spawner;
use super::workload::Service;

/// The version that the cluster says it is.
pub(super) const VERSION: &str = "v1.20.2";

/// The ports that a service of type `NodePort` gets.
const NODE_PORTS: std::ops::RangeInclusive<u16> = 30000..=32767;

/// The cluster; its clones are the same one.
#[derive(Clone, Debug)]
pub(super) struct Cluster(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    changed: watch::Sender<()>,
    engine: Engine,
    spawner: Spawner,
}

impl Cluster {
    /// A cluster of one node that runs its pods on this engine.
    pub(super) fn new(engine: Engine, spawner: Spawner) -> Self {
        let cluster = Self(Arc::new(Inner {
            state: Mutex::default(),
            changed: watch::Sender::default(),
            engine,
            spawner,
        }));
        cluster.change(|state| {
            state.context = "default".into();
            for (kind, object) in first_objects() {
                state.create(kind, object).expect("the first objects are in order");
            }
        });
        cluster
    }

    /// The state, to be read.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state, lets the controllers act on it, and tells whoever waits.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state();
        let result = change(&mut state);
        controllers::settle(&mut state);
        let pods = kubelet::admit(&mut state);
        self.settle_ports(&mut state);
        drop(state);
        for pod in pods {
            self.0.spawner.spawn(kubelet::start(self.clone(), pod));
        }
        self.0.changed.send_replace(());
        result
    }

    /// Notes what happened to an object; nothing acts on that.
    fn note(&self, about: &Value, kind: &str, reason: &str, from: &str, message: &str) {
        self.state().note(about, kind, reason, from, message);
        self.0.changed.send_replace(());
    }

    /// Waits until `ready` finds something in the state; asked after each change.
    pub(super) async fn until<T>(&self, mut ready: impl FnMut(&State) -> Option<T>) -> T {
        let mut changes = self.0.changed.subscribe();
        loop {
            if let Some(found) = ready(&self.state()) {
                return found;
            }
            if changes.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Stores a new service with what the server gives it: an address, and node ports where its type asks for them.
    pub(super) fn create_service(&self, mut service: Value) -> Result<(), Refused> {
        let kind = Resource::of("Service").expect("the table has services");
        self.change(|state| {
            let (namespace, name) =
                (text(&service, "/metadata/namespace").to_owned(), name(&service).to_owned());
            if state.get(kind, &namespace, &name).is_ok() {
                return Err(Refused::AlreadyExists { kind, name });
            }
            if list(&service, "/spec/ports").is_empty() && text(&service, "/spec/type") != "ExternalName" {
                return Err(Refused::Invalid { kind, name, why: "spec.ports: Required value".into() });
            }
            complete_service(&mut service);
            let held = take_node_ports(state, &mut service)?;
            state.create(kind, service)?;
            state.ports.extend(held.into_iter().map(|port| (port.number(), port)));
            Ok(())
        })
    }

    /// What answers at `ADDRESS:PORT`, where that is an address of the cluster: of a service, a pod, or the node. The
    /// inner `None` says that nothing does.
    #[expect(clippy::option_option, reason = "two questions: is the address known, and does anything answer")]
    pub(super) fn reach(&self, address: &str) -> Option<Option<Service>> {
        let state = self.state();
        let (host, port) = address.split_once(':')?;
        let port: u16 = port.parse().ok()?;
        if host == NODE_ADDRESS {
            return Some(
                node_ports(&state).find(|(number, _)| *number == port).and_then(|(_, service)| service),
            );
        }
        if let Some(pod) = state.list("Pod", None).find(|pod| text(pod, "/status/podIP") == host) {
            return Some(
                state.workload(pod).filter(|_| is_ready(pod)).and_then(|workload| workload.service(port)),
            );
        }
        let service = state.list("Service", None).find(|service| text(service, "/spec/clusterIP") == host)?;
        let found = list(service, "/spec/ports").iter().find(|found| found["port"] == port);
        Some(found.and_then(|port| behind(&state, service, port)))
    }

    /// Opens the node ports behind which something answers, closes the others, and gives up those of services that
    /// are gone.
    fn settle_ports(&self, state: &mut State) {
        let wanted: Vec<(u16, bool)> =
            node_ports(state).map(|(port, service)| (port, service.is_some())).collect();
        state.ports.retain(|number, _| wanted.iter().any(|(wanted, _)| wanted == number));
        for (number, answers) in wanted {
            let Some(port) = state.ports.get_mut(&number) else { continue };
            if !answers {
                port.close();
                continue;
            }
            let inner = Arc::downgrade(&self.0);
            port.open(&self.0.spawner, move || {
                let cluster = Self(inner.upgrade()?);
                let state = cluster.state();
                node_ports(&state).find(|(port, _)| *port == number)?.1
            });
        }
    }
}

/// Each node port with what answers there now.
fn node_ports(state: &State) -> impl Iterator<Item = (u16, Option<Service>)> {
    state.list("Service", None).flat_map(move |service| {
        list(service, "/spec/ports").iter().filter_map(move |port| {
            Some((u16::try_from(port["nodePort"].as_u64()?).ok()?, behind(state, service, port)))
        })
    })
}

/// What answers behind a port of a service: the first ready pod that serves there.
fn behind(state: &State, service: &Value, port: &Value) -> Option<Service> {
    let selector = service.pointer("/spec/selector");
    let pods = state.list("Pod", Some(text(service, "/metadata/namespace")));
    let mut ready = pods.filter(|pod| has_labels(pod, selector) && is_ready(pod));
    ready.find_map(|pod| state.workload(pod)?.service(target_port(port, pod)?))
}

/// Fills in what the server fills in.
fn complete_service(service: &mut Value) {
    let words = format!("{} {}", text(service, "/metadata/namespace"), name(service));
    let spec = &mut service["spec"];
    if !spec["type"].is_string() {
        spec["type"] = "ClusterIP".into();
    }
    if spec["type"] != "ExternalName" && !spec["clusterIP"].is_string() {
        spec["clusterIP"] = cluster_address(&words).into();
    }
    if spec["clusterIP"].is_string() {
        spec["clusterIPs"] = json!([spec["clusterIP"]]);
    }
    spec["sessionAffinity"] = json!("None");
    if matches!(spec["type"].as_str(), Some("NodePort" | "LoadBalancer")) {
        spec["externalTrafficPolicy"] = json!("Cluster");
    }
    for port in spec["ports"].as_array_mut().into_iter().flatten() {
        if !port["protocol"].is_string() {
            port["protocol"] = json!("TCP");
        }
        if port["targetPort"].is_null() {
            port["targetPort"] = port["port"].clone();
        }
    }
    service["status"] = json!({ "loadBalancer": {} });
}

/// Reserves the node ports of a service: those it names, or free ones.
fn take_node_ports(state: &State, service: &mut Value) -> Result<Vec<Port>, Refused> {
    if !matches!(text(service, "/spec/type"), "NodePort" | "LoadBalancer") {
        return Ok(Vec::new());
    }
    let kind = Resource::of("Service").expect("the table has services");
    let (namespace, name) = (text(service, "/metadata/namespace").to_owned(), name(service).to_owned());
    let mut held = Vec::new();
    for (place, port) in service["spec"]["ports"].as_array_mut().into_iter().flatten().enumerate() {
        let invalid = |why: String| Refused::Invalid {
            kind,
            name: name.clone(),
            why: format!("spec.ports[{place}].nodePort: {why}"),
        };
        let taken = if port["nodePort"].is_null() {
            let words = format!("{namespace} {name} {place}");
            let from =
                u64::from_str_radix(&super::image::hash(words.as_bytes())[..8], 16).unwrap_or_default();
            Port::first_free(NODE_PORTS, from).map_err(|_| invalid("range is full".into()))?
        } else {
            named_port(state, &port["nodePort"])
                .map_err(|why| invalid(format!("Invalid value: {}: {why}", port["nodePort"])))?
        };
        port["nodePort"] = taken.number().into();
        held.push(taken);
    }
    Ok(held)
}

/// Reserves a node port that a service names.
fn named_port(state: &State, named: &Value) -> Result<Port, &'static str> {
    let number = named
        .as_u64()
        .and_then(|number| u16::try_from(number).ok())
        .filter(|number| NODE_PORTS.contains(number));
    let number =
        number.ok_or("provided port is not in the valid range. The range of valid ports is 30000-32767")?;
    if state.ports.contains_key(&number) {
        return Err("provided port is already allocated");
    }
    Port::reserve(number).map_err(|_| "provided port is already allocated")
}

/// What a new cluster has.
fn first_objects() -> Vec<(&'static Resource, Value)> {
    let kind = |name| Resource::of(name).expect("the table has the first kinds");
    let namespace = |name: &str| {
        (
            namespaces(),
            json!({ "metadata": { "name": name }, "spec": { "finalizers": ["kubernetes"] }, "status": { "phase": "Active" } }),
        )
    };
    let mut objects: Vec<_> =
        ["default", "kube-node-lease", "kube-public", "kube-system"].map(namespace).into();
    let labels = json!({
        "beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": NODE, "kubernetes.io/os": "linux",
    });
    let node = json!({
        "metadata": { "name": NODE, "labels": labels },
        "spec": {},
        "status": {
            "addresses": [{ "type": "InternalIP", "address": NODE_ADDRESS }, { "type": "Hostname", "address": NODE }],
            "capacity": { "cpu": "2", "memory": "4028756Ki", "pods": "110" },
            "allocatable": { "cpu": "2", "memory": "3926356Ki", "pods": "110" },
            "conditions": [{ "type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is posting ready status" }],
            "nodeInfo": {
                "architecture": "amd64", "operatingSystem": "linux", "osImage": "simulated by labrun",
                "kernelVersion": "6.1.0", "kubeletVersion": VERSION, "containerRuntimeVersion": "docker://20.10.24",
            },
        },
    });
    objects.push((kind("Node"), node));
    let mut service = json!({
        "metadata": { "name": "kubernetes", "namespace": "default", "labels": { "component": "apiserver", "provider": "kubernetes" } },
        "spec": { "clusterIP": "10.96.0.1", "ports": [{ "name": "https", "port": 443, "targetPort": 6443 }] },
    });
    complete_service(&mut service);
    objects.push((kind("Service"), service));
    objects
}
