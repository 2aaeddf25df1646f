//! Who asked, where proxies stand between: `X-Forwarded-For`, believed only as far as trusted proxies wrote it.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;

const HEADER: &str = "x-forwarded-for";

/// The address nearest to `peer` that is no trusted proxy: each proxy adds at the right whom it heard, and what stands further
/// left anybody may have written.
pub fn client(peer: IpAddr, trusted: &[IpAddr], headers: &HeaderMap) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.contains(address);
    let mut nearest = peer.to_canonical();
    let said = headers
        .get_all(HEADER)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let said: Vec<&str> = said.flat_map(|value| value.split(',')).map(str::trim).collect();
    for address in said.into_iter().rev() {
        let known = is_trusted(&nearest).then(|| parse(address)).flatten();
        match known {
            Some(address) => nearest = address,
            None => break,
        }
    }
    nearest
}

/// An address as proxies write them, some with a port.
fn parse(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse().ok();
    let with_port = || text.parse().map(|address: SocketAddr| address.ip()).ok();
    address
        .or_else(with_port)
        .map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_what_trusted_proxies_wrote_is_believed() {
        let check = |peer: &str, said: &[&str], expect: &str| {
            let mut headers = HeaderMap::new();
            for value in said {
                headers.append(HEADER, HeaderValue::from_str(value).unwrap());
            }
            let trusted = ["127.0.0.1", "10.0.0.2"].map(|a| a.parse().unwrap());
            let got = client(peer.parse().unwrap(), &trusted, &headers);
            assert_eq!(got.to_string(), expect, "{peer} {said:?}");
        };
        check("127.0.0.1", &["203.0.113.9"], "203.0.113.9");
        check("127.0.0.1", &[], "127.0.0.1");
        // Whoever asks without a proxy may write what they like.
        check("198.51.100.7", &["203.0.113.9"], "198.51.100.7");
        check("127.0.0.1", &["1.2.3.4, 203.0.113.9"], "203.0.113.9");
        check("127.0.0.1", &["1.2.3.4", "203.0.113.9, 10.0.0.2"], "203.0.113.9");
        check("::ffff:127.0.0.1", &["203.0.113.9:4711"], "203.0.113.9");
        check("127.0.0.1", &["[2001:db8::1]:443"], "2001:db8::1");
        check("127.0.0.1", &["2001:db8::1"], "2001:db8::1");
        // What is no address hides nobody: the proxy is named.
        check("127.0.0.1", &["203.0.113.9, <script>"], "127.0.0.1");
    }
}
