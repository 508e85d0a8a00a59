//! Columns, and the ways in which the tools write ages and sizes.

use std::time::Duration;

use jiff::Timestamp;

/// Rows under a heading, each column as wide as its widest cell and `gap` blanks apart. As the tools do, the last
/// column is not padded unless `padded`.
pub(super) fn render(heading: &[&str], rows: &[Vec<String>], gap: usize) -> String {
    let heading: Vec<String> = heading.iter().map(|&cell| cell.to_owned()).collect();
    let lines: Vec<&Vec<String>> = std::iter::once(&heading).chain(rows).collect();
    let width = |column: usize| {
        lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max()
    };
    let mut text = String::new();
    for line in &lines {
        for (column, cell) in line.iter().enumerate() {
            text += cell;
            if column + 1 < line.len() {
                let fill = width(column).unwrap_or_default() + gap - cell.chars().count();
                text.extend(std::iter::repeat_n(' ', fill));
            }
        }
        text.push('\n');
    }
    text
}

/// Lines whose cells end in tabs, lined up as Go's tabwriter does it: a column reaches as far down as every line has
/// that cell, and is two blanks wider than its widest cell. What follows the last tab of a line is not a cell.
pub(super) fn elastic(text: &str) -> String {
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
    let width = |line: usize, column: usize| {
        let has = |line: &&Vec<&str>| line.len() > column + 1;
        let above = lines[..line].iter().rev().take_while(has);
        let below = lines[line..].iter().take_while(has);
        above.chain(below).map(|line| line[column].chars().count()).max().unwrap_or_default() + 2
    };
    let mut aligned = String::new();
    for (number, line) in lines.iter().enumerate() {
        for (column, cell) in line.iter().enumerate() {
            aligned += cell;
            if column + 1 < line.len() {
                aligned.extend(std::iter::repeat_n(' ', width(number, column) - cell.chars().count()));
            }
        }
        aligned.push('\n');
    }
    aligned
}

/// The time since, never negative.
pub(super) fn since(then: &str) -> Duration {
    let then: Timestamp = then.parse().unwrap_or_else(|_| Timestamp::now());
    Duration::try_from(Timestamp::now().duration_since(then)).unwrap_or_default()
}

/// An age as kubectl writes it: `5s`, `3m20s`, `4h`, `2d`.
pub(super) fn short_age(age: Duration) -> String {
    let seconds = age.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
    let two = |big: u64, unit: char, small: u64, part: char| {
        if small == 0 { format!("{big}{unit}") } else { format!("{big}{unit}{small}{part}") }
    };
    match seconds {
        0..120 => format!("{seconds}s"),
        120..600 => two(minutes, 'm', seconds % 60, 's'),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => two(hours, 'h', minutes % 60, 'm'),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => two(days, 'd', hours % 24, 'h'),
        _ if days < 730 => format!("{days}d"),
        _ => two(days / 365, 'y', days % 365, 'd'),
    }
}

/// An age as docker writes it: `Less than a second`, `5 seconds`, `About an hour`.
pub(super) fn long_age(age: Duration) -> String {
    let seconds = age.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
    match seconds {
        0 => "Less than a second".into(),
        1 => "1 second".into(),
        2..60 => format!("{seconds} seconds"),
        60..120 => "About a minute".into(),
        120..3600 => format!("{minutes} minutes"),
        3600..5400 => "About an hour".into(),
        _ if hours < 48 => format!("{} hours", (minutes + 30) / 60),
        _ if days < 14 => format!("{days} days"),
        _ if days < 60 => format!("{} weeks", days / 7),
        _ if days < 730 => format!("{} months", days / 30),
        _ => format!("{} years", days / 365),
    }
}

/// A size as docker writes it: three digits and a decimal unit.
pub(super) fn size(bytes: u64) -> String {
    size_with(bytes, 3)
}

/// A size with so many digits.
pub(super) fn size_with(bytes: u64, digits: usize) -> String {
    let (mut number, mut unit) = (bytes as f64, "B");
    for next in ["kB", "MB", "GB", "TB"] {
        if number < 1000.0 {
            break;
        }
        (number, unit) = (number / 1000.0, next);
    }
    let whole = format!("{number:.0}").len();
    let text = format!("{number:.*}", digits.saturating_sub(whole));
    let text =
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text };
    format!("{text}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = [vec!["web".to_owned(), "1/1".to_owned()], vec!["longer".to_owned(), "0/1".to_owned()]];
        assert_eq!(render(&["NAME", "READY"], &rows, 3), "NAME     READY\nweb      1/1\nlonger   0/1\n");
    }

    #[test]
    fn tabs_line_up_block_by_block() {
        let text = "Name:\tweb\nLabels:\ta\n\tb\nPods:\n  Type\tStatus\n  ----\t------\nLongest:\tx\ty\n";
        let aligned = "Name:    web\nLabels:  a\n         b\nPods:\n  Type    Status\n  ----    ------\nLongest:  x  y\n";
        assert_eq!(elastic(text), aligned);
    }

    #[test]
    fn ages_and_sizes_are_written_as_the_tools_write_them() {
        let seconds = Duration::from_secs;
        for (age, short, long) in [
            (0, "0s", "Less than a second"),
            (64, "64s", "About a minute"),
            (200, "3m20s", "3 minutes"),
            (840, "14m", "14 minutes"),
            (172_800, "2d", "2 days"),
            (700_000_000, "22y71d", "22 years"),
        ] {
            assert_eq!((short_age(seconds(age)).as_str(), long_age(seconds(age)).as_str()), (short, long));
        }
        for (bytes, text) in [
            (0, "0B"),
            (1_984_234, "1.98MB"),
            (24_800_000, "24.8MB"),
            (683_000, "683kB"),
            (1_019_000_000, "1.02GB"),
        ] {
            assert_eq!(size(bytes), text);
        }
        assert_eq!(size_with(3072, 4), "3.072kB");
        assert_eq!(size_with(512, 4), "512B");
    }
}
