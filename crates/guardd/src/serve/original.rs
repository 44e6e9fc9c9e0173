//! The request that a proxy asks about.

use crate::config::Config;
use axum::http::HeaderMap;
use percent_encoding::percent_decode_str;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use std::net::IpAddr;

/// What the client sent to the proxy, beside headers.
#[derive(Debug)]
pub(super) struct Original {
    /// The method, if the proxy says it.
    pub(super) method: Option<String>,
    /// The path without its query, as the client wrote it.
    pub(super) path: Option<String>,
    /// `https://host`, if the configuration has it.
    pub(super) origin: Option<String>,
    /// The client's address.
    pub(super) client: IpAddr,
    /// The client's certificate in DER.
    pub(super) certificate: Option<Vec<u8>>,
    /// The proxy's name for the request.
    pub(super) id: Option<String>,
}

/// Why it cannot be said which request it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unclear {
    /// A header twice, two headers that contradict each other, or one that cannot be read: the client sent what the proxy should have.
    Headers,
    /// A target with a fragment, which no client sends (RFC 9112, section 3.2): some servers cut it off and others do not.
    Fragment,
}

impl Unclear {
    /// Stable name.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Headers | Self::Fragment => "request-unclear",
        }
    }
}

/// Reads what proxies say in headers: `X-Forwarded-*` (Traefik, Caddy) and `X-Original-*` (nginx).
///
/// No proxy takes the other's headers away, so a client may send them. Where both are there they must say the same.
pub(super) fn of_headers(headers: &HeaderMap, peer: IpAddr, config: &Config) -> Result<Original, Unclear> {
    let one = |name| one(headers, name);
    let method = agreed([one("x-forwarded-method")?, one("x-original-method")?])?;
    let targets = [one("x-forwarded-uri")?, one("x-original-uri")?, one("x-original-url")?.map(of_url)];
    if targets.iter().flatten().any(|target| target.contains('#')) {
        return Err(Unclear::Fragment);
    }
    let path = agreed(targets.map(|target| target.map(path)))?;
    let certificate = match &config.client_certificate_header {
        None => None,
        Some(name) => match one(name)?.filter(|text| !text.is_empty()) {
            None => None,
            Some(text) => Some(certificate(text).ok_or(Unclear::Headers)?),
        },
    };
    Ok(Original {
        method: method.map(str::to_owned),
        path: path.map(str::to_owned),
        origin: origin(config, one("x-forwarded-proto")?, one("x-forwarded-host")?),
        client: client(headers, peer, config),
        certificate,
        id: one("x-request-id")?.map(str::to_owned),
    })
}

/// The one origin of the configuration, or the one of several that the proxy names.
pub(super) fn origin(config: &Config, scheme: Option<&str>, host: Option<&str>) -> Option<String> {
    if config.origins.len() < 2 {
        return config.origins.first().cloned();
    }
    let named = format!("{}://{}", scheme?, host?);
    config.origins.get(&named).cloned()
}

/// The path of a request's target.
pub(super) fn path(target: &str) -> &str {
    target.split('?').next().unwrap_or_default()
}

/// The target of an absolute URL.
fn of_url(url: &str) -> &str {
    // A proxy that puts the target alone there writes no scheme; what looks like one further on is the client's.
    if url.starts_with('/') {
        return url;
    }
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
}

/// A certificate in DER from a header: PEM with its special characters escaped (nginx, Envoy), or RFC 9440.
pub(super) fn certificate(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    if let Some(inside) = text.strip_prefix(':').and_then(|text| text.strip_suffix(':')) {
        return base64::engine::general_purpose::STANDARD.decode(inside).ok();
    }
    let pem = percent_decode_str(text).collect::<Vec<u8>>();
    CertificateDer::from_pem_slice(&pem).ok().map(|der| der.to_vec())
}

/// The value of a header; none twice, and none that is no text.
fn one<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Unclear> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(Unclear::Headers);
    }
    first.map(|value| value.to_str().map_err(|_| Unclear::Headers)).transpose()
}

/// What those that say something agree on.
fn agreed<const N: usize>(said: [Option<&str>; N]) -> Result<Option<&str>, Unclear> {
    let mut said = said.into_iter().flatten();
    let first = said.next();
    if said.all(|other| first == Some(other)) { Ok(first) } else { Err(Unclear::Headers) }
}

/// The client's address: the last that a trusted proxy has seen, else whoever is connected.
pub(super) fn client(headers: &HeaderMap, peer: IpAddr, config: &Config) -> IpAddr {
    if !config.proxies.contains(&peer) {
        return peer;
    }
    let last = headers.get_all("x-forwarded-for").iter().next_back().and_then(|value| value.to_str().ok());
    let last = last.and_then(|list| list.rsplit(',').next()).map(str::trim);
    last.and_then(|address| address.parse().ok()).unwrap_or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn config(text: &str) -> Config {
        toml::from_str(text).unwrap()
    }

    fn of(list: &[(&'static str, &'static str)]) -> Result<Original, Unclear> {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        let mut headers = HeaderMap::new();
        for (name, value) in list.iter().map(pair) {
            headers.append(name, value);
        }
        of_headers(&headers, "127.0.0.1".parse().unwrap(), &config(r#"origins = ["https://a"]"#))
    }

    #[test]
    fn headers_of_either_kind_are_read_and_must_agree() {
        let path = |list| of(list).map(|original| original.path);
        assert_eq!(path(&[("x-forwarded-uri", "/a?b")]), Ok(Some("/a".into())));
        for target in ["/a#b", "/a?b#c", "#", "/public#/../admin"] {
            let list = [("x-original-uri", target)];
            assert_eq!(of(&list).map(|original| original.path), Err(Unclear::Fragment), "{target}");
        }
        assert_eq!(path(&[("x-original-url", "https://host/a?b")]), Ok(Some("/a".into())));
        assert_eq!(path(&[("x-original-url", "https://host")]), Ok(Some("/".into())));
        assert_eq!(path(&[("x-original-url", "/admin?x=http://h/public")]), Ok(Some("/admin".into())));
        assert_eq!(
            path(&[("x-forwarded-uri", "/admin"), ("x-original-uri", "/public")]),
            Err(Unclear::Headers)
        );
        assert_eq!(path(&[("x-forwarded-uri", "/a"), ("x-original-uri", "/a?x")]), Ok(Some("/a".into())));
        assert_eq!(path(&[("x-forwarded-uri", "/a"), ("x-forwarded-uri", "/a")]), Err(Unclear::Headers));
        assert_eq!(
            path(&[("x-forwarded-method", "GET"), ("x-original-method", "POST")]),
            Err(Unclear::Headers)
        );
    }

    #[test]
    fn the_client_is_what_the_last_proxy_saw() {
        let client = |list| of(list).unwrap().client.to_string();
        assert_eq!(client(&[]), "127.0.0.1");
        assert_eq!(client(&[("x-forwarded-for", "10.0.0.1, 192.0.2.7")]), "192.0.2.7");
        assert_eq!(client(&[("x-forwarded-for", "10.0.0.1"), ("x-forwarded-for", "192.0.2.8")]), "192.0.2.8");
        assert_eq!(client(&[("x-forwarded-for", "unknown")]), "127.0.0.1");
        let headers = HeaderMap::from_iter([(
            HeaderName::from_static("x-forwarded-for"),
            HeaderValue::from_static("10.0.0.1"),
        )]);
        let stranger = "192.0.2.9".parse().unwrap();
        assert_eq!(of_headers(&headers, stranger, &config("")).unwrap().client, stranger);
    }

    #[test]
    fn of_several_origins_the_named_one_counts_and_no_other() {
        let several = config(r#"origins = ["https://a", "https://b"]"#);
        assert_eq!(origin(&several, Some("https"), Some("b")), Some("https://b".into()));
        assert_eq!(origin(&several, Some("https"), Some("evil")), None);
        assert_eq!(origin(&several, None, None), None);
        assert_eq!(
            origin(&config(r#"origins = ["https://a"]"#), Some("http"), Some("evil")),
            Some("https://a".into())
        );
    }
}
