//! The scratch folder of a run: made private, locked while the run lives, removed with it.
//!
//! A run that was killed cannot tidy up; its `keeper` does. Where that was killed too, the lock is gone, so the next run
//! finds the folder unlocked and removes it. Owns nothing that stands inside.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::Error;

/// The file whose lock is the turn.
const TURN: &str = "turn";

/// A folder that is there as long as this value is.
#[derive(Debug)]
pub(super) struct Scratch {
    folder: PathBuf,
    /// Held, never read: the kernel lets go of it when this process ends, however it ends.
    _lock: File,
}

impl Scratch {
    /// Makes one, after sweeping away those of dead runs.
    pub(super) fn new() -> Result<Self, Error> {
        let temporary = std::env::temp_dir();
        // The path of a socket has to fit into 100 bytes, give or take.
        Self::under(if temporary.as_os_str().len() > 60 { Path::new("/tmp") } else { &temporary })
    }

    fn under(temporary: &Path) -> Result<Self, Error> {
        let base = temporary.join(format!("labrun-{}", rustix::process::getuid().as_raw()));
        Self::make(&base).map_err(|source| Error::Scratch { folder: base, source })
    }

    fn make(base: &Path) -> io::Result<Self> {
        let _turn = take_turn(base)?;
        sweep(base)?;
        let folder = (std::process::id()..=u32::MAX)
            .map(|number| base.join(number.to_string()))
            .find(|folder| !folder.exists())
            .expect("there are more numbers than folders");
        fs::create_dir(&folder)?;
        let lock = lock(&folder.join("lock"), FlockOperation::NonBlockingLockExclusive)?;
        Ok(Self { folder, _lock: lock })
    }

    /// Where it is.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        clear(&self.folder);
    }
}

/// Removes a scratch folder; answers whether it is gone.
pub(super) fn clear(folder: &Path) -> bool {
    remove(folder);
    let gone = fs::symlink_metadata(folder).is_err();
    let Some(base) = folder.parent().filter(|base| base.exists()) else { return gone };
    let Ok(turn) = take_turn(base) else { return gone };
    // The last one out also removes the common folder.
    if fs::read_dir(base).is_ok_and(|entries| entries.count() == 1) {
        let _ = fs::remove_file(base.join(TURN)).and_then(|()| fs::remove_dir(base));
    }
    drop(turn);
    gone
}

/// Making, sweeping and removing exclude each other: a folder must not be swept between its making and its locking.
fn take_turn(base: &Path) -> io::Result<File> {
    loop {
        match fs::create_dir(base) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        match try_turn(base) {
            Ok(Some(turn)) => return Ok(turn),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            // The last run that used the folder has just removed it.
            Ok(None) | Err(_) => {}
        }
    }
}

fn try_turn(base: &Path) -> io::Result<Option<File>> {
    let found = fs::symlink_metadata(base)?;
    if !found.is_dir() || found.uid() != rustix::process::getuid().as_raw() {
        return Err(io::Error::other("it is not a folder of this user"));
    }
    fs::set_permissions(base, Permissions::from_mode(0o700))?;
    let turn = lock(&base.join(TURN), FlockOperation::LockExclusive)?;
    let still_there = fs::metadata(base.join(TURN))?.ino() == turn.metadata()?.ino();
    Ok(still_there.then_some(turn))
}

/// Removes the folders of runs that are dead.
fn sweep(base: &Path) -> io::Result<()> {
    for entry in fs::read_dir(base)? {
        let folder = entry?.path();
        if folder.is_dir() && lock(&folder.join("lock"), FlockOperation::NonBlockingLockExclusive).is_ok() {
            remove(&folder);
        }
    }
    Ok(())
}

fn lock(file: &Path, operation: FlockOperation) -> io::Result<File> {
    let file = File::options().write(true).create(true).truncate(false).open(file)?;
    flock(&file, operation)?;
    Ok(file)
}

/// Removes a folder, also one whose insides were made read-only by a lab.
fn remove(folder: &Path) {
    if fs::remove_dir_all(folder).is_err() {
        open_up(folder);
        let _ = fs::remove_dir_all(folder);
    }
}

fn open_up(folder: &Path) {
    let _ = fs::set_permissions(folder, Permissions::from_mode(0o700));
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            open_up(&entry.path());
        }
    }
}

/// Copies what stands in `from` into the new folder `to`: files, folders and links as they are; sockets and the like
/// are left out.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    copy_inside(from, to).map_err(|source| Error::Home { folder: from.to_owned(), source })
}

fn copy_inside(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, target) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            copy_inside(&entry.path(), &target)?;
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(entry.path())?, target)?;
        } else if !kind.is_socket() && !kind.is_fifo() && !kind.is_char_device() && !kind.is_block_device() {
            fs::copy(entry.path(), target)?;
        }
    }
    fs::set_permissions(to, Permissions::from_mode(fs::metadata(from)?.mode() | 0o700))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_lives_as_long_as_its_value_and_a_live_one_is_not_swept() {
        let temporary = tempfile::tempdir().unwrap();
        let first = Scratch::under(temporary.path()).unwrap();
        let second = Scratch::under(temporary.path()).unwrap();
        assert_ne!(first.folder(), second.folder());
        assert!(first.folder().is_dir());
        let gone = first.folder().to_owned();
        drop(first);
        assert!(!gone.exists());
        assert!(second.folder().is_dir());
        drop(second);
        assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
    }

    #[test]
    fn the_folder_of_a_dead_run_is_swept_even_if_a_lab_made_it_read_only() {
        let temporary = tempfile::tempdir().unwrap();
        let alive = Scratch::under(temporary.path()).unwrap();
        let dead = alive.folder().with_file_name("dead");
        fs::create_dir_all(dead.join("home/stubborn")).unwrap();
        fs::write(dead.join("home/stubborn/file"), "").unwrap();
        fs::set_permissions(dead.join("home/stubborn"), Permissions::from_mode(0o500)).unwrap();
        let _next = Scratch::under(temporary.path()).unwrap();
        assert!(!dead.exists());
        assert!(alive.folder().exists());
    }

    #[test]
    fn a_home_is_copied_with_its_links_and_modes() {
        let temporary = tempfile::tempdir().unwrap();
        let (from, to) = (temporary.path().join("from"), temporary.path().join("to"));
        fs::create_dir_all(from.join("sub")).unwrap();
        fs::write(from.join("sub/run.sh"), "true").unwrap();
        fs::set_permissions(from.join("sub/run.sh"), Permissions::from_mode(0o755)).unwrap();
        std::os::unix::fs::symlink("sub/run.sh", from.join("link")).unwrap();
        copy(&from, &to).unwrap();
        assert_eq!(fs::metadata(to.join("sub/run.sh")).unwrap().mode() & 0o777, 0o755);
        assert_eq!(fs::read_link(to.join("link")).unwrap(), Path::new("sub/run.sh"));
    }
}
