//! What can be said of the pages' files without a browser.

use std::fs;
use std::path::PathBuf;

fn files(extension: &str) -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/http/assets");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == extension) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
    assert!(!found.is_empty(), "no {extension} files");
    found
}

#[test]
fn pages_have_nothing_inline_that_the_content_policy_would_block() {
    for (name, text) in files("html") {
        assert!(!text.contains("style="), "{name}");
        assert!(!text.contains("<style"), "{name}");
        let scripts = text.matches("<script").count();
        assert_eq!(
            scripts,
            text.matches("<script type=\"module\" src=\"/assets/").count(),
            "{name}"
        );
    }
}

#[test]
fn nothing_from_a_document_becomes_markup() {
    for (name, text) in files("js") {
        for word in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "srcdoc",
        ] {
            assert!(!text.contains(word), "{name} uses {word}");
        }
    }
}

#[test]
fn scores_never_pass_through_a_float() {
    for (name, text) in files("js") {
        assert!(!text.contains("parseFloat"), "{name}");
    }
}

/// The keys of a table of words, and the `{places}` in each.
fn words(table: &str) -> Vec<(String, Vec<String>)> {
    let (_, text) = files("js").into_iter().find(|(name, _)| name == table).unwrap();
    let lines = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.split_once("\": "));
    lines
        .map(|(key, words)| {
            let mut places: Vec<String> = words
                .split('{')
                .skip(1)
                .filter_map(|rest| rest.split_once('}'))
                .map(|(place, _)| place.to_owned())
                .collect();
            places.sort();
            (key.to_owned(), places)
        })
        .collect()
}

#[test]
fn both_languages_say_the_same_things() {
    let (vietnamese, english) = (words("text.vi.js"), words("text.en.js"));
    assert!(vietnamese.len() > 100);
    assert_eq!(vietnamese, english);
}

#[test]
fn every_word_that_a_page_asks_for_is_there() {
    let known: Vec<String> = words("text.vi.js").into_iter().map(|(key, _)| key).collect();
    for (name, text) in files("js") {
        for asked in text
            .split(" t(\"")
            .chain(text.split("(t(\""))
            .skip(1)
            .filter_map(|rest| rest.split_once('"'))
        {
            let key = asked.0;
            let literal = !key.is_empty() && key.contains('.') && !key.contains(['$', ' ', '(']);
            assert!(
                !literal || known.iter().any(|k| k == key),
                "{name} asks for {key:?}"
            );
        }
    }
}
