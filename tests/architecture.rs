//! The house's rules that a compiler does not know: which module may name which, and what may not
//! grow.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

/// Each module and what it may name, besides itself. `main` and `lib` hold them all together.
const MAY_NAME: [(&str, &[&str]); 17] = [
    ("domain", &[]),
    ("exposition", &[]),
    ("raster", &["domain"]),
    ("encoding", &["domain"]),
    ("scoring", &["domain"]),
    ("compare", &["domain"]),
    ("stages", &["raster", "encoding", "scoring", "compare", "domain"]),
    ("pipeline", &["stages", "domain"]),
    (
        "exec",
        &["pipeline", "stages::export", "stages::ingest", "domain"],
    ),
    (
        "batch",
        &["pipeline", "exec", "stages::export", "stages::ingest", "domain"],
    ),
    ("review", &["domain"]),
    ("store", &["domain"]),
    ("records", &["review", "stages::export", "domain"]),
    (
        "jobs",
        &[
            "review",
            "pipeline",
            "exec",
            "store",
            "stages::export",
            "stages::restore",
            "exposition",
            "domain",
        ],
    ),
    (
        "http",
        &[
            "jobs",
            "review",
            "compare",
            "records",
            "pipeline",
            "exec",
            "store",
            "stages::export",
            "stages::check",
            "stages::ingest",
            "stages::rubric",
            "scoring",
            "stages::restore",
            "exposition",
            "domain",
        ],
    ),
    ("config", &["exec", "pipeline", "stages::ingest"]),
    (
        "cli",
        &[
            "config",
            "http",
            "jobs",
            "batch",
            "store",
            "review",
            "records",
            "pipeline",
            "exec",
            "stages",
            "scoring",
            "compare",
            "encoding",
            "exposition",
            "domain",
        ],
    ),
];

/// What the domain does without: shapes on disk and on the wire, the system, other threads.
const NOT_IN_DOMAIN: [&str; 7] = [
    "serde",
    "tokio",
    "std::fs",
    "std::io",
    "std::net",
    "std::process",
    "std::thread",
];

/// Names of places where anything ends up.
const NO_SUCH_MODULES: [&str; 6] = ["utils", "util", "helpers", "common", "misc", "manager"];

const LONGEST_FILE: usize = 600;

static PATH: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(crate|sohoa|(?:super::)*super)::(\{|[a-z_][a-z0-9_]*)").unwrap());

struct Source {
    path: PathBuf,
    /// `["stages", "read", "line"]`; empty for main.rs and lib.rs.
    module: Vec<String>,
    /// Without comments.
    code: String,
    lines: usize,
}

impl Source {
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let inside = path.strip_prefix("src").unwrap_or(path).with_extension("");
        let mut module: Vec<String> = inside
            .components()
            .map(|part| part.as_os_str().to_string_lossy().into_owned())
            .collect();
        module.retain(|part| !["mod", "lib", "main"].contains(&part.as_str()));
        let code = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect::<Vec<_>>()
            .join("\n");
        Self {
            path: path.to_owned(),
            module,
            lines: text.lines().count(),
            code,
        }
    }

    /// The modules of the crate that it names, as far as `stages::read`.
    fn names(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for path in PATH.captures_iter(&self.code) {
            let base = match &path[1] {
                "crate" | "sohoa" => Vec::new(),
                supers => {
                    let up = supers.matches("super").count();
                    self.module[..self.module.len().saturating_sub(up)].to_vec()
                }
            };
            let rest = &self.code[path.get(2).unwrap().start()..];
            for tail in branches(rest) {
                let full: Vec<&str> = base
                    .iter()
                    .map(String::as_str)
                    .chain(tail.iter().map(String::as_str))
                    .collect();
                found.extend(module_of(&full));
            }
        }
        found
    }
}

/// The module that a path leads to: its first part, for a stage its first two.
fn module_of(path: &[&str]) -> Option<String> {
    match path {
        ["stages", stage, ..] => Some(format!("stages::{stage}")),
        ["stages"] | [] => None,
        [first, ..] => MAY_NAME
            .iter()
            .any(|(name, _)| name == first)
            .then(|| (*first).to_owned()),
    }
}

/// `a::{b, c::d}::…` -> the first two names along each branch.
fn branches(text: &str) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    walk(text, &mut Vec::new(), &mut paths);
    paths
}

/// Reads one path or group at the start of `text`; how much of it was read.
fn walk(text: &str, above: &mut Vec<String>, paths: &mut Vec<Vec<String>>) -> usize {
    if let Some(inside) = text.strip_prefix('{') {
        let mut at = 0;
        loop {
            at += inside[at..].len() - inside[at..].trim_start_matches([' ', '\n', ',']).len();
            match inside[at..].chars().next() {
                None => return 1 + at,
                Some('}') => return 2 + at,
                Some(_) => at += walk(&inside[at..], above, paths).max(1),
            }
        }
    }
    let name: String = text
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    let mut read = name.len();
    above.push(name);
    match text[read..].strip_prefix("::") {
        Some(rest) if above.len() < 3 => read += 2 + walk(rest, above, paths),
        _ => paths.push(above.clone()),
    }
    above.pop();
    read
}

fn sources(folder: &str) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(Source::read(&path));
            }
        }
    }
    assert!(!found.is_empty(), "no sources in {folder}");
    found
}

fn assert_none(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn dependencies_point_one_way() {
    let mut faults = Vec::new();
    for source in sources("src") {
        let Some(own) = source.module.first() else {
            continue;
        };
        let (_, may) = MAY_NAME.iter().find(|(name, _)| name == own).unwrap_or_else(|| {
            panic!(
                "{}: a new top-level module: say in MAY_NAME what it may name",
                source.path.display()
            )
        });
        for name in source.names() {
            let top = name.split("::").next().unwrap();
            let itself = top == own && own != "stages";
            if !itself && own != "stages" && !may.iter().any(|m| *m == name || *m == top) {
                faults.push(format!("{}: {own} must not name {name}", source.path.display()));
            }
            let same_stage = name.strip_prefix("stages::") == source.module.get(1).map(String::as_str);
            // What is written as confirmed is what review has confirmed: export asks for that very type.
            let confirmed = top == "review" && source.module.get(1).is_some_and(|stage| stage == "export");
            if own == "stages" && !may.contains(&top) && !same_stage && !confirmed && source.module.len() > 1
            {
                faults.push(format!("{}: a stage must not name {name}", source.path.display()));
            }
        }
    }
    assert_none(faults);
}

#[test]
fn the_domain_is_values_only() {
    let mut faults = Vec::new();
    for source in sources("src/domain") {
        let code = source.code.split("#[cfg(test)]").next().unwrap();
        for word in NOT_IN_DOMAIN.iter().filter(|word| code.contains(**word)) {
            faults.push(format!("{}: names {word}", source.path.display()));
        }
    }
    assert_none(faults);
}

#[test]
fn only_exec_starts_programs() {
    let starts = Regex::new(r"process::Command\b|Command::new\(").unwrap();
    let faults = sources("src")
        .into_iter()
        .filter(|source| source.module.first().is_none_or(|m| m != "exec"))
        .filter(|source| starts.is_match(source.code.split("#[cfg(test)]").next().unwrap()))
        .map(|source| format!("{}: starts a program", source.path.display()));
    assert_none(faults.collect());
}

#[test]
fn only_config_reads_the_environment() {
    // Cargo's own variables are read when the program is compiled.
    let reads = Regex::new(r"env::vars?(_os)?\(").unwrap();
    let allowed = ["config", "exec"];
    let faults = sources("src")
        .into_iter()
        .filter(|source| {
            source
                .module
                .first()
                .is_none_or(|m| !allowed.contains(&m.as_str()))
        })
        .filter(|source| reads.is_match(source.code.split("#[cfg(test)]").next().unwrap()))
        .map(|source| format!("{}: reads the environment", source.path.display()));
    assert_none(faults.collect());
}

#[test]
fn files_stay_short_and_have_names_that_say_something() {
    let mut faults = Vec::new();
    for source in ["src", "tests", "benches"].into_iter().flat_map(sources) {
        let path = source.path.display();
        if source.lines > LONGEST_FILE {
            faults.push(format!("{path}: {} lines, {LONGEST_FILE} at most", source.lines));
        }
        for part in &source.module {
            if NO_SUCH_MODULES.contains(&part.as_str()) {
                faults.push(format!("{path}: `{part}` says nothing"));
            }
        }
    }
    assert_none(faults);
}

#[test]
fn every_module_has_its_place_in_the_notes() {
    let Ok(notes) = std::fs::read_to_string("ARCHITECTURE.md") else {
        return;
    };
    let faults = MAY_NAME
        .iter()
        .filter(|(name, _)| !notes.contains(&format!("`src/{name}")))
        .map(|(name, _)| format!("ARCHITECTURE.md does not name `{name}`"));
    assert_none(faults.collect());
}

/// `docs/security.md` says which test shows each point; a test that is renamed takes its line along.
#[test]
fn every_test_that_the_security_notes_name_is_there() {
    let notes = std::fs::read_to_string("docs/security.md").unwrap();
    let named = Regex::new(r"`((?:src|tests)/[a-z_/0-9]+\.rs)::([a-z_0-9]+)`").unwrap();
    let mut faults = Vec::new();
    let mut count = 0;
    for test in named.captures_iter(&notes) {
        count += 1;
        let code = std::fs::read_to_string(&test[1]).unwrap_or_default();
        if !code.contains(&format!("fn {}(", &test[2])) {
            faults.push(format!("docs/security.md: no test {}::{}", &test[1], &test[2]));
        }
    }
    assert!(count > 30, "{count} tests are named");
    assert_none(faults);
}

#[test]
fn this_test_sees_what_it_looks_for() {
    let check = |module: &[&str], code: &str, expect: &[&str]| {
        let module = module.iter().map(|s| (*s).to_owned()).collect();
        let source = Source {
            path: PathBuf::new(),
            module,
            code: code.to_owned(),
            lines: 1,
        };
        let found: Vec<String> = source.names().into_iter().collect();
        assert_eq!(found, expect, "{code}");
    };
    check(&["review"], "use crate::store::Store;", &["store"]);
    check(
        &["review"],
        "use crate::{domain::Score, http};",
        &["domain", "http"],
    );
    check(
        &["cli"],
        "crate::stages::{export::{Format, json}, check}",
        &["stages::check", "stages::export"],
    );
    check(
        &["stages", "read", "line"],
        "use super::super::table::find;",
        &["stages::table"],
    );
    check(&["stages", "read", "line"], "use super::ink;", &["stages::read"]);
    check(
        &["stages", "read"],
        "use super::{table, read};",
        &["stages::read", "stages::table"],
    );
    check(&["domain"], "let x = std::mem::take(&mut y);", &[]);
}
