//! Ports of this machine's loopback that workloads are published on: reserved while they are promised, listening only
//! while something answers.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustix::net::{Shutdown, shutdown};
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
    /// Bound and not listening, while the port is closed: connections are refused.
    reserved: Option<TcpSocket>,
    /// What listens while it is open, and the task that accepts.
    open: Option<(Arc<TcpListener>, AbortHandle)>,
}

impl Port {
    /// Reserves a port; 0 stands for any that is free.
    pub(super) fn reserve(number: u16) -> io::Result<Self> {
        let socket = bind(number)?;
        Ok(Self { number: socket.local_addr()?.port(), reserved: Some(socket), open: None })
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
        if self.open.is_some() {
            return;
        }
        let Some(socket) = self.reserved.take().or_else(|| bind(self.number).ok()) else { return };
        let Ok(listener) = socket.listen(BACKLOG).map(Arc::new) else { return };
        let (accepting, inner) = (listener.clone(), spawner.clone());
        let task = spawner.spawn(async move { accept(&accepting, &inner, service).await });
        self.open = task.map(|task| (listener, task));
    }

    /// Stops listening, if it does: the next connection is refused. The port stays reserved.
    pub(super) fn close(&mut self) {
        let Some((listener, task)) = self.open.take() else { return };
        // The task lets go of the socket only when it is next looked at; connections must be refused from now on.
        let _ = shutdown(&listener, Shutdown::Both);
        task.abort();
        self.reserved = bind(self.number).ok();
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.close();
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
