//! Values reach commands to the letter, whatever bash would make of them: asked of bash itself.

use std::process::Command;

use labrun::values::{Origin, Values, blanks, fill, mask_blanks};
use proptest::prelude::*;

/// Commands that print the value, and nothing else, where `{value}` stands; a mark for each kind of quoting.
const PLACES: &[&str] = &[
    "printf %s {value}",
    "printf %s '{value}'",
    "printf %s \"{value}\"",
    "printf %s $'{value}'",
    "x={value}; printf %s \"$x\"",
    "printf %s \"$(printf %s {value})\"",
    "printf %s \"$(printf %s \"{value}\" '')\"",
    "printf %s \"`printf %s {value}`\"",
    "printf %s `printf %s '\"' >/dev/null`\"{value}\"",
    "if true; then\n  printf %s \\\n    <value> # {value}\nfi",
    "f() { printf %s \"${1:-none}\"; }; f {value}",
    "cat <<E\nE\nprintf %s '<value>'",
    "declare -A m=([k]={value}); printf %s \"${m[k]}\"",
    "cat <<END\n{value}\nEND",
    "cat <<'END'\n{value}\nEND",
    "cat <<-\"END\"\n{value}\n\tEND\n",
    "cat <<< {value}",
];

/// What bash prints when it is given `script`, without the line end that some places add.
fn printed(script: &str) -> String {
    let output = Command::new("bash").args(["-c", script]).output().expect("bash runs");
    assert!(output.status.success(), "{script:?}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8 in, UTF-8 out");
    text.strip_suffix('\n').map_or_else(|| text.clone(), str::to_owned)
}

/// Panics unless `value` comes out of each place as it went in, or is refused where bash would take tabs away from it.
fn survives(value: &str) {
    let mut values = Values::new();
    values.set("value", value, Origin::Flag);
    for place in PLACES {
        let filled = fill(place, &values);
        if place.contains("<<-") && value.split('\n').any(|line| line.starts_with('\t')) {
            assert_eq!(filled.missing, ["value"], "{place}");
            continue;
        }
        assert_eq!(filled.missing, [""; 0], "{place}");
        // `$( … )` takes line ends away at the end; that is its own.
        let came = printed(&filled.text);
        assert_eq!(
            came.trim_end_matches('\n'),
            value.trim_end_matches('\n'),
            "{place:?} became {:?}",
            filled.text
        );
    }
}

#[test]
fn hostile_values_reach_the_command_as_text() {
    for value in [
        "plain",
        "two words",
        "it's",
        "say \"hi\"",
        "$HOME",
        "$(touch pwned)",
        "`id`",
        "a\\b",
        "\\",
        "'",
        "\"",
        "*",
        "~",
        "!x",
        "a;b",
        "a&b|c>d<e",
        "#no",
        "{a,b}",
        "-n",
        "é ü 漢",
        "'$(id)'",
        "\"$(id)\"",
        "$'x'",
        "\\'",
        "end\\",
        "a\nb",
        "\n",
        "a\n\n  b\\\n$(id)\n'\"`",
        "tab\there",
        "\ttab",
        "bell\u{7}",
        "${x}",
        "}",
        ")",
        "[a]",
        "=",
        "E",
    ] {
        survives(value);
    }
}

#[test]
fn a_value_that_ends_a_here_doc_is_refused() {
    for (text, value) in [
        ("cat <<E\n{value}\nE", "E\ntouch pwned"),
        ("cat <<E\n{value}\nE", "E"),
        ("cat <<E\n{value}\nE", "a\nE\nb"),
        ("cat <<''\n{value}\n\n", "a\n\ntouch pwned"),
        ("cat <<-E\n{value}\nE", "a\n\ttab"),
        ("cat <<-'END'\n\tE{value}\n\tEND", "ND"),
        ("cat <<-E\n{value}\nE", "\ttab"),
        ("cat <<-'E'\n\t{value}\nE", "\ttab"),
    ] {
        let mut values = Values::new();
        values.set("value", value, Origin::Flag);
        let filled = fill(text, &values);
        assert_eq!((filled.text.as_str(), filled.missing.concat().as_str()), (text, "value"), "{value}");
    }
}

#[test]
fn masked_blanks_parse() {
    for text in
        ["kubectl logs <node>", "x={a.b:c}/{d}; snapctl watch <ID> &", "for i in <list of nodes>; do :; done"]
    {
        let masked = mask_blanks(text);
        assert_eq!(masked.len(), text.len());
        let status = Command::new("bash").args(["-n", "-c", &masked]).status().expect("bash runs");
        assert!(status.success(), "{masked}");
        assert!(blanks(&masked).is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_value_reaches_the_command_as_text(value in r"[ -~\néß\t]{1,12}") {
        survives(&value);
    }
}

proptest! {
    #[test]
    fn any_text_is_scanned_and_only_blanks_change(text in r#"[a-c{}<>@$'"`\\#()\n =.E-]{0,60}"#) {
        prop_assert_eq!(&fill(&text, &Values::new()).text, &text);
        let masked = mask_blanks(&text);
        prop_assert_eq!(masked.len(), text.len());
        for blank in blanks(&text) {
            prop_assert_eq!(&text[blank.range.clone()], blank.spelling.as_str());
            prop_assert!(masked[blank.range].chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
        }
    }

    #[test]
    fn secrets_are_masked_however_the_text_is_cut(
        secret in "[a-c]{4,6}", text in "[a-c ]{0,60}", cut in 1usize..8,
    ) {
        let mut values = Values::new();
        values.set("token", secret.as_str(), Origin::Flag);
        let secrets = labrun::values::Secrets::new(&values, &[]).expect("long enough");
        let whole = secrets.mask(&text).into_owned();
        prop_assert!(!whole.contains(&secret));
        let mut masker = labrun::values::Masker::default();
        let mut out: Vec<u8> = text.as_bytes().chunks(cut).flat_map(|piece| masker.push(&secrets, piece)).collect();
        out.extend(masker.finish(&secrets));
        prop_assert_eq!(String::from_utf8(out).expect("UTF-8"), whole);
    }
}
