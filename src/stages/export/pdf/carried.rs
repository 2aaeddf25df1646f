//! The one picture that a scanned page consists of, as it stands in the file that was given.

use lopdf::content::Content;
use lopdf::{Dictionary, Document, Object, ObjectId, Stream};

use super::{CONTENT_LIMIT, inherited};

/// Values within values: a picture's own are never this deep.
const MOST_NESTED: usize = 8;

/// What of a picture's dictionary a picture needs.
const KEYS: [&[u8]; 7] = [
    b"Width",
    b"Height",
    b"ColorSpace",
    b"BitsPerComponent",
    b"Decode",
    b"Filter",
    b"DecodeParms",
];

/// Compressions that PDF/A-2 takes as they are; JPEG 2000 has conditions of its own.
const FILTERS: [&[u8]; 4] = [b"DCTDecode", b"CCITTFaxDecode", b"JBIG2Decode", b"FlateDecode"];

/// A picture and the matrix that it is painted with.
pub(super) struct Carried {
    pub(super) image: ObjectId,
    pub(super) matrix: [f64; 6],
}

/// Copies the picture of `page` from `source` to `target`; `None` unless nothing else can be seen on the page and
/// nothing about it is out of the ordinary.
pub(super) fn picture(source: &Document, page: ObjectId, target: &mut Document) -> Option<Carried> {
    let attributes = source.get_dictionary(page).ok()?;
    let odd = [b"Annots".as_slice(), b"UserUnit", b"AA"];
    if odd.iter().any(|key| attributes.has(key)) {
        return None;
    }
    let content = source.get_page_content_with_limit(page, CONTENT_LIMIT).ok()?;
    let (name, matrix) = only_picture(&Content::decode(&content).ok()?)?;
    let resources = inherited(source, page, b"Resources")?.as_dict().ok()?;
    let (_, pictures) = source.dereference(resources.get(b"XObject").ok()?).ok()?;
    let (_, picture) = source
        .dereference(pictures.as_dict().ok()?.get(&name).ok()?)
        .ok()?;
    let copy = plain_copy(source, picture.as_stream().ok()?, target)?;
    Some(Carried {
        image: target.add_object(copy),
        matrix,
    })
}

/// The name of the only picture that the operations paint, where they paint nothing else that can be seen.
fn only_picture(content: &Content) -> Option<(Vec<u8>, [f64; 6])> {
    const UNMOVED: [f64; 6] = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];
    let (mut matrix, mut mode) = (UNMOVED, 0);
    let mut saved = Vec::new();
    let mut found = None;
    for operation in &content.operations {
        match (operation.operator.as_str(), operation.operands.as_slice()) {
            ("q", _) => saved.push((matrix, mode)),
            ("Q", _) => (matrix, mode) = saved.pop()?,
            ("cm", operands) => {
                let numbers: Vec<f64> = operands.iter().map(number).collect::<Option<_>>()?;
                matrix = product(<[f64; 6]>::try_from(numbers).ok()?, matrix);
            }
            ("Tr", [operand]) => mode = operand.as_i64().ok()?,
            ("Tj" | "TJ" | "'" | "\"", _) if mode == 3 => {}
            ("Do", [Object::Name(name)]) if found.is_none() => found = Some((name.clone(), matrix)),
            // State of text, and marks around it: nothing that can be seen.
            (
                "BT" | "ET" | "Tf" | "Td" | "TD" | "Tm" | "T*" | "Tc" | "Tw" | "Tz" | "TL" | "Ts" | "BMC"
                | "BDC" | "EMC",
                _,
            ) => {}
            _ => return None,
        }
    }
    found
}

fn number(object: &Object) -> Option<f64> {
    object.as_float().ok().map(f64::from)
}

/// First `a`, then `b` (ISO 32000-1, 8.3.4).
fn product(a: [f64; 6], b: [f64; 6]) -> [f64; 6] {
    [
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    ]
}

/// The picture with the keys that it needs, where it is opaque and its colours are gray or red, green and blue.
fn plain_copy(source: &Document, picture: &Stream, target: &mut Document) -> Option<Stream> {
    let given = &picture.dict;
    let name = |object: &Object| object.as_name().ok().map(<[u8]>::to_vec);
    let is_image = given.get(b"Subtype").ok().and_then(name)? == b"Image";
    let see_through = [b"SMask".as_slice(), b"Mask", b"ImageMask", b"SMaskInData", b"F"];
    if !is_image || see_through.iter().any(|key| given.has(key)) {
        return None;
    }
    let (_, filter) = source.dereference(given.get(b"Filter").ok()?).ok()?;
    let filters = match filter {
        Object::Array(filters) => filters.iter().map(name).collect::<Option<Vec<_>>>()?,
        one => vec![name(one)?],
    };
    if !filters.iter().all(|filter| FILTERS.contains(&filter.as_slice())) {
        return None;
    }
    let (_, space) = source.dereference(given.get(b"ColorSpace").ok()?).ok()?;
    let base = match space {
        Object::Array(indexed) => match indexed.as_slice() {
            [kind, base, _, _] if name(kind)? == b"Indexed" => name(base)?,
            _ => return None,
        },
        plain => name(plain)?,
    };
    if base != b"DeviceGray" && base != b"DeviceRGB" {
        return None;
    }
    let mut dict = Dictionary::new();
    dict.set("Type", "XObject");
    dict.set("Subtype", "Image");
    for key in KEYS {
        if let Ok(value) = given.get(key) {
            dict.set(key, copied(source, value, target, 0)?);
        }
    }
    Some(Stream::new(dict, picture.content.clone()))
}

/// A value with all that it refers to.
fn copied(source: &Document, value: &Object, target: &mut Document, depth: usize) -> Option<Object> {
    if depth > MOST_NESTED {
        return None;
    }
    Some(match value {
        Object::Reference(_) => {
            let (_, value) = source.dereference(value).ok()?;
            match copied(source, value, target, depth + 1)? {
                // A stream cannot stand within another value.
                stream @ Object::Stream(_) => target.add_object(stream).into(),
                plain => plain,
            }
        }
        Object::Array(values) => Object::Array(
            values
                .iter()
                .map(|value| copied(source, value, target, depth + 1))
                .collect::<Option<_>>()?,
        ),
        Object::Dictionary(values) => copied_values(source, values, target, depth)?.into(),
        Object::Stream(stream) => {
            let dict = copied_values(source, &stream.dict, target, depth)?;
            Stream::new(dict, stream.content.clone()).into()
        }
        plain => plain.clone(),
    })
}

fn copied_values(
    source: &Document,
    values: &Dictionary,
    target: &mut Document,
    depth: usize,
) -> Option<Dictionary> {
    let mut copy = Dictionary::new();
    for (key, value) in values.iter() {
        copy.set(key.as_slice(), copied(source, value, target, depth + 1)?);
    }
    Some(copy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_a_picture_only_where_nothing_else_is_seen() {
        let check = |content: &str, expect: Option<[f64; 6]>| {
            let content = Content::decode(content.as_bytes()).unwrap();
            assert_eq!(only_picture(&content).map(|(_, matrix)| matrix), expect);
        };
        let whole = Some([100.0, 0.0, 0.0, 200.0, 0.0, 0.0]);
        check("q 100 0 0 200 0 0 cm /Im0 Do Q", whole);
        check("q 2 0 0 2 0 0 cm 50 0 0 100 0 0 cm /Im0 Do Q", whole);
        check(
            "q 100 0 0 200 0 0 cm /Im0 Do Q BT 3 Tr /F1 1 Tf (hidden) Tj ET",
            whole,
        );
        check("q 100 0 0 200 0 0 cm /Im0 Do Q BT (seen) Tj ET", None);
        check("q 100 0 0 200 0 0 cm /Im0 Do /Im1 Do Q", None);
        check("0 0 10 10 re f q 100 0 0 200 0 0 cm /Im0 Do Q", None);
        check("0 0 10 10 re W n q 100 0 0 200 0 0 cm /Im0 Do Q", None);
        check("/GS0 gs q 100 0 0 200 0 0 cm /Im0 Do Q", None);
        check("", None);
    }
}
