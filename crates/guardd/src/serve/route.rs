//! What a path wants.

use crate::config::RouteTable;

/// The route of a path, if one is for it: the longest of those that it begins with. `Err` if there are routes and the path may mean
/// something else to the service than it does here, or is not known.
pub(super) fn find<'r>(routes: &'r [RouteTable], path: Option<&str>) -> Result<Option<&'r RouteTable>, ()> {
    if routes.is_empty() {
        return Ok(None);
    }
    let path = path.filter(|path| is_plain_path(path)).ok_or(())?;
    // Escaped letters are the same letters (RFC 3986, section 2.3).
    let path = percent_encoding::percent_decode_str(path).decode_utf8().map_err(|_| ())?;
    let matching = routes.iter().filter(|route| begins(&path, &route.path));
    Ok(matching.max_by_key(|route| route.path.len()))
}

/// True if the path is the prefix, or goes on below it.
fn begins(path: &str, prefix: &str) -> bool {
    let prefix = prefix.trim_end_matches('/');
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// True if every server understands the path alike: nothing that one resolves, decodes or cuts off and another does not.
pub(crate) fn is_plain_path(path: &str) -> bool {
    let Some(inside) = path.strip_prefix('/') else { return false };
    let inside = inside.strip_suffix('/').unwrap_or(inside);
    let odd = |character: char| character.is_control() || matches!(character, '\\' | ';' | '?' | '#');
    let part = |part: &str| !matches!(part, "" | "." | "..");
    let escaped = ["%2e", "%2f", "%5c", "%25", "%3b", "%3f", "%23", "%0", "%1", "%7f"];
    let lower = inside.to_ascii_lowercase();
    // A sign of percent that begins no escape is kept by some and dropped by others.
    let is_escape =
        |rest: &str| rest.get(..2).is_some_and(|digits| digits.bytes().all(|one| one.is_ascii_hexdigit()));
    !inside.contains(odd)
        && (inside.is_empty() || inside.split('/').all(part))
        && inside.split('%').skip(1).all(is_escape)
        && !escaped.iter().any(|escape| lower.contains(escape))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(path: &str) -> RouteTable {
        RouteTable { path: path.to_owned(), scopes: [].into(), audience: None }
    }

    #[test]
    fn the_longest_route_counts_and_ends_at_a_slash() {
        let routes = [route("/"), route("/admin"), route("/admin/users/")];
        let found = |path| find(&routes, Some(path)).map(|route| route.map(|route| route.path.as_str()));
        assert_eq!(found("/admin"), Ok(Some("/admin")));
        assert_eq!(found("/admin/"), Ok(Some("/admin")));
        assert_eq!(found("/admin/users"), Ok(Some("/admin/users/")));
        assert_eq!(found("/administration"), Ok(Some("/")));
        assert_eq!(found("/"), Ok(Some("/")));
        assert_eq!(found("/%61dmin/x"), Ok(Some("/admin")));
    }

    #[test]
    fn paths_that_servers_understand_differently_are_refused() {
        let routes = [route("/admin")];
        for path in [
            "//admin",
            "/./admin",
            "/x/../admin",
            "/x/%2e%2E/admin",
            "/%2fadmin",
            "/x\\admin",
            "/admin;x",
            "/%61dmin%00",
            "/%ff",
            "/x%252e",
            "/%%36%31dmin",
            "/a%4",
            "admin",
            "",
        ] {
            assert_eq!(find(&routes, Some(path)), Err(()), "{path}");
        }
        assert_eq!(find(&routes, None), Err(()));
        assert_eq!(find(&[], None), Ok(None));
        assert_eq!(find(&routes, Some("/caf%C3%A9/a.b")), Ok(None));
    }
}
