//! labrun as its users meet it: a deck in, a report out. One file per feature.

mod bash;
mod cli;
mod contained;
mod corpus;
mod decks;
mod differential;
mod editor;
mod expect;
mod hostile;
mod journal;
mod leftovers;
mod live;
mod oracle;
mod plan;
mod promises;
mod remark;
mod report;
mod retry;
mod run;
mod session;
mod simulated;
mod stand_ins;
mod support;
mod terminal;
mod tidy;
mod values;
