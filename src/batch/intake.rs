//! Would this scan pass? Nghị định 30/2020/NĐ-CP (công tác văn thư), phụ lục I: a scanned document is a PDF of version 1.4 or
//! later, in colour, at 200 dpi or more. That it was scanned 1:1 no file can tell.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{Colour, Document, PageSummary, Said};

/// Pixels an inch that the decree asks for.
const LEAST_DPI: u32 = 200;
/// Densities are rounded, and come of a page size that is.
const ROUNDING: u32 = 2;
/// The PDF version that it asks for.
const LEAST_PDF: (u32, u32) = (1, 4);

/// What the decree would say of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intake {
    pub verdict: IntakeVerdict,
    /// What is amiss or not known, by code, with the pages where it is; no pages: the file.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub faults: BTreeMap<IntakeFault, Vec<u32>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntakeVerdict {
    Pass,
    Fail,
    /// The file does not say enough.
    Unknown,
    /// No page is a scan: the decree's demands on scans are none on it.
    NoScan,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntakeFault {
    NoPdf,
    OldPdf,
    LowDensity,
    NoColour,
    DensityUnknown,
    ColourUnknown,
}

impl Intake {
    pub fn of(document: &Document) -> Self {
        let mut faults: BTreeMap<IntakeFault, Vec<u32>> = BTreeMap::new();
        let scans: Vec<(&PageSummary, _)> = document
            .pages
            .iter()
            .filter_map(|page| Some((page, page.scan?)))
            .collect();
        if scans.is_empty() {
            return Self {
                verdict: IntakeVerdict::NoScan,
                faults,
            };
        }
        match document.source.format.strip_prefix("PDF") {
            None => {
                faults.insert(IntakeFault::NoPdf, Vec::new());
            }
            Some(version) if version_of(version).is_some_and(|v| v < LEAST_PDF) => {
                faults.insert(IntakeFault::OldPdf, Vec::new());
            }
            Some(_) => {}
        }
        for (page, scan) in scans {
            let density = match scan.dpi {
                None => Some(IntakeFault::DensityUnknown),
                Some(dpi) if dpi + ROUNDING < LEAST_DPI => Some(IntakeFault::LowDensity),
                Some(_) => None,
            };
            let colour = match scan.colour {
                None => Some(IntakeFault::ColourUnknown),
                Some(Colour::Bilevel | Colour::Gray) => Some(IntakeFault::NoColour),
                Some(Colour::Colour) => None,
            };
            for fault in [density, colour].into_iter().flatten() {
                faults.entry(fault).or_default().push(page.page.get());
            }
        }
        let known =
            |fault: &IntakeFault| !matches!(fault, IntakeFault::DensityUnknown | IntakeFault::ColourUnknown);
        let verdict = match () {
            () if faults.keys().any(known) => IntakeVerdict::Fail,
            () if !faults.is_empty() => IntakeVerdict::Unknown,
            () => IntakeVerdict::Pass,
        };
        Self { verdict, faults }
    }
}

impl IntakeVerdict {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::NoScan => "no_scan",
        }
    }
}

impl IntakeFault {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoPdf => "no_pdf",
            Self::OldPdf => "old_pdf",
            Self::LowDensity => "low_density",
            Self::NoColour => "no_colour",
            Self::DensityUnknown => "density_unknown",
            Self::ColourUnknown => "colour_unknown",
        }
    }

    pub fn said(self) -> Said {
        match self {
            Self::NoPdf => Said::new("không phải PDF", "no PDF"),
            Self::OldPdf => Said::new("PDF trước 1.4", "PDF before 1.4"),
            Self::LowDensity => Said::new("dưới 200 dpi", "below 200 dpi"),
            Self::NoColour => Said::new("không phải ảnh màu", "not in colour"),
            Self::DensityUnknown => Said::new("không rõ dpi", "density not known"),
            Self::ColourUnknown => Said::new("không rõ màu", "colour not known"),
        }
    }
}

/// ` 1.4` -> (1, 4)
fn version_of(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.trim().split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{PageNo, PageOutcome, Rotation, Scanned, Source, Verdict};

    #[test]
    fn the_decree_is_held_against_what_the_file_says() {
        let check = |format: &str,
                     scans: &[Option<(Option<u32>, Option<Colour>)>],
                     expect: (IntakeVerdict, &[(IntakeFault, &[u32])])| {
            let pages = scans.iter().zip(1..).map(|(scan, number)| PageSummary {
                page: PageNo::new(number).unwrap(),
                verdict: Verdict::None,
                reason: String::new(),
                width: 1,
                height: 1,
                rotation: Rotation::None,
                outcome: PageOutcome::Ok,
                notes: Vec::new(),
                scan: scan.map(|(dpi, colour)| Scanned { dpi, colour }),
                words: 0,
                doubtful_words: 0,
            });
            let document = Document {
                source: Source {
                    format: format.to_owned(),
                    ..Source::default()
                },
                pages: pages.collect(),
                ..Document::default()
            };
            let faults = expect
                .1
                .iter()
                .map(|(fault, pages)| (*fault, pages.to_vec()))
                .collect();
            assert_eq!(
                Intake::of(&document),
                Intake {
                    verdict: expect.0,
                    faults
                },
                "{format} {scans:?}"
            );
        };
        use IntakeFault::*;
        use IntakeVerdict::*;
        let good = Some((Some(200), Some(Colour::Colour)));
        check("PDF 1.4", &[good, None], (Pass, &[]));
        check("PDF 1.7", &[Some((Some(199), Some(Colour::Colour)))], (Pass, &[]));
        check("PDF 1.3", &[good], (Fail, &[(OldPdf, &[])]));
        check("TIFF", &[good], (Fail, &[(NoPdf, &[])]));
        check(
            "PDF 1.7",
            &[good, Some((Some(150), Some(Colour::Gray)))],
            (Fail, &[(LowDensity, &[2]), (NoColour, &[2])]),
        );
        check(
            "PDF 1.7",
            &[Some((None, Some(Colour::Colour)))],
            (Unknown, &[(DensityUnknown, &[1])]),
        );
        check("PDF 1.7", &[None], (NoScan, &[]));
    }
}
