//! A PostgreSQL server for the tests of one binary: in a folder of its own, reached by a socket there, and gone with the
//! process that started it, however that ends.

use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};

/// Waits until its stdin ends, which it does when whoever holds the other end is gone; then the server goes, too.
const LEASH: &str = "trap '' INT TERM HUP; cat >/dev/null; folder=$1; shift; \
                     \"$@\" -D \"$folder/data\" -m immediate -w stop >/dev/null 2>&1; rm -rf \"$folder\"";

/// Tests lose nothing at a power cut.
const SETTINGS: &str = "-c listen_addresses= -c fsync=off -c full_page_writes=off \
                        -c shared_buffers=32MB -c max_connections=200";

/// A running server.
pub struct Server {
    folder: PathBuf,
    programs: PathBuf,
    /// PostgreSQL refuses to be run by root: who runs it instead.
    other: Option<Other>,
    /// Holds it for as long as this process is there.
    leash: Child,
}

struct Other {
    name: &'static str,
    uid: u32,
    gid: u32,
}

/// The server that the tests of this binary share; each has a database of its own there.
pub fn shared() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(Server::start)
}

impl Server {
    pub fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("pg-").tempdir().unwrap().keep();
        let programs = programs();
        let other = other();
        if let Some(other) = &other {
            chown(&folder, Some(other.uid), Some(other.gid)).unwrap();
        }
        let stop = command(&programs, other.as_ref(), "pg_ctl");
        let leash = Command::new("sh")
            .args(["-c", LEASH, "leash"])
            .arg(&folder)
            .arg(stop.get_program())
            .args(stop.get_args())
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        let server = Self {
            leash,
            folder,
            programs,
            other,
        };
        server.run(
            "initdb",
            &[
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "-U",
                "postgres",
                "-N",
            ],
        );
        // Who is called `keyed` is asked for a password, all others are believed.
        std::fs::write(
            server.folder.join("data/pg_hba.conf"),
            "local all keyed scram-sha-256\nlocal all all trust\n",
        )
        .unwrap();
        server.go_on();
        server
    }

    /// Starts it where it was stopped.
    pub fn go_on(&self) {
        let settings = format!("{SETTINGS} -k {}", self.folder.display());
        let log = self.folder.join("log");
        self.run(
            "pg_ctl",
            &["-w", "-l", log.to_str().unwrap(), "-o", &settings, "start"],
        );
    }

    /// Ends it as a fault would: whoever is connected is cut off.
    pub fn stop(&self) {
        self.run("pg_ctl", &["-w", "-m", "immediate", "stop"]);
    }

    /// The address of a new database.
    pub async fn database(&self) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        self.obey(&format!("CREATE DATABASE {name}")).await;
        self.address("postgres", &name)
    }

    /// What an administrator says to the server.
    pub async fn obey(&self, sql: &str) {
        let mut connection = PgConnection::connect(&self.address("postgres", "postgres"))
            .await
            .unwrap();
        let order = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        order.execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// Where `user` (a name, or name and password) finds a database.
    pub fn address(&self, user: &str, database: &str) -> String {
        format!(
            "postgres://{user}@localhost/{database}?host={}",
            self.folder.display()
        )
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let output = command(&self.programs, self.other.as_ref(), program)
            .arg("-D")
            .arg(self.folder.join("data"))
            .args(arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            // A server that goes on holds what it was given: pipes would never end.
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        assert!(output.success(), "{program} {arguments:?}: {output}\n{log}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.leash.stdin.take());
        // It is gone either way, and so is whoever would hear of it.
        let _ = self.leash.wait();
    }
}

fn command(programs: &Path, other: Option<&Other>, program: &str) -> Command {
    let program = programs.join(program);
    match other {
        None => Command::new(program),
        Some(other) => {
            let mut command = Command::new("setpriv");
            command
                .arg(format!("--reuid={}", other.name))
                .arg(format!("--regid={}", other.gid))
                .args(["--clear-groups", "--"])
                .arg(program);
            command
        }
    }
}

/// Where Debian puts them, the newest version first; elsewhere `pg_config` knows.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| entry.ok())
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse().ok()?,
                entry.path().join("bin"),
            ))
        })
        .filter(|(_, bin)| bin.join("initdb").is_file())
        .collect();
    found.sort();
    found.pop().map(|(_, bin)| bin).unwrap_or_else(|| {
        let config = Command::new("pg_config").arg("--bindir").output();
        let config = config.expect("PostgreSQL is not here: make setup-test");
        PathBuf::from(String::from_utf8(config.stdout).unwrap().trim())
    })
}

fn other() -> Option<Other> {
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        return None;
    }
    let known = std::fs::read_to_string("/etc/passwd").unwrap();
    let find = |name: &'static str| {
        let line = known.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2).map_while(|field| field.parse().ok());
        Some(Other {
            name,
            uid: fields.next()?,
            gid: fields.next()?,
        })
    };
    Some(find("postgres").or_else(|| find("nobody")).unwrap())
}
