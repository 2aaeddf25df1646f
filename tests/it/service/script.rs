//! A parser that does as the test says, and the decision that it reads.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use sohoa::domain::{
    Confidence, Criterion, CriterionKind, Document, Field, Metadata, PageNo, PageOutcome, PageSummary,
    PixelBox, Provenance, Reader, Rotation, Rubric, Score, Source, Stretch, Table, Verdict,
};
use sohoa::exec::{Cancel, Event, ExecError, Parsed};
use sohoa::jobs::{Parser, Task};
use sohoa::stages::export::{Format, json};

/// What the parser does with the next document.
pub enum Play {
    Read,
    /// Reads page 1, then waits for [`Script::go_on`] or for being stopped.
    Wait,
    Refuse,
    Crash,
    /// Reads this.
    Give(Box<Document>),
    /// Reads what this makes of the dictionary.
    With(fn(&str) -> Document),
}

/// The scripted parser.
#[derive(Default)]
pub struct Script {
    plays: Mutex<VecDeque<Play>>,
    /// A document's pages; 0: two.
    pub length: Mutex<u32>,
    /// What becomes of shares of long documents, [`Play::Read`] where nothing is said, and which were read.
    pub share_plays: Mutex<VecDeque<Play>>,
    pub shares: Mutex<Vec<Stretch>>,
    /// Whether shares were read since a long document was parsed: then there is nothing to wait for.
    pub was_shared: Mutex<bool>,
    /// What each document was read with.
    pub dictionaries: Mutex<Vec<String>>,
    gate: Mutex<Gate>,
    change: Condvar,
}

#[derive(Default, PartialEq)]
enum Gate {
    #[default]
    Shut,
    Open,
}

impl Script {
    pub fn then(&self, play: Play) {
        self.plays.lock().unwrap().push_back(play);
    }

    pub fn go_on(&self) {
        *self.gate.lock().unwrap() = Gate::Open;
        self.change.notify_all();
    }

    /// Until the gate opens, or somebody throws the switch.
    fn wait(&self, cancel: &Cancel) -> Result<(), ExecError> {
        let mut gate = self.gate.lock().unwrap();
        while *gate == Gate::Shut {
            if cancel.is_cancelled() {
                return Err(ExecError::Cancelled);
            }
            gate = self
                .change
                .wait_timeout(gate, Duration::from_millis(10))
                .unwrap()
                .0;
        }
        Ok(())
    }
}

impl Parser for Script {
    fn parse(
        &self,
        task: &Task<'_>,
        on_event: &mut dyn FnMut(Event),
        cancel: &Cancel,
    ) -> Result<Parsed, ExecError> {
        let Task {
            input,
            file_name,
            work,
            dictionary,
        } = *task;
        self.dictionaries.lock().unwrap().push(dictionary.to_owned());
        let mut play = self.plays.lock().unwrap().pop_front().unwrap_or(Play::Read);
        match &mut play {
            Play::Refuse => {
                return Err(ExecError::Refused {
                    code: "encrypted".into(),
                    message_vi: "tệp có mật khẩu".into(),
                    message_en: "the file has a password".into(),
                });
            }
            Play::Crash => return Err(ExecError::Crashed { signal: Some(11) }),
            Play::Read | Play::Wait | Play::Give(_) | Play::With(_) => {}
        }
        assert!(input.is_file(), "the upload is there before its job");
        let length = (*self.length.lock().unwrap()).max(2);
        on_event(Event::Opened {
            sha256: String::new(),
            pages: length as usize,
        });
        if length > 2 && !std::mem::take(&mut *self.was_shared.lock().unwrap()) {
            // So long a document takes its time.
            self.wait(cancel)?;
        }
        for number in 1..=length {
            page_done(work, PageNo::new(number).unwrap(), on_event);
            if number == 1 && matches!(play, Play::Wait) {
                self.wait(cancel)?;
            }
        }
        let document: PathBuf = work.join("document.json");
        let read = match play {
            Play::Give(document) => *document,
            Play::With(read) => read(dictionary),
            _ => decision(file_name),
        };
        std::fs::write(&document, json::write(&read).unwrap()).unwrap();
        Ok(parsed(document))
    }

    fn read_pages(
        &self,
        task: &Task<'_>,
        pages: Stretch,
        on_event: &mut dyn FnMut(Event),
        cancel: &Cancel,
    ) -> Result<(), ExecError> {
        *self.was_shared.lock().unwrap() = true;
        let play = self.share_plays.lock().unwrap().pop_front().unwrap_or(Play::Read);
        match play {
            Play::Crash => return Err(ExecError::Crashed { signal: Some(11) }),
            Play::Refuse => return Err(ExecError::PartMissing { part: "vie".into() }),
            Play::Wait => self.wait(cancel)?,
            _ => {}
        }
        for number in pages.first.get()..=pages.last.get() {
            page_done(task.work, PageNo::new(number).unwrap(), on_event);
        }
        self.shares.lock().unwrap().push(pages);
        Ok(())
    }

    fn export(
        &self,
        _: &Path,
        file_name: &str,
        work: &Path,
        format: Format,
        _: &Cancel,
    ) -> Result<Parsed, ExecError> {
        let play = self.plays.lock().unwrap().pop_front().unwrap_or(Play::Read);
        if matches!(play, Play::Crash) {
            return Err(ExecError::Crashed { signal: Some(11) });
        }
        let file = work.join(format!("document.{}", format.extension()));
        std::fs::write(&file, format!("{} of {file_name}", format.name())).unwrap();
        let gone = matches!(play, Play::Refuse).then(|| (PageNo::FIRST, "not read".to_owned()));
        Ok(Parsed {
            files: vec![(format, file)],
            failed: gone.into_iter().collect(),
            ..parsed(work.join("document.json"))
        })
    }
}

fn page_done(work: &Path, page: PageNo, on_event: &mut dyn FnMut(Event)) {
    let pages = work.join("pages");
    std::fs::create_dir_all(&pages).unwrap();
    let image = pages.join(format!("{:04}.jpg", page.get()));
    let kept = image.exists();
    std::fs::write(image, b"\xff\xd8\xff\xe0 page").unwrap();
    on_event(Event::PageDone {
        page,
        outcome: PageOutcome::Ok,
        kept,
    });
}

fn parsed(document: PathBuf) -> Parsed {
    Parsed {
        document,
        files: Vec::new(),
        images: Vec::new(),
        failed: Vec::new(),
        drawn: sohoa::exec::Drawn::default(),
        peak_memory: 0,
    }
}

/// A decision of two pages with one table: a section of 5 points over criteria of 2 and 3, the 3 doubtful.
pub fn decision(file: &str) -> Document {
    let page = |number| PageSummary {
        page: PageNo::new(number).unwrap(),
        verdict: Verdict::None,
        reason: "không có lớp chữ".into(),
        width: 2480,
        height: 3508,
        rotation: Rotation::None,
        outcome: PageOutcome::Ok,
        notes: Vec::new(),
        scan: None,
        words: 0,
        doubtful_words: 0,
    };
    let header = ["STT", "NỘI DUNG", "ĐIỂM"].map(String::from);
    let rows = [
        ["I", "Công tác chỉ đạo", "5"],
        ["1", "Kế hoạch", "2"],
        ["2", "Báo cáo", "3"],
    ];
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|r| r.iter().map(|c| (*c).to_owned()).collect())
        .collect();
    Document {
        source: Source {
            file: file.into(),
            sha256: "ab".into(),
            pages: 2,
            ..Source::default()
        },
        metadata: Metadata {
            number: Some("1420/KH-UBND".into()),
            title: Some("Thang điểm thi đua".into()),
            ..Metadata::default()
        },
        text: "Thang điểm thi đua".into(),
        pages: vec![page(1), page(2)],
        tables: vec![Table::from_texts(&header, &rows)],
        rubrics: vec![Rubric {
            title: "Bảng số 3".into(),
            max_score: Some(score("5")),
            criteria: vec![
                criterion("I", None, CriterionKind::Section, "Công tác chỉ đạo", "5"),
                criterion("I.1", Some("I"), CriterionKind::Criterion, "Kế hoạch", "2"),
                criterion("I.2", Some("I"), CriterionKind::Criterion, "Báo cáo", "3"),
            ],
            ..Rubric::default()
        }],
        ..Document::default()
    }
}

pub fn criterion(id: &str, parent: Option<&str>, kind: CriterionKind, title: &str, max: &str) -> Criterion {
    let doubtful = id == "I.2";
    Criterion {
        parent: parent.map(Into::into),
        number: id.rsplit('.').next().unwrap().into(),
        title: title.into(),
        max_score: Some(score(max)),
        provenance: vec![Provenance {
            field: Field::MaxScore,
            page: PageNo::FIRST,
            bbox: PixelBox::new(1700, 900, 1760, 940),
            raw: max.into(),
            confidence: Confidence::new(if doubtful { 0.5 } else { 0.99 }),
            readers: vec![Reader::Tesseract, Reader::LineReader],
            candidates: if doubtful {
                vec!["3".into(), "8".into()]
            } else {
                Vec::new()
            },
            restored_by: None,
            doubtful,
        }],
        ..Criterion::empty(id, kind)
    }
}

fn score(text: &str) -> Score {
    Score::parse_vietnamese(text).unwrap()
}
