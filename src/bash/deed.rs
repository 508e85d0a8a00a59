//! What a single call does: looked up in [`super::programs`], and looked through where it runs another command.

use super::call::{Call, Sorted};
use super::facts::Facts;
use super::mentions;
use super::places;
use super::programs::{Does, Program, Runs, Stays, is_builtin};
use super::walk::{MAX_DEPTH, Walk};
use super::{Attendance, Deed, Opens};

impl Walk {
    /// A program or builtin, called.
    pub(super) fn call(&mut self, name: &str, words: &[String], fed: bool) -> Facts {
        let call = Call { name: name.rsplit('/').next().unwrap_or(name), words, fed };
        let mut facts = self.known(name, &call);
        let mut all = mentions::of(&call, facts.deed);
        all.append(&mut facts.mentions);
        Facts { mentions: all, ..facts }
    }

    /// What is known of a call.
    fn known(&mut self, name: &str, call: &Call<'_>) -> Facts {
        let (words, fed) = (call.words, call.fed);
        let mut facts = Facts::unknown();
        if !is_builtin(name) && !name.contains('$') {
            facts.programs.push(name.to_owned());
        }
        facts.constant = matches!(name, "echo" | "printf" | "true" | "false" | ":");
        self.builtin(call, &mut facts);
        facts.places = places::of(call.name, words);
        facts.calls.push(call.told(name));
        // Whatever it is, asked for its help or version it only prints.
        if let [word] = words
            && matches!(word.as_str(), "--help" | "--version")
        {
            facts.deed = Deed::Looks;
            return facts;
        }
        let Some(program) = call.program() else {
            // These two options mean the same wherever they are found.
            if words.iter().any(|word| matches!(word.as_str(), "--follow" | "--watch")) {
                facts.attendance = Attendance::Viewer(format!("{} follows until it is stopped", call.name));
            }
            return facts;
        };
        let sorted = call.sorted(program);
        facts.asks_server = program.server;
        let inner = self.inner(call, program, &sorted);
        let silent = inner.is_none();
        let inner = inner.unwrap_or_default();
        let Some(rule) = program.uses.iter().find(|rule| sorted.is(rule, fed)) else {
            facts.programs.extend(inner.programs);
            facts.places.extend(inner.places);
            facts.mentions.extend(inner.mentions);
            facts.calls.extend(inner.calls);
            return facts;
        };
        facts.attendance = rule.stays.of(call.name);
        facts.deed = match rule.deed {
            Does::Deed(deed) => deed,
            Does::Inner => inner.deed,
            Does::Around => Deed::Acts,
        };
        let ends_with_inner = !matches!(rule.deed, Does::Deed(_));
        if facts.attendance == Attendance::None && ends_with_inner {
            facts.attendance = inner.attendance;
        }
        facts.opens = match rule.stays {
            Stays::Shell => Some(Opens::Shell),
            Stays::Prompt => Some(Opens::Prompt),
            Stays::Terminal if silent => Some(Opens::Shell),
            Stays::Terminal => inner.opens,
            _ => inner.opens.filter(|_| ends_with_inner),
        };
        if !rule.idle {
            facts.asks_server |= inner.asks_server;
            facts.programs.extend(inner.programs);
            facts.places.extend(inner.places);
            facts.mentions.extend(inner.mentions);
            facts.calls.extend(inner.calls);
        }
        facts
    }

    /// The command that a call runs in turn: `sudo …`, `sh -c …`, `kubectl exec … -- …`. Where it runs elsewhere,
    /// its programs are not looked for here, and a keyboard reaches it only with `-i` or `-t`.
    fn inner(&mut self, call: &Call<'_>, program: &Program, sorted: &Sorted<'_>) -> Option<Facts> {
        let place = program.inner_at(&sorted.operands).and_then(|at| sorted.places.get(at)).copied();
        let (script, elsewhere) = match program.runs {
            Runs::Script => (sorted.value("-c").map(str::to_owned), false),
            Runs::RemoteScript(_) => (place.map(|place| call.words[place..].join(" ")), true),
            Runs::Remote(_) | Runs::RemoteBehindDashes(_) => (None, true),
            Runs::Command(_) | Runs::Nothing => (None, false),
        };
        let passes_keyboard = match program.runs {
            Runs::RemoteScript(_) => sorted.has("-t", 0),
            _ => sorted.has("-i -t --interactive --stdin --tty", 0),
        };
        let fed = call.fed || (elsewhere && !passes_keyboard);
        let mut facts = match (script, place) {
            (Some(script), _) => self.script(&script, fed).unwrap_or_else(Facts::unknown),
            (None, Some(place)) => self.command(&call.words[place..], fed),
            (None, None) => return None,
        };
        facts.sets.clear();
        if elsewhere {
            facts.programs.clear();
            facts.places.clear();
            facts.mentions.clear();
            facts.calls.clear();
        }
        Some(facts)
    }

    /// A command that another runs, with assignments in front as `env` takes them.
    fn command(&mut self, words: &[String], fed: bool) -> Facts {
        let is_assignment = |word: &&String| word.split_once('=').is_some_and(|(name, _)| is_name(name));
        let skipped = words.iter().take_while(is_assignment).count();
        let [name, words @ ..] = &words[skipped..] else { return Facts::default() };
        if self.depth >= MAX_DEPTH {
            return Facts::unknown();
        }
        self.depth += 1;
        let facts = self.call(name, words, fed);
        self.depth -= 1;
        facts
    }

    /// What builtins set, read and define.
    fn builtin(&mut self, call: &Call<'_>, facts: &mut Facts) {
        let plain = || call.words.iter().filter(|word| !word.starts_with('-'));
        match call.name {
            "export" | "declare" | "typeset" | "local" | "readonly" => {
                for word in plain() {
                    let (name, value) =
                        word.split_once('=').map_or((word.as_str(), None), |(n, v)| (n, Some(v)));
                    let name = name.trim_end_matches('+');
                    let list = if value.is_some() { &mut facts.sets } else { &mut facts.reads };
                    list.push(name.to_owned());
                }
            }
            "read" | "mapfile" | "readarray" | "getopts" => {
                facts.sets.extend(plain().filter(|word| is_name(word)).cloned());
            }
            "printf" => {
                if let [flag, name, ..] = call.words
                    && flag == "-v"
                {
                    facts.sets.push(name.clone());
                }
            }
            "let" => {
                for word in call.words {
                    self.arithmetic(word, facts);
                }
            }
            "alias" => {
                facts
                    .defines
                    .extend(plain().filter_map(|word| word.split_once('=')).map(|(name, _)| name.to_owned()));
            }
            _ => {}
        }
    }
}

pub(super) fn is_name(word: &str) -> bool {
    !word.is_empty()
        && !word.starts_with(|c: char| c.is_ascii_digit())
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
