"""Writes patterns.jsonl.gz, what Oniguruma matches within Hugging Face's library, and properties.jsonl.gz, what its properties hold.

    pip install tokenizers==0.22.2
    python make_patterns.py

A line of the first is a pattern and some texts, each with two answers: the text with <> in the place of each match, and where the pieces end,
in code points, into which it is cut before and behind each match. A pattern that the library refuses has no texts. A line of the second is
an expression for one character, and the first and the last of each range of characters that it matches.
"""
import gzip
import json
import random

from tokenizers import Regex, normalizers, pre_tokenizers

LETTERS = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"
SMALL = r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
ENDINGS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
REST = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"

REAL = [
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",  # GPT-2
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",  # cl100k_base
    ENDINGS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}" + REST,  # Llama 3
    ENDINGS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}" + REST,  # Qwen 2
    r"[^\r\n\p{L}\p{N}]?" + LETTERS + "*" + SMALL + "+" + ENDINGS + r"?|[^\r\n\p{L}\p{N}]?" + LETTERS + "+" + SMALL + "*" + ENDINGS +
    r"?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",  # o200k_base
    r"\p{N}{1,3}", r"[一-龥぀-ゟ゠-ヿ]+",  # DeepSeek
    r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+""",
    r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+",  # CLIP
    r" ?[^(\s|[.,!?…。，、।۔،])]+",  # BLOOM
    r"[\p{Han}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lo}&&[^\p{Han}]]*[\p{Ll}\p{Lo}&&[^\p{Han}]]+|\p{N}{1,3}|\s+",
    r"\d", r"\d{3}", r"\d+", r"\s+", r" {2,}", r"\s+$|^\s+", r"\w+|[^\w\s]+", r"(?:.|\n)", r"\s", r"(?=[A-Z])", r"(?<=[^\d])(?=\d)", r"\n+", r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+",
    r"(\b|(?<!\S))un", r"(?<![.])\.(?![.])", r"(?<=\p{Lu})\d{2}",
]

CONSTRUCTS = r"""
(?m).|.|(?m:a.b)|(?x) a b # c|(?x)a +|(?x:a\ b) b|^|$|\Z|\z|\A|\b|\B|\bab\b|a{1,2}+|a{2}?|a{,2}|a{2,3}?|a**|a+*|a?+?|a{x}|a{1|a{,}|{|}|]|[]a]|[^]a]|
\P{L}|\p{^L}|\P{^L}|\p{l}|\p{Lowercase Letter}|\p{lowercase_letter}|\p{Any}|\p{Han}|\x41|\x{4f60}|\u4f60|\x4|\0|\012|\e|\a|\v|\f|\_|\-|\ |\é|\.|\h+|\H|
[\b]|[a-]|[-a]|[a-c-e]|[--a]|[a-z-]|[\x41-\x43]|[\u4e00-\u9fff]|[a-z&&[^b]]|[a-z&&b-c&&c]|[^a&&b]|[a[bc]]|[^a[bc]]|[a&&]|[^&&a]|[a&b]|[\S]|[^\S]|[\D5]|[\p{^L}a]|
[.]|[$^]|[\n]|[a\]b]|[\d\-x]|(?<n>a)b|(?'n'a)b|(?#c)a|a(?#c)+|(?i)s|(?i:k)|(?i)\p{Lu}|(?i)\P{Lu}|(?i)[\p{Lu}]|(?i)[^\p{Lu}]|(?i)[\P{Lu}]|(?i)[a-c]|(?i)[^a-c]|
(?i)\u01c4|(?i)é|(?i)σ|(?i)[^s]|(?i)i|a(?i)b~c|a(?i:b)c|(?i-i:a)|(?i)a(?-i)b~B|(?-i)a|(?:)a|()a|(~a)*|(?:~a)*|(?:~a)+|(?:~a){2}|(?:~a){0,2}|(?:a~)*|(?:a*)*|(?:a*?)*b|
(?:a~){2,}b|(?:a?){3}|(a?)*?b|(?:a?~b)*c|(?:a~b?)*?c|(?:(?:a~)(?:~b))*|(?:(?:~b)(?:a~))*c|(?:(?:a~){2}b?)*|(?:~a~b){3}c|(?>a+)b|a++b|a*+a|a?+a|(?>a~ab)c|(?=a)|(?!a)|(?<=a)b|
(?<!a)b|(?<=a~bc)d|(?<!a~bc)d|(?<=\p{L}x)b|(?<!a{2})b|(?=a{2})|a~~b|~a|a~|a??|a*|(?:a{2}){2}?b|a{2}+b|x{2}?y|(?:a){0}b|(?:a*+)*b|(?:(?>a?)b?)*c|(?:(?>a~)(?>b~))*c
""".replace("\n", "").split("|")

REFUSED = ["*a", "+a", "a|*", "^*", r"\b+", "[]", "[^]", ")", "a)", "(a", "[a", "a\\", r"\p{foo}", r"\xe9", r"\1", "[z-a]", "[\\w-a]", "[a-\\w]", "[[a]", "(?i", "(?)a",
           r"\p{L&}", "(?", "(?<", "(?<n", "(?=a", r"\x80", "(?<>a)"]

TEXTS = [
    "I'll pay 1234 € – it's naïve!\n\n  THEY'RE here…  \r\n\tfoo_bar(x) == 'ab';  ", "HelloWorld fooBAR 12a3 你好，世界 カタカナ한글 Ελλάδα ЖУКжук e\u0301 ﬁ ß ẞ", "",
    "a", "aab", "abac", "aaaa", "ab ba\nab\n", "  \n b  ", "aAbB1 \n", "ad bcd cd axb1xb", "\n", "é É ſ K s S k ς σ Σ i I ı İ ǆ ǅ Ǆ", "a]b-c}d{x}1,2^$&.~\x00\x04\x07\x0b\x0c\x1b\x08\u4f60_ -",
    "xxyy aabab ababc", "\u2028\u0085 \u00a0x\u3000",
]


def answers(pattern, texts):
    try:
        regex = Regex(pattern)
    except Exception:
        return []
    replace, split = normalizers.Replace(regex, "<>"), pre_tokenizers.Split(regex, "isolated")
    return [[t, replace.normalize_str(t), [end for _, (_, end) in split.pre_tokenize_str(t)]] for t in texts]


def expression(r, depth):
    if depth == 0:
        return r.choice(["a", "b", "c", ".", "[ab]", "[^a]", "é", r"\p{L}", r"\w", r"\s", r"\d", "1", r"\n", "(?:)", "[^\\s1]", r"\S", "[b-c[1]]", "[\\w&&[^a]]"])
    sub = lambda: expression(r, depth - 1)
    kind = r.randrange(12)
    if kind < 3:
        return sub() + sub()
    if kind < 5:
        return "(?:" + sub() + "|" + sub() + ")"
    if kind == 5:
        return r.choice(["(?=", "(?!", "(?>", "(", "(?i:", "(?m:"]) + sub() + ")"
    if kind == 6:
        return r.choice(["(?<=a)", "(?<!a)", r"(?<=\s)", r"(?<!\w)", r"\b", r"\B", "^", "$"]) + sub()
    if kind == 7:
        return sub() + sub() + sub()
    return "(?:" + sub() + ")" + r.choice(["*", "+", "?", "*?", "+?", "??", "*+", "++", "?+", "{2}", "{1,3}", "{0,2}?", "{2,}"])


def subject(r):
    return "".join(r.choice(["a", "b", "c", "A", "B", "é", "1", "\n", " ", ".", "你"]) for _ in range(r.randrange(12)))


def write(path, lines):
    with gzip.GzipFile(path, "wb", mtime=0) as f:
        for line in lines:
            f.write((json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n").encode())


def patterns():
    for p in REAL + [p.replace("~", "|") for p in CONSTRUCTS]:
        yield dict(pattern=p, cases=answers(p, TEXTS))
    for p in REFUSED:
        yield dict(pattern=p, cases=answers(p, ["a"]))
    r = random.Random(5)
    n = 0
    while n < 1500:
        p = expression(r, r.randrange(1, 5))
        found = answers(p, [subject(r) for _ in range(4)])
        if found and len(p) < 200:
            n += 1
            yield dict(pattern=p, cases=found)


PROPERTIES = """\\w \\W \\d \\s \\h L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po S Sc Sk Sm So Z Zs Zl Zp C Cc Cf Co Any Word Space Digit Han Hiragana
Katakana Hangul Bopomofo Latin Greek Cyrillic Arabic Hebrew Devanagari Thai""".split()


def properties():
    points = [chr(c) for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
    for name in PROPERTIES:
        p = name if name[0] == "\\" else r"\p{%s}" % name
        drop = normalizers.Replace(Regex(p), "")
        ranges = []
        for i in range(0, len(points), 4096):
            left = set(drop.normalize_str("".join(points[i:i + 4096])))
            for c in points[i:i + 4096]:
                if c in left:
                    continue
                if ranges and ranges[-1] == ord(c) - 1:
                    ranges[-1] = ord(c)
                else:
                    ranges += [ord(c), ord(c)]
        yield dict(pattern=p, ranges=ranges)


write("patterns.jsonl.gz", patterns())
write("properties.jsonl.gz", properties())
