//! `sohoa serve`: the service on this machine.

mod provider;

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::key::new_seed;
use super::opening::{self, data_failure, store_failure};
use super::{Exit, Failure, Said, message, running};
use crate::config::{Config, RetentionSettings};
use crate::http::{self, Access, App, AppParts, Cookies, Demo};
use crate::jobs::Retention;
use crate::records::KeyFolder;
use crate::store::{DataFolder, Store};

/// How long answers under way may take after the order to stop.
const LAST_ANSWERS: Duration = Duration::from_secs(10);

#[derive(Args)]
pub struct Arguments {
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Folder for documents, queue and people
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Try it out without accounts, on this machine only
    #[arg(long)]
    demo: bool,
}

/// `sohoa serve`
pub fn run(arguments: &Arguments, settings: &Config) -> Result<Exit, Failure> {
    running::run(settings, serve(arguments, settings))
}

async fn serve(arguments: &Arguments, settings: &Config) -> Result<(), Failure> {
    let address = arguments.listen.unwrap_or(settings.server.listen);
    let folder = arguments.data.as_ref().unwrap_or(&settings.server.data);
    let access = match arguments.demo {
        true => Access::Demo(Demo::at(address).map_err(|error| not_loopback(&error))?),
        false => Access::Accounts,
    };
    let provider = provider::configured(&settings.oidc)?;
    // The lock comes first: who does not hold it touches nothing.
    let data = Arc::new(DataFolder::open(folder).map_err(data_failure)?);
    let store = opening::open(folder, settings).await?;
    let known = store.known_readings().await.map_err(store_failure)?;
    let swept = data.sweep(&known).map_err(data_failure)?;
    if swept > 0 {
        tracing::info!(
            files = swept,
            "removed uploads and readings that nobody refers to"
        );
    }
    welcome(&*store, &access).await?;
    ready_to_sign(&data)?;
    let (clock, ids) = (running::clock(), running::ids());
    let engine = running::engine(
        settings,
        settings.server.workers,
        store.clone(),
        data.clone(),
        clock.clone(),
        ids.clone(),
    );
    let (stopping, is_stopping) = watch::channel(false);
    let app = App::new(AppParts {
        store: store.clone(),
        data: data.clone(),
        engine: engine.clone(),
        settings: http::Settings {
            access,
            cookies: match settings.server.https {
                true => Cookies::Secure,
                false => Cookies::Plain,
            },
            proxies: settings.server.proxies.clone(),
            most_bytes: settings.limits().bytes,
            least_free: settings.server.least_free_mb.saturating_mul(1 << 20),
            most_waiting: settings.server.most_waiting.get(),
            session: Duration::from_secs(settings.server.session_hours.saturating_mul(3600)),
            session_idle: Duration::from_secs(settings.server.session_idle_minutes.saturating_mul(60)),
            webhooks: http::AllowedHosts::new(settings.webhooks.allow_hosts.iter().cloned()),
            parts: settings.parts(),
        },
        provider,
        clock: clock.clone(),
        ids,
        stopping: is_stopping,
    });
    app.recall().await.map_err(store_failure)?;
    let sender = app.sender(Arc::new(rand::random::<f64>));
    let sender = sender.map_err(|error| Failure::io("TLS", &std::io::Error::other(error)))?;
    let sending = tokio::spawn(sender.run(stopping.subscribe()));
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| cannot_listen(address, &error))?;
    let address = listener
        .local_addr()
        .map_err(|error| cannot_listen(address, &error))?;
    let running = engine.start().await.map_err(store_failure)?;
    let keeping = retention(&settings.retention);
    let (kept_store, kept_in, until) = (store.clone(), data.clone(), stopping.subscribe());
    let rules = tokio::spawn(async move {
        keeping
            .keep_applying(kept_store.as_ref(), &kept_in, clock, until)
            .await;
    });
    say_where(address);
    let everybody = stopping.clone();
    let order = async move {
        running::order_to_stop().await;
        everybody.send_replace(true);
    };
    let service = http::router(app).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(order);
    let mut has_stopped = stopping.subscribe();
    let outcome = tokio::select! {
        outcome = server.into_future() => outcome,
        () = async {
            // An error here means that nobody can give the order any more; then the server ends by itself.
            let _ = has_stopped.wait_for(|stopping| *stopping).await;
            tokio::time::sleep(LAST_ANSWERS).await;
        } => Ok(()),
    };
    running.stop().await;
    // Ends at the order to stop; where nobody gave one, the listener failed.
    stopping.send_replace(true);
    if let Err(error) = rules.await {
        tracing::error!(%error, "the retention rules ended badly");
    }
    if let Err(error) = sending.await {
        tracing::error!(%error, "sending messages ended badly");
    }
    store.close().await;
    outcome.map_err(|error| Failure::io(address, &error))
}

fn retention(settings: &RetentionSettings) -> Retention {
    let days = |days: u32| (days > 0).then(|| Duration::from_secs(u64::from(days) * 24 * 3600));
    Retention {
        failed: days(settings.failed_days),
        drafts: days(settings.draft_days),
        audit: days(settings.audit_days),
    }
}

async fn welcome(store: &dyn Store, access: &Access) -> Result<(), Failure> {
    let people = store.users().await.map_err(store_failure)?;
    match access {
        Access::Demo(_) if !people.is_empty() => message::warn(&Said::new(
            "thư mục dữ liệu này có tài khoản, nhưng bản dùng thử cho bất kỳ ai trên máy này vào mà không cần mật khẩu",
            "this data folder has accounts, but the demo lets anybody on this machine in without a password",
        )),
        Access::Accounts if people.is_empty() => message::warn(&Said::new(
            "chưa có tài khoản nào: `sohoa user add TÊN --role admin` tạo quản trị viên đầu tiên",
            "there is no account yet: `sohoa user add NAME --role admin` makes the first admin",
        )),
        _ => {}
    }
    Ok(())
}

/// Makes the first key. One that is lost does not keep people from working, only from confirming.
fn ready_to_sign(data: &DataFolder) -> Result<(), Failure> {
    let folder = KeyFolder::at(&data.keys());
    match folder.open_or_create(&new_seed()?, OffsetDateTime::now_utc()) {
        Ok(keys) => tracing::info!(key = keys.secret.public().id(), "records are signed"),
        Err(error) => {
            let Said { vi, en } = error.said();
            message::warn(&Said::new(
                format!("chưa duyệt được thang điểm nào: {vi}"),
                format!("nothing can be confirmed: {en}"),
            ));
        }
    }
    Ok(())
}

/// stderr, since stdout is for data; a closed one is nobody's loss.
fn say_where(address: SocketAddr) {
    let _ = writeln!(std::io::stderr(), "sohoa: http://{address}/");
}

fn not_loopback(error: &http::NotLoopback) -> Failure {
    let address = error.address;
    Failure::new(
        Exit::BadArguments,
        "demo_not_loopback",
        Said::new(
            format!("--demo cho bất kỳ ai vào nên chỉ nghe trên máy này, không nghe ở {address}"),
            format!("--demo lets anybody in, so it listens on this machine only, not on {address}"),
        ),
    )
    .hint(Said::new(
        "dùng --listen 127.0.0.1:8080, hoặc tạo tài khoản bằng `sohoa user add`",
        "use --listen 127.0.0.1:8080, or make accounts with `sohoa user add`",
    ))
}

fn cannot_listen(address: SocketAddr, error: &std::io::Error) -> Failure {
    Failure::new(
        Exit::Error,
        "cannot_listen",
        Said::new(
            format!("không nghe được ở {address}: {error}"),
            format!("cannot listen on {address}: {error}"),
        ),
    )
    .hint(Said::new(
        "chọn cổng khác bằng --listen",
        "choose another port with --listen",
    ))
}
