//! An installation's database goes from SQLite to PostgreSQL and back, and nothing changes on the way.

use std::path::Path;

use sohoa::store::{
    AuditRange, DataFolder, Documents as _, InboxQuery, MoveError, Owner, PostgresStore, SqliteStore,
    Store as _, StoreError, Words, open, to_postgres, to_sqlite,
};
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use super::{LEASE, at, new, server};

/// Something in every table, with what is hard to carry.
const ROWS: &str = r#"
    INSERT INTO documents (id, sha256, file, bytes, state, title, number, pages, pages_done, uploaded_at, uploaded_by, assigned_to)
        VALUES ('d1', 'aa', 'quyết "định".pdf', 9007199254740993, 'ready', 'Thang điểm' || char(10) || 'thi đua', '1420/KH-UBND', 2, 2, 1, 'lan', 'Lan'),
               ('d2', 'bb', 'b\pdf 🏛', 0, 'failed', NULL, NULL, NULL, 0, 2, 'lan', NULL);
    UPDATE documents SET problem_code = 'encrypted', problem_vi = 'có mật khẩu', problem_en = '' WHERE id = 'd2';
    INSERT INTO results VALUES ('d1', '{"text":"Công tác chỉ đạo\nđiều hành","n":1.50}', 3);
    INSERT INTO jobs (id, document_id, state, run_at, enqueued_at) VALUES (7, 'd1', 'done', 1, 1), (9, 'd2', 'running', 1, 1);
    INSERT INTO shares (id, job_id, first_page, last_page) VALUES (5, 9, 1, 8);
    INSERT INTO rubrics (id, document_id, position, state, title, max_score, doubtful, errors, warnings, base_json, current_json)
        VALUES ('r1', 'd1', 0, 'confirmed', 'Bảng số 3', '12,5', 1, 0, 2, '{}',
                '{"criteria":[{"id":"I.1","number":"1","title":"Báo cáo đúng hạn","rules":[{"text":"trừ 0,5"}],"provenance":[{"page":2}]}]}');
    INSERT INTO rubric_events (rubric_id, seq, version, kind, author, at, data_json) VALUES ('r1', 1, 1, 'confirmed', 'lan', 4, '{}');
    INSERT INTO confirmed_rubrics VALUES ('r1', 1, '{"a":"' || char(233) || '"}', 1, 'lan', 4);
    INSERT INTO rubric_readings VALUES ('r1', 1, '{}', '{}');
    INSERT INTO rereadings (document_id, reading, state, asked_by, asked_at) VALUES ('d1', 2, 'reading', 'lan', 5);
    INSERT INTO users (name, role, password_hash, created_at) VALUES ('Lan', 'admin', '$argon2id$x', 1), ('minh', 'clerk', '', 1);
    INSERT INTO identities VALUES ('https://id', 'u-1', 'minh');
    INSERT INTO sessions (token_sha256, user_name, created_at, expires_at, seen_at, address) VALUES ('s1', 'Lan', 1, 2, 3, '::1');
    INSERT INTO api_tokens (token_sha256, user_name, label, scopes, created_at) VALUES ('t1', 'Lan', '', 'read', 1);
    INSERT INTO audit (seq, at, kind, who) VALUES (41, 5, 'signed_in', 'lan'), (99, 6, 'signed_in', 'lan');
    INSERT INTO audit_prunings (until, who, at) VALUES (100, 'sep', 200);
    DELETE FROM audit WHERE seq = 99;
    INSERT INTO erasures VALUES ('d0', 'cc', 'sep', 7, NULL);
    INSERT INTO erased_rubrics VALUES ('r0', 'd0', 3, 'dd', 'lan', 6);
    INSERT INTO confirmation_records VALUES ('r1', '{}', 'k1', 8);
    INSERT INTO confirmation_evidence VALUES ('r1', '{}');
    INSERT INTO phrases (id, phrase, normal, state, source, proposed_at) VALUES ('p1', 'Tỷ lệ hồ sơ', 'tỷ lệ hồ sơ', 'accepted', '7/QĐ', 9);
    INSERT INTO phrase_events VALUES ('p1', 1, 'accepted', 'lan', 9, 'Tỷ lệ hồ sơ', 1);
    INSERT INTO gathered_rubrics VALUES ('r1', 10);
    INSERT INTO phrase_looks (phrase_id, document_id, noted_at) VALUES ('p1', 'd1', 11);
    INSERT INTO webhooks (id, url, secret, kinds, created_at, created_by) VALUES ('h1', 'https://x', 's', ' document.ready ', 1, 'sep');
    INSERT INTO webhook_deliveries (webhook_id, document_id, message_id, kind, body, created_at, run_at)
        VALUES ('h1', 'd1', 'm1', 'document.ready', '{}', 1, 1);
"#;

async fn say(root: &Path, sql: &'static str) {
    let options = SqliteConnectOptions::new().filename(root.join("sohoa.db"));
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// A folder with a filled SQLite database.
async fn filled() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&root.path().join("sohoa.db")).await.unwrap();
    store.close().await;
    say(root.path(), ROWS).await;
    root
}

#[tokio::test]
async fn what_goes_and_comes_back_is_what_it_was() {
    let root = filled().await;
    let address = server::shared().database().await;
    let folder = DataFolder::open(root.path()).unwrap();
    let gone = to_postgres(&folder, &address).await.unwrap();
    assert!(
        gone.tables.iter().all(|(_, content)| content.rows > 0),
        "{gone:?}"
    );
    assert!(gone.left.is_some_and(|left| left.exists()));
    assert!(!root.path().join("sohoa.db").exists());

    // It is at work there: found by its words, with numbers that go on.
    let store = open(root.path(), Some(&address)).await.unwrap();
    let words = Words::of("bao cao dung han").unwrap();
    let query = || InboxQuery {
        words: Some(&words),
        limit: 9,
        ..InboxQuery::default()
    };
    let page = store.inbox(query()).await.unwrap();
    assert_eq!(page.documents[0].document.id, "d1");
    assert_eq!(store.user("LAN").await.unwrap().unwrap().name, "Lan");
    store.upload(new("d3", "ee"), at(0)).await.unwrap();
    let job = store.claim("w", at(1), LEASE).await.unwrap().unwrap().lease;
    assert_eq!(job.job, 10);
    let seqs = async |store: &dyn sohoa::store::Store| {
        let entries = store.audit(AuditRange::After(0), 100).await.unwrap();
        entries.iter().map(|entry| entry.seq).collect::<Vec<_>>()
    };
    let before = seqs(store.as_ref()).await;
    assert_eq!(before, [41]);
    let at_work = to_sqlite(&folder, &address, at(2)).await.unwrap_err();
    assert!(matches!(at_work, MoveError::AtWork), "{at_work}");
    store.release(&job, at(3)).await.unwrap();
    store.close().await;

    let back = to_sqlite(&folder, &address, at(4)).await.unwrap();
    let same = ["results", "rubric_events", "users", "audit", "phrases", "shares"];
    for ((table, before), (_, after)) in gone.tables.iter().zip(&back.tables) {
        if same.contains(&table.as_str()) {
            assert_eq!(before, after, "{table}");
        }
    }
    let store = open(root.path(), None).await.unwrap();
    let page = store.inbox(query()).await.unwrap();
    assert_eq!(page.documents[0].document.id, "d1");
    assert_eq!(
        store.document("d1").await.unwrap().unwrap().bytes,
        9_007_199_254_740_993
    );
    store.close().await;
    // A number of the list is never given twice, whatever was pruned.
    say(
        root.path(),
        "INSERT INTO audit (at, kind, who) VALUES (7, 'signed_in', 'lan')",
    )
    .await;
    let store = open(root.path(), None).await.unwrap();
    assert_eq!(seqs(store.as_ref()).await, [41, 100]);
    store.close().await;
    // And there again: the database there is not empty any more.
    let again = to_postgres(&folder, &address).await.unwrap_err();
    assert!(
        matches!(&again, MoveError::NotEmpty { table } if table == "documents"),
        "{again}"
    );
    let address = server::shared().database().await;
    to_postgres(&folder, &address).await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_moved_stays_where_it_is() {
    let root = filled().await;
    let address = server::shared().database().await;
    let folder = DataFolder::open(root.path()).unwrap();
    let already = to_sqlite(&folder, &address, at(0)).await.unwrap_err();
    assert!(
        matches!(already, MoveError::AlreadyThere(Owner::Sqlite)),
        "{already}"
    );

    // PostgreSQL keeps no NUL.
    say(
        root.path(),
        "UPDATE documents SET title = 'a' || char(0) || 'b' WHERE id = 'd2'",
    )
    .await;
    let refused = to_postgres(&folder, &address).await.unwrap_err();
    assert!(
        matches!(&refused, MoveError::NotText { table, row } if table == "documents" && row == "\"d2\""),
        "{refused}"
    );
    // Also where so much goes over at once.
    let long = "UPDATE documents SET title = char(0) || printf('%.*c', 2000000, 'x') WHERE id = 'd2'";
    say(root.path(), long).await;
    let refused = to_postgres(&folder, &address).await.unwrap_err();
    assert!(
        matches!(&refused, MoveError::NotText { row, .. } if row == "\"d2\""),
        "{refused}"
    );
    let store = open(root.path(), None).await.unwrap();
    assert!(store.document("d1").await.unwrap().is_some());
    store.close().await;
    let there = PostgresStore::open(&address).await.unwrap();
    assert!(there.document("d1").await.unwrap().is_none());
    there.close().await;

    // Mended, it goes; and then it is there.
    say(root.path(), "UPDATE documents SET title = 'ab' WHERE id = 'd2'").await;
    to_postgres(&folder, &address).await.unwrap();
    let already = to_postgres(&folder, &address).await.unwrap_err();
    assert!(
        matches!(already, MoveError::AlreadyThere(Owner::Postgres(_))),
        "{already}"
    );
    let other = server::shared().database().await;
    let others = to_sqlite(&folder, &other, at(0)).await.unwrap_err();
    assert!(
        matches!(others, MoveError::Store(StoreError::OthersFolder { .. })),
        "{others}"
    );
    // What has a folder already takes no other.
    let second = filled().await;
    let second = DataFolder::open(second.path()).unwrap();
    let taken = to_postgres(&second, &address).await.unwrap_err();
    assert!(
        matches!(taken, MoveError::Store(StoreError::OthersDatabase { .. })),
        "{taken}"
    );
}
