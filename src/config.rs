//! The settings, parsed once: the commented file that `sohoa config` prints, and over it the
//! user's own.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use serde::Deserialize;

use crate::exec::Caps;
use crate::pipeline::Parts;
use crate::stages::ingest::Limits;

/// The default settings as a commented TOML file.
pub const DEFAULT: &str = include_str!("config/default.toml");

/// Where an installed program finds its parts, after all else: put there by hand, or by the Debian package.
const INSTALLED: [&str; 2] = ["/usr/local/share/sohoa", "/usr/lib/sohoa"];
/// Where Debian's tesseract-ocr packages put their models.
const DEBIAN_TESSDATA: &str = "/usr/share/tesseract-ocr/5/tessdata";

/// Every setting, checked.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    limits: LimitSettings,
    child: ChildSettings,
    parts: PartSettings,
    pub server: ServerSettings,
    store: StoreSettings,
    pub webhooks: WebhookSettings,
    pub retention: RetentionSettings,
    pub oidc: OidcSection,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitSettings {
    file_mb: u64,
    pages: usize,
    page_megapixels: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChildSettings {
    memory_mb: u64,
    page_seconds: f32,
    wall_seconds: f32,
    cpu_seconds: u64,
    output_mb: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct PartSettings {
    runtime: PathBuf,
    tessdata: PathBuf,
    phrases: PathBuf,
}

/// Where the service listens and what it keeps.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSettings {
    pub listen: SocketAddr,
    /// The data folder.
    pub data: PathBuf,
    /// Documents read at the same time.
    pub workers: usize,
    /// The service stands behind a TLS proxy: session cookies travel over https only.
    pub https: bool,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub proxies: Vec<IpAddr>,
    /// How long a person stays signed in at most.
    pub session_hours: u64,
    /// How long a person stays signed in who does nothing.
    pub session_idle_minutes: u64,
    /// Below so much free space no upload is taken.
    pub least_free_mb: u64,
    /// While so many documents wait to be read no upload is taken.
    pub most_waiting: NonZeroU64,
    pub log: LogFormat,
}

/// Where state and queue are kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoreSettings {
    database: Hidden,
}

/// What may hold a password: it is shown to nobody.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
struct Hidden(String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// Days that things are kept; 0: for good.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionSettings {
    /// Documents that could not be read.
    pub failed_days: u32,
    /// Documents of which nothing is confirmed.
    pub draft_days: u32,
    /// Entries of the audit list.
    pub audit_days: u32,
}

/// Whom outside the service may tell.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSettings {
    /// Hosts that may be told though their addresses are not public.
    pub allow_hosts: Vec<String>,
}

/// The office's own provider of sign-ins (OpenID Connect).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcSection {
    /// Empty: people sign in here alone.
    pub issuer: String,
    pub client_id: String,
    /// A file with the client's secret; empty: see [`OidcSection::secret_of_the_environment`].
    pub secret_file: PathBuf,
    /// Where people reach this service.
    pub public_url: String,
    pub scopes: Vec<String>,
    pub role_claim: String,
    /// What the claim says of those who are clerks here.
    pub clerk: Vec<String>,
    pub maintainer: Vec<String>,
    pub admin: Vec<String>,
    pub label_vi: String,
    pub label_en: String,
}

impl OidcSection {
    /// The client's secret where no file has it. It is in no setting: settings are printed, copied and kept by people
    /// who need not know it.
    pub fn secret_of_the_environment() -> Option<String> {
        std::env::var("SOHOA_OIDC_SECRET").ok()
    }
}

/// How the service writes its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

impl Config {
    /// The defaults, and over them `file` if there is one.
    pub fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = file else { return Self::parse("") };
        let text = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
        Self::parse(&text).with_context(|| format!("{}", path.display()))
    }

    /// The defaults, and over them the settings in `text` (TOML).
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let mut settings: toml::Table = DEFAULT.parse()?;
        for (section, own) in text.parse::<toml::Table>()? {
            match (settings.get_mut(&section), own) {
                (Some(toml::Value::Table(known)), toml::Value::Table(own)) => known.extend(own),
                (_, own) => {
                    settings.insert(section, own);
                }
            }
        }
        let config: Self = settings.try_into()?;
        let seconds = [config.child.page_seconds, config.child.wall_seconds];
        anyhow::ensure!(
            seconds.iter().all(|s| s.is_finite() && *s > 0.0 && *s < 1e9),
            "[child]: page_seconds and wall_seconds must be above 0"
        );
        Ok(config)
    }

    /// The address of the PostgreSQL database; without one, state is in SQLite in the data folder.
    pub fn database(&self) -> Option<&str> {
        Some(self.store.database.0.as_str()).filter(|address| !address.is_empty())
    }

    /// What a file may cost.
    pub fn limits(&self) -> Limits {
        Limits {
            bytes: self.limits.file_mb.saturating_mul(1 << 20),
            pages: self.limits.pages,
            pixels: self.limits.page_megapixels.saturating_mul(1_000_000),
        }
    }

    /// What a child may use.
    pub fn caps(&self) -> Caps {
        Caps {
            memory: self.child.memory_mb.saturating_mul(1 << 20),
            cpu_seconds: self.child.cpu_seconds,
            wall: Duration::from_secs_f32(self.child.wall_seconds),
            page_wall: Duration::from_secs_f32(self.child.page_seconds),
            file_bytes: self.child.output_mb.saturating_mul(1 << 20),
        }
    }

    /// The parts that live outside the program, wherever they are on this machine.
    /// Needed parts that are nowhere are named where they are looked for first.
    pub fn parts(&self) -> Parts {
        let runtimes = self.runtime_folders();
        let find = |name: &str| {
            runtimes
                .iter()
                .map(|folder| folder.join(name))
                .find(|path| path.exists())
        };
        let pdfium = find("libpdfium.so").unwrap_or_else(|| runtimes[0].join("libpdfium.so"));
        Parts {
            pdfium,
            tessdata: self.tessdata(),
            phrases: Some(self.parts.phrases.clone()).filter(|path| !path.as_os_str().is_empty()),
            dictionary: String::new(),
        }
    }

    /// Never empty.
    fn runtime_folders(&self) -> Vec<PathBuf> {
        if !self.parts.runtime.as_os_str().is_empty() {
            return vec![self.parts.runtime.clone()];
        }
        if let Some(runtime) = std::env::var_os("SOHOA_RUNTIME").filter(|value| !value.is_empty()) {
            return vec![runtime.into()];
        }
        let beside = std::env::current_exe()
            .ok()
            .and_then(|exe| exe.parent().map(|dir| dir.join(".runtime")));
        [Some(PathBuf::from(".runtime")), beside]
            .into_iter()
            .flatten()
            .chain(INSTALLED.map(PathBuf::from))
            .collect()
    }

    fn tessdata(&self) -> PathBuf {
        if !self.parts.tessdata.as_os_str().is_empty() {
            return self.parts.tessdata.clone();
        }
        match std::env::var_os("TESSDATA_PREFIX").filter(|value| !value.is_empty()) {
            Some(folder) => folder.into(),
            None => DEBIAN_TESSDATA.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_printed_defaults_are_the_defaults_of_the_code() {
        let config = Config::parse("").unwrap();
        assert_eq!(config.limits(), Limits::default());
        assert_eq!(config.caps(), Caps::default());
        assert_eq!(config.server.listen.port(), 8080);
        // No other service is needed unless somebody names one.
        assert_eq!(config.database(), None);
        // Nobody else vouches for people unless somebody says so.
        assert_eq!(config.oidc.issuer, "");
        // Nothing is deleted by itself unless somebody says so.
        let kept = config.retention;
        assert_eq!((kept.failed_days, kept.draft_days, kept.audit_days), (0, 0, 0));
    }

    #[test]
    fn what_a_file_leaves_out_stays_and_what_it_misspells_is_refused() {
        let config = Config::parse("[child]\npage_seconds = 0.5\n").unwrap();
        assert_eq!(config.caps().page_wall, Duration::from_millis(500));
        assert_eq!(config.caps().wall, Caps::default().wall);
        let refused = |text: &str| format!("{:#}", Config::parse(text).unwrap_err());
        assert!(refused("[child]\npage_secnds = 1\n").contains("page_secnds"));
        assert!(refused("[chlid]\n").contains("chlid"));
        assert!(refused("[child]\npage_seconds = 0\n").contains("page_seconds"));
        assert!(refused("[limits]\npages = \"many\"\n").contains("pages"));
    }

    #[test]
    fn the_address_of_a_database_is_shown_to_nobody() {
        let config = Config::parse("[store]\ndatabase = \"postgres://sohoa:s3cret@db/sohoa\"\n").unwrap();
        assert_eq!(config.database(), Some("postgres://sohoa:s3cret@db/sohoa"));
        assert!(!format!("{config:?}").contains("s3cret"));
    }
}
