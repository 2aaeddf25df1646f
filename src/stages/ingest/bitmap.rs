use image::{DynamicImage, GrayImage, RgbImage};
use pdfium_render::prelude::*;

/// PDFium's bitmap without its row padding: gray stays gray, everything else becomes RGB.
pub(super) fn picture(bitmap: &PdfBitmap) -> Option<DynamicImage> {
    let (width, height) = (
        usize::try_from(bitmap.width()).ok()?,
        usize::try_from(bitmap.height()).ok()?,
    );
    if width == 0 || height == 0 {
        return None;
    }
    let format = bitmap.format().ok()?;
    let bytes = bitmap.as_raw_bytes();
    let stride = bytes.len() / height;
    let samples = match format {
        PdfBitmapFormat::Gray => 1,
        PdfBitmapFormat::BGR => 3,
        PdfBitmapFormat::BGRA | PdfBitmapFormat::BGRx => 4,
    };
    if stride < width * samples {
        return None;
    }
    let (w, h) = (u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    let rows = bytes.chunks_exact(stride).take(height);
    if samples == 1 {
        let pixels: Vec<u8> = rows.flat_map(|row| &row[..width]).copied().collect();
        return GrayImage::from_raw(w, h, pixels).map(DynamicImage::ImageLuma8);
    }
    let mut pixels = Vec::with_capacity(width * height * 3);
    for row in rows {
        for pixel in row[..width * samples].chunks_exact(samples) {
            pixels.extend([pixel[2], pixel[1], pixel[0]]);
        }
    }
    RgbImage::from_raw(w, h, pixels).map(DynamicImage::ImageRgb8)
}

/// True where more than 60% of the pixels are black: no paper looks like that.
pub(super) fn is_mostly_black(pixels: &DynamicImage) -> bool {
    let (bytes, samples) = match pixels {
        DynamicImage::ImageLuma8(gray) => (gray.as_raw(), 1),
        DynamicImage::ImageRgb8(rgb) => (rgb.as_raw(), 3),
        _ => return false,
    };
    // One pixel in a hundred is enough to tell.
    let seen = bytes.chunks_exact(samples).step_by(97);
    let (all, dark) = seen.fold((0usize, 0usize), |(all, dark), p| {
        (all + 1, dark + usize::from(p.iter().all(|s| *s < 64)))
    });
    dark * 10 > all * 6
}
