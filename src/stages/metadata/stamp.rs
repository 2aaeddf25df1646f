use std::sync::LazyLock;

use regex::Regex;
use time::{Date, Month, Time};

use super::NUMBER;

/// What an office's stamp says of the number: `Số: 250/QĐ-UBND`.
pub(super) fn number(stamps: &str) -> Option<String> {
    static LABELLED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(&format!(r"(?i:số)\s*:\s*({NUMBER})")).expect("a fixed pattern"));
    LABELLED.captures(stamps).map(|found| found[1].to_owned())
}

/// When it was signed, as ISO 8601 with its offset. Offices write local time; without an offset it is Vietnam's.
pub(super) fn signed_at(text: &str) -> Option<String> {
    static LABELLED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?ix) (?: thời \s+ gian \s+ ký | ngày \s+ ký | giờ \s+ ký ) \s* :? \s*
              (?: (?<d>\d{1,2}) [/.-] (?<m>\d{1,2}) [/.-] (?<y>\d{4}) | (?<iy>\d{4}) - (?<im>\d{2}) - (?<id>\d{2}) )
              [\sT,]+ (?<h>\d{1,2}) : (?<min>\d{2}) (?: : (?<s>\d{2}) )? (?:\.\d+)?
              \s* (?<off> Z | [+-]\d{2} :? \d{2} )?",
        )
        .expect("a fixed pattern")
    });
    let found = LABELLED.captures(text)?;
    let part = |long: &str, short: &str| found.name(long).or(found.name(short)).map(|m| m.as_str());
    let month = Month::try_from(part("m", "im")?.parse::<u8>().ok()?).ok()?;
    let date = Date::from_calendar_date(
        part("y", "iy")?.parse().ok()?,
        month,
        part("d", "id")?.parse().ok()?,
    )
    .ok()?;
    let seconds = found.name("s").map_or("0", |m| m.as_str());
    let time = Time::from_hms(
        found["h"].parse().ok()?,
        found["min"].parse().ok()?,
        seconds.parse().ok()?,
    )
    .ok()?;
    let offset = match found.name("off").map(|m| m.as_str()) {
        Some("Z" | "z") => "Z".to_owned(),
        Some(offset) if offset.len() == 5 => format!("{}:{}", &offset[..3], &offset[3..]),
        Some(offset) => offset.to_owned(),
        None => "+07:00".to_owned(),
    };
    Some(format!(
        "{}-{:02}-{:02}T{:02}:{:02}:{:02}{offset}",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_signing_in_the_shapes_offices_write() {
        let check =
            |text: &str, expect: Option<&str>| assert_eq!(signed_at(text).as_deref(), expect, "{text}");
        check(
            "Thời gian ký: 26/03/2024 10:46:41 +07:00",
            Some("2024-03-26T10:46:41+07:00"),
        );
        check(
            "Ký bởi: UBND tỉnh\nThời gian ký:\n11/05/2021 11:26:39",
            Some("2021-05-11T11:26:39+07:00"),
        );
        check(
            "Số: 250/QĐ-UBND Thời gian ký: 2025-02-19T16:21:27+07:00",
            Some("2025-02-19T16:21:27+07:00"),
        );
        check("Ngày ký: 7.1.2025 9:05", Some("2025-01-07T09:05:00+07:00"));
        check("Thời gian ký: 2025-02-19T09:21:27Z", Some("2025-02-19T09:21:27Z"));
        check("Thời gian ký: 31/02/2024 10:46:41", None);
        check("Thời gian ký: 26/03/2024 25:00:00", None);
        check("ngày 26/03/2024", None);
    }

    #[test]
    fn the_number_on_a_stamp() {
        assert_eq!(
            number("250/TB Số: 250/QĐ-UBND Thời gian").as_deref(),
            Some("250/QĐ-UBND")
        );
        assert_eq!(number("Số: /QĐ-UBND"), None);
    }
}
