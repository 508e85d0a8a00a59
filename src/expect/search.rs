//! All places where a text stands in another, overlapping ones too, in time linear in the two together: however often a
//! promised text nearly repeats itself, no byte of an output is looked at more than a few times.

/// Places of a needle in a haystack, in order.
pub(super) struct Places<'a> {
    haystack: &'a [u8],
    needle: &'a [u8],
    /// For each length of a part that is matched, the length of the longest other part that it ends with.
    falls: Vec<usize>,
    /// Bytes of the haystack that were read.
    at: usize,
    /// Bytes of the needle that the last ones read match.
    matched: usize,
    /// Bytes that were compared, for the tests.
    pub compared: usize,
}

impl<'a> Places<'a> {
    /// The needle is not empty.
    pub(super) fn new(haystack: &'a str, needle: &'a str, from: usize) -> Self {
        let needle = needle.as_bytes();
        let mut places = Self {
            haystack: haystack.as_bytes(),
            needle,
            falls: vec![0; needle.len()],
            at: from,
            matched: 0,
            compared: 0,
        };
        let mut length = 0;
        for (end, &byte) in needle.iter().enumerate().skip(1) {
            length = places.fits(length, byte);
            places.falls[end] = length;
        }
        places
    }

    /// How much of the needle is matched after one more byte, where `length` was before it.
    fn fits(&mut self, mut length: usize, byte: u8) -> usize {
        loop {
            self.compared += 1;
            if self.needle.get(length) == Some(&byte) {
                return length + 1;
            }
            if length == 0 {
                return 0;
            }
            length = self.falls[length - 1];
        }
    }
}

impl Iterator for Places<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        while let Some(&byte) = self.haystack.get(self.at) {
            self.matched = self.fits(self.matched, byte);
            self.at += 1;
            if self.matched == self.needle.len() {
                return Some(self.at - self.matched);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_places_are_found() {
        for (haystack, needle, want) in [
            ("aaaa", "aa", &[0, 1, 2][..]),
            ("abcabcabd", "abcabd", &[3]),
            ("xa a a", "a a", &[1, 3]),
            ("é é", "é", &[0, 3]),
            ("", "a", &[]),
        ] {
            assert_eq!(Places::new(haystack, needle, 0).collect::<Vec<_>>(), want, "{needle} in {haystack}");
        }
        assert_eq!(Places::new("aaaa", "aa", 2).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn a_text_that_nearly_repeats_is_searched_in_linear_steps() {
        for (line, end) in [("a\n", "b"), ("the same line\n", "the same end"), ("aaaaaaaaaaaaaaaa", "b")] {
            let (haystack, needle) = (line.repeat(100_000), format!("{}{end}", line.repeat(50_000)));
            let mut places = Places::new(&haystack, &needle, 0);
            assert_eq!(places.next(), None);
            assert!(places.compared <= 2 * (haystack.len() + needle.len()), "{}", places.compared);
        }
    }
}
