"""Regular expressions of RE2: what they match, how they rewrite, what they refuse."""

from case_tools import Cases

CASES = Cases()

TEXTS = ["h\u00e9llo w\u00f6rld 12\n".encode(), b"abxd", b"\xff\xfea", b"Aa_9-z", b"", b"x\ny\n"]
PATTERNS = r"""
    . x* a*? \p{Ll} \pL+ \P{Lu} [\p{Lu}\d] [^a] \w \W \d+$ $ ^ (?i)A (?s). (?m)^. (?m)$ a(?i)B|X \z
    \Z [[:alpha:]]+ [[:^digit:]] [[:word:]] \Qa.b\E \x{f6} \x41 (a)(b)? (?P<n>a) (?<n>a) (?=a)
    (?!a) a(?<=a) (a)\1 \b a** a{2,3} a{1001} ( [ [z-a] *a a|b| \pN \p{Greek} \p{Latin} \p{Foo} \Ax
    \a\f\v \8 \_ \- a++ (?U)a+ (?#c)a (?>a) [a\]b] []a] [^]a] x{,2} x{2 \h \s \S+ \D \N \R
    (?:a|(b)) \p{^Lu} \p{Any} \pZ ) a) \ [a [a- (?i (?P<n (?z)a x{3,2} \x \x{110000} a|*
    (*a) ^* $+ [--a] \07 \12 \Qab (?i)[^x] (?i)[^X]+ (?i)\W (?i)[[:upper:]] (?P<a-b>x)
    (?P<a>x)(?P<b>y)
    a{2}{3} [\d\D] [^\d\D] \p{L [\pZ\x00]
    (?-s). (?s-i:.) (?U)a*? [a-c-x] a?? (a|b)*x \p{L}{2} \pLl
    (?i)X\Qy\E (?im:X$) [\x61-c] [\n] \\ a{0} (?: (?:) () |
""".split()
PATTERNS += ["\u00f6", "[\u00f6-\u00fc]", "\\\u00f6", "(?i)\u00d6", "(?i:\u00c9)", ""]


def case(pattern):
    def build(tf):
        replaced = [
            tf.strings.regex_replace(TEXTS, pattern, rewrite, replace_global=everywhere)
            for rewrite, everywhere in ((r"<\0>", True), ("#", False))
        ]
        return [*replaced, tf.strings.regex_full_match(TEXTS, pattern)]

    return build


for pattern in PATTERNS:
    CASES["pattern_" + pattern] = case(pattern.encode())
for rewrite in (r"<\0>", r"[\1]", r"\\n", r"\2", r"\q", r"\g<0>", "x\\", "", r"\1\1\0"):
    CASES["rewrite_" + rewrite] = lambda tf, r=rewrite: [
        tf.strings.regex_replace(TEXTS, "(a)|x", r, replace_global=everywhere)
        for everywhere in (True, False)
    ]
CASES["fed"] = lambda tf: [
    tf.strings.regex_replace(TEXTS, tf.constant("[a-z]+") + "", tf.constant(r"\0\0")),
    tf.strings.regex_full_match(TEXTS, tf.constant("[a-z]+") + ""),
]
