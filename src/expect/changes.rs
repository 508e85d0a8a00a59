//! What changed between two texts, line by line: the parts of a patch.

use std::time::{Duration, Instant};

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline, group_diff_ops};

/// Texts are compared no longer than this; then more is shown as changed than is.
const LIMIT: Duration = Duration::from_secs(2);

/// A run of lines with changes, and lines around them that are in both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// Index of its first line in the old text.
    pub old: usize,
    /// Index of its first line in the new text.
    pub new: usize,
    /// Its lines.
    pub lines: Vec<Change<'a>>,
}

/// A line of a [`Part`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// In both.
    Same(&'a str),
    /// In the old text only.
    Gone(&'a str),
    /// In the new text only.
    New(&'a str),
}

/// What differs between the lines of two texts, with up to `context` lines around it.
#[must_use]
pub fn changes<'a>(old: &[&'a str], new: &[&'a str], context: usize) -> Vec<Part<'a>> {
    let groups = group_diff_ops(diff(old, new), context);
    let part = |ops: Vec<DiffOp>| {
        let first = ops.first()?;
        let mut lines = Vec::new();
        for op in &ops {
            let (gone, came) = (&old[op.old_range()], &new[op.new_range()]);
            if matches!(op, DiffOp::Equal { .. }) {
                lines.extend(gone.iter().map(|line| Change::Same(line)));
            } else {
                lines.extend(gone.iter().map(|line| Change::Gone(line)));
                lines.extend(came.iter().map(|line| Change::New(line)));
            }
        }
        Some(Part { old: first.old_range().start, new: first.new_range().start, lines })
    };
    groups.into_iter().filter_map(part).collect()
}

/// For each new line the old one that it is.
pub(super) fn kept(old: &[&str], new: &[&str]) -> Vec<Option<usize>> {
    let mut kept = vec![None; new.len()];
    for op in diff(old, new).iter().filter(|op| matches!(op, DiffOp::Equal { .. })) {
        for (new, old) in op.new_range().zip(op.old_range()) {
            kept[new] = Some(old);
        }
    }
    kept
}

fn diff(old: &[&str], new: &[&str]) -> Vec<DiffOp> {
    capture_diff_slices_deadline(Algorithm::Myers, old, new, Some(Instant::now() + LIMIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_their_places_and_what_is_around_them() {
        let old: Vec<&str> = "a b c d e f g h".split(' ').collect();
        let new: Vec<&str> = "a b X d e f g h i".split(' ').collect();
        let parts = changes(&old, &new, 1);
        assert_eq!(parts.len(), 2);
        assert_eq!((parts[0].old, parts[0].new), (1, 1));
        assert_eq!(
            parts[0].lines,
            [Change::Same("b"), Change::Gone("c"), Change::New("X"), Change::Same("d")]
        );
        assert_eq!(parts[1].lines, [Change::Same("h"), Change::New("i")]);
        assert_eq!(kept(&["a", "b"], &["b", "c"]), [Some(1), None]);
    }
}
