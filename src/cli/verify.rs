//! `sohoa verify`: what a record of confirmation proves, offline.

use std::fmt::Write;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;

use super::key::key_failure;
use super::{Exit, Failure, Said, output};
use crate::domain::harmless;
use crate::exec;
use crate::http;
use crate::records::{
    self, Authenticity, FileCheck, KeyError, KeyList, PublicKey, RecordError, Replayed, Statement, Verified,
};

/// The longest record that is looked at; one of a rubric with 335 rows has about two megabytes.
const MOST_BYTES: u64 = 256 << 20;

#[derive(Args)]
pub struct Arguments {
    /// A record of confirmation; `-` reads from stdin
    #[arg(value_name = "RECORD.json")]
    record: PathBuf,
    /// The public key of the installation: PEM, JSON Web Key, or its list of keys
    #[arg(long, value_name = "PUBLIC.pem|JWK|KEYS.json")]
    key: Option<PathBuf>,
    /// The scan that the record should be of
    #[arg(long, value_name = "SCAN.pdf")]
    file: Option<PathBuf>,
}

/// `sohoa verify`: done when everything that was given fits together, else refused.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let name = arguments.record.display().to_string();
    let bytes = bytes_of(&arguments.record)?;
    let trusted = arguments.key.as_deref().map(trusted).transpose()?;
    let file_sha256 = arguments.file.as_deref().map(digest).transpose()?;
    let asked = records::Asked {
        trusted: trusted.as_deref(),
        file_sha256: file_sha256.as_deref(),
    };
    let verified = records::verify(&bytes, &http::event_of, asked).map_err(|error| refused(&name, &error))?;
    output::print(&report(&verified))?;
    Ok(Exit::Done)
}

fn refused(name: &str, error: &RecordError) -> Failure {
    let (name, Said { vi, en }) = (harmless(name), error.said());
    Failure::new(
        Exit::Refused,
        error.code(),
        Said::new(
            format!("{name}: KHÔNG xác nhận được: {vi}"),
            format!("{name}: NOT proven: {en}"),
        ),
    )
    .hint(Said::new(
        "hãy xin lại biên bản từ nơi đã ban hành",
        "ask for the record again where it was made",
    ))
}

/// The bytes of a file that is not too long; `-` is stdin.
fn bytes_of(path: &Path) -> Result<Vec<u8>, Failure> {
    let io = |error: &std::io::Error| Failure::io(path.display(), error);
    let source: Box<dyn Read> = match path.as_os_str() == "-" {
        true => Box::new(std::io::stdin().lock()),
        false => Box::new(File::open(path).map_err(|e| io(&e))?),
    };
    let mut bytes = Vec::new();
    source
        .take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| io(&e))?;
    match bytes.len() as u64 > MOST_BYTES {
        true => Err(Failure::new(
            Exit::Refused,
            "too_large",
            Said::new(
                format!(
                    "{}: dài hơn {} MB, không thể là biên bản",
                    path.display(),
                    MOST_BYTES >> 20
                ),
                format!(
                    "{}: longer than {} MB, so it is no record",
                    path.display(),
                    MOST_BYTES >> 20
                ),
            ),
        )),
        false => Ok(bytes),
    }
}

/// The keys that somebody trusts, in any of the forms in which keys are handed on.
fn trusted(path: &Path) -> Result<Vec<PublicKey>, Failure> {
    let bytes = bytes_of(path)?;
    let text = String::from_utf8_lossy(&bytes);
    let is_list = || {
        let value: Option<serde_json::Value> = serde_json::from_str(&text).ok();
        value.is_some_and(|value| value.get("keys").is_some())
    };
    let keys = match text.trim_start().starts_with('{') {
        true if is_list() => KeyList::read(&bytes).and_then(|list| list.check()),
        true => PublicKey::from_jwk(&text).map(|key| vec![key]),
        false => PublicKey::from_pem(&text).map(|key| vec![key]),
    };
    keys.map_err(|error: KeyError| key_failure(&error))
}

fn digest(path: &Path) -> Result<String, Failure> {
    exec::file_digest(path).map_err(|error| Failure::io(path.display(), &error))
}

/// What was proven and what was not, in both languages.
fn report(verified: &Verified) -> String {
    let mut text = String::new();
    let Verified {
        statement,
        authenticity,
        replayed,
        file,
    } = verified;
    for line in stated(statement) {
        // Writing to a String does not fail.
        let _ = writeln!(text, "{line}");
    }
    text.push('\n');
    let mut say = |proven: bool, vi: String, en: String| {
        let mark = if proven { "[ok]    " } else { "[chưa]  " };
        let _ = writeln!(text, "{mark} {vi}\n         {en}");
    };
    let key = harmless(&statement.key_id);
    match authenticity {
        Authenticity::Proven => say(
            true,
            format!("Chữ ký là của nơi giữ khoá đã cho (khoá ký {key})."),
            format!("The signature is that of the holder of the given key (signed with {key})."),
        ),
        Authenticity::KeyNotGiven => say(
            false,
            format!(
                "Biên bản nguyên vẹn theo khoá {key} ghi trong chính nó, nhưng chưa chứng minh khoá ấy của ai: \
                 hãy thêm --key KHOÁ.pem nhận từ nơi ban hành."
            ),
            format!(
                "The record is whole under the key {key} that it names itself, but whose key that is is not \
                 proven: add --key PUBLIC.pem as you got it from the issuer."
            ),
        ),
    }
    match replayed {
        Replayed::Yes => say(
            true,
            format!(
                "Làm lại {} việc trong lịch sử theo quy tắc thì ra đúng thang điểm đã duyệt.",
                statement.history.entries
            ),
            format!(
                "The {} entries of the history, done again by the rules, lead to the confirmed rubric.",
                statement.history.entries
            ),
        ),
        Replayed::NoEvidence => say(
            false,
            "Văn bản đã bị xoá, biên bản chỉ còn mã băm: không làm lại được lịch sử.".to_owned(),
            "The document was deleted and the record holds digests only: its history cannot be done again."
                .to_owned(),
        ),
    }
    say(
        true,
        "Người trình và người duyệt là hai tài khoản khác nhau.".to_owned(),
        "Submitter and confirmer are different accounts.".to_owned(),
    );
    match file {
        FileCheck::Same => say(
            true,
            "Tệp đã cho chính là bản quét của biên bản.".to_owned(),
            "The given file is the scan of the record.".to_owned(),
        ),
        FileCheck::NotGiven => say(
            false,
            "Chưa so với bản quét: hãy thêm --file BẢN_QUÉT.pdf.".to_owned(),
            "Not compared with the scan: add --file SCAN.pdf.".to_owned(),
        ),
    }
    text
}

/// The statement as people read it.
fn stated(statement: &Statement) -> Vec<String> {
    let Statement {
        source,
        pipeline,
        decision,
        rubric,
        submitted,
        confirmed,
        counts,
        ..
    } = statement;
    let line = |vi: &str, en: &str, value: &str| format!("{vi} / {en}: {}", harmless(value));
    let mut lines = vec![line("Thang điểm", "rubric", &rubric.title)];
    let number = [&decision.kind, &decision.number, &decision.date].map(|v| v.as_deref().unwrap_or_default());
    lines.push(line("Văn bản", "decision", number.join(" ").trim()));
    lines.push(line("Tệp", "file", &source.file));
    lines.push(format!("SHA-256: {}", harmless(&source.sha256)));
    let version = format!("{}, {} {}", rubric.id, "phiên bản / version", rubric.version);
    lines.push(line("Mã", "id", &version));
    lines.push(line(
        "Trình",
        "submitted",
        &format!("{} {}", submitted.by, submitted.at),
    ));
    lines.push(line(
        "Duyệt",
        "confirmed",
        &format!("{} {}", confirmed.by, confirmed.at),
    ));
    lines.push(line("Sửa tay", "changed by hand", &counts.changed.to_string()));
    lines.push(line(
        "Xem và nhận",
        "looked at and accepted",
        &counts.accepted.to_string(),
    ));
    lines.push(line(
        "Còn nghi vấn lúc duyệt",
        "doubtful when confirmed",
        &counts.left_doubtful.to_string(),
    ));
    lines.push(line(
        "Phần mềm",
        "program",
        &format!("sohoa {}", pipeline.version),
    ));
    lines
}
