//! Every diagnostic code there is, one line each: its constant, its name, what it means in a line.
//!
//! `docs/diagnostics.md` has a section per code; a test holds the two together.

macro_rules! codes {
    ($($constant:ident = $name:literal: $meaning:literal;)*) => {
        $(#[doc = $meaning] pub const $constant: &str = $name;)*

        /// Name and meaning of each code.
        pub const ALL: &[(&str, &str)] = &[$(($name, $meaning)),*];
    };
}

codes! {
    // deck: how the file is cut into slides, labs and blocks
    FENCE_UNCLOSED = "fence-unclosed": "a code block has no closing fence";
    FENCE_TICKS = "fence-ticks": "a code block is closed with fewer ticks than it was opened with";
    FENCE_INDENTED = "fence-indented": "a code block is indented so far that its fences are shown as code";
    COMMENT_UNCLOSED = "comment-unclosed": "a comment has no `-->` on its slide";
    LAB_UNCLOSED = "lab-unclosed": "a lab has no closing bracket";
    LAB_BRACKETS = "lab-brackets": "brackets in code or comments end a lab elsewhere on screen than in the file";
    SEPARATOR_IN_SECTION = "separator-in-section": "a slide separator stands inside `.class[ … ]`, where it is text";
    SLIDES_DIFFER = "slides-differ": "on screen, slides start at other places than in the file";
    DIRECTIVE_UNKNOWN = "directive-unknown": "a directive's word is not one that labrun knows";
    DIRECTIVE_UNCLOSED = "directive-unclosed": "a directive has no closing ticks in its comment";
    DIRECTIVE_LOST = "directive-lost": "a comment is indented so far that it is shown as code";
    // plan: what of it is typed and checked
    BASH_SYNTAX = "bash-syntax": "a block is not bash";
    HIGHLIGHT_ODD = "highlight-odd": "a tick in a block highlights nothing";
    PROMISE_NOT_JSON = "promise-not-json": "a promised output is marked as JSON and is not";
    EXPECT_ALONE = "expect-alone": "a directive has no command or fence to speak of";
    EXPECT_INVALID = "expect-invalid": "an `expect` cannot be read";
    EDIT_COLON = "edit-colon": "a file's name in an edit ends in a colon";
    EDIT_ASTRAY = "edit-astray": "keys of an editor stand outside an edit";
    KEY_UNKNOWN = "key-unknown": "a key has no such name";
    KEYS_KEY = "keys-key": "`keys` types text, and this is the name of a key";
    PANE_UNKNOWN = "pane-unknown": "a `tmux` command is not one that labrun knows";
    OPEN_ADDRESS = "open-address": "an `open` names no address of the web";
    PATTERN_INVALID = "pattern-invalid": "what a `copy` looks for is not a regular expression";
    OPTION_UNKNOWN = "option-unknown": "an option is not known, or cannot be read";
}
