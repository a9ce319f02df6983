//! The form of a value with format commands: only that it can be told where each begins and ends.
//! Source: Istio `validateHeaderValue`, which follows Envoy's parser.

/// What is expected next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Text, or the `%` that begins a command.
    Text,
    /// The name of a command, up to its `%` or `(`.
    Name,
    /// The first argument.
    Arguments,
    /// A text in a list of arguments.
    ListedText,
    /// The rest of an argument.
    Argument,
    /// `,` or `]` after a text in a list.
    AfterText,
    /// `)` after a list.
    AfterList,
    /// The `%` after `)`.
    End,
}

/// Says what is wrong.
pub(super) fn parse(value: &str) -> Result<(), &'static str> {
    let mut state = State::Text;
    let mut characters = value.chars().peekable();
    while let Some(character) = characters.next() {
        state = match (state, character) {
            (State::Text, '%') => match characters.peek() {
                None => return Err("a % at its end is not escaped"),
                Some('%') => {
                    characters.next();
                    State::Text
                }
                Some(_) => State::Name,
            },
            (State::Argument, '\\') => match characters.next() {
                None => return Err("a backslash at its end escapes nothing"),
                Some(_) => State::Argument,
            },
            (state, character) => step(state, character)?,
        };
    }
    match state {
        State::Text => Ok(()),
        _ => Err("a single % begins a command that has no end"),
    }
}

fn step(state: State, character: char) -> Result<State, &'static str> {
    Ok(match (state, character) {
        (State::Name | State::End, '%') => State::Text,
        (State::Name, '(') => State::Arguments,
        (State::Arguments, '[') | (State::AfterText, ',') => State::ListedText,
        (State::ListedText, '"') => State::Argument,
        (State::Argument, '"') => State::AfterText,
        (State::AfterText, ']') => State::AfterList,
        (State::Argument | State::AfterList, ')') => State::End,
        (State::Text | State::Name | State::Argument, _) => state,
        (_, ' ') => state,
        (State::Arguments, _) => State::Argument,
        (State::AfterText, _) => return Err("a `,` or `]` is missing in the arguments of a command"),
        (State::ListedText, _) => return Err("a `\"` is missing in the arguments of a command"),
        (State::AfterList, _) => return Err("a `)` is missing after the arguments of a command"),
        (State::End, _) => return Err("a `%` is missing after the arguments of a command"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_have_an_end() {
        for (value, valid) in [
            ("", true),
            ("plain", true),
            ("50%% off", true),
            ("a %PROTOCOL% b", true),
            ("%REQ(x-id?x-other)%", true),
            ("%START_TIME(%Y/%m)%", true),
            (r#"%UPSTREAM_METADATA(["a", "b"])%"#, true),
            ("50% off", false),
            ("%", false),
            ("%PROTOCOL%%", false),
            ("%REQ(x):3%", false),
            ("%REQ(x", false),
            (r"%REQ(x\", false),
            (r#"%UPSTREAM_METADATA(["a" "b"])%"#, false),
            (r#"%UPSTREAM_METADATA([a])%"#, false),
            (r#"%UPSTREAM_METADATA(["a"]x)%"#, false),
        ] {
            assert_eq!(parse(value).is_ok(), valid, "{value}");
        }
    }
}
