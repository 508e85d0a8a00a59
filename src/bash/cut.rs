//! Where a block's commands begin: what one Enter runs is one command, and the pieces joined are the block. What
//! each of them does is [`super::walk`]'s.

use std::ops::Range;

use brush_parser::ast::{CompoundList, Program};

use super::parse::{self, parse};

/// A piece of a block: one command, as a rule, and its tree.
pub(super) struct Piece {
    /// Bytes in the text.
    pub range: Range<usize>,
    /// Its lines of commands.
    pub tree: Vec<CompoundList>,
}

/// Attempts that may fail; then all goes together, since each attempt reads more than the one before.
const MAX_FAILURES: usize = 50;

/// Cuts a text, given the tree of the whole: the ranges tile it.
///
/// The tree says where each command begins, but not quite (`! true`, `>out cmd` and the keyword of a function are left
/// out) and not where it ends (a here-document's body and a trailing `&` are left out). So a piece reaches from the
/// start of the line of one command to the start of the next, and each cut is tried: a piece that cannot stand alone
/// reaches to the next cut.
pub(super) fn cut(text: &str, tree: Vec<CompoundList>) -> Vec<Piece> {
    let mut cuts: Vec<usize> = parse::starts(text, &tree)
        .into_iter()
        .skip(1)
        .flatten()
        .map(|start| text[..start].rfind('\n').map_or(0, |at| at + 1))
        .filter(|&cut| cut > 0)
        .collect();
    cuts.sort_unstable();
    cuts.dedup();
    if cuts.is_empty() {
        return vec![Piece { range: 0..text.len(), tree }];
    }
    let mut pieces: Vec<Piece> = Vec::new();
    let (mut from, mut failures) = (0, 0);
    for cut in cuts {
        let alone = if failures < MAX_FAILURES { whole(&text[from..cut]) } else { None };
        match alone {
            Some(program) => {
                pieces.push(Piece { range: from..cut, tree: program.complete_commands });
                from = cut;
            }
            None => failures += 1,
        }
    }
    // What is left is the last piece. Where it cannot stand alone, it takes the one before it along.
    while failures < MAX_FAILURES {
        match parse(&text[from..]) {
            Ok(last) => {
                pieces.push(Piece { range: from..text.len(), tree: last.complete_commands });
                return pieces;
            }
            Err(_) => failures += 1,
        }
        match pieces.pop() {
            Some(before) => from = before.range.start,
            None => break,
        }
    }
    vec![Piece { range: 0..text.len(), tree }]
}

/// The tree of a piece that can be typed alone: it is a script, and its last line is not continued. A comment is not,
/// whatever it ends with.
fn whole(piece: &str) -> Option<Program> {
    let last = piece.trim_end_matches('\n').rsplit('\n').next().unwrap_or_default();
    let continued = piece.ends_with("\\\n") && !last.contains('#');
    if continued { None } else { parse(piece).ok() }
}
