//! The table of processes, as `/proc` shows it: who descends from whom, and who waits for a keyboard.

use std::collections::HashMap;
use std::fs;
use std::os::fd::AsFd;
use std::path::Path;

/// Whether somebody in a process group waits for a line from the terminal; the surer, the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reading {
    /// All its threads can be seen, and none does.
    No,
    /// A process that has a terminal open sleeps until something happens, on the terminal or elsewhere.
    Polls,
    /// Some of it belongs to another user (`sudo`), whose system calls we may not see.
    Hidden,
    /// A thread of it sleeps in a read of a terminal.
    Yes,
}

struct Entry {
    parent: u32,
    group: u32,
    stopped: bool,
}

/// Every process that descends from `ancestor`, itself left out.
#[must_use]
pub fn descendants(ancestor: u32) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for (pid, entry) in entries() {
        children.entry(entry.parent).or_default().push(pid);
    }
    let mut found = Vec::new();
    let mut open = vec![ancestor];
    while let Some(parent) = open.pop() {
        let next = children.remove(&parent).unwrap_or_default();
        found.extend(&next);
        open.extend(next);
    }
    found
}

/// Whether this process group waits for a line from the terminal.
#[must_use]
pub fn group_reads_terminal(group: u32) -> Reading {
    let members = entries().filter(|(_, entry)| entry.group == group);
    members.map(|(pid, _)| process_reads_terminal(pid)).max().unwrap_or(Reading::No)
}

/// Whether a process is stopped, by a signal or a debugger.
#[must_use]
pub fn is_stopped(pid: u32) -> bool {
    let entry = fs::read(format!("/proc/{pid}/stat")).ok().and_then(|stat| parse_stat(&stat));
    entry.is_some_and(|entry| entry.stopped)
}

/// Whether the first thread of a process sleeps in a read of this descriptor, and that is the other end of our pipe;
/// `false` where we may not see it.
#[must_use]
pub fn reads_pipe(pid: u32, number: u64, pipe: impl AsFd) -> bool {
    let call = fs::read_to_string(format!("/proc/{pid}/syscall"));
    let reads = call.is_ok_and(|call| descriptor_read(&call) == Some(number));
    reads
        && rustix::fs::fstat(pipe).is_ok_and(|status| {
            let name = format!("pipe:[{}]", status.st_ino);
            fs::read_link(format!("/proc/{pid}/fd/{number}")).is_ok_and(|target| target == Path::new(&name))
        })
}

fn process_reads_terminal(pid: u32) -> Reading {
    let folder = format!("/proc/{pid}");
    let Ok(tasks) = fs::read_dir(format!("{folder}/task")) else { return Reading::No };
    let mut polls = false;
    for task in tasks.flatten() {
        let call = match fs::read_to_string(task.path().join("syscall")) {
            Ok(call) => call,
            // It ended since.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(_) => return Reading::Hidden,
        };
        if descriptor_read(&call)
            .is_some_and(|number| is_terminal(Path::new(&format!("{folder}/fd/{number}"))))
        {
            return Reading::Yes;
        }
        polls |= call.split(' ').next().is_some_and(|number| POLLS.contains(&number));
    }
    let mut open = fs::read_dir(format!("{folder}/fd")).into_iter().flatten().flatten();
    if polls && open.any(|entry| is_terminal(&entry.path())) { Reading::Polls } else { Reading::No }
}

/// Whether this link of `/proc/PID/fd` leads to a terminal.
fn is_terminal(link: &Path) -> bool {
    fs::read_link(link).is_ok_and(|target| target == Path::new("/dev/tty") || target.starts_with("/dev/pts"))
}

/// The number of `read`.
const READ: &str = if cfg!(target_arch = "x86_64") { "0" } else { "63" };
/// The numbers of `poll`, `select`, `epoll_wait` and their kin.
const POLLS: &[&str] =
    if cfg!(target_arch = "x86_64") { &["7", "23", "232", "270", "271", "281"] } else { &["22", "72", "73"] };

/// The descriptor that `/proc/PID/task/TID/syscall` says is being read: `0 0x3 …` on x86-64.
fn descriptor_read(call: &str) -> Option<u64> {
    let mut words = call.split_whitespace();
    if words.next()? != READ {
        return None;
    }
    u64::from_str_radix(words.next()?.strip_prefix("0x")?, 16).ok()
}

fn entries() -> impl Iterator<Item = (u32, Entry)> {
    let numbers = fs::read_dir("/proc").into_iter().flatten().flatten();
    numbers.filter_map(|item| {
        let pid = item.file_name().to_str()?.parse().ok()?;
        let stat = fs::read(item.path().join("stat")).ok()?;
        Some((pid, parse_stat(&stat)?))
    })
}

/// `PID (name) state parent group …`, where the name may hold anything, also parentheses.
fn parse_stat(stat: &[u8]) -> Option<Entry> {
    let name_end = stat.iter().rposition(|&byte| byte == b')')?;
    let rest = std::str::from_utf8(&stat[name_end + 1..]).ok()?;
    let mut words = rest.split_whitespace();
    let stopped = matches!(words.next()?, "T" | "t");
    let parent = words.next()?.parse().ok()?;
    // A kernel thread has group 0; -1 stands for a process that is about to end.
    let group = words.next()?.parse().unwrap_or(0);
    Some(Entry { parent, group, stopped })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_parentheses() {
        let entry = parse_stat(b"12 (a) b (c)) S 7 9 9 0 -1").unwrap();
        assert_eq!((entry.parent, entry.group, entry.stopped), (7, 9, false));
        assert!(parse_stat(b"12 (bash) T 7 9 9 0 -1").unwrap().stopped);
        assert!(parse_stat(b"12 (half").is_none());
    }

    #[test]
    fn a_read_names_its_descriptor() {
        if cfg!(target_arch = "x86_64") {
            assert_eq!(descriptor_read("0 0x1f 0x7ffd 0x400 0x0 0x0 0x0 0x7ffe 0x7f1"), Some(31));
            assert_eq!(descriptor_read("61 0xffffffff 0x0"), None);
        }
        assert_eq!(descriptor_read("running\n"), None);
    }

    #[test]
    fn this_process_descends_from_its_parent() {
        assert!(descendants(std::os::unix::process::parent_id()).contains(&std::process::id()));
        assert!(!descendants(std::process::id()).contains(&std::process::id()));
    }
}
