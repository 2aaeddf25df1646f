//! The clock, the memory, the disk and Ctrl-C: what runs over is stopped, and the reason is kept.

use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use sohoa::config::Config;
use sohoa::domain::{PageNo, PageOutcome};
use sohoa::exec::{self, Cancel, Caps, Event, ExecError, Request, Unread};
use sohoa::pipeline::{Options, PageImages, Profile};
use sohoa::stages::export::Format;

use crate::broken;
use crate::program::{assert_says, end_of, names_in, scan, sohoa};

const TWO_PAGES: &str = "an_giang_bang_3--serif--office200.pdf";

fn request(input: &Path, work: &Path) -> Request {
    let settings = Config::parse("").unwrap();
    let mut parts = settings.parts();
    if !parts.pdfium.is_absolute() {
        parts.pdfium = Path::new(env!("CARGO_MANIFEST_DIR")).join(&parts.pdfium);
    }
    Request {
        input: input.to_owned(),
        file_name: "a.pdf".into(),
        work: work.to_owned(),
        options: Options {
            limits: settings.limits(),
            pages: None,
            page_images: PageImages::Keep,
            profile: Profile::default(),
            formats: vec![Format::Json, Format::Txt],
        },
        parts,
        unread: Unread::Read,
        sample: None,
    }
}

/// The children of this very process that parse documents in `work`.
fn children(work: &Path) -> Vec<PathBuf> {
    let own = format!("PPid:\t{}\n", std::process::id());
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let status = std::fs::read_to_string(entry.path().join("status")).unwrap_or_default();
        let environment = std::fs::read_to_string(entry.path().join("environ")).unwrap_or_default();
        if status.contains(&own) && environment.contains(&*work.to_string_lossy()) {
            found.push(entry.path());
        }
    }
    found
}

fn signal(process: &Path, signal: &str) {
    let pid = process.file_name().unwrap();
    assert!(
        Command::new("kill")
            .arg(signal)
            .arg(pid)
            .status()
            .unwrap()
            .success()
    );
}

#[test]
fn the_sandbox_holds() {
    let probe = exec::probe().unwrap();
    assert_eq!(probe.leaks, Vec::<String>::new());
}

#[test]
fn a_page_that_never_ends_is_set_aside_and_the_others_come_out() {
    let work = tempfile::tempdir().unwrap();
    let caps = Caps {
        page_wall: Duration::from_secs(20),
        ..Caps::default()
    };
    let mut stopped = false;
    let mut outcomes = Vec::new();
    let parsed = exec::parse(
        &request(&scan(TWO_PAGES), work.path()),
        &caps,
        &mut |event| match event {
            // From here on its first child does nothing any more, as in an endless loop.
            Event::Opened { .. } => {
                assert!(!stopped, "told once");
                stopped = true;
                children(work.path())
                    .iter()
                    .for_each(|child| signal(child, "-STOP"));
            }
            Event::PageDone { page, outcome, .. } => outcomes.push((page, outcome)),
        },
        &Cancel::default(),
    )
    .unwrap();
    assert!(stopped);
    assert_eq!(parsed.failed.len(), 1);
    assert_eq!(parsed.failed[0].0, PageNo::FIRST);
    assert!(parsed.failed[0].1.contains("20"), "{:?}", parsed.failed);
    assert_eq!(outcomes[1], (PageNo::from_index(1), PageOutcome::Ok));
    assert!(parsed.document.is_file());
}

#[test]
fn a_killed_child_is_started_again_without_its_page() {
    let work = tempfile::tempdir().unwrap();
    let parsed = exec::parse(
        &request(&scan(TWO_PAGES), work.path()),
        &Caps::default(),
        &mut |event| {
            if matches!(event, Event::Opened { .. }) {
                children(work.path())
                    .iter()
                    .for_each(|child| signal(child, "-ABRT"));
            }
        },
        &Cancel::default(),
    )
    .unwrap();
    let failed: Vec<_> = parsed.failed.iter().map(|(page, _)| page.get()).collect();
    assert_eq!(failed, [1]);
}

#[test]
fn an_interrupted_document_goes_on_where_it_was() {
    let work = tempfile::tempdir().unwrap();
    let request = request(&scan(TWO_PAGES), work.path());
    let cancel = Cancel::default();
    let stopped = exec::parse(
        &request,
        &Caps::default(),
        &mut |event| {
            if matches!(event, Event::PageDone { .. }) {
                cancel.cancel();
            }
        },
        &cancel,
    );
    assert!(matches!(stopped, Err(ExecError::Cancelled)), "{stopped:?}");
    assert_eq!(children(work.path()), Vec::<PathBuf>::new());
    let mut kept = Vec::new();
    let parsed = exec::parse(
        &request,
        &Caps::default(),
        &mut |event| {
            if let Event::PageDone { page, kept: true, .. } = event {
                kept.push(page.get());
            }
        },
        &Cancel::default(),
    )
    .unwrap();
    assert_eq!(kept, [1]);
    assert_eq!(parsed.failed, []);
    assert_eq!(parsed.images.len(), 2);
}

#[test]
fn a_page_that_needs_too_much_memory_is_set_aside_and_the_others_come_out() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("a.pdf");
    std::fs::write(&input, broken::pdf_of_pictures(&[600, 10_500, 600])).unwrap();
    let caps = Caps {
        memory: 300 << 20,
        ..Caps::default()
    };
    let parsed = exec::parse(
        &request(&input, &folder.path().join("work")),
        &caps,
        &mut |_| {},
        &Cancel::default(),
    )
    .unwrap();
    let failed: Vec<_> = parsed.failed.iter().map(|(page, _)| page.get()).collect();
    assert_eq!(failed, [2], "{:?}", parsed.failed);
    // Linux carries the starter's own peak over to what it starts, and this test has many neighbours.
    let most = (400 << 20).max(own_peak());
    assert!(parsed.peak_memory <= most, "{} MB", parsed.peak_memory >> 20);
}

/// The most memory this process has held, in bytes.
fn own_peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

#[test]
fn a_document_over_its_time_is_stopped_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("settings.toml");
    std::fs::write(&settings, "[child]\nwall_seconds = 0.3\n").unwrap();
    let out = folder.path().join("out");
    let run = sohoa()
        .arg("convert")
        .arg(scan(TWO_PAGES))
        .arg("-o")
        .arg(&out)
        .arg("--config")
        .arg(&settings)
        .output()
        .unwrap();
    let (exit, stderr) = end_of(&run);
    assert_eq!(exit, 1, "{stderr}");
    assert_says(&stderr, "timed_out");
    assert_eq!(names_in(&out), Vec::<String>::new());
}

#[test]
fn a_full_disk_is_said_and_leaves_no_half_file() {
    let folder = tempfile::tempdir().unwrap();
    // The kernel's own full disk, for stdout.
    let program = sohoa();
    let full = Command::new(program.get_program())
        .envs(
            program
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .args(["convert", "-o", "-"])
        .arg(scan("an_giang_bang_3--serif.pdf"))
        .stdout(std::fs::File::create("/dev/full").unwrap())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let (exit, stderr) = end_of(&full);
    assert_eq!(exit, 1, "{stderr}");
    assert_says(&stderr, "disk_full");
    // A child whose files may not grow: what it keeps does not fit.
    let settings = folder.path().join("settings.toml");
    std::fs::write(&settings, "[child]\noutput_mb = 0\n").unwrap();
    let out = folder.path().join("out");
    let run = sohoa()
        .arg("convert")
        .arg(scan("an_giang_bang_3--serif.pdf"))
        .arg("-o")
        .arg(&out)
        .arg("--config")
        .arg(&settings)
        .output()
        .unwrap();
    let (exit, stderr) = end_of(&run);
    assert_eq!(exit, 1, "{stderr}");
    assert_says(&stderr, "disk_full");
    assert_eq!(names_in(&out), Vec::<String>::new());
}

/// A file system of 64 kB; gone when dropped. `None` where this process may not mount.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=64k", "sohoa-test"])
            .arg(folder.path())
            .stderr(Stdio::null())
            .status();
        mounted.is_ok_and(|status| status.success()).then(|| Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn results_that_do_not_fit_leave_the_folder_as_it_was() {
    let Some(disk) = SmallDisk::new() else {
        println!("this process may not mount: /dev/full and the file-size limit have to do");
        return;
    };
    let run = sohoa()
        .args(["convert", "--formats", "pdf"])
        .arg(scan(TWO_PAGES))
        .arg("-o")
        .arg(disk.0.path())
        .output()
        .unwrap();
    let (exit, stderr) = end_of(&run);
    assert_eq!(exit, 1, "{stderr}");
    assert_says(&stderr, "disk_full");
    assert_eq!(names_in(disk.0.path()), Vec::<String>::new());
}

#[test]
fn ctrl_c_ends_the_program_and_its_children() {
    let out = tempfile::tempdir().unwrap();
    let program = sohoa();
    let mut run = Command::new(program.get_program())
        .envs(
            program
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .arg("convert")
        .arg(scan(TWO_PAGES))
        .arg("-o")
        .arg(out.path())
        .env("TMPDIR", out.path())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Its work folder stands as soon as it can be interrupted.
    while names_in(out.path()).is_empty() {
        std::thread::yield_now();
    }
    signal(&Path::new("/proc").join(run.id().to_string()), "-INT");
    let status = run.wait().unwrap();
    assert_eq!(status.code(), Some(130), "signal {:?}", status.signal());
    assert_eq!(
        names_in(out.path()),
        Vec::<String>::new(),
        "nothing is left behind"
    );
}

/// Formats are made of the pages that are there: nothing is read again, and the result is left as it is.
#[test]
fn a_document_of_kept_pages_is_the_same_as_one_that_was_read_in_one_go() {
    let work = tempfile::tempdir().unwrap();
    for document in [TWO_PAGES, "an_giang_bang_3--serif.pdf"] {
        let request = request(&scan(document), &work.path().join(document));
        let read = || {
            let parsed = exec::parse(&request, &Caps::default(), &mut |_| {}, &Cancel::default()).unwrap();
            std::fs::read_to_string(parsed.document).unwrap()
        };
        let in_one_go = read();
        assert_eq!(read(), in_one_go, "{document}");
    }
}

#[test]
fn files_are_made_of_kept_pages_without_reading_again() {
    let folder = tempfile::tempdir().unwrap();
    let caps = Config::parse("").unwrap().caps();
    let mut request = request(&scan(TWO_PAGES), folder.path());
    request.options.formats = Vec::new();
    let read = exec::parse(&request, &caps, &mut |_| {}, &Cancel::default()).unwrap();
    let result = std::fs::metadata(&read.document).unwrap();

    request.unread = Unread::Leave;
    request.options.formats = vec![Format::PdfA, Format::Page];
    let mut kept = Vec::new();
    let mut listen = |event| {
        if let Event::PageDone { kept: was, .. } = event {
            kept.push(was);
        }
    };
    let made = exec::parse(&request, &caps, &mut listen, &Cancel::default()).unwrap();
    assert_eq!(kept, [true, true]);
    assert!(made.failed.is_empty());
    let names: Vec<_> = made
        .files
        .iter()
        .map(|(_, path)| path.file_name().unwrap())
        .collect();
    assert_eq!(names, ["document.pdfa.pdf", "document.page.zip"]);
    let after = std::fs::metadata(&made.document).unwrap();
    assert_eq!(after.modified().unwrap(), result.modified().unwrap());

    let gone = tempfile::tempdir().unwrap();
    request.work = gone.path().join("work");
    std::fs::create_dir_all(&request.work).unwrap();
    std::fs::copy(&read.document, request.work.join("document.json")).unwrap();
    let without = exec::parse(&request, &caps, &mut |_| {}, &Cancel::default()).unwrap();
    assert_eq!(
        without.failed.len(),
        2,
        "a page that is not there is told, not read"
    );
}
