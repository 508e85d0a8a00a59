//! The runner: a plan in, events out.

pub mod policy;
