//! The simulated stage: its stand-ins against recordings of the real tools, real clients against its registry, and
//! what is left when it is gone.

use std::fs;
use std::io::Read;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use regex::Regex;

use crate::support::Labrun;
use crate::support::lab::Lab;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/simulated").join(name)
}

/// A recording with all that differs from run to run replaced: identities, addresses, ages, sizes and widths.
fn shape(recording: &str, port: &str) -> String {
    const RULES: &[(&str, &str)] = &[
        (r"[0-9a-f]{64}", "ID"),
        (r"\b[0-9a-f]{12}\b", "ID"),
        (r"\b(web|bad)-[a-z0-9]{8,10}(-[a-z0-9]{5})?\b", "$1-MARK"),
        (r"pod-template-hash=\w+", "pod-template-hash=MARK"),
        (r"\b(198\.51\.100|203\.0\.113|10\.\d+\.\d+)\.\d+\b", "ADDRESS"),
        (r"\b3[0-2]\d{3}\b", "NODEPORT"),
        (
            r"(Less than a second|About an? \w+|\b\d+ (second|minute|hour|day|week|month|year)s?)( ago)?",
            "AGE",
        ),
        (r"\b\d+(s|m|h|m\d+s)\b", "AGE"),
        (r"\w{3}, \d\d \w{3} \d{4} [\d:]+ \+0000", "DATE"),
        (r"\b\d+(\.\d+)?MB\b", "SIZE"),
        (r" size: \d+", " size: N"),
        (r"/tmp/\S*/ctx", "HERE"),
        (r"(?m)^e\| labrun: .*\n", ""),
        (r"(\S) {2,}", "$1  "),
    ];
    let text = recording.replace(port, "PORT");
    RULES.iter().fold(text, |text, (pattern, with)| {
        Regex::new(pattern).unwrap().replace_all(&text, *with).into_owned()
    })
}

/// Runs the commands of a recording and compares.
#[track_caller]
fn assert_as_recorded(name: &str) {
    let recording = fs::read_to_string(data(name)).unwrap();
    let lab = Lab::new();
    let commands: String = recording
        .lines()
        .filter_map(|line| line.strip_prefix("$ "))
        .map(|line| format!("{line}\n"))
        .collect();
    let (input, output) = (lab.home().join("commands"), lab.home().join("recording"));
    fs::write(&input, commands).unwrap();
    // Free now; the recordings have 5077.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    // What the real machine had before the recording began.
    lab.ok("docker pull -q busybox && docker pull -q registry");
    let status =
        lab.bash().env("PORT", &port).arg(data("record.sh")).args([&input, &output]).status().unwrap();
    assert!(status.success());
    let ours = shape(&fs::read_to_string(output).unwrap(), &port);
    let real = shape(&recording, "5077");
    if ours != real {
        let differences = similar::TextDiff::from_lines(&real, &ours)
            .unified_diff()
            .context_radius(4)
            .header("real", "simulated")
            .to_string();
        panic!("{name}: {differences}");
    }
}

#[test]
fn kubectl_says_what_the_real_one_said() {
    assert_as_recorded("kubectl.txt");
}

#[test]
fn docker_says_what_the_real_one_said() {
    assert_as_recorded("docker.txt");
}

#[test]
fn docker_compose_says_what_the_real_one_said() {
    assert_as_recorded("compose.txt");
}
