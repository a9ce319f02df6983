//! Command lines of curl. Options that do not change the request are passed over.

mod options;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mainsheet_core::sent::{SentRequest, Values};

use self::options::Does;
use super::url;

/// A command line as one text, such as it is copied from a shell.
pub(crate) fn from_line(line: &str) -> Result<SentRequest, String> {
    let words = shell_words::split(line).map_err(|_| "the quotes of the command line do not match")?;
    from_words(&words)
}

/// A command line in words. Without `curl` in front there are no headers that were not asked for.
pub(crate) fn from_words(words: &[String]) -> Result<SentRequest, String> {
    let mut curl = Curl::default();
    let mut words = words.iter().map(String::as_str).peekable();
    if words
        .peek()
        .is_some_and(|word| *word == "curl" || word.ends_with("/curl"))
    {
        words.next();
        curl.is_curl = true;
    }
    while let Some(word) = words.next() {
        match (word.strip_prefix("--"), word.strip_prefix('-')) {
            (Some("next"), _) => {
                return Err("`--next` begins a second request: ask for one at a time".to_owned());
            }
            (Some(""), _) => curl.positional.extend(words.by_ref().map(str::to_owned)),
            (Some(long), _) => curl.long(long, &mut words)?,
            (None, Some(letters)) if !letters.is_empty() => curl.letters(letters, &mut words)?,
            _ => curl.positional.push(word.to_owned()),
        }
    }
    curl.finish()
}

/// What was read so far.
#[derive(Debug, Default)]
struct Curl {
    is_curl: bool,
    positional: Vec<String>,
    method: Option<String>,
    headers: Vec<(String, String)>,
    data: Vec<String>,
    /// The type of the data, which makes it a POST.
    posts: Option<&'static str>,
    puts: bool,
    head: bool,
    get: bool,
    json: bool,
}

impl Curl {
    fn long<'w>(&mut self, name: &str, words: &mut impl Iterator<Item = &'w str>) -> Result<(), String> {
        let does = options::long(name);
        let does = does.ok_or_else(|| format!("`--{name}` is no option of curl that is known here"))?;
        let argument = if does.takes_argument() {
            Some(argument(&format!("--{name}"), words)?)
        } else {
            None
        };
        self.take(does, argument.unwrap_or_default())
    }

    /// `-sSXPOST`: letters, the last of which may have its argument right behind it.
    fn letters<'w>(
        &mut self,
        letters: &str,
        words: &mut impl Iterator<Item = &'w str>,
    ) -> Result<(), String> {
        let mut rest = letters.chars();
        while let Some(letter) = rest.next() {
            let does = options::letter(letter);
            let does = does.ok_or_else(|| format!("`-{letter}` is no option of curl that is known here"))?;
            if !does.takes_argument() {
                self.take(does, String::new())?;
                continue;
            }
            let attached = rest.as_str();
            let argument = if attached.is_empty() {
                argument(&format!("-{letter}"), words)?
            } else {
                attached.to_owned()
            };
            return self.take(does, argument);
        }
        Ok(())
    }

    fn take(&mut self, does: Does, argument: String) -> Result<(), String> {
        let mut header = |name: &str, value: String| self.headers.push((name.to_owned(), value));
        match does {
            Does::Method => self.method = Some(argument),
            Does::Header => self.header(&argument)?,
            Does::Data => self.posting("application/x-www-form-urlencoded", argument),
            Does::Json => {
                self.json = true;
                self.posting("application/json", argument);
            }
            Does::Form => self.posting("multipart/form-data", argument),
            Does::Upload => self.puts = true,
            Does::Head => self.head = true,
            Does::Get => self.get = true,
            Does::Agent => header("user-agent", argument),
            Does::Referer => header("referer", argument.trim_end_matches(";auto").to_owned()),
            // Anything else is a file of cookies.
            Does::Cookie if argument.contains('=') => header("cookie", argument),
            Does::User => header("authorization", format!("Basic {}", STANDARD.encode(argument))),
            Does::Bearer => header("authorization", format!("Bearer {argument}")),
            Does::Range => header("range", format!("bytes={argument}")),
            Does::Compressed => header("accept-encoding", "deflate, gzip, br, zstd".to_owned()),
            Does::Url => self.positional.push(argument),
            Does::Cookie | Does::Nothing | Does::NothingWith => {}
        }
        Ok(())
    }

    fn posting(&mut self, content_type: &'static str, data: String) {
        self.posts = Some(content_type);
        self.data.push(data);
    }

    /// `Name: value`; `Name;` for an empty one, `Name:` for none at all.
    fn header(&mut self, written: &str) -> Result<(), String> {
        if let Some((name, value)) = written
            .split_once(':')
            .filter(|(name, _)| !name.trim().is_empty())
        {
            self.headers
                .push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
            return Ok(());
        }
        let empty = written.strip_suffix(';').filter(|name| !name.is_empty());
        let name = empty.ok_or_else(|| format!("`{written}` is not `name: value`"))?;
        self.headers
            .push((name.trim().to_ascii_lowercase(), String::new()));
        Ok(())
    }

    fn finish(mut self) -> Result<SentRequest, String> {
        let positional = std::mem::take(&mut self.positional);
        let (method, written) = match positional.as_slice() {
            [] => return Err("there is no URL".to_owned()),
            [written] => (None, written),
            [method, written] if is_method(method) && !self.is_curl => {
                (Some(method.to_ascii_uppercase()), written)
            }
            _ => return Err("a request has one URL".to_owned()),
        };
        let mut url = url::complete(written)?;
        if self.get && !self.data.is_empty() {
            let separator = if url.contains('?') { '&' } else { '?' };
            url = format!("{url}{separator}{}", self.data.join("&"));
        }
        let method = self.method.take().or(method).or_else(|| self.implied_method());
        self.add_implied_headers();
        let mut request = SentRequest {
            method,
            url,
            ..SentRequest::default()
        };
        for (name, value) in self.headers {
            let values = request.headers.entry(name).or_insert(Values::Several(Vec::new()));
            if let Values::Several(values) = values {
                values.push(value);
            }
        }
        Ok(request)
    }

    fn implied_method(&self) -> Option<String> {
        let method = match () {
            () if self.head => "HEAD",
            () if self.get => "GET",
            () if self.puts => "PUT",
            () if self.posts.is_some() => "POST",
            () => return None,
        };
        Some(method.to_owned())
    }

    fn add_implied_headers(&mut self) {
        let mut implied = Vec::new();
        if let Some(content_type) = self.posts.filter(|_| !self.get) {
            implied.push(("content-type", content_type));
        }
        if self.json {
            implied.push(("accept", "application/json"));
        }
        if self.is_curl {
            implied.extend([("accept", "*/*"), ("user-agent", "curl/8")]);
        }
        for (name, value) in implied {
            if self.headers.iter().all(|(other, _)| other != name) {
                self.headers.push((name.to_owned(), value.to_owned()));
            }
        }
        // What is sent without a value is taken out of what curl sends by itself; an agent that is empty is none.
        let own = ["accept", "user-agent", "host", "content-type"];
        self.headers
            .retain(|(name, value)| !value.is_empty() || !own.contains(&name.as_str()));
    }
}

fn argument<'w>(option: &str, words: &mut impl Iterator<Item = &'w str>) -> Result<String, String> {
    let next = words.next().map(str::to_owned);
    next.ok_or_else(|| format!("`{option}` has no argument"))
}

fn is_method(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphabetic())
}
