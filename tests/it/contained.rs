//! What a deck writes on the simulated stage stays there: the machine has none of it afterwards, whoever runs it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use labrun::session::{How, Request, Session, Stop};

use crate::support::lab::Lab;
use crate::support::{Labrun, have, lab};

/// Whether whoever runs the tests may have a view of its own; says aloud when a check is left out because not.
fn may_have_views() -> bool {
    let unshare =
        |args: &[&str]| Command::new("unshare").args(args).status().is_ok_and(|status| status.success());
    let may = have("unshare") && (unshare(&["-m", "true"]) || unshare(&["-Um", "true"]));
    if !may {
        eprintln!("SKIPPED: no namespaces are to be had here, so the simulated stage contains nothing");
    }
    may
}

fn is_root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        eprintln!("SKIPPED: root runs no tests here, so how others fare under it was not checked");
    }
    root
}

/// A name that nothing on this machine has.
fn mark() -> String {
    format!("labrun-test-{}-{:?}", std::process::id(), std::thread::current().id()).replace(['(', ')'], "")
}

/// Writes all over the machine, and goes by what it wrote.
fn writing_deck(mark: &str) -> String {
    lab(&[
        &format!(
            "echo one > /etc/{mark}\necho two > /tmp/{mark}\nsudo mkdir /var/{mark}\ntouch /var/{mark}/x"
        ),
        &format!(
            "mkdir /{mark}\ncat /etc/{mark} /tmp/{mark} > /{mark}/both\ngrep -c . /{mark}/both | grep 2"
        ),
        "echo '127.0.0.9 added' >> /etc/hosts\ngrep added /etc/hosts",
        &format!(
            "cd /etc/docker\necho '{mark}' > daemon.json\ntest \"$PWD\" = /etc/docker\nls | grep daemon.json"
        ),
        &format!("tty > /{mark}/tty || true\necho x > /dev/shm/{mark}"),
    ])
}

#[track_caller]
fn assert_unwritten(mark: &str) {
    for folder in ["/etc", "/tmp", "/var", "/", "/dev/shm"] {
        let path = Path::new(folder).join(mark);
        assert!(!path.exists(), "{} is on the machine", path.display());
    }
    assert!(!fs::read_to_string("/etc/hosts").unwrap().contains("127.0.0.9 added"));
    assert!(!fs::read_to_string("/etc/docker/daemon.json").is_ok_and(|text| text.contains(mark)));
}

#[test]
fn what_a_deck_writes_anywhere_is_not_on_the_machine() {
    if !may_have_views() {
        return;
    }
    let mark = mark();
    let ran = Labrun::new().deck("deck.md", writing_deck(&mark)).args(["--stage", "simulated"]).run().exit(0);
    assert!(ran.verdicts().iter().all(|verdict| verdict == "held"), "{}", ran.stdout);
    assert_unwritten(&mark);
}

/// A copy of labrun and a deck where everybody may come.
fn for_everybody(deck: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let open = |path: &Path| fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
    let program = folder.path().join("labrun");
    // Not copied by this process: what another test starts meanwhile would hold it open for writing.
    assert!(
        Command::new("cp")
            .args([Path::new(env!("CARGO_BIN_EXE_labrun")), &program])
            .status()
            .unwrap()
            .success()
    );
    fs::write(folder.path().join("deck.md"), deck).unwrap();
    open(folder.path());
    open(&program);
    (folder, program)
}

/// Runs the writing deck as somebody else, and looks for what it left.
#[track_caller]
fn assert_contained_as(who: &[&str]) {
    let mark = mark();
    let (folder, program) = for_everybody(&writing_deck(&mark));
    let output = Command::new(who[0])
        .args(&who[1..])
        .arg(program)
        .args(["deck.md", "--stage", "simulated"])
        .current_dir(&folder)
        .env("HOME", folder.path())
        .env("TMPDIR", folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    if said.contains("may have no namespaces here") {
        eprintln!("SKIPPED: ordinary users may have no namespaces here");
        return;
    }
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_unwritten(&mark);
}

const NOBODY: [&str; 4] = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

#[test]
fn an_ordinary_user_writes_where_the_deck_does_and_nothing_is_on_the_machine() {
    if may_have_views() && is_root() && have("setpriv") {
        assert_contained_as(&NOBODY);
    }
}

#[test]
fn the_root_of_a_container_writes_where_the_deck_does_and_nothing_is_on_the_machine() {
    if may_have_views() && is_root() && have("setpriv") {
        assert_contained_as(&[&NOBODY[..], &["unshare", "-Urm"]].concat());
    }
}

/// A machine, for one program, on which a file of `/etc` and a folder of `/var` are mounted by themselves.
const WITH_MOUNTS: &str = "mount --bind \"$0\" /etc/hosts && mount -t tmpfs none /var/tmp && echo mounted > /var/tmp/file && exec \"$@\"";

#[test]
fn what_is_mounted_by_itself_is_there_and_can_be_written() {
    if !may_have_views() || !is_root() || !have("setpriv") {
        return;
    }
    let mark = mark();
    let deck = lab(&[
        "grep mounted /etc/hosts\ngrep mounted /var/tmp/file",
        &format!(
            "echo added >> /etc/hosts\nmkdir /var/{mark}\necho added > /var/tmp/{mark}\ngrep added /var/tmp/{mark}"
        ),
        "rm /etc/hosts\necho new > /etc/hosts\ncd /etc/docker",
    ]);
    let own_hosts = fs::read("/etc/hosts").unwrap();
    for who in [&[][..], &NOBODY] {
        let (folder, program) = for_everybody(&deck);
        let hosts = folder.path().join("hosts");
        fs::write(&hosts, "mounted\n").unwrap();
        let output = Command::new("unshare")
            .args(["-m", "sh", "-c", WITH_MOUNTS])
            .arg(&hosts)
            .args(who)
            .arg(program)
            .args(["deck.md", "--stage", "simulated"])
            .current_dir(&folder)
            .env("HOME", folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{who:?}: {}", String::from_utf8_lossy(&output.stdout));
        assert_eq!(fs::read_to_string(&hosts).unwrap(), "mounted\n");
        assert_eq!(fs::read("/etc/hosts").unwrap(), own_hosts);
        assert!(!Path::new("/var").join(&mark).exists());
    }
}

#[test]
fn where_nothing_can_be_contained_a_deck_that_writes_is_not_begun() {
    if !have("unshare") || !have("setpriv") {
        return;
    }
    let mark = mark();
    let run = |deck: &str| {
        let (folder, program) = for_everybody(deck);
        // In a namespace in which there are no others, and in which nothing may be mounted.
        let forbid =
            "echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv --bounding-set=-sys_admin \"$@\"";
        Command::new("unshare")
            .args(["-Ur", "sh", "-c", forbid, "sh"])
            .arg(program)
            .args(["deck.md", "--stage", "simulated"])
            .current_dir(&folder)
            .env("HOME", folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    };
    let output = run(&lab(&["true", &format!("echo x > /etc/{mark}")]));
    let said = String::from_utf8_lossy(&output.stdout);
    if output.status.code() == Some(1) && String::from_utf8_lossy(&output.stderr).contains("unshare") {
        eprintln!("SKIPPED: no namespaces are to be had here, so none can be forbidden");
        return;
    }
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(
        said.contains(&format!("deck.md:10: /etc/{mark}: this user may have no namespaces here")),
        "{said}"
    );
    assert!(said.contains("nothing was run"), "{said}");
    assert!(!Path::new("/etc").join(&mark).exists());
    let harmless = run(&lab(&["echo x > file && cat file > /dev/null"]));
    assert_eq!(harmless.status.code(), Some(0), "{}", String::from_utf8_lossy(&harmless.stdout));
}

#[test]
fn stand_ins_read_files_where_the_deck_wrote_them() {
    if !may_have_views() {
        return;
    }
    let mark = mark();
    let pod =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: busybox}]}";
    let ran = Labrun::new()
        .lab(&[
            &format!("mkdir /opt/{mark} && cd /opt/{mark}\nln -s /opt/{mark} /etc/{mark}"),
            "printf 'FROM busybox\\nCOPY f /f\\nCMD [\"cat\", \"/f\"]\\n' > Dockerfile\necho from afar > f",
            &format!("docker build -t one /etc/{mark}\ndocker run --rm one | grep 'from afar'"),
            &format!("docker run --rm -v /etc/{mark}:/data busybox cat /data/f | grep 'from afar'"),
            &format!("cat > /tmp/{mark}.yml <<'EOF'\n{pod}\nEOF\nkubectl apply -f /tmp/{mark}.yml"),
            "printf 'services: {a: {build: ., image: two}}' > docker-compose.yml\ndocker-compose build",
            &format!(
                "kubectl create configmap c --from-file=/etc/{mark}/f\nkubectl get cm c -o yaml | grep afar"
            ),
            "docker build -t one nosuch 2>&1 | grep 'path \"nosuch\" not found'",
        ])
        .args(["--stage", "simulated"])
        .run()
        .exit(0);
    ran.says_not("/proc/");
    assert!(!Path::new("/opt").join(&mark).exists());
}

/// Runs one command to its end; what it printed.
async fn print(session: &mut Session, source: &str) -> String {
    let limit = Duration::from_secs(20);
    let ended = session.run(Request { source, limit }, &Stop::new()).await.unwrap();
    assert_eq!(ended.how, How::Status(0), "{source}: {}", ended.stderr.text());
    ended.stdout.text().trim_end().to_owned()
}

#[test]
fn all_sessions_of_a_stage_see_the_same_and_a_new_shell_begins_where_the_old_one_was() {
    if !may_have_views() {
        return;
    }
    let stage = Lab::new();
    let mark = mark();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut one = Session::start(stage.session.clone()).await.unwrap();
        let mut other = Session::start(stage.session.clone()).await.unwrap();
        print(&mut one, &format!("mkdir -p /etc/{mark}/deep; echo seen > /etc/{mark}/file")).await;
        assert_eq!(print(&mut other, &format!("cat /etc/{mark}/file")).await, "seen");
        print(&mut one, &format!("ln -s /etc/{mark}/deep /etc/{mark}/link; cd /etc/{mark}/link")).await;
        assert_eq!(one.directory(), Path::new(&format!("/etc/{mark}/link")));
        let mut one = one.restart().await.unwrap();
        assert_eq!(print(&mut one, "pwd -P").await, format!("/etc/{mark}/deep"));
        one.close().await.unwrap();
        other.close().await.unwrap();
    });
    assert!(!Path::new("/etc").join(&mark).exists());
}

#[test]
fn docker_does_not_start_with_settings_that_it_cannot_use() {
    if !may_have_views() {
        return;
    }
    Labrun::new()
        .lab(&[
            "cd /etc/docker\nprintf '{ \"insecure-registries\" : [ \"reg.example:8080\" ' > daemon.json",
            "sudo systemctl restart docker 2>&1 | grep 'labrun: unable to configure .* it is not JSON'",
            "systemctl is-active docker | grep failed\nsystemctl status docker | grep 'Active: failed'",
            "docker ps 2>&1 | grep 'Is the docker daemon running?'\ndocker run busybox || test $? = 125",
            "echo ' ] }' >> daemon.json\nsystemctl restart docker\nsystemctl is-active docker",
            "docker info | grep reg.example:8080\ndocker ps",
        ])
        .args(["--stage", "simulated"])
        .run()
        .exit(0);
    Labrun::new()
        .lab(&["cd /etc/docker\necho '{ \"debug\" true }' > daemon.json\nsystemctl restart docker"])
        .args(["--stage", "simulated"])
        .run()
        .exit(1)
        .says("Job for docker.service failed");
}
