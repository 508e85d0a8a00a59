//! `labrun plan` of a large deck, against pulldown-cmark's bare pass over the same text: what labrun's own layers cost.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

use labrun::deck::{self, Labs};
use labrun::plan;
use labrun::source::Source;

/// A deck of about a megabyte: the project's own, over and over.
fn text() -> String {
    let deck = include_str!("../slides/registry.md");
    let mut text = String::new();
    while text.len() < 1_000_000 {
        text.push_str(deck);
        text.push_str("\n---\n");
    }
    text
}

fn benches(criterion: &mut Criterion) {
    let text = text();
    let mut group = criterion.benchmark_group("1 MB deck");
    group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(10);
    group.bench_function("pulldown-cmark alone", |bencher| {
        bencher.iter(|| pulldown_cmark::Parser::new(black_box(&text)).count());
    });
    group.bench_function("slides, labs, blocks", |bencher| {
        bencher.iter(|| deck::parse(Source::new("deck.md", black_box(text.as_str())), &Labs::default()));
    });
    group.bench_function("the whole plan", |bencher| {
        bencher.iter(|| {
            let deck = deck::parse(Source::new("deck.md", black_box(text.as_str())), &Labs::default());
            plan::make(Arc::new(deck), &plan::Settings::default())
        });
    });
    group.finish();
}

criterion_group!(plans, benches);
criterion_main!(plans);
