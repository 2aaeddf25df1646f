//! An office whose people sign in at a provider, a real one, and the browsers that they do it with.

use reqwest::header::LOCATION;
use reqwest::{Client, Response, Url, redirect};
use serde_json::Value;
use sohoa::http::{ButtonLabel, ClientSecret, OidcSettings, Provider};
use sohoa::store::Role;
use tokio::net::TcpListener;

use super::super::office::{Office, Rules};
use crate::vouching::Vouching;

/// Steps from our page to the provider's last one; more is going round in circles.
const MOST_STEPS: usize = 12;

/// How the provider and the office differ from the usual.
#[derive(Default)]
pub struct Terms {
    /// The provider's claims stand in the ID token; else they are to be asked for.
    pub id_token: bool,
    /// The client has no secret.
    pub public: bool,
    pub role_claim: Option<&'static str>,
}

/// An office in this process, and its provider.
pub struct Place {
    pub office: Office,
    /// Where people reach the office.
    pub address: String,
    pub provider: Vouching,
}

impl Terms {
    /// The provider of these terms, for an office at `address`; `None` as for [`Vouching::start`].
    pub fn provider(&self, address: &str) -> Option<Vouching> {
        Vouching::start(address, "127.0.0.1", self.id_token)
    }
}

impl Place {
    /// `None` as for [`Vouching::start`].
    pub async fn open(terms: Terms) -> Option<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let provider = terms.provider(&address)?;
        let settings = settings(&provider.issuer, &address, &terms);
        let rules = Rules {
            provider: Some(Provider::new(settings).unwrap()),
            ..Rules::default()
        };
        let office = Office::open(rules).await;
        office.listen_on(listener);
        Some(Self {
            office,
            address,
            provider,
        })
    }

    pub fn people(&self, people: Value) {
        self.provider.people(people);
    }

    /// Signs in with a browser of its own; gives it and our answer to its coming back.
    pub async fn sign_in(&self, login: &str) -> (Browser, Response) {
        let browser = Browser::new();
        let callback = self.come_back(&browser, login).await;
        let answer = browser.get(&callback).await;
        (browser, answer)
    }

    /// From our sign-in page through the provider's pages to the address that the provider sends the browser back to.
    pub async fn come_back(&self, browser: &Browser, login: &str) -> String {
        let begun = browser.get(&format!("{}/signin/provider", self.address)).await;
        browser.through_the_provider(begun, login).await
    }
}

/// Settings of an office at `address` for a provider.
pub fn settings(issuer: &str, address: &str, terms: &Terms) -> OidcSettings {
    let roles = [
        ("so-nhap", Role::Clerk),
        ("so-duyet", Role::Maintainer),
        ("so-truong", Role::Admin),
    ];
    OidcSettings {
        issuer: issuer.to_owned(),
        client_id: if terms.public { "sohoa-public" } else { "sohoa" }.to_owned(),
        client_secret: (!terms.public).then(|| ClientSecret::new("100% bi mat: a+b/c=d")),
        public: address.to_owned(),
        scopes: vec!["profile".to_owned()],
        role_claim: terms.role_claim.unwrap_or("roles").to_owned(),
        roles: roles.map(|(name, role)| (name.to_owned(), role)).to_vec(),
        label: ButtonLabel {
            vi: "Đăng nhập bằng tài khoản Sở".to_owned(),
            en: "Sign in with your department account".to_owned(),
        },
    }
}

/// Keeps cookies, follows nothing by itself.
pub struct Browser(Client);

impl Browser {
    pub fn new() -> Self {
        let client = Client::builder()
            .cookie_store(true)
            // The provider closes connections that nobody uses for some seconds, which a busy machine may need.
            .pool_max_idle_per_host(0)
            .redirect(redirect::Policy::none())
            .build();
        Self(client.unwrap())
    }

    pub async fn get(&self, address: &str) -> Response {
        self.0.get(address).send().await.unwrap()
    }

    pub async fn json(&self, address: &str) -> (u16, Value) {
        let answer = self.get(address).await;
        let status = answer.status().as_u16();
        (
            status,
            serde_json::from_str(&answer.text().await.unwrap()).unwrap(),
        )
    }

    pub async fn put(&self, address: &str, body: Value) -> (u16, Value) {
        let request = self.0.put(address).header("x-sohoa", "1").json(&body);
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (
            status,
            serde_json::from_str(&answer.text().await.unwrap()).unwrap(),
        )
    }

    /// From our answer that sends it to the provider, through the provider's pages, to where that sends it back to.
    pub async fn through_the_provider(&self, begun: Response, login: &str) -> String {
        let home = begun.url().origin();
        let mut answer = begun;
        for _ in 0..MOST_STEPS {
            answer = match destination(&answer) {
                Some(next) if next.origin() == home => return next.into(),
                Some(next) => self.get(next.as_str()).await,
                None => self.fill_in(answer, login).await,
            };
        }
        panic!("the provider's pages go round in circles");
    }

    /// Fills in the provider's form: who somebody is, or that we may know it.
    async fn fill_in(&self, page: Response, login: &str) -> Response {
        let at = page.url().clone();
        let status = page.status();
        let html = page.text().await.unwrap();
        let field = |name: &str| {
            let (_, rest) = html.split_once(name)?;
            rest.split_once('"').map(|(value, _)| value.to_owned())
        };
        let action = field("action=\"").unwrap_or_else(|| panic!("{status}: no form on {at}:\n{html}"));
        let prompt = field("name=\"prompt\" value=\"").unwrap();
        let form = [
            ("prompt", prompt.as_str()),
            ("login", login),
            ("password", "bất kỳ"),
        ];
        let body = form
            .map(|(name, value)| format!("{name}={}", urlencoded(value)))
            .join("&");
        self.0
            .post(at.join(&action).unwrap())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
            .await
            .unwrap()
    }
}

fn urlencoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

/// Where a redirect leads.
pub fn destination(answer: &Response) -> Option<Url> {
    let location = answer.headers().get(LOCATION)?.to_str().unwrap();
    Some(answer.url().join(location).unwrap())
}

/// `name=value; …` of each cookie that an answer sets.
pub fn cookies(answer: &Response) -> Vec<String> {
    let set = answer.headers().get_all("set-cookie").iter();
    set.map(|value| value.to_str().unwrap().to_owned()).collect()
}

/// The status and code of an answer that is a page for a person, whose shape is checked in passing.
pub async fn refused(answer: Response) -> (u16, String) {
    assert!(
        !cookies(&answer)
            .iter()
            .any(|cookie| cookie.starts_with("sohoa_session")),
        "who is refused has no session"
    );
    let status = answer.status().as_u16();
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert!(header("content-type").starts_with("text/html"), "{status}");
    assert_eq!(header("cache-control"), "no-store");
    let html = answer.text().await.unwrap();
    let vietnamese = html.find("Về trang đăng nhập").unwrap();
    let english = html.find("Back to the sign-in page").unwrap();
    assert!(vietnamese < english, "{html}");
    assert!(!html.contains("<script") && !html.contains("style="), "{html}");
    let (_, rest) = html.split_once("data-code=\"").unwrap();
    (status, rest.split_once('"').unwrap().0.to_owned())
}
