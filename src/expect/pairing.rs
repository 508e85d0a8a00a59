//! Who stands for whom, where the order is of no account: as many pairs as there can be, not those that come first.

/// Gives each of `left` a place of its own that fits it; `taken` says who has which place so far. Who has one may move
/// on to another. Returns those that are left without.
pub(super) fn pair_rest(
    left: Vec<usize>,
    taken: &mut [Option<usize>],
    fits: impl Fn(usize, usize) -> bool,
) -> Vec<usize> {
    left.into_iter().filter(|&at| !place(at, taken, &mut vec![false; taken.len()], &fits)).collect()
}

/// Finds a place for one, moving others where they have another.
fn place(
    at: usize,
    taken: &mut [Option<usize>],
    seen: &mut [bool],
    fits: &impl Fn(usize, usize) -> bool,
) -> bool {
    for place_at in 0..taken.len() {
        if seen[place_at] || !fits(at, place_at) {
            continue;
        }
        seen[place_at] = true;
        if taken[place_at].is_none_or(|other| place(other, taken, seen, fits)) {
            taken[place_at] = Some(at);
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_a_choice_gives_way() {
        // The first may have either place, the second only the first.
        let fits = |at: usize, place: usize| at == 0 || place == 0;
        let mut taken = [None, None];
        assert!(pair_rest(vec![0, 1], &mut taken, fits).is_empty());
        assert_eq!(taken, [Some(1), Some(0)]);
        assert_eq!(pair_rest(vec![0, 1], &mut [None], fits), [1]);
    }
}
