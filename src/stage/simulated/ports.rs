//! Ports of this machine's loopback that workloads are published on: reserved while they are promised, listening only
//! while something answers.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio::task::AbortHandle;

use super::tasks::Spawner;
use super::workload::Service;

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 128;

/// A port that nobody else gets as long as this value is.
#[derive(Debug)]
pub(super) struct Port {
    number: u16,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Bound and not listening: connections are refused.
    Reserved(TcpSocket),
    /// A task listens.
    Open(AbortHandle),
    /// Closed, and not had again yet.
    Lost,
}

impl Port {
    /// Reserves a port.
    pub(super) fn reserve(number: u16) -> io::Result<Self> {
        Ok(Self { number, state: State::Reserved(bind(number)?) })
    }

    /// Reserves the first free port of a range, tried from a place on and around.
    pub(super) fn first_free(range: std::ops::RangeInclusive<u16>, from: u64) -> io::Result<Self> {
        let length = u64::from(range.end() - range.start()) + 1;
        let mut last = io::Error::from(io::ErrorKind::AddrInUse);
        for step in 0..length {
            match Self::reserve(range.start() + ((from + step) % length) as u16) {
                Ok(port) => return Ok(port),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Its number.
    pub(super) fn number(&self) -> u16 {
        self.number
    }

    /// Listens, if it does not yet. Each connection is answered by what `service` gives at that time.
    pub(super) fn open(&mut self, spawner: &Spawner, service: impl Fn() -> Option<Service> + Send + 'static) {
        let reserved = match std::mem::replace(&mut self.state, State::Lost) {
            State::Reserved(socket) => socket.listen(BACKLOG).ok(),
            State::Lost => None,
            open @ State::Open(_) => {
                self.state = open;
                return;
            }
        };
        let (inner, number) = (spawner.clone(), self.number);
        let task = spawner.spawn(async move {
            let listener = match reserved {
                Some(listener) => listener,
                None => listen_again(number).await,
            };
            accept(&listener, &inner, service).await;
        });
        self.state = task.map_or(State::Lost, State::Open);
    }

    /// Stops listening, if it does. Until it is opened again, another program may take the port.
    pub(super) fn close(&mut self) {
        if let State::Open(task) = &self.state {
            task.abort();
            self.state = State::Lost;
        }
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.close();
    }
}

/// Listens on a port that was closed a moment ago: the task that had it may not be gone yet.
async fn listen_again(number: u16) -> TcpListener {
    loop {
        match bind(number).and_then(|socket| socket.listen(BACKLOG)) {
            Ok(listener) => return listener,
            Err(_) => tokio::time::sleep(Duration::from_millis(2)).await,
        }
    }
}

async fn accept(listener: &TcpListener, spawner: &Spawner, service: impl Fn() -> Option<Service>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                if let Some(service) = service() {
                    spawner.spawn(service.serve(stream));
                }
            }
            // Out of files, most likely: others may give some back.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

fn bind(number: u16) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // Connections of an earlier listener may still be closing.
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, number)))?;
    Ok(socket)
}
