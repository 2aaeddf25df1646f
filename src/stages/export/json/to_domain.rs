use super::rules::{parse_limit, parse_score};
use super::shapes::{Criterion, Document, Finding, Page, Provenance, Rubric, Table};
use super::{JsonError, SCHEMA};
use crate::domain::{self, Confidence, Named, PageNo, PageOutcome, PixelBox, Reader, Rotation, TableCell};

/// A value by its name; the message lists the names there are.
pub(super) fn named<T: Named>(field: &str, name: &str) -> Result<T, JsonError> {
    T::from_name(name).ok_or_else(|| {
        let known: Vec<&str> = T::NAMES.iter().map(|(_, name)| *name).collect();
        JsonError::value(field, format!("{name:?} is none of {}", known.join(", ")))
    })
}

fn page_no(field: &str, number: u32) -> Result<PageNo, JsonError> {
    PageNo::new(number).ok_or_else(|| JsonError::value(field, "pages count from 1"))
}

fn bbox([x0, y0, x1, y1]: [i32; 4]) -> PixelBox {
    PixelBox { x0, y0, x1, y1 }
}

/// Converts each of `items`, naming the one that fails: `criteria[3]`.
fn each<A, B>(field: &str, items: Vec<A>) -> Result<Vec<B>, JsonError>
where
    B: TryFrom<A, Error = JsonError>,
{
    items
        .into_iter()
        .enumerate()
        .map(|(i, item)| B::try_from(item).map_err(|e| e.within(&format!("{field}[{i}]"))))
        .collect()
}

impl TryFrom<Document> for domain::Document {
    type Error = JsonError;

    fn try_from(document: Document) -> Result<Self, JsonError> {
        if document.schema != SCHEMA {
            return Err(JsonError::Schema {
                found: document.schema,
            });
        }
        Ok(Self {
            source: domain::Source {
                file: document.source.file,
                sha256: document.source.sha256,
                pages: document.source.pages,
                format: document.source.format,
            },
            pipeline: domain::Pipeline {
                version: document.pipeline.version,
                readers: document.pipeline.readers,
                models: document.pipeline.models,
                missing: document.pipeline.missing,
            },
            metadata: domain::Metadata {
                kind: document.document.kind,
                number: document.document.number,
                date: document.document.date,
                issuer: document.document.issuer,
                title: document.document.title,
                signed_at: document.document.signed_at,
            },
            text: document.text,
            pages: each("pages", document.pages)?,
            tables: each("tables", document.tables)?,
            rubrics: each("rubrics", document.rubrics)?,
            findings: each("findings", document.findings)?,
        })
    }
}

impl TryFrom<Page> for domain::PageSummary {
    type Error = JsonError;

    fn try_from(page: Page) -> Result<Self, JsonError> {
        Ok(Self {
            page: page_no("page", page.page)?,
            verdict: named("verdict", &page.verdict)?,
            reason: page.reason,
            width: page.width,
            height: page.height,
            rotation: Rotation::from_degrees(page.rotation)
                .ok_or_else(|| JsonError::value("rotation", "is none of 0, 90, 180, 270"))?,
            outcome: match page.outcome.as_str() {
                "ok" => PageOutcome::Ok,
                "blank" => PageOutcome::Blank,
                "failed" => PageOutcome::Failed {
                    why: page.why.unwrap_or_default(),
                },
                other => {
                    return Err(JsonError::value(
                        "outcome",
                        format!("{other:?} is none of ok, blank, failed"),
                    ));
                }
            },
            notes: page.notes,
            scan: match page.scan {
                Some(scan) => Some(domain::Scanned {
                    dpi: scan.dpi,
                    colour: scan.colour.map(|name| named("colour", &name)).transpose()?,
                }),
                None => None,
            },
            words: page.words,
            doubtful_words: page.doubtful_words,
        })
    }
}

impl TryFrom<Table> for domain::Table {
    type Error = JsonError;

    fn try_from(table: Table) -> Result<Self, JsonError> {
        let cells = |texts: Vec<String>| texts.into_iter().map(TableCell::from_text).collect::<Vec<_>>();
        let columns = table.header.len();
        let mut result = Self {
            pages: table
                .pages
                .into_iter()
                .map(|n| page_no("pages", n))
                .collect::<Result<_, _>>()?,
            header: cells(table.header),
            rows: table
                .rows
                .into_iter()
                .map(|row| domain::Row { cells: cells(row) })
                .collect(),
            title: table.title,
        };
        if let Some(row) = result.rows.iter().position(|row| row.cells.len() != columns) {
            let problem = format!(
                "has {} cells, the header has {columns}",
                result.rows[row].cells.len()
            );
            return Err(JsonError::value(format!("rows[{row}]"), problem));
        }
        for (i, span) in table.spans.iter().enumerate() {
            let cell = cell_mut(&mut result, span.row, span.column)
                .ok_or_else(|| JsonError::value(format!("spans[{i}]"), "there is no such cell"))?;
            (cell.row_span, cell.column_span) = (span.row_span, span.column_span);
        }
        for (i, place) in table.places.iter().enumerate() {
            let page = page_no("places", place.page)?;
            cell_mut(&mut result, place.row, place.column)
                .ok_or_else(|| JsonError::value(format!("places[{i}]"), "there is no such cell"))?
                .places
                .push((page, bbox(place.bbox)));
        }
        Ok(result)
    }
}

fn cell_mut(table: &mut domain::Table, row: Option<usize>, column: usize) -> Option<&mut TableCell> {
    match row {
        None => table.header.get_mut(column),
        Some(row) => table.rows.get_mut(row)?.cells.get_mut(column),
    }
}

impl TryFrom<Rubric> for domain::Rubric {
    type Error = JsonError;

    fn try_from(rubric: Rubric) -> Result<Self, JsonError> {
        let columns = rubric
            .columns
            .into_iter()
            .map(|c| {
                Ok(domain::Column {
                    role: named("columns.role", &c.role)?,
                    header: c.header,
                })
            })
            .collect::<Result<_, JsonError>>()?;
        let criteria: Vec<domain::Criterion> = each("criteria", rubric.criteria)?;
        tree(&criteria)?;
        Ok(Self {
            title: rubric.title,
            applies_to: rubric.applies_to,
            max_score: limit("max_score", rubric.max_score.as_deref())?,
            bonus_max: limit("bonus_max", rubric.bonus_max.as_deref())?,
            columns,
            criteria,
            findings: each("findings", rubric.findings)?,
            provenance: each("provenance", rubric.provenance)?,
            table: rubric.table,
        })
    }
}

fn limit(name: &str, text: Option<&str>) -> Result<Option<domain::Score>, JsonError> {
    text.map(|text| parse_limit(name, text)).transpose()
}

/// Ids are unique, and a parent stands before its children: so no criterion can be its own ancestor.
fn tree(criteria: &[domain::Criterion]) -> Result<(), JsonError> {
    let mut seen = std::collections::HashSet::new();
    for (i, criterion) in criteria.iter().enumerate() {
        if let Some(parent) = &criterion.parent
            && !seen.contains(parent.as_str())
        {
            let problem = format!("{parent:?} is the id of no criterion before this one");
            return Err(JsonError::value(format!("criteria[{i}].parent"), problem));
        }
        if !seen.insert(criterion.id.as_str()) {
            let problem = format!("{:?} stands twice", criterion.id);
            return Err(JsonError::value(format!("criteria[{i}].id"), problem));
        }
    }
    Ok(())
}

impl TryFrom<Criterion> for domain::Criterion {
    type Error = JsonError;

    fn try_from(criterion: Criterion) -> Result<Self, JsonError> {
        let points = |name: &str, text: &Option<String>| {
            text.as_deref().map(|text| parse_score(name, text)).transpose()
        };
        Ok(Self {
            max_score: limit("max_score", criterion.max_score.as_deref())?,
            bonus: limit("bonus", criterion.bonus.as_deref())?,
            deduction: limit("deduction", criterion.deduction.as_deref())?,
            self_score: points("self_score", &criterion.self_score)?,
            verified_score: points("verified_score", &criterion.verified_score)?,
            kind: named("kind", &criterion.kind)?,
            rules: each("rules", criterion.rules)?,
            provenance: each("provenance", criterion.provenance)?,
            id: criterion.id,
            parent: criterion.parent,
            number: criterion.number,
            title: criterion.title,
            evidence: criterion.evidence,
            data_items: criterion.data_items,
            period: criterion.period,
            method: criterion.method,
            notes: criterion.notes,
        })
    }
}

impl TryFrom<Provenance> for domain::Provenance {
    type Error = JsonError;

    fn try_from(provenance: Provenance) -> Result<Self, JsonError> {
        let reader = |name: &String| {
            Reader::from_name(name)
                .ok_or_else(|| JsonError::value("readers", format!("{name:?} is no reader of this program")))
        };
        Ok(Self {
            field: named("field", &provenance.field)?,
            page: page_no("page", provenance.page)?,
            bbox: bbox(provenance.bbox),
            raw: provenance.raw,
            confidence: Confidence::new(provenance.confidence),
            readers: provenance.readers.iter().map(reader).collect::<Result<_, _>>()?,
            candidates: provenance.candidates,
            restored_by: provenance.restored_by,
            doubtful: provenance.doubtful,
        })
    }
}

impl TryFrom<Finding> for domain::Finding {
    type Error = JsonError;

    fn try_from(finding: Finding) -> Result<Self, JsonError> {
        Ok(Self {
            code: named("code", &finding.code)?,
            about: named("about", &finding.about)?,
            severity: named("severity", &finding.severity)?,
            criterion: finding.criterion,
            field: finding.field.map(|f| named("field", &f)).transpose()?,
            page: finding.page.map(|n| page_no("page", n)).transpose()?,
            bbox: finding.bbox.map(bbox),
            message: finding.message,
            message_en: finding.message_en,
        })
    }
}
