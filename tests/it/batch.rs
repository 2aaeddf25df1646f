//! An archivist points sohoa at a folder or an archive, leaves, and finds every file accounted for.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};

use serde_json::Value;
use sohoa::batch::{Batch, Only};
use sohoa::config::Config;
use sohoa::exec::Cancel;
use sohoa::pipeline::{Options, PageImages, Profile};
use sohoa::stages::export::Format;

use crate::program::{assert_says, end_of, names_in, scan, sohoa};

const BORN_DIGITAL: &str = "an_giang_bang_3--serif.pdf";
const SCANNED: &str = "an_giang_bang_3--serif--office200.pdf";

/// A folder of documents and one for results.
struct Place {
    root: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("in")).unwrap();
        Self { root }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// A bundled document under another name.
    fn put(&self, name: &str, document: &str) {
        let path = self.at("in").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(scan(document), path).unwrap();
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.at("in").join(name), bytes).unwrap();
    }

    /// Runs a batch from `source` into `out`; gives its exit code and stderr.
    fn run(&self, source: &str, out: &str, more: &[&str]) -> (i32, String) {
        end_of(&self.output(source, out, more))
    }

    fn output(&self, source: &str, out: &str, more: &[&str]) -> Output {
        sohoa()
            .arg("batch")
            .arg(self.at(source))
            .arg("-o")
            .arg(self.at(out))
            .args(more)
            .output()
            .unwrap()
    }

    fn report(&self, out: &str) -> Value {
        serde_json::from_slice(&fs::read(self.at(out).join("report.json")).unwrap()).unwrap()
    }

    /// Outcome and code of each input.
    fn ends(&self, out: &str) -> BTreeMap<String, String> {
        let report = self.report(out);
        let inputs = report["inputs"].as_array().unwrap();
        inputs
            .iter()
            .map(|input| {
                let outcome = input["outcome"].as_str().unwrap();
                let end = match input["problem"]["code"].as_str() {
                    Some(code) => format!("{outcome} {code}"),
                    None => outcome.to_owned(),
                };
                (input["path"].as_str().unwrap().to_owned(), end)
            })
            .collect()
    }
}

/// Every file below a folder but the batch's own, with its bytes.
pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut left = vec![folder.to_owned()];
    while let Some(next) = left.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
            if name.starts_with(".sohoa-batch") {
                continue;
            }
            match path.is_dir() {
                true => left.push(path),
                false => drop(found.insert(name, fs::read(&path).unwrap())),
            }
        }
    }
    found
}

fn ends(expect: &[(&str, &str)]) -> BTreeMap<String, String> {
    expect
        .iter()
        .map(|(path, end)| ((*path).to_owned(), (*end).to_owned()))
        .collect()
}

fn zip(path: &Path, entries: &[(&str, &[u8])]) {
    let mut zip = zip::ZipWriter::new(File::create(path).unwrap());
    for (name, bytes) in entries {
        zip.start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

#[test]
fn every_file_of_a_folder_is_accounted_for_and_read_once() {
    let place = Place::new();
    place.put("quyết định.pdf", BORN_DIGITAL);
    place.put("2024/bản chụp.pdf", SCANNED);
    place.put("2024/bản sao.pdf", BORN_DIGITAL);
    place.write("thư.docx", b"PK\x03\x04 no archive by its name");
    place.write("trống.pdf", b"");
    std::os::unix::fs::symlink("/etc/passwd", place.at("in/liên kết.pdf")).unwrap();
    let document = fs::read(scan(BORN_DIGITAL)).unwrap();
    zip(
        &place.at("in/gói.zip"),
        &[
            ("a/cùng.pdf", &document),
            ("../../ra ngoài.pdf", &document),
            ("b.png", b"no picture"),
        ],
    );

    let (exit, stderr) = place.run("in", "out", &["--formats", "csv"]);
    assert_eq!(exit, 3, "{stderr}");
    let expect = ends(&[
        ("2024/bản chụp.pdf", "ok"),
        ("2024/bản sao.pdf", "ok"),
        ("gói.zip/#1", "refused unsafe_path"),
        ("gói.zip/a/cùng.pdf", "duplicate"),
        ("gói.zip/b.png", "refused not_a_document"),
        ("liên kết.pdf", "skipped link"),
        ("quyết định.pdf", "duplicate"),
        ("thư.docx", "refused not_a_document"),
        ("trống.pdf", "refused empty_file"),
    ]);
    assert_eq!(place.ends("out"), expect);
    assert!(stderr.contains("[not_a_document]"), "{stderr}");

    // The layout is that of the source, and nothing is anywhere else.
    let written = files(&place.at("out"));
    let results: Vec<&str> = written
        .keys()
        .map(String::as_str)
        .filter(|n| n.contains("2024"))
        .collect();
    assert_eq!(
        results,
        [
            "2024/bản chụp.csv",
            "2024/bản chụp.json",
            "2024/bản chụp.txt",
            "2024/bản sao.csv",
            "2024/bản sao.json",
            "2024/bản sao.txt",
        ]
    );
    assert_eq!(names_in(place.root.path()), ["in", "out"]);
    let result: Value = serde_json::from_slice(&written["2024/bản chụp.json"]).unwrap();
    assert_eq!(
        (result["schema"].as_str(), result["source"]["file"].as_str()),
        (Some("sohoa/1"), Some("bản chụp.pdf"))
    );

    let report = place.report("out");
    let of = |path: &str| {
        let inputs = report["inputs"].as_array().unwrap();
        inputs.iter().find(|i| i["path"] == path).unwrap().clone()
    };
    assert_eq!(report["schema"], "sohoa-batch/1");
    assert_eq!(report["totals"]["outcomes"]["ok"], 2);
    assert_eq!(of("quyết định.pdf")["same_as"], "2024/bản sao.pdf");
    assert_eq!(of("quyết định.pdf")["outputs"], of("2024/bản sao.pdf")["outputs"]);
    let scanned = of("2024/bản chụp.pdf")["reading"].clone();
    assert_eq!(scanned["pages"][0]["verdict"], "none");
    assert!(scanned["words"].as_u64().unwrap() > 100, "{scanned}");
    assert!(scanned["rubrics"].as_u64().unwrap() > 0, "{scanned}");
    // What Nghị định 30/2020 asks of a scan: this one is 200 dpi and gray.
    assert_eq!(scanned["intake"]["verdict"], "fail");
    assert_eq!(scanned["intake"]["faults"]["no_colour"][0], 1);
    assert!(scanned["intake"]["faults"]["low_density"].is_null(), "{scanned}");
    assert_eq!(of("2024/bản sao.pdf")["reading"]["intake"]["verdict"], "no_scan");

    // Once more: nothing is read, nothing changes.
    let (exit, stderr) = place.run("in", "out", &["--formats", "csv", "--resume"]);
    assert_eq!(exit, 3, "{stderr}");
    assert!(!stderr.contains("not_a_document"), "{stderr}");
    assert_eq!(files(&place.at("out")), written);
}

#[test]
fn folder_archives_and_list_give_the_same_results() {
    let place = Place::new();
    place.put("a.pdf", BORN_DIGITAL);
    place.put("b/a.pdf", SCANNED);
    assert_eq!(place.run("in", "folder", &[]).0, 0);
    let expect = files(&place.at("folder"));

    let (one, two) = (
        fs::read(scan(BORN_DIGITAL)).unwrap(),
        fs::read(scan(SCANNED)).unwrap(),
    );
    zip(&place.at("a.zip"), &[("a.pdf", &one), ("b/a.pdf", &two)]);
    let mut tar = tar::Builder::new(Vec::new());
    tar.append_dir_all(".", place.at("in")).unwrap();
    let tar = tar.into_inner().unwrap();
    let mut gz = flate2::write::GzEncoder::new(
        File::create(place.at("a.tgz")).unwrap(),
        flate2::Compression::fast(),
    );
    gz.write_all(&tar).unwrap();
    gz.finish().unwrap();
    let zst = ruzstd::encoding::compress_to_vec(&tar[..], ruzstd::encoding::CompressionLevel::Fastest);
    fs::write(place.at("a.tar.zst"), zst).unwrap();
    fs::write(place.at("a.tar"), &tar).unwrap();
    fs::write(
        place.at("list.txt"),
        "\u{feff}in/a.pdf\r\nin/b/a.pdf\r\n\r\nin/none.pdf\r\n",
    )
    .unwrap();

    for (source, exit) in [
        ("a.zip", 0),
        ("a.tar", 0),
        ("a.tgz", 0),
        ("a.tar.zst", 0),
        ("list.txt", 1),
    ] {
        let out = format!("out-{source}");
        let (ended, stderr) = place.run(source, &out, &[]);
        assert_eq!(ended, exit, "{source}: {stderr}");
        let found = files(&place.at(&out));
        for name in ["a.json", "a.txt", "b/a.json", "b/a.txt"] {
            assert!(found.get(name) == expect.get(name), "{source}: {name}");
        }
    }
    assert_eq!(place.ends("out-list.txt")["none.pdf"], "failed vanished");
}

#[test]
fn killed_again_and_again_it_ends_with_the_same_bytes() {
    let place = Place::new();
    for number in 0..6 {
        // The same scan in other bytes: what follows the end of a PDF is no part of it.
        let mut bytes = fs::read(scan(if number % 2 == 0 { SCANNED } else { BORN_DIGITAL })).unwrap();
        bytes.extend_from_slice(format!("\n% {number}\n").as_bytes());
        place.write(&format!("{number}.pdf"), &bytes);
    }
    place.put("trùng.pdf", BORN_DIGITAL);
    place.write("hỏng.pdf", b"%PDF-1.4 and no more");
    assert_eq!(place.run("in", "whole", &[]).0, 3);

    let mut kills = 0;
    loop {
        // Killed when something new is on record, or a page has been kept, or at once: wherever that is.
        let before = traces(&place.at("out"));
        let (input, out) = (place.at("in"), place.at("out"));
        let mut batch = Command::new(assert_cmd::cargo::cargo_bin("sohoa"));
        batch.arg("batch").arg(input).arg("-o").arg(&out);
        if let Some(status) = killed_when(batch, || traces(&out) > before) {
            assert_eq!(status.code(), Some(3));
            break;
        }
        kills += 1;
        assert!(kills < 60, "it never ends");
    }
    assert!(kills >= 10, "killed {kills} times only");
    let (whole, out) = (files(&place.at("whole")), files(&place.at("out")));
    assert_eq!(
        whole.keys().collect::<Vec<_>>(),
        out.keys().collect::<Vec<_>>(),
        "after {kills} kills"
    );
    for (name, bytes) in &whole {
        assert!(&out[name] == bytes, "{name} differs after {kills} kills");
    }
    assert_eq!(names_in(&place.at("out/.sohoa-batch/work")), [""; 0]);
}

#[test]
fn what_a_killed_batch_left_half_written_goes() {
    let place = Place::new();
    place.put("a.pdf", BORN_DIGITAL);
    place.put("b/c/a.pdf", SCANNED);
    assert_eq!(place.run("in", "out", &[]).0, 0);
    let whole = files(&place.at("out"));
    for folder in ["out", "out/b/c", "out/report-files"] {
        fs::write(place.at(folder).join(".sohoa-Ab12cD"), "half a").unwrap();
    }
    assert_eq!(place.run("in", "out", &[]).0, 0);
    assert!(files(&place.at("out")) == whole);
}

/// Runs a batch, and kills it as soon as it is due; gives how it ended if it was faster.
pub fn killed_when(mut batch: Command, is_due: impl Fn() -> bool) -> Option<ExitStatus> {
    let mut child = batch
        .env(
            "SOHOA_RUNTIME",
            Path::new(env!("CARGO_MANIFEST_DIR")).join(".runtime"),
        )
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if is_due() {
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        }
    }
}

/// Lines of the ledger and pages in work: what an interrupted batch has to go on from.
pub fn traces(out: &Path) -> usize {
    let state = out.join(".sohoa-batch");
    let lines = fs::read(state.join("ledger.jsonl")).map_or(0, |l| l.iter().filter(|b| **b == b'\n').count());
    let pages = names_in(&state.join("work"))
        .iter()
        .map(|document| names_in(&state.join("work").join(document).join("pages")).len())
        .sum::<usize>();
    lines + pages
}

#[test]
fn what_fails_is_tried_again_only_when_it_is_asked_for() {
    let place = Place::new();
    place.put("a.pdf", BORN_DIGITAL);
    // With a second a page, a scan is not read.
    fs::write(place.at("hurry.toml"), "[child]\npage_seconds = 0.05\n").unwrap();
    place.put("b.pdf", SCANNED);
    let hurry = place.at("hurry.toml");
    let hurry = ["--config", hurry.to_str().unwrap()];
    let (exit, stderr) = place.run("in", "out", &hurry);
    assert_ne!(exit, 0, "{stderr}");
    let first = place.ends("out");
    assert!(
        first["b.pdf"].starts_with("failed") || first["b.pdf"].starts_with("partial"),
        "{first:?}"
    );
    let (exit, _) = place.run("in", "out", &[]);
    assert_ne!(exit, 0);
    assert_eq!(place.ends("out"), first);
    let metrics = place.at("sohoa.prom");
    let again = ["--only", "failed", "--metrics", metrics.to_str().unwrap()];
    let (exit, stderr) = place.run("in", "out", &again);
    assert_eq!(exit, 0, "{stderr}");
    let told = fs::read_to_string(&metrics).unwrap();
    let output = place.at("out");
    let output = output.display();
    for line in [
        format!("sohoa_batch_inputs{{output=\"{output}\",outcome=\"ok\"}} 2"),
        format!("sohoa_batch_inputs{{output=\"{output}\",outcome=\"failed\"}} 0"),
        format!("sohoa_batch_last_exit_code{{output=\"{output}\"}} 0"),
        "# TYPE sohoa_batch_last_end_timestamp_seconds gauge".to_owned(),
    ] {
        assert!(told.lines().any(|l| l == line), "{line}: {told}");
    }
    assert_eq!(place.ends("out"), ends(&[("a.pdf", "ok"), ("b.pdf", "ok")]));
}

#[test]
fn old_inputs_are_left_out_and_a_dry_run_reads_nothing() {
    let place = Place::new();
    place.put("a.pdf", BORN_DIGITAL);
    let output = place.output("in", "out", &["--dry-run"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("1 inputs, 1 to be read"), "{said}");
    assert!(
        said.contains("about 2 pages") || said.contains("about 1 pages"),
        "{said}"
    );
    assert_eq!(names_in(&place.at("out")), [".sohoa-batch"]);
    let (exit, stderr) = place.run("in", "out", &["--since", "2999-01-01"]);
    assert_eq!(exit, 0, "{stderr}");
    assert_eq!(place.ends("out"), ends(&[("a.pdf", "skipped older")]));
    let (exit, _) = place.run("in", "out", &["--since", "2000-01-01"]);
    assert_eq!((exit, place.ends("out")), (0, ends(&[("a.pdf", "ok")])));
    // What has been read stays read.
    place.run("in", "out", &["--since", "2999-01-01"]);
    assert_eq!(place.ends("out"), ends(&[("a.pdf", "ok")]));
}

#[test]
fn a_person_checks_words_drawn_by_lot_and_the_report_says_what_follows() {
    let place = Place::new();
    place.put("a.pdf", SCANNED);
    assert_eq!(place.run("in", "out", &[]).0, 0);
    assert!(place.report("out")["residual_error"].is_null());
    let sample = fs::read_to_string(place.at("out/sample.csv")).unwrap();
    let lines: Vec<&str> = sample.lines().collect();
    assert!(
        lines[0].ends_with("key,file,page,box,text,right,note"),
        "{}",
        lines[0]
    );
    assert!(lines.len() > 100, "{} words", lines.len());
    let key = lines[1].split(',').next().unwrap();
    assert!(
        place
            .at("out/report-files")
            .join(format!("word-{key}.jpg"))
            .is_file()
    );
    // A hundred are right and one is wrong.
    let checked: Vec<String> = lines
        .iter()
        .enumerate()
        .map(|(number, line)| match number {
            1..=100 => line.replace(",,", ",đúng,"),
            101 => line.replace(",,", ",sai,mờ"),
            _ => (*line).to_owned(),
        })
        .collect();
    fs::write(place.at("out/sample.csv"), checked.join("\n")).unwrap();
    let (exit, stderr) = place.run("in", "out", &[]);
    assert_eq!(exit, 0, "{stderr}");
    let found = place.report("out")["residual_error"].clone();
    assert_eq!(
        (found["checked"].as_u64(), found["wrong"].as_u64()),
        (Some(101), Some(1))
    );
    assert!(
        (found["upper"].as_f64().unwrap() - 0.053_92).abs() < 1e-4,
        "{found}"
    );
    assert!(stderr.contains("101 words of the sample checked"), "{stderr}");
    // What was put in is kept.
    let kept = fs::read_to_string(place.at("out/sample.csv")).unwrap();
    let mut rows = csv::Reader::from_reader(kept.as_bytes());
    let right = rows.records().filter(|row| &row.as_ref().unwrap()[5] == "đúng");
    assert_eq!(right.count(), 100);
    assert!(kept.contains("sai,mờ"));
}

#[test]
fn what_stands_in_the_way_of_a_batch_is_told_and_loses_nothing() {
    let place = Place::new();
    place.put("a.pdf", BORN_DIGITAL);
    let check = |source: &str, out: &str, more: &[&str], exit: i32, code: &str| {
        let (ended, stderr) = place.run(source, out, more);
        assert_eq!(ended, exit, "{stderr}");
        assert_says(&stderr, code);
    };
    check("in", "in", &[], 2, "output_among_inputs");
    check("nowhere", "out", &[], 1, "io_error");
    assert_eq!(place.run("in", "out", &[]).0, 0);
    let written = files(&place.at("out"));
    check("in", "out", &["--profile", "archive"], 2, "other_settings");
    let lock = File::options()
        .write(true)
        .open(place.at("out/.sohoa-batch/lock"))
        .unwrap();
    lock.lock().unwrap();
    check("in", "out", &[], 1, "folder_in_use");
    drop(lock);
    let ledger = place.at("out/.sohoa-batch/ledger.jsonl");
    let text = fs::read_to_string(&ledger).unwrap();
    fs::write(
        &ledger,
        text.replacen("\"sohoa_batch\":1", "\"sohoa_batch\":9", 1),
    )
    .unwrap();
    check("in", "out", &[], 1, "ledger_newer");
    fs::write(&ledger, text.replacen("{\"done\"", "{\"d\u{0}ne\"", 1)).unwrap();
    check("in", "out", &[], 1, "ledger_damaged");
    assert_eq!(files(&place.at("out")), written);
    // Results that lie below the source are no inputs.
    assert_eq!(place.run("in", "in/out", &[]).0, 0);
    assert_eq!(place.run("in", "in/out", &[]).0, 0);
    assert_eq!(place.ends("in/out"), ends(&[("a.pdf", "ok")]));
}

#[test]
fn a_damaged_archive_gives_what_it_can_and_a_bomb_nothing() {
    let place = Place::new();
    let document = fs::read(scan(BORN_DIGITAL)).unwrap();
    let mut tar = tar::Builder::new(Vec::new());
    for name in ["a.pdf", "b.pdf"] {
        let mut header = tar::Header::new_gnu();
        header.set_size(document.len() as u64);
        tar.append_data(&mut header, name, &document[..]).unwrap();
    }
    let whole = tar.into_inner().unwrap();
    fs::write(place.at("cut.tar"), &whole[..document.len() + 3 * 512 + 600]).unwrap();
    let (exit, stderr) = place.run("cut.tar", "out", &[]);
    assert_eq!(exit, 3, "{stderr}");
    let found = place.ends("out");
    assert_eq!(found["a.pdf"], "ok");
    assert_eq!(found["cut.tar"], "refused archive_damaged");

    // Ten megabytes of nothing in a few kilobytes, with a limit of one.
    zip(
        &place.at("bomb.zip"),
        &[("0.pdf", &vec![0; 10 << 20]), ("a.pdf", &document)],
    );
    fs::write(place.at("small.toml"), "[limits]\nfile_mb = 1\n").unwrap();
    let small = place.at("small.toml");
    let (exit, stderr) = place.run("bomb.zip", "bomb", &["--config", small.to_str().unwrap()]);
    assert_eq!(exit, 3, "{stderr}");
    assert_eq!(
        place.ends("bomb"),
        ends(&[("0.pdf", "refused over_limit"), ("a.pdf", "ok")])
    );

    // No archive at all is a document that cannot be read.
    fs::write(place.at("no.zip"), "PK\x03\x04 and no more").unwrap();
    let (exit, _) = place.run("no.zip", "no", &[]);
    assert_eq!(
        (exit, place.ends("no")),
        (3, ends(&[("no.zip", "refused archive_damaged")]))
    );
}

/// A batch that is planned, and run only after what it planned on has changed.
fn planned(place: &Place, source: &str, meanwhile: impl FnOnce()) -> BTreeMap<String, String> {
    let settings = Config::parse("").unwrap();
    let mut parts = settings.parts();
    if !parts.pdfium.is_absolute() {
        parts.pdfium = Path::new(env!("CARGO_MANIFEST_DIR")).join(&parts.pdfium);
    }
    let (sources, output, cancel) = ([place.at(source)], place.at("out"), Cancel::default());
    let batch = Batch {
        sources: &sources,
        output: &output,
        options: Options {
            limits: settings.limits(),
            pages: None,
            page_images: PageImages::Keep,
            profile: Profile::default(),
            formats: vec![Format::Json],
        },
        parts,
        caps: settings.caps(),
        workers: 1,
        only: Only::Unread,
        since: None,
        cancel: &cancel,
    };
    let mut plan = batch.plan().unwrap();
    meanwhile();
    batch.run(&mut plan, &|_| {}).unwrap();
    plan.account(&batch).write(&output).unwrap();
    place.ends("out")
}

#[test]
fn a_file_that_disappears_is_on_record() {
    let place = Place::new();
    place.put("a.pdf", BORN_DIGITAL);
    place.put("b.pdf", SCANNED);
    let found = planned(&place, "in", || fs::remove_file(place.at("in/b.pdf")).unwrap());
    assert_eq!(found, ends(&[("a.pdf", "ok"), ("b.pdf", "failed vanished")]));
}

#[test]
fn an_archive_that_changes_while_it_is_read_is_told() {
    let place = Place::new();
    let document = fs::read(scan(BORN_DIGITAL)).unwrap();
    zip(
        &place.at("a.zip"),
        &[("a.pdf", &document), ("b.pdf", b"b"), ("c.pdf", b"c")],
    );
    let found = planned(&place, "a.zip", || {
        zip(&place.at("a.zip"), &[("a.pdf", &document), ("b.pdf", b"another")]);
    });
    assert_eq!(
        found,
        ends(&[
            ("a.pdf", "ok"),
            ("b.pdf", "failed archive_changed"),
            ("c.pdf", "failed archive_changed")
        ])
    );
}
