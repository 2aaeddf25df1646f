//! One line a paragraph: what it says, as short as can be written.

use super::*;
use crate::domain::{CapOf, PenaltyAmount, Score};

fn interval(i: &Interval) -> String {
    let lower = i.lower.map_or("(-".into(), |b| {
        format!("{}{}", if b.closed { '[' } else { '(' }, b.value)
    });
    let upper = i.upper.map_or("+)".into(), |b| {
        format!("{}{}", b.value, if b.closed { ']' } else { ')' })
    });
    format!("{lower};{upper}")
}

fn award(a: &Option<Award>) -> String {
    match a {
        None => "-".into(),
        Some(Award::Points(p)) => p.to_string(),
        Some(Award::Max) => "max".into(),
        Some(Award::Formula(f)) => f.clone(),
    }
}

fn shown(rule: &Rule) -> String {
    match &rule.kind {
        RuleKind::Band {
            variable,
            interval: i,
            award: a,
            ..
        } => format!("band {variable} {} {}", interval(i), award(a)),
        RuleKind::Formula {
            expression,
            variables,
            ..
        } => {
            let names: Vec<&str> = variables.iter().map(|v| v.name.as_str()).collect();
            format!("formula {expression} of {}", names.join(","))
        }
        RuleKind::Choice { label, award: a } => format!("choice {label} -> {}", award(a)),
        RuleKind::PerUnit { unit, points, .. } => format!("each {unit} {points}"),
        RuleKind::Penalty { unit, amount, .. } => match amount {
            PenaltyAmount::Points(p) => format!("take {p} for {}", unit.clone().unwrap_or_default()),
            PenaltyAmount::Share(s) => format!("take {s}% for {}", unit.clone().unwrap_or_default()),
        },
        RuleKind::Component { label, points, .. } => format!("part {label} {points}"),
        RuleKind::Target {
            variable,
            interval: i,
        } => format!("target {variable} {}", interval(i)),
        RuleKind::Cap { of, points } => {
            let of = match of {
                CapOf::Penalty => "penalty",
                CapOf::Bonus => "bonus",
                CapOf::Points => "points",
            };
            format!("cap {of} {points}")
        }
        RuleKind::Text => "text".into(),
    }
}

fn check(text: &str, expect: &[&str]) {
    let got: Vec<String> = paragraph(text, PenaltyBase::Criterion)
        .iter()
        .map(shown)
        .collect();
    assert_eq!(got, expect, "{text:?}");
}

#[test]
fn bands() {
    check("- 100%: 1,5 điểm", &["band % [100;100] 1.5"]);
    check("- Từ 80% đến dưới 100%: điểm = 1 điểm", &["band % [80;100) 1"]);
    check("- Dưới 80%: 0,5 điểm", &["band % (-;80) 0.5"]);
    check(
        "- Số văn bản đi được ký số: 40% - <100% (1 điểm)",
        &["band Số văn bản đi được ký số [40;100) 1"],
    );
    check(
        "-100% văn bản phát hành trên phần mềm (1 điểm)",
        &["band văn bản phát hành trên phần mềm [100;100] 1"],
    );
    check("- 1,5 <= a/b < 3: Điểm = 4;", &["band a/b [1.5;3) 4"]);
    check("- a/b >= 10: điểm tối đa", &["band a/b [10;+) max"]);
    check("dưới 70%:", &["band % (-;70) -"]);
    check("90% trở lên", &["band % [90;+) -"]);
    check("Đạt từ 15% trở lên: 4", &["band % [15;+) 4"]);
    check(
        "100% trở lên: 2 (trừ máy tính phục vụ văn bản mật)",
        &["band % [100;+) 2"],
    );
    check("200 triệu đồng trở lên: 2", &["band triệu đồng [200;+) 2"]);
    check("Hoàn thành 100%: 4", &["band Hoàn thành [100;100] 4"]);
    check(
        "Trường hợp điểm đạt được >3 thì được tính bằng điểm tối đa.",
        &["band điểm đạt được (3;+) max"],
    );
    check(
        "Trường hợp điểm đạt được < 1 thì không tính điểm.",
        &["band điểm đạt được (-;1) 0"],
    );
    check(
        "Từ 80% - dưới 100% thì điểm đánh giá được tính theo công thức: [tỷ lệ % đạt được x điểm tối đa/100%]",
        &["band % [80;100) value * max / 100"],
    );
    // A speck of the copy behind the bracket was read as a sign.
    check(
        "Từ 60% đến dưới 90% thì điểm đánh giá được tính theo công thức: [tỷ lệ % đạt được x điểm tối đa / 90%] =",
        &["band % [60;90) value * max / 90"],
    );
    check(
        "Dưới 50% hàng hóa có mặt trên sàn thương mại điện tử: Điểm = 1/2 điểm tối đa.",
        &["band hàng hóa có mặt trên sàn thương mại điện tử (-;50) max / 2"],
    );
}

#[test]
fn formulas() {
    check("Điểm = a/b * điểm tối đa", &["formula a / b * max of a,b"]);
    check("Điểm = 99,80% * 10", &["formula value / 100 * max of value"]);
    check(
        "Nếu a/(b*4*c) >=1 thì Điểm = Điểm tối đa; còn lại Điểm = a/(b*4*c) * Điểm tối đa.",
        &[
            "band a/(b*4*c) [1;+) max",
            "choice còn lại -> a / (b * 4 * c) * max",
        ],
    );
}

#[test]
fn choices() {
    check("Có: 2", &["choice Có -> 2"]);
    check("Không: 0", &["choice Không -> 0"]);
    check("- Không có: 0 điểm.", &["choice Không có -> 0"]);
    check("- Có: điểm tối đa;", &["choice Có -> max"]);
    check("Có: 2; Không: 0", &["choice Có -> 2", "choice Không -> 0"]);
    check(
        "Có: 2 điểm / Không: 0 điểm",
        &["choice Có -> 2", "choice Không -> 0"],
    );
    check(
        "Đã ban hành: Điểm tối đa; Chưa ban hành: 0 điểm",
        &["choice Đã ban hành -> max", "choice Chưa ban hành -> 0"],
    );
    check("Tham gia không đầy đủ: 1", &["choice Tham gia không đầy đủ -> 1"]);
    check(
        "Từ Đại học chuyên ngành CNTT hoặc ĐTVT trở lên: 1",
        &["choice Từ Đại học chuyên ngành CNTT hoặc ĐTVT trở lên -> 1"],
    );
    check(
        "Bố trí nhân sự đạt chuẩn theo vị trí việc làm: Điểm = 3.",
        &["choice Bố trí nhân sự đạt chuẩn theo vị trí việc làm -> 3"],
    );
    check(
        "Nếu ban hành, báo cáo kết quả thực hiện đúng thời gian quy định: Điểm = điểm chuẩn.",
        &["choice Nếu ban hành, báo cáo kết quả thực hiện đúng thời gian quy định -> max"],
    );
    check("Cấp khoa 1 đ", &["choice Cấp khoa -> 1"]);
}

#[test]
fn units_penalties_parts_and_limits() {
    check(
        "Mỗi cuộc họp trực tuyến: được 0,2 điểm;",
        &["each cuộc họp trực tuyến 0.2"],
    );
    check("Tham gia hiến máu: 5 điểm/01 lần", &["each lần 5"]);
    check(
        "trễ so với thời gian quy định thì sẽ trừ 01 điểm/tháng",
        &["take 1 for tháng"],
    );
    check("Vi phạm quy chế: -0,5", &["take 0.5 for "]);
    check(
        "- Có Báo cáo kết quả thực hiện (0,5 điểm)",
        &["part Có Báo cáo kết quả thực hiện 0.5"],
    );
    check(
        "Tổng điểm trừ của mục a1 không quá 1,5 điểm",
        &["cap penalty 1.5"],
    );
    check("được cộng nhưng không vượt quá 20 điểm", &["cap bonus 20"]);
}

#[test]
fn the_rest_is_kept_word_for_word() {
    for text in [
        "Thực hiện theo hướng dẫn của Sở",
        "Nhập đầy đủ số liệu trên hệ thống",
        "70%",
    ] {
        let got = paragraph(text, PenaltyBase::Criterion);
        assert_eq!(got.len(), 1, "{text:?}");
        assert_eq!(got[0].text, text);
    }
    check("Thực hiện theo hướng dẫn của Sở", &["text"]);
}

#[test]
fn titles_state_targets_and_penalties() {
    let title = |text: &str, expect: &[&str]| {
        let got: Vec<String> = in_title(text, PenaltyBase::Total).iter().map(shown).collect();
        assert_eq!(got, expect, "{text:?}");
    };
    title(
        "95% văn bản trao đổi giữa các cơ quan nhà nước (trừ văn bản mật)",
        &["target văn bản trao đổi giữa các cơ quan nhà nước [95;+)"],
    );
    title(
        "80% hồ sơ công việc tại cơ quan cấp huyện và 65% hồ sơ công việc tại cấp xã được xử lý",
        &[
            "target hồ sơ công việc tại cơ quan cấp huyện [80;+)",
            "target hồ sơ công việc tại cấp xã được xử lý [65;+)",
        ],
    );
    title(
        "cử cán bộ tham dự đúng thành phần (tỷ lệ dự trên 80%)",
        &["target tỷ lệ dự (80;+)"],
    );
    title(
        "Gửi báo cáo đánh giá muộn hơn (trước 20/11 của năm báo cáo) mỗi ngày trừ 0,5 điểm.",
        &["take 0.5 for ngày"],
    );
    title("Tỷ lệ văn bản đi được ký số", &[]);
    title("Cung cấp dịch vụ công trực tuyến mức độ 3, 4", &[]);
}

#[test]
fn bullets_in_the_line_are_split() {
    let check = |text: &str, expect: &[&str]| assert_eq!(split_inline(text), expect, "{text:?}");
    check(
        "Tỉ lệ hồ sơ giải quyết đúng hạn - 100%: 1,5 điểm - Từ 80% đến dưới 100%: điểm = 1 điểm - Dưới 80%: 0,5 điểm",
        &[
            "Tỉ lệ hồ sơ giải quyết đúng hạn",
            "- 100%: 1,5 điểm",
            "- Từ 80% đến dưới 100%: điểm = 1 điểm",
            "- Dưới 80%: 0,5 điểm",
        ],
    );
    check("Từ 70% - dưới 100%: 2", &["Từ 70% - dưới 100%: 2"]);
    check(
        "đúng thời gian: Điểm = điểm chuẩn - Nếu trễ thì sẽ trừ 01 điểm/tháng",
        &[
            "đúng thời gian: Điểm = điểm chuẩn",
            "- Nếu trễ thì sẽ trừ 01 điểm/tháng",
        ],
    );
    check(
        "kinh tế - xã hội, bảo đảm quốc phòng",
        &["kinh tế - xã hội, bảo đảm quốc phòng"],
    );
}

#[test]
fn definitions_name_their_variable() {
    let got = Definition::parse("- Tổng số văn bản phát hành được ký số (gọi là a);").expect("a definition");
    assert_eq!(
        (got.name.as_str(), got.description.as_str()),
        ("a", "Tổng số văn bản phát hành được ký số")
    );
    assert_eq!(Definition::parse("Tổng số văn bản"), None);
}

#[test]
fn rules_of_one_criterion_settle_each_other() {
    let settled = |texts: &[&str], max: &str| {
        let mut rules: Vec<Rule> = texts
            .iter()
            .flat_map(|t| paragraph(t, PenaltyBase::Criterion))
            .collect();
        settle(&mut rules, &[], Score::parse_vietnamese(max));
        rules.iter().map(shown).collect::<Vec<_>>()
    };
    assert_eq!(
        settled(&["Có kế hoạch: 0,5 điểm", "Có báo cáo: 0,5 điểm"], "1"),
        ["part Có kế hoạch 0.5", "part Có báo cáo 0.5"]
    );
    assert_eq!(
        settled(&["Cấp trường (2 điểm)", "Cấp khoa (1 điểm)"], "2"),
        ["choice Cấp trường -> 2", "choice Cấp khoa -> 1"]
    );
    assert_eq!(settled(&["Đạt 100%"], "10"), ["text"]);
    assert_eq!(
        settled(
            &[
                "Từ 02 cuộc họp trở lên được thực hiện trực tuyến: 2",
                "Có 01 cuộc họp được thực hiện trực tuyến: 1",
                "Không có cuộc họp nào được thực hiện trực tuyến: 0"
            ],
            "2"
        )[1..],
        [
            "band cuộc họp được thực hiện trực tuyến [1;1] 1",
            "band cuộc họp được thực hiện trực tuyến [0;0] 0"
        ]
    );
}

#[test]
fn a_full_line_ends_a_rule_where_the_next_begins_with_a_capital() {
    let rules = paragraph(
        "Từ 90% trở lên: 15 điểm Từ 70% đến dưới 90%: 10 điểm Dưới 70%: 0 điểm",
        PenaltyBase::Criterion,
    );
    let shown: Vec<String> = rules.iter().map(shown).collect();
    assert_eq!(
        shown,
        ["band % [90;+) 15", "band % [70;90) 10", "band % (-;70) 0"]
    );
    assert_eq!(rules[1].text, "Từ 70% đến dưới 90%: 10 điểm");
    // What goes on in small letters is the same rule.
    let one = paragraph("Được cộng 2 điểm có văn bản xác nhận", PenaltyBase::Criterion);
    assert_eq!(one.len(), 1);
}

#[test]
fn the_rest_is_what_the_bands_before_it_leave() {
    let last = |texts: &[&str]| {
        let mut rules: Vec<Rule> = texts
            .iter()
            .flat_map(|t| paragraph(t, PenaltyBase::Criterion))
            .collect();
        settle(&mut rules, &[], Score::parse_vietnamese("2"));
        rules.last().map(shown).unwrap_or_default()
    };
    let formula = "còn lại Điểm = a/(b*4*c) * Điểm tối đa.";
    assert_eq!(
        last(&["Nếu a/(b*4*c) >=1 thì Điểm = Điểm tối đa", formula]),
        "band a/(b*4*c) (-;1) a / (b * 4 * c) * max"
    );
    assert_eq!(
        last(&[
            "100%: 2",
            "Trên 80% đến dưới 100%: 1",
            "Các trường hợp còn lại: 0 điểm"
        ]),
        "band % (-;80] 0"
    );
    // A hole between the bands is the author's to explain.
    assert_eq!(
        last(&["100%: 2", "Từ 50% đến dưới 80%: 1", "Còn lại: 0 điểm"]),
        "choice Còn lại -> 0"
    );
}
