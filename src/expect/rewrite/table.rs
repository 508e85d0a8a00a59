//! A promised table written anew: its header and the rows that hold stay; each other row becomes the one that came with its
//! key, else the one that is most like it. Columns and rows that were not promised stay unpromised.

use super::line::{generalised, literal, with_wildcards};
use super::{Row, kept};
use crate::expect::Mode;
use crate::expect::columns::{Header, is_rule};
use crate::expect::table::{Came, Cell, Table};
use crate::expect::text::Streams;
use crate::expect::wildcard::{Wildcards, is_gap};

/// The lines of `text`, the text of `table`, for what came; none where no table has its columns.
pub(super) fn rows(
    (table, text, wildcards): (&Table, &str, &Wildcards),
    streams: &Streams,
    before: Option<&Streams>,
) -> Option<Vec<Row>> {
    let came = table.nearest(streams)?;
    let before = before.and_then(|before| table.nearest(before));
    let places = places(table, &came);
    let held = table.pairs(&came);
    let mut rows = Vec::new();
    let mut header = None;
    let mut next = 0;
    for (at, line) in text.lines().enumerate() {
        let drawn = line.trim().is_empty() || is_gap(line) || is_rule(line);
        let Some(header) = header.as_ref().filter(|_| !drawn) else {
            rows.push(kept(line, at));
            header = header.or_else(|| (!drawn).then(|| Header::read(line)));
            continue;
        };
        let (promised, place, holds) = (&table.rows[next], places[next], held[next].is_some());
        next += 1;
        match place {
            Some(_) if holds => rows.push(kept(line, at)),
            Some(place) => {
                let other =
                    before.as_ref().and_then(|before| Some((before, twin(table.key, &came, place, before)?)));
                let cells = cells(promised, (&came, place), other, wildcards);
                rows.push(Row { text: header.written(line, &cells), of: Some(at), kept: false });
            }
            // Fewer came than were promised.
            None => {}
        }
    }
    Some(rows)
}

/// For each promised row the one that came in its place, each another one.
fn places(table: &Table, came: &Came) -> Vec<Option<usize>> {
    let mut places = table.pairs(came);
    let alike = |row: &[Option<Cell>], at| {
        came.beside(row, at).filter(|(cell, came)| cell.glob.matches(came)).count()
    };
    let same_key = |row: &[Option<Cell>], at| {
        row[table.key].as_ref().is_some_and(|key| key.glob.matches(came.cell(at, table.key)))
    };
    // Whoever has the key comes first.
    for by_key in [true, false] {
        for (at, row) in table.rows.iter().enumerate() {
            if places[at].is_none() {
                let free = (0..came.rows.len()).filter(|place| !places.contains(&Some(*place)));
                let fits = free.filter(|&place| !by_key || same_key(row, place));
                places[at] = fits.max_by_key(|&place| (alike(row, place), std::cmp::Reverse(place)));
            }
        }
    }
    places
}

/// The row of another attempt that has the key of this one.
fn twin(key: usize, came: &Came, place: usize, before: &Came) -> Option<usize> {
    (0..before.rows.len()).find(|&at| before.cell(at, key) == came.cell(place, key))
}

/// The promised cells as they came; those that hold stay.
fn cells(
    promised: &[Option<Cell>],
    (came, place): (&Came, usize),
    before: Option<(&Came, usize)>,
    wildcards: &Wildcards,
) -> Vec<String> {
    let how = (Mode::Table, wildcards);
    let cell = |(column, cell): (usize, &Option<Cell>)| {
        let Some(cell) = cell else { return String::new() };
        let new = came.cell(place, column);
        if cell.glob.matches(new) {
            return cell.text.clone();
        }
        let other = before.map(|(before, at)| before.cell(at, column)).filter(|other| *other != new);
        with_wildcards(&cell.text, new, how, str::to_owned).unwrap_or_else(|| match other {
            Some(other) => generalised(new, other),
            None => literal(new, how, str::to_owned),
        })
    };
    promised.iter().enumerate().map(cell).collect()
}

#[cfg(test)]
mod tests {
    use crate::expect::{Expectation, Mode, Output, Terms};

    const PODS: &str = "\
NAME    READY   STATUS    AGE
web-1   1/1     Running   5m
web-2   0/1     Pending   41s
";

    fn written(promised: &str, key: Option<&str>, came: &str, before: Option<&str>) -> Option<String> {
        let terms = Terms { key: key.map(str::to_owned), ..Terms::default() };
        let promise = Expectation::under(Mode::Table, promised, terms).unwrap();
        let output = |stdout| Output { stdout, stderr: "", homes: &[] };
        let rows = promise.rewritten(&output(came), before.map(output).as_ref()).ok()?;
        Some(rows.into_iter().map(|row| row.text).collect::<Vec<_>>().join("\n"))
    }

    #[test]
    fn rows_become_those_that_came_and_columns_stay() {
        for (promised, key, wanted) in [
            (
                "NAME   STATUS\nweb-1  Running\nweb-2  Running",
                None,
                "NAME   STATUS\nweb-1  Running\nweb-2  Pending",
            ),
            // Another key: the row that is most like it.
            ("STATUS   NAME\nPending  db-1", None, "STATUS   NAME\nPending  web-2"),
            ("READY  NAME\n1/1    web-2", Some("name"), "READY  NAME\n0/1    web-2"),
            // Wildcards stay where they hold, and rows that nothing came for go.
            (
                "NAME   READY  AGE\n...\nweb-1  0/1    [AGE]",
                None,
                "NAME   READY  AGE\n...\nweb-1  1/1    [AGE]",
            ),
            ("NAME\nweb-1\nweb-2\nweb-3", None, "NAME\nweb-1\nweb-2"),
            (
                "| NAME  | AGE |\n|-------|-----|\n| web-1 | 1s  |",
                None,
                "| NAME  | AGE |\n|-------|-----|\n| web-1 | 5m  |",
            ),
        ] {
            assert_eq!(written(promised, key, PODS, None).as_deref(), Some(wanted), "{promised}");
        }
        assert_eq!(written("NAME  IP\nweb-1  10.0.0.1", None, PODS, None), None);
    }

    #[test]
    fn cells_that_two_attempts_differ_in_become_wildcards() {
        let before = PODS.replace("41s", "40s");
        let new = written("NAME   STATUS   AGE\nweb-2  Running  1s", None, PODS, Some(&before));
        assert_eq!(new.as_deref(), Some("NAME   STATUS   AGE\nweb-2  Pending  [..]"));
    }
}
