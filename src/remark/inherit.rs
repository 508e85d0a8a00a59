//! What slides get from others: `--` from the slide before, `template` from a named one, `layout` from the last such.
//! And which of them are shown, under which number.

use std::collections::HashMap;

use super::{Property, Slide};

/// Fills in classes and numbers, once the properties of each slide are known.
pub(super) fn inherit(slides: &mut [Slide]) {
    let mut number = 0;
    // The classes that are handed down: by the slide before, by the layout in force, by name.
    let mut before: Vec<String> = Vec::new();
    let mut layout: Option<Vec<String>> = None;
    let mut named: HashMap<String, Vec<String>> = HashMap::new();
    for slide in slides {
        slide.number = number;
        slide.shown =
            !own(&slide.properties, "exclude").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        if !slide.shown {
            continue;
        }
        let lays_out = own(&slide.properties, "layout");
        let template = own(&slide.properties, "template");
        let from = if slide.continued {
            Some(&before)
        } else if let Some(template) = template.and_then(|name| named.get(name)) {
            Some(template)
        } else {
            if lays_out == Some("false") {
                layout = None;
            }
            layout.as_ref().filter(|_| lays_out != Some("true"))
        };
        slide.classes = from.cloned().unwrap_or_default();
        for class in own(&slide.properties, "class").unwrap_or_default().split([',', ' ', '\t']) {
            if !class.is_empty() && !slide.classes.iter().any(|known| known == class) {
                slide.classes.push(class.to_owned());
            }
        }
        if let Some(name) = own(&slide.properties, "name") {
            named.insert(name.to_owned(), slide.classes.clone());
        }
        slide.shown = lays_out != Some("true");
        if slide.shown {
            number += usize::from(own(&slide.properties, "count") != Some("false"));
            slide.number = number;
            before.clone_from(&slide.classes);
        } else {
            layout = Some(slide.classes.clone());
        }
    }
}

/// The value of a property, the last one counting.
fn own<'a>(properties: &'a [Property], key: &str) -> Option<&'a str> {
    properties.iter().rfind(|property| property.key == key).map(|property| property.value.as_str())
}
