//! PDFs whose text layer is known to the letter: a true text, set in an encoding or with a damage of our choice.

use lopdf::{Dictionary, Document as Pdf, Object, Stream, dictionary};
use sohoa::encoding::{Encoding, twice};
use unicode_normalization::UnicodeNormalization;

/// What is done to the true text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// In fonts named as the encoding's are.
    Named(Encoding),
    /// In a font whose name says nothing.
    Unnamed(Encoding),
    /// Marks apart from their letters.
    Decomposed,
    /// Taken for TCVN3 and converted once more.
    ConvertedTwice,
    /// Every letter under another one's name.
    LyingMap,
    /// Every mark lost.
    Stripped,
    /// Every letter that ASCII has not, lost.
    QuestionMarks,
}

pub const KINDS: [Kind; 10] = [
    Kind::Named(Encoding::Tcvn3),
    Kind::Unnamed(Encoding::Tcvn3),
    Kind::Named(Encoding::Vni),
    Kind::Unnamed(Encoding::Vni),
    Kind::Unnamed(Encoding::Viqr),
    Kind::Decomposed,
    Kind::ConvertedTwice,
    Kind::LyingMap,
    Kind::Stripped,
    Kind::QuestionMarks,
];

impl Kind {
    pub fn name(self) -> String {
        match self {
            Self::Named(encoding) => format!("{}, font named so", encoding.name()),
            Self::Unnamed(encoding) => format!("{}, font named Arial", encoding.name()),
            Self::Decomposed => "Unicode, decomposed".to_owned(),
            Self::ConvertedTwice => "converted from TCVN3 twice".to_owned(),
            Self::LyingMap => "a map that lies".to_owned(),
            Self::Stripped => "marks lost".to_owned(),
            Self::QuestionMarks => "letters turned into question marks".to_owned(),
        }
    }

    /// The verdict that every page of such a text deserves.
    pub fn verdict(self) -> &'static str {
        match self {
            Self::Named(_) | Self::Unnamed(_) => "legacy_encoding",
            Self::Decomposed => "trusted",
            _ => "damaged",
        }
    }

    /// True when the text can be had from the layer, exactly or by restoration.
    pub fn is_sound(self) -> bool {
        matches!(
            self,
            Self::Named(_) | Self::Unnamed(_) | Self::Decomposed | Self::ConvertedTwice
        )
    }
}

const LINES: usize = 45;
const WIDEST: usize = 90;

/// A run of codes in one font: plain or, for capitals of TCVN3, the other one.
struct Run {
    capitals: bool,
    codes: String,
}

/// The twin of `text`, and the lines it was set in.
pub fn pdf(text: &str, kind: Kind) -> (Vec<u8>, Vec<String>) {
    let lines = set(text);
    let runs: Vec<Vec<Run>> = lines.iter().map(|line| coded(line, kind)).collect();
    let mut alphabet: Vec<char> = runs.iter().flatten().flat_map(|r| r.codes.chars()).collect();
    alphabet.sort_unstable();
    alphabet.dedup();
    let is_latin = matches!(kind, Kind::Named(_) | Kind::Unnamed(_));
    // Codes 32 and up, as many as there are letters; the map says which letter each is.
    let code = |c: char| -> u8 {
        if is_latin {
            u8::try_from(u32::from(c)).unwrap_or(b'?')
        } else {
            let at = alphabet.binary_search(&c).unwrap_or(0);
            u8::try_from(at + 32).unwrap_or(b'?')
        }
    };
    let mut pdf = Pdf::with_version("1.7");
    let map =
        (!is_latin).then(|| pdf.add_object(Stream::new(Dictionary::new(), to_unicode(&alphabet, kind))));
    let (plain, capitals) = match kind {
        Kind::Named(Encoding::Tcvn3) => (".VnTime", ".VnTimeH"),
        Kind::Named(Encoding::Vni) => ("VNI-Times", "VNI-Times"),
        _ => ("Arial", "Arial"),
    };
    let fonts: Vec<Object> = [plain, capitals]
        .map(|name| {
            let widths: Vec<Object> = (0..256)
                .map(|code: usize| {
                    let letter = code.checked_sub(32).and_then(|at| alphabet.get(at)).filter(|_| !is_latin);
                    let mark = letter.is_some_and(|c| unicode_normalization::char::is_combining_mark(*c));
                    Object::Integer(if mark { 0 } else { 500 })
                })
                .collect();
            let mut font = dictionary! {
                "Type" => "Font", "Subtype" => "TrueType", "BaseFont" => name, "Encoding" => "WinAnsiEncoding",
                "FirstChar" => 0, "LastChar" => 255, "Widths" => widths,
            };
            if let Some(map) = map {
                font.set("ToUnicode", map);
            }
            pdf.add_object(font).into()
        })
        .into();
    let tree = pdf.new_object_id();
    let mut kids: Vec<Object> = Vec::new();
    for page in runs.chunks(LINES) {
        let mut content: Vec<u8> = b"BT 14 TL 50 800 Td\n".to_vec();
        for line in page {
            for run in line {
                content.extend(format!("/F{} 10 Tf <", u8::from(run.capitals)).bytes());
                content.extend(
                    run.codes
                        .chars()
                        .flat_map(|c| format!("{:02x}", code(c)).into_bytes()),
                );
                content.extend(b"> Tj ");
            }
            content.extend(b"T*\n");
        }
        content.extend(b"ET");
        let content = pdf.add_object(Stream::new(Dictionary::new(), content));
        let fonts = dictionary! { "F0" => fonts[0].clone(), "F1" => fonts[1].clone() };
        let page = dictionary! {
            "Type" => "Page", "Parent" => tree, "Contents" => content, "Resources" => dictionary! { "Font" => fonts },
        };
        kids.push(pdf.add_object(page).into());
    }
    let media: Vec<Object> = vec![0.into(), 0.into(), 595.into(), 842.into()];
    let node =
        dictionary! { "Type" => "Pages", "Count" => kids.len() as i64, "Kids" => kids, "MediaBox" => media };
    pdf.objects.insert(tree, node.into());
    let catalog = pdf.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    pdf.trailer.set("Root", catalog);
    let mut bytes = Vec::new();
    // A vector takes everything.
    let _ = pdf.save_to(&mut bytes);
    (bytes, lines)
}

/// Lines that fit a page, of what is not set apart in these encodings.
fn set(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut so_far = String::new();
        for word in line.split_whitespace().filter(|w| fits(w)) {
            if so_far.chars().count() + word.chars().count() >= WIDEST {
                lines.push(std::mem::take(&mut so_far));
            }
            if !so_far.is_empty() {
                so_far.push(' ');
            }
            so_far.push_str(word);
        }
        if !so_far.is_empty() {
            lines.push(so_far);
        }
    }
    lines
}

/// Signs such as `≥` and `…` have no code in the old encodings: words with them are left out.
fn fits(word: &str) -> bool {
    Encoding::Viqr.encode(word).is_some()
}

fn coded(line: &str, kind: Kind) -> Vec<Run> {
    let plain = |codes: String| {
        vec![Run {
            capitals: false,
            codes,
        }]
    };
    match kind {
        Kind::Named(Encoding::Tcvn3) | Kind::Unnamed(Encoding::Tcvn3) => {
            let mut runs: Vec<Run> = Vec::new();
            for c in line.chars() {
                let small: String = c.to_lowercase().collect();
                let (capitals, codes) = match Encoding::Tcvn3.encode(&c.to_string()) {
                    Some(codes) => (false, codes),
                    None => (true, Encoding::Tcvn3.encode(&small).unwrap_or_default()),
                };
                match runs.last_mut() {
                    Some(run) if run.capitals == capitals => run.codes.push_str(&codes),
                    _ => runs.push(Run { capitals, codes }),
                }
            }
            runs
        }
        Kind::Named(encoding) | Kind::Unnamed(encoding) => plain(encoding.encode(line).unwrap_or_default()),
        Kind::Decomposed => plain(line.nfd().collect()),
        Kind::ConvertedTwice => plain(twice::convert(line)),
        Kind::LyingMap => plain(line.to_owned()),
        Kind::Stripped => plain(
            line.nfd()
                .filter(|c| !unicode_normalization::char::is_combining_mark(*c))
                .map(|c| match c {
                    'đ' => 'd',
                    'Đ' => 'D',
                    c => c,
                })
                .collect(),
        ),
        Kind::QuestionMarks => plain(line.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect()),
    }
}

fn to_unicode(alphabet: &[char], kind: Kind) -> Vec<u8> {
    let mut map = String::from(
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /A def /CMapType 2 def\n\
         1 begincodespacerange <00> <ff> endcodespacerange\n",
    );
    for (block, chars) in alphabet.chunks(100).enumerate() {
        map += &format!("{} beginbfchar\n", chars.len());
        for (i, c) in chars.iter().enumerate() {
            let at = block * 100 + i;
            let letter = match kind {
                // Each letter is told as the one some places on: words of letters, but of no language.
                Kind::LyingMap if c.is_alphabetic() => shifted(*c),
                _ => *c,
            };
            map += &format!("<{:02x}> <{:04x}>\n", at + 32, u32::from(letter));
        }
        map += "endbfchar\n";
    }
    map += "endcmap end end";
    map.into_bytes()
}

fn shifted(c: char) -> char {
    let at = u32::from(c) % 26;
    char::from_u32(u32::from('a') + (at * 7 + 3) % 26).unwrap_or(c)
}
