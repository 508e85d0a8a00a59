//! Walks a tree of commands once and adds up the facts of its parts. What a single call does is [`super::deed`]'s.

use std::slice;

use brush_parser::ast::{
    AndOrList, Assignment, AssignmentName, AssignmentValue, Command as Node,
    CommandPrefixOrSuffixItem as Item, CompoundCommand, CompoundList, ExtendedTestExpr, IoFileRedirectKind,
    IoFileRedirectTarget, IoRedirect, Pipeline, SeparatorOperator, SimpleCommand, Word as Raw,
};

use super::facts::Facts;
use super::parse::parse;
use super::places::Place;
use super::word::{self, Word};
use super::{Attendance, Deed};

/// Scripts in scripts (`$(…)`, `sh -c`) are followed this deep.
pub(super) const MAX_DEPTH: usize = 16;

/// The facts of a script.
pub(super) fn facts(script: &[CompoundList]) -> Facts {
    let mut walk = Walk { depth: 0 };
    let mut facts = Facts::default();
    for list in script {
        facts.add(walk.list(list, false));
    }
    for own in &facts.defines {
        facts.programs.retain(|program| program != own);
    }
    facts
}

/// `fed` says whether something is piped or redirected into a command, so that it does not read the keyboard.
pub(super) struct Walk {
    /// How many scripts this one stands in.
    pub depth: usize,
}

impl Walk {
    fn list(&mut self, list: &CompoundList, fed: bool) -> Facts {
        let mut facts = Facts::default();
        for item in &list.0 {
            let mut part = self.and_or(&item.0, fed);
            if matches!(item.1, SeparatorOperator::Async) {
                part = part.apart();
                part.attendance = Attendance::None;
                part.act();
            }
            facts.add(part);
        }
        facts
    }

    fn and_or(&mut self, list: &AndOrList, fed: bool) -> Facts {
        let mut facts = Facts::default();
        for (_, pipeline) in list {
            facts.add(self.pipeline(pipeline, fed));
        }
        facts
    }

    fn pipeline(&mut self, pipeline: &Pipeline, fed: bool) -> Facts {
        let mut facts = Facts::default();
        for (at, node) in pipeline.seq.iter().enumerate() {
            let part = self.node(node, fed || at > 0);
            if pipeline.seq.len() == 1 {
                return part;
            }
            // What comes before `head` or `grep -q` ends when they have seen enough.
            if at > 0 && stops_reading(node) {
                facts.attendance = Attendance::None;
            }
            facts.add(part.apart());
        }
        facts
    }

    fn node(&mut self, node: &Node, fed: bool) -> Facts {
        match node {
            Node::Simple(simple) => self.simple(simple, fed),
            Node::Compound(compound, redirects) => {
                let redirects = redirects.as_ref().map_or(&[][..], |list| &list.0);
                let (mut facts, feeds) = self.redirects(redirects);
                facts.add(self.compound(compound, fed || feeds));
                facts
            }
            Node::Function(function) => Facts {
                deed: Deed::Acts,
                defines: vec![function.fname.value.clone()],
                programs: self.compound(&function.body.0, true).programs,
                ..Facts::default()
            },
            Node::ExtendedTest(test, redirects) => {
                let redirects = redirects.as_ref().map_or(&[][..], |list| &list.0);
                let mut facts = self.redirects(redirects).0;
                self.test(&test.expr, &mut facts);
                facts
            }
        }
    }

    fn compound(&mut self, compound: &CompoundCommand, fed: bool) -> Facts {
        let mut facts = Facts::default();
        match compound {
            CompoundCommand::Arithmetic(sum) => self.arithmetic(&sum.expr.value, &mut facts),
            CompoundCommand::ArithmeticForClause(clause) => {
                for sum in [&clause.initializer, &clause.condition, &clause.updater].into_iter().flatten() {
                    self.arithmetic(&sum.value, &mut facts);
                }
                if clause.condition.as_ref().is_none_or(|sum| sum.value.trim().is_empty()) {
                    facts.attendance = endless("for");
                }
                facts.add(self.list(&clause.body.list, fed));
            }
            CompoundCommand::BraceGroup(group) => facts = self.list(&group.list, fed),
            CompoundCommand::Subshell(shell) => facts = self.list(&shell.list, fed).apart(),
            CompoundCommand::ForClause(clause) => {
                facts.sets.push(clause.variable_name.clone());
                for word in clause.values.iter().flatten() {
                    self.word(word, &mut facts);
                }
                facts.add(self.list(&clause.body.list, fed));
            }
            CompoundCommand::CaseClause(clause) => {
                self.word(&clause.value, &mut facts);
                for case in &clause.cases {
                    for pattern in &case.patterns {
                        self.word(pattern, &mut facts);
                    }
                    if let Some(list) = &case.cmd {
                        facts.add(self.list(list, fed));
                    }
                }
            }
            CompoundCommand::IfClause(clause) => {
                facts = self.list(&clause.condition, fed);
                facts.add(self.list(&clause.then, fed));
                for other in clause.elses.iter().flatten() {
                    if let Some(condition) = &other.condition {
                        facts.add(self.list(condition, fed));
                    }
                    facts.add(self.list(&other.body, fed));
                }
            }
            CompoundCommand::WhileClause(clause) => {
                facts = self.repeat("while", &clause.0, &clause.1.list, fed);
            }
            CompoundCommand::UntilClause(clause) => {
                facts = self.repeat("until", &clause.0, &clause.1.list, fed);
            }
            CompoundCommand::Coprocess(coprocess) => {
                facts = self.node(&coprocess.body, true).apart();
                facts.attendance = Attendance::None;
                facts.act();
            }
        }
        facts
    }

    /// A `while` or `until`: one whose condition never changes, and that nothing leaves, goes on for ever.
    fn repeat(&mut self, keyword: &str, condition: &CompoundList, body: &CompoundList, fed: bool) -> Facts {
        let always = if keyword == "while" { &["true", ":", "sleep"][..] } else { &["false"][..] };
        let mut facts = self.list(condition, fed);
        facts.add(self.list(body, fed));
        if last_name(condition).is_some_and(|name| always.contains(&name)) && !leaves(body) {
            facts.attendance = endless(keyword);
        }
        facts
    }

    fn simple(&mut self, simple: &SimpleCommand, fed: bool) -> Facts {
        let mut facts = Facts::default();
        let prefix = simple.prefix.as_ref().map_or(&[][..], |list| &list.0);
        let suffix = simple.suffix.as_ref().map_or(&[][..], |list| &list.0);
        let mut feeds = fed;
        let mut words = Vec::new();
        for item in prefix.iter().chain(suffix) {
            match item {
                Item::IoRedirect(redirect) => {
                    let (target, input) = self.redirects(slice::from_ref(redirect));
                    facts.add(target);
                    feeds |= input;
                }
                Item::Word(word) => words.push(self.word(word, &mut facts)),
                Item::ProcessSubstitution(_, shell) => {
                    facts.add(self.list(&shell.list, true).apart());
                    words.push("/dev/fd/63".to_owned());
                }
                Item::AssignmentWord(_, word) if suffix.iter().any(|other| std::ptr::eq(other, item)) => {
                    words.push(self.word(word, &mut facts));
                }
                Item::AssignmentWord(assignment, _) => {
                    self.assignment(assignment, simple.word_or_name.is_none(), &mut facts);
                }
            }
        }
        let Some(word) = &simple.word_or_name else { return facts };
        let name = self.word(word, &mut facts);
        facts.rewires = name == "exec" && words.is_empty() && simple_rewires(prefix, suffix);
        facts.add(self.call(&name, &words, feeds));
        facts
    }

    /// An assignment before a command, or alone. One that builds on the variable's own value must not be repeated.
    fn assignment(&mut self, assignment: &Assignment, alone: bool, facts: &mut Facts) {
        let mut own = Facts::default();
        match &assignment.value {
            AssignmentValue::Scalar(value) => drop(self.word(value, &mut own)),
            AssignmentValue::Array(elements) => {
                for (key, value) in elements {
                    if let Some(key) = key {
                        self.word(key, &mut own);
                    }
                    self.word(value, &mut own);
                }
            }
        }
        let (AssignmentName::VariableName(name) | AssignmentName::ArrayElementName(name, _)) =
            &assignment.name;
        if alone {
            if assignment.append || own.reads.contains(name) {
                own.act();
            }
            own.sets.push(name.clone());
        }
        facts.add(own);
    }

    /// The facts of redirections, and whether they feed the command.
    fn redirects(&mut self, redirects: &[IoRedirect]) -> (Facts, bool) {
        let mut facts = Facts::default();
        let mut feeds = false;
        for redirect in redirects {
            match redirect {
                IoRedirect::File(_, kind, target) => {
                    let reads = matches!(kind, IoFileRedirectKind::Read | IoFileRedirectKind::DuplicateInput);
                    feeds |= reads;
                    match target {
                        IoFileRedirectTarget::Filename(word) | IoFileRedirectTarget::Duplicate(word) => {
                            let target = self.word(word, &mut facts);
                            if !reads
                                && !harmless(&target, matches!(kind, IoFileRedirectKind::DuplicateOutput))
                            {
                                facts.act();
                                facts.places.push(Place::Writes(target));
                            }
                        }
                        IoFileRedirectTarget::ProcessSubstitution(_, shell) => {
                            facts.add(self.list(&shell.list, true).apart());
                        }
                        IoFileRedirectTarget::Fd(_) => {}
                    }
                }
                IoRedirect::OutputAndError(word, _) => {
                    let target = self.word(word, &mut facts);
                    if !harmless(&target, false) {
                        facts.act();
                        facts.places.push(Place::Writes(target));
                    }
                }
                IoRedirect::HereString(_, word) => {
                    feeds = true;
                    self.word(word, &mut facts);
                }
                IoRedirect::HereDocument(_, document) => {
                    feeds = true;
                    if document.requires_expansion {
                        self.expand(word::read_document(&document.doc.value), &mut facts);
                    }
                }
            }
        }
        (facts, feeds)
    }

    fn test(&mut self, test: &ExtendedTestExpr, facts: &mut Facts) {
        facts.constant = false;
        match test {
            ExtendedTestExpr::And(left, right) | ExtendedTestExpr::Or(left, right) => {
                self.test(left, facts);
                self.test(right, facts);
            }
            ExtendedTestExpr::Not(inner) | ExtendedTestExpr::Parenthesized(inner) => self.test(inner, facts),
            ExtendedTestExpr::UnaryTest(_, word) => drop(self.word(word, facts)),
            ExtendedTestExpr::BinaryTest(_, left, right) => {
                self.word(left, facts);
                self.word(right, facts);
            }
        }
    }

    pub(super) fn arithmetic(&mut self, sum: &str, facts: &mut Facts) {
        let sum = word::read_arithmetic(sum);
        if !sum.sets.is_empty() {
            facts.act();
        }
        self.expand(sum, facts);
    }

    /// A word's text; its expansions go to `facts`.
    fn word(&mut self, raw: &Raw, facts: &mut Facts) -> String {
        self.expand(word::read(&raw.value), facts)
    }

    fn expand(&mut self, word: Word, facts: &mut Facts) -> String {
        let scripts: Vec<Facts> =
            word.scripts.iter().filter_map(|script| self.script(script, false)).collect();
        if scripts.len() < word.scripts.len() {
            facts.act();
        }
        for script in scripts {
            facts.add(script);
        }
        facts.add(Facts {
            reads: word.reads,
            sets: word.sets,
            backquoted: word.backquoted,
            constant: !word.varies,
            ..Facts::default()
        });
        word.text
    }

    /// A script inside a word; `None` where it cannot be read.
    pub(super) fn script(&mut self, text: &str, fed: bool) -> Option<Facts> {
        if self.depth >= MAX_DEPTH {
            return None;
        }
        let program = parse(text).ok()?;
        self.depth += 1;
        let mut facts = Facts::default();
        for list in &program.complete_commands {
            facts.add(self.list(list, fed));
        }
        self.depth -= 1;
        Some(facts.apart())
    }
}

/// The last word of the first command, as written, if that is a simple one with words behind its name.
pub(super) fn last_word(script: &[CompoundList]) -> Option<String> {
    let Node::Simple(simple) = script.first()?.0.first()?.0.first.seq.first()? else { return None };
    simple.suffix.as_ref()?.0.iter().rev().find_map(|item| match item {
        Item::Word(word) | Item::AssignmentWord(_, word) => Some(word.value.clone()),
        Item::IoRedirect(_) | Item::ProcessSubstitution(..) => None,
    })
}

fn endless(keyword: &str) -> Attendance {
    Attendance::Viewer(format!("`{keyword}` goes on until it is stopped"))
}

/// The name of the last command of a list, if it is a simple one.
fn last_name(list: &CompoundList) -> Option<&str> {
    match list.0.last()?.0.first.seq.last()? {
        Node::Simple(simple) => simple.word_or_name.as_ref().map(|word| word.value.as_str()),
        _ => None,
    }
}

/// Whether a loop's body may leave the loop. The words are looked for in its text: it need not be exact.
fn leaves(body: &CompoundList) -> bool {
    let text = body.to_string();
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| matches!(word, "break" | "exit" | "return"))
}

/// Whether a command of a pipeline reads only the beginning of what it is given.
fn stops_reading(node: &Node) -> bool {
    let Node::Simple(simple) = node else { return false };
    let words: Vec<&str> = simple
        .suffix
        .iter()
        .flat_map(|suffix| &suffix.0)
        .filter_map(|item| match item {
            Item::Word(word) => Some(word.value.as_str()),
            _ => None,
        })
        .collect();
    match simple.word_or_name.as_ref().map(|word| word.value.as_str()) {
        Some("head") => true,
        Some("grep") => words.iter().any(|word| word.starts_with("-q") || word.starts_with("-m")),
        _ => false,
    }
}

/// Whether an output may go there without anything being changed.
fn harmless(target: &str, duplicates: bool) -> bool {
    matches!(target, "/dev/null" | "/dev/stdout" | "/dev/stderr" | "/dev/tty")
        || target.starts_with("/dev/fd/")
        || (duplicates && target.trim_end_matches('-').bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether the redirections of a bare `exec` touch standard input, output or error.
fn simple_rewires(prefix: &[Item], suffix: &[Item]) -> bool {
    prefix.iter().chain(suffix).any(|item| match item {
        Item::IoRedirect(
            IoRedirect::File(fd, ..) | IoRedirect::HereDocument(fd, _) | IoRedirect::HereString(fd, _),
        ) => fd.is_none_or(|fd| fd < 3),
        Item::IoRedirect(IoRedirect::OutputAndError(..)) => true,
        _ => false,
    })
}
