//! The state of the simulated docker daemon: images by name, the build cache, containers. Commands are elsewhere.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

use super::daemon::Daemon;
use super::network::Network;
use crate::stage::simulated::image::{Image, digest, hash};
use crate::stage::simulated::ports::Port;
use crate::stage::simulated::reference::Reference;
use crate::stage::simulated::tasks::Spawner;
use crate::stage::simulated::transfer::{self, Pulled};
use crate::stage::simulated::workload::Workload;

/// The daemon; its clones are the same one.
#[derive(Clone, Debug)]
pub(in crate::stage::simulated) struct Engine(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    changed: watch::Sender<()>,
    /// Where the registry of the run listens.
    registry: String,
    spawner: Spawner,
}

/// What the daemon holds.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Images by the name they have, tag included.
    pub names: BTreeMap<Reference, Arc<Image>>,
    /// Images that have no name: what was built without a tag, or lost its tag.
    pub nameless: Vec<Arc<Image>>,
    /// The digests of repositories that an image was pulled from or pushed to.
    pub digests: BTreeMap<(String, String), String>,
    /// What a step of a build gave, by what it was made of.
    pub cache: BTreeMap<String, Arc<Image>>,
    /// Oldest first.
    pub containers: Vec<Container>,
    pub networks: Vec<Network>,
    pub daemon: Daemon,
    counter: u64,
}

/// A container.
#[derive(Debug)]
pub(super) struct Container {
    pub id: String,
    pub name: String,
    /// The image, as it was written.
    pub image: String,
    pub image_id: String,
    pub command: Vec<String>,
    pub created: String,
    pub started: Timestamp,
    pub workload: Workload,
    /// The status it ended with and when, once it has.
    pub ended: Option<(u8, Timestamp)>,
    /// Each published port with the one inside.
    pub ports: Vec<(Port, u16)>,
    /// Whether it goes when it ends.
    pub remove: bool,
}

/// An image that is here, under the name it was asked for.
#[derive(Clone, Debug)]
pub(in crate::stage::simulated) struct Local {
    pub name: Reference,
    pub image: Arc<Image>,
    pub digest: String,
}

impl Engine {
    /// A daemon without images; `registry` is where that of the run listens.
    pub(in crate::stage::simulated) fn new(registry: String, spawner: Spawner) -> Self {
        Self(Arc::new(Inner {
            state: Mutex::default(),
            changed: watch::Sender::default(),
            registry,
            spawner,
        }))
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the registry of the run listens.
    pub(super) fn registry(&self) -> &str {
        &self.0.registry
    }

    /// Pulls an image and keeps it under its name.
    pub(super) async fn pull(
        &self,
        name: &Reference,
        credentials: Option<(String, String)>,
    ) -> Result<Pulled, String> {
        let pulled = transfer::pull(name, &self.0.registry, credentials).await?;
        let mut state = self.state();
        state.digests.insert((pulled.image.id.clone(), name.familiar()), pulled.digest.clone());
        state.tag(name.clone(), &pulled.image);
        Ok(pulled)
    }

    /// The image that a pod asks for: one that is here, unless it is `always` to be pulled.
    pub(in crate::stage::simulated) async fn image_for_pod(
        &self,
        wanted: &str,
        always: bool,
        never: bool,
    ) -> Result<Local, String> {
        let name = Reference::parse(wanted)?.tagged();
        if !always {
            if let Some(image) = self.state().names.get(&name).cloned() {
                let digest = digest(&image.manifest());
                return Ok(Local { name, image, digest });
            }
            if never {
                return Err(format!("Container image \"{wanted}\" is not present with pull policy of Never"));
            }
        }
        let pulled = self.pull(&name, None).await?;
        Ok(Local { name, image: pulled.image, digest: pulled.digest })
    }

    /// Adds a container, publishes its ports, and sees to its end.
    pub(super) fn start(&self, container: Container) {
        let id = container.id.clone();
        let ends = container.workload.ends;
        self.state().containers.push(container);
        self.open_ports(&id);
        if let Some((after, status)) = ends {
            let engine = Arc::downgrade(&self.0);
            self.0.spawner.spawn(async move {
                tokio::time::sleep(after).await;
                if let Some(inner) = engine.upgrade() {
                    Self(inner).end(&id, status);
                }
            });
        }
    }

    fn open_ports(&self, id: &str) {
        let mut state = self.state();
        let Some(container) = state.containers.iter_mut().find(|container| container.id == id) else {
            return;
        };
        for (port, inside) in &mut container.ports {
            let (engine, id, inside) = (Arc::downgrade(&self.0), id.to_owned(), *inside);
            port.open(&self.0.spawner, move || {
                let engine = Self(engine.upgrade()?);
                let state = engine.state();
                state.containers.iter().find(|container| container.id == id)?.workload.service(inside)
            });
        }
    }

    /// Ends a container, unless it has ended.
    pub(super) fn end(&self, id: &str, status: u8) {
        let mut state = self.state();
        if let Some(container) =
            state.containers.iter_mut().find(|container| container.id == id && container.ended.is_none())
        {
            container.ended = Some((status, Timestamp::now()));
            container.ports.clear();
        }
        state.containers.retain(|container| !(container.id == id && container.remove));
        drop(state);
        self.0.changed.send_replace(());
    }

    /// Waits until a container has ended, whether or not it is still listed.
    pub(super) async fn ended(&self, id: &str) {
        let mut changes = self.0.changed.subscribe();
        let running = |state: &State| {
            state.containers.iter().any(|container| container.id == id && container.ended.is_none())
        };
        while running(&self.state()) {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }
}

impl State {
    /// Gives an image a name; the image that had it before stays without.
    pub(super) fn tag(&mut self, name: Reference, image: &Arc<Image>) {
        self.nameless.retain(|other| other.id != image.id);
        let before = self.names.insert(name, image.clone());
        if let Some(before) = before.filter(|before| before.id != image.id)
            && !self.names.values().any(|other| other.id == before.id)
        {
            self.nameless.push(before);
        }
    }

    /// The image of this name, or whose ID starts like this.
    pub(super) fn image(&self, text: &str) -> Option<Arc<Image>> {
        let named = Reference::parse(text).ok().and_then(|name| self.names.get(&name.tagged()));
        let hex = text.strip_prefix("sha256:").unwrap_or(text);
        let with_id = |image: &&Arc<Image>| hex.len() >= 4 && image.id["sha256:".len()..].starts_with(hex);
        named.or_else(|| self.names.values().chain(&self.nameless).find(with_id)).cloned()
    }

    /// The container of this name, or whose ID starts like this.
    pub(super) fn container(&self, text: &str) -> Option<&Container> {
        let by_id = |container: &&Container| !text.is_empty() && container.id.starts_with(text);
        let by_name = self.containers.iter().find(|container| container.name == text.trim_start_matches('/'));
        by_name.or_else(|| self.containers.iter().find(by_id))
    }

    /// An ID of 64 digits that was not given before.
    pub(super) fn new_id(&mut self, words: &str) -> String {
        self.counter += 1;
        hash(format!("{words} {}", self.counter).as_bytes())
    }
}

impl Container {
    /// The STATUS column of `docker ps`.
    pub(super) fn status(&self) -> String {
        let age = |since: Timestamp| {
            let age = Duration::try_from(Timestamp::now().duration_since(since)).unwrap_or_default();
            crate::stage::simulated::table::long_age(age)
        };
        match self.ended {
            None => format!("Up {}", age(self.started)),
            Some((status, when)) => format!("Exited ({status}) {} ago", age(when)),
        }
    }
}
