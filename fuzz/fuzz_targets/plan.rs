//! Any text is a deck: it is split, parsed and planned without a panic, and its slides tile it in order.
#![no_main]

use std::sync::Arc;

use labrun::deck::{self, Labs};
use labrun::plan;
use labrun::source::Source;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for labs in [Labs::default(), Labs::All] {
        let deck = deck::parse(Source::new("deck.md", text), &labs);
        for (index, slide) in deck.slides.iter().enumerate() {
            assert_eq!(slide.number, index + 1);
            let _ = deck.source.slice(slide.span);
        }
        assert!(deck.slides.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start));
        let plan = plan::make(Arc::new(deck), &plan::Settings { labs, ..plan::Settings::default() });
        let _ = plan::json(&[plan]);
    }
});
