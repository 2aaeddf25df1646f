//! Words drawn by lot, with their ink, for a person to say how often what is offered as settled is wrong.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat};
use sha2::{Digest, Sha256};

use crate::domain::{PageNo, PageReading, PixelBox, Reader, SETTLED, Word};

/// White around a word's ink, in its heights.
const MARGIN: i32 = 1;
const QUALITY: u8 = 70;
/// Longest side of a page made small, in pixels.
const SMALL: u32 = 240;

/// A word that was drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct SampledWord {
    /// What the lot fell on: of all documents together, the words with the lowest keys are the sample. 16 hex digits.
    pub key: String,
    pub page: PageNo,
    pub bbox: PixelBox,
    pub text: String,
}

/// The settled words of a document with the lowest keys, at most `most`, lowest first. A key comes of the document's
/// bytes and the word's place alone, so the same words are drawn whenever it is read.
pub fn sampled(sha256: &str, readings: &[PageReading], most: usize, below: Option<&str>) -> Vec<SampledWord> {
    let mut words: Vec<SampledWord> = readings
        .iter()
        .flat_map(|reading| {
            settled(reading).map(|word| SampledWord {
                key: key(sha256, reading.page, word.bbox),
                page: reading.page,
                bbox: word.bbox,
                text: word.text.clone(),
            })
        })
        .filter(|word| below.is_none_or(|below| word.key.as_str() < below))
        .collect();
    words.sort_by(|a, b| a.key.cmp(&b.key));
    words.truncate(most);
    words
}

/// Of how many words of a document some may be drawn.
pub fn settled_words(readings: &[PageReading]) -> usize {
    readings.iter().map(|reading| settled(reading).count()).sum()
}

/// Words that were read from ink and that nobody is asked to look at. A text layer is not read, and not drawn from.
fn settled(reading: &PageReading) -> impl Iterator<Item = &Word> {
    let words = reading.lines().flat_map(|line| &line.words);
    words.filter(|word| word.reader != Reader::TextLayer && word.certainty.get() >= SETTLED)
}

fn key(sha256: &str, page: PageNo, bbox: PixelBox) -> String {
    let place = format!("{sha256} {page} {} {} {} {}", bbox.x0, bbox.y0, bbox.x1, bbox.y1);
    hex::encode(&Sha256::digest(place.as_bytes())[..8])
}

/// The page with the most doubtful words, the first of several; `None` where no word is in doubt.
pub fn most_doubtful(readings: &[PageReading]) -> Option<PageNo> {
    let doubtful = |reading: &PageReading| {
        let words = reading.lines().flat_map(|line| &line.words);
        words.filter(|word| word.certainty.get() < SETTLED).count()
    };
    let counted = readings.iter().map(|reading| (doubtful(reading), reading.page));
    counted
        .filter(|(count, _)| *count > 0)
        .max_by_key(|(count, page)| (*count, std::cmp::Reverse(*page)))
        .map(|(_, page)| page)
}

/// The upright page as people see it.
pub struct Picture(DynamicImage);

impl Picture {
    /// `None` where the bytes are no picture.
    pub fn of(jpeg: &[u8]) -> Option<Self> {
        image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg)
            .ok()
            .map(Self)
    }

    /// What stands in a box, with what surrounds it, as JPEG; `None` for a box beside the page.
    pub fn ink(&self, bbox: PixelBox) -> Option<Vec<u8>> {
        let margin = bbox.height().max(1).saturating_mul(MARGIN);
        let side = |value: i32, most: u32| u32::try_from(value.max(0)).unwrap_or(0).min(most);
        let (width, height) = (self.0.width(), self.0.height());
        let (x0, x1) = (
            side(bbox.x0.saturating_sub(margin), width),
            side(bbox.x1.saturating_add(margin), width),
        );
        let (y0, y1) = (
            side(bbox.y0.saturating_sub(margin / 2), height),
            side(bbox.y1.saturating_add(margin / 2), height),
        );
        (x1 > x0 && y1 > y0).then(|| jpeg(&self.0.crop_imm(x0, y0, x1 - x0, y1 - y0)))?
    }

    /// The whole page, small, as JPEG.
    pub fn small(&self) -> Option<Vec<u8>> {
        jpeg(&self.0.thumbnail(SMALL, SMALL))
    }
}

fn jpeg(picture: &DynamicImage) -> Option<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
    picture.to_rgb8().write_with_encoder(encoder).ok()?;
    Some(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Block, Confidence, Line, Rotation, Verdict, VerdictEvidence};

    fn page(number: u32, certainties: &[f32]) -> PageReading {
        let words = certainties.iter().zip(0..).map(|(certainty, i)| Word {
            certainty: Confidence::new(*certainty),
            ..Word::new(
                format!("từ{i}"),
                PixelBox::new(i * 50, 10, i * 50 + 40, 30),
                Confidence::new(0.9),
                Reader::LineReader,
            )
        });
        let line = Line {
            bbox: PixelBox::new(0, 10, 900, 30),
            words: words.collect(),
        };
        PageReading {
            page: PageNo::new(number).unwrap(),
            verdict: Verdict::None,
            evidence: VerdictEvidence::default(),
            width: 900,
            height: 1_200,
            dpi: 100,
            rotation: Rotation::None,
            blocks: vec![Block::Line(line)],
            other_ink: Vec::new(),
            notes: Vec::new(),
        }
    }

    #[test]
    fn the_lowest_keys_of_many_documents_are_one_sample_whatever_the_order() {
        let documents: Vec<(String, Vec<PageReading>)> = (0..20)
            .map(|n| {
                (
                    format!("{n:064x}"),
                    vec![page(1, &[0.9999; 9]), page(2, &[0.9999, 0.5, 0.9999])],
                )
            })
            .collect();
        let draw = |order: &[usize], bounded: bool| {
            let mut all: Vec<SampledWord> = Vec::new();
            for i in order {
                let below = all.get(9).filter(|_| bounded).map(|w| w.key.clone());
                let (sha256, readings) = &documents[*i];
                all.extend(sampled(sha256, readings, 10, below.as_deref()));
                all.sort_by(|a, b| a.key.cmp(&b.key));
                all.truncate(10);
            }
            all
        };
        let forward: Vec<usize> = (0..20).collect();
        let backward: Vec<usize> = (0..20).rev().collect();
        let sample = draw(&forward, false);
        assert_eq!(sample.len(), 10);
        assert_eq!(draw(&backward, true), sample);
        assert!(sample.iter().all(|w| w.text != "từ1" || w.page == PageNo::FIRST));
    }

    #[test]
    fn the_most_doubtful_page_is_found_and_shown_small() {
        let sure = page(1, &[0.9999]);
        assert_eq!(most_doubtful(std::slice::from_ref(&sure)), None);
        let found = most_doubtful(&[sure, page(2, &[0.5]), page(3, &[0.5, 0.4]), page(4, &[0.1, 0.2])]);
        assert_eq!(found, PageNo::new(3));
        let picture = Picture(DynamicImage::new_rgb8(900, 1_200));
        let small = image::load_from_memory(&picture.small().unwrap()).unwrap();
        assert_eq!((small.width(), small.height()), (180, 240));
        let ink = image::load_from_memory(&picture.ink(PixelBox::new(880, 10, 930, 30)).unwrap()).unwrap();
        assert_eq!((ink.width(), ink.height()), (40, 40));
        assert_eq!(picture.ink(PixelBox::new(2_000, 10, 2_040, 30)), None);
    }
}
