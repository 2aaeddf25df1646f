//! Words in a table of our own, ranked as SQLite's FTS5 ranks them, so that the same search finds the same first.

use sqlx::Postgres;
use sqlx::postgres::PgArguments;

use crate::store::Words;

/// Characters of a word that are looked at, as many as the table keeps.
const LONGEST_WORD: usize = 100;

/// The documents that have all the words ($8), each with how well it fits: marked words with their marks ($9)
/// first, then words that follow each other, then bm25 (k1 = 1.2, b = 0.75). A name counts four times what the text
/// does. Of the words, $10 in number, the last may be the beginning of one: no letter comes after U+10FFFF.
pub(super) const HITS: &str = "wanted AS MATERIALIZED ( \
        SELECT w.plain COLLATE \"C\" AS plain, w.marked COLLATE \"C\" AS marked, w.word \
        FROM unnest($8, $9) WITH ORDINALITY AS w (plain, marked, word)), \
    met AS MATERIALIZED ( \
        SELECT w.word, s.piece, s.names, s.places, CASE WHEN s.typed = w.marked THEN 1 ELSE 0 END AS marked \
        FROM wanted w JOIN search_words s ON s.plain = w.plain WHERE w.word < $10 \
        UNION ALL \
        SELECT w.word, s.piece, s.names, s.places, CASE WHEN s.typed = w.marked THEN 1 ELSE 0 END AS marked \
        FROM wanted w JOIN search_words s ON s.plain >= w.plain AND s.plain < w.plain || chr(1114111) \
        WHERE w.word = $10), \
    counted AS MATERIALIZED ( \
        SELECT word, piece, MAX(marked) AS marked, CAST(SUM(3 * names + cardinality(places)) AS FLOAT8) AS times \
        FROM met GROUP BY word, piece), \
    whole AS MATERIALIZED ( \
        SELECT CAST(COUNT(*) AS FLOAT8) AS pieces, CAST(AVG(words) AS FLOAT8) AS words FROM search_pieces), \
    rarity AS MATERIALIZED ( \
        SELECT c.word, GREATEST(ln((w.pieces - COUNT(*) + 0.5) / (COUNT(*) + 0.5)), 1e-6) AS weight \
        FROM counted c CROSS JOIN whole w GROUP BY c.word, w.pieces), \
    fitting AS MATERIALIZED ( \
        SELECT c.piece, SUM(c.marked) AS marked, \
            -SUM(r.weight * c.times * 2.2 / (c.times + 1.2 * (0.25 + 0.75 * p.words / w.words))) AS score \
        FROM counted c JOIN rarity r ON r.word = c.word JOIN search_pieces p ON p.id = c.piece CROSS JOIN whole w \
        GROUP BY c.piece HAVING COUNT(*) = $10), \
    runs AS MATERIALIZED ( \
        SELECT DISTINCT m.piece \
        FROM met m JOIN fitting f ON f.piece = m.piece CROSS JOIN unnest(m.places) AS at (place) \
        GROUP BY m.piece, at.place - m.word HAVING COUNT(DISTINCT m.word) = $10), \
    hits AS MATERIALIZED ( \
        SELECT p.document_id, round(CAST(MIN(f.score) AS NUMERIC), 12) AS score, \
            MAX(CASE WHEN f.marked > 0 AND f.marked = (SELECT COUNT(*) FROM wanted WHERE marked <> '') \
                THEN 1 ELSE 0 END) AS marked, \
            MAX(CASE WHEN f.piece IN (SELECT piece FROM runs) THEN 1 ELSE 0 END) AS together \
        FROM fitting f JOIN search_pieces p ON p.id = f.piece GROUP BY p.document_id)";

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
