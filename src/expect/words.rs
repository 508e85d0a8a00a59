//! What differs within a line: two lines that stand for each other, cut into words, the differing ones emphasised.

use std::time::{Duration, Instant};

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};

/// A line's pieces; emphasised ones differ.
pub(super) type Pieces = Vec<(bool, String)>;

/// Lines are compared no longer than this; then more is emphasised than differs.
const LIMIT: Duration = Duration::from_millis(200);

/// The pieces of a promised line and of the one that came in its place; `alike` says of two words whether the second
/// may stand for the first.
pub(super) fn compare(promised: &str, came: &str, alike: impl Fn(&str, &str) -> bool) -> (Pieces, Pieces) {
    let (old, new) = (words(promised), words(came));
    let (mut left, mut right) = (Pieces::new(), Pieces::new());
    let deadline = Some(Instant::now() + LIMIT);
    for op in capture_diff_slices_deadline(Algorithm::Myers, &keys(&old), &keys(&new), deadline) {
        let (old, new) = (&old[op.old_range()], &new[op.new_range()]);
        let same = matches!(op, DiffOp::Equal { .. });
        let pairwise = old.len() == new.len();
        for (at, word) in old.iter().enumerate() {
            push(&mut left, !(same || pairwise && alike(word, new[at])), word);
        }
        for (at, word) in new.iter().enumerate() {
            push(&mut right, !(same || pairwise && alike(old[at], word)), word);
        }
    }
    (left, right)
}

/// What words are compared by: blanks are blanks, however many.
fn keys<'a>(words: &[&'a str]) -> Vec<&'a str> {
    words.iter().map(|word| if word.trim().is_empty() { " " } else { word }).collect()
}

/// One piece more; it joins the last one where both are emphasised or both are not. Blanks never are.
fn push(pieces: &mut Pieces, emphasised: bool, word: &str) {
    let emphasised = emphasised && !word.trim().is_empty();
    match pieces.last_mut() {
        Some((last, text)) if *last == emphasised => text.push_str(word),
        _ => pieces.push((emphasised, word.to_owned())),
    }
}

/// Runs of letters and digits, runs of blanks, and each other character; joined they are the line.
fn words(line: &str) -> Vec<&str> {
    let class = |c: char| match c {
        _ if c.is_alphanumeric() || c == '_' => 0,
        _ if c.is_whitespace() => 1,
        _ => 2,
    };
    let mut words = Vec::new();
    let mut start = 0;
    for (at, pair) in line.char_indices().zip(line.chars().skip(1)) {
        let ((at, this), next) = (at, pair);
        if class(this) == 2 || class(this) != class(next) {
            let end = at + this.len_utf8();
            words.push(&line[start..end]);
            start = end;
        }
    }
    if start < line.len() {
        words.push(&line[start..]);
    }
    words
}

/// How alike two lines are, from 0 to 1000, cheaply: the words that both have, or the ends that are the same.
pub(super) fn likeness(a: &str, b: &str) -> u32 {
    let letters = |line: &str| -> Vec<String> {
        let words = words(line).into_iter().filter(|word| word.starts_with(char::is_alphanumeric));
        let mut words: Vec<String> = words.map(str::to_owned).collect();
        words.sort_unstable();
        words
    };
    let (left, right) = (letters(a), letters(b));
    let (mut i, mut j, mut common) = (0, 0, 0usize);
    while i < left.len() && j < right.len() {
        match left[i].cmp(&right[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => (i, j, common) = (i + 1, j + 1, common + 1),
        }
    }
    let by_words = 2000 * common / (left.len() + right.len()).max(1);
    let head = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let tail = a.bytes().rev().zip(b.bytes().rev()).take_while(|(a, b)| a == b).count();
    let (shorter, longer) = (a.len().min(b.len()), a.len().max(b.len()));
    let by_ends = 1000 * (head + tail).min(shorter) / longer.max(1);
    by_words.max(by_ends) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_emphasised() {
        let mark = |pieces: Pieces| -> String {
            pieces.into_iter().map(|(on, text)| if on { format!("<{text}>") } else { text }).collect()
        };
        let (left, right) = compare(r#"{"r":["busybix"]}"#, r#"{"r":["busybox"],"t":1}"#, |_, _| false);
        assert_eq!(mark(left), r#"{"r":["<busybix>"]}"#);
        assert_eq!(mark(right), r#"{"r":["<busybox>"]<,"t":1>}"#);
        let (left, right) = compare("a  5m x", "a 9s y", |a, b| a == "5m" && b == "9s");
        assert_eq!((mark(left), mark(right)), ("a  5m <x>".into(), "a 9s <y>".into()));
    }

    #[test]
    fn words_joined_are_the_line() {
        for line in ["", "a", "é ü", "a_b  c--d", "{\"x\": 1}"] {
            assert_eq!(words(line).concat(), line);
        }
    }

    #[test]
    fn likeness_is_high_for_the_same_and_small_for_others() {
        assert_eq!(likeness("a b c", "a b c"), 1000);
        assert!(likeness("busybix", "busybox") > 800);
        assert!(likeness("pod/registry created", "service/web deleted") < 200);
        assert_eq!((likeness("", "x"), likeness("", "")), (0, 0));
    }
}
