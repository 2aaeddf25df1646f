//! Which database is opened, and what is said where it cannot be.

use std::path::Path;

use sohoa::store::{OpenError, Owner, PostgresStore, Store, StoreError, open};

use super::server;

/// The error of opening an address, and what it says.
async fn refused(address: &str) -> (StoreError, String) {
    let error = PostgresStore::open(address).await.unwrap_err();
    let said = error.to_string();
    (error, said)
}

#[tokio::test]
async fn what_is_wrong_with_a_server_is_said_without_its_password() {
    let server = server::shared();
    server
        .obey("CREATE ROLE keyed LOGIN PASSWORD 'right' SUPERUSER")
        .await;
    let address = server.database().await;
    let database = address.split('/').nth(3).unwrap().split('?').next().unwrap();

    let right = server.address("keyed:right", database);
    PostgresStore::open(&right).await.unwrap();
    let (error, said) = refused(&server.address("keyed:s3cret", database)).await;
    assert!(
        matches!(&error, StoreError::NotLetIn { user, .. } if user == "keyed"),
        "{said}"
    );
    assert!(!said.contains("s3cret"), "{said}");

    let (error, said) = refused(&server.address("keyed:right", "nowhere")).await;
    assert!(matches!(error, StoreError::NoDatabase { .. }), "{said}");
    assert!(said.contains("/nowhere") && !said.contains("right"), "{said}");

    let (error, said) = refused("postgres://keyed:s3cret@127.0.0.1:1/sohoa").await;
    assert!(matches!(error, StoreError::Unreachable { .. }), "{said}");
    assert!(
        said.contains("127.0.0.1:1/sohoa") && !said.contains("s3cret"),
        "{said}"
    );

    let (error, said) = refused("postgres://keyed:s3cret@here:port/sohoa").await;
    assert!(matches!(error, StoreError::Address), "{said}");
    assert!(
        !said.contains("s3cret") && !format!("{error:?}").contains("s3cret"),
        "{said}"
    );

    let (error, said) = refused("sqlite:///var/lib/sohoa.db").await;
    assert!(matches!(error, StoreError::Address), "{said}");

    // Since version 15 not everybody may make tables.
    server.obey("CREATE ROLE guest LOGIN").await;
    let (error, said) = refused(&server.address("guest", database)).await;
    assert!(matches!(error, StoreError::NotOwner { .. }), "{said}");

    server
        .obey("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
        .await;
    let (error, said) = refused(&server.address("postgres", "latin")).await;
    assert!(matches!(error, StoreError::NotUtf8 { .. }), "{said}");
}

/// The error of opening the store of a folder.
async fn not_opened(folder: &Path, address: Option<&str>) -> StoreError {
    match open(folder, address).await {
        Err(OpenError::Store(error)) => error,
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("opened"),
    }
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused() {
    const LATER: &str = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                         VALUES (9999, 'later', TRUE, '', 1)";
    let newer = |error: StoreError| {
        assert!(matches!(error, StoreError::Newer { migration: 9999 }), "{error}");
    };

    let folder = tempfile::tempdir().unwrap();
    open(folder.path(), None).await.unwrap().close().await;
    let file = format!("sqlite://{}", folder.path().join("sohoa.db").display());
    let pool = sqlx::SqlitePool::connect(&file).await.unwrap();

    let later = LATER.replace("TRUE, ''", "TRUE, x''");
    sqlx::query(sqlx::AssertSqlSafe(later))
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
    newer(not_opened(folder.path(), None).await);

    let address = server::shared().database().await;
    PostgresStore::open(&address).await.unwrap().close().await;
    let pool = sqlx::PgPool::connect(&address).await.unwrap();
    sqlx::query(LATER).execute(&pool).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    newer(not_opened(folder.path(), Some(&address)).await);
}

/// What no document of the database refers to is swept from the folder: another database would have it emptied.
#[tokio::test]
async fn a_folder_serves_one_database_for_good() {
    let server = server::shared();
    let (one, other) = (server.database().await, server.database().await);
    let in_sqlite = tempfile::tempdir().unwrap();
    open(in_sqlite.path(), None).await.unwrap().close().await;
    let error = not_opened(in_sqlite.path(), Some(&one)).await;
    assert!(
        matches!(
            &error,
            StoreError::OthersFolder {
                owner: Owner::Sqlite,
                ..
            }
        ),
        "{error}"
    );
    open(in_sqlite.path(), None).await.unwrap().close().await;

    let in_postgres = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        open(in_postgres.path(), Some(&one)).await.unwrap().close().await;
    }
    for address in [None, Some(other.as_str())] {
        let error = not_opened(in_postgres.path(), address).await;
        assert!(
            matches!(
                &error,
                StoreError::OthersFolder {
                    owner: Owner::Postgres(_),
                    ..
                }
            ),
            "{error}"
        );
    }
    assert!(!in_postgres.path().join("sohoa.db").exists());

    // Nor has a database two folders, until somebody says that the one is the other.
    let second = tempfile::tempdir().unwrap();
    let error = not_opened(second.path(), Some(&one)).await;
    let StoreError::OthersDatabase { owner, id } = error else {
        panic!("{error}")
    };
    std::fs::write(owner, id).unwrap();
    open(second.path(), Some(&one)).await.unwrap().close().await;
}
