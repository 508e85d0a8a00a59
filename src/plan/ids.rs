//! Names of steps that stay when other slides change: the slide's title, and the step's place under that title.

use std::collections::HashMap;

use crate::deck::Deck;

/// Gives names to steps in deck order.
pub(super) struct Ids {
    /// By slide: what the names of its steps begin with.
    prefixes: Vec<String>,
    /// How many names each beginning has been given to.
    given: HashMap<String, usize>,
}

impl Ids {
    /// A slide that continues another under the same title goes on counting. Titles that come again are told apart by
    /// their place among the slides of that title, whether these have steps or not.
    pub fn new(deck: &Deck) -> Self {
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut prefixes: Vec<String> = Vec::with_capacity(deck.slides.len());
        let mut before: Option<&str> = None;
        for slide in &deck.slides {
            let title = slide.title.as_deref().unwrap_or_default();
            let prefix = match prefixes.last() {
                Some(last) if slide.continued && before == Some(title) => last.clone(),
                _ => {
                    let first = slide.prose.first().map(|prose| prose.text.as_str()).unwrap_or_default();
                    let slug = slug(if title.is_empty() { first } else { title });
                    let count = seen.entry(slug.clone()).or_default();
                    *count += 1;
                    if *count == 1 { slug } else { format!("{slug}~{count}") }
                }
            };
            prefixes.push(prefix);
            before = Some(title);
        }
        Self { prefixes, given: HashMap::new() }
    }

    /// The name of the next step on a slide.
    pub fn next(&mut self, slide: usize) -> String {
        let prefix = &self.prefixes[slide];
        let count = self.given.entry(prefix.clone()).or_default();
        *count += 1;
        format!("{prefix}/{count}")
    }
}

/// Letters and digits of a title, in words joined by `-`.
fn slug(title: &str) -> String {
    const LONGEST: usize = 60;
    let mut slug = String::new();
    for word in title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if slug.len() + word.len() > LONGEST && !slug.is_empty() {
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.extend(word.chars().take(LONGEST).flat_map(char::to_lowercase));
    }
    if slug.is_empty() { "untitled".to_owned() } else { slug }
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn a_title_becomes_words() {
        for (title, want) in [
            ("Testing our registry", "testing-our-registry"),
            ("The `RUN` instruction, again!", "the-run-instruction-again"),
            ("Été 2024", "été-2024"),
            ("???", "untitled"),
            ("", "untitled"),
        ] {
            assert_eq!(slug(title), want);
        }
        assert!(slug(&"word ".repeat(50)).len() <= 60);
    }
}
