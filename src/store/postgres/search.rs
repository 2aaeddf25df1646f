//! Words in a table of our own, ranked as SQLite's FTS5 ranks them, so that the same search finds the same first.

use sqlx::Postgres;
use sqlx::postgres::PgArguments;

use crate::store::Words;

/// Characters of a word that are looked at, as many as the table keeps.
const LONGEST_WORD: usize = 100;

/// The pieces that have all the words ($8), $10 in number, of which the last may be the beginning of one: no letter comes
/// after U+10FFFF. With each word of each piece: how often it stands there, where a name counts four times what the text
/// does, and whether it does so with its marks ($9).
const COUNTED: &str = "wanted AS MATERIALIZED ( \
        SELECT w.plain COLLATE \"C\" AS plain, w.marked COLLATE \"C\" AS marked, w.word \
        FROM unnest($8, $9) WITH ORDINALITY AS w (plain, marked, word)), \
    met AS MATERIALIZED ( \
        SELECT w.word, s.piece, 4 * s.names + s.texts AS times, CASE WHEN s.typed = w.marked THEN 1 ELSE 0 END AS marked \
        FROM wanted w JOIN search_words s ON s.plain = w.plain WHERE w.word < $10 \
        UNION ALL \
        SELECT w.word, s.piece, 4 * s.names + s.texts, CASE WHEN s.typed = w.marked THEN 1 ELSE 0 END \
        FROM wanted w JOIN search_words s ON s.plain >= w.plain AND s.plain < w.plain || chr(1114111) \
        WHERE w.word = $10), \
    counted AS MATERIALIZED ( \
        SELECT word, piece, MAX(marked) AS marked, CAST(SUM(times) AS FLOAT8) AS times FROM met GROUP BY word, piece)";

/// Each document that has all the words.
pub(super) fn found() -> String {
    format!(
        "{COUNTED}, hits AS MATERIALIZED ( \
            SELECT DISTINCT p.document_id FROM search_pieces p \
            WHERE p.id IN (SELECT piece FROM counted GROUP BY piece HAVING COUNT(*) = $10))"
    )
}

/// With how well it fits: marked words with their marks first, then words that follow each other, then bm25
/// (k1 = 1.2, b = 0.75), to twelve places, so that the order of a sum makes no difference.
pub(super) fn ranked() -> String {
    format!(
        "{COUNTED}, whole AS MATERIALIZED ( \
            SELECT CAST(COUNT(*) AS FLOAT8) AS pieces, CAST(AVG(words) AS FLOAT8) AS words FROM search_pieces), \
        rarity AS MATERIALIZED ( \
            SELECT c.word, GREATEST(ln((w.pieces - COUNT(*) + 0.5) / (COUNT(*) + 0.5)), 1e-6) AS weight \
            FROM counted c CROSS JOIN whole w GROUP BY c.word, w.pieces), \
        fitting AS MATERIALIZED ( \
            SELECT c.piece, SUM(c.marked) AS marked, \
                -SUM(r.weight * c.times * 2.2 / (c.times + 1.2 * (0.25 + 0.75 * p.words / w.words))) AS score \
            FROM counted c JOIN rarity r ON r.word = c.word JOIN search_pieces p ON p.id = c.piece CROSS JOIN whole w \
            GROUP BY c.piece HAVING COUNT(*) = $10), \
        whole_search AS MATERIALIZED ( \
            SELECT ' ' || string_agg(plain, ' ' ORDER BY word) AS phrase, COUNT(*) FILTER (WHERE marked <> '') AS marked \
            FROM wanted), \
        hits AS MATERIALIZED ( \
            SELECT p.document_id, round(CAST(MIN(f.score) AS NUMERIC), 12) AS score, \
                MAX(CASE WHEN f.marked > 0 AND f.marked = s.marked THEN 1 ELSE 0 END) AS marked, \
                MAX(CASE WHEN $10 = 1 OR position(s.phrase IN p.line) > 0 THEN 1 ELSE 0 END) AS together \
            FROM fitting f JOIN search_pieces p ON p.id = f.piece CROSS JOIN whole_search s GROUP BY p.document_id)"
    )
}

pub(super) type Query<'q, Row> = sqlx::query::QueryAs<'q, Postgres, Row, PgArguments>;

/// Binds $8 to $10.
pub(super) fn bound<'q, Row>(sql: Query<'q, Row>, words: Option<&Words>) -> Query<'q, Row> {
    let short = |word: &str| word.chars().take(LONGEST_WORD).collect::<String>();
    let plain: Vec<String> = words.iter().flat_map(|words| words.plain().map(short)).collect();
    let marked = words.iter().flat_map(|words| words.marked());
    let marked: Vec<String> = marked.map(|word| word.map(short).unwrap_or_default()).collect();
    let number = i64::try_from(plain.len()).unwrap_or(0);
    sql.bind(plain).bind(marked).bind(number)
}
