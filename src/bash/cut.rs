//! Where a block's commands begin: what one Enter runs is one command, and the pieces joined are the block. What
//! each of them does is [`super::walk`]'s.

use std::ops::Range;

use brush_parser::ast::CompoundList;

use super::parse::{self, parse};

/// Cuts that may fail; then what is left goes together, since each attempt reads more than the one before.
const MAX_FAILURES: usize = 50;

/// The ranges of the commands, given the tree of the whole: they tile the text.
///
/// The tree says where each begins, but not quite (`! true`, `>out cmd` and the keyword of a function are left
/// out) and not where it ends (a here-document's body and a trailing `&` are left out). So a piece reaches from the
/// start of the line of one command to the start of the next, and each cut is tried: a piece that cannot stand
/// alone reaches to the next cut.
pub(super) fn cut(text: &str, commands: &[CompoundList]) -> Vec<Range<usize>> {
    let mut cuts: Vec<usize> = parse::starts(text, commands)
        .into_iter()
        .skip(1)
        .flatten()
        .map(|start| text[..start].rfind('\n').map_or(0, |at| at + 1))
        .collect();
    cuts.sort_unstable();
    cuts.dedup();
    let mut pieces = Vec::new();
    let (mut from, mut failures) = (0, 0);
    for cut in cuts.into_iter().chain([text.len()]) {
        if cut > from && (cut == text.len() || (failures < MAX_FAILURES && is_whole(&text[from..cut]))) {
            pieces.push(from..cut);
            from = cut;
        } else {
            failures += 1;
        }
    }
    // The last piece was taken untried: nothing follows that it could wait for.
    while pieces.len() > 1 && parse(&text[pieces[pieces.len() - 1].clone()]).is_err() {
        merge_last(&mut pieces);
    }
    pieces
}

/// Whether a piece can be typed alone: it is a script, and its last line is not continued. A comment is not, whatever it
/// ends with.
fn is_whole(piece: &str) -> bool {
    let last = piece.trim_end_matches('\n').rsplit('\n').next().unwrap_or_default();
    let continued = piece.ends_with("\\\n") && !last.contains('#');
    !continued && parse(piece).is_ok()
}

fn merge_last(pieces: &mut Vec<Range<usize>>) {
    if let (Some(last), Some(before)) = (pieces.pop(), pieces.last_mut()) {
        before.end = last.end;
    }
}
