//! What is left of the simulated stage when a run has ended, was interrupted or was killed: nothing.

use std::fs;
use std::io::Read;
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;

use crate::support::Labrun;
use crate::support::lab::Lab;

/// The processes whose environment holds this text.
fn processes_with(text: &str) -> Vec<String> {
    let own = std::process::id().to_string();
    let entries =
        fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.file_name().into_string().unwrap());
    let ids = entries.filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()) && *name != own);
    ids.filter(|id| {
        fs::read(format!("/proc/{id}/environ"))
            .is_ok_and(|environ| String::from_utf8_lossy(&environ).contains(text))
    })
    // A process that has ended and was not yet collected shows no environment, or is a zombie.
    .filter(|id| fs::read_to_string(format!("/proc/{id}/stat")).is_ok_and(|stat| !stat.contains(") Z ")))
    .collect()
}

/// Waits, not for long, until something holds.
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..200 {
        if holds() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("{what} in ten seconds");
}

/// A run that sits in a `sleep` while a node port listens, and that port.
fn sleeping_run(temporary: &Path) -> (std::process::Child, Labrun, String) {
    let scratch = temporary.join("scratch");
    let sleep = "kubectl get svc web -o jsonpath='{.spec.ports[0].nodePort}' > ~/port\n(setsid sleep 1000 &)\nsleep 1000";
    let serve = "kubectl create deployment web --image=nginx
kubectl expose deploy/web --port=80 --type=NodePort
kubectl wait deploy/web --for=condition=available";
    let labrun = Labrun::new().lab(&[serve, sleep]).args(["--stage", "simulated"]).env("TMPDIR", &scratch);
    fs::create_dir(&scratch).unwrap();
    let child = labrun.command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut port = String::new();
    eventually("the port was not written", || {
        let runs =
            fs::read_dir(&scratch).unwrap().flatten().flat_map(|base| fs::read_dir(base.path()).unwrap());
        let mut homes = runs.flatten().map(|run| run.path().join("home/port"));
        port = homes.find_map(|file| fs::read_to_string(file).ok()).unwrap_or_default();
        !port.is_empty()
    });
    assert!(TcpStream::connect(format!("127.0.0.1:{port}")).is_ok());
    (child, labrun, port)
}

#[test]
fn a_run_leaves_nothing_behind() {
    let temporary = tempfile::tempdir().unwrap();
    let scratch = temporary.path().join("scratch");
    fs::create_dir(&scratch).unwrap();
    let deck = "kubectl create deployment web --image=nginx\n(setsid sleep 1000 &)\nmkdir -p d; chmod 500 d";
    Labrun::new().lab(&[deck]).args(["--stage", "simulated"]).env("TMPDIR", &scratch).run().exit(0);
    let left: Vec<_> = fs::read_dir(&scratch).unwrap().flatten().map(|entry| entry.path()).collect();
    assert!(left.is_empty(), "{left:?}");
    eventually("processes are left", || processes_with(scratch.to_str().unwrap()).is_empty());
}

#[test]
fn an_interrupted_run_leaves_nothing_behind() {
    let temporary = tempfile::tempdir().unwrap();
    let scratch = temporary.path().join("scratch");
    let (mut child, _labrun, port) = sleeping_run(temporary.path());
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT)
        .unwrap();
    eventually("it did not end", || child.try_wait().unwrap().is_some());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(fs::read_dir(&scratch).unwrap().count(), 0);
    assert!(TcpStream::connect(format!("127.0.0.1:{port}")).is_err());
    eventually("processes are left", || processes_with(scratch.to_str().unwrap()).is_empty());
}

#[test]
fn a_killed_run_leaves_no_process_no_port_and_no_folder() {
    let temporary = tempfile::tempdir().unwrap();
    let scratch = temporary.path().join("scratch");
    let (mut child, _labrun, port) = sleeping_run(temporary.path());
    child.kill().unwrap();
    child.wait().unwrap();
    eventually("processes are left", || processes_with(scratch.to_str().unwrap()).is_empty());
    eventually("the port is left", || TcpStream::connect(format!("127.0.0.1:{port}")).is_err());
    eventually("the folder is left", || fs::read_dir(&scratch).unwrap().count() == 0);
}

#[test]
fn a_closed_stage_is_gone() {
    let mut lab = Lab::new();
    let (home, registry) = (lab.home().to_owned(), lab.registry.clone());
    lab.ok("docker run -d -p 0:80 --name web nginx 2> /dev/null; kubectl get ns");
    assert!(TcpStream::connect(&registry).is_ok());
    lab.close();
    assert!(TcpStream::connect(&registry).is_err());
    assert!(!home.exists());
}

#[test]
fn a_stand_in_whose_run_is_gone_says_so() {
    let mut lab = Lab::new();
    let mut child = lab
        .bash()
        .args(["-c", "kubectl wait --for=condition=x --timeout=600s ns/default"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
    lab.close();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert!(said.starts_with("kubectl: the run that simulates it cannot be reached"), "{said}");
}
