//! Sentences that promise an output, in English: told by how they are put, since decks have no mark for it. Each rule
//! is one that an author would agree with; what they miss, an `expect` directive says.

use std::sync::LazyLock;

use regex::Regex;

macro_rules! pattern {
    ($($part:expr),+ $(,)?) => {
        LazyLock::new(|| Regex::new(concat!("(?i)", $($part),+)).expect("a constant pattern"))
    };
}
macro_rules! adverbs {
    () => {
        r"(?:\s+(?:now|also|then|again|just|both|all|only|probably|hopefully|eventually|instead|be))*"
    };
}
/// What programs do to say something.
macro_rules! says {
    () => {
        r"(?:output|print|return|show|display|give|say|report|list|answer|respond|produce|yield|tell)"
    };
}
/// What programs print.
macro_rules! printed {
    () => {
        r"(?:outputs?|results?|responses?|repl(?:y|ies)|answers?|messages?|errors?|warnings?|logs?|requests?|listing)"
    };
}

/// "we should see", "you will get", "we see", "we're getting".
static SEES: LazyLock<Regex> = pattern!(
    r"\b(?:we|you)(?:['’](?:ll|re)|\s+(?:should|will|must|would|are))?",
    adverbs!(),
    r"\s+(?:see|seeing|get|getting|obtain|observe|notice|receive)\b",
);

/// "it should return", "this will print", "the curl command now outputs": begins at the verb, or at its subject.
static SAYS: LazyLock<Regex> = pattern!(
    r"\b(?:should|will|must|would)",
    adverbs!(),
    r"\s+",
    says!(),
    r"\b|\b(?:it|this|that|which|commands?|program|server|api)",
    adverbs!(),
    r"\s+",
    says!(),
    r"s?\b",
);

/// "the output should be", "the result looks like", "an error message that includes".
static READS: LazyLock<Regex> = pattern!(
    r"\b",
    printed!(),
    r"\b[^.;:]*?\b(?:(?:should|will|must|would)\b",
    r"|(?:looks?|looking|includes?|including|contains?|reads?|says?|begins?|starts?|ends?)\b",
    r"|(?:is|are)",
    adverbs!(),
    r"(?:\s*:?$|\s+(?:like|similar|the\s+following|as\s+follows|something)\b))",
);

/// "expected output", "sample output", "output:".
static NAMED: LazyLock<Regex> =
    pattern!(r"\b(?:expected|sample|example|typical)\s+", printed!(), r"\b|^", printed!(), r"\s*:?$");

/// What makes a case of the words behind it, not a promise: "if you see", "when the output is".
static CASE: LazyLock<Regex> =
    pattern!(r"\b(?:if|unless|when|whenever|in\s+case|whether|what)(?:\s+(?:the|an?|your))?\s+$");

/// Words of an instruction: "we should see it with this command".
static INSTRUCTS: LazyLock<Regex> =
    pattern!(r"\b(?:with|using|by|via|after|commands?|run|running|try|type|check)\b");

static LIKE: LazyLock<Regex> = pattern!(r"\b(?:like|similar|looks?|looking|something)\b");
static LAST: LazyLock<Regex> =
    pattern!(r"\b(?:last|final)\s+(?:\w+\s+){0,2}?(?:lines?|bits?|parts?)\b|\bends?\s+(?:with|in)\b");

/// "should", but not the "*should*" of advice.
static SHOULD: LazyLock<Regex> = pattern!(r"(?:^|[^*_\w])should\b");
/// "we should have two rows", as against "we should delete a row".
static EXPECTS: LazyLock<Regex> =
    pattern!(r"\b(?:we|you)\s+should", adverbs!(), r"\s+(?:have|see|get|find|notice)\b");
static ADVISES: LazyLock<Regex> = pattern!(
    r"\b(?:we|you|i|they|who|what|which|why|how|where|when)\s+(?:\w+\s+)?should(?:n['’]t)?\b",
    r"|\bshould\s+(?:we|you|i|it|they|not\s+be|be\s+(?:able|careful|avoided|used|done|set|changed|added|preferred))\b",
);
/// "an error message", "it should fail with"; behind "no" or "without" it is a success that is promised.
static FAILS: LazyLock<Regex> = pattern!(r"\b(?:errors?|fail(?:s|ed|ing|ures?)?)\b");
static NONE: LazyLock<Regex> = pattern!(r"(?:\b(?:no|not|never|without|any|zero)|n['’]t)\b");
static LITERAL: LazyLock<Regex> = pattern!("`[^`]+`|[\"“][^\"”]+[\"”]");

/// What a sentence says of the fence below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cue {
    /// Whether the sentence is the promise and nothing else, rather than an instruction that also promises.
    pub plain: bool,
    /// Whether the output is said to be *like* the text.
    pub like: bool,
    /// Whether the text is said to come last.
    pub last: bool,
}

/// Whether a sentence promises that what follows it is the output of a command.
pub(super) fn promise(sentence: &str) -> Option<Cue> {
    let bare = sentence.trim_end_matches(['*', '_', ')', ' ']);
    if !bare.ends_with(':') {
        return None;
    }
    let start = |cue: &Regex| {
        let found = cue.find(bare).filter(|found| !CASE.is_match(&bare[..found.start()]));
        found.map(|found| bare[..found.start()].trim().to_ascii_lowercase())
    };
    let (sees, says, reads) = (start(&SEES), start(&SAYS), start(&READS).or_else(|| start(&NAMED)));
    if sees.is_none() && says.is_none() && reads.is_none() {
        return None;
    }
    // "This will show" as often speaks of the command below as of the one above; "it will" speaks of the one above.
    let plain = sees.is_some_and(|before| before.is_empty())
        || says.is_some_and(|before| before == "it")
        || reads.is_some_and(|before| matches!(before.as_str(), "" | "the" | "its"));
    Some(Cue {
        plain: plain && !INSTRUCTS.is_match(bare),
        like: LIKE.is_match(bare),
        last: LAST.is_match(bare),
    })
}

/// Whether what a sentence promises is an error, so that the command may fail.
pub(super) fn promises_error(sentence: &str) -> bool {
    FAILS.is_match(sentence) && !NONE.is_match(sentence)
}

/// What a sentence quotes as seen: the first quotation behind the word that says so, else the last one.
pub(super) fn quoted(sentence: &str) -> Option<&str> {
    let from = SHOULD.find(sentence).or_else(|| SEES.find(sentence)).map_or(0, |found| found.end());
    let found = LITERAL.find(&sentence[from..]).or_else(|| LITERAL.find_iter(sentence).last())?;
    let text = found.as_str().trim_matches(['`', '"', '“', '”']).trim();
    (!text.is_empty()).then_some(text)
}

/// Whether a text that is waited for is an error.
pub(super) fn is_error(text: &str) -> bool {
    static ERROR: LazyLock<Regex> = pattern!(
        r"\b(?:error|errors|fail\w*|fatal|cannot|can't|unable|denied|refused|invalid|unknown|no\s+such|not\s+found)\b"
    );
    ERROR.is_match(text)
}

/// Whether a sentence claims something of what the reader will see, which nothing checks.
pub(super) fn claims(sentence: &str) -> bool {
    let asks = sentence.trim_end().ends_with('?');
    let case = |found: regex::Match<'_>| CASE.is_match(&sentence[..found.start()]);
    let sees = SEES.find(sentence).is_some_and(|found| !case(found)) && LITERAL.is_match(sentence);
    let should = SHOULD.is_match(sentence) && (EXPECTS.is_match(sentence) || !ADVISES.is_match(sentence));
    !asks && (sees || should)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn promises_are_told_by_how_they_are_put() {
        for sentence in [
            "We should see:",
            "You should now see the three lines:",
            "You'll get this:",
            "After a moment we see messages of this kind:",
            "We're getting errors looking like:",
            "It should return:",
            "This will print a flag:",
            "The curl command should now output:",
            "The last command prints:",
            "The output should look like this:",
            "The result is:",
            "The output is similar to:",
            "These commands give an error message that includes:",
            "The last line of the output tells us: the answer contains:",
            "**Expected output:**",
            "If all went well, you should see:",
            "Output:",
            "The full request looks like:",
        ] {
            assert!(promise(sentence).is_some(), "{sentence}");
        }
    }

    #[test]
    fn other_sentences_introduce_something_else() {
        for sentence in [
            "We should see this",
            "Here is what names look like:",
            "The line with `port` should be:",
            "Your file should look like this:",
            "Create a file that contains:",
            "If you see this error:",
            "In case you get a warning:",
            "When you see the prompt:",
            "To make it work, install it:",
            "Change the command to:",
            "Here are the names:",
            "Example:",
        ] {
            assert_eq!(promise(sentence), None, "{sentence}");
        }
    }

    #[test]
    fn a_plain_promise_is_no_instruction() {
        for (sentence, plain) in [
            ("We should see the following:", true),
            ("The output should be:", true),
            ("It should return:", true),
            ("This will show the place:", false),
            ("Now try this; it should return nothing:", false),
            ("We should see it with this command:", false),
            ("On the first node, you should see two of them:", false),
        ] {
            assert_eq!(promise(sentence).map(|cue| cue.plain), Some(plain), "{sentence}");
        }
    }

    #[test]
    fn a_sentence_says_how_literal_it_is() {
        let said = |sentence| promise(sentence).map(|cue| (cue.like, cue.last));
        assert_eq!(said("We should see:"), Some((false, false)));
        assert_eq!(said("The output should look like this:"), Some((true, false)));
        assert_eq!(said("You should see something similar to:"), Some((true, false)));
        assert_eq!(said("The last line of output should be:"), Some((false, true)));
        assert_eq!(said("The output ends with:"), Some((false, true)));
    }

    #[test]
    fn a_promised_error_is_told_from_a_promised_success() {
        for (sentence, fails) in [
            ("You will get an error message:", true),
            ("We're getting errors looking like:", true),
            ("It should say why it failed:", true),
            ("The output should be:", false),
            ("You should not get an error, the output is:", false),
            ("It should print this without error:", false),
            ("You don't see any errors; the output is:", false),
        ] {
            assert!(promise(sentence).is_some(), "{sentence}");
            assert_eq!(promises_error(sentence), fails, "{sentence}");
        }
    }

    #[test]
    fn claims_speak_of_what_will_be_seen() {
        for sentence in [
            "All our images should now be there",
            "(This should tell us \"Forbidden\")",
            "We should see the welcome page.",
            "We should have about 20 rows.",
            "This time it should work!",
            "You get a `404`.",
        ] {
            assert!(claims(sentence), "{sentence}");
        }
        for sentence in [
            "First, we should revert our change",
            "It is not where it *should* be",
            "Should we see it?",
            "What should it print?",
            "You should be careful here",
            "Secrets should not be committed; they should be kept apart? Why should they?",
            "If you get a `404`, go back.",
            "We get to know it.",
        ] {
            assert!(!claims(sentence), "{sentence}");
        }
    }
}
