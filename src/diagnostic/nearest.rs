//! What somebody who wrote a word that is not known may have meant.

/// Letters of a word that are compared.
const LETTERS: usize = 64;

/// The known word that this one is most like, if it is like one at all.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.into_iter().map(|known| (distance(word, known), known)).min()?;
    let (distance, known) = near;
    (distance <= (word.chars().count() / 2).clamp(1, 3)).then_some(known)
}

/// How many letters must be put in, taken out, changed or swapped with the next.
#[must_use]
pub fn distance(a: &str, b: &str) -> usize {
    let letters = |word: &str| word.chars().take(LETTERS).collect::<Vec<char>>();
    let (a, b) = (letters(a), letters(b));
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = change.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_a_swap_once() {
        for (a, b, wanted) in [("", "ab", 2), ("wait", "wait", 0), ("wiat", "wait", 1), ("copy", "open", 3)] {
            assert_eq!(distance(a, b), wanted, "{a} {b}");
        }
    }

    #[test]
    fn a_word_that_is_like_none_means_none() {
        assert_eq!(nearest("regsitryIP", ["registryIP", "username"]), Some("registryIP"));
        assert_eq!(nearest("harbor", ["registryIP", "username"]), None);
        assert_eq!(nearest("x", []), None);
        assert_eq!(nearest(&"long".repeat(1000), ["longer"]), None);
    }
}
