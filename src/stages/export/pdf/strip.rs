use lopdf::content::{Content, Operation};
use lopdf::{Dictionary, Document, Object, ObjectId};

/// Contents within contents: deeper than this nobody nests them in earnest.
const MOST_NESTED: usize = 8;

/// Invisible text; with clipping it is invisible too.
const INVISIBLE: [i64; 2] = [3, 7];

/// Takes the hidden text out of a page's contents and of the forms it paints: invisible text, or, where there is
/// none, text that a picture is painted over. `None` when nothing has to change or the contents cannot be read.
/// `page_area` is in square points.
pub(super) fn hidden_text(
    document: &mut Document,
    content: &[u8],
    resources: &Dictionary,
    page_area: f64,
) -> Option<Vec<u8>> {
    let operations = Content::decode(content).ok()?.operations;
    let mut forms = Vec::new();
    let (mut kept, mut removed) = without_invisible(&operations, 0, |name, mode| forms.push((name, mode)));
    let mut in_forms = false;
    for (name, mode) in forms {
        in_forms |= strip_form(document, &name, mode, resources, 0);
    }
    if !removed
        && !in_forms
        && let Some(last) = last_cover(document, &kept, resources, page_area)
    {
        let mut index = 0;
        kept.retain(|op| {
            index += 1;
            index > last || !shows_text(op)
        });
        removed = kept.len() < operations.len();
    }
    if !removed {
        return None;
    }
    Content { operations: kept }.encode().ok()
}

fn shows_text(operation: &Operation) -> bool {
    matches!(operation.operator.as_str(), "Tj" | "TJ" | "'" | "\"")
}

/// The operations without those that show text in an invisible mode. `painted` learns the name of every XObject
/// and the mode that it inherits.
fn without_invisible(
    operations: &[Operation],
    mode: i64,
    mut painted: impl FnMut(Vec<u8>, i64),
) -> (Vec<Operation>, bool) {
    let mut mode = mode;
    let mut saved = Vec::new();
    let mut kept = Vec::with_capacity(operations.len());
    for operation in operations {
        match (operation.operator.as_str(), operation.operands.as_slice()) {
            ("q", _) => saved.push(mode),
            ("Q", _) => mode = saved.pop().unwrap_or(mode),
            ("Tr", [operand]) => mode = operand.as_i64().unwrap_or(mode),
            ("Do", [Object::Name(name)]) => painted(name.clone(), mode),
            _ if shows_text(operation) && INVISIBLE.contains(&mode) => continue,
            _ => {}
        }
        kept.push(operation.clone());
    }
    let removed = kept.len() < operations.len();
    (kept, removed)
}

fn xobject(document: &Document, name: &[u8], resources: &Dictionary) -> Option<ObjectId> {
    let (_, xobjects) = document.dereference(resources.get(b"XObject").ok()?).ok()?;
    xobjects.as_dict().ok()?.get(name).ok()?.as_reference().ok()
}

fn subtype(document: &Document, id: ObjectId) -> Option<&[u8]> {
    document
        .get_object(id)
        .ok()?
        .as_stream()
        .ok()?
        .dict
        .get(b"Subtype")
        .ok()?
        .as_name()
        .ok()
}

/// A picture on this share of the page hides what was painted before it.
const COVER: f64 = 0.8;

/// Where in `operations` the last picture that covers the page is painted.
fn last_cover(
    document: &Document,
    operations: &[Operation],
    resources: &Dictionary,
    page_area: f64,
) -> Option<usize> {
    // Only the area matters, so of each matrix only its determinant is kept.
    let mut scale = 1.0f64;
    let mut saved = Vec::new();
    let mut last = None;
    for (index, operation) in operations.iter().enumerate() {
        match (operation.operator.as_str(), operation.operands.as_slice()) {
            ("q", _) => saved.push(scale),
            ("Q", _) => scale = saved.pop().unwrap_or(scale),
            ("cm", [a, b, c, d, ..]) => {
                let number = |object: &Object| object.as_float().map_or(0.0, f64::from);
                scale *= number(a) * number(d) - number(b) * number(c);
            }
            ("Do", [Object::Name(name)]) if scale.abs() >= page_area * COVER => {
                let picture = xobject(document, name, resources).and_then(|id| subtype(document, id));
                if picture == Some(b"Image") {
                    last = Some(index);
                }
            }
            _ => {}
        }
    }
    last
}

/// Strips a form in place. True when something was taken out of it or of the forms within it.
fn strip_form(document: &mut Document, name: &[u8], mode: i64, outer: &Dictionary, depth: usize) -> bool {
    let Some(id) = xobject(document, name, outer).filter(|id| subtype(document, *id) == Some(b"Form")) else {
        return false;
    };
    if depth >= MOST_NESTED {
        return false;
    }
    let Some((operations, resources)) = form_parts(document, id, outer) else {
        return false;
    };
    let mut forms = Vec::new();
    let (kept, mut removed) = without_invisible(&operations, mode, |name, mode| forms.push((name, mode)));
    if removed
        && let Ok(content) = (Content { operations: kept }).encode()
        && let Ok(Object::Stream(stream)) = document.get_object_mut(id)
    {
        stream.dict.remove(b"Filter");
        stream.dict.remove(b"DecodeParms");
        stream.set_content(content);
        let _ = stream.compress();
    }
    for (name, mode) in forms {
        removed |= strip_form(document, &name, mode, &resources, depth + 1);
    }
    removed
}

fn form_parts(document: &Document, id: ObjectId, outer: &Dictionary) -> Option<(Vec<Operation>, Dictionary)> {
    let stream = document.get_object(id).ok()?.as_stream().ok()?;
    let plain = if stream.dict.has(b"Filter") {
        stream.decompressed_content().ok()?
    } else {
        stream.content.clone()
    };
    let resources = stream
        .dict
        .get(b"Resources")
        .and_then(|r| document.dereference(r))
        .and_then(|(_, r)| r.as_dict())
        .unwrap_or(outer)
        .clone();
    Some((Content::decode(&plain).ok()?.operations, resources))
}
