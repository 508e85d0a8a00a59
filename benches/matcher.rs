//! The matcher on outputs of 10,000 and of 100,000 lines: ten times the lines should take ten times as long.

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

use labrun::expect::{Expectation, Mode, Output};

/// An output whose lines are much alike.
fn output(lines: usize) -> String {
    let mut text = String::from("NAME   READY  AGE\n");
    for n in 0..lines {
        let _ = writeln!(text, "web-{n}  1/1    {}s", n % 60);
    }
    text
}

/// What is tried of an output of so many lines: a name, a mode, and a promise.
fn promises(lines: usize, output: &str) -> Vec<(&'static str, Mode, String)> {
    let last = lines - 1;
    vec![
        ("exact, all of it", Mode::Exact, output.to_owned()),
        ("contains, a line at the end", Mode::Contains, format!("web-{last}  1/1")),
        ("contains, what is not there", Mode::Contains, "1/1    7s\nweb-0  1/1".to_owned()),
        (
            "contains, gaps and wildcards",
            Mode::Contains,
            format!("web-1  [..]\n...\nweb-[N]  1/1  [AGE]\n...\nweb-{last}  [..]"),
        ),
        ("like", Mode::Like, format!("web-{last}  1/1  5m")),
        ("lines", Mode::Lines, format!("+ web-{last}  1/1  [AGE]\n- error")),
        ("regex", Mode::Regex, format!("(?m)^web-{last} .*s$")),
        ("table", Mode::Table, format!("NAME  READY\nweb-{last}  1/1\nweb-7  0/1")),
    ]
}

fn benches(criterion: &mut Criterion) {
    for lines in [10_000, 100_000] {
        let output = output(lines);
        let mut group = criterion.benchmark_group(format!("{lines} lines"));
        group.throughput(Throughput::Elements(lines as u64)).sample_size(10);
        for (name, mode, promise) in promises(lines, &output) {
            let promise = Expectation::new(mode, promise).expect("an expectation");
            let came = Output { stdout: &output, stderr: "", homes: &[] };
            group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
                bencher.iter(|| black_box(&promise).check(black_box(&came)).is_ok());
            });
        }
        group.finish();
    }
}

criterion_group!(matcher, benches);
criterion_main!(matcher);
