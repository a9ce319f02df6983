//! Small alphabets: few paths, names and hosts, so that rules collide, are prefixes of each other, and differ
//! in one letter's case.

pub(super) const PATHS: [&str; 18] = [
    "/", "/a", "/a/", "/a/b", "/ab", "/A", "/a/B", "/b", "/a/b/c", "/a.b", "/aa", "/{a}", "/*", "/:a", "/~a",
    "//a", "", "a",
];

/// Patterns, and two texts for each that match it as a whole.
pub(super) const PATH_REGEXES: [(&str, [&str; 2]); 18] = [
    (".*", ["/", "/a/b"]),
    (".+", ["/a", "/ab"]),
    ("/a.*", ["/a", "/a/b"]),
    ("/a", ["/a", "/a"]),
    ("/(a|b)", ["/a", "/b"]),
    ("/a|/ab", ["/a", "/ab"]),
    ("/ab|/a", ["/a", "/ab"]),
    ("/[ab]+/.*", ["/ab/", "/a/b"]),
    ("(?i)/a", ["/a", "/A"]),
    ("/a/?", ["/a", "/a/"]),
    ("/a(/.*)?", ["/a", "/a/b/c"]),
    ("^/a$", ["/a", "/a"]),
    ("/a\\.b", ["/a.b", "/a.b"]),
    ("/[^/]+", ["/a", "/ab"]),
    ("/a*?", ["/", "/aa"]),
    ("(/a)+", ["/a", "/a/a"]),
    ("/\\w{1,2}", ["/a", "/ab"]),
    ("", ["/", "/"]),
];

pub(super) const HEADERS: [&str; 7] = [
    "x-a",
    "x-b",
    "X-A",
    "end-user",
    "content-type",
    "x-forwarded-proto",
    ":method",
];
/// Those that requests carry, and that may be repeated.
pub(super) const SENT_HEADERS: [&str; 4] = ["x-a", "x-b", "X-B", "end-user"];
pub(super) const VALUES: [&str; 10] = ["a", "b", "ab", "A", "aa", "", "a,b", " a", "http", "GET"];
pub(super) const VALUE_REGEXES: [(&str, [&str; 2]); 8] = [
    ("a|ab", ["a", "ab"]),
    ("a.*", ["a", "ab"]),
    ("[ab]+", ["b", "aa"]),
    ("(?i)a", ["a", "A"]),
    (".*", ["", "b"]),
    (".+", ["a", "b"]),
    ("^a$", ["a", "a"]),
    ("", ["", ""]),
];
pub(super) const QUERY_KEYS: [&str; 4] = ["q", "r", "Q", "qq"];
pub(super) const QUERY_VALUES: [&str; 6] = ["a", "b", "ab", "A", "", "%61"];
pub(super) const METHODS: [&str; 5] = ["GET", "POST", "PUT", "OPTIONS", "HEAD"];

pub(super) const NAMESPACES: [&str; 3] = ["default", "other", "istio-system"];
pub(super) const SERVICES: [&str; 5] = ["a", "b", "ab", "web", "api"];
pub(super) const PORTS: [u16; 5] = [80, 8080, 9080, 443, 81];
pub(super) const SUBSETS: [&str; 4] = ["v1", "v2", "v3", ""];
/// Hosts outside of the cluster.
pub(super) const EXTERNAL_HOSTS: [&str; 8] = [
    "www.example.com",
    "api.example.com",
    "*.example.com",
    "example.com",
    "*.com",
    "WWW.example.com",
    "a.b.example.com",
    "*.b.example.com",
];
pub(super) const STAMPS: [&str; 3] = [
    "2024-01-01T00:00:00Z",
    "2024-01-02T00:00:00Z",
    "2025-01-01T00:00:00Z",
];

/// A text that matches the pattern as a whole, where it is one of these.
pub(super) fn example(
    regexes: &[(&str, [&'static str; 2])],
    pattern: &str,
    second: bool,
) -> Option<&'static str> {
    let (_, [one, other]) = regexes.iter().find(|(known, _)| *known == pattern)?;
    Some(if second { other } else { one })
}

/// Header values with format commands.
pub(super) const FORMATS: [&str; 8] = [
    "%REQ(x-a)%",
    "a%REQ(:path)%b",
    "%REQ(x-c?x-b)%",
    "%PROTOCOL%",
    "%RESP(x-a)%",
    "%RESPONSE_CODE%",
    "%RESP(x-b?x-c)%/%REQ(x-b?x-c)%",
    "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
];
