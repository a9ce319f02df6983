//! Files with one URL or one curl command a line.

use super::{Many, Unread, Written, curl};

/// Empty lines and those that begin with `#` say nothing; a line that ends with `\` goes on in the next one.
pub(crate) fn parse(text: &str) -> Many {
    let mut many = Many::default();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let mut command = line.trim().to_owned();
        if command.is_empty() || command.starts_with('#') {
            continue;
        }
        while let Some(unfinished) = command.strip_suffix('\\') {
            let Some((_, next)) = lines.next() else { break };
            command = format!("{unfinished} {}", next.trim());
        }
        match curl::from_line(&command) {
            Ok(request) => many.requests.push(Written {
                line: index + 1,
                request,
                logged: None,
            }),
            Err(why) => many.unread.push(Unread { line: index + 1, why }),
        }
    }
    many
}
