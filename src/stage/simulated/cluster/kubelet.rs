//! Starts pods: after a moment, as real ones do, their images are pulled and their containers run, end or wait.

use std::time::Duration;

use serde_json::{Value, json};

use super::Cluster;
use super::controllers::{NODE, NODE_ADDRESS};
use super::kinds::Resource;
use super::store::{State, list, name, now, text, uid};
use crate::stage::simulated::docker::engine::Local;
use crate::stage::simulated::image::{Image, hash};
use crate::stage::simulated::inside::Container;
use crate::stage::simulated::reference::Reference;
use crate::stage::simulated::workload::Workload;

/// What the node has room for.
const MOST_PODS: usize = 110;

/// How long the sandbox of a pod takes, and the start of a container.
const MOMENT: Duration = Duration::from_millis(40);

/// How long after a failure the next try is put off, at first.
const BACK_OFF: Duration = Duration::from_secs(1);

/// Between later tries of the same pod.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(100);

/// Where a pod is, by what stays the same while it lives.
#[derive(Clone, Debug)]
pub(super) struct Pod {
    namespace: String,
    name: String,
    uid: String,
}

fn pods() -> &'static Resource {
    Resource::of("Pod").expect("the table has pods")
}

/// Schedules the pods that are new; they are to be started.
pub(super) fn admit(state: &mut State) -> Vec<Pod> {
    let (fresh, scheduled): (Vec<&Value>, Vec<&Value>) =
        state.list("Pod", None).partition(|pod| text(pod, "/spec/nodeName").is_empty());
    let room = MOST_PODS.saturating_sub(scheduled.len());
    let found: Vec<Value> = fresh.into_iter().take(room).cloned().collect();
    let mut admitted = Vec::new();
    for pod in found {
        let place = Pod {
            namespace: text(&pod, "/metadata/namespace").into(),
            name: name(&pod).into(),
            uid: uid(&pod).into(),
        };
        let Ok(stored) = state.get_mut(pods(), &place.namespace, &place.name) else { continue };
        complete(&mut stored["spec"]);
        stored["spec"]["nodeName"] = NODE.into();
        stored["status"] = json!({
            "phase": "Pending", "qosClass": "BestEffort", "hostIP": NODE_ADDRESS, "startTime": now(),
            "conditions": conditions(false),
            "containerStatuses": containers(stored, |_| json!({ "waiting": { "reason": "ContainerCreating" } }), false, 0),
        });
        let message = format!("Successfully assigned {}/{} to {NODE}", place.namespace, place.name);
        state.note(&pod, "Normal", "Scheduled", "default-scheduler", &message);
        admitted.push(place);
    }
    admitted
}

/// What the server fills into the specification of a pod.
pub(in crate::stage::simulated) fn complete(spec: &mut Value) {
    let mut default = |field: &str, value: Value| {
        if spec[field].is_null() {
            spec[field] = value;
        }
    };
    default("dnsPolicy", "ClusterFirst".into());
    default("restartPolicy", "Always".into());
    default("schedulerName", "default-scheduler".into());
    default("securityContext", json!({}));
    default("terminationGracePeriodSeconds", 30.into());
    for container in spec["containers"].as_array_mut().into_iter().flatten() {
        let image = container["image"].as_str().unwrap_or_default();
        let latest = Reference::parse(image).is_ok_and(|image| image.selector() == "latest");
        let mut default = |field: &str, value: Value| {
            if container[field].is_null() {
                container[field] = value;
            }
        };
        default("imagePullPolicy", if latest { "Always" } else { "IfNotPresent" }.into());
        default("resources", json!({}));
        default("terminationMessagePath", "/dev/termination-log".into());
        default("terminationMessagePolicy", "File".into());
    }
}

/// Runs a pod until it is gone.
pub(super) async fn start(cluster: Cluster, place: Pod) {
    tokio::time::sleep(MOMENT).await;
    let number = cluster.state().next();
    let Some(pod) = cluster.change(|state| {
        update(state, &place, |pod| {
            let address = format!("10.244.{}.{}", number / 250 % 250, number % 250 + 2);
            pod["status"]["podIP"] = address.as_str().into();
            pod["status"]["podIPs"] = json!([{ "ip": address }]);
        })
    }) else {
        return;
    };
    let mut back_off = BACK_OFF;
    let mut restarts = 0;
    let mut tried = false;
    loop {
        let Ok(images) = pull(&cluster, &pod, &place, tried).await else {
            tried = true;
            tokio::time::sleep(back_off).await;
            back_off = (back_off * 2).min(LONGEST_BACK_OFF);
            if !exists(&cluster, &place) {
                return;
            }
            continue;
        };
        tokio::time::sleep(MOMENT).await;
        let Some(after) = run(&cluster, &pod, &place, &images, restarts) else { return };
        let Some((time, status)) = after else { return };
        tokio::time::sleep(time).await;
        let policy = text(&pod, "/spec/restartPolicy").to_owned();
        let again = policy != "Never" && !(policy == "OnFailure" && status == 0);
        if !ended(&cluster, &place, status, again, restarts) || !again {
            return;
        }
        tokio::time::sleep(if restarts == 0 { Duration::from_millis(200) } else { back_off }).await;
        if restarts > 0 {
            back_off = (back_off * 2).min(LONGEST_BACK_OFF);
        }
        restarts += 1;
    }
}

fn exists(cluster: &Cluster, place: &Pod) -> bool {
    cluster.state().get(pods(), &place.namespace, &place.name).is_ok_and(|pod| uid(pod) == place.uid)
}

/// Changes a pod that is still the same one; `None` where it is gone. The answer is the pod as it is then.
fn update(state: &mut State, place: &Pod, change: impl FnOnce(&mut Value)) -> Option<Value> {
    let pod =
        state.get_mut(pods(), &place.namespace, &place.name).ok().filter(|pod| uid(pod) == place.uid)?;
    change(pod);
    Some(pod.clone())
}

/// Pulls the images of a pod; on a failure its status says so. A pod that was tried before keeps saying that it is put
/// off, where a real one would say for a moment that it fails.
async fn pull(cluster: &Cluster, pod: &Value, place: &Pod, again: bool) -> Result<Vec<Local>, ()> {
    let mut images = Vec::new();
    for container in list(pod, "/spec/containers") {
        let wanted = text(container, "/image");
        let always = text(container, "/imagePullPolicy") == "Always";
        let note = |kind: &str, reason: &str, message: &str| {
            cluster.note(pod, kind, reason, "kubelet", message);
        };
        if !again {
            note("Normal", "Pulling", &format!("Pulling image \"{wanted}\""));
        }
        let never = text(container, "/imagePullPolicy") == "Never";
        match cluster.0.engine.image_for_pod(wanted, always, never).await {
            Ok(image) => {
                note("Normal", "Pulled", &format!("Successfully pulled image \"{wanted}\" in 36.1ms"));
                images.push(image);
            }
            Err(error) => {
                if !again {
                    put_off(cluster, pod, place, wanted, &error).await;
                }
                return Err(());
            }
        }
    }
    Ok(images)
}

/// Says of a pod that an image cannot be pulled, first why, then that it is tried again later.
async fn put_off(cluster: &Cluster, pod: &Value, place: &Pod, wanted: &str, error: &str) {
    let note = |kind: &str, reason: &str, message: &str| {
        cluster.note(pod, kind, reason, "kubelet", message);
    };
    let invalid = error.starts_with("invalid reference format");
    let reason = if invalid { "InvalidImageName" } else { "ErrImagePull" };
    let said = "rpc error: code = Unknown desc = Error response from daemon";
    note("Warning", "Failed", &format!("Failed to pull image \"{wanted}\": {said}: {error}"));
    note("Warning", "Failed", &format!("Error: {reason}"));
    waiting(cluster, place, reason, error);
    if !invalid {
        tokio::time::sleep(MOMENT * 5).await;
        let message = format!("Back-off pulling image \"{wanted}\"");
        note("Normal", "BackOff", &message);
        note("Warning", "Failed", "Error: ImagePullBackOff");
        waiting(cluster, place, "ImagePullBackOff", &message);
    }
}

fn waiting(cluster: &Cluster, place: &Pod, reason: &str, message: &str) {
    cluster.change(|state| {
        update(state, place, |pod| {
            let state = json!({ "waiting": { "reason": reason, "message": message } });
            pod["status"]["containerStatuses"] = containers(pod, |_| state.clone(), false, 0);
        })
    });
}

/// Starts the containers. `None` where the pod is gone; else when and how its first container ends, if it does.
#[expect(clippy::option_option, reason = "two questions: is the pod there, and does it end")]
fn run(
    cluster: &Cluster,
    pod: &Value,
    place: &Pod,
    images: &[Local],
    restarts: u64,
) -> Option<Option<(Duration, u8)>> {
    let all: Vec<(&Value, &Local)> = list(pod, "/spec/containers").iter().zip(images).collect();
    let mut workload: Option<Workload> = None;
    for (container, local) in &all {
        let started = workload_of(place, container, &local.image);
        workload = Some(match workload {
            Some(first) => first.beside(started),
            None => started,
        });
    }
    let workload = workload?;
    let ends = workload.ends;
    cluster.change(|state| {
        let started = update(state, place, |pod| {
            let running = |_: usize| json!({ "running": { "startedAt": now() } });
            let mut statuses = containers(pod, running, true, restarts);
            for (status, (_, local)) in statuses.as_array_mut().into_iter().flatten().zip(&all) {
                status["image"] = local.name.to_string().into();
                status["imageID"] =
                    format!("docker-pullable://{}@{}", local.name.familiar(), local.digest).into();
                status["containerID"] =
                    format!("docker://{}", hash(format!("{} {restarts}", place.uid).as_bytes())).into();
            }
            pod["status"]["containerStatuses"] = statuses;
            pod["status"]["phase"] = "Running".into();
            pod["status"]["conditions"] = conditions(true);
        })?;
        state.workloads.insert(place.uid.clone(), workload);
        for (container, _) in &all {
            let name = name_of(container);
            state.note(&started, "Normal", "Created", "kubelet", &format!("Created container {name}"));
            state.note(&started, "Normal", "Started", "kubelet", &format!("Started container {name}"));
        }
        Some(ends)
    })
}

fn name_of(container: &Value) -> &str {
    text(container, "/name")
}

fn workload_of(place: &Pod, container: &Value, image: &Image) -> Workload {
    let words = |pointer: &str| -> Vec<String> {
        list(container, pointer).iter().filter_map(|word| word.as_str().map(str::to_owned)).collect()
    };
    let (command, arguments) = (words("/command"), words("/args"));
    let own = image
        .words("Env")
        .into_iter()
        .filter_map(|pair| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())));
    let given = list(container, "/env")
        .iter()
        .map(|entry| (text(entry, "/name").to_owned(), text(entry, "/value").to_owned()));
    let hostname = ("HOSTNAME".to_owned(), place.name.clone());
    let inside = Container {
        hostname: place.name.clone(),
        environment: own.chain([hostname]).chain(given).collect(),
        files: image.files(),
    };
    match command.split_first() {
        Some((program, rest)) => {
            let words: Vec<String> = rest.iter().chain(&arguments).cloned().collect();
            let all: Vec<String> = std::iter::once(program.clone()).chain(words).collect();
            Workload::start(image, Some(""), &all, inside)
        }
        None => Workload::start(image, None, &arguments, inside),
    }
}

/// Notes that the containers ended. Whether the pod is still there.
fn ended(cluster: &Cluster, place: &Pod, status: u8, again: bool, restarts: u64) -> bool {
    let pod = cluster.change(|state| {
        update(state, place, |pod| {
            let reason = if status == 0 { "Completed" } else { "Error" };
            let over = json!({ "terminated": { "exitCode": status, "reason": reason, "finishedAt": now() } });
            let back_off = json!({ "waiting": { "reason": "CrashLoopBackOff", "message": "back-off restarting failed container" } });
            let shown = if again && restarts > 0 { back_off } else { over };
            pod["status"]["containerStatuses"] = containers(pod, |_| shown.clone(), false, restarts);
            pod["status"]["conditions"] = conditions(false);
            if !again {
                pod["status"]["phase"] = if status == 0 { "Succeeded" } else { "Failed" }.into();
            }
        })
    });
    if let Some(pod) = pod.as_ref().filter(|_| again && restarts > 0) {
        let message = "Back-off restarting failed container";
        cluster.note(pod, "Warning", "BackOff", "kubelet", message);
    }
    pod.is_some()
}

fn conditions(ready: bool) -> Value {
    let condition = |kind: &str, holds: bool| {
        let status = if holds { "True" } else { "False" };
        json!({ "type": kind, "status": status, "lastProbeTime": null, "lastTransitionTime": now() })
    };
    json!([
        condition("Initialized", true),
        condition("Ready", ready),
        condition("ContainersReady", ready),
        condition("PodScheduled", true)
    ])
}

/// The statuses of a pod's containers, all in the same state.
fn containers(pod: &Value, state: impl Fn(usize) -> Value, ready: bool, restarts: u64) -> Value {
    let statuses = list(pod, "/spec/containers").iter().enumerate().map(|(place, container)| {
        json!({
            "name": container["name"], "image": container["image"], "imageID": "", "lastState": {},
            "ready": ready, "restartCount": restarts, "started": ready, "state": state(place),
        })
    });
    Value::Array(statuses.collect())
}
