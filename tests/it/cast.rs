//! The recording of a session: each line is JSON, its clock never goes back, and a terminal that replays it shows what
//! was typed and what came.

use std::num::NonZero;

use serde_json::Value;

use crate::support::{Labrun, Ran, lab};

/// A recording, read back.
struct Recording {
    head: Value,
    /// Seconds, code and text.
    events: Vec<(f64, String, String)>,
}

impl Recording {
    #[track_caller]
    fn read(ran: &Ran, name: &str) -> Self {
        let text = ran.read(name);
        let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let head = lines.next().unwrap();
        let events = lines.map(|line| serde_json::from_value(line).unwrap()).collect();
        Self { head, events }
    }

    fn of(&self, code: &str) -> Vec<&str> {
        self.events.iter().filter(|(_, of, _)| of == code).map(|(.., text)| text.as_str()).collect()
    }

    /// What a player's terminal shows at the end.
    fn screen(&self) -> String {
        let size = |name: &str| NonZero::new(self.head[name].as_u64().unwrap() as u16).unwrap();
        let mut terminal = vt100::Parser::new(size("height"), size("width"), 0);
        for text in self.of("o") {
            terminal.process(text.as_bytes());
        }
        terminal.screen().contents()
    }
}

const DECK: &str = "# First

.lab[

```bash
name=you; printf 'hello %s' $name
cat <<END
it is { name }
END
```

]

---

# Nothing to run

---

# Second

.lab[

```bash
sleep 0.3; printf 'one\\n\\033[1mtwo\\033[m\\n'; echo wrong >&2; false
```

```bash
echo never
```

]
";

#[test]
fn a_recording_shows_what_was_typed_and_what_came() {
    let ran = Labrun::new().deck("deck.md", DECK).args(["--report", "cast=run.cast"]).run().exit(1);
    let recording = Recording::read(&ran, "run.cast");
    assert_eq!(
        recording.screen(),
        "$ # deck.md\n$ name=you; printf 'hello %s' $name\nhello you\n$ cat <<END\n> it is { name }\n> END\n\
         it is { name }\n$ sleep 0.3; printf 'one\\n\\033[1mtwo\\033[m\\n'; echo wrong >&2; false\nwrong\none\ntwo\n$ "
    );
    assert_eq!((&recording.head["version"], &recording.head["title"]), (&2.into(), &"deck.md".into()));
    assert!(recording.head["timestamp"].as_u64().unwrap() > 1_700_000_000);
    assert_eq!(recording.of("m"), ["1 First", "3 Second"]);
}

#[test]
fn the_clock_of_a_recording_never_goes_back() {
    let ran = Labrun::new()
        .deck("a.md", lab(&["sleep 0.4"]))
        .deck("b.md", lab(&["sleep 0.2; echo b", "echo c"]))
        .args(["--report", "cast=run.cast"])
        .run()
        .exit(0);
    let recording = Recording::read(&ran, "run.cast");
    assert!(recording.events.is_sorted_by_key(|(seconds, ..)| *seconds), "{:?}", recording.events);
    let at = |text: &str| recording.events.iter().rfind(|(.., came)| came.contains(text)).unwrap().0;
    assert!(at("b\r\n") >= 0.6, "{:?}", recording.events);
    assert!(at("echo c") >= at("# b.md") + 0.2, "{:?}", recording.events);
    assert_eq!(
        recording.screen(),
        "$ # a.md\n$ sleep 0.4\n$ # b.md\n$ sleep 0.2; echo b\nb\n$ echo c\nc\n$ "
    );
}

#[test]
fn a_recording_holds_no_secret_and_says_what_was_simulated() {
    let ran = Labrun::new()
        .lab(&["echo {password} | base64", "kubectl get nodes"])
        .args(["--set", "password=hunter22", "--stage", "simulated", "--report", "cast=run.cast"])
        .run()
        .exit(0);
    let recording = Recording::read(&ran, "run.cast");
    let shown = recording.screen();
    assert!(shown.starts_with("$ # deck.md, SIMULATED: "), "{shown}");
    assert!(shown.contains("$ echo *** | base64\n***\n$ kubectl get nodes\nNAME "), "{shown}");
}

#[test]
fn a_recording_is_as_wide_as_the_terminal_and_follows_from_deck_to_deck() {
    let size = "stty size < /dev/tty";
    let toml = "terminal = '100x30'\n[decks.'b.md']\nterminal = '60x20'\n";
    let ran = Labrun::new()
        .file("labrun.toml", toml)
        .deck("a.md", lab(&[size]))
        .deck("b.md", lab(&[size]))
        .args(["--report", "cast=run.cast"])
        .run()
        .exit(0);
    let recording = Recording::read(&ran, "run.cast");
    assert_eq!((&recording.head["width"], &recording.head["height"]), (&100.into(), &30.into()));
    assert_eq!(recording.of("r"), ["60x20"]);
    let screen = recording.screen();
    assert!(screen.contains("\n30 100\n") && screen.contains("\n20 60\n"), "{screen}");
}

#[test]
fn a_recording_of_nothing_is_still_one() {
    let ran = Labrun::new().deck("none.md", "# None\n").args(["--report", "cast=run.cast"]).run().exit(4);
    let recording = Recording::read(&ran, "run.cast");
    assert!(recording.events.is_empty() && recording.head["version"] == 2);
}

#[test]
fn what_ran_at_the_terminal_is_in_the_recording_as_it_came() {
    let deck = "# Terminal\n\n.lab[\n\n```bash\nread -p 'name? ' name; echo \"hello $name\"\n```\n\n\
                <!-- ```wait name?``` -->\n<!-- ```keys {password}``` -->\n<!-- ```key ^J``` -->\n\n\
                ```bash\necho done\n```\n\n]\n";
    let ran = Labrun::new()
        .deck("deck.md", deck.replace("{password}", "hunter22"))
        .args(["--set", "password=hunter22", "--report", "cast=run.cast"])
        .run()
        .exit(0);
    let recording = Recording::read(&ran, "run.cast");
    assert_eq!(
        recording.screen(),
        "$ # deck.md\n$ read -p 'name? ' name; echo \"hello $name\"\nname? ***\nhello ***\n$ echo done\ndone\n$ "
    );
    assert!(recording.events.is_sorted_by_key(|(seconds, ..)| *seconds), "{:?}", recording.events);
}

#[test]
fn a_line_that_keys_typed_is_in_the_recording() {
    let deck = "# Keys\n\n.lab[\n\n```bash\ntrue\n```\n\n<!-- ```keys echo 1$((1+1))3``` -->\n\
                <!-- ```key ^J``` -->\n<!-- ```wait 123``` -->\n\n]\n";
    let ran = Labrun::new().deck("deck.md", deck).args(["--report", "cast=run.cast"]).run().exit(0);
    let shown = Recording::read(&ran, "run.cast").screen();
    assert!(shown.contains("$ true\n$ echo 1$((1+1))3\n123"), "{shown}");
}

#[test]
fn a_shell_within_the_shell_shows_itself_what_is_typed() {
    let deck = "# Inner\n\n.lab[\n\n```bash\nbash --norc\necho one\nexit\necho two\n```\n\n]\n";
    let ran =
        Labrun::new().deck("deck.md", deck).args(["--stage", "host", "--report", "cast=run.cast"]).run();
    let shown = Recording::read(&ran, "run.cast").screen();
    assert_eq!(shown.matches("echo one").count(), 1, "{shown}");
    assert!(shown.contains("\none\n") && shown.ends_with("$ echo two\ntwo\n$ "), "{shown}");
}
