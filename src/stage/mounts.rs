//! The program that makes the session's view of the machine: a root of its own, in which whatever is written stays in
//! memory and goes with the view. `view` starts it, and holds what it made.
//!
//! Each folder at the root is an overlay of the machine's, as is whatever is mounted further down; where the kernel
//! refuses one, because of something mounted below, the folder is made anew from what is in it, and where that fails as
//! well, it is there to be read only. `/proc` and `/sys` are the machine's, its settings to be read only; root's
//! `/dev` has what every container has, and no disk. The scratch folder of the run is the same on both sides.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rustix::io::Errno;
use rustix::mount::{self, MountFlags, MountPropagationFlags, UnmountFlags};

use super::view::{ARGUMENT, Answer};
use crate::sys;

/// What is not a folder like others.
const OF_THE_KERNEL: [&str; 3] = ["/dev", "/proc", "/sys"];
/// The files of `/dev` that harm nobody.
const DEVICES: [&str; 6] = ["full", "null", "random", "tty", "urandom", "zero"];
/// Links of `/dev`, and where they lead.
const DEVICE_LINKS: [(&str, &str); 5] = [
    ("fd", "/proc/self/fd"),
    ("ptmx", "pts/ptmx"),
    ("stderr", "fd/2"),
    ("stdin", "fd/0"),
    ("stdout", "fd/1"),
];
/// What of `/proc` changes the machine.
const SETTINGS: [&str; 3] = ["/proc/sys", "/proc/sysrq-trigger", "/proc/irq"];
/// Folders that the simulated programs would have made when they were installed.
const INSTALLED: [&str; 1] = ["/etc/docker"];
/// Larger files are not copied.
const LARGEST: u64 = 1 << 20;
/// More folders than this are not made writable one by one.
const MOST: usize = 256;

/// The program; `args` are those after its name and [`ARGUMENT`]: the scratch folder, then each path that the deck
/// writes. It prints an [`Answer`] when the view is there, and stays in it until its input ends.
pub fn main(mut args: impl Iterator<Item = OsString>) -> ExitCode {
    let made = match args.next() {
        Some(scratch) => Maker::make(Path::new(&scratch), args.map(PathBuf::from)),
        None => Err(io::Error::other(format!("`{ARGUMENT}` is for labrun's own use"))),
    };
    match made.and_then(|answer| writeln!(io::stdout(), "{}", answer.to_line())) {
        Ok(()) => {
            let _ = io::stdin().read_to_end(&mut Vec::new());
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

struct Maker {
    /// A folder in memory: the root to be, and beside it what is written to each overlay.
    memory: PathBuf,
    /// Mounted folders and files of the machine, those that hold others first.
    mounted: BTreeSet<PathBuf>,
    /// What the deck writes, links followed as far as there is something.
    writes: Vec<PathBuf>,
    /// Whether the files of others stay theirs: in a user namespace, our own or a container's.
    is_user: bool,
    overlays: usize,
    /// Each folder that was covered, and whether it can be written.
    folders: BTreeMap<PathBuf, bool>,
}

impl Maker {
    fn make(scratch: &Path, writes: impl Iterator<Item = PathBuf>) -> io::Result<Answer> {
        let scratch = &fs::canonicalize(scratch)?;
        let is_user = sys::leave_view().map_err(|error| refused(&error))? || !is_of_the_machine()?;
        // Where namespaces are to be had, but nothing may be done in them, this fails first.
        mount::mount_change("/", MountPropagationFlags::REC | MountPropagationFlags::PRIVATE)
            .map_err(|error| refused(&error.into()))?;
        let mounted = mounted()?.into_iter().filter(|path| !path.starts_with(scratch)).collect();
        let memory = scratch.join("view");
        fs::create_dir(&memory)?;
        mount::mount("tmpfs", &memory, "tmpfs", MountFlags::empty(), c"mode=755")
            .map_err(|error| because("there is no memory to write to", &error.into()))?;
        let writes = writes.map(|path| without_links(&path)).collect();
        let mut maker = Self { memory, mounted, writes, is_user, overlays: 0, folders: BTreeMap::new() };
        let root = maker.root();
        fs::create_dir(&root)?;
        mount::mount_bind(&root, &root)?;
        // Names in the options of a mount are short this way.
        std::env::set_current_dir(&maker.memory)?;
        maker.fill()?;
        mount::mount_bind(scratch, maker.inside(scratch))
            .map_err(|error| because("the scratch folder cannot be shared", &error.into()))?;
        std::env::set_current_dir(&root)?;
        rustix::process::pivot_root(".", ".")?;
        mount::unmount(".", UnmountFlags::DETACH)?;
        std::env::set_current_dir("/")?;
        Ok(Answer { writable: maker.folders })
    }

    fn root(&self) -> PathBuf {
        self.memory.join("root")
    }

    /// Where something of the machine is put.
    fn inside(&self, path: &Path) -> PathBuf {
        self.root().join(path.strip_prefix("/").unwrap_or(path))
    }

    fn fill(&mut self) -> io::Result<()> {
        for entry in fs::read_dir("/")? {
            let (path, kind) = entry.and_then(|entry| Ok((entry.path(), entry.file_type()?)))?;
            let target = self.inside(&path);
            if kind.is_symlink() {
                std::os::unix::fs::symlink(fs::read_link(&path)?, target)?;
            } else if kind.is_dir() {
                fs::create_dir(&target)?;
                if !OF_THE_KERNEL.iter().any(|own| path == Path::new(own)) {
                    self.cover(&path);
                }
            } else if kind.is_file() {
                fs::write(&target, "")?;
                self.show(&path);
            }
        }
        self.kernel()
    }

    /// Puts a folder, and all that is mounted below it, into the view.
    fn cover(&mut self, path: &Path) {
        let below: Vec<PathBuf> =
            self.mounted.iter().filter(|other| other.starts_with(path) && *other != path).cloned().collect();
        if self.overlay(path).is_err() {
            // An ordinary user gets no overlay of a folder in which something is mounted.
            if below.is_empty() || self.split(path).is_err() {
                self.show(path);
            }
            return;
        }
        for path in below {
            match fs::symlink_metadata(&path) {
                Ok(found) if found.is_dir() && self.overlay(&path).is_ok() => {}
                // It was copied.
                Ok(found) if found.is_file() && found.len() <= LARGEST => {}
                // What cannot be reached is not seen.
                Err(_) => {}
                Ok(_) => self.show(&path),
            }
        }
    }

    /// Makes a folder anew, in memory, and puts into it all that is in the machine's: files as copies.
    fn split(&mut self, path: &Path) -> io::Result<()> {
        let entries = fs::read_dir(path)?.collect::<io::Result<Vec<_>>>()?;
        let mode = fs::metadata(path)?.mode() & 0o7777 | 0o700;
        fs::set_permissions(self.inside(path), Permissions::from_mode(mode))?;
        for entry in entries {
            let (path, found) = (entry.path(), entry.metadata()?);
            let target = self.inside(&path);
            if found.is_symlink() {
                std::os::unix::fs::symlink(fs::read_link(&path)?, target)?;
            } else if found.is_dir() {
                fs::create_dir(&target)?;
                self.cover(&path);
            } else if !(found.is_file() && copy_file(&path, &target, &found)) {
                fs::write(&target, "")?;
                self.show(&path);
            }
        }
        for folder in INSTALLED.iter().map(Path::new).filter(|folder| folder.starts_with(path)) {
            fs::create_dir_all(self.inside(folder))?;
        }
        self.folders.insert(path.to_owned(), true);
        Ok(())
    }

    /// Covers a folder, so that writes to it go to memory.
    fn overlay(&mut self, path: &Path) -> io::Result<()> {
        if self.overlays == MOST {
            return Err(io::Error::other("there are too many"));
        }
        self.overlays += 1;
        let (upper, work) = (format!("upper{}", self.overlays), format!("work{}", self.overlays));
        fs::create_dir(&work)?;
        self.copy_folder(path, Path::new(&upper))?;
        self.prepare(path, Path::new(&upper))?;
        let mut options = b"lowerdir=".to_vec();
        for &byte in path.as_os_str().as_bytes() {
            options.extend(matches!(byte, b'\\' | b':' | b',').then_some(b'\\'));
            options.push(byte);
        }
        options.extend(format!(",upperdir={upper},workdir={work}").bytes());
        if self.is_user {
            options.extend(b",userxattr");
        }
        let options = std::ffi::CString::new(options)?;
        mount::mount("overlay", self.inside(path), "overlay", MountFlags::empty(), options.as_c_str())?;
        self.folders.insert(path.to_owned(), true);
        Ok(())
    }

    /// A new folder with the mode and, where that is possible, the owner of another.
    fn copy_folder(&self, like: &Path, new: &Path) -> io::Result<()> {
        let found = fs::metadata(like)?;
        fs::create_dir(new)?;
        if !self.is_user {
            std::os::unix::fs::chown(new, Some(found.uid()), Some(found.gid()))?;
        }
        fs::set_permissions(new, Permissions::from_mode(found.mode() & 0o7777 | 0o700))
    }

    /// Puts into what is written to an overlay what the machine should have there: the folders that a lab's machine has,
    /// files that are mounted one by one, and for an ordinary user what the deck writes, so that it is the user's.
    fn prepare(&self, covered: &Path, upper: &Path) -> io::Result<()> {
        for path in INSTALLED.iter().map(Path::new) {
            self.take_over(path, covered, upper)?;
            if let Ok(rest) = path.strip_prefix(covered) {
                fs::create_dir_all(upper.join(rest))?;
            }
        }
        let files = self.mounted.iter().filter(|path| path.is_file());
        let writes = self.writes.iter().filter(|_| self.is_user);
        files.chain(writes).try_for_each(|path| self.take_over(path, covered, upper))
    }

    /// Copies a file and the folders on the way to it, as far as they are there, and can be read.
    fn take_over(&self, path: &Path, covered: &Path, upper: &Path) -> io::Result<()> {
        let Ok(rest) = path.strip_prefix(covered) else { return Ok(()) };
        let (mut new, mut like) = (upper.to_owned(), covered.to_owned());
        for part in rest {
            new.push(part);
            like.push(part);
            match fs::symlink_metadata(&like) {
                Ok(_) if new.exists() => {}
                Ok(found) if found.is_dir() => self.copy_folder(&like, &new)?,
                Ok(found) if found.is_file() && copy_file(&like, &new, &found) => {
                    if !self.is_user {
                        std::os::unix::fs::chown(&new, Some(found.uid()), Some(found.gid()))?;
                    }
                }
                _ => break,
            }
        }
        Ok(())
    }

    /// Shows a folder or a file as it is, to be read only; what cannot be shown so is not shown at all.
    fn show(&mut self, path: &Path) {
        let _ = self.bind(path);
        self.folders.insert(path.to_owned(), false);
    }

    fn bind(&self, path: &Path) -> io::Result<()> {
        let target = self.inside(path);
        mount::mount_bind_recursive(path, &target)?;
        let sealed = seal(&target);
        if sealed.is_err() {
            mount::unmount(&target, UnmountFlags::DETACH)?;
        }
        sealed
    }

    /// `/proc`, `/sys` and `/dev`.
    fn kernel(&self) -> io::Result<()> {
        mount::mount_bind_recursive("/proc", self.root().join("proc"))?;
        // What only root could change needs no guard against others.
        for path in SETTINGS.map(Path::new).into_iter().filter(|path| path.exists() && !self.is_user) {
            self.bind(path)?;
        }
        // Better none than one that can be changed.
        let _ = self.bind(Path::new("/sys"));
        let devices = self.root().join("dev");
        if self.is_user {
            mount::mount_bind_recursive("/dev", &devices)?;
        } else {
            for name in DEVICES.iter().filter(|name| Path::new("/dev").join(name).exists()) {
                fs::write(devices.join(name), "")?;
                mount::mount_bind(Path::new("/dev").join(name), devices.join(name))?;
            }
            for (name, leads_to) in DEVICE_LINKS {
                std::os::unix::fs::symlink(leads_to, devices.join(name))?;
            }
            fs::create_dir(devices.join("pts"))?;
            mount::mount_bind_recursive("/dev/pts", devices.join("pts"))?;
            fs::create_dir(devices.join("shm"))?;
        }
        let shared_memory = devices.join("shm");
        if shared_memory.is_dir() {
            mount::mount("tmpfs", &shared_memory, "tmpfs", MountFlags::empty(), c"mode=1777")?;
        }
        Ok(())
    }
}

/// Makes all that is mounted at a place, and below, read only.
fn seal(target: &Path) -> io::Result<()> {
    for path in mounted()?.into_iter().filter(|path| path.starts_with(target)) {
        // What a mount forbids already, an ordinary user may not allow again.
        let kept = rustix::fs::statvfs(&path)?.f_flag.bits();
        let flags = MountFlags::from_bits_truncate(kept as u32) | MountFlags::BIND | MountFlags::RDONLY;
        mount::mount_remount(&path, flags, c"")?;
    }
    Ok(())
}

/// Where something is mounted, in the view of this process.
fn mounted() -> io::Result<BTreeSet<PathBuf>> {
    let table = fs::read("/proc/self/mountinfo")?;
    let field = |line: &[u8]| line.split(|&byte| byte == b' ').nth(4).map(unescape);
    Ok(table.split(|&byte| byte == b'\n').filter_map(field).collect())
}

/// A path of the table of mounts: blanks and the like stand there as `\040`.
fn unescape(field: &[u8]) -> PathBuf {
    let mut path = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&first, after)) = rest.split_first() {
        let digits =
            after.get(..3).filter(|_| first == b'\\').and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 8).ok());
        path.push(byte.unwrap_or(first));
        rest = if byte.is_some() { &after[3..] } else { after };
    }
    OsString::from_vec(path).into()
}

/// A path with its links followed, as far as there is something.
fn without_links(path: &Path) -> PathBuf {
    let real = |known: &Path| {
        let rest = path.strip_prefix(known).ok()?;
        Some(fs::canonicalize(known).ok()?.join(rest))
    };
    path.ancestors().find_map(real).unwrap_or_else(|| path.to_owned())
}

/// Copies a file that is not too large; whether that was possible.
fn copy_file(from: &Path, to: &Path, found: &fs::Metadata) -> bool {
    let mode = Permissions::from_mode(found.mode() & 0o777 | 0o600);
    if found.len() <= LARGEST && fs::copy(from, to).is_ok() && fs::set_permissions(to, mode).is_ok() {
        return true;
    }
    let _ = fs::remove_file(to);
    false
}

/// Whether this user is the one of the same number on the machine, and not in a container only.
fn is_of_the_machine() -> io::Result<bool> {
    let map = fs::read_to_string("/proc/self/uid_map")?;
    Ok(map.split_whitespace().eq(["0", "0", "4294967295"]))
}

/// What these errors mean where a namespace is asked for, which their own texts do not say.
fn refused(error: &io::Error) -> io::Error {
    match Errno::from_io_error(error) {
        Some(Errno::PERM | Errno::ACCESS | Errno::NOSPC | Errno::INVAL) => {
            io::Error::other("this user may have no namespaces here")
        }
        _ => because("there is no namespace for it", error),
    }
}

fn because(what: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{what}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_the_table_of_mounts_are_read_as_they_are() {
        assert_eq!(unescape(br"/mnt/a\040b\134c"), Path::new("/mnt/a b\\c"));
        assert_eq!(unescape(br"/plain\9\04"), Path::new(r"/plain\9\04"));
        assert!(mounted().unwrap().contains(Path::new("/proc")));
    }

    #[test]
    fn links_are_followed_as_far_as_there_is_something() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().canonicalize().unwrap();
        std::os::unix::fs::symlink(&real, real.join("link")).unwrap();
        assert_eq!(without_links(&real.join("link/a/b")), real.join("a/b"));
        assert_eq!(without_links(Path::new("/no-such-folder/x")), Path::new("/no-such-folder/x"));
    }
}
