//! `sohoa serve` with one clerk, as an office runs it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

/// Killed when dropped.
pub struct Server {
    child: Child,
    pub address: String,
    /// The clerk's.
    pub token: String,
}

const CLERK: &str = "hoa";

impl Server {
    pub fn start(folder: &Path, most_waiting: u64) -> Result<Self> {
        let settings = folder.join("sohoa.toml");
        let data = folder.join("data");
        std::fs::write(
            &settings,
            format!(
                "[server]\nlisten = \"127.0.0.1:0\"\ndata = {data:?}\nworkers = 2\nmost_waiting = {most_waiting}\n"
            ),
        )?;
        let sohoa = |words: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_sohoa"));
            command.args(words).arg("--config").arg(&settings);
            command
        };
        let mut add = sohoa(&["user", "add", CLERK, "--role", "clerk", "--password-stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        writeln!(
            add.stdin.take().context("no stdin")?,
            "mười phút với hai trăm người"
        )?;
        ensure!(add.wait()?.success(), "sohoa user add failed");
        let token = sohoa(&["user", "token", CLERK]).stderr(Stdio::null()).output()?;
        ensure!(token.status.success(), "sohoa user token failed");
        let token = String::from_utf8(token.stdout)?.trim().to_owned();

        let mut child = sohoa(&["serve"])
            .env("SOHOA_LOG", "warn")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut lines = BufReader::new(child.stderr.take().context("no stderr")?).lines();
        let address = loop {
            let line = lines.next().context("the server did not start")??;
            if let Some(address) = line.strip_prefix("sohoa: ") {
                break address.trim_end_matches('/').to_owned();
            }
        };
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                eprintln!("{line}");
            }
        });
        Ok(Self {
            child,
            address,
            token,
        })
    }

    /// Resident bytes of the server itself; its readers come and go.
    pub fn memory(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes: u64 = line
            .and_then(|line| line.split_whitespace().next())
            .context("no VmRSS")?
            .parse()?;
        Ok(kilobytes * 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already dead is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
