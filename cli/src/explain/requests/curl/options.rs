//! The options of curl, and what they do to the request.

/// What an option does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Does {
    Method,
    Header,
    Data,
    Json,
    Form,
    Upload,
    Head,
    Get,
    Agent,
    Referer,
    Cookie,
    User,
    Bearer,
    Range,
    Compressed,
    Url,
    /// Nothing that the proxy sees.
    Nothing,
    /// The same, with an argument.
    NothingWith,
}

impl Does {
    /// Whether a word behind it belongs to it.
    pub(super) fn takes_argument(self) -> bool {
        !matches!(self, Self::Head | Self::Get | Self::Compressed | Self::Nothing)
    }
}

/// In place of the letter of an option that has none.
const NO_LETTER: char = '\0';

/// Options that change the request. Source: `curl --help all`.
const OPTIONS: [(char, &str, Does); 22] = [
    ('X', "request", Does::Method),
    ('H', "header", Does::Header),
    ('d', "data", Does::Data),
    (NO_LETTER, "data-ascii", Does::Data),
    (NO_LETTER, "data-binary", Does::Data),
    (NO_LETTER, "data-raw", Does::Data),
    (NO_LETTER, "data-urlencode", Does::Data),
    (NO_LETTER, "url-query", Does::NothingWith),
    (NO_LETTER, "json", Does::Json),
    ('F', "form", Does::Form),
    (NO_LETTER, "form-string", Does::Form),
    ('T', "upload-file", Does::Upload),
    ('I', "head", Does::Head),
    ('G', "get", Does::Get),
    ('A', "user-agent", Does::Agent),
    ('e', "referer", Does::Referer),
    ('b', "cookie", Does::Cookie),
    ('u', "user", Does::User),
    (NO_LETTER, "oauth2-bearer", Does::Bearer),
    ('r', "range", Does::Range),
    (NO_LETTER, "compressed", Does::Compressed),
    (NO_LETTER, "url", Does::Url),
];

/// Options without an argument that the proxy sees nothing of: letters, then words.
const WITHOUT: &str = "0346afgijJklLMnNOpqRsSvZ#:";
const WITHOUT_WORDS: &[&str] = &[
    "append",
    "basic",
    "digest",
    "fail",
    "fail-early",
    "fail-with-body",
    "globoff",
    "http0.9",
    "http1.0",
    "http1.1",
    "http2",
    "http2-prior-knowledge",
    "http3",
    "http3-only",
    "include",
    "insecure",
    "ipv4",
    "ipv6",
    "junk-session-cookies",
    "list-only",
    "location",
    "location-trusted",
    "negotiate",
    "netrc",
    "netrc-optional",
    "no-alpn",
    "no-buffer",
    "no-keepalive",
    "no-progress-meter",
    "no-sessionid",
    "ntlm",
    "parallel",
    "path-as-is",
    "post301",
    "post302",
    "post303",
    "progress-bar",
    "remote-header-name",
    "remote-name",
    "remote-name-all",
    "remote-time",
    "retry-all-errors",
    "retry-connrefused",
    "show-error",
    "show-headers",
    "silent",
    "ssl",
    "ssl-reqd",
    "sslv2",
    "sslv3",
    "tcp-fastopen",
    "tcp-nodelay",
    "tlsv1",
    "tlsv1.0",
    "tlsv1.1",
    "tlsv1.2",
    "tlsv1.3",
    "tr-encoding",
    "trace-ids",
    "trace-time",
    "use-ascii",
    "verbose",
    "xattr",
    "haproxy-protocol",
    "disable",
    "create-dirs",
];
/// The same with an argument.
const WITH: &str = "cCDEhKmoPQtUwxyYz";
const WITH_WORDS: &[&str] = &[
    "cacert",
    "capath",
    "cert",
    "cert-type",
    "ciphers",
    "config",
    "connect-timeout",
    "connect-to",
    "continue-at",
    "cookie-jar",
    "curves",
    "dns-servers",
    "dump-header",
    "expect100-timeout",
    "haproxy-clientip",
    "interface",
    "keepalive-time",
    "key",
    "key-type",
    "limit-rate",
    "local-port",
    "max-filesize",
    "max-redirs",
    "max-time",
    "netrc-file",
    "noproxy",
    "output",
    "output-dir",
    "pass",
    "pinnedpubkey",
    "preproxy",
    "proxy",
    "proxy-header",
    "proxy-user",
    "proto",
    "proto-default",
    "proto-redir",
    "quote",
    "rate",
    "resolve",
    "retry",
    "retry-delay",
    "retry-max-time",
    "speed-limit",
    "speed-time",
    "stderr",
    "time-cond",
    "tls-max",
    "tls13-ciphers",
    "trace",
    "trace-ascii",
    "unix-socket",
    "variable",
    "write-out",
    "abstract-unix-socket",
    "crlfile",
    "doh-url",
    "etag-save",
    "etag-compare",
];

/// What `--name` does; `None` where it is not known.
pub(super) fn long(name: &str) -> Option<Does> {
    let known = OPTIONS.iter().find(|(_, long, _)| *long == name);
    let plain = name.strip_prefix("no-").unwrap_or(name);
    let without = WITHOUT_WORDS.contains(&name) || WITHOUT_WORDS.contains(&plain);
    known
        .map(|(_, _, does)| *does)
        .or_else(|| nothing(without, WITH_WORDS.contains(&name)))
}

/// What `-x` does; `None` where it is not known.
pub(super) fn letter(letter: char) -> Option<Does> {
    let mut named = OPTIONS.iter().filter(|(short, ..)| *short != NO_LETTER);
    let known = named.find(|(short, ..)| *short == letter);
    known
        .map(|(_, _, does)| *does)
        .or_else(|| nothing(WITHOUT.contains(letter), WITH.contains(letter)))
}

fn nothing(without_argument: bool, with_argument: bool) -> Option<Does> {
    let without = without_argument.then_some(Does::Nothing);
    without.or(with_argument.then_some(Does::NothingWith))
}
