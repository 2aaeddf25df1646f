use std::io::Cursor;
use std::sync::Arc;

use image::{DynamicImage, ExtendedColorType, ImageDecoder, ImageFormat, ImageReader};

use super::tiff::{self, Frame};
use super::{FileKind, IngestError, LimitKind, Limits, Origin, PageError, PageImage, placement};
use crate::domain::{Colour, Scanned};

/// A picture file: one frame, or several in a TIFF.
pub(super) struct Raster {
    bytes: Arc<[u8]>,
    format: ImageFormat,
    /// TIFF only, in order.
    frames: Vec<Frame>,
    pixel_limit: u64,
}

impl Raster {
    /// Looks at every frame's size before anything is decoded.
    pub(super) fn open(bytes: Arc<[u8]>, kind: FileKind, limits: &Limits) -> Result<Self, IngestError> {
        let format = match kind {
            FileKind::Png => ImageFormat::Png,
            FileKind::Jpeg => ImageFormat::Jpeg,
            FileKind::WebP => ImageFormat::WebP,
            FileKind::Tiff | FileKind::Pdf => ImageFormat::Tiff,
        };
        let frames = if format == ImageFormat::Tiff {
            tiff::frames(&bytes, limits.pages)?
        } else {
            Vec::new()
        };
        let raster = Self {
            bytes,
            format,
            frames,
            pixel_limit: limits.pixels,
        };
        if raster.format == ImageFormat::Tiff && raster.frames.is_empty() {
            return Err(IngestError::NoPages);
        }
        for index in 0..raster.pages() {
            let (width, height) = raster.dimensions(index)?;
            if width == 0 || height == 0 {
                return Err(IngestError::broken("a picture without pixels"));
            }
            placement::within(width, height, limits.pixels).map_err(|e| match e {
                PageError::OverLimit { what, actual, limit } => IngestError::over(what, actual, limit),
                other => IngestError::broken(other),
            })?;
        }
        Ok(raster)
    }

    pub(super) fn pages(&self) -> usize {
        if self.format == ImageFormat::Tiff {
            self.frames.len()
        } else {
            1
        }
    }

    fn dimensions(&self, index: usize) -> Result<(u32, u32), IngestError> {
        if let Some(frame) = self.frames.get(index) {
            return Ok((frame.width, frame.height));
        }
        let reader = ImageReader::with_format(Cursor::new(&self.bytes[..]), self.format);
        reader.into_dimensions().map_err(IngestError::broken)
    }

    /// Width and height in points, where the file gives a density.
    pub(super) fn page_size(&self, index: usize) -> Result<Option<(f32, f32)>, PageError> {
        if index >= self.pages() {
            return Err(PageError::NoSuchPage { index });
        }
        let (width, height) = self.dimensions(index).map_err(PageError::broken)?;
        let points = |pixels: u32, dpi: u32| pixels as f32 / dpi as f32 * 72.0;
        let turned = self.orientation(index).is_some_and(|o| o >= 5);
        let (width, height) = if turned { (height, width) } else { (width, height) };
        Ok(self
            .dpi(index)
            .map(|dpi| (points(width, dpi), points(height, dpi))))
    }

    fn orientation(&self, index: usize) -> Option<u8> {
        let bytes = self.frame_bytes(index);
        let mut decoder = ImageReader::with_format(Cursor::new(&bytes[..]), self.format)
            .into_decoder()
            .ok()?;
        decoder
            .orientation()
            .ok()
            .map(image::metadata::Orientation::to_exif)
    }

    /// The file as its frame `index` alone: the decoder looks only at a TIFF's first.
    fn frame_bytes(&self, index: usize) -> std::borrow::Cow<'_, [u8]> {
        match self.frames.get(index) {
            Some(frame) if index > 0 => tiff::starting_at(&self.bytes, frame).into(),
            _ => (&self.bytes[..]).into(),
        }
    }

    /// Decodes a frame and turns it as its metadata says.
    pub(super) fn frame(&self, index: usize) -> Result<PageImage, PageError> {
        if index >= self.pages() {
            return Err(PageError::NoSuchPage { index });
        }
        let bytes = self.frame_bytes(index);
        let mut reader = ImageReader::with_format(Cursor::new(&bytes[..]), self.format);
        let mut limits = image::Limits::default();
        // Four 16-bit samples a pixel is the widest the decoders give; as much again for their own use.
        limits.max_alloc = Some(self.pixel_limit.saturating_mul(8 * 2));
        reader.limits(limits);
        let decoded = reader.into_decoder().and_then(|mut decoder| {
            let orientation = decoder.orientation()?;
            let (width, height) = decoder.dimensions();
            Ok((
                DynamicImage::from_decoder(decoder)?,
                orientation,
                u64::from(width) * u64::from(height),
            ))
        });
        let (mut picture, orientation, pixels) = decoded.map_err(PageError::broken)?;
        if pixels > self.pixel_limit {
            let limit = self.pixel_limit;
            return Err(PageError::OverLimit {
                what: LimitKind::Pixels,
                actual: pixels,
                limit,
            });
        }
        picture.apply_orientation(orientation);
        Ok(PageImage {
            pixels: plain(picture),
            dpi: self.dpi(index),
            origin: Origin::Scan,
        })
    }

    /// What the file says of a frame.
    pub(super) fn scanned(&self, index: usize) -> Scanned {
        let bytes = self.frame_bytes(index);
        let colours = ImageReader::with_format(Cursor::new(&bytes[..]), self.format)
            .into_decoder()
            .map(|decoder| decoder.original_color_type());
        Scanned {
            dpi: self.dpi(index),
            colour: match colours {
                Ok(ExtendedColorType::L1 | ExtendedColorType::La1) => Some(Colour::Bilevel),
                Ok(colours) if colours.channel_count() < 3 => Some(Colour::Gray),
                Ok(_) => Some(Colour::Colour),
                Err(_) => None,
            },
        }
    }

    fn dpi(&self, index: usize) -> Option<u32> {
        let dpi = match self.format {
            ImageFormat::Tiff => self.frames.get(index)?.dpi,
            ImageFormat::Png => png_dpi(&self.bytes),
            ImageFormat::Jpeg => jpeg_dpi(&self.bytes),
            _ => None,
        };
        // 72 and 96 are what programs write when they do not know.
        dpi.filter(|dpi| (100..=2400).contains(dpi))
    }
}

/// Eight bits, gray or RGB, on white paper where it was transparent.
fn plain(picture: DynamicImage) -> DynamicImage {
    match picture {
        DynamicImage::ImageLuma8(_) | DynamicImage::ImageRgb8(_) => picture,
        DynamicImage::ImageLuma16(_) => DynamicImage::ImageLuma8(picture.into_luma8()),
        other if other.color().has_alpha() => {
            let mut rgba = other.into_rgba8();
            for pixel in rgba.pixels_mut() {
                let alpha = u16::from(pixel[3]);
                for sample in &mut pixel.0[..3] {
                    *sample = ((u16::from(*sample) * alpha + 255 * (255 - alpha)) / 255) as u8;
                }
            }
            DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(rgba).into_rgb8())
        }
        other => DynamicImage::ImageRgb8(other.into_rgb8()),
    }
}

/// From the `pHYs` chunk, which stands before the pixels and counts by the metre.
fn png_dpi(bytes: &[u8]) -> Option<u32> {
    let mut rest = bytes.get(8..)?;
    loop {
        let length = u32::from_be_bytes(*rest.first_chunk()?) as usize;
        let kind = rest.get(4..8)?;
        let data = rest.get(8..8usize.checked_add(length)?)?;
        match (kind, data) {
            (b"pHYs", [a, b, c, d, _, _, _, _, 1]) => {
                let metre = u32::from_be_bytes([*a, *b, *c, *d]);
                return Some((f64::from(metre) * 0.0254).round() as u32);
            }
            (b"IDAT" | b"IEND", _) => return None,
            _ => rest = rest.get(length.checked_add(12)?..)?,
        }
    }
}

/// From the JFIF header.
fn jpeg_dpi(bytes: &[u8]) -> Option<u32> {
    let mut rest = bytes.get(2..)?;
    while let [0xff, marker, high, low, ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        if let (0xe0, Some([b'J', b'F', b'I', b'F', 0, _, _, unit, x0, x1, ..])) = (*marker, rest.get(4..)) {
            let density = u32::from(u16::from_be_bytes([*x0, *x1]));
            return match unit {
                1 => Some(density),
                2 => Some((f64::from(density) * 2.54).round() as u32),
                _ => None,
            };
        }
        if *marker == 0xda {
            return None;
        }
        rest = rest.get(2 + length..)?;
    }
    None
}
