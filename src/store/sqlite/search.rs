//! Words in two FTS5 tables, with their marks and without.

use sqlx::Sqlite;
use sqlx::sqlite::SqliteArguments;

use crate::store::Words;

/// Each document that has all the words ($8).
pub(super) fn found() -> String {
    "hits AS MATERIALIZED ( \
        SELECT DISTINCT p.document_id FROM search_plain JOIN search_pieces p ON p.id = search_plain.rowid \
        WHERE search_plain MATCH $8)"
        .to_owned()
}

/// With how well it fits: marked words with their marks ($9) first, then words that follow each other ($10). A name
/// counts four times what the text does.
pub(super) fn ranked() -> String {
    "fitting AS MATERIALIZED ( \
        SELECT rowid AS piece, bm25(search_plain, 4.0, 1.0) AS score FROM search_plain WHERE search_plain MATCH $8), \
    hits AS MATERIALIZED ( \
        SELECT p.document_id, MIN(f.score) AS score, \
            MAX(f.piece IN (SELECT rowid FROM search_marked WHERE search_marked MATCH $9)) AS marked, \
            MAX(f.piece IN (SELECT rowid FROM search_plain WHERE search_plain MATCH $10)) AS together \
        FROM fitting f JOIN search_pieces p ON p.id = f.piece GROUP BY p.document_id)"
        .to_owned()
}

pub(super) type Query<'q, Row> = sqlx::query::QueryAs<'q, Sqlite, Row, SqliteArguments>;

/// Binds $8 to $10.
pub(super) fn bound<'q, Row>(sql: Query<'q, Row>, words: Option<&Words>) -> Query<'q, Row> {
    sql.bind(words.map(plain_query))
        .bind(words.map(marked_query))
        .bind(words.map(phrase_query))
}

/// The words without marks, each quoted, all of them wanted; the last may be the beginning of one, since
/// people look while they still type.
fn plain_query(words: &Words) -> String {
    let words: Vec<String> = words.plain().map(|word| format!("\"{word}\"")).collect();
    format!("{}*", words.join(" AND "))
}

/// The words as one phrase.
fn phrase_query(words: &Words) -> String {
    let words: Vec<&str> = words.plain().collect();
    format!("\"{}\" *", words.join(" "))
}

/// The words that carry marks, with them; the empty phrase, which is found nowhere, when none does.
fn marked_query(words: &Words) -> String {
    let words: Vec<String> = words
        .marked()
        .flatten()
        .map(|word| format!("\"{word}\""))
        .collect();
    if words.is_empty() {
        "\"\"".to_owned()
    } else {
        words.join(" AND ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Words {
        Words::of(text).unwrap()
    }

    #[test]
    fn whatever_is_typed_is_words() {
        let check = |typed: &str, expect: &str| assert_eq!(plain_query(&words(typed)), expect, "{typed:?}");
        check("Thang ĐIỂM", "\"thang\" AND \"diem\"*");
        check(
            "\"a\" OR b* NEAR(c",
            "\"a\" AND \"or\" AND \"b\" AND \"near\" AND \"c\"*",
        );
        check("1420/KH-UBND", "\"1420\" AND \"kh\" AND \"ubnd\"*");
        check("name:x^2", "\"name\" AND \"x\" AND \"2\"*");
    }

    #[test]
    fn only_marked_words_ask_for_marks() {
        assert_eq!(marked_query(&words("thang diem")), "\"\"");
        assert_eq!(marked_query(&words("thang điểm đua")), "\"điểm\" AND \"đua\"");
        // Typed with marks apart, as some keyboards do.
        assert_eq!(marked_query(&words("đie\u{302}\u{309}m")), "\"điểm\"");
    }
}
