//! What the queue and the lists cost as the database fills.

use std::fmt::Write;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use sohoa::store::{
    Cursor, DocumentFilter, Faults, Holder, InboxQuery, NewDocument, Order, PostgresStore, ReadDocument,
    Store,
};
use sqlx::{AssertSqlSafe, Connection};
use time::OffsetDateTime;

use super::server::Server;

/// Documents that are there already, ten pages each.
const DOCUMENTS: [u32; 4] = [100, 1_000, 10_000, 100_000];
const PAGES: u32 = 10;
const TIMES: u32 = 40;
const LEASE: Duration = Duration::from_secs(60);

/// Documents that were read, each with its rubric and a result of a usual size, as if long ago.
async fn fill(address: &str, from: u32, to: u32) -> Result<()> {
    let mut connection = sqlx::PgConnection::connect(address).await?;
    let orders = [
        format!(
            "INSERT INTO documents (id, sha256, file, bytes, state, title, pages, pages_done, uploaded_at, uploaded_by) \
             SELECT lpad(n::text, 8, '0'), lpad(n::text, 8, '0'), n || '.pdf', 1000000, 'ready', 'Thang điểm ' || n, \
                 {PAGES}, {PAGES}, n, 'lan' FROM generate_series({from}, {to} - 1) n"
        ),
        format!(
            "INSERT INTO jobs (document_id, state, run_at, enqueued_at, finished_at) \
             SELECT lpad(n::text, 8, '0'), 'done', n, n, n FROM generate_series({from}, {to} - 1) n"
        ),
        format!(
            "INSERT INTO rubrics (id, document_id, position, state, title, max_score, doubtful, errors, warnings, base_json, \
                 current_json) \
             SELECT 'r' || n, lpad(n::text, 8, '0'), 0, 'draft', 'Bảng ' || n, '100', n % 7, 0, 1, '{{}}', '{{}}' \
             FROM generate_series({from}, {to} - 1) n"
        ),
    ];
    for order in orders {
        sqlx::query(AssertSqlSafe(order)).execute(&mut connection).await?;
    }
    sqlx::query("VACUUM ANALYZE").execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

async fn bytes(address: &str) -> Result<i64> {
    let mut connection = sqlx::PgConnection::connect(address).await?;
    let size = sqlx::query_scalar("SELECT pg_database_size(current_database())")
        .fetch_one(&mut connection)
        .await?;
    connection.close().await?;
    Ok(size)
}

/// The median of what each of [`TIMES`] rounds took: upload, claim, finish, the first page of the list.
async fn cost(store: &dyn Store, round: u32) -> Result<[Duration; 4]> {
    let mut spent: [Vec<Duration>; 4] = Default::default();
    for number in 0..TIMES {
        let now = OffsetDateTime::now_utc();
        let id = format!("x{round}-{number}");
        let new = NewDocument {
            id: &id,
            sha256: &id,
            file: "mới.pdf",
            bytes: 1,
            by: "lan",
        };
        let began = Instant::now();
        store.upload(new, now).await?;
        spent[0].push(began.elapsed());
        let began = Instant::now();
        let attempt = store.claim("w", now, LEASE).await?.context("nothing to claim")?;
        spent[1].push(began.elapsed());
        let read = ReadDocument {
            title: None,
            number: None,
            pages: PAGES,
            errors: 0,
            warnings: 0,
            result_json: "{}".to_owned(),
            rubrics: Vec::new(),
        };
        let began = Instant::now();
        store.finish(&attempt.lease, read, now).await?;
        spent[2].push(began.elapsed());
        let began = Instant::now();
        let list = InboxQuery {
            filter: DocumentFilter::All,
            work: None,
            holder: Holder::Anybody,
            faults: Faults::Whatever,
            since: None,
            until: None,
            words: None,
            order: Order::Newest,
            from: Cursor::Start,
            limit: 50,
        };
        store.inbox(list).await?;
        spent[3].push(began.elapsed());
    }
    Ok(spent.map(|mut times| {
        times.sort();
        times[times.len() / 2]
    }))
}

pub async fn report(server: &Server) -> Result<String> {
    let address = server.database().await;
    let store = PostgresStore::open(&address).await?;
    let mut text = format!(
        "## Rows\n\n\
         What each step costs the database beside so many documents of {PAGES} pages that were read before (median of {TIMES}), in relation to \
         the first line. Words that are searched are not among them.\n\n\
         | documents | pages | upload | claim | result | first page of the list | list, ms | database, MB |\n\
         |---:|---:|---:|---:|---:|---:|---:|---:|\n"
    );
    let mut first: Option<[Duration; 4]> = None;
    let mut there = 0;
    for documents in DOCUMENTS {
        fill(&address, there, documents).await?;
        there = documents;
        let now = cost(&store, documents).await?;
        let one = *first.get_or_insert(now);
        let times: Vec<String> = now
            .iter()
            .zip(one)
            .map(|(now, one)| format!("{:.1}", now.as_secs_f64() / one.as_secs_f64()))
            .collect();
        let line = format!(
            "| {documents} | {} | {} | {:.1} | {} |",
            u64::from(documents) * u64::from(PAGES),
            times.join(" | "),
            1000.0 * now[3].as_secs_f64(),
            bytes(&address).await? >> 20,
        );
        eprintln!("{line}");
        writeln!(text, "{line}")?;
    }
    text.push('\n');
    Ok(text)
}
