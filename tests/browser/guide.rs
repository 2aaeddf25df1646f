//! What the guide (docs/guide/) says of the pages, held to the pages: keys, words, links, pictures.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The most bytes of a picture: a page of the guide opens at once on an office's line.
pub const MOST_BYTES: u64 = 120 << 10;
/// Width and height of a picture: a common laptop.
pub const SIZE: (u32, u32) = (1366, 768);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn asset(name: &str) -> String {
    read(&root().join("src/http/assets").join(name))
}

/// The pages of the guide in one language; the index with `None`.
fn pages(language: Option<&str>) -> Vec<PathBuf> {
    let ending = language.map_or("README.md".to_owned(), |language| format!(".{language}.md"));
    let entries = fs::read_dir(root().join("docs/guide")).unwrap();
    let files = entries.map(|entry| entry.unwrap().path());
    let pages: Vec<PathBuf> = files
        .filter(|path| path.to_string_lossy().ends_with(&ending))
        .collect();
    assert!(!pages.is_empty(), "no pages {ending}");
    pages
}

/// The guide, and the README with its tour.
fn every_page() -> Vec<PathBuf> {
    let guide = [None, Some("vi"), Some("en")].into_iter().flat_map(pages);
    guide.chain([root().join("README.md")]).collect()
}

/// What stands between `open` and the next `close`, each time.
fn between<'t>(text: &'t str, open: &'t str, close: &'t str) -> impl Iterator<Item = &'t str> {
    text.split(open)
        .skip(1)
        .filter_map(move |rest| rest.split_once(close).map(|(inside, _)| inside))
}

/// The strings in quotes.
fn quoted(script: &str) -> impl Iterator<Item = &str> {
    script.split('"').skip(1).step_by(2)
}

/// The keys that the pages know, from their lists of actions and their sheets of keys.
fn known_keys() -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    // Actions.
    for page in ["desk.js", "compare.js", "lexicon.js"] {
        let script = asset(page);
        for list in ["keys: [", "shown: ["] {
            known.extend(between(&script, list, "]").flat_map(quoted).map(str::to_owned));
        }
    }
    // The tabs of the desk, and sheets that are written out: keys stand beside names with a full stop or of many letters.
    let lists = [
        ("desk.js", "TABS = [", "];"),
        ("inbox.js", "helpSheet(() => [", "\n]);"),
        ("shell.js", "COMMON = [", "];"),
        ("rows.js", "ways = [", "\n  ];"),
    ];
    for (page, open, close) in lists {
        let script = asset(page);
        let list = between(&script, open, close).next();
        let list = list.unwrap_or_else(|| panic!("{page} has no {open}"));
        let keys = quoted(list)
            .filter(|word| word.chars().count() == 1 || matches!(*word, "Enter" | "Esc" | "Shift"));
        known.extend(keys.map(str::to_owned));
    }
    // "1 … 9"
    known.extend(
        ('1'..='9')
            .map(String::from)
            .filter(|_| known.contains("1") && known.contains("9"))
            .collect::<Vec<_>>(),
    );
    // The keyboard's own: on to the next field, and with another key.
    known.extend(["Tab", "Ctrl"].map(str::to_owned));
    known
}

#[test]
fn every_key_that_the_guide_names_is_one_of_the_pages() {
    let known = known_keys();
    assert!(known.contains("n") && known.contains("/"), "{known:?}");
    for page in every_page() {
        for key in between(&read(&page), "<kbd>", "</kbd>") {
            let key = key.replace("&lt;", "<").replace("&gt;", ">");
            assert!(known.contains(&key), "{}: no page knows {key:?}", page.display());
        }
    }
}

#[test]
fn words_in_bold_are_those_on_the_screen() {
    for language in ["vi", "en"] {
        let table = asset(&format!("text.{language}.js"));
        let values: BTreeSet<&str> = table
            .lines()
            .filter_map(|line| line.trim().strip_suffix("\",")?.split_once("\": \""))
            .map(|(_, value)| value)
            .collect();
        for page in pages(Some(language)) {
            // A lead-in ends with a full stop, as in "When something goes wrong."
            let text = read(&page);
            let bold = text.split("**").skip(1).step_by(2);
            for words in bold.filter(|words| !words.ends_with('.')) {
                assert!(
                    values.contains(words),
                    "{}: nothing on the pages says {words:?}",
                    page.display()
                );
            }
        }
    }
}

/// A heading's address, as the forges make it.
fn anchor(heading: &str) -> String {
    let kept = heading
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c })
        .collect::<String>()
        .to_lowercase()
}

#[test]
fn every_link_and_picture_leads_somewhere() {
    for page in every_page() {
        let folder = page.parent().unwrap();
        for target in between(&read(&page), "](", ")").filter(|target| !target.contains("://")) {
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() {
                page.clone()
            } else {
                folder.join(file)
            };
            assert!(file.is_file(), "{}: {target} is not there", page.display());
            let text = if heading.is_empty() { continue } else { read(&file) };
            let anchors = text
                .lines()
                .filter(|line| line.starts_with('#'))
                .map(|line| anchor(line.trim_start_matches('#').trim()));
            assert!(
                anchors.into_iter().any(|a| a == heading),
                "{}: {target} has no such heading",
                page.display()
            );
        }
    }
}

#[test]
fn pictures_are_small_of_one_size_and_shown_in_both_languages() {
    let mut count = 0;
    for entry in fs::read_dir(root().join("docs/guide/pictures")).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("pictures/{}", path.file_name().unwrap().to_string_lossy());
        assert_eq!(image::image_dimensions(&path).unwrap(), SIZE, "{name}");
        let bytes = fs::metadata(&path).unwrap().len();
        assert!(bytes <= MOST_BYTES, "{name}: {bytes} bytes");
        for language in ["vi", "en"] {
            let shown = pages(Some(language))
                .iter()
                .any(|page| read(page).contains(&name));
            assert!(shown, "{name} is on no page in {language}");
        }
        count += 1;
    }
    assert!(count > 0, "no pictures: make pictures");
}
