//! One page, from its pixels or its own text to a reading.

use std::collections::BTreeMap;
use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat};

use super::{PageImages, Parts, PipelineError, Profile, notes};
use crate::domain::{
    Block, InkKind, InkRegion, Line, PageNo, PageReading, PixelBox, Reader, Rotation, Verdict, Word,
};
use crate::stages::ingest::{self, LayerText, Opened, TextLayer};
use crate::stages::read::{self, ReadError, Readers};
use crate::stages::restore::{Restorer, syllable};
use crate::stages::{layout, render, table};

/// Density at which a page with its own text is drawn: enough to find its rulings.
const DRAWN_DPI: u32 = 240;
/// Density at which a page that is no single picture is drawn to be read.
const READING_DPI: u32 = 300;
/// Legibility from which a page is taken to be the right way up.
const LEGIBLE: f32 = 0.55;
/// What a word counts that is no syllable of Vietnamese.
const NO_SENSE: f32 = 0.3;
/// A score stands alone in its cell, or with its unit.
const SCORE_WORDS: usize = 2;
/// Quality of the page images for showing.
const JPEG_QUALITY: u8 = 82;

/// Why a page has no reading.
pub(super) enum PageFailure {
    /// This page cannot be read; the others may.
    Page(String),
    /// No page can be read.
    Reader(ReadError),
}

/// A page that was read, and its upright image as JPEG where it was asked for.
pub(super) struct Read {
    pub reading: PageReading,
    pub image: Option<Vec<u8>>,
}

/// Everything needed to read pages; readers are started with the first page that needs them.
pub(super) struct Desk<'a> {
    parts: &'a Parts,
    readers: Option<Readers>,
    /// Some page was read from its ink, now or in an earlier run.
    ink: bool,
    restorer: Restorer,
    profile: Profile,
}

impl<'a> Desk<'a> {
    pub fn new(parts: &'a Parts, profile: Profile) -> Result<Self, PipelineError> {
        let file = match &parts.phrases {
            Some(path) => {
                let read = std::fs::read_to_string(path).map_err(|source| PipelineError::Phrases {
                    path: path.clone(),
                    source,
                })?;
                Some(read)
            }
            None => None,
        };
        let restorer = match (file, parts.dictionary.as_str()) {
            (None, "") => Restorer::built_in(),
            (file, dictionary) => {
                let phrases = file.as_deref().unwrap_or(Restorer::built_in_phrases());
                Restorer::with_dictionary(phrases, dictionary)
            }
        };
        Ok(Self {
            parts,
            readers: None,
            ink: false,
            restorer,
            profile,
        })
    }

    /// Takes in a page that an earlier run read: its readers are this document's, too.
    pub fn take_in(&mut self, kept: &PageReading) {
        let words = || kept.lines().flat_map(|line| &line.words);
        // Readers looked at a page without words, unless its text layer said that it has none.
        let looked_at = words().next().is_none() && kept.verdict == Verdict::None;
        self.ink |= looked_at || words().any(|word| word.reader != Reader::TextLayer);
    }

    pub fn reader_names(&self) -> Vec<String> {
        match self.ink {
            true => read::reader_names(),
            false => vec![Reader::TextLayer.name().to_owned()],
        }
    }

    pub fn model_digests(&self) -> BTreeMap<String, String> {
        let mut digests = match self.ink {
            true => read::model_digests(),
            false => BTreeMap::new(),
        };
        digests.extend(self.restorer.digests());
        digests
    }

    pub fn read(&mut self, opened: &Opened, index: usize, images: PageImages) -> Result<Read, PageFailure> {
        let failed = |e: ingest::PageError| PageFailure::Page(e.to_string());
        let layer = opened.text_layer(index).map_err(failed)?;
        let judgement = ingest::judge(&layer);
        let number = PageNo::from_index(index);
        let words = match &judgement.text {
            LayerText::AsIs | LayerText::ConvertedTwice => Some(layer.words.as_slice()),
            LayerText::Decoded(words) => Some(words.as_slice()),
            LayerText::Useless => None,
        };
        let (page, blocks, other_ink) = if let Some(words) = words {
            let drawn = opened.render(index, DRAWN_DPI).map_err(failed)?;
            let page = render::drawn(drawn.pixels, drawn.dpi);
            let words = placed(words, &layer, &page);
            let blocks = layout::with_words(&page.ink, page.clean_dpi, words);
            (page, blocks, Vec::new())
        } else {
            let scan = match opened.page_image(index).map_err(failed)? {
                Some(scan) => scan,
                None => opened.render(index, READING_DPI).map_err(failed)?,
            };
            let (page, cut) = self.upright(scan.pixels, scan.dpi)?;
            let layout::Layout {
                mut blocks,
                intruders,
                text,
                other_ink,
            } = cut;
            let (restorer, profile) = (self.restorer.clone(), self.profile);
            let settled = |words: &[Word]| match profile {
                Profile::Draft => words.len() > SCORE_WORDS || restorer.is_prose(words),
                Profile::Standard => restorer.is_settled(words),
                Profile::Archive => false,
            };
            self.readers()?
                .page(&mut blocks, &intruders, &text, page.clean_dpi, &settled)
                .map_err(|e| PageFailure::Page(e.to_string()))?;
            (page, blocks, other_ink)
        };
        let mut reading = PageReading {
            page: number,
            verdict: judgement.verdict,
            evidence: judgement.evidence,
            width: page.page.width(),
            height: page.page.height(),
            dpi: page.dpi,
            rotation: page.rotation,
            blocks,
            other_ink,
            notes: Vec::new(),
        };
        match judgement.text {
            LayerText::AsIs | LayerText::Decoded(_) => {}
            LayerText::ConvertedTwice => {
                let mut words: Vec<&mut Word> =
                    reading.lines_mut().flat_map(|line| &mut line.words).collect();
                self.restorer.converted_twice(&mut words);
            }
            LayerText::Useless => self.restorer.page(&mut reading),
        }
        reading.notes = notes::of(&reading);
        on_page(&mut reading, &page);
        table::settle_grids(&mut reading);
        reading.other_ink.extend(stamp(&layer, &page));
        let image = match images {
            PageImages::Keep => Some(jpeg(&page.page).map_err(|e| PageFailure::Page(e.to_string()))?),
            PageImages::Drop => None,
        };
        Ok(Read { reading, image })
    }

    fn readers(&mut self) -> Result<&mut Readers, PageFailure> {
        self.ink = true;
        if self.readers.is_none() {
            let started = Readers::start(&self.parts.tessdata);
            self.readers = Some(started.map_err(PageFailure::Reader)?);
        }
        // Just filled where it was empty.
        self.readers
            .as_mut()
            .ok_or_else(|| PageFailure::Page("no reader".to_owned()))
    }

    /// Finds which way up a page lies: its shapes tell how lines run, a few lines read tell top from bottom.
    fn upright(
        &mut self,
        pixels: DynamicImage,
        dpi: Option<u32>,
    ) -> Result<(render::PageImage, layout::Layout), PageFailure> {
        let page = render::page(pixels, dpi, Rotation::None);
        let turns: &[Rotation] = match render::lie(&page.ink, page.clean_dpi) {
            render::Lie::Sideways => &[Rotation::Quarter, Rotation::ThreeQuarters],
            render::Lie::Across | render::Lie::Unknown => &[Rotation::None, Rotation::Half],
        };
        let pixels = page.page.clone();
        let mut level = Some(page);
        let mut best: Option<(f32, render::PageImage, layout::Layout)> = None;
        for &turn in turns {
            let page = match (turn, level.take()) {
                (Rotation::None, Some(page)) => page,
                _ => render::page(render::upright(pixels.clone(), turn), dpi, turn),
            };
            let cut = layout::page(&page.clean, &page.ink, page.clean_dpi);
            let legible = self.legibility(&cut, page.clean_dpi)?;
            let enough = legible.is_none_or(|l| l >= LEGIBLE);
            let legible = legible.unwrap_or(1.0);
            if best.as_ref().is_none_or(|(b, ..)| legible > *b) {
                best = Some((legible, page, cut));
            }
            if enough {
                break;
            }
        }
        best.map(|(_, page, cut)| (page, cut))
            .ok_or_else(|| PageFailure::Page("no picture".to_owned()))
    }

    /// How surely a few long lines of a page read; `None` when it has none.
    fn legibility(&mut self, cut: &layout::Layout, dpi: u32) -> Result<Option<f32>, PageFailure> {
        const SAMPLES: usize = 4;
        let long = dpi as i32;
        let mut lines: Vec<&Line> = cut
            .blocks
            .iter()
            .flat_map(Block::lines)
            .filter(|l| l.bbox.width() > long / 2)
            .collect();
        lines.sort_by_key(|l| (l.bbox.width() - 2 * long).abs());
        lines.truncate(SAMPLES);
        let mut sum = 0.0;
        for line in &lines {
            let words = self.readers()?.glance(line, &cut.text, dpi);
            sum += legibility(&words.map_err(|e| PageFailure::Page(e.to_string()))?);
        }
        Ok((!lines.is_empty()).then(|| sum / lines.len() as f32))
    }
}

/// The mean confidence of words, what is no syllable counting little: upside down, letters are read too, and surely.
fn legibility(words: &[Word]) -> f32 {
    let legible = |word: &Word| {
        let letters = word.text.trim_matches(|c: char| !c.is_alphanumeric());
        let makes_sense = letters.contains(|c: char| c.is_ascii_digit()) || syllable::is_possible(letters);
        word.confidence.get() * if makes_sense { 1.0 } else { NO_SENSE }
    };
    words.iter().map(legible).sum::<f32>() / words.len().max(1) as f32
}

/// The words of a text layer with their boxes in pixels of the straightened page.
fn placed(words: &[Word], layer: &TextLayer, page: &render::PageImage) -> Vec<Word> {
    let across = f64::from(page.clean.width()) / f64::from(layer.width.max(1));
    let down = f64::from(page.clean.height()) / f64::from(layer.height.max(1));
    let x = |v: i32| (f64::from(v) * across).round() as i32;
    let y = |v: i32| (f64::from(v) * down).round() as i32;
    words
        .iter()
        .cloned()
        .map(|mut word| {
            let b = word.bbox;
            word.bbox = PixelBox::new(x(b.x0), y(b.y0), x(b.x1), y(b.y1));
            word
        })
        .collect()
}

/// The faces of electronic signatures: who signed and when, kept beside the text.
fn stamp(layer: &TextLayer, page: &render::PageImage) -> Option<InkRegion> {
    let texts: Vec<&str> = layer.stamps.iter().map(|word| word.text.as_str()).collect();
    let scaled =
        |v: i32, pixels: u32, side: u32| (i64::from(v) * i64::from(pixels) / i64::from(side.max(1))) as i32;
    let x = |v: i32| scaled(v, page.page.width(), layer.width);
    let y = |v: i32| scaled(v, page.page.height(), layer.height);
    // On a page that had to be turned the layer's boxes lie on their side: the words are what is wanted.
    let bbox = match page.rotation {
        Rotation::None => {
            let boxes = layer.stamps.iter().map(|w| w.bbox);
            boxes
                .map(|b| PixelBox::new(x(b.x0), y(b.y0), x(b.x1), y(b.y1)))
                .collect()
        }
        _ => PixelBox::default(),
    };
    (!texts.is_empty()).then(|| InkRegion {
        bbox,
        kind: InkKind::Stamp,
        text: texts.join(" "),
    })
}

/// Takes every box from the straightened copy back to the page as it is shown.
fn on_page(reading: &mut PageReading, page: &render::PageImage) {
    for line in reading.lines_mut() {
        line.bbox = page.to_page(&line.bbox);
        for word in &mut line.words {
            word.bbox = page.to_page(&word.bbox);
        }
    }
    for block in &mut reading.blocks {
        if let Block::Grid(grid) = block {
            grid.bbox = page.to_page(&grid.bbox);
            for cell in &mut grid.cells {
                cell.bbox = page.to_page(&cell.bbox);
            }
        }
    }
    for ink in &mut reading.other_ink {
        ink.bbox = page.to_page(&ink.bbox);
    }
}

fn jpeg(page: &DynamicImage) -> image::ImageResult<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    let encoder = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
    match page.color().has_color() {
        true => page.to_rgb8().write_with_encoder(encoder)?,
        false => page.to_luma8().write_with_encoder(encoder)?,
    }
    debug_assert!(image::guess_format(bytes.get_ref()).ok() == Some(ImageFormat::Jpeg));
    Ok(bytes.into_inner())
}
