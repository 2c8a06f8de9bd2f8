"""Writes pipelines.jsonl.gz: small tokenizers, one feature each, and what Hugging Face's library makes of texts with them.

    pip install tokenizers==0.22.2
    python make_pipelines.py | gzip -9n > pipelines.jsonl.gz

A line has "name", "tokenizer" (a tokenizer.json) and "cases": text, pair, special (whether special tokens are added),
truncation, and the chunks, each [ids, tokens, offsets in code points, type ids, special tokens mask, word ids, sequence ids].
"normalized" is the text after the normalizer, where there is one and no added token. "decoded" has ids, whether special
tokens are left out, and the text that the decoder makes of them.
"""
import json

from tokenizers import Tokenizer

from chars_map import chars_map

UNICODE = ["", " ", "Hello, World!", "  Héllo\tWÖRLD  ", "e\u0301\u0323x \u00e9\u0323", "\u1112\u1161\u11ab\ud55c\uad6d", "\ufb01ne \u00bd\u2460\u33a1",
           "I\u0130\u0131 \u03a3\u03a3", "\u4f60\u597da\uf900", "x\u200by\u00adz\u0000w\ufffdv", "\u0344\u0958 a\u0345\u0301", "\U0001f44d\U0001f3fd ok",
           "a\u0328\u0301\u0316b\u1ea4", "\u0301lone \u3000 \u00a0end\u00a0"]
PLAIN = ["", "a", " a  b ", "Hey friend!  How's it?", "ab12cd 3.4", "the-final--countdown", "x\ny\r\n\tz", "na\u00efve \u4f60\u597d\u3002 \U0001f600!"]


def added(content, id, **flags):
    token = dict(id=id, content=content, single_word=False, lstrip=False, rstrip=False, normalized=False, special=False)
    token.update(flags)
    return token


def word_level(*tokens):
    return dict(type="WordLevel", vocab={t: i for i, t in enumerate(["[UNK]", *tokens])}, unk_token="[UNK]")


def bpe(vocab, merges, **options):
    model = dict(type="BPE", dropout=None, unk_token=None, continuing_subword_prefix=None, end_of_word_suffix=None,
                 fuse_unk=False, byte_fallback=False, ignore_merges=False)
    model.update(options)
    model["vocab"] = {t: i for i, t in enumerate(vocab)}
    model["merges"] = merges
    return model


def pipeline(model, normalizer=None, pre_tokenizer=None, post_processor=None, added_tokens=(), truncation=None, padding=None, decoder=None):
    return dict(version="1.0", truncation=truncation, padding=padding, added_tokens=list(added_tokens), normalizer=normalizer,
                pre_tokenizer=pre_tokenizer, post_processor=post_processor, decoder=decoder, model=model)


CHARS = dict(type="Split", pattern={"Regex": "(?:.|\\n)"}, behavior="Isolated", invert=False)
SPACES = dict(type="WhitespaceSplit")
out = []


def add(name, tokenizer, texts, pairs=(), special=(True,), truncations=(None,), decoded=()):
    t = Tokenizer.from_str(json.dumps(tokenizer))
    cases = []
    for text, pair in [(x, None) for x in texts] + list(pairs):
        for s in special:
            for truncation in truncations:
                t.no_truncation()
                if truncation:
                    t.enable_truncation(**truncation)
                e = t.encode(text, pair, add_special_tokens=s)
                chunks = [[c.ids, c.tokens, c.offsets, c.type_ids, c.special_tokens_mask, c.word_ids, c.sequence_ids]
                          for c in [e, *e.overflowing]]
                if not tokenizer["post_processor"]:  # the library forgets the sequence ids of these
                    for chunk in chunks[1:]:
                        chunk[-1] = None
                case = dict(text=text, special=s, chunks=chunks)
                if pair is not None:
                    case["pair"] = pair
                if truncation:
                    case["truncation"] = truncation
                if tokenizer["normalizer"] and not tokenizer["added_tokens"]:
                    case["normalized"] = t.normalizer.normalize_str(text)
                cases.append(case)
    line = dict(name=name, tokenizer=tokenizer, cases=cases)
    if decoded:
        line["decoded"] = [[ids, skip, t.decode(ids, skip)] for ids in decoded for skip in (False, True)]
    out.append(line)


def bert(clean, chinese, strip, lower):
    return dict(type="BertNormalizer", clean_text=clean, handle_chinese_chars=chinese, strip_accents=strip, lowercase=lower)


def sequence(*normalizers):
    return dict(type="Sequence", normalizers=list(normalizers))


normalizers = {
    "bert uncased": bert(True, True, None, True), "bert cased": bert(True, True, None, False),
    "bert strips without lower-casing": bert(True, True, True, False), "bert lower-cases only": bert(False, False, False, True),
    "lowercase": dict(type="Lowercase"), "nfc": dict(type="NFC"), "nfd": dict(type="NFD"), "nfkc": dict(type="NFKC"),
    "nfkd": dict(type="NFKD"), "strip both": dict(type="Strip", strip_left=True, strip_right=True),
    "strip left": dict(type="Strip", strip_left=True, strip_right=False), "strip right": dict(type="Strip", strip_left=False, strip_right=True),
    "replace a string": dict(type="Replace", pattern={"String": "l"}, content="\u00e9L"),
    "replace by nothing": dict(type="Replace", pattern={"String": " "}, content=""),
    "replace by a regex": dict(type="Replace", pattern={"Regex": "\\s+|[\\d\\p{Lu}]"}, content="<_>"),
    "prepend": dict(type="Prepend", prepend="\u2581_"), "byte level": dict(type="ByteLevel"),
    "decompose, strip accents, lower-case": sequence(dict(type="NFKD"), dict(type="StripAccents"), dict(type="Lowercase")),
    "strip, prepend, replace, compose": sequence(dict(type="Strip", strip_left=True, strip_right=True), dict(type="Prepend", prepend="e"),
                                                 dict(type="Replace", pattern={"String": " "}, content="\u2581"), dict(type="NFC")),
    "byte level after decomposition": sequence(dict(type="NFD"), dict(type="ByteLevel")),
}
for name, normalizer in normalizers.items():
    add("normalizer: " + name, pipeline(word_level(), normalizer, CHARS), UNICODE)


def split(pattern, behavior, invert=False):
    return dict(type="Split", pattern=pattern, behavior=behavior, invert=invert)


def byte_level(prefix, regex=True, trim=True):
    return dict(type="ByteLevel", add_prefix_space=prefix, trim_offsets=trim, use_regex=regex)


def pre_sequence(*pre_tokenizers):
    return dict(type="Sequence", pretokenizers=list(pre_tokenizers))


BEHAVIORS = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]
pre_tokenizers = {
    "none": None, "bert": dict(type="BertPreTokenizer"), "whitespace": dict(type="Whitespace"), "whitespace split": SPACES,
    "digits": dict(type="Digits", individual_digits=False), "single digits": dict(type="Digits", individual_digits=True),
    "byte level": byte_level(False), "byte level with a space before": byte_level(True), "byte level without a pattern": byte_level(True, False),
    "byte level after white space": pre_sequence(SPACES, byte_level(True)),
    "digits after byte level": pre_sequence(byte_level(False), dict(type="Digits", individual_digits=True)),
    "bert, then digits": pre_sequence(dict(type="BertPreTokenizer"), dict(type="Digits", individual_digits=False)),
    "gpt2's pattern as a split": split({"Regex": "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"}, "Removed", True),
    "inverted split": split({"Regex": "\\w+|[^\\w\\s]+"}, "Removed", True),
}
for behavior in BEHAVIORS:
    pre_tokenizers["punctuation " + behavior] = dict(type="Punctuation", behavior=behavior)
    pre_tokenizers["split " + behavior] = split({"String": "-"}, behavior)
    pre_tokenizers["inverted split " + behavior] = split({"Regex": "[a-z]+"}, behavior, True)
for name, pre in pre_tokenizers.items():
    add("pre-tokenizer: " + name, pipeline(word_level("a", "the"), None, pre), PLAIN)

LETTERS = [*"abcdeh", "\u00e9", "ab", "abc", "ca", "cab", "de", "bc"]
MERGES = [["a", "b"], ["b", "c"], ["ab", "c"], ["c", "a"], ["ca", "b"], ["d", "e"]]
BYTES = ["<0x%02X>" % b for b in range(256)]
WORDS = ["abcab cabcab deh", "bcabca\u00e9de abzde", "zz", "azzb \u4f60z\u597da", "\u00e9\u00e9", "abcabcabcabcabcabcabcabcabcabcabcabcabcabcabc", ""]
models = {
    "bpe": bpe(LETTERS, MERGES), "bpe with merges as strings": bpe(LETTERS, [" ".join(m) for m in MERGES]),
    "bpe with an unknown token": bpe(["<unk>", *LETTERS], MERGES, unk_token="<unk>"),
    "bpe with fused unknown tokens": bpe(["<unk>", *LETTERS], MERGES, unk_token="<unk>", fuse_unk=True),
    "bpe with byte fallback": bpe(["<unk>", *LETTERS, *BYTES], MERGES, unk_token="<unk>", fuse_unk=True, byte_fallback=True),
    "bpe with fallback to some bytes": bpe(["<unk>", *LETTERS, "<0x7A>"], MERGES, unk_token="<unk>", fuse_unk=True, byte_fallback=True),
    "bpe that ignores merges": bpe([*LETTERS, "abcab", "zz"], MERGES, ignore_merges=True),
    "bpe with prefix and suffix": bpe(["a", "b", "##a", "##b", "##c", "##c</w>", "##b</w>", "a</w>", "ab", "ab</w>", "##bc</w>"],
                                      [["a", "##b"], ["a", "##b</w>"], ["##b", "##c</w>"]], continuing_subword_prefix="##", end_of_word_suffix="</w>"),
    "wordpiece": dict(type="WordPiece", unk_token="[UNK]", continuing_subword_prefix="##", max_input_chars_per_word=12,
                      vocab={t: i for i, t in enumerate(["[UNK]", "ab", "abc", "##a", "##ab", "##c", "##de", "de", "##h", "\u00e9", "##\u00e9", "c"])}),
    "wordlevel": word_level("abcab", "zz", "\u00e9\u00e9"),
}
for name, model in models.items():
    add("model: " + name, pipeline(model, None, SPACES), WORDS)
ALPHABET = [chr(c) for c in [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x144)]]
BYTE_MERGES = [["\u0120", "a"], ["\u0120", "\u0120"], ["a", "b"], ["\u00c3", "\u00a9"]]
BYTE_BPE = bpe([*ALPHABET, *map("".join, BYTE_MERGES)], BYTE_MERGES)
FEW_BYTES = bpe([*"abcdefghimxzMZ<>", *"\u0120\u010a\u0109\u00c3\u00a9\u00c2\u0142\u00e3\u0122", *map("".join, BYTE_MERGES)], BYTE_MERGES)
add("model: byte-level bpe", pipeline(BYTE_BPE, None, byte_level(False)), PLAIN + UNICODE)
add("model: byte-level bpe with unknown bytes", pipeline(bpe(["?", "a", "\u0120", "\u00c3", "\u0120a"], [["\u0120", "a"]], unk_token="?", fuse_unk=True), None, byte_level(True)), PLAIN)
add("model: byte-level bpe that ignores merges", pipeline(bpe([*ALPHABET, "\u0120a", "Hey", "\u0120friend"], [["\u0120", "a"]], ignore_merges=True), None, byte_level(False)), PLAIN)

MARKED = ["a <m> b", "a<m>b", "  <m>  <m>x", "<m><m>", "\u00a0<m>\u3000b", "x<m", "<M> <m>", "Z<m>z", "a\n <m>\t\nb", "<mm> <m>m", ""]
for flags in [dict(), dict(lstrip=True), dict(rstrip=True), dict(lstrip=True, rstrip=True), dict(single_word=True), dict(normalized=True),
              dict(normalized=True, lstrip=True, special=True)]:
    name = "added tokens: " + (", ".join(flags) or "plain")
    tokens = [added("<m>", 0, **flags), added("<mm>", 0, special=True), added("a", 0)]
    add(name, pipeline(word_level("x", "b"), dict(type="Lowercase"), SPACES, None, tokens), MARKED)
    add(name + ", byte level", pipeline(FEW_BYTES, None, byte_level(False), byte_level(False), tokens), MARKED)
add("added tokens: upper case, normalized", pipeline(word_level("x"), bert(True, True, None, True), dict(type="BertPreTokenizer"), None,
                                                     [added("[FOO]", 0, normalized=True), added("\u00c9", 0, normalized=True), added("[BAR]", 0)]),
    ["[FOO] [foo] [BAR] [bar]", "x\u00c9e\u0301E", "\u4f60[FOO]\u597d"])

CLS, SEP = ["<s>", 90], ["</s>", 91]
ROBERTA = dict(type="RobertaProcessing", sep=SEP, cls=CLS, trim_offsets=True, add_prefix_space=False)
TEMPLATE = dict(type="TemplateProcessing",
                single=[{"SpecialToken": {"id": "C", "type_id": 3}}, {"Sequence": {"id": "A", "type_id": 2}}, {"SpecialToken": {"id": "S", "type_id": 0}}],
                pair=[{"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "S", "type_id": 4}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "C", "type_id": 0}}],
                special_tokens={"C": dict(id="C", ids=[7, 8], tokens=["c1", "c2"]), "S": dict(id="S", ids=[9], tokens=["s"])})
posts = {
    "none": None, "bert": dict(type="BertProcessing", sep=SEP, cls=CLS), "roberta": ROBERTA,
    "roberta without trimming": dict(ROBERTA, trim_offsets=False), "roberta after a space": dict(ROBERTA, add_prefix_space=True),
    "template": TEMPLATE, "byte level": byte_level(False), "byte level after a space": byte_level(True), "byte level without trimming": byte_level(False, trim=False),
    "byte level, then template": dict(type="Sequence", processors=[byte_level(False), TEMPLATE]),
    "byte level, then roberta": dict(type="Sequence", processors=[byte_level(True), ROBERTA]),
}
TRUNCATIONS = [None, dict(max_length=6), dict(max_length=10, stride=2), dict(max_length=8, stride=1, direction="left")]
for name, post in posts.items():
    for prefix in (False, True):
        add("post-processor: %s%s" % (name, ", space before" if prefix else ""),
            pipeline(FEW_BYTES, None, byte_level(prefix), post, [added("<m>", 0, lstrip=True)]),
            ["  aab  <m> b\u00e9 ", "\u00a0<m>"], [("ab  ab", " \u00e9a <m>")], special=(True, False), truncations=TRUNCATIONS[:1])
    if "," not in name and "with" not in name:
        add("truncation: " + name, pipeline(FEW_BYTES, None, byte_level(True), post), ["a b c d ee"],
            [("a b c d", "e f ghi"), ("a b", "c d e f g h")], truncations=TRUNCATIONS[1:])
for strategy, pair in ("only_first", ("a b c d e f", "g h")), ("only_second", ("a b", "d e f g h i")):
    add("truncation: " + strategy, pipeline(FEW_BYTES, None, byte_level(False), TEMPLATE), [], [pair],
        truncations=[dict(max_length=10, strategy=strategy), dict(max_length=11, stride=1, strategy=strategy)])

MAP = {"X": "x", "\u00e9": "E", "e\u0301": "\u00e9", "a\u0308": "\u00e4", "\u00a0": " ", "\t": " ", "\n": " ", "\r\n": " ", "\u3000": " ",
       "\u200b": " ", "\ufb01": "fi", "\u2122": "TM", "\x01": "", "\ufeff": "", "\u0327": "", "\u2460": "1", "\u3300": "\u30a2\u30d1\u30fc\u30c8",
       "\u30ab\u3099": "\u30ac", "\uff21": "A", "\u0600": "n", "\u1112": "H", "\u1112\u1161\u11ab": "\ud55c", "\U0001f600": ":)", b"\xe1\x84": "?"}
PRECOMPILED = dict(type="Precompiled", precompiled_charsmap=chars_map(MAP))
MAPPED = ["", "plain text", "X\u00e9X", "e\u0301e\u0301\u0302 a\u0308\u0301", "\ufb01\u0301ne", "\x01lost", "\x01\x01\ufeff\u2122lost", "a\x01\x01b\ufeffc",
          "\u2122\x01g", "\u2122\x01\x01gg", "\ufb01\u2122\ufeff", "\r\n\n\r x\tX", "\u0600X\u0600\u00e9", "\u0600\u00a0e\u0301", "\u3300\u2460\x01\u3300",
          "\u30ab\u3099\u30ac \u30ab\u0327", "\u1112\u1161\u11ab\u1100\u1161\u0327", "\U0001f600\ufe0f\U0001f600", "\u0915\u094d\u0937\u0327e\u0327", "\x01", "\u0327\x01",
          "\x01\u00e9\U0001f600z", "\U0001f1e9\U0001f1ea\u0327", "\u00a9\u200d\u00a9\u0327\u00a9\u200dX\u0327"]
for name, normalizer in {
    "precompiled": PRECOMPILED, "strip, then precompiled": sequence(dict(type="Strip", strip_left=True, strip_right=True), PRECOMPILED),
    "precompiled twice": sequence(PRECOMPILED, PRECOMPILED), "nfkd, then precompiled": sequence(dict(type="NFKD"), PRECOMPILED),
    "precompiled, then runs of spaces": sequence(PRECOMPILED, dict(type="Replace", pattern={"Regex": " {2,}"}, content="\u2581_")),
}.items():
    add("normalizer: " + name, pipeline(word_level(), normalizer, CHARS), MAPPED + ["  \x01 X  ", " \n\n \u00a0\u3000 \t"])


def unigram(pieces, **options):
    return dict(type="Unigram", unk_id=0, vocab=[list(p) for p in pieces], byte_fallback=False) | options


def metaspace(**options):
    return dict(type="Metaspace", replacement="\u2581") | options


PIECES = [("<unk>", 0), ("\u2581", -2.5), ("a", -1.5), ("b", -1.75), ("ab", -3.25), ("\u2581a", -3), ("\u2581ab", -4), ("abc", -9.1), ("\u00e9", -2),
          ("\u2581\u2581", -6), ("b\u2581a", -4.2), ("\u2581abcab", -12.5), ("-", -1), ("aa", -3), ("aaa", -4.5), ("a b", 5), ("<m>", -1e-3), ("ba", -0.4e1)]
SPELLED = ["", " ", "ab", "abab  ab", "aaaaaaaaaaa", "zz abczz z", "\u4f60\u597d a\u4f60", "\u2581ab\u2581", " <unk>z <unk>", "a b a", "\u00e9\u00e9z\u00e9", "ab-ab", "abcabcabcabcabcabcabcabczabcabc", "\u2581 \u2581"]
FALLBACK = [*PIECES, *[("<0x%02X>" % b, -20) for b in range(256)]]
for name, model in {
    "unigram": unigram(PIECES), "unigram without spaces": unigram([p for p in PIECES if "\u2581" not in p[0]]),
    "unigram with byte fallback": unigram(FALLBACK, byte_fallback=True), "unigram with bytes, not used": unigram(FALLBACK),
    "unigram with fallback to some bytes": unigram([*PIECES, ("<0x7A>", -20), ("<0xE2>", -20)], byte_fallback=True),
    "unigram with fallback for spaces": unigram([p for p in FALLBACK if "\u2581" not in p[0]], byte_fallback=True),
    "unigram with tokens twice": unigram([*PIECES, ("ab", -1), ("a", -8), ("", -1)]),
    "unigram with high scores": unigram([("<unk>", 30), ("a", 30), ("zz", 25), ("\u4f60\u597d", 25), ("\u2581", 30), ("\u2581z", 30)]),
    "unigram with ties": unigram([("<unk>", 0), ("\u2581", -1), ("a", -1), ("b", -1), ("ab", -2), ("aa", -2), ("aaa", -3), ("abab", -4), ("ba", -2)]),
    "unigram with odd numbers": unigram(PIECES, unk_id=8),
}.items():
    for split in (True, False):
        add("model: %s%s" % (name, "" if split else ", whole"), pipeline(model, None, metaspace(prepend_scheme="always", split=split)), SPELLED)
    add("model: %s, no pre-tokenizer" % name, pipeline(model), SPELLED)

SPACED = ["", " ", "ab", " ab", "ab ab  ab ", "  ab", "\u2581ab \u2581b", "\u4f60 a", "a<m>ab<m> ab", "<m>ab", " <m> ab", "_ab _", "ab-ab -b"]
STRIP = dict(type="Strip", strip_left=True, strip_right=True)
for name, pre in {
    "always": metaspace(prepend_scheme="always", split=True), "first": metaspace(prepend_scheme="first", split=True),
    "never": metaspace(prepend_scheme="never", split=True), "first, whole": metaspace(prepend_scheme="first", split=False),
    "never, whole": metaspace(prepend_scheme="never", split=False), "older form": metaspace(add_prefix_space=True), "older form without prefix": metaspace(add_prefix_space=False, prepend_scheme="never"),
    "str_rep": metaspace(str_rep="\u2581", add_prefix_space=True), "underscore": metaspace(replacement="_", prepend_scheme="always", split=True),
    "after punctuation": pre_sequence(dict(type="Punctuation", behavior="Isolated"), metaspace(prepend_scheme="always", split=True)),
    "first, after punctuation": pre_sequence(dict(type="Punctuation", behavior="Isolated"), metaspace(prepend_scheme="first", split=True)),
    "before punctuation": pre_sequence(metaspace(prepend_scheme="always", split=True), dict(type="Punctuation", behavior="Isolated")),
    "twice": pre_sequence(metaspace(prepend_scheme="never", split=False), metaspace(prepend_scheme="always", split=True)),
}.items():
    for what, model in ("unigram", unigram(PIECES)), ("bpe", bpe(["<unk>", "\u2581", "_", "a", "b", "ab", "\u2581ab"], [["a", "b"], ["\u2581", "ab"]], unk_token="<unk>")):
        add("pre-tokenizer: metaspace %s, %s" % (name, what), pipeline(model, None, pre, None, [added("<m>", 0)]), SPACED)
    add("pre-tokenizer: metaspace %s, stripped" % name, pipeline(unigram(PIECES), STRIP, pre, None, [added("<m>", 0, lstrip=True)]), SPACED)
    add("pre-tokenizer: metaspace %s, precompiled" % name, pipeline(unigram(PIECES), PRECOMPILED, pre), SPACED + MAPPED)

DECODED = [[], [1], [5, 6, 1, 9, 2], [9, 9, 2], [2, 5, 18, 6], [18, 6], [0, 2, 999], [20, 21, 2], [2, 257, 2], [246, 191, 191, 2], [70, 5], [6, 70, 6, 18, 18]]
for name, decoder in {
    "none": None, "metaspace": metaspace(prepend_scheme="always", split=True), "metaspace first": metaspace(prepend_scheme="first", split=True),
    "metaspace never": metaspace(prepend_scheme="never", split=True), "metaspace, older form": metaspace(add_prefix_space=True), "byte fallback": dict(type="ByteFallback"),
    "fuse": dict(type="Fuse"), "strip": dict(type="Strip", content="a", start=1, stop=1), "replace": dict(type="Replace", pattern={"String": "\u2581"}, content=" "),
    "llama": dict(type="Sequence", decoders=[dict(type="Replace", pattern={"String": "\u2581"}, content=" "), dict(type="ByteFallback"), dict(type="Fuse"), dict(type="Strip", content=" ", start=1, stop=0)]),
    "bpe": dict(type="BPEDecoder", suffix="b"), "wordpiece": dict(type="WordPiece", prefix="a", cleanup=True), "byte level": byte_level(False),
}.items():
    add("decoder: " + name, pipeline(unigram(FALLBACK, byte_fallback=True), None, metaspace(prepend_scheme="always", split=True), None, [added("[S]", 0, special=True), added("<m>", 0)], decoder=decoder),
        [], decoded={"strip": [[13, 14, 5, 17, 4], [9, 14]], "bpe": DECODED[1:]}.get(name, DECODED))  # others make that library panic
for line in out:
    print(json.dumps(line, separators=(",", ":")))
