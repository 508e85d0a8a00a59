//! Any text is a deck: it is cut into slides that tile it, every span can be sliced, every diagnostic drawn.
//!
//!     cargo +nightly fuzz run deck tests/corpus

#![no_main]

use labrun::deck::{Item, Labs, parse};
use labrun::diagnostic::render;
use labrun::remark::{self, Genre};
use labrun::source::Source;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let source = Source::new("deck.md", text);
    for genre in [Genre::Slides, Genre::Page] {
        let mut at = source.start();
        for slide in remark::read(&source, genre).slides {
            if let Some(separator) = slide.separator {
                assert_eq!(separator.start, at);
                at = separator.end;
            }
            assert_eq!(slide.span.start, at);
            at = slide.span.end;
        }
        assert_eq!(at, text.len());
    }
    for labs in [Labs::default(), Labs::All] {
        let deck = parse(source.clone(), &labs);
        for slide in &deck.slides {
            for item in &slide.items {
                let _ = deck.source.slice(item.span());
                let _ = match item {
                    Item::Block(block) => deck.source.slice(block.body),
                    Item::Directive(directive) => deck.source.slice(directive.data_span),
                };
            }
            for prose in &slide.prose {
                let _ = deck.source.slice(prose.span);
            }
        }
        let _ = render(&deck.diagnostics, &deck.source, true);
    }
});
