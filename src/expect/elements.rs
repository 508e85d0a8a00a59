//! Elements of JSON arrays: which of those that came stand for which promised ones, in order or in any order, with or
//! without more of them.

use std::collections::HashMap;
use std::fmt::Write as _;

use serde_json::Value;

use super::json::{Compare, MORE};
use super::pairing::pair_rest;

/// Above this many pairs of elements arrays are compared place by place.
const MOST_CELLS: usize = 4_000_000;

/// What an array is promised to hold next.
#[derive(Clone, Copy, PartialEq)]
enum Item<'v> {
    One(&'v Value),
    More,
}

/// Where an element came, or next to which place it did not.
struct Place {
    came: Option<usize>,
    near: usize,
}

impl Compare<'_> {
    pub(super) fn arrays(&mut self, path: &mut String, promised: &[Value], came: &[Value]) {
        let more = |value: &&Value| value.as_str() == Some(MORE);
        if self.options.unordered {
            let wanted: Vec<&Value> = promised.iter().filter(|value| !more(value)).collect();
            let open = self.options.subset || wanted.len() < promised.len();
            return self.unordered(path, &wanted, came, open);
        }
        let one = |value| if more(&value) { Item::More } else { Item::One(value) };
        let mut items: Vec<Item<'_>> = promised.iter().map(one).collect();
        if self.options.subset {
            items = items.into_iter().flat_map(|item| [Item::More, item]).chain([Item::More]).collect();
        }
        if self.sequence_holds(&items, came) {
            return;
        }
        let length = path.len();
        for (promised, place) in self.aligned(&items, came) {
            let came = place.came.map(|at| &came[at]);
            let _ = write!(path, "[{}]", place.came.unwrap_or(place.near));
            match (promised, came) {
                (Some(promised), Some(came)) => self.values(path, promised, came),
                (promised, came) => self.differ(path, promised, came),
            }
            path.truncate(length);
        }
    }

    /// Whether `came` is the items in their order, with anything in place of [`Item::More`].
    fn sequence_holds(&self, items: &[Item<'_>], came: &[Value]) -> bool {
        let (mut item, mut at) = (0, 0);
        // The last `More`, and where what follows it was tried: the next try is one further on.
        let mut back: Option<(usize, usize)> = None;
        loop {
            match items.get(item) {
                Some(Item::More) => {
                    back = Some((item + 1, at));
                    item += 1;
                    continue;
                }
                Some(Item::One(promised)) if at < came.len() && self.holds(promised, &came[at]) => {
                    (item, at) = (item + 1, at + 1);
                    continue;
                }
                None if at == came.len() => return true,
                _ => {}
            }
            match back {
                Some((after, tried)) if tried < came.len() => {
                    back = Some((after, tried + 1));
                    (item, at) = (after, tried + 1);
                }
                _ => return false,
            }
        }
    }

    /// Pairs items with what came so that as few as can be differ; a `None` is on the other side only. Those that
    /// hold are in it too, and what comes in place of `More` is not.
    fn aligned<'v>(&self, items: &[Item<'v>], came: &[Value]) -> Vec<(Option<&'v Value>, Place)> {
        let (rows, columns) = (items.len() + 1, came.len() + 1);
        let by_index = rows.saturating_mul(columns) > MOST_CELLS;
        // costs[i][j]: differences between the items from i on and what came from j on.
        let mut costs = vec![0u32; if by_index { 0 } else { rows * columns }];
        let cell = |i: usize, j: usize| i * columns + j;
        let cost_of = |item: Item<'_>| u32::from(item != Item::More);
        for i in (0..if by_index { 0 } else { rows }).rev() {
            for j in (0..columns).rev() {
                let item = items.get(i).copied();
                let skip_item = item.map(|item| costs[cell(i + 1, j)] + cost_of(item));
                let skip_came = (j < came.len()).then(|| costs[cell(i, j + 1)] + item.map_or(1, cost_of));
                let pair = match item {
                    Some(Item::One(promised)) if j < came.len() => {
                        Some(costs[cell(i + 1, j + 1)] + u32::from(!self.holds(promised, &came[j])))
                    }
                    _ => None,
                };
                costs[cell(i, j)] = [pair, skip_item, skip_came].into_iter().flatten().min().unwrap_or(0);
            }
        }
        let (mut pairs, mut i, mut j) = (Vec::new(), 0, 0);
        while i < items.len() || j < came.len() {
            let item = items.get(i).copied();
            let near = j;
            let paired = match item {
                Some(Item::One(promised)) if j < came.len() => {
                    by_index
                        || costs[cell(i, j)]
                            == costs[cell(i + 1, j + 1)] + u32::from(!self.holds(promised, &came[j]))
                }
                _ => false,
            };
            let item_alone = item.is_some_and(|item| {
                j == came.len() || (!by_index && costs[cell(i, j)] == costs[cell(i + 1, j)] + cost_of(item))
            });
            match item {
                Some(Item::One(promised)) if paired => {
                    pairs.push((Some(promised), Place { came: Some(j), near }));
                    (i, j) = (i + 1, j + 1);
                }
                Some(Item::One(promised)) if item_alone => {
                    pairs.push((Some(promised), Place { came: None, near }));
                    i += 1;
                }
                Some(Item::More) if item_alone || by_index => i += 1,
                Some(Item::More) => j += 1,
                _ => {
                    pairs.push((None, Place { came: Some(j), near }));
                    j += 1;
                }
            }
        }
        pairs
    }

    /// Each wanted element has one of its own that came, whatever the order.
    fn unordered(&mut self, path: &mut String, wanted: &[&Value], came: &[Value], open: bool) {
        let mut taken = vec![None; came.len()];
        let mut left = Vec::new();
        // Equal ones first: nearly all of them, nearly always.
        let mut equal: HashMap<&Value, Vec<usize>> = HashMap::new();
        for (at, value) in came.iter().enumerate().rev() {
            equal.entry(value).or_default().push(at);
        }
        for (at, value) in wanted.iter().enumerate() {
            match equal.get_mut(value).and_then(Vec::pop) {
                Some(place) => taken[place] = Some(at),
                None => left.push(at),
            }
        }
        // Then those that hold by wildcards or as a subset; who took a place may move on to another.
        let left = pair_rest(left, &mut taken, |at, place| self.holds(wanted[at], &came[place]));
        let free: Vec<usize> = (0..came.len()).filter(|&at| taken[at].is_none()).collect();
        let mut free = free.into_iter();
        for at in left {
            let length = path.len();
            let place = if open { None } else { free.next() };
            let _ = write!(path, "[{}]", place.unwrap_or(at));
            match place {
                Some(place) => self.values(path, wanted[at], &came[place]),
                None => self.differ(path, Some(wanted[at]), None),
            }
            path.truncate(length);
        }
        for place in free.filter(|_| !open) {
            let length = path.len();
            let _ = write!(path, "[{place}]");
            self.differ(path, None, Some(&came[place]));
            path.truncate(length);
        }
    }
}
