//! Whatever file comes, the parent lives, the message is clear, and nothing half-written is left.

use std::path::Path;

use crate::broken;
use crate::program::{assert_says, end_of, names_in, scan, sohoa};

/// Converts `bytes`; asserts exit code, message and that nothing came out.
fn refused(bytes: &[u8], exit: i32, code: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("tệp lạ.pdf");
    std::fs::write(&input, bytes).unwrap();
    let out = folder.path().join("out");
    let output = sohoa()
        .arg("convert")
        .arg(&input)
        .arg("-o")
        .arg(&out)
        .output()
        .unwrap();
    let (found, stderr) = end_of(&output);
    assert_eq!(found, exit, "{stderr}");
    assert_says(&stderr, code);
    assert!(
        stderr.contains("tệp lạ.pdf"),
        "the message names the file:\n{stderr}"
    );
    assert_eq!(names_in(&out), Vec::<String>::new());
    assert!(output.stdout.is_empty());
    stderr
}

#[test]
fn what_is_no_document_is_refused_with_its_reason() {
    let whole = std::fs::read(scan("an_giang_bang_3--serif--office200.pdf")).unwrap();
    refused(b"", 3, "empty_file");
    refused(b"Just some text, not a PDF at all.", 3, "not_a_document");
    refused(b"MZ\x90\0\x03\0\0\0", 3, "not_a_document");
    refused(&whole[..1_000], 3, "broken_file");
    refused(&broken::locked(&broken::blank_pdf(1)), 3, "encrypted");
    refused(&broken::blank_pdf(0), 3, "no_pages");
}

#[test]
fn what_is_over_a_limit_is_refused_and_the_limit_named() {
    refused(&broken::blank_pdf(10_000), 3, "too_many_pages");
    refused(&broken::boastful_png(60_000), 3, "page_too_large");
}

#[test]
fn a_page_of_sixty_thousand_pixels_does_not_take_the_others_along() {
    // 14,400 points are 60,000 pixels at 300 dpi.
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("a.pdf");
    std::fs::write(&input, broken::pdf_of(&[(595, 842), (14_400, 14_400)])).unwrap();
    let output = sohoa()
        .arg("convert")
        .arg(&input)
        .arg("-o")
        .arg(folder.path().join("out"))
        .output()
        .unwrap();
    let (exit, stderr) = end_of(&output);
    // Either the door refuses the file for that page, or the page alone fails.
    match exit {
        3 => assert_says(&stderr, "page_too_large"),
        4 => assert_eq!(names_in(&folder.path().join("out")), ["a.json", "a.txt"]),
        _ => panic!("exit {exit}:\n{stderr}"),
    }
}

#[test]
fn of_several_inputs_the_bad_one_does_not_stop_the_good() {
    let folder = tempfile::tempdir().unwrap();
    let bad = folder.path().join("bad.pdf");
    std::fs::write(&bad, "%PDF-1.7 and no more").unwrap();
    let out = folder.path().join("out");
    let output = sohoa()
        .args(["convert", "--jobs", "1"])
        .args([&bad, &scan("an_giang_bang_3--serif.pdf")])
        .arg("-o")
        .arg(&out)
        .output()
        .unwrap();
    let (exit, stderr) = end_of(&output);
    assert_eq!(exit, 3, "{stderr}");
    assert_says(&stderr, "broken_file");
    assert_eq!(
        names_in(&out),
        ["an_giang_bang_3--serif.json", "an_giang_bang_3--serif.txt"]
    );
}

/// How one file of the shared collection ended.
struct Met {
    name: String,
    exit: i32,
    code: String,
    seconds: f32,
}

/// `make hostile`: 300 broken and odd PDFs of other projects' test suites, where they are at hand.
#[test]
#[ignore = "minutes: make hostile"]
fn every_shared_file() {
    let folder = Path::new("../shared/hostile");
    if !folder.is_dir() {
        println!("no ../shared/hostile here: the files that the other tests make have to do");
        return;
    }
    let settings = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(
        settings.path(),
        "[child]\npage_seconds = 60\nwall_seconds = 180\n",
    )
    .unwrap();
    let mut met = Vec::new();
    let files = names_in(folder);
    for name in files.iter().filter(|name| !name.ends_with(".tsv")) {
        let out = tempfile::tempdir().unwrap();
        let started = std::time::Instant::now();
        let output = sohoa()
            .arg("convert")
            .arg(folder.join(name))
            .arg("-o")
            .arg(out.path())
            .arg("--config")
            .arg(settings.path())
            .output()
            .unwrap();
        let (exit, stderr) = end_of(&output);
        let code = stderr
            .lines()
            .find(|line| line.starts_with("error:"))
            .and_then(|line| Some(line.rsplit_once('[')?.1.trim_end_matches(']').to_owned()));
        let come_out = names_in(out.path()).len();
        match exit {
            0 | 4 => assert_eq!(come_out, 2, "{name}: json and txt"),
            1 | 3 => {
                assert_eq!(come_out, 0, "{name}: refused, yet something came out");
                assert!(code.is_some(), "{name}: no reason given:\n{stderr}");
            }
            _ => panic!("{name}: exit {exit}\n{stderr}"),
        }
        let seconds = started.elapsed().as_secs_f32();
        assert!(seconds < 200.0, "{name}: over its time");
        println!(
            "{exit} {seconds:6.1} s  {name}  {}",
            code.as_deref().unwrap_or_default()
        );
        met.push(Met {
            name: name.clone(),
            exit,
            code: code.unwrap_or_default(),
            seconds,
        });
    }
    write_report(&met);
}

fn write_report(met: &[Met]) {
    let mut kinds: std::collections::BTreeMap<(i32, &str), Vec<&Met>> = std::collections::BTreeMap::new();
    for file in met {
        kinds.entry((file.exit, &file.code)).or_default().push(file);
    }
    let mut report = format!(
        "# Hostile files\n\nWritten by `make hostile`: {} broken and odd PDFs from other projects' test suites, each\n\
         through `sohoa convert` (60 s a page, 180 s a file). The parent survived all of them.\n\n\
         | exit | code | files | slowest | for example |\n| --- | --- | --- | --- | --- |\n",
        met.len()
    );
    for ((exit, code), files) in &kinds {
        let slowest = files.iter().map(|file| file.seconds).fold(0.0, f32::max);
        let code = if code.is_empty() { "a result" } else { code };
        report += &format!(
            "| {exit} | {code} | {} | {slowest:.1} s | `{}` |\n",
            files.len(),
            files[0].name
        );
    }
    std::fs::create_dir_all("docs").unwrap();
    std::fs::write("docs/hostile.md", report).unwrap();
}
