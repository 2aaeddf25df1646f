use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::domain::*;

use super::{read, read_rubrics, write};

static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let schema =
        serde_json::from_str(include_str!("../../../../rubrics/schema/sohoa-1.schema.json")).unwrap();
    jsonschema::validator_for(&schema).unwrap()
});

fn words() -> impl Strategy<Value = String> {
    "[A-Za-zĐđăâêôơưàảãáạ0-9 ,.\n\"=+-]{1,12}"
}

fn any_name<T: Named + std::fmt::Debug>() -> impl Strategy<Value = T> {
    prop::sample::select(T::NAMES.iter().map(|(value, _)| *value).collect::<Vec<_>>())
}

fn score() -> impl Strategy<Value = Score> {
    (-10_000i64..100_000, 0u32..4).prop_map(|(mantissa, scale)| Score(Decimal::new(mantissa, scale)))
}

/// What a criterion gives at most.
fn limit() -> impl Strategy<Value = Score> {
    (0i64..100_000, 0u32..4).prop_map(|(mantissa, scale)| Score(Decimal::new(mantissa, scale)))
}

fn boxes() -> impl Strategy<Value = PixelBox> {
    (-5..9_000i32, 0..9_000i32, 0..9_000i32, 0..9_000i32).prop_map(|(a, b, c, d)| PixelBox::new(a, b, c, d))
}

fn page() -> impl Strategy<Value = PageNo> {
    (1u32..2_000).prop_map(|n| PageNo::new(n).unwrap())
}

fn award() -> impl Strategy<Value = Award> {
    prop_oneof![
        score().prop_map(Award::Points),
        Just(Award::Max),
        words().prop_map(Award::Formula)
    ]
}

fn interval() -> impl Strategy<Value = Interval> {
    let bound = || option::of((score(), any::<bool>()).prop_map(|(s, closed)| Bound { value: s.0, closed }));
    (bound(), bound()).prop_map(|(lower, upper)| Interval { lower, upper })
}

fn rule_kind() -> impl Strategy<Value = RuleKind> {
    let variable = (words(), words(), any::<bool>()).prop_map(|(name, description, external)| Variable {
        name,
        description,
        external,
    });
    let amount = prop_oneof![
        score().prop_map(PenaltyAmount::Points),
        score().prop_map(|s| PenaltyAmount::Share(s.0))
    ];
    prop_oneof![
        (words(), option::of(words()), interval(), option::of(award())).prop_map(
            |(variable, unit, interval, award)| RuleKind::Band {
                variable,
                unit,
                interval,
                award
            }
        ),
        (
            words(),
            vec(variable, 0..3),
            option::of(score()),
            option::of(score())
        )
            .prop_map(|(expression, variables, floor, cap)| RuleKind::Formula {
                expression,
                variables,
                floor,
                cap
            }),
        (words(), option::of(award())).prop_map(|(label, award)| RuleKind::Choice { label, award }),
        (words(), score(), option::of(score())).prop_map(|(unit, points, cap)| RuleKind::PerUnit {
            unit,
            points,
            cap
        }),
        (
            option::of(words()),
            amount,
            option::of(score()),
            any_name::<PenaltyBase>()
        )
            .prop_map(|(unit, amount, floor, from)| RuleKind::Penalty {
                unit,
                amount,
                floor,
                from
            }),
        (words(), score(), option::of(words())).prop_map(|(label, points, when)| RuleKind::Component {
            label,
            points,
            when
        }),
        (words(), interval()).prop_map(|(variable, interval)| RuleKind::Target { variable, interval }),
        (any_name::<CapOf>(), score()).prop_map(|(of, points)| RuleKind::Cap { of, points }),
        Just(RuleKind::Text),
    ]
}

fn provenance() -> impl Strategy<Value = Provenance> {
    let readers = prop::sample::subsequence(
        vec![Reader::TextLayer, Reader::Tesseract, Reader::LineReader],
        0..3,
    );
    (
        (any_name::<Field>(), page(), boxes(), words(), 0.0f32..=1.0),
        (readers, vec(words(), 0..3), option::of(words()), any::<bool>()),
    )
        .prop_map(
            |((field, page, bbox, raw, confidence), (readers, candidates, restored_by, doubtful))| {
                let confidence = Confidence::new(confidence);
                Provenance {
                    field,
                    page,
                    bbox,
                    raw,
                    confidence,
                    readers,
                    candidates,
                    restored_by,
                    doubtful,
                }
            },
        )
}

fn criterion() -> impl Strategy<Value = Criterion> {
    let rule = (rule_kind(), words()).prop_map(|(kind, text)| Rule { kind, text });
    (
        (words(), any_name::<CriterionKind>(), words(), words(), words()),
        (
            option::of(limit()),
            option::of(limit()),
            option::of(limit()),
            option::of(score()),
        ),
        (
            vec(rule, 0..3),
            vec(words(), 0..3),
            option::of(words()),
            option::of(words()),
        ),
        vec(provenance(), 0..3),
    )
        .prop_map(
            |(
                (number, kind, title, evidence, notes),
                (max_score, bonus, deduction, self_score),
                (rules, data_items, period, method),
                provenance,
            )| Criterion {
                id: String::new(),
                parent: None,
                number,
                kind,
                title,
                max_score,
                bonus,
                deduction,
                rules,
                evidence,
                data_items,
                period,
                method,
                notes,
                verified_score: self_score,
                self_score,
                provenance,
            },
        )
}

fn finding() -> impl Strategy<Value = Finding> {
    (
        (
            any_name::<FindingCode>(),
            any_name::<About>(),
            any_name::<Severity>(),
            words(),
            words(),
        ),
        (
            option::of(words()),
            option::of(any_name::<Field>()),
            option::of(page()),
            option::of(boxes()),
        ),
    )
        .prop_map(
            |((code, about, severity, message, message_en), (criterion, field, page, bbox))| Finding {
                code,
                about,
                severity,
                criterion,
                field,
                page,
                bbox,
                message,
                message_en,
            },
        )
}

fn rubric() -> impl Strategy<Value = Rubric> {
    let column = (words(), any_name::<ColumnRole>()).prop_map(|(header, role)| Column { header, role });
    (
        (
            words(),
            option::of(words()),
            option::of(limit()),
            option::of(limit()),
            0usize..4,
        ),
        vec(column, 0..4),
        vec((criterion(), any::<prop::sample::Index>(), any::<bool>()), 0..5),
        vec(finding(), 0..3),
        vec(provenance(), 0..2),
    )
        .prop_map(
            |((title, applies_to, max_score, bonus_max, table), columns, drawn, findings, provenance)| {
                let mut criteria: Vec<Criterion> = Vec::new();
                for (i, (mut criterion, parent, nested)) in drawn.into_iter().enumerate() {
                    criterion.id = format!("c{i}");
                    if nested && !criteria.is_empty() {
                        criterion.parent = Some(parent.get(&criteria).id.clone());
                    }
                    criteria.push(criterion);
                }
                Rubric {
                    title,
                    applies_to,
                    max_score,
                    bonus_max,
                    columns,
                    criteria,
                    findings,
                    provenance,
                    table,
                }
            },
        )
}

fn cell() -> impl Strategy<Value = TableCell> {
    (words(), vec((page(), boxes()), 0..2), 0usize..3, 1usize..3).prop_map(
        |(text, places, row_span, column_span)| TableCell {
            text,
            words: vec![],
            places,
            row_span,
            column_span,
        },
    )
}

fn table() -> impl Strategy<Value = Table> {
    (1usize..4).prop_flat_map(|columns| {
        let row = move || vec(cell(), columns);
        (vec(page(), 1..3), row(), vec(row(), 0..4), vec(words(), 0..2)).prop_map(
            |(pages, header, rows, title)| Table {
                pages,
                header,
                rows: rows.into_iter().map(|cells| Row { cells }).collect(),
                title,
            },
        )
    })
}

fn summary() -> impl Strategy<Value = PageSummary> {
    let outcome = prop_oneof![
        Just(PageOutcome::Ok),
        Just(PageOutcome::Blank),
        words().prop_map(|why| PageOutcome::Failed { why })
    ];
    let rotation = prop::sample::select(vec![0u16, 90, 180, 270]);
    (
        page(),
        any_name::<Verdict>(),
        words(),
        0u32..9_000,
        0u32..9_000,
        rotation,
        outcome,
        vec(words(), 0..2),
        (
            option::of((option::of(1u32..1_200), option::of(any_name::<Colour>()))),
            0usize..900,
            0usize..90,
        ),
    )
        .prop_map(
            |(
                page,
                verdict,
                reason,
                width,
                height,
                rotation,
                outcome,
                notes,
                (scan, words, doubtful_words),
            )| PageSummary {
                page,
                verdict,
                reason,
                width,
                height,
                rotation: Rotation::from_degrees(rotation).unwrap(),
                outcome,
                notes,
                scan: scan.map(|(dpi, colour)| Scanned { dpi, colour }),
                words,
                doubtful_words,
            },
        )
}

fn document() -> impl Strategy<Value = Document> {
    let metadata =
        (option::of(words()), option::of(words()), option::of(words())).prop_map(|(kind, number, title)| {
            Metadata {
                kind,
                number,
                title,
                date: Some("2024-03-26".to_owned()),
                issuer: None,
                signed_at: Some("2024-03-26T10:46:41+07:00".to_owned()),
            }
        });
    let pipeline = (
        words(),
        vec(words(), 0..2),
        prop::collection::btree_map(words(), words(), 0..2),
        vec(words(), 0..2),
    )
        .prop_map(|(version, readers, models, missing)| Pipeline {
            version,
            readers,
            models,
            missing,
        });
    (
        (words(), "[0-9a-f]{64}", 0usize..100, words()),
        (pipeline, metadata, words()),
        vec(summary(), 0..3),
        vec(table(), 0..3),
        vec(rubric(), 0..3),
        vec(finding(), 0..2),
    )
        .prop_map(
            |(
                (file, sha256, count, format),
                (pipeline, metadata, text),
                pages,
                tables,
                rubrics,
                findings,
            )| {
                Document {
                    source: Source {
                        file,
                        sha256,
                        pages: count,
                        format,
                    },
                    pipeline,
                    metadata,
                    text,
                    pages,
                    tables,
                    rubrics,
                    findings,
                }
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_reads_back_the_same_and_fits_the_schema(document in document()) {
        let bytes = write(&document).unwrap();
        prop_assert_eq!(&read(&bytes).unwrap(), &document);
        prop_assert_eq!(&read_rubrics(&bytes).unwrap(), &document.rubrics);
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        let errors: Vec<String> = SCHEMA.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path)).collect();
        prop_assert!(errors.is_empty(), "{errors:?}");
    }
}

/// The example of the contract, with one thing changed.
fn example(change: impl FnOnce(&mut serde_json::Value)) -> serde_json::Value {
    let mut value = serde_json::json!({
        "schema": "sohoa/1", "status": "draft",
        "source": {"file": "a.pdf", "sha256": "0".repeat(64), "pages": 2},
        "pipeline": {"version": "0.1.0", "readers": ["tesseract-vie"], "models": {"vie": "ab"}},
        "document": {"kind": "kế hoạch", "number": "1420/KH-UBND", "date": "2024-03-26", "issuer": null,
                     "title": null, "signed_at": "2024-03-26T10:46:41+07:00"},
        "text": "a", "pages": [{"page": 1, "verdict": "none", "width": 2480, "height": 3508, "rotation": 0, "outcome": "ok"}],
        "tables": [{"pages": [1, 2], "header": ["STT"], "rows": [["1"]]}],
        "rubrics": [{"title": "t", "applies_to": null, "max_score": "10", "bonus_max": "2",
            "columns": [{"header": "STT", "role": "number"}],
            "criteria": [{"id": "I.6", "parent": null, "number": "6", "kind": "criterion", "title": "t", "max_score": "1.5",
                "rules": [{"type": "band", "variable": "%", "lower": "80", "lower_closed": true, "upper": "100",
                           "upper_closed": false, "award": {"points": "1"}, "text": "Từ 80% đến dưới 100%: điểm = 1 điểm"}],
                "evidence": "", "data_items": [], "period": null, "method": null, "notes": "",
                "provenance": [{"field": "max_score", "page": 1, "box": [1, 2, 3, 4], "raw": "15", "confidence": 0.97,
                                "readers": ["tesseract-vie"], "restored_by": null}]}],
            "findings": [{"code": "sum_mismatch", "about": "decision", "severity": "error", "criterion": "I.6", "page": 1,
                          "message": "m"}]}]
    });
    change(&mut value);
    value
}

#[test]
fn the_contracts_example_is_read() {
    let document = read(example(|_| ()).to_string().as_bytes()).unwrap();
    let criterion = &document.rubrics[0].criteria[0];
    assert_eq!(criterion.max_score, Some(Score(Decimal::new(15, 1))));
    let RuleKind::Band { interval, award, .. } = &criterion.rules[0].kind else {
        panic!("no band")
    };
    assert_eq!(
        interval.lower,
        Some(Bound {
            value: Decimal::from(80),
            closed: true
        })
    );
    assert_eq!(award, &Some(Award::Points(Score(Decimal::ONE))));
    assert!(SCHEMA.is_valid(&example(|_| ())));
}

#[test]
fn an_unknown_field_is_let_pass() {
    let value = example(|v| v["rubrics"][0]["criteria"][0]["weight_of_tomorrow"] = 1.into());
    assert!(read(value.to_string().as_bytes()).is_ok());
    assert!(SCHEMA.is_valid(&value));
}

#[test]
fn both_schema_and_reader_refuse_what_is_wrong_and_say_where() {
    fn check(pointer: &str, value: serde_json::Value, expect: &str) {
        let wrong = example(|v| *v.pointer_mut(pointer).expect(pointer) = value);
        assert!(!SCHEMA.is_valid(&wrong), "the schema lets {pointer} pass");
        let error = read(wrong.to_string().as_bytes()).unwrap_err().to_string();
        assert!(error.contains(expect), "{pointer}: {error}");
    }
    check("/schema", "sohoa/9".into(), "sohoa/9");
    check("/status", "final".into(), "final");
    check("/pages/0/page", 0.into(), "pages[0].page");
    check("/pages/0/verdict", "good".into(), "pages[0].verdict");
    check("/pages/0/rotation", 45.into(), "pages[0].rotation");
    check("/rubrics/0/max_score", "1,5".into(), "rubrics[0].max_score");
    check("/rubrics/0/criteria/0/max_score", 1.5.into(), "1.5");
    check(
        "/rubrics/0/criteria/0/max_score",
        "1e3".into(),
        "rubrics[0].criteria[0].max_score",
    );
    check("/rubrics/0/criteria/0/kind", "row".into(), "criteria[0].kind");
    check(
        "/rubrics/0/criteria/0/rules/0/award",
        serde_json::json!({"points": "x"}),
        "rules[0].award.points",
    );
    check("/rubrics/0/criteria/0/rules/0/type", "magic".into(), "magic");
    check(
        "/rubrics/0/criteria/0/provenance/0/box",
        serde_json::json!([1, 2, 3]),
        "array",
    );
    check("/rubrics/0/columns/0/role", "points".into(), "columns.role");
    check(
        "/rubrics/0/findings/0/severity",
        "bad".into(),
        "findings[0].severity",
    );
}

#[test]
fn a_criterion_cannot_stand_twice_or_under_one_that_is_not_there() {
    let twice = example(|v| {
        let first = v["rubrics"][0]["criteria"][0].clone();
        v["rubrics"][0]["criteria"].as_array_mut().unwrap().push(first);
    });
    let error = read(twice.to_string().as_bytes()).unwrap_err().to_string();
    assert_eq!(error, "rubrics[0].criteria[1].id: \"I.6\" stands twice");
    let orphan = example(|v| v["rubrics"][0]["criteria"][0]["parent"] = "II".into());
    let error = read(orphan.to_string().as_bytes()).unwrap_err().to_string();
    assert!(error.starts_with("rubrics[0].criteria[0].parent"), "{error}");
}

#[test]
fn a_bare_rubric_is_read_too() {
    let bare = example(|_| ())["rubrics"][0].to_string();
    assert_eq!(read_rubrics(bare.as_bytes()).unwrap().len(), 1);
}
