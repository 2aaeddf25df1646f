//! `sohoa doctor`: what is there, what is not, and what mends it.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use tempfile::TempDir;

use super::{Exit, Failure, output};
use crate::config::Config;
use crate::exec::{self, Cancel, ExecError, Wall};
use crate::pipeline::{Options, PageImages, Profile};

/// A page with two rows of black boxes for words: to be drawn, cut into lines and shown to every reader.
const TRIAL: &str = "%PDF-1.4
1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj
2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>> endobj
3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 420 300] /Contents 4 0 R>> endobj
4 0 obj <</Length 149>> stream
40 200 30 9 re 80 200 44 9 re 134 200 20 9 re 164 200 36 9 re f
40 180 22 9 re 72 180 50 9 re 132 180 30 9 re 172 180 18 9 re 200 180 40 9 re f
endstream endobj
trailer <</Root 1 0 R>>
%%EOF
";

/// The state of one thing.
enum State {
    Good,
    /// Works without it, less well.
    Lacking,
    /// Does not work without it.
    Missing,
}

/// The report, line by line, and the worst state in it.
struct Report {
    text: String,
    missing: usize,
}

/// `sohoa doctor`
pub fn run(settings: &Config) -> Result<Exit, Failure> {
    let mut report = Report {
        text: format!("sohoa {}\n", env!("CARGO_PKG_VERSION")),
        missing: 0,
    };
    report.parts(settings);
    if report.missing == 0 {
        report.trial(settings);
    }
    report.sandbox();
    let end = match report.missing {
        0 => "Đủ thành phần cần thiết. / Every needed part is there.",
        _ => "Thiếu thành phần cần thiết. / A needed part is missing.",
    };
    report.heading(end);
    output::print(&report.text)?;
    Ok(if report.missing == 0 {
        Exit::Done
    } else {
        Exit::PartMissing
    })
}

impl Report {
    fn heading(&mut self, heading: &str) {
        // Writing to a String does not fail.
        let _ = writeln!(self.text, "\n{heading}");
    }

    fn line(&mut self, state: State, name: &str, detail: &str) {
        let mark = match state {
            State::Good => "[ok]     ",
            State::Lacking => "[lacking]",
            State::Missing => "[missing]",
        };
        self.missing += usize::from(matches!(state, State::Missing));
        let _ = writeln!(self.text, "  {mark} {name}: {detail}");
    }

    fn parts(&mut self, settings: &Config) {
        const SETUP: &str = "make setup";
        const TESSERACT: &str = "sudo apt-get install tesseract-ocr-vie   (or: make setup)";
        let parts = settings.parts();
        self.heading("Thành phần / Parts");
        self.file("PDFium", &parts.pdfium, State::Missing, SETUP);
        self.line(State::Good, "Tesseract", &tesseract_rs::TesseractAPI::version());
        self.file(
            "Tesseract: vie",
            &parts.tessdata.join("vie.traineddata"),
            State::Missing,
            TESSERACT,
        );
        let script = ["script/Vietnamese.traineddata", "Vietnamese.traineddata"]
            .map(|name| parts.tessdata.join(name))
            .into_iter()
            .find(|path| path.is_file())
            .unwrap_or_else(|| parts.tessdata.join("script/Vietnamese.traineddata"));
        self.file(
            "Tesseract: script/Vietnamese",
            &script,
            State::Lacking,
            "sudo apt-get install tesseract-ocr-script-viet   (or: make setup)",
        );
    }

    fn file(&mut self, name: &str, path: &Path, otherwise: State, mend: &str) {
        match exec::file_digest(path) {
            Ok(sha256) => self.line(
                State::Good,
                name,
                &format!("{} (sha256 {}…)", path.display(), &sha256[..12]),
            ),
            Err(error) => self.line(otherwise, name, &format!("{}: {error} -> {mend}", path.display())),
        }
    }

    /// Whether the parts that are there also work: a page is read as any other would be.
    fn trial(&mut self, settings: &Config) {
        const NAME: &str = "đọc thử một trang / a trial page";
        match read_trial(settings) {
            Ok(()) => self.line(State::Good, NAME, "đọc được / read"),
            Err(error) => self.line(
                State::Missing,
                NAME,
                &format!(
                    "{} / {} -> sudo apt-get install --reinstall tesseract-ocr-vie; rm -r .runtime && make setup",
                    error.message_vi(),
                    error.message_en()
                ),
            ),
        }
    }

    fn sandbox(&mut self) {
        self.heading("Hộp cát của tiến trình đọc / Sandbox of the reading process");
        let probe = match exec::probe() {
            Ok(probe) => probe,
            Err(error) => return self.line(State::Missing, "probe", &error.to_string()),
        };
        self.wall("Landlock (files, network)", &probe.walls.files);
        self.wall("seccomp (system calls)", &probe.walls.calls);
        self.wall("rlimit (memory, CPU, file size)", &probe.walls.limits);
        match probe.leaks.as_slice() {
            [] => self.line(
                State::Good,
                "probe",
                "thử 9 việc bị cấm, không việc nào lọt / nothing forbidden went through",
            ),
            leaks => self.line(
                State::Lacking,
                "probe",
                &format!("lọt / went through: {}", leaks.join(", ")),
            ),
        }
    }

    fn wall(&mut self, name: &str, wall: &Wall) {
        match wall {
            Wall::Full => self.line(State::Good, name, "đủ / full"),
            Wall::Partial => self.line(
                State::Lacking,
                name,
                "một phần: nhân Linux cũ / partly: an older kernel -> Linux 6.12 or newer has all of it",
            ),
            Wall::Absent(why) => {
                self.line(
                    State::Lacking,
                    name,
                    &format!("không có / absent: {why} -> a newer Linux kernel"),
                );
            }
        }
    }
}

fn read_trial(settings: &Config) -> Result<(), ExecError> {
    let temp = std::env::temp_dir();
    let failed = |source: io::Error| ExecError::Io {
        path: temp.clone(),
        source,
    };
    let folder = TempDir::with_prefix("sohoa-doctor-").map_err(failed)?;
    let input = folder.path().join("trial.pdf");
    std::fs::write(&input, TRIAL).map_err(failed)?;
    let request = exec::Request {
        input,
        file_name: "trial.pdf".to_owned(),
        work: folder.path().join("work"),
        options: Options {
            limits: settings.limits(),
            pages: None,
            formats: Vec::new(),
            page_images: PageImages::Drop,
            profile: Profile::Archive,
        },
        parts: settings.parts(),
        unread: exec::Unread::Read,
        sample: None,
    };
    exec::parse(&request, &settings.caps(), &mut |_| {}, &Cancel::default()).map(|_| ())
}
