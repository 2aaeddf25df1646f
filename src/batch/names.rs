//! Names of results, and names in archives that must lead nowhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Longest name of a file that every usual file system takes, in bytes.
const LONGEST_NAME: usize = 255;
/// Room that endings and numbers of results need.
const ENDINGS: usize = 24;
/// Folders within folders, beyond which a path is a trap.
const DEEPEST: usize = 64;
/// What the batch itself writes at the top of the output folder.
const OWN: [&str; 4] = ["report", "sample", super::report::FILES, super::ledger::STATE];

/// The path that a name in an archive stands for, below a folder; `None` where it leads out of it or is no name.
pub fn inside(name: &str) -> Option<PathBuf> {
    let mut path = PathBuf::new();
    for part in name.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => return None,
            part if part.contains('\0') || part.len() > LONGEST_NAME => return None,
            // `C:\…`
            part if path.as_os_str().is_empty() && part.len() == 2 && part.ends_with(':') => return None,
            part => path.push(part),
        }
    }
    let rooted = name.starts_with(['/', '\\']);
    let deep = path.components().count() > DEEPEST;
    (!rooted && !deep && path.file_name().is_some()).then_some(path)
}

/// A path as it stands in reports: with `/`.
pub fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Gives each input the path of its results without ending: where the input lies, under the name of the input.
///
/// Two inputs never get the same: where only the endings differ (`a.pdf`, `a.png`) both keep theirs (`a.pdf.json`), and
/// what is still the same gets a number. Case makes no difference, since results may be copied to where it makes none.
/// `known` are names given in an earlier run, which stay.
pub fn of_results<'a>(
    inputs: impl Iterator<Item = &'a Path> + Clone,
    known: &BTreeMap<String, String>,
) -> Vec<PathBuf> {
    let mut shared: BTreeMap<String, usize> = BTreeMap::new();
    for input in inputs.clone() {
        *shared.entry(folded(&short(input))).or_default() += 1;
    }
    let mut taken: BTreeSet<String> = known.values().map(|name| folded(Path::new(name))).collect();
    inputs
        .map(|input| {
            if let Some(name) = known.get(&shown(input)) {
                return PathBuf::from(name);
            }
            let own_name = input.components().count() == 1
                && OWN
                    .iter()
                    .any(|own| short(input).to_string_lossy().eq_ignore_ascii_case(own));
            let first = match shared.get(&folded(&short(input))) {
                Some(1) if !own_name => short(input),
                _ => bounded(input),
            };
            let mut name = first.clone();
            let mut number = 2_u32;
            while !taken.insert(folded(&name)) {
                let mut numbered = first.clone().into_os_string();
                numbered.push(format!(" ({number})"));
                name = numbered.into();
                number += 1;
            }
            name
        })
        .collect()
}

/// Without ending, and short enough for one to be put on.
fn short(input: &Path) -> PathBuf {
    bounded(&input.with_file_name(input.file_stem().unwrap_or_default()))
}

/// With a name that leaves room for an ending; what was cut is told apart by its digest.
fn bounded(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default();
    if name.len() + ENDINGS <= LONGEST_NAME {
        return path.to_owned();
    }
    use sha2::{Digest, Sha256};
    let digest = hex::encode(&Sha256::digest(name.as_encoded_bytes())[..4]);
    let mut cut = String::new();
    for c in name.to_string_lossy().chars() {
        if cut.len() + c.len_utf8() + ENDINGS + digest.len() + 1 > LONGEST_NAME {
            break;
        }
        cut.push(c);
    }
    path.with_file_name(format!("{cut}~{digest}"))
}

fn folded(path: &Path) -> String {
    path.to_string_lossy().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_archives_lead_nowhere_else() {
        let check = |name: &str, expect: Option<&str>| {
            assert_eq!(inside(name), expect.map(PathBuf::from), "{name:?}")
        };
        check("a/b.pdf", Some("a/b.pdf"));
        check("./a//b.pdf", Some("a/b.pdf"));
        check("a\\b.pdf", Some("a/b.pdf"));
        check("../b.pdf", None);
        check("a/../../b.pdf", None);
        check("a\\..\\b.pdf", None);
        check("/etc/passwd", None);
        check("C:\\b.pdf", None);
        check("a\0b.pdf", None);
        check("", None);
        check("./", None);
        check(&"x".repeat(256), None);
        check(&"a/".repeat(100), None);
    }

    #[test]
    fn results_keep_the_layout_and_never_meet() {
        let check = |inputs: &[&str], expect: &[&str]| {
            let names = of_results(inputs.iter().map(Path::new), &BTreeMap::new());
            let names: Vec<_> = names.iter().map(|n| n.to_string_lossy().into_owned()).collect();
            assert_eq!(names, expect);
        };
        check(&["a.pdf", "b/a.pdf"], &["a", "b/a"]);
        check(&["a.pdf", "a.png", "A.tif"], &["a.pdf", "a.png", "A.tif"]);
        check(&["a.pdf", "a.pdf.pdf", "a.png"], &["a.pdf", "a.pdf (2)", "a.png"]);
        check(&["report.pdf", "b/report.pdf"], &["report.pdf", "b/report"]);
        check(&["a", "a"], &["a", "a (2)"]);
    }

    #[test]
    fn a_name_once_given_stays_whatever_comes_beside_it() {
        let known = BTreeMap::from([("a.pdf".to_owned(), "a".to_owned())]);
        let names = of_results(["a.pdf", "a.png"].iter().map(Path::new), &known);
        assert_eq!(names, [PathBuf::from("a"), PathBuf::from("a.png")]);
    }

    #[test]
    fn long_names_leave_room_for_endings() {
        let long = format!("{}.pdf", "đ".repeat(125));
        let other = format!("{}e.pdf", "đ".repeat(124));
        let names = of_results(
            [long.as_str(), other.as_str()].iter().map(Path::new),
            &BTreeMap::new(),
        );
        assert!(
            names
                .iter()
                .all(|n| n.as_os_str().len() + ENDINGS <= LONGEST_NAME)
        );
        assert_ne!(names[0], names[1]);
    }
}
