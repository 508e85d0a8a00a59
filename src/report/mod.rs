//! What people and programs read of a run: one file a reporter, all fed by events alone.

pub mod layout;
