//! Documents that nobody had to read: put into the data folder as if a worker had.

use std::path::Path;
use std::time::Duration;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, GrayImage, Luma};
use sohoa::domain::{
    Confidence, Criterion, CriterionKind, Document, Field, Metadata, PageNo, PageOutcome, PageSummary,
    PixelBox, Provenance, Reader, Rotation, Rubric, Score, Source, Table, Verdict,
};
use sohoa::review::Draft;
use sohoa::stages::export::json;
use sohoa::store::{
    DataFolder, Documents, NewDocument, NewRubric, Queue, ReadDocument, Rereadings, SqliteStore, Store,
};
use time::OffsetDateTime;

use super::stage::Server;

/// Pages at 300 dpi of A4.
const PAGE: (u32, u32) = (2480, 3508);
const DIGEST: &str = "ab";

/// A rubric of `rows` rows on `pages` pages: a known one, over and over, every tenth maximum doubtful.
pub fn long(rows: usize, pages: u32) -> Document {
    let longest = json::known_rubrics().iter().max_by_key(|r| r.criteria.len());
    let known = longest.unwrap();
    let per_page = rows.div_ceil(pages as usize);
    let turns = (0_u8..).flat_map(|turn| known.criteria.iter().map(move |criterion| (turn, criterion)));
    let criteria = turns.take(rows).enumerate().map(|(row, (turn, criterion))| {
        let turn = char::from(b'A' + turn);
        let page = PageNo::new(u32::try_from(row / per_page).unwrap() + 1).unwrap();
        let top = i32::try_from(200 + (row % per_page) * 3000 / per_page).unwrap();
        let doubtful = row % 10 == 5 && criterion.max_score.is_some();
        let read = |field, left, right, doubtful| {
            let bbox = PixelBox::new(left, top, right, top + 60);
            provenance(field, page, bbox, criterion, doubtful)
        };
        Criterion {
            id: format!("{turn}.{}", criterion.id),
            parent: criterion.parent.as_ref().map(|id| format!("{turn}.{id}")),
            provenance: vec![
                read(Field::Title, 300, 1500, false),
                read(Field::MaxScore, 1700, 1800, doubtful),
            ],
            ..criterion.clone()
        }
    });
    document(
        Rubric {
            criteria: criteria.collect(),
            findings: Vec::new(),
            max_score: None,
            ..known.clone()
        },
        pages,
    )
}

/// A section of 5 points over criteria of 2 and 3, the 3 doubtful.
pub fn short() -> Document {
    let criterion = |id: &str, parent: Option<&str>, kind, title: &str, max: &str| {
        let bare = Criterion {
            parent: parent.map(Into::into),
            number: id.rsplit('.').next().unwrap().into(),
            title: title.into(),
            max_score: Some(Score::parse_vietnamese(max).unwrap()),
            evidence: "Báo cáo".into(),
            notes: "–".into(),
            ..Criterion::empty(id, kind)
        };
        let bbox = PixelBox::new(1700, 900, 1760, 940);
        let read = provenance(Field::MaxScore, PageNo::FIRST, bbox, &bare, id == "I.2");
        Criterion {
            provenance: vec![read],
            ..bare
        }
    };
    let rubric = Rubric {
        title: "Bảng số 3".into(),
        max_score: Some(Score::parse_vietnamese("5").unwrap()),
        criteria: vec![
            criterion("I", None, CriterionKind::Section, "Công tác chỉ đạo", "5"),
            criterion("I.1", Some("I"), CriterionKind::Criterion, "Kế hoạch", "2"),
            criterion("I.2", Some("I"), CriterionKind::Criterion, "Báo cáo", "3"),
        ],
        ..Rubric::default()
    };
    document(rubric, 1)
}

fn provenance(
    field: Field,
    page: PageNo,
    bbox: PixelBox,
    criterion: &Criterion,
    doubtful: bool,
) -> Provenance {
    let raw = match field {
        Field::MaxScore => criterion.max_score.map_or(String::new(), |s| s.to_string()),
        _ => criterion.title.clone(),
    };
    let candidates = match doubtful {
        true => vec![raw.clone(), "8".to_owned()],
        false => Vec::new(),
    };
    Provenance {
        field,
        page,
        bbox,
        raw,
        confidence: Confidence::new(if doubtful { 0.5 } else { 0.99 }),
        readers: vec![Reader::Tesseract, Reader::LineReader],
        candidates,
        restored_by: None,
        doubtful,
    }
}

fn document(rubric: Rubric, pages: u32) -> Document {
    let page = |number| PageSummary {
        page: PageNo::new(number).unwrap(),
        verdict: Verdict::None,
        reason: "không có lớp chữ".into(),
        width: PAGE.0,
        height: PAGE.1,
        rotation: Rotation::None,
        outcome: PageOutcome::Ok,
        notes: Vec::new(),
        scan: None,
        words: 0,
        doubtful_words: 0,
    };
    let header = ["STT", "NỘI DUNG", "ĐIỂM"].map(String::from);
    Document {
        source: Source {
            file: "quyết định.pdf".into(),
            sha256: DIGEST.into(),
            pages: pages as usize,
            ..Source::default()
        },
        metadata: Metadata {
            number: Some("1420/KH-UBND".into()),
            title: Some(rubric.title.clone()),
            ..Metadata::default()
        },
        text: "Thang điểm thi đua".into(),
        pages: (1..=pages).map(page).collect(),
        tables: vec![Table::from_texts(&header, &[])],
        rubrics: vec![rubric],
        ..Document::default()
    }
}

/// A server with an account for each of `people`, and one document, which Lan uploaded.
pub async fn served(people: &[(&str, &str, &str)], document: &Document) -> Server {
    let data = Server::folder(people);
    put(data.path(), "lan", document).await;
    Server::on(data)
}

/// Puts a document with pictures of its pages into the data folder.
pub async fn put(data: &Path, by: &str, document: &Document) {
    let folder = DataFolder::open(data).unwrap();
    let store = SqliteStore::open(&folder.database()).await.unwrap();
    let now = OffsetDateTime::now_utc();
    let new = NewDocument {
        id: "made",
        sha256: DIGEST,
        file: &document.source.file,
        bytes: 1,
        by,
    };
    store.upload(new, now).await.unwrap();
    let attempt = store
        .claim("test", now, Duration::from_secs(60))
        .await
        .unwrap()
        .unwrap();
    let rubrics = document.rubrics.iter().map(|rubric| NewRubric {
        id: "rubric".into(),
        title: rubric.title.clone(),
        max_score: rubric.max_score.map(|s| s.to_string()),
        doubtful: u32::try_from(Draft::new(rubric.clone()).doubtful().len()).unwrap(),
        errors: 0,
        warnings: 0,
        base_json: serde_json::to_string(&json::Rubric::from(rubric)).unwrap(),
    });
    let read = ReadDocument {
        title: document.metadata.title.clone(),
        number: document.metadata.number.clone(),
        pages: u32::try_from(document.pages.len()).unwrap(),
        errors: 0,
        warnings: 0,
        result_json: String::from_utf8(json::write(document).unwrap()).unwrap(),
        rubrics: rubrics.collect(),
    };
    store.finish(&attempt.lease, read, now).await.unwrap();
    store.close().await;
    for page in &document.pages {
        let path = folder.page_image(DIGEST, 1, page.page);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, picture(page.page)).unwrap();
    }
}

/// Has the document read once more, as if a worker had: what it read waits for a decision.
pub async fn read_again(data: &Path, by: &str, document: &Document) {
    let folder = DataFolder::open(data).unwrap();
    let store = SqliteStore::open(&folder.database()).await.unwrap();
    let now = OffsetDateTime::now_utc();
    store.ask_again("made", by, now).await.unwrap();
    let attempt = store
        .claim("test", now, Duration::from_secs(60))
        .await
        .unwrap()
        .unwrap();
    let read = ReadDocument {
        title: None,
        number: None,
        pages: u32::try_from(document.pages.len()).unwrap(),
        errors: 0,
        warnings: 0,
        result_json: String::from_utf8(json::write(document).unwrap()).unwrap(),
        rubrics: Vec::new(),
    };
    store.finish(&attempt.lease, read, now).await.unwrap();
    store.close().await;
    for page in &document.pages {
        let path = folder.page_image(DIGEST, attempt.reading, page.page);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, picture(page.page)).unwrap();
    }
}

/// A page that looks like print to whoever has to decode it: dark strokes in lines, none like the other.
fn picture(page: PageNo) -> Vec<u8> {
    let mut state = page.get().wrapping_mul(2_654_435_761);
    let mut next = |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % below
    };
    let mut image = GrayImage::from_pixel(PAGE.0, PAGE.1, Luma([246]));
    for line in (200..PAGE.1 - 200).step_by(52) {
        let mut x = 200;
        while x < PAGE.0 - 220 {
            let (width, height) = (2 + next(4), 12 + next(20));
            for (dx, dy) in (0..width).flat_map(|dx| (0..height).map(move |dy| (dx, dy))) {
                image.put_pixel(x + dx, line + dy, Luma([20 + u8::try_from(next(40)).unwrap()]));
            }
            x += width + 3 + next(12);
        }
    }
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 80)
        .encode(image.as_raw(), PAGE.0, PAGE.1, ExtendedColorType::L8)
        .unwrap();
    jpeg
}
