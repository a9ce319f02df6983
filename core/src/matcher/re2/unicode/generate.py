"""Writes categories.bin, scripts.bin, names.rs and folding.rs here, from what RE2 itself says of every character.

    pip install google-re2 && python3 generate.py

Asking RE2, and not the Unicode database, gives the version of Unicode that RE2 has.
"""

import pathlib

import re2

HERE = pathlib.Path(__file__).parent
CHARACTERS = range(0x110000)
CATEGORIES = "Cc Cf Co Cs Ll Lm Lo Lt Lu Mc Me Mn Nd Nl No Pc Pd Pe Pf Pi Po Ps Sc Sk Sm So Zl Zp Zs".split()
# Scripts.txt of Unicode 17; RE2 is asked which of them it knows.
SCRIPTS = """Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Beria_Erfe
Bhaiksuki Bopomofo Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee
Chorasmian Common Coptic Cuneiform Cypriot Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru Dogra Duployan
Egyptian_Hieroglyphs Elbasan Elymaic Ethiopic Garay Georgian Glagolitic Gothic Grantha Greek Gujarati Gunjala_Gondi
Gurmukhi Gurung_Khema Han Hangul Hanifi_Rohingya Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic Inherited
Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kawi Kayah_Li Kharoshthi
Khitan_Small_Script Khmer Khojki Khudawadi Kirat_Rai Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian
Mahajani Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi Medefaidrin Meetei_Mayek Mende_Kikakui
Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar Nabataean Nag_Mundari Nandinagari
New_Tai_Lue Newa Nko Nushu Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Ol_Onal Old_Hungarian Old_Italic Old_North_Arabian
Old_Permic Old_Persian Old_Sogdian Old_South_Arabian Old_Turkic Old_Uyghur Oriya Osage Osmanya Pahawh_Hmong Palmyrene
Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan Saurashtra Sharada Shavian Siddham Sidetic
SignWriting Sinhala Sogdian Sora_Sompeng Soyombo Sundanese Sunuwar Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le
Tai_Tham Tai_Viet Tai_Yo Takri Tamil Tangsa Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta Todhri Tolong_Siki
Toto Tulu_Tigalari Ugaritic Vai Vithkuqi Wancho Warang_Citi Yezidi Yi Zanabazar_Square""".split()

OPTIONS = re2.Options()
OPTIONS.log_errors = False


def utf8(character):
    """RE2 takes surrogates for characters."""
    return chr(character).encode("utf-8", "surrogatepass")


def members(name):
    """The characters of a class, or None where RE2 has no such class."""
    try:
        pattern = re2.compile(rf"\p{{{name}}}".encode(), OPTIONS)
    except re2.error:
        return None
    found = b"".join(pattern.findall(TEXT))
    return [ord(character) for character in found.decode("utf-8", "surrogatepass")]


def by_value(names):
    """A run for each stretch of characters that have the same value: its start in three bytes, and the value's place
    in one. A place beyond the names is none."""
    values = [len(names)] * len(CHARACTERS)
    for place, name in enumerate(names):
        for character in members(name):
            assert values[character] == len(names), f"{character:x} has two values"
            values[character] = place
    starts = [c for c in CHARACTERS if c == 0 or values[c] != values[c - 1]]
    return b"".join((start << 8 | values[start]).to_bytes(4, "big") for start in starts)


def orbits():
    """For each character that has other cases, the characters that `(?i)` takes for it."""
    def size(pattern):
        return re2._re2.RE2(pattern, OPTIONS).ProgramSize()

    def has_cases(character):
        # Two cases make a larger program than one, unless they are neighbours and so one range.
        folded = b"(?i)" + utf8(character)
        around = [utf8(c) for c in (character - 1, character + 1) if c in CHARACTERS]
        return size(folded) != size(utf8(character)) or any(
            re2.fullmatch(folded, neighbour, OPTIONS) for neighbour in around
        )

    letters = [c for c in range(0x80) if chr(c).isalpha()] + list(filter(has_cases, CHARACTERS[0x80:]))
    cased = b"".join(map(utf8, letters))
    for character in letters:
        found = re2.compile(b"(?i)" + utf8(character), OPTIONS).findall(cased)
        yield character, sorted(ord(c.decode()) for c in found)


def folding():
    """The next character of each orbit, as runs of the same distance: start, end, step, distance."""
    following = {c: orbit[(orbit.index(c) + 1) % len(orbit)] for c, orbit in orbits()}
    runs = []
    for character in sorted(following):
        distance = following[character] - character
        for run in runs[-4:]:
            step = character - run[1]
            if run[3] == distance and step in (1, 2) and run[2] in (0, step):
                run[1:3] = character, step
                break
        else:
            runs.append([character, character, 0, distance])
    return sorted([start, end, step or 1, distance] for start, end, step, distance in runs)


def quoted(names):
    return [f'"{name}"' for name in names]


def lines_of(values):
    lines, line = [], "   "
    for value in values:
        if len(line) + len(value) + 2 > 110:
            lines.append(line)
            line = "   "
        line += f" {value},"
    return "\n".join(lines + [line])


def write(file, doc, items):
    text = f"//! {doc}\n//! Written by `generate.py`: not to be edited.\n"
    for comment, name, kind, values in items:
        text += f"\n/// {comment}\n#[rustfmt::skip]\npub(super) static {name}: &[{kind}] = &[\n{lines_of(values)}\n];\n"
    (HERE / file).write_text(text)


TEXT = b"".join(map(utf8, CHARACTERS))


def main():
    scripts = [script for script in SCRIPTS if members(script)]
    (HERE / "categories.bin").write_bytes(by_value(CATEGORIES))
    (HERE / "scripts.bin").write_bytes(by_value(scripts))
    write("names.rs", "The names that the runs of `categories.bin` and `scripts.bin` refer to by their places.", [
        ("The general categories, sorted.", "CATEGORIES", "&str", quoted(CATEGORIES)),
        ("The scripts, sorted.", "SCRIPTS", "&str", quoted(scripts)),
    ])
    write("folding.rs", "The characters that differ in case only.", [
        ("First and last character, the step between them, and how far the next one of the same letter is.",
         "RUNS", "(u32, u32, u32, i32)", [f"(0x{a:x}, 0x{b:x}, {s}, {d})" for a, b, s, d in folding()]),
    ])


if __name__ == "__main__":
    main()
