//! Texts that are no patterns, by what is said of them. RE2 refuses all of them.

/// What is said, and the patterns that it is said of, each with the part that is shown.
type Refusal = (&'static str, &'static [(&'static str, &'static str)]);

#[rustfmt::skip]
pub(super) static REFUSED: &[Refusal] = &[
    ("missing closing )", &[
        ("(", "("), ("a(", "a("), ("(?:a", "(?:a"),
    ]),
    ("unexpected )", &[
        ("a)", "a)"), (")", ")"), ("a)|(b", "a)|(b"),
    ]),
    ("missing closing ]", &[
        ("[", "["), ("[a", "[a"), ("[^]", "[^]"), ("[]", "[]"), ("[a-", "[a-"), ("[[:alpha:]", "[[:alpha:]"),
    ]),
    ("invalid character class range", &[
        ("[z-a]", "z-a"), ("[b-a]", "b-a"), (r"[\x{e9}-a]", r"\x{e9}-a"), ("[[:foo:]]", "[:foo:]"),
        ("[[:^foo:]]", "[:^foo:]"), ("[[:Alpha:]]", "[:Alpha:]"), (r"\p", r"\p"), (r"\pX", r"\pX"),
        (r"\p{", r"\p{"), (r"\p{Foo}", r"\p{Foo}"), (r"\p{greek}", r"\p{greek}"),
        (r"\p{Letter}", r"\p{Letter}"), (r"\p{}", r"\p{}"), (r"\p{^}", r"\p{^}"),
        (r"\p{Script=Greek}", r"\p{Script=Greek}"), ("\\pé", "\\pé"), (r"[\pX]", r"\pX"),
        (r"\p{Garay}", r"\p{Garay}"),
    ]),
    ("invalid escape sequence", &[
        (r"[a-\d]", r"\d"), (r"[\b]", r"\b"), (r"[\Qa\E]", r"\Q"), (r"[\C]", r"\C"), (r"\8", r"\8"),
        (r"\9", r"\9"), (r"\1", r"\1"), (r"(a)\1", r"\1"), (r"\18", r"\1"), (r"\Z", r"\Z"), (r"\G", r"\G"),
        (r"\q", r"\q"), (r"\U", r"\U"), (r"\u{61}", r"\u"), (r"\u0061", r"\u"), (r"\k<n>", r"\k"),
        (r"\e", r"\e"), (r"\h", r"\h"), (r"\R", r"\R"), (r"\X", r"\X"), (r"\cA", r"\c"), (r"\E", r"\E"),
        ("\\é", "\\é"), (r"\x", r"\x"), (r"\x4", r"\x4"), (r"\xZZ", r"\xZZ"), (r"\x{}", r"\x{}"),
        (r"\x{110000}", r"\x{110000"), (r"\x{4g}", r"\x{4g"), (r"\x{41", r"\x{41"),
    ]),
    ("missing argument to repetition operator", &[
        ("*", "*"), ("+a", "+"), ("?", "?"), ("a|*", "*"), ("(*a)", "*"), ("(|*)", "*"), ("^|+", "+"),
        (r"\Q\E*", "*"), ("(?i)*", "*"), ("{2}", "{2}"),
    ]),
    ("invalid nested repetition operator", &[
        ("a**", "**"), ("a*+", "*+"), ("a+?*", "+?*"), ("a???", "???"), ("a{2}{3}", "{2}{3}"),
        ("a{2}*", "{2}*"), ("a*{2}", "*{2}"),
    ]),
    ("invalid repeat count", &[
        ("a{1001}", "{1001}"), ("a{1,1001}", "{1,1001}"), ("a{1001,}", "{1001,}"), ("a{2,1}", "{2,1}"),
        ("(?:a{100}){100}", "{100}"), ("((a{100}){100}){100}", "{100}"), ("(?:(?:a{2}){501}b)", "{501}"),
        ("a{999999999}", "{999999999}"), ("(?:a{0}b{501}){2}", "{2}"),
    ]),
    ("trailing backslash at end of expression", &[
        (r"\", ""), (r"a\", ""),
    ]),
    ("invalid or unsupported Perl syntax", &[
        ("(?=a)", "(?="), ("(?!a)", "(?!"), ("(?<=a)", "(?<="), ("(?<!a)", "(?<!"), ("(?>a)", "(?>"),
        ("(?#a)", "(?#"), ("(?x)a", "(?x"), ("(?u)a", "(?u"), ("(?R)a", "(?R"), ("(?n)", "(?n"),
        ("(?P=n)", "(?P"), ("(?P>n)", "(?P"), ("(?|a)", "(?|"), ("(?'n'a)", "(?'"), ("(?", "(?"),
        ("(?i", "(?i"), ("(?-)", "(?-)"), ("(?i-)", "(?i-)"), ("(?i-:a)", "(?i-:"), ("(?--i)", "(?--"),
    ]),
    ("invalid named capture", &[
        ("(?P<n", "(?P<n"), ("(?<n", "(?<n"), ("(?P<>a)", "(?P<>"), ("(?<>a)", "(?<>"),
        ("(?<a b>c)", "(?<a b>"), ("(?P<a-b>c)", "(?P<a-b>"),
    ]),
];
