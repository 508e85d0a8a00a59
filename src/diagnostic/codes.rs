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
    // lint: what reading and planning do not look at
    LANGUAGE_MISSING = "language-missing": "a block in a lab does not say what it is";
    LANGUAGE_WRONG = "language-wrong": "a block is not of the language that its fence says";
    CONTINUATION_MISSING = "continuation-missing": "a line begins with an option, as if the one above went on";
    CALL_INCOMPLETE = "call-incomplete": "a call lacks what its program cannot do without";
    PROGRAM_MISSPELLED = "program-misspelled": "a program is called almost like a known one";
    BACKTICKS_RUN = "backticks-run": "bash runs what stands in ticks";
    VARIABLE_UNSET = "variable-unset": "a variable is read that nothing has set";
    PLACEHOLDER = "placeholder": "a blank waits for a value";
    NAME_UNKNOWN = "name-unknown": "something is asked for under a name that nothing was given";
    CD_NOWHERE = "cd-nowhere": "a step goes to a folder that no step makes";
    NEVER_ENDS = "never-ends": "a command goes on until it is stopped, or wants keys, and nothing follows";
    SHELL_UNLEFT = "shell-unleft": "later slides type into an inner shell that no step leaves";
    WAIT_FAR = "wait-far": "a wait stands on another slide than its command";
    WAIT_ECHO = "wait-echo": "a wait is met by the echo of the command itself";
    FAILS_UNSAID = "fails-unsaid": "a block is said to fail, and no directive does";
    PROMISE_ALONE = "promise-alone": "an output is promised where no command could print it";
    CHECK_IDLE = "check-idle": "a check holds whatever comes";
    ALTERNATIVES = "alternatives": "two ways to do the same would both run";
    EXCLUDED_NEEDED = "excluded-needed": "an excluded slide makes what another needs";
    PROPERTY_LOST = "property-lost": "a property of a slide stands where it is text";
    ID_DUPLICATE = "id-duplicate": "what should be said once is said twice";
    SECRET_IN_CLEAR = "secret-in-clear": "a secret stands in the deck for all to read";
    ALLOW_ASTRAY = "allow-astray": "an `allow` allows nothing, or says not why";
}
