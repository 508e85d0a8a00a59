//! Output kept as head and tail: however much comes, so much is kept, and nobody who writes ever waits.

use std::borrow::Cow;

use super::Capture;
use super::typed::KEEP;

/// Bytes kept at either end.
pub const KEPT: usize = 512 * 1024;

impl Capture {
    /// How many bytes came in all.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.head.len() as u64 + self.dropped + self.tail.len() as u64
    }

    /// Whether nothing came.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// As text: what is no UTF-8 becomes `U+FFFD`, and a line says where bytes are left out.
    #[must_use]
    pub fn text(&self) -> String {
        let text = |bytes| String::from_utf8_lossy(bytes);
        match (self.dropped, self.tail.is_empty()) {
            (0, true) => text(&self.head).into_owned(),
            (0, false) => {
                let whole: Cow<'_, [u8]> = [&*self.head, &*self.tail].concat().into();
                text(&whole).into_owned()
            }
            (dropped, _) => {
                format!("{}\n[… {dropped} bytes left out …]\n{}", text(&self.head), text(&self.tail))
            }
        }
    }

    /// Makes standard error what it is in a terminal: without what bash writes when a job starts in the background
    /// (`[1] 4711`), without our own line where `set -v` echoes it, and, where commands are traced, without the mark
    /// of the `eval` that they run in.
    pub(super) fn cleaned(mut self, traced: bool) -> Self {
        let ours = KEEP.strip_prefix('\n').unwrap_or(KEEP).as_bytes();
        while let Some(at) = find(&self.head, ours) {
            let end = (at + ours.len() + 1).min(self.head.len());
            self.head.drain(at..end);
        }
        if self.head.starts_with(b"[") || find(&self.head, b"\n[").is_some() {
            let lines = self.head.split_inclusive(|&byte| byte == b'\n');
            self.head = lines.filter(|line| !is_job_notice(line)).collect::<Vec<_>>().concat();
        }
        if traced {
            let lines = self.head.split_inclusive(|&byte| byte == b'\n');
            self.head = lines
                .flat_map(|line| {
                    line.strip_prefix(b"+").filter(|rest| rest.starts_with(b"+")).unwrap_or(line)
                })
                .copied()
                .collect();
        }
        self
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

fn is_job_notice(line: &[u8]) -> bool {
    let digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let Some(rest) = line.strip_prefix(b"[") else { return false };
    let Some(end) = rest.iter().position(|&byte| byte == b']') else { return false };
    let (job, after) = (&rest[..end], &rest[end + 1..]);
    digits(job) && after.strip_prefix(b" ").and_then(|pid| pid.strip_suffix(b"\n")).is_some_and(digits)
}

/// Takes output in as it comes.
#[derive(Clone, Debug, Default)]
pub(super) struct Intake {
    head: Vec<u8>,
    tail: Vec<u8>,
    dropped: u64,
}

impl Intake {
    /// Adds what came.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let (first, rest) = bytes.split_at(bytes.len().min(KEPT - self.head.len()));
        self.head.extend_from_slice(first);
        self.tail.extend_from_slice(rest);
        if self.tail.len() > 2 * KEPT {
            self.trim();
        }
    }

    /// Whether nothing came.
    pub(super) fn is_empty(&self) -> bool {
        self.head.is_empty()
    }

    /// What is kept; from here on it counts anew.
    pub(super) fn take(&mut self) -> Capture {
        self.trim();
        let Self { head, tail, dropped } = std::mem::take(self);
        Capture { head, tail, dropped }
    }

    /// The last line, if it has no end yet.
    pub(super) fn open_line(&self) -> Option<&[u8]> {
        let bytes = if self.tail.is_empty() { &self.head } else { &self.tail };
        let line = bytes.rsplit(|&byte| byte == b'\n').next()?;
        (!line.is_empty()).then_some(line)
    }

    fn trim(&mut self) {
        let surplus = self.tail.len().saturating_sub(KEPT);
        self.tail.drain(..surplus);
        self.dropped += surplus as u64;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn head_tail_and_dropped_are_all_that_came(sizes in prop::collection::vec(0usize..700_000, 0..8)) {
            let mut intake = Intake::default();
            let mut all = Vec::new();
            for (at, size) in sizes.into_iter().enumerate() {
                let piece = vec![at as u8; size];
                intake.push(&piece);
                all.extend(piece);
            }
            let capture = intake.take();
            prop_assert_eq!(capture.len(), all.len() as u64);
            prop_assert!(all.starts_with(&capture.head));
            prop_assert!(all.ends_with(&capture.tail));
            prop_assert!(capture.head.len() <= KEPT && capture.tail.len() <= KEPT);
            prop_assert!(capture.dropped == 0 || capture.tail.len() == KEPT);
            prop_assert!(intake.take().is_empty());
        }
    }

    #[test]
    fn a_character_across_head_and_tail_is_whole() {
        let mut intake = Intake::default();
        intake.push(&vec![b'a'; KEPT - 1]);
        intake.push("é".as_bytes());
        assert!(intake.take().text().ends_with("aé"));
    }

    #[test]
    fn job_notices_go_and_nothing_else() {
        let text = b"[1] 4711\nwarning\n[2] 9\n[3] x\n[4]+ Done\n[5] 7 8\n[6] 12";
        let capture = Capture { head: text.to_vec(), ..Capture::default() };
        assert_eq!(capture.cleaned(false).head, b"warning\n[3] x\n[4]+ Done\n[5] 7 8\n[6] 12");
    }

    #[test]
    fn our_line_goes_where_it_is_echoed() {
        let capture = Capture { head: format!("echo hi{KEEP}\nhi\n").into_bytes(), ..Capture::default() };
        assert_eq!(capture.cleaned(false).head, b"echo hi\nhi\n");
    }

    #[test]
    fn traces_are_one_level_up() {
        let traced = Capture { head: b"++ echo x\n+++ deep\nx\n+ y\n".to_vec(), ..Capture::default() };
        assert_eq!(traced.clone().cleaned(true).head, b"+ echo x\n++ deep\nx\n+ y\n");
        assert_eq!(traced.clone().cleaned(false), traced);
    }

    #[test]
    fn an_open_line_is_the_last_without_an_end() {
        let mut intake = Intake::default();
        intake.push(b"hello\nPassword: ");
        assert_eq!(intake.open_line(), Some(&b"Password: "[..]));
        intake.push(b"\n");
        assert_eq!(intake.open_line(), None);
    }
}
