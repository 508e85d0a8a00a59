//! Another view of the machine's files: a mount namespace, with the user namespace that an ordinary user needs to
//! have one. How it is made, entered, and looked into from outside. What is mounted in it is not known here.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use rustix::fs::{Mode, OFlags, ResolveFlags};
use rustix::process::{getegid, geteuid};
use rustix::thread::{LinkNameSpaceType, UnshareFlags};

/// A view that stays as long as this value, or a process in it, does.
#[derive(Debug)]
pub struct View {
    /// Where it is not our own.
    users: Option<OwnedFd>,
    mounts: OwnedFd,
    root: OwnedFd,
}

/// Gives this process a view of its own, the same as it had. Answers whether it needed a user namespace: then it may
/// mount, but the files of others stay the files of others. To be called while there is one thread.
///
/// # Errors
/// When neither is allowed; the reason is that of the second.
pub fn leave_view() -> io::Result<bool> {
    let unshare = |flags| {
        // SAFETY: no table of descriptors is left, and there is one thread.
        unsafe { rustix::thread::unshare_unsafe(flags) }
    };
    let (user, group) = (geteuid().as_raw(), getegid().as_raw());
    if unshare(UnshareFlags::NEWNS).is_ok() {
        return Ok(false);
    }
    unshare(UnshareFlags::NEWUSER | UnshareFlags::NEWNS)?;
    // Without this, an ordinary user may not say who is who.
    std::fs::write("/proc/self/setgroups", "deny")?;
    std::fs::write("/proc/self/uid_map", format!("{user} {user} 1"))?;
    std::fs::write("/proc/self/gid_map", format!("{group} {group} 1"))?;
    Ok(true)
}

impl View {
    /// The view of a process that this one may look into: its own child, say.
    ///
    /// # Errors
    /// When it is gone, or its namespaces cannot be opened.
    pub fn of(pid: u32) -> io::Result<Self> {
        let open = |path: String, flags| {
            rustix::fs::open(path, flags | OFlags::CLOEXEC, Mode::empty()).map_err(io::Error::from)
        };
        let of = |who: &str| std::fs::metadata(format!("/proc/{who}/ns/user")).map(|found| found.ino());
        let users = if of(&pid.to_string())? == of("self")? {
            None
        } else {
            Some(open(format!("/proc/{pid}/ns/user"), OFlags::RDONLY)?)
        };
        let mounts = open(format!("/proc/{pid}/ns/mnt"), OFlags::RDONLY)?;
        Ok(Self { users, mounts, root: open(format!("/proc/{pid}/root"), OFlags::PATH)? })
    }

    /// Where this process finds what is at `path` in the view. A path that leads nowhere there leads nowhere here.
    #[must_use]
    pub fn reach(&self, path: &Path) -> PathBuf {
        let inside = self.without_links(path).or_else(|_| {
            // Something that is still to be made.
            let (folder, name) = path.parent().zip(path.file_name()).ok_or(io::ErrorKind::NotFound)?;
            Ok::<_, io::Error>(self.without_links(folder)?.join(name))
        });
        let inside = inside.unwrap_or_else(|_| path.to_owned());
        let root = PathBuf::from(format!("/proc/{}/fd/{}", std::process::id(), self.root.as_raw_fd()));
        root.join(inside.strip_prefix("/").unwrap_or(&inside))
    }

    /// A path with all links followed as they lead inside: followed from here, an absolute one would lead out.
    fn without_links(&self, path: &Path) -> io::Result<PathBuf> {
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let found = rustix::fs::openat2(&self.root, path, flags, Mode::empty(), ResolveFlags::IN_ROOT)?;
        std::fs::read_link(format!("/proc/self/fd/{}", found.as_raw_fd()))
    }
}

/// Starts the child in a view, at a folder of it.
///
/// # Errors
/// When the folder's name holds a NUL.
pub fn enter_view(command: &mut Command, view: &Arc<View>, folder: &Path) -> io::Result<()> {
    let folder = CString::new(folder.as_os_str().as_bytes())?;
    let view = Arc::clone(view);
    let prepare = move || {
        if let Some(users) = &view.users {
            rustix::thread::move_into_link_name_space(users.as_fd(), Some(LinkNameSpaceType::User))?;
        }
        rustix::thread::move_into_link_name_space(view.mounts.as_fd(), Some(LinkNameSpaceType::Mount))?;
        // It stands at the root of the view now.
        rustix::process::chdir(folder.as_c_str())?;
        Ok(())
    };
    // SAFETY: between fork and exec it only makes system calls; it neither allocates nor locks.
    unsafe { command.pre_exec(prepare) };
    Ok(())
}
