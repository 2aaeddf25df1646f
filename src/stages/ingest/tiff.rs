//! The chain of a TIFF's directories: how many pages there are, how large, and where each begins.
//! TIFF 6.0 section 2, and BigTIFF.

use super::{IngestError, LimitKind};

const NEW_SUBFILE_TYPE: u16 = 254;
const WIDTH: u16 = 256;
const HEIGHT: u16 = 257;
const X_RESOLUTION: u16 = 282;
const RESOLUTION_UNIT: u16 = 296;

/// One page of a TIFF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    /// Of its directory in the file.
    offset: u64,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) dpi: Option<u32>,
}

#[derive(Clone, Copy)]
struct Layout {
    little: bool,
    big: bool,
}

struct File<'a> {
    bytes: &'a [u8],
    layout: Layout,
}

/// Every page but thumbnails, in the order of the chain.
pub(super) fn frames(bytes: &[u8], most: usize) -> Result<Vec<Frame>, IngestError> {
    let cut = || IngestError::broken("a TIFF directory lies beyond the end of the file");
    let layout = layout(bytes).ok_or_else(cut)?;
    let file = File { bytes, layout };
    let mut next = if layout.big {
        file.number(8, 8)
    } else {
        file.number(4, 4)
    }
    .ok_or_else(cut)?;
    let mut frames = Vec::new();
    let mut seen = std::collections::HashSet::new();
    while next != 0 {
        if !seen.insert(next) {
            return Err(IngestError::broken("the TIFF directories form a loop"));
        }
        let (frame, following) = file.directory(next).ok_or_else(cut)?;
        frames.extend(frame);
        if frames.len() > most {
            return Err(IngestError::over(
                LimitKind::Pages,
                frames.len() as u64,
                most as u64,
            ));
        }
        next = following;
    }
    Ok(frames)
}

/// The same file with `frame` as its first page.
pub(super) fn starting_at(bytes: &[u8], frame: &Frame) -> Vec<u8> {
    let mut copy = bytes.to_vec();
    let Some(Layout { little, big }) = layout(bytes) else {
        return copy;
    };
    let offset = frame.offset;
    let (at, size) = if big { (8, 8) } else { (4, 4) };
    let written: Vec<u8> = if little {
        offset.to_le_bytes()[..size].to_vec()
    } else {
        offset.to_be_bytes()[8 - size..].to_vec()
    };
    if let Some(place) = copy.get_mut(at..at + size) {
        place.copy_from_slice(&written);
    }
    copy
}

fn layout(bytes: &[u8]) -> Option<Layout> {
    match bytes.first_chunk()? {
        [b'I', b'I', version @ (42 | 43), 0] => Some(Layout {
            little: true,
            big: *version == 43,
        }),
        [b'M', b'M', 0, version @ (42 | 43)] => Some(Layout {
            little: false,
            big: *version == 43,
        }),
        _ => None,
    }
}

impl File<'_> {
    /// An unsigned number of `size` bytes.
    fn number(&self, at: u64, size: usize) -> Option<u64> {
        let at = usize::try_from(at).ok()?;
        let bytes = self.bytes.get(at..at.checked_add(size)?)?;
        let fold = |all: u64, byte: &u8| all << 8 | u64::from(*byte);
        Some(if self.layout.little {
            bytes.iter().rev().fold(0, fold)
        } else {
            bytes.iter().fold(0, fold)
        })
    }

    /// The page at `offset` (`None` for a thumbnail) and where the next directory begins.
    fn directory(&self, offset: u64) -> Option<(Option<Frame>, u64)> {
        let (count_size, entry_size, next_size) = if self.layout.big { (8, 20, 8) } else { (2, 12, 4) };
        let count = self.number(offset, count_size)?;
        let entries = offset.checked_add(count_size as u64)?;
        let end = entries.checked_add(count.checked_mul(entry_size)?)?;
        let following = self.number(end, next_size)?;
        let (mut width, mut height, mut thumbnail, mut density, mut unit) = (0, 0, false, None, 2);
        for index in 0..count {
            let entry = entries + index * entry_size;
            let tag = self.number(entry, 2)? as u16;
            let kind = self.number(entry + 2, 2)?;
            let value = entry + if self.layout.big { 12 } else { 8 };
            // SHORT or LONG; longer values stand elsewhere.
            let number = || self.number(value, if kind == 3 { 2 } else { 4 });
            match tag {
                NEW_SUBFILE_TYPE => thumbnail = number()? & 1 == 1,
                WIDTH => width = u32::try_from(number()?).ok()?,
                HEIGHT => height = u32::try_from(number()?).ok()?,
                RESOLUTION_UNIT => unit = number()?,
                X_RESOLUTION => {
                    let at = if self.layout.big {
                        value
                    } else {
                        self.number(value, 4)?
                    };
                    density = self
                        .number(at, 4)
                        .zip(self.number(at + 4, 4))
                        .filter(|(_, below)| *below > 0);
                }
                _ => {}
            }
        }
        let inches = match unit {
            2 => Some(1.0),
            3 => Some(2.54),
            _ => None,
        };
        let dpi = density
            .zip(inches)
            .map(|((above, below), per)| (above as f64 / below as f64 * per).round() as u32);
        let frame = Frame {
            offset,
            width,
            height,
            dpi,
        };
        Some(((!thumbnail).then_some(frame), following))
    }
}
