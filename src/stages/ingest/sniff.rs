/// What kind of file it is, by its first bytes, never by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    Pdf,
    Png,
    Jpeg,
    Tiff,
    WebP,
}

/// ISO 32000 asks for `%PDF-` at the start; readers accept it within the first kilobyte, and so do we.
const PDF_WITHIN: usize = 1024;

impl FileKind {
    /// `None` when it is none of ours.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let head = &bytes[..bytes.len().min(PDF_WITHIN)];
        match bytes {
            [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some(Self::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Some(Self::Tiff),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            _ if head.windows(5).any(|w| w == b"%PDF-") => Some(Self::Pdf),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell() {
        let check =
            |bytes: &[u8], expect: Option<FileKind>| assert_eq!(FileKind::of(bytes), expect, "{bytes:?}");
        check(b"%PDF-1.7\n", Some(FileKind::Pdf));
        check(b"\r\n\xef\xbb\xbf junk %PDF-1.4", Some(FileKind::Pdf));
        check(b"\x89PNG\r\n\x1a\n....", Some(FileKind::Png));
        check(b"\xff\xd8\xff\xe0..JFIF", Some(FileKind::Jpeg));
        check(b"II\x2a\0\x08\0\0\0", Some(FileKind::Tiff));
        check(b"MM\0\x2b....", Some(FileKind::Tiff));
        check(b"RIFF\x10\0\0\0WEBPVP8 ", Some(FileKind::WebP));
        check(b"RIFF\x10\0\0\0WAVEfmt ", None);
        check(b"PK\x03\x04 a docx", None);
        check(b"\xd0\xcf\x11\xe0 an old doc", None);
        check(b"%!PS-Adobe", None);
        check(b"", None);
    }
}
