//! How a file is cut: tables of each rule, what must hold of any text at all, and texts that are hard to read.

use labrun::deck::{Item, Labs, parse};
use labrun::diagnostic::{codes, render};
use labrun::remark::{self, Closing, Genre, Remark, Slide};
use labrun::source::{Source, Span};
use proptest::prelude::*;

fn read(text: &str) -> Remark {
    remark::read(&Source::new("deck.md", text), Genre::Slides)
}

#[test]
fn separators() {
    let table: &[(&str, &[&str])] = &[
        ("", &[""]),
        ("a", &["a"]),
        ("a\n---\nb", &["a\n", "b"]),
        ("a\n--\nb\n", &["a\n", "b\n"]),
        ("---\n", &["", ""]),
        ("---", &["", ""]),
        ("a\n---\n---\nb", &["a\n", "", "b"]),
        ("a\r\n---\r\nb", &["a\r\n", "b"]),
        ("a\n--- \nb", &["a\n--- \nb"]),
        ("a\n ---\nb", &["a\n ---\nb"]),
        ("a\n----\nb", &["a\n----\nb"]),
        ("a\n-\nb", &["a\n-\nb"]),
        ("```\n---\n```\n---\nb", &["```\n---\n```\n", "b"]),
        ("~~~ yaml\n---\n~~~~\nb", &["~~~ yaml\n---\n~~~~\nb"]),
        ("- a\n    ```\n---\n    ```\nb", &["- a\n    ```\n---\n    ```\nb"]),
        (".a[\n---\n]\nb", &[".a[\n---\n]\nb"]),
        (".a[\n---\nb", &[".a[\n", "b"]),
        ("\\.a[\n---\n]\nb", &["\\.a[\n---\n]\nb"]),
        ("[\n---\n]\nb", &["[\n", "]\nb"]),
        ("<!--\n---\n-->", &["<!--\n", "-->"]),
        ("<!--\n```\n---\n```\n-->", &["<!--\n```\n---\n```\n-->"]),
        ("```bash\na\n---\n```bash\nb\n```\n", &["```bash\na\n", "```bash\nb\n```\n"]),
        ("```bash\na\n---\nb\n", &["```bash\na\n", "b\n"]),
        ("\u{feff}---\na", &["", "a"]),
    ];
    for (text, wanted) in table {
        let slides: Vec<&str> = read(text).slides.iter().map(|slide| &text[slide.span.range()]).collect();
        assert_eq!(slides, *wanted, "{text:?}");
    }
}

#[test]
fn two_dashes_continue_and_classes_are_handed_down() {
    let text = "class: a, b\n\n--\nclass: c\n\n--\n\n---\nplain\n";
    let slides = read(text).slides;
    let of = |slide: &Slide| (slide.number, slide.continued, slide.classes.join(" "));
    let wanted = [(1, false, "a b"), (2, true, "a b c"), (3, true, "a b c"), (4, false, "")];
    assert_eq!(
        slides.iter().map(of).collect::<Vec<_>>(),
        wanted.map(|(number, continued, classes)| (number, continued, classes.to_owned()))
    );
}

#[test]
fn properties() {
    let table: &[(&str, &[(&str, &str)])] = &[
        ("a: b\n", &[("a", "b")]),
        ("\n\na-b_1:  c d \n\ne:f\ntext: g", &[("a-b_1", "c d"), ("e", "f"), ("text", "g")]),
        ("a: b\r\nc: d\r\n", &[("a", "b"), ("c", "d")]),
        (" a: b\n", &[]),
        ("text\na: b\n", &[]),
        ("a: 1$2\nb: 3\n", &[("a", "1")]),
        ("https://example.org\n", &[("https", "//example.org")]),
        ("<!-- a: b -->\nc: d\n", &[("a", "b"), ("c", "d")]),
        ("text\n<!--a:b-->", &[("a", "b")]),
        ("text <!-- a: b\n-->", &[("a", "b")]),
        ("<!-- a: b\nc -->", &[]),
        ("<!-- a b: c -->", &[]),
        ("text\n.x[ y ]\n<!-- a: b -->", &[]),
        ("text\n???\n<!-- a: b -->", &[]),
    ];
    for (text, wanted) in table {
        let slides = read(text).slides;
        let found: Vec<(&str, &str)> =
            slides[0].properties.iter().map(|one| (one.key.as_str(), one.value.as_str())).collect();
        assert_eq!(found, *wanted, "{text:?}");
    }
}

#[test]
fn notes_run_to_the_end_of_their_slide() {
    let text = "a\n???\nb\n```bash\nc\n```\n.lab[ d ]\n<!-- e -->\n---\nf\n```\n???\n```\n";
    let slides = read(text).slides;
    assert_eq!(&text[slides[0].body.range()], "a\n");
    assert!(slides[0].fences.is_empty() && slides[0].comments.is_empty() && slides[0].sections.is_empty());
    assert_eq!(slides[1].body, slides[1].span);
}

/// Two texts about a piece, and how it ends.
type Said<T> = (&'static str, &'static str, T);

#[test]
fn fences() {
    let table: &[(&str, &[Said<Closing>])] = &[
        ("```bash\na\n```\n", &[("bash", "a\n", Closing::Fence)]),
        ("  ~~~\n  a\n ~~~~ \n", &[("", "  a\n", Closing::Fence)]),
        ("\t```bash  \r\n\ta\r\n\t```\r\n", &[("bash", "\ta\r\n", Closing::Fence)]),
        ("```\n```", &[("", "", Closing::Fence)]),
        ("```\n~~~\n```", &[("", "~~~\n", Closing::Fence)]),
        ("````\n```a\n```\n````", &[("", "```a\n```\n", Closing::Fence)]),
        ("````a\nb\n```\nc\n", &[("a", "b\n", Closing::Shorter)]),
        (
            "````a\nb\n```\n---\n````c\nd\n````",
            &[("a", "b\n", Closing::Shorter), ("c", "d\n", Closing::Fence)],
        ),
        ("```a\nb\n---\n```c\nd\n```", &[("a", "b\n", Closing::Missing), ("c", "d\n", Closing::Fence)]),
        ("```a\nb\n---\nc\n```\n", &[("a", "b\n---\nc\n", Closing::Fence)]),
        ("```a\nb\n```c\n---\n```", &[("a", "b\n```c\n---\n", Closing::Fence)]),
        ("```a\nb\n\n", &[("a", "b\n", Closing::Missing)]),
        ("```a", &[("a", "", Closing::Missing)]),
        (".x[\n```a\nb\n\n]\n---\n```c\n```", &[("a", "b\n", Closing::Missing), ("c", "", Closing::Fence)]),
        (".x[\n```a\n[\n]\n```\n]", &[("a", "[\n]\n", Closing::Fence)]),
        ("```a b```\n", &[]),
        ("``\na\n``\n", &[]),
        ("a ```\nb\n```\n", &[("", "", Closing::Missing)]),
    ];
    for (text, wanted) in table {
        let remark = read(text);
        let fences = remark.slides.iter().flat_map(|slide| &slide.fences);
        let found: Vec<(&str, &str, Closing)> =
            fences.map(|one| (&text[one.info.range()], &text[one.body.range()], one.closing)).collect();
        assert_eq!(found, *wanted, "{text:?}");
        let told = remark.diagnostics.iter().map(|one| one.code);
        let told = told.filter(|code| [codes::FENCE_UNCLOSED, codes::FENCE_TICKS].contains(code)).count();
        assert_eq!(told, wanted.iter().filter(|fence| fence.2 != Closing::Fence).count(), "{text:?}");
    }
}

#[test]
fn sections() {
    let table: &[(&str, &[Said<bool>])] = &[
        (".a[ b ]", &[("a", ".a[ b ]", true)]),
        (".a.b-c._d[x]", &[("a b-c _d", ".a.b-c._d[x]", true)]),
        ("x.a[y]", &[("a", ".a[y]", true)]),
        ("1.2.a[y]", &[("a", ".a[y]", true)]),
        (".1[y] .[y] .a [y]", &[]),
        (".a[ .b[ c ] ]", &[("a", ".a[ .b[ c ] ]", true), ("b", ".b[ c ]", true)]),
        (".a[ [b](c) ]", &[("a", ".a[ [b](c) ]", true)]),
        (".a[ b", &[("a", ".a[", false)]),
        (".a[ [ ]", &[("a", ".a[", false)]),
        ("\\.a[ .b[ c ] ] .d[]", &[("d", ".d[]", true)]),
        ("`.a[` b ]", &[]),
        (".a[ `]` ]", &[("a", ".a[ `]` ]", true)]),
        (".a[ ``]`` `]` ]", &[("a", ".a[ ``]`` `]` ]", true)]),
        (".a[ ` ]\n\n` ]", &[("a", ".a[ ` ]", true)]),
        (".a[ <!-- ] --> ]", &[("a", ".a[ <!-- ] --> ]", true)]),
        (".a[\n```\n]\n```\n]", &[("a", ".a[\n```\n]\n```\n]", true)]),
        ("a\n\n    .b[ c ]\n", &[]),
        ("a\n    .b[ c ]\n", &[("b", ".b[ c ]", true)]),
        ("] .a[ b ]", &[("a", ".a[ b ]", true)]),
    ];
    for (text, wanted) in table {
        let remark = read(text);
        let sections = remark.slides.iter().flat_map(|slide| &slide.sections);
        let found: Vec<(String, &str, bool)> =
            sections.map(|one| (one.classes.join(" "), &text[one.span.range()], one.closed)).collect();
        let wanted: Vec<(String, &str, bool)> =
            wanted.iter().map(|&(classes, span, closed)| (classes.to_owned(), span, closed)).collect();
        assert_eq!(found, wanted, "{text:?}");
    }
}

#[test]
fn brackets_in_code_and_comments_are_told_of_if_they_do_not_balance() {
    let table = [
        (".a[ `]` ]", true),
        (".a[ `[` ]", true),
        (".a[ `[]` ]", false),
        (".a[ <!-- ] --> ]", true),
        (".a[\n```\n]\n```\n]", true),
        (".a[ `[` <!-- ] --> ]", false),
        (".a[ b\n`]`", true),
        (".a[ b", false),
        ("[ `]` .a[ b ]", false),
    ];
    for (text, wanted) in table {
        let told = read(text).diagnostics.iter().any(|one| one.code == codes::LAB_BRACKETS);
        assert_eq!(told, wanted, "{text:?}");
    }
}

#[test]
fn slides_that_differ_on_screen_are_told_of() {
    let told = |text: &str| {
        let source = Source::new("deck.md", text);
        let differs = |one: &labrun::diagnostic::Diagnostic| one.code == codes::SLIDES_DIFFER;
        let found = remark::read(&source, Genre::Slides).diagnostics;
        found.iter().filter(|one| differs(one)).map(|one| source.line(one.span.start)).collect::<Vec<_>>()
    };
    // The line that closes a block in a comment opens one on screen.
    assert_eq!(told("<!-- ```hide\na\n``` -->\n---\n```\nb\n```\n"), [4]);
    assert_eq!(told("<!--\n```hide\na\n```\n-->\n---\n```\nb\n```\n"), [0_usize; 0]);
    // For remark, a separator may follow any piece of text.
    assert_eq!(told("`a`--\nb\n"), [1]);
    // An empty block is none for remark: it runs on to the next fence.
    assert_eq!(told("```\n```\n---\n```\nb\n```\n"), [3]);
    // The name of a link may run over lines.
    assert_eq!(told("[\n---\n]: b\n"), [2]);
    assert_eq!(told("a\n---\nb\n"), [0_usize; 0]);
}

/// Text made of what slides are made of, in any order.
fn slide_like() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "---\n",
        "--\n",
        "???\n",
        "--- \n",
        "```bash\n",
        "```\n",
        "````\n",
        "~~~\n",
        "  ```bash\n",
        "  ```\n",
        "``` -->\n",
        ".lab[\n",
        ".exercise[",
        ".a.b[\n",
        "]\n",
        "]",
        "[",
        "\\.lab[ ",
        "<!-- ```hide x``` -->\n",
        "<!--\n",
        "<!-- ```hide\n",
        "-->",
        "--->\n",
        "```wait y```\n",
        "`a`",
        "`",
        "``",
        "class: a, b\n",
        "<!-- class: c -->\n",
        "# Title\n",
        "Title\n===\n",
        "- item\n",
        "    - item\n",
        "    code\n",
        "\tcode\n",
        "\n",
        "\r\n",
        "\r",
        "text",
        "text\n",
        "é🦀",
        "\u{feff}",
        "\u{3000}\n",
        "\0",
        "> quote\n",
        "<br/>\n",
        "<div>\n",
        "[a]: b\n",
        "* * *\n",
        "exclude: true\n",
        "layout: true\n",
        "template: x\n",
        "name: x\n",
        "count: false\n",
    ]);
    let words = prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat());
    prop_oneof![4 => words, 1 => any::<String>(), 1 => "[-`~\\[\\].a:<>! \n\r?]{0,80}"]
}

fn check_span(source: &Source, span: Span) -> Result<(), TestCaseError> {
    let text = source.text();
    prop_assert!(span.start <= span.end && span.end <= text.len(), "{span:?}");
    prop_assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end), "{span:?}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn slides_and_separators_tile_any_text(text in slide_like()) {
        let source = Source::new("deck.md", text.as_str());
        let mut at = source.start();
        for (index, slide) in remark::read(&source, Genre::Slides).slides.iter().enumerate() {
            prop_assert_eq!(slide.separator.is_none(), index == 0);
            if let Some(separator) = slide.separator {
                prop_assert_eq!(separator.start, at);
                let line = source.slice(separator).trim_end_matches(['\r', '\n']);
                prop_assert_eq!(line, if slide.continued { "--" } else { "---" });
                at = separator.end;
            }
            prop_assert_eq!(slide.span.start, at);
            prop_assert_eq!(slide.body.start, slide.span.start);
            prop_assert!(slide.span.contains(slide.body));
            let pieces = slide.fences.iter().map(|fence| fence.span);
            let pieces = pieces.chain(slide.comments.iter().map(|comment| comment.span));
            for span in pieces.chain(slide.sections.iter().map(|section| section.span)) {
                check_span(&source, span)?;
                prop_assert!(slide.body.contains(span), "{:?} in {:?}", span, slide.body);
            }
            at = slide.span.end;
        }
        prop_assert_eq!(at, text.len());
    }

    #[test]
    fn any_text_is_a_deck(text in slide_like(), all in any::<bool>()) {
        let labs = if all { Labs::All } else { Labs::default() };
        let deck = parse(Source::new("deck.md", text.as_str()), &labs);
        let source = &deck.source;
        for slide in &deck.slides {
            prop_assert!(slide.items.is_sorted_by_key(|item| item.span().start));
            prop_assert!(slide.labs.is_sorted_by_key(|lab| lab.span.start));
            prop_assert_eq!(slide.line, source.line(slide.span.start));
            for item in &slide.items {
                check_span(source, item.span())?;
                let (lab, inner) = match item {
                    Item::Block(block) => (block.lab, block.body),
                    Item::Directive(directive) => (directive.lab, directive.data_span),
                };
                check_span(source, inner)?;
                prop_assert!(item.span().contains(inner), "{:?}", item);
                // The innermost lab that holds it, and none where none does.
                let holds = |at: usize| slide.labs[at].span.start <= item.span().start && item.span().start < slide.labs[at].span.end;
                prop_assert_eq!(lab, (0..slide.labs.len()).rev().find(|&at| holds(at)), "{:?} {:?}", item, &slide.labs);
            }
            for prose in &slide.prose {
                check_span(source, prose.span)?;
            }
        }
        for diagnostic in &deck.diagnostics {
            check_span(source, diagnostic.span)?;
            prop_assert!(codes::ALL.iter().any(|(code, _)| *code == diagnostic.code));
        }
        let drawn = render(&deck.diagnostics, source, false);
        prop_assert_eq!(drawn.is_empty(), deck.diagnostics.is_empty());
    }

    #[test]
    fn line_ends_do_not_matter(text in slide_like()) {
        let lf = text.replace('\r', "");
        let crlf = lf.replace('\n', "\r\n");
        let said = |text: &str| {
            let deck = parse(Source::new("deck.md", text), &Labs::default());
            let items = |slide: &labrun::deck::Slide| {
                let item = |item: &Item| match item {
                    Item::Block(block) => (block.line, block.language.clone(), deck.source.unix(block.body).into_owned(), block.lab),
                    Item::Directive(one) => (one.line, one.word.clone(), one.data.clone(), one.lab),
                };
                (slide.line, slide.title.clone(), slide.classes.clone(), slide.items.iter().map(item).collect::<Vec<_>>())
            };
            let problems = deck.diagnostics.iter().map(|one| (one.code, deck.source.line(one.span.start), one.message.clone()));
            (deck.slides.iter().map(items).collect::<Vec<_>>(), problems.collect::<Vec<_>>())
        };
        prop_assert_eq!(said(&lf), said(&crlf));
    }
}

#[test]
fn on_a_page_comments_hide_separators_and_directives_count_anywhere() {
    let text = "# a\n\n<!-- off\n---\n\n```bash\nb\n```\n-->\n\n<!-- ```wiat c``` -->\n\n    ```bash\n    d\n    ```\n";
    let page = parse(Source::new("README.md", text), &Labs::All);
    let said = |deck: &labrun::deck::Deck| {
        let items = deck.slides.iter().flat_map(|slide| &slide.items);
        let hidden = items.map(|item| match item {
            Item::Block(block) => block.hidden,
            Item::Directive(_) => true,
        });
        let codes: Vec<&str> = deck.diagnostics.iter().map(|one| one.code).collect();
        (deck.slides.len(), hidden.collect::<Vec<_>>(), codes)
    };
    assert_eq!(said(&page), (1, vec![true, true], vec![codes::DIRECTIVE_UNKNOWN]));
    let slides = parse(Source::new("deck.md", text), &Labs::default());
    assert_eq!(said(&slides), (2, vec![false, true], vec![codes::COMMENT_UNCLOSED]));
}

#[test]
fn fifty_megabytes_are_read() {
    let line = format!("echo {}\n", "a long line ".repeat(500));
    let block = format!(".lab[\n```bash\n{}```\n]\n\n---\n\n", line.repeat(50));
    let text = block.repeat((50 << 20) / block.len());
    assert!(text.len() > 49 << 20);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("large.md");
    std::fs::write(&path, &text).expect("written");
    let deck = parse(Source::read(&path).expect("read"), &Labs::default());
    assert_eq!(deck.slides.len(), text.len() / block.len() + 1);
    assert_eq!(deck.slides.iter().map(|slide| slide.items.len()).sum::<usize>(), text.len() / block.len());
    assert!(deck.diagnostics.is_empty());
}

/// Each of these makes a careless reader look at the same text again and again, in the square of its length.
#[test]
fn hostile_texts_are_read_in_one_pass() {
    let hostile = [
        "[",
        "]",
        ".a[",
        ".a[\n",
        "`",
        "` `` ``` ",
        "```a\n",
        "```a\n---\n",
        "~~~\n---\n",
        ".a[\n```b\n]\n",
        "<!--",
        "<!-- x -->",
        "<!--x-->`",
        "<!--\n---\n",
        "<!--\n```a\n---\n",
        "<!-- ```hide x -->\n",
        "<!-- .lab[ -->\n",
        ".a.a.a",
        "[\n",
        "<!-- a: b --> ",
        "        <!-- ```hide x``` -->\n\n",
        "> ",
        "---\n",
        "]\n",
        ".lab[ a\n",
        "a\r",
        "\t- x\n",
        "``` x\n",
        "```hide x``` ",
    ];
    for piece in hostile {
        let text = piece.repeat((1 << 16) / piece.len());
        for text in [format!(".lab[\n<!--\n{text}\n-->\n]"), text] {
            let deck = parse(Source::new("hostile.md", text), &Labs::default());
            assert!(!deck.slides.is_empty(), "{piece:?}");
        }
    }
}
