use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use reqwest::multipart::{Form, Part};
use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;
use tokio::runtime::Runtime;

use super::super::{Exit, Failure, Said};
use super::taker::{Taken, Taker};

/// A server that says nothing for so long is not there.
const PATIENCE: Duration = Duration::from_secs(120);

/// Hands files to the service on this machine.
pub struct Uploader {
    client: Client,
    runtime: Runtime,
    address: Url,
    token: String,
}

/// What is used of a problem response.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Problem {
    code: String,
    detail: String,
    detail_vi: String,
}

impl Uploader {
    /// `server` is the service's address, `http://127.0.0.1:8080`; the token's file holds one line. A token never leaves
    /// this machine in the clear.
    pub fn new(server: &str, token_file: &Path) -> Result<Self, Failure> {
        let address = Url::parse(server)
            .ok()
            .filter(|url| url.scheme() == "http" && is_here(url))
            .and_then(|url| url.join("/api/v1/documents").ok())
            .ok_or_else(|| bad_address(server))?;
        let token = std::fs::read_to_string(token_file)
            .map_err(|error| Failure::io(token_file.display(), &error))?
            .trim()
            .to_owned();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::io("tokio", &error))?;
        let client = Client::builder()
            .read_timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| Failure::io(server, &std::io::Error::other(error)))?;
        Ok(Self {
            client,
            runtime,
            address,
            token,
        })
    }

    async fn send(&self, file: &Path) -> Result<(StatusCode, Problem), Failure> {
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let part = Part::file(file)
            .await
            .map_err(|error| Failure::io(file.display(), &error))?
            .file_name(name);
        let answer = self
            .client
            .post(self.address.clone())
            .bearer_auth(&self.token)
            .multipart(Form::new().part("file", part))
            .send()
            .await
            .map_err(|error| no_answer(&self.address, &error))?;
        let status = answer.status();
        // What is no problem response says nothing more than its status.
        let problem = answer.json().await.unwrap_or_default();
        Ok((status, problem))
    }
}

impl Taker for Uploader {
    fn take(&self, file: &Path) -> Taken {
        let (status, problem) = match self.runtime.block_on(self.send(file)) {
            Ok(answer) => answer,
            Err(failure) => return Taken::NotNow(failure),
        };
        if status.is_success() {
            return Taken::Done(None);
        }
        let told = |exit| refused(exit, file, status, &problem);
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => {
                Taken::Never(told(Exit::Error))
            }
            StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNSUPPORTED_MEDIA_TYPE
            | StatusCode::UNPROCESSABLE_ENTITY => Taken::Refused(told(Exit::Refused)),
            _ => Taken::NotNow(told(Exit::Error)),
        }
    }
}

fn refused(exit: Exit, file: &Path, status: StatusCode, problem: &Problem) -> Failure {
    let (file, status) = (file.display(), status.as_u16());
    let code = match problem.code.as_str() {
        "" => format!("http_{status}"),
        code => code.to_owned(),
    };
    let what = Said::new(
        format!("{file}: máy chủ trả lời {status}: {}", problem.detail_vi),
        format!("{file}: the server answered {status}: {}", problem.detail),
    );
    Failure::new(exit, code, what)
}

fn no_answer(address: &Url, error: &reqwest::Error) -> Failure {
    Failure::new(
        Exit::Error,
        "no_answer",
        Said::new(
            format!("máy chủ {address} không trả lời: {error}"),
            format!("the server {address} does not answer: {error}"),
        ),
    )
    .hint(Said::new("sẽ thử lại", "it will be tried again"))
}

/// True for this machine's own addresses, whatever they resolve to elsewhere.
fn is_here(address: &Url) -> bool {
    let host = address.host_str().unwrap_or_default();
    host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

fn bad_address(server: &str) -> Failure {
    Failure::new(
        Exit::BadArguments,
        "bad_address",
        Said::new(
            format!("“{server}” không phải địa chỉ máy chủ trên chính máy này"),
            format!("“{server}” is no address of a service on this machine"),
        ),
    )
    .hint(Said::new(
        "ví dụ http://127.0.0.1:8080; trông thư mục ngay trên máy chủ để thẻ truy cập không đi qua mạng",
        "such as http://127.0.0.1:8080; watch the folder where the service runs, so that the token crosses no network",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_to_this_machine_only() {
        let folder = tempfile::tempdir().unwrap();
        let token = folder.path().join("token");
        std::fs::write(&token, "t\n").unwrap();
        let check = |server: &str, accepted: bool| {
            assert_eq!(Uploader::new(server, &token).is_ok(), accepted, "{server}");
        };
        check("http://127.0.0.1:8080", true);
        check("http://[::1]:8080/", true);
        check("http://localhost:8080", true);
        check("http://192.168.1.5:8080", false);
        check("http://127.0.0.1.example.vn", false);
        check("https://sohoa.example.vn", false);
        check("127.0.0.1:8080", false);
        check("file:///etc/passwd", false);
    }
}
