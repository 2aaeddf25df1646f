//! Which addresses a message may go to. Whoever sets a webhook must not thereby make this machine talk to what
//! only this machine can reach: its own services, the office's network, a cloud's metadata address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::http::Uri;
use tokio::net::lookup_host;

/// Hosts that messages may go to though their addresses are not public, as the configuration names them.
#[derive(Debug, Clone, Default)]
pub struct AllowedHosts(Vec<String>);

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub scheme: Scheme,
    pub host: String,
    pub port: u16,
    /// Path and query.
    pub path: String,
    allowed: Allowed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    Http,
    Https,
}

/// Whether the configuration names the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Allowed {
    Named,
    PublicOnly,
}

/// Why a message cannot go there.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ReachError {
    #[error("this is no address of a webhook: https://HOST/PATH is")]
    NotAnAddress,
    #[error("a webhook outside the office needs https")]
    NotHttps,
    #[error("{host} leads to {address}, which only this machine or this network can reach")]
    Private { host: String, address: IpAddr },
    #[error("{host} cannot be found: {why}")]
    NotFound { host: String, why: String },
}

impl AllowedHosts {
    pub fn new(hosts: impl IntoIterator<Item = String>) -> Self {
        Self(hosts.into_iter().map(|host| host.to_ascii_lowercase()).collect())
    }
}

impl Target {
    /// Takes a URL apart.
    pub fn of(url: &str, hosts: &AllowedHosts) -> Result<Self, ReachError> {
        let uri: Uri = url.parse().map_err(|_| ReachError::NotAnAddress)?;
        let scheme = match uri.scheme_str() {
            Some("https") => Scheme::Https,
            Some("http") => Scheme::Http,
            _ => return Err(ReachError::NotAnAddress),
        };
        let authority = uri.authority().ok_or(ReachError::NotAnAddress)?;
        let host = authority.host().to_ascii_lowercase();
        if host.is_empty() || authority.as_str().contains('@') {
            return Err(ReachError::NotAnAddress);
        }
        let allowed = match hosts.0.contains(&host) {
            true => Allowed::Named,
            false => Allowed::PublicOnly,
        };
        if scheme == Scheme::Http && allowed == Allowed::PublicOnly {
            return Err(ReachError::NotHttps);
        }
        let usual = match scheme {
            Scheme::Http => 80,
            Scheme::Https => 443,
        };
        Ok(Self {
            scheme,
            port: authority.port_u16().unwrap_or(usual),
            path: uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            host,
            allowed,
        })
    }

    /// The name as certificates and resolvers have it: an IPv6 address without its brackets.
    pub fn name(&self) -> &str {
        self.host.trim_matches(['[', ']'])
    }

    /// The address to connect to, looked up once: what is connected to is what was looked at.
    pub async fn resolve(&self) -> Result<SocketAddr, ReachError> {
        let found = lookup_host((self.name(), self.port)).await;
        let not_found = |why: String| ReachError::NotFound {
            host: self.host.clone(),
            why,
        };
        let found: Vec<SocketAddr> = found.map_err(|error| not_found(error.to_string()))?.collect();
        let first = found.first().ok_or_else(|| not_found("no address".to_owned()))?;
        if self.allowed == Allowed::Named {
            return Ok(*first);
        }
        // One address inside among several outside is the usual trick: then none will do.
        match found.iter().find(|address| !is_public(address.ip())) {
            Some(inside) => Err(ReachError::Private {
                host: self.host.clone(),
                address: inside.ip(),
            }),
            None => Ok(*first),
        }
    }
}

/// True for addresses that anybody on the internet reaches the same way (IANA's special-purpose registries).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    let special = v4.is_unspecified()
        || v4.is_loopback()
        || v4.is_private()
        || v4.is_link_local()
        || v4.is_broadcast()
        || v4.is_documentation()
        || v4.is_multicast()
        || a == 0
        || a >= 240
        // Shared by a provider's customers, protocol assignments, benchmarks.
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19));
    !special
}

fn is_public_v6(v6: Ipv6Addr) -> bool {
    if let Some(v4) = v6.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    let [first, second, ..] = v6.segments();
    // Only 2000::/3 is in use for hosts; in it, addresses that stand for IPv4 ones, and examples.
    let teredo_and_protocols = first == 0x2001 && second < 0x200;
    let examples = first == 0x2001 && second == 0xdb8 || first == 0x3fff && second < 0x1000;
    first & 0xe000 == 0x2000 && first != 0x2002 && !teredo_and_protocols && !examples
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_that_all_can_reach_are_public() {
        let check = |address: &str, expect: bool| {
            assert_eq!(is_public(address.parse().unwrap()), expect, "{address}");
        };
        for inside in [
            "127.0.0.1",
            "127.8.8.8",
            "0.0.0.0",
            "0.1.2.3",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.8",
            "198.18.0.1",
            "192.0.2.1",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd12:3456::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "::127.0.0.1",
            "fec0::1",
        ] {
            check(inside, false);
        }
        for outside in [
            "8.8.8.8",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "::ffff:8.8.8.8",
        ] {
            check(outside, true);
        }
    }

    #[test]
    fn addresses_are_taken_apart() {
        let hosts = AllowedHosts::new(["Intranet".to_owned()]);
        let target = |url: &str| Target::of(url, &hosts);
        let found = target("https://example.org:8443/a?b=c").unwrap();
        assert_eq!(
            (found.host.as_str(), found.port, found.path.as_str(), found.scheme),
            ("example.org", 8443, "/a?b=c", Scheme::Https)
        );
        assert_eq!(target("http://intranet/x").unwrap().port, 80);
        assert_eq!(target("https://[::1]/x").unwrap().name(), "::1");
        assert_eq!(target("http://example.org/"), Err(ReachError::NotHttps));
        for bad in [
            "",
            "example.org",
            "/a",
            "ftp://example.org/",
            "https://",
            "https://name:word@example.org/",
            "file:///etc/passwd",
        ] {
            assert_eq!(target(bad), Err(ReachError::NotAnAddress), "{bad:?}");
        }
    }

    #[tokio::test]
    async fn what_is_written_oddly_is_looked_up_before_it_is_judged() {
        let check = async |url: &str| {
            let target = Target::of(url, &AllowedHosts::default()).unwrap();
            let found = target.resolve().await;
            assert!(
                matches!(found, Err(ReachError::Private { .. })),
                "{url}: {found:?}"
            );
        };
        check("https://127.0.0.1/").await;
        check("https://[::1]/").await;
        check("https://[::ffff:169.254.169.254]/").await;
        check("https://localhost/").await;
        // The resolver reads these as 127.0.0.1.
        check("https://2130706433/").await;
        check("https://0x7f.1/").await;
        let named = AllowedHosts::new(["127.0.0.1".to_owned()]);
        let target = Target::of("http://127.0.0.1:9/", &named).unwrap();
        assert_eq!(target.resolve().await, Ok("127.0.0.1:9".parse().unwrap()));
    }
}
