//! The simulated stage: a registry, a docker daemon and a cluster inside the run, and the socket at which the
//! stand-ins hand over their calls. Everything here is gone when it is dropped.

#![expect(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "what tools print is put together line by line; it is short"
)]
#![expect(clippy::unnecessary_wraps, reason = "every command of a tool ends in the same type")]

mod call;
mod catalogue;
mod cluster;
pub(super) mod curl;
mod docker;
mod flags;
mod front;
mod http;
mod image;
mod inside;
mod interpolate;
pub(super) mod jq;
mod jsonpath;
mod kubectl;
mod ports;
mod reference;
mod registry;
mod system;
mod table;
mod tasks;
mod template;
mod transfer;
pub(super) mod vi;
mod workload;
mod yaml;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::sync::mpsc::unbounded_channel;

use self::call::{Call, Failure, Outcome};
use self::cluster::Cluster;
use self::docker::engine::Engine;
use self::registry::Registry;
use self::tasks::{Spawner, Tasks};
use super::reach::Reach;
use super::unknown::Unknown;
use super::wire::Frame;

/// Every program that has a stand-in. The last ones stand in only where the machine lacks the real ones.
pub(super) const STAND_INS: &[&str] =
    &["docker", "docker-compose", "kubectl", "sudo", "systemctl", "curl", "jq", "vi", "vim"];

/// Those that are not put before real ones.
pub(super) const WHERE_LACKING: &[&str] = &["curl", "jq", "vi", "vim"];

/// What the stand-ins talk to.
#[derive(Debug)]
pub(super) struct Simulated {
    tasks: Tasks,
    unknown: Unknown,
    registry: SocketAddr,
}

/// What a call can reach.
struct World {
    engine: Engine,
    cluster: Cluster,
    admits: Box<Admits>,
    reach: Reach,
    unknown: Unknown,
}

/// Says why a program may not run; `None` where it may.
type Admits = dyn Fn(&str) -> Option<String> + Send + Sync;

impl World {
    fn why_not(&self, program: &str) -> Option<String> {
        (self.admits)(program)
    }
}

impl Simulated {
    /// Starts everything, on the runtime that it is called on. Stand-ins connect to `socket`; `admits` is asked for
    /// each program that `sudo` is to run, and `reach` for each file that a call names.
    pub(super) fn start(socket: &Path, admits: Box<Admits>, reach: Reach) -> io::Result<Self> {
        let (tasks, unknown) = (Tasks::default(), Unknown::default());
        let spawner = tasks.spawner();
        let registry = Registry::with_accounts();
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let address = listener.local_addr()?;
        let engine = Engine::new(address.to_string(), spawner.clone());
        let cluster = Cluster::new(engine.clone(), spawner.clone());
        spawner.spawn(front::serve(listener, registry, cluster.clone(), unknown.clone(), spawner.clone()));
        let world = Arc::new(World { engine, cluster, admits, reach, unknown: unknown.clone() });
        spawner.spawn(serve_calls(UnixListener::bind(socket)?, world, spawner.clone()));
        Ok(Self { tasks, unknown, registry: address })
    }

    /// Where the registry of the run listens.
    pub(super) fn registry(&self) -> SocketAddr {
        self.registry
    }

    /// What no stand-in knew since this was last asked.
    pub(super) fn take_unknown(&self) -> Vec<String> {
        self.unknown.take()
    }

    /// Ends everything and waits for that.
    pub(super) async fn stop(self) {
        self.tasks.end().await;
    }
}

async fn serve_calls(listener: UnixListener, world: Arc<World>, spawner: Spawner) {
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            spawner.spawn(answer(stream, world.clone()));
        } else {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }
}

/// Answers one call of a stand-in. Its end ends the program that was called.
async fn answer(stream: UnixStream, world: Arc<World>) {
    let (mut from, mut to) = stream.into_split();
    let called = match Frame::read(&mut from).await {
        Ok(Some(Frame::Call(called))) => called,
        Ok(Some(Frame::Unknown(sentence))) => {
            world.unknown.add(&sentence);
            let _ = to.write_all(&Frame::Exit(0).encode()).await;
            return;
        }
        _ => return,
    };
    let (out, mut frames) = unbounded_channel();
    let (give_input, input) = unbounded_channel();
    let program = async move {
        let mut call = Call::new(called, out.clone(), input, world.reach.clone(), world.unknown.clone());
        let status = run(&world, &mut call).await.unwrap_or_else(|Failure { text, status }| {
            call.complain(text);
            status
        });
        // Dropping the senders ends the writing below, after all that was said.
        let _ = out.send(Frame::Exit(status));
    };
    let write = async {
        while let Some(frame) = frames.recv().await {
            if to.write_all(&frame.encode()).await.is_err() {
                return;
            }
        }
    };
    let hangup = async {
        while let Ok(Some(frame)) = Frame::read(&mut from).await {
            if let Frame::Input(bytes) = frame {
                let _ = give_input.send(bytes);
            }
        }
    };
    tokio::select! {
        ((), ()) = async { tokio::join!(program, write) } => {}
        () = hangup => {}
    }
}

async fn run(world: &World, call: &mut Call) -> Outcome {
    match call.program() {
        "docker" => docker::main(&world.engine, call).await,
        "docker-compose" => docker::compose(&world.engine, call).await,
        "kubectl" => kubectl::main(&world.cluster, call).await,
        "sudo" => system::sudo(world, call),
        "systemctl" => system::systemctl(&world.engine, call),
        other => Err(format!("labrun: there is no simulated {other}").into()),
    }
}
