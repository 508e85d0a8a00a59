//! The operating system, as labrun needs it: terminals, pipes, processes and the table of them, views of the files. The
//! only module with `unsafe` (what must run between fork and exec, and descriptors given by number); Linux first.
//!
//! Knows nothing of shells: what is typed and what it means belongs to `session`.

mod pipe;
mod process;
mod stderr;
mod table;
mod terminal;
mod view;

pub use pipe::{Door, Opening, pipe, pipe_by_path, unread, write};
pub use process::{
    Handle, Reaped, SIGNAL_BASE, Signal, adopt_orphans, detach, hand_down, inherited, keep_only_stdio,
    lead_session, null_stdio, reap, signal_group, signal_process,
};
pub use stderr::say;
pub use table::{Reading, descendants, group_reads_terminal, is_stopped, reads_pipe};
pub use terminal::Terminal;
pub use view::{View, enter_view, leave_view};
