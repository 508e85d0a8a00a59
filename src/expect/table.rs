//! Tables: rows told apart by a key column, cells by the names of their columns. Order and width of columns, and rows and
//! columns that are not promised, are of no account.

use super::columns::{Header, folded, is_rule};
use super::pairing::pair_rest;
use super::pattern::Glob;
use super::text::Streams;
use super::wildcard::{Wildcards, is_gap};
use super::words::compare;
use super::{DiffLine, Difference, Error, Kept, Mismatch, Mode, Side, Terms};

/// The promised cells of a table.
#[derive(Clone, Debug)]
pub(super) struct Table {
    columns: Vec<String>,
    pub(super) key: usize,
    pub(super) rows: Vec<Vec<Option<Cell>>>,
}

/// A promised cell.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) glob: Glob,
}

/// A table that came: for each promised column its place, and all rows.
pub(super) struct Came {
    places: Vec<usize>,
    pub(super) rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(text: &str, terms: &Terms) -> Result<Self, Error> {
        let mut lines =
            text.lines().filter(|line| !line.trim().is_empty() && !is_gap(line) && !is_rule(line));
        let header = Header::read(lines.next().ok_or(Error::Rows)?);
        let rows: Vec<Vec<String>> = lines.map(|line| header.cells(line)).collect();
        if rows.is_empty() {
            return Err(Error::Rows);
        }
        let key = match &terms.key {
            None => 0,
            Some(key) => header
                .place(key)
                .ok_or_else(|| Error::Key { key: key.clone(), columns: header.names.join(", ") })?,
        };
        let cell = |text: String, wildcards: &Wildcards| {
            let glob = Glob::new(&text, Mode::Table, wildcards)?;
            Ok((!text.is_empty()).then_some(Cell { text, glob }))
        };
        let row = |cells: Vec<String>| cells.into_iter().map(|text| cell(text, &terms.wildcards)).collect();
        let rows: Vec<Vec<Option<Cell>>> = rows.into_iter().map(row).collect::<Result<_, Error>>()?;
        Ok(Self { columns: header.names, key, rows })
    }

    pub(super) fn holds(&self, streams: &Streams) -> bool {
        self.tables(streams).any(|came| self.pairs(&came).iter().all(Option::is_some))
    }

    /// What an output that has the rows says besides.
    pub(super) fn kept(&self, streams: &Streams) -> Kept {
        let mut found = Kept::default();
        for came in self.tables(streams) {
            let pairs = self.pairs(&came);
            if pairs.iter().all(Option::is_some) {
                for (row, at) in self.rows.iter().zip(pairs.into_iter().flatten()) {
                    for (cell, came) in came.beside(row, at) {
                        cell.glob.read(came, &mut found);
                    }
                }
                break;
            }
        }
        found
    }

    /// The cells that differ, of the table that comes nearest.
    pub(super) fn explain(&self, text: &str, streams: &Streams) -> Mismatch {
        let Some(came) = self.nearest(streams) else { return self.no_table(text, streams) };
        let pairs = self.pairs(&came);
        let mut differences = Vec::new();
        for (row, _) in self.rows.iter().zip(&pairs).filter(|(_, pair)| pair.is_none()) {
            self.differences(row, &came, &pairs, &mut differences);
        }
        let summary = match &differences[..] {
            [one] if one.came.is_none() => format!("the table has no {}", one.path),
            [one] => format!("the table differs at {}", one.path),
            more => format!("the table differs in {} places", more.len()),
        };
        Mismatch { summary, differences, ..Mismatch::default() }
    }

    /// What is wrong with the row of the same key; that it is missing, where there is none.
    fn differences(
        &self,
        row: &[Option<Cell>],
        came: &Came,
        pairs: &[Option<usize>],
        out: &mut Vec<Difference>,
    ) {
        let key = row[self.key].as_ref();
        let name = key.map_or("without a key", |cell| cell.text.as_str());
        let free = (0..came.rows.len()).filter(|at| !pairs.contains(&Some(*at)));
        let wrong = |at: usize| came.beside(row, at).filter(|(cell, came)| !cell.glob.matches(came)).count();
        let same = free.filter(|&at| key.is_some_and(|key| key.glob.matches(came.cell(at, self.key))));
        let Some(at) = same.min_by_key(|&at| wrong(at)) else {
            let cells = row.iter().flatten().map(|cell| cell.text.as_str());
            let promised = Some(cells.collect::<Vec<_>>().join("  "));
            out.push(Difference { path: format!("row {name}"), promised, came: None });
            return;
        };
        for (column, cell) in row.iter().enumerate() {
            let came = came.cell(at, column);
            if let Some(cell) = cell.as_ref().filter(|cell| !cell.glob.matches(came)) {
                let path = format!("{name}, {}", self.columns[column]);
                let came = Some(came.to_owned()).filter(|came| !came.is_empty());
                out.push(Difference { path, promised: Some(cell.text.clone()), came });
            }
        }
    }

    /// No line of the output names the columns.
    fn no_table(&self, text: &str, streams: &Streams) -> Mismatch {
        let shared = |line: &&str| {
            let header = Header::read(line);
            self.columns.iter().filter(|name| header.place(name).is_some()).count()
        };
        let lines = streams.each().flat_map(str::lines).filter(|line| !line.trim().is_empty());
        let nearest = lines.max_by_key(shared);
        let promised = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let (left, right) = compare(promised.trim(), nearest.unwrap_or_default().trim(), None);
        let mut diff = vec![DiffLine { side: Side::Promised, pieces: left }];
        let summary = match nearest {
            None => "there is no output".to_owned(),
            Some(line) if shared(&line) > 0 => {
                let header = Header::read(line);
                let lacks = self.columns.iter().filter(|name| header.place(name).is_none());
                let lacks: Vec<&str> = lacks.map(String::as_str).collect();
                let s = if lacks.len() == 1 { "" } else { "s" };
                format!("the table has no column{s} {}", lacks.join(", "))
            }
            Some(_) => format!("there is no table with the columns {}", self.columns.join(", ")),
        };
        if nearest.is_some() {
            diff.push(DiffLine { side: Side::Came, pieces: right });
        }
        Mismatch { summary, diff, ..Mismatch::default() }
    }

    /// Of the tables that came the one that has the most of the promised rows.
    pub(super) fn nearest(&self, streams: &Streams) -> Option<Came> {
        let counted = self.tables(streams).map(|came| (self.pairs(&came).iter().flatten().count(), came));
        Some(counted.reduce(|best, other| if other.0 > best.0 { other } else { best })?.1)
    }

    /// For each promised row one of its own that came.
    pub(super) fn pairs(&self, came: &Came) -> Vec<Option<usize>> {
        let mut taken = vec![None; came.rows.len()];
        let fits = |at: usize, place: usize| {
            came.beside(&self.rows[at], place).all(|(cell, came)| cell.glob.matches(came))
        };
        pair_rest((0..self.rows.len()).collect(), &mut taken, fits);
        let place = |at: usize| taken.iter().position(|row| *row == Some(at));
        (0..self.rows.len()).map(place).collect()
    }

    /// Each table of the output that has all promised columns.
    fn tables<'a>(&'a self, streams: &'a Streams) -> impl Iterator<Item = Came> + 'a {
        streams.each().flat_map(move |stream| {
            let lines: Vec<&str> = stream.lines().collect();
            (0..lines.len()).filter_map(move |at| self.table(lines[at], &lines[at + 1..])).collect::<Vec<_>>()
        })
    }

    /// The table with this header, if it has all promised columns.
    fn table(&self, header: &str, below: &[&str]) -> Option<Came> {
        // Most lines of an output are no headers: that is told without taking them apart.
        let words = self.columns.iter().flat_map(|name| name.split_whitespace());
        let has = |word: &str| header.len() >= word.len() && folded(header).contains(&folded(word));
        if !words.clone().all(has) {
            return None;
        }
        let own = Header::read(header);
        let places = self.columns.iter().map(|name| own.place(name)).collect::<Option<Vec<usize>>>()?;
        let mut below =
            below.iter().take_while(|line| !line.trim().is_empty() && **line != header).peekable();
        below.peek()?;
        let rows = below.filter(|line| !is_rule(line)).map(|line| own.cells(line)).collect();
        Some(Came { places, rows })
    }
}

impl Came {
    /// A cell, by the promised column.
    pub(super) fn cell(&self, row: usize, column: usize) -> &str {
        self.rows[row].get(self.places[column]).map_or("", String::as_str)
    }

    /// Each promised cell of a row beside the one that came.
    pub(super) fn beside<'a>(
        &'a self,
        promised: &'a [Option<Cell>],
        row: usize,
    ) -> impl Iterator<Item = (&'a Cell, &'a str)> {
        promised
            .iter()
            .enumerate()
            .filter_map(move |(column, cell)| Some((cell.as_ref()?, self.cell(row, column))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expect::{Expectation, Output};

    const PODS: &str = "\
NAME    READY   STATUS             RESTARTS      AGE   NOMINATED NODE
web-1   1/1     Running            0             5m    <none>
web-2   0/1     CrashLoopBackOff   3 (12s ago)   41s   <none>
db      1/1     Running            0             3d
";

    fn check(promised: &str, terms: Terms, came: &str) -> Result<Kept, Mismatch> {
        let output = Output { stdout: came, stderr: "", homes: &[] };
        Expectation::under(Mode::Table, promised, terms).unwrap().check(&output)
    }

    fn told(promised: &str, came: &str) -> String {
        let mismatch = check(promised, Terms::default(), came).unwrap_err();
        let side = |side: Option<String>| side.unwrap_or_else(|| "nothing".into());
        let places = mismatch.differences.into_iter();
        let places = places.map(|d| format!("\n{}: {} / {}", d.path, side(d.promised), side(d.came)));
        format!("{}{}", mismatch.summary, places.collect::<String>())
    }

    #[test]
    fn columns_and_rows_may_stand_anywhere() {
        for promised in [
            "NAME   STATUS\ndb     Running\nweb-1  Running",
            "STATUS  NAME\nRunning  db",
            "name ready\nweb-1 1/1",
            "NAME   RESTARTS     AGE\nweb-2  3 (12s ago)  [AGE]",
            "NAME  NOMINATED-NODE\nweb-1  <none>",
            "| NAME | AGE |\n|------|-----|\n| db   | 3d  |",
            "NAME   READY   STATUS    AGE\n...\nweb-[N]  1/1  Running  [AGE]\n...",
            "NAME   READY   STATUS    AGE\nweb-1          Running\n",
        ] {
            assert_eq!(check(promised, Terms::default(), PODS).map(drop), Ok(()), "{promised}");
        }
        let boxed = "+------+-----+\n| Name | Age |\n+------+-----+\n| db   | 3d  |\n+------+-----+\n";
        assert!(check("NAME AGE\ndb 3d", Terms::default(), boxed).is_ok());
        let right =
            "Filesystem   Size  Used  Use%\n/dev/sda     100G   42G   42%\ntmpfs           1G     0    0%\n";
        assert!(check("FILESYSTEM  USED\ntmpfs  0\n/dev/sda  42G", Terms::default(), right).is_ok());
    }

    #[test]
    fn each_row_is_another_one() {
        let twice = "NAME  STATUS\n[..]  Running\nweb-1  Running\n[..]  Running";
        assert_eq!(
            told(twice, PODS),
            "the table differs at [..], STATUS\n[..], STATUS: Running / CrashLoopBackOff"
        );
        assert!(check("NAME  STATUS\n[..]  Running\nweb-1  Running", Terms::default(), PODS).is_ok());
    }

    #[test]
    fn what_differs_is_told_by_row_and_column() {
        for (promised, came, said) in [
            (
                "NAME STATUS\nweb-2 Running",
                PODS,
                "the table differs at web-2, STATUS\nweb-2, STATUS: Running / CrashLoopBackOff",
            ),
            (
                "NAME STATUS\nweb-3 Running",
                PODS,
                "the table has no row web-3\nrow web-3: web-3  Running / nothing",
            ),
            (
                "NAME STATUS AGE\nweb-1 Failed 5m\nweb-2 Running 1s",
                PODS,
                "the table differs in 3 places\nweb-1, STATUS: Failed / Running\nweb-2, STATUS: Running / CrashLoopBackOff\nweb-2, AGE: 1s / 41s",
            ),
            ("NAME IP\nweb-1 10.0.0.1", PODS, "the table has no column IP"),
            ("IMAGE TAG\nweb 1", PODS, "there is no table with the columns IMAGE, TAG"),
            ("NAME STATUS\nweb-1 Running", "", "there is no output"),
        ] {
            assert_eq!(told(promised, came), said, "{promised}");
        }
    }

    #[test]
    fn another_column_may_be_the_key() {
        let nodes = "ROLE     NODE\nworker   a\nworker   b\nmaster   c\n";
        let terms = Terms { key: Some("node".into()), ..Terms::default() };
        assert!(check("ROLE NODE\nworker b", terms.clone(), nodes).is_ok());
        let wrong = check("ROLE NODE\nmaster b", terms, nodes).unwrap_err();
        assert_eq!(wrong.summary, "the table differs at b, ROLE");
        let terms = Terms { key: Some("ip".into()), ..Terms::default() };
        let error = Expectation::under(Mode::Table, "A B\n1 2", terms).unwrap_err();
        assert_eq!(error.to_string(), "the table has no column \"ip\"; it has A, B");
        assert_eq!(Expectation::new(Mode::Table, "A B").unwrap_err(), Error::Rows);
    }

    #[test]
    fn cells_are_captured() {
        let kept = check("NAME  STATUS  AGE\n[pod=..]  CrashLoopBackOff  [age=AGE]", Terms::default(), PODS);
        let is = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(kept.unwrap().captured, [is("pod", "web-2"), is("age", "41s")]);
    }

    #[test]
    fn of_several_tables_one_is_meant() {
        let all = format!("{PODS}\nNAME    TYPE        PORT(S)\nweb     ClusterIP   80/TCP\n");
        assert!(check("NAME  PORT(S)\nweb  80/TCP", Terms::default(), &all).is_ok());
        assert!(check("NAME  READY\nweb  1/1", Terms::default(), &all).is_err());
    }
}
