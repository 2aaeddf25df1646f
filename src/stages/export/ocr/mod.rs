//! Every word with its place, in the formats of the field: ALTO 4, PAGE XML and hOCR. They tell how probable it is
//! that a word is right, and all but hOCR what else was read there.

pub(super) mod alto;
pub(super) mod hocr;
pub(super) mod page;

use crate::domain::{PixelBox, Word};
use std::collections::BTreeSet;

/// What else was read in a word's ink, or stood there before restoration, each once.
fn other_readings(word: &Word) -> BTreeSet<&str> {
    let readers = word.votes.iter().map(|vote| vote.text.as_str());
    readers
        .chain([word.raw()])
        .filter(|text| !text.is_empty() && *text != word.text)
        .collect()
}

/// `x0 y0 x1 y1`.
fn corners(b: &PixelBox) -> String {
    format!("{} {} {} {}", b.x0, b.y0, b.x1, b.y1)
}

#[cfg(test)]
mod tests {
    use crate::domain::*;
    use crate::stages::export::{Format, Scan, document};

    fn word(text: &str, x: i32, certainty: f32) -> Word {
        let bbox = PixelBox::new(x, 20, x + 50, 40);
        Word {
            certainty: Confidence::new(certainty),
            ..Word::new(text, bbox, Confidence::new(0.5), Reader::Tesseract)
        }
    }

    fn line(words: Vec<Word>) -> Line {
        Line {
            bbox: PixelBox::new(10, 20, 200, 40),
            words,
        }
    }

    fn reading() -> PageReading {
        let mut doubtful = word("1,5", 100, 0.25);
        doubtful.votes.push(Vote {
            reader: Reader::LineReader,
            text: "15".to_owned(),
            confidence: Confidence::new(0.4),
        });
        let cell = Cell {
            row: 0,
            column: 0,
            row_span: 1,
            column_span: 1,
            bbox: PixelBox::new(10, 60, 200, 100),
            lines: vec![line(vec![word("a&b", 10, 1.0), doubtful])],
        };
        PageReading {
            page: PageNo::FIRST,
            verdict: Verdict::None,
            evidence: VerdictEvidence::default(),
            width: 2480,
            height: 3508,
            dpi: 300,
            rotation: Rotation::None,
            blocks: vec![
                Block::Line(line(vec![word("Điều\u{1}", 10, 0.999), word("<1>", 70, 0.9)])),
                Block::Grid(Grid {
                    bbox: PixelBox::new(10, 60, 200, 100),
                    rows: 1,
                    columns: 1,
                    column_edges: vec![10, 200],
                    cells: vec![cell],
                    ..Grid::default()
                }),
            ],
            other_ink: vec![InkRegion {
                bbox: PixelBox::new(300, 300, 400, 400),
                kind: InkKind::Stamp,
                text: String::new(),
            }],
            notes: Vec::new(),
        }
    }

    fn written(format: Format) -> String {
        let readings = [reading()];
        let scan = Scan {
            original: &[],
            readings: &readings,
            picture: &|_| None,
        };
        let bytes = document(format, &Document::default(), &scan).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    /// The texts of every element or attribute, as an XML parser understands them.
    fn attributes(xml: &str, element: &str, attribute: &str) -> Vec<String> {
        use quick_xml::Reader;
        use quick_xml::events::Event;
        let mut reader = Reader::from_str(xml);
        let mut found = Vec::new();
        loop {
            match reader.read_event().unwrap() {
                Event::Start(e) | Event::Empty(e) if e.name().as_ref() == element => {
                    if let Some(a) = e.try_get_attribute(attribute).unwrap() {
                        found.push(
                            a.normalized_value(quick_xml::XmlVersion::Implicit1_0)
                                .unwrap()
                                .into_owned(),
                        );
                    }
                }
                Event::Eof => return found,
                _ => {}
            }
        }
    }

    #[test]
    fn alto_holds_every_word_in_reading_order_with_its_probability() {
        let xml = written(Format::Alto);
        assert_eq!(
            attributes(&xml, "String", "CONTENT"),
            ["Điều", "<1>", "a&b", "1,5"]
        );
        assert_eq!(
            attributes(&xml, "String", "WC"),
            ["0.9990", "0.9000", "1.0000", "0.2500"]
        );
        assert_eq!(attributes(&xml, "String", "HPOS"), ["10", "70", "10", "100"]);
        assert!(xml.contains("<ALTERNATIVE>15</ALTERNATIVE>"), "{xml}");
        assert_eq!(attributes(&xml, "Illustration", "TYPE"), ["stamp"]);
        assert_eq!(attributes(&xml, "Page", "PHYSICAL_IMG_NR"), ["1"]);
        let ids: std::collections::BTreeSet<String> = [
            "Page",
            "PrintSpace",
            "ComposedBlock",
            "TextBlock",
            "TextLine",
            "String",
            "Illustration",
        ]
        .iter()
        .flat_map(|e| attributes(&xml, e, "ID"))
        .collect();
        assert_eq!(
            ids.len(),
            xml.matches(" ID=").count() - 1,
            "every ID once, but the processing's"
        );
    }

    #[test]
    fn hocr_holds_every_word_in_reading_order_with_its_probability() {
        let html = written(Format::Hocr);
        let titles: Vec<String> = attributes(&html, "span", "title");
        let words: Vec<&String> = titles.iter().filter(|t| t.contains("x_wconf")).collect();
        assert_eq!(
            words,
            [
                "bbox 10 20 60 40; x_wconf 99",
                "bbox 70 20 120 40; x_wconf 90",
                "bbox 10 20 60 40; x_wconf 100",
                "bbox 100 20 150 40; x_wconf 25"
            ]
        );
        assert!(html.contains("&lt;1&gt;") && html.contains("a&amp;b"), "{html}");
        assert!(html.contains("class=\"ocr_table\""), "{html}");
    }
}
