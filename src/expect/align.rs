//! Which line of an output stands for which promised line, where the promise as a whole does not hold: the pairing,
//! in order, that makes most sense of it.

use std::collections::HashSet;

use super::Mode;
use super::news::kinds;
use super::pattern::Glob;
use super::text::Line;
use super::words::likeness;

/// How well a pair fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    /// Index of the line that came.
    pub came: usize,
    /// Whether it is what is promised, to the letter or by a wildcard.
    pub holds: bool,
    /// How well it fits, up to 1000.
    pub fit: u32,
}

/// The pairing of the promised lines with those that came.
#[derive(Clone, Debug)]
pub(super) struct Alignment {
    /// For each promised line.
    pub pairs: Vec<Option<Pair>>,
}

impl Alignment {
    /// How much of the promise it explains.
    pub(super) fn score(&self) -> u32 {
        self.pairs.iter().flatten().map(|pair| pair.fit).sum()
    }
}

/// More pairs than this are not weighed: of a long output only the lines that share most words are looked at.
const MOST_PAIRS: usize = 10_000;
/// What a pair that holds is worth; one that is only alike is worth part of it.
const HOLDS: u32 = 1000;
/// Less alike lines are no pair.
const ALIKE: u32 = 350;

/// Pairs `promised` (with its matchers, none for `...`) with lines of `came`. In `like` volatile tokens of one kind are alike.
pub(super) fn align(promised: &[Line], matchers: &[Option<Glob>], came: &[Line], mode: Mode) -> Alignment {
    let rows = candidates(promised, came);
    let told = |line: &Line| if mode == Mode::Like { kinds(&line.ready) } else { line.ready.clone() };
    let wanted: Vec<String> = promised.iter().map(told).collect();
    let there: Vec<String> = rows.iter().map(|&row| told(&came[row])).collect();
    let (n, m) = (rows.len(), promised.len());
    // worth[i][j]: the most that can be made of the candidates from i on and the promised lines from j on.
    let mut worth = vec![0u32; (n + 1) * (m + 1)];
    let mut fits = vec![0u32; n * m];
    let cell = |i: usize, j: usize| i * (m + 1) + j;
    for i in (0..n).rev() {
        for j in (0..m).rev() {
            let fit = matchers[j].as_ref().map_or(0, |matcher| {
                if matcher.matches(&came[rows[i]].ready) { HOLDS } else { alike(&wanted[j], &there[i]) }
            });
            fits[i * m + j] = fit;
            // Lines side by side are worth a little more than the same with others in between.
            let near = u32::from(j + 1 < m && i + 1 < n && rows[i] + 1 == rows[i + 1]);
            let paired = if fit == 0 { 0 } else { worth[cell(i + 1, j + 1)] + fit + near };
            worth[cell(i, j)] = paired.max(worth[cell(i + 1, j)]).max(worth[cell(i, j + 1)]);
        }
    }
    let mut pairs = vec![None; m];
    let (mut i, mut j) = (0, 0);
    while i < n && j < m {
        let fit = fits[i * m + j];
        let near = u32::from(j + 1 < m && i + 1 < n && rows[i] + 1 == rows[i + 1]);
        if fit > 0 && worth[cell(i, j)] == worth[cell(i + 1, j + 1)] + fit + near {
            pairs[j] = Some(Pair { came: rows[i], holds: fit == HOLDS, fit });
            (i, j) = (i + 1, j + 1);
        } else if worth[cell(i, j)] == worth[cell(i + 1, j)] {
            i += 1;
        } else {
            j += 1;
        }
    }
    Alignment { pairs }
}

fn alike(promised: &str, came: &str) -> u32 {
    let likeness = likeness(promised, came);
    if likeness < ALIKE { 0 } else { likeness.min(HOLDS - 1) }
}

/// The lines of the output that are worth a look, in order.
fn candidates(promised: &[Line], came: &[Line]) -> Vec<usize> {
    let most = (MOST_PAIRS / promised.len().max(1)).max(1);
    let mut rows: Vec<usize> = (0..came.len()).collect();
    if rows.len() > most {
        let words: HashSet<&str> = promised.iter().flat_map(|line| line.ready.split(' ')).collect();
        let common = |row: &usize| came[*row].ready.split(' ').filter(|word| words.contains(word)).count();
        rows.sort_by_cached_key(|row| std::cmp::Reverse(common(row)));
        rows.truncate(most);
        rows.sort_unstable();
    }
    rows
}
