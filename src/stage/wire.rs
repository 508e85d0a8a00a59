//! What a stand-in and the run say to each other: frames of a tag, a length and that many bytes, over a Unix socket.
//!
//! The stand-in sends one [`Frame::Call`], then input if it is asked for; the run sends output as it comes and ends
//! with one [`Frame::Exit`] or [`Frame::Run`]. One that works by itself sends a [`Frame::Unknown`] at most, and gets an
//! [`Frame::Exit`] for it. Whoever closes the socket ends the call.

use std::io::{self, Read, Write};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt};

/// The variable that tells a stand-in where the run listens; without it, the program is labrun.
pub(super) const SOCKET: &str = "LABRUN_STAGE_SOCKET";

/// No frame is longer: what a stand-in reads from its input arrives in pieces far below this.
const LONGEST: usize = 64 << 20;

/// How a stand-in was called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Call {
    /// The name it was called by, without folders.
    pub program: String,
    /// Its arguments; bytes that are not UTF-8 are replaced.
    pub arguments: Vec<String>,
    /// Where it was called.
    pub directory: PathBuf,
    /// Its environment.
    pub environment: Vec<(String, String)>,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// Stand-in to run: do this.
    Call(Call),
    /// Stand-in to run: some of standard input; empty at its end.
    Input(Vec<u8>),
    /// Stand-in to run: I was asked for this, and do not know it.
    Unknown(String),
    /// Run to stand-in: send standard input.
    WantInput,
    /// Run to stand-in: to standard output.
    Output(Vec<u8>),
    /// Run to stand-in: to standard error.
    Errors(Vec<u8>),
    /// Run to stand-in: become this program, found on PATH.
    Run(Vec<String>),
    /// Run to stand-in: end with this status.
    Exit(u8),
}

impl Frame {
    /// The bytes on the socket.
    pub(super) fn encode(&self) -> Vec<u8> {
        let (tag, payload) = match self {
            Self::Call(call) => (b'c', json(call)),
            Self::Input(bytes) => (b'i', bytes.clone()),
            Self::Unknown(sentence) => (b'u', sentence.clone().into_bytes()),
            Self::WantInput => (b'w', Vec::new()),
            Self::Output(bytes) => (b'o', bytes.clone()),
            Self::Errors(bytes) => (b'e', bytes.clone()),
            Self::Run(arguments) => (b'r', json(arguments)),
            Self::Exit(status) => (b'x', vec![*status]),
        };
        let mut frame = Vec::with_capacity(payload.len() + HEAD);
        frame.push(tag);
        frame.extend_from_slice(&(payload.len() as u32).to_be_bytes());
        frame.extend_from_slice(&payload);
        frame
    }

    fn decode(tag: u8, payload: Vec<u8>) -> io::Result<Self> {
        Ok(match tag {
            b'c' => Self::Call(serde_json::from_slice(&payload)?),
            b'i' => Self::Input(payload),
            b'u' => Self::Unknown(String::from_utf8_lossy(&payload).into_owned()),
            b'w' => Self::WantInput,
            b'o' => Self::Output(payload),
            b'e' => Self::Errors(payload),
            b'r' => Self::Run(serde_json::from_slice(&payload)?),
            b'x' => Self::Exit(payload.first().copied().unwrap_or(1)),
            _ => {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("no frame has the tag {tag}"),
                ));
            }
        })
    }

    /// The next message; `None` where the other side is gone.
    pub(super) async fn read(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Self>> {
        let mut head = [0; HEAD];
        match from.read_exact(&mut head).await {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        }
        let mut payload = vec![0; length(head)?];
        from.read_exact(&mut payload).await?;
        Self::decode(head[0], payload).map(Some)
    }

    /// [`Frame::read`] for a program without a runtime.
    pub(super) fn read_now(from: &mut impl Read) -> io::Result<Self> {
        let mut head = [0; HEAD];
        from.read_exact(&mut head)?;
        let mut payload = vec![0; length(head)?];
        from.read_exact(&mut payload)?;
        Self::decode(head[0], payload)
    }

    /// Sends it from a program without a runtime.
    pub(super) fn write_now(&self, to: &mut impl Write) -> io::Result<()> {
        to.write_all(&self.encode())
    }
}

/// A tag and a length.
const HEAD: usize = 5;

fn length([_, a, b, c, d]: [u8; HEAD]) -> io::Result<usize> {
    let length = u32::from_be_bytes([a, b, c, d]) as usize;
    if length > LONGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("a frame of {length} bytes")));
    }
    Ok(length)
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("strings and paths made from strings are JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frame_reads_back_as_it_was_sent() {
        let frames = [
            Frame::Call(Call { program: "kubectl".into(), arguments: vec!["get".into()], ..Call::default() }),
            Frame::Input(vec![0, 255]),
            Frame::Unknown("x".into()),
            Frame::WantInput,
            Frame::Output(Vec::new()),
            Frame::Errors(b"no".to_vec()),
            Frame::Run(vec!["ls".into()]),
            Frame::Exit(125),
        ];
        for frame in frames {
            assert_eq!(Frame::read_now(&mut frame.encode().as_slice()).unwrap(), frame);
        }
    }

    #[test]
    fn a_length_beyond_reason_is_refused_before_memory_is_taken() {
        assert!(Frame::read_now(&mut [b'o', 255, 255, 255, 255].as_slice()).is_err());
    }
}
