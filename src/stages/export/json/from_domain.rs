use super::rules::{Rule, score};
use super::shapes::{
    Column, Criterion, Document, Finding, Metadata, Page, Pipeline, Place, Provenance, Rubric, Scan, Source,
    Span, Status, Table,
};
use crate::domain::{self, Named, PixelBox};

/// A whole document is always a draft: only a single rubric can be confirmed.
impl From<&domain::Document> for Document {
    fn from(document: &domain::Document) -> Self {
        Self {
            schema: super::SCHEMA.to_owned(),
            status: Status::Draft,
            source: Source::from(&document.source),
            pipeline: Pipeline::from(&document.pipeline),
            document: Metadata::from(&document.metadata),
            text: document.text.clone(),
            pages: document.pages.iter().map(Page::from).collect(),
            tables: document.tables.iter().map(Table::from).collect(),
            rubrics: document.rubrics.iter().map(Rubric::from).collect(),
            findings: document.findings.iter().map(Finding::from).collect(),
            confirmation: None,
        }
    }
}

impl From<&domain::Source> for Source {
    fn from(source: &domain::Source) -> Self {
        Self {
            file: source.file.clone(),
            sha256: source.sha256.clone(),
            pages: source.pages,
            format: source.format.clone(),
        }
    }
}

impl From<&domain::Pipeline> for Pipeline {
    fn from(pipeline: &domain::Pipeline) -> Self {
        Self {
            version: pipeline.version.clone(),
            readers: pipeline.readers.clone(),
            models: pipeline.models.clone(),
            missing: pipeline.missing.clone(),
        }
    }
}

impl From<&domain::Metadata> for Metadata {
    fn from(metadata: &domain::Metadata) -> Self {
        let domain::Metadata {
            kind,
            number,
            date,
            issuer,
            title,
            signed_at,
        } = metadata.clone();
        Self {
            kind,
            number,
            date,
            issuer,
            title,
            signed_at,
        }
    }
}

impl From<&domain::PageSummary> for Page {
    fn from(page: &domain::PageSummary) -> Self {
        Self {
            page: page.page.get(),
            verdict: page.verdict.name().to_owned(),
            width: page.width,
            height: page.height,
            rotation: page.rotation.degrees(),
            outcome: page.outcome.name().to_owned(),
            why: page.outcome.why().map(str::to_owned),
            reason: page.reason.clone(),
            notes: page.notes.clone(),
            scan: page.scan.map(|scan| Scan {
                dpi: scan.dpi,
                colour: scan.colour.map(|colour| colour.name().to_owned()),
            }),
            words: page.words,
            doubtful_words: page.doubtful_words,
        }
    }
}

impl From<&domain::Table> for Table {
    fn from(table: &domain::Table) -> Self {
        let texts = |cells: &[domain::TableCell]| cells.iter().map(|c| c.text.clone()).collect::<Vec<_>>();
        let header = table
            .header
            .iter()
            .enumerate()
            .map(|(column, cell)| (None, column, cell));
        let body = table.rows.iter().enumerate().flat_map(|(row, cells)| {
            cells
                .cells
                .iter()
                .enumerate()
                .map(move |(column, cell)| (Some(row), column, cell))
        });
        let mut spans = Vec::new();
        let mut places = Vec::new();
        for (row, column, cell) in header.chain(body) {
            let (row_span, column_span) = (cell.row_span, cell.column_span);
            if (row_span, column_span) != (1, 1) {
                spans.push(Span {
                    row,
                    column,
                    row_span,
                    column_span,
                });
            }
            places.extend(cell.places.iter().map(|(page, bbox)| Place {
                row,
                column,
                page: page.get(),
                bbox: bbox.corners(),
            }));
        }
        Self {
            pages: table.pages.iter().map(|p| p.get()).collect(),
            header: texts(&table.header),
            rows: table.rows.iter().map(|row| texts(&row.cells)).collect(),
            title: table.title.clone(),
            spans,
            places,
        }
    }
}

impl From<&domain::Rubric> for Rubric {
    fn from(rubric: &domain::Rubric) -> Self {
        Self {
            title: rubric.title.clone(),
            applies_to: rubric.applies_to.clone(),
            max_score: rubric.max_score.map(score),
            bonus_max: rubric.bonus_max.map(score),
            columns: rubric
                .columns
                .iter()
                .map(|c| Column {
                    header: c.header.clone(),
                    role: c.role.name().to_owned(),
                })
                .collect(),
            criteria: rubric.criteria.iter().map(Criterion::from).collect(),
            findings: rubric.findings.iter().map(Finding::from).collect(),
            provenance: rubric.provenance.iter().map(Provenance::from).collect(),
            table: rubric.table,
        }
    }
}

impl From<&domain::Criterion> for Criterion {
    fn from(criterion: &domain::Criterion) -> Self {
        Self {
            id: criterion.id.clone(),
            parent: criterion.parent.clone(),
            number: criterion.number.clone(),
            kind: criterion.kind.name().to_owned(),
            title: criterion.title.clone(),
            max_score: criterion.max_score.map(score),
            bonus: criterion.bonus.map(score),
            deduction: criterion.deduction.map(score),
            rules: criterion.rules.iter().map(Rule::from).collect(),
            evidence: criterion.evidence.clone(),
            data_items: criterion.data_items.clone(),
            period: criterion.period.clone(),
            method: criterion.method.clone(),
            notes: criterion.notes.clone(),
            self_score: criterion.self_score.map(score),
            verified_score: criterion.verified_score.map(score),
            provenance: criterion.provenance.iter().map(Provenance::from).collect(),
        }
    }
}

impl From<&domain::Provenance> for Provenance {
    fn from(provenance: &domain::Provenance) -> Self {
        Self {
            field: provenance.field.name().to_owned(),
            page: provenance.page.get(),
            bbox: provenance.bbox.corners(),
            raw: provenance.raw.clone(),
            confidence: provenance.confidence.get(),
            readers: provenance.readers.iter().map(|r| r.name().to_owned()).collect(),
            restored_by: provenance.restored_by.clone(),
            candidates: provenance.candidates.clone(),
            doubtful: provenance.doubtful,
        }
    }
}

impl From<&domain::Finding> for Finding {
    fn from(finding: &domain::Finding) -> Self {
        Self {
            code: finding.code.name().to_owned(),
            about: finding.about.name().to_owned(),
            severity: finding.severity.name().to_owned(),
            criterion: finding.criterion.clone(),
            field: finding.field.map(|f| f.name().to_owned()),
            page: finding.page.map(domain::PageNo::get),
            bbox: finding.bbox.as_ref().map(PixelBox::corners),
            message: finding.message.clone(),
            message_en: finding.message_en.clone(),
        }
    }
}
