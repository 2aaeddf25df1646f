//! The server, the browser and the hands that drive it; all gone at the end, also on a panic.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The longest wait for a page to do something; generous, since the machine may be busy with other tests.
const PATIENCE: Duration = Duration::from_secs(60);

/// A child whose whole process group ends with it: the browser is a grandchild.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        let _ = Command::new("kill")
            .args(["-KILL", "--", &group])
            .stderr(Stdio::null())
            .status();
        let _ = self.0.wait();
    }
}

impl Group {
    /// Starts `command` and reads what it says until a line holds `mark`; gives the rest of that line.
    fn start(command: &mut Command, mark: &str, says_on: Says) -> (Self, String) {
        command.process_group(0).stdin(Stdio::null());
        match says_on {
            Says::Stdout => command.stdout(Stdio::piped()).stderr(Stdio::null()),
            Says::Stderr => command.stderr(Stdio::piped()).stdout(Stdio::null()),
        };
        let mut child = command.spawn().unwrap();
        let pipe: Box<dyn std::io::Read + Send> = match says_on {
            Says::Stdout => Box::new(child.stdout.take().unwrap()),
            Says::Stderr => Box::new(child.stderr.take().unwrap()),
        };
        let group = Self(child);
        let mut lines = BufReader::new(pipe).lines().map_while(Result::ok);
        let mut before = Vec::new();
        let rest = loop {
            let line = lines
                .next()
                .unwrap_or_else(|| panic!("{mark:?} never came: {before:?}"));
            if let Some((_, rest)) = line.split_once(mark) {
                break rest.to_owned();
            }
            before.push(line);
        };
        // What nobody reads would fill the pipe and stop the program.
        std::thread::spawn(move || lines.for_each(drop));
        (group, rest)
    }
}

#[derive(Clone, Copy)]
enum Says {
    Stdout,
    Stderr,
}

/// `sohoa serve` with a data folder of its own.
pub struct Server {
    pub address: String,
    process: Option<Group>,
    data: TempDir,
    /// A file of settings.
    settings: Option<PathBuf>,
}

impl Server {
    /// On a free port, with an account for each of `people`: name, role, password.
    pub fn start(people: &[(&str, &str, &str)]) -> Self {
        Self::on(Self::folder(people))
    }

    /// A data folder with these accounts and nothing else.
    pub fn folder(people: &[(&str, &str, &str)]) -> TempDir {
        let data = tempfile::tempdir().unwrap();
        for (name, role, password) in people {
            let mut add = sohoa();
            add.args(["user", "add", name, "--role", role, "--password-stdin", "--data"])
                .arg(data.path());
            let mut add = add.stdin(Stdio::piped()).spawn().unwrap();
            writeln!(add.stdin.take().unwrap(), "{password}").unwrap();
            assert!(add.wait().unwrap().success(), "sohoa user add {name}");
        }
        data
    }

    /// On a free port, with what is in the folder.
    pub fn on(data: TempDir) -> Self {
        Self::at(0, data, None)
    }

    /// On this port (0: a free one), with what is in the folder and with these settings.
    pub fn at(port: u16, data: TempDir, settings: Option<PathBuf>) -> Self {
        let (process, port) = Self::serve(&data, port, settings.as_deref());
        Self {
            address: format!("http://127.0.0.1:{port}"),
            process: Some(process),
            data,
            settings,
        }
    }

    fn serve(data: &TempDir, port: u16, settings: Option<&Path>) -> (Group, u16) {
        let mut serve = sohoa();
        if let Some(file) = settings {
            serve.env("SOHOA_CONFIG", file);
        }
        serve
            .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data"])
            .arg(data.path());
        let (process, port) = Group::start(&mut serve, "sohoa: http://127.0.0.1:", Says::Stderr);
        let port: String = port.chars().take_while(char::is_ascii_digit).collect();
        (process, port.parse().unwrap())
    }

    /// Cuts everybody's connection.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// Comes back at the same address, with the same folder.
    pub fn again(&mut self) {
        let port = self.address.rsplit(':').next().unwrap().parse().unwrap();
        self.process = Some(Self::serve(&self.data, port, self.settings.as_deref()).0);
    }
}

fn sohoa() -> Command {
    Command::new(env!("CARGO_BIN_EXE_sohoa"))
}

/// A headless Chromium with a profile and a download folder of its own.
pub struct Browser {
    pub client: Client,
    downloads: TempDir,
    _driver: Group,
    _profile: TempDir,
}

/// `None` when there is no browser on this machine and nobody insists on one.
pub fn browser_is_here() -> Option<()> {
    let found = |name: &str| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
    };
    if found("chromium") && found("chromedriver") {
        return Some(());
    }
    let words = "chromium and chromedriver are not here: apt-get install chromium chromium-driver";
    assert!(std::env::var_os("CI").is_none(), "{words}");
    eprintln!("\n*** SKIPPED, NOT TESTED: {words} ***\n");
    None
}

impl Browser {
    pub async fn open() -> Self {
        let (profile, downloads) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut driver = Command::new("chromedriver");
        driver.arg("--port=0");
        let (driver, port) = Group::start(&mut driver, "started successfully on port ", Says::Stdout);
        let port = port.trim_end_matches('.');
        let capabilities = json!({
            "goog:chromeOptions": {
                "args": [
                    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                    "--disable-background-networking", "--disable-component-update", "--disable-sync",
                    "--disable-quic", "--window-size=1280,800", "--lang=vi",
                    format!("--user-data-dir={}", profile.path().display()),
                ],
                "prefs": { "download.default_directory": downloads.path() },
            },
        });
        let Value::Object(capabilities) = capabilities else {
            unreachable!("an object was written above")
        };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        Self {
            client,
            downloads,
            _driver: driver,
            _profile: profile,
        }
    }

    pub async fn go(&self, address: &str) {
        self.client.goto(address).await.unwrap();
    }

    /// The first element that fits, once there is one.
    pub async fn see(&self, css: &str) -> Element {
        let find = || {
            self.client
                .wait()
                .at_most(PATIENCE)
                .for_element(Locator::Css(css))
        };
        let mut found = find().await;
        // A page that is just making way for another is no answer.
        for _ in 0..3 {
            match &found {
                Ok(_) | Err(CmdError::WaitTimeout) => break,
                Err(_) => found = find().await,
            }
        }
        match found {
            Ok(element) => element,
            Err(error) => panic!(
                "{css} never came: {error}; the page says: {}",
                self.all_text().await
            ),
        }
    }

    /// Clicks on the first element that fits; on its successor where the page draws it anew at that moment.
    pub async fn click(&self, css: &str) {
        for _ in 0..3 {
            match self.see(css).await.click().await {
                Err(error) if error.is_stale_element_reference() => {}
                clicked => return clicked.unwrap(),
            }
        }
        panic!("{css} is drawn anew all the time");
    }

    pub async fn text(&self, css: &str) -> String {
        self.see(css).await.text().await.unwrap()
    }

    async fn all_text(&self) -> String {
        let text = self
            .client
            .execute("return document.body.innerText", Vec::new())
            .await;
        text.map_or_else(|e| e.to_string(), |t| t.as_str().unwrap_or_default().to_owned())
    }

    /// Types into whatever has the focus. A modifier is held for what follows it, to the end or to [`Key::Null`].
    pub async fn keys(&self, keys: &str) {
        let mut actions = KeyActions::new("keyboard".to_owned());
        let mut held = Vec::new();
        for value in keys.chars() {
            if value == char::from(Key::Null) {
                for value in held.drain(..) {
                    actions = actions.then(KeyAction::Up { value });
                }
                continue;
            }
            actions = actions.then(KeyAction::Down { value });
            match [Key::Control, Key::Shift, Key::Alt]
                .map(char::from)
                .contains(&value)
            {
                true => held.push(value),
                false => actions = actions.then(KeyAction::Up { value }),
            }
        }
        for value in held {
            actions = actions.then(KeyAction::Up { value });
        }
        self.client.perform_actions(actions).await.unwrap();
    }

    pub async fn press(&self, key: Key) {
        self.keys(&char::from(key).to_string()).await;
    }

    /// Runs a script's expression until it is true.
    pub async fn until(&self, expression: &str) {
        self.until_within(PATIENCE, expression).await;
    }

    pub async fn until_within(&self, patience: Duration, expression: &str) {
        let script = format!("return Boolean({expression})");
        let fulfilled = async {
            // Each turn waits for the browser's answer.
            while self.client.execute(&script, Vec::new()).await.unwrap() != Value::Bool(true) {}
        };
        if tokio::time::timeout(patience, fulfilled).await.is_err() {
            panic!(
                "never became true: {expression}; the page says: {}",
                self.all_text().await
            );
        }
    }

    /// What a script's expression gives; the expression may be a promise.
    pub async fn value(&self, expression: &str) -> Value {
        let script = format!(
            "const done = arguments[arguments.length - 1]; Promise.resolve({expression}).then(done, (e) => done(String(e)))"
        );
        self.client.execute_async(&script, Vec::new()).await.unwrap()
    }

    /// The one file with this ending in the download folder, once it is there whole.
    pub async fn downloaded(&self, extension: &str) -> Vec<u8> {
        let find = || {
            let entries = std::fs::read_dir(self.downloads.path()).unwrap();
            let mut files = entries.map(|entry| entry.unwrap().path());
            files.find(|path| path.extension().is_some_and(|e| e == extension))
        };
        let there = async {
            loop {
                // Each turn waits for the browser's answer.
                self.client.title().await.unwrap();
                if let Some(file) = find() {
                    break file;
                }
            }
        };
        let file = tokio::time::timeout(PATIENCE, there)
            .await
            .expect("the file never came");
        std::fs::read(file).unwrap()
    }
}
