//! What can be said of a piece of a script, and how the facts of two pieces add up to those of both.

use super::call::Called;
use super::mentions::Mention;
use super::places::{self, Place};
use super::{Attendance, Deed, Opens};

/// What a piece of a script does.
#[derive(Debug)]
pub(super) struct Facts {
    pub deed: Deed,
    pub asks_server: bool,
    /// Whether it prints the same each time, whatever becomes of the world.
    pub constant: bool,
    pub attendance: Attendance,
    /// What takes the lines that are typed next.
    pub opens: Option<Opens>,
    pub programs: Vec<String>,
    pub sets: Vec<String>,
    pub reads: Vec<String>,
    /// Functions and aliases that it makes.
    pub defines: Vec<String>,
    /// The folders that it goes to and the files that it writes, in order.
    pub places: Vec<Place>,
    /// What it names and does that somebody may want to know before, in order.
    pub mentions: Vec<Mention>,
    /// The calls that it makes, in order.
    pub calls: Vec<Called>,
    /// What stands in backquotes, which bash runs.
    pub backquoted: Vec<String>,
    /// Whether it redirects the shell's own output or input: `exec >log`.
    pub rewires: bool,
}

impl Default for Facts {
    /// The facts of doing nothing.
    fn default() -> Self {
        Self {
            deed: Deed::Looks,
            asks_server: false,
            constant: true,
            attendance: Attendance::None,
            opens: None,
            programs: Vec::new(),
            sets: Vec::new(),
            reads: Vec::new(),
            defines: Vec::new(),
            places: Vec::new(),
            mentions: Vec::new(),
            calls: Vec::new(),
            backquoted: Vec::new(),
            rewires: false,
        }
    }
}

impl Facts {
    /// The facts of doing both.
    pub(super) fn add(&mut self, other: Self) {
        self.deed = self.deed.max(other.deed);
        self.asks_server |= other.asks_server;
        self.constant &= other.constant;
        self.rewires |= other.rewires;
        self.opens = other.opens.or(self.opens);
        self.places.extend(other.places);
        self.mentions.extend(other.mentions);
        self.calls.extend(other.calls);
        self.backquoted.extend(other.backquoted);
        if self.attendance == Attendance::None {
            self.attendance = other.attendance;
        }
        for (ours, theirs) in [
            (&mut self.programs, other.programs),
            (&mut self.sets, other.sets),
            (&mut self.reads, other.reads),
            (&mut self.defines, other.defines),
        ] {
            for name in theirs {
                if !ours.contains(&name) {
                    ours.push(name);
                }
            }
        }
    }

    /// The facts of doing it in a shell of its own, which keeps its variables to itself.
    pub(super) fn apart(mut self) -> Self {
        self.sets.clear();
        self.defines.clear();
        self.rewires = false;
        self.places = places::left_behind(self.places);
        self
    }

    /// The facts of something that cannot be told.
    pub(super) fn unknown() -> Self {
        Self { deed: Deed::Acts, constant: false, ..Self::default() }
    }

    pub(super) fn act(&mut self) {
        self.deed = Deed::Acts;
    }
}
