"""Prints checksums of what Hugging Face's library makes of every code point, for unicode_test.go.

    pip install tokenizers==0.22.2
    python make_checksums.py [folder of the reference data]

Normalizers: the CRC-32 of normalize_str of all blocks, encoded. Pre-tokenizers: that of the offsets of pre_tokenize_str of all
blocks, written as "start end\n". A block is 1,024 code points, each written into the form in the places of %.
"""
import base64
import json
import struct
import sys
import zlib

from tokenizers import Tokenizer, normalizers as N, pre_tokenizers as P

from chars_map import chars_map

POINTS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]


def blocks(form):
    for i in range(0, len(POINTS), 1024):
        yield "".join(form.replace("%", chr(c)) for c in POINTS[i:i + 1024])


def bert(clean, chinese, strip, lower):
    return N.BertNormalizer(clean_text=clean, handle_chinese_chars=chinese, strip_accents=strip, lowercase=lower)


for name, normalizer in {
    "BertNormalizer cleaning": bert(True, False, False, False), "BertNormalizer spacing Chinese": bert(False, True, False, False),
    "BertNormalizer stripping": bert(False, False, True, False), "BertNormalizer uncased": bert(True, True, None, True),
    "Lowercase": N.Lowercase(), "NFC": N.NFC(), "NFD": N.NFD(), "NFKC": N.NFKC(), "NFKD": N.NFKD(), "StripAccents": N.StripAccents(),
}.items():
    crc = 0
    for text in blocks("%b%\u0323%\u0301%\u0334\n"):
        crc = zlib.crc32(normalizer.normalize_str(text).encode(), crc)
    print("%s 0x%08X" % (name, crc))

# A map in which each lead byte of UTF-8 is a rule shows where clusters of less than six bytes end.
LEADS = chars_map({"X": "x"} | {bytes([b]): "y" for b in range(0xC2, 0xF5)})
for form in ["X%X\n%\u00e9%\u0301\n\u0600%\u0301\n", "\u0915\u094d%\u0301\n\u00a9\u200d%\u0301\n", "\uac00%\u0301\n\u1100%\u0301\n\u1161%\u0301\n%%\u0301\n"]:
    crc = 0
    for text in blocks(form):
        crc = zlib.crc32(N.Precompiled(base64.b64decode(LEADS)).normalize_str(text).encode(), crc)
    print("Precompiled %s 0x%08X" % (json.dumps(form), crc))

for pre_tokenizer in P.BertPreTokenizer(), P.Punctuation(), P.Whitespace(), P.WhitespaceSplit(), P.Digits(), P.ByteLevel(add_prefix_space=False):
    crc = 0
    for text in blocks("a%1%!% x"):
        crc = zlib.crc32("".join("%d %d\n" % o for _, o in pre_tokenizer.pre_tokenize_str(text)).encode(), crc)
    print("%s 0x%08X" % (type(pre_tokenizer).__name__, crc))

# Numbers: what the library's JSON reader makes of the scores of a Unigram, as the CRC-32 of their bits, little-endian.


def numbers(count):
    x = 1
    for i in range(count):
        x = (x * 6364136223846793005 + 1442695040888963407) % 2**64
        digits = str(x >> (i * 7 % 64))
        yield "-%s.%s%s" % (digits[:i % 5] or "0", digits[i % 5:] or "0", "e%d" % (i % 41 - 20) if i % 3 == 0 else "")


def scores(texts):
    vocab = ",".join('["%d",%s]' % (i, text) for i, text in enumerate(texts))
    t = Tokenizer.from_str('{"model":{"type":"Unigram","unk_id":0,"vocab":[%s]}}' % vocab)
    return [struct.pack("<d", score) for _, score in json.loads(t.to_str())["model"]["vocab"]]


print("numbers 0x%08X" % zlib.crc32(b"".join(scores(numbers(100_000)))))
ODD = ["0", "-0", "-0.0", "1", "-3.5", "18446744073709551615", "18446744073709551616", "184467440737095516159", "18446744073709551615.5", "1844674407370955161.59999",
       "-2.0122926235198975", "-7.230442047119140", "0.1e1", "1E+2", "5e-324", "4.9e-324", "1e-400", "-1e-4000000000", "0e99999999999", "1.7976931348623157e308", "123456789012345678901234567890e-20",
       "0.000000000000000000000000000000123456789012345678901234", "9007199254740993", "-9223372036854775808", "-9223372036854775809", "3.0000000000000000000000000000004"]
print("odd numbers", " ".join("0x%X" % struct.unpack("<Q", bits)[0] for bits in scores(ODD)))

# Texts: ids and offsets in code points of the reviews that the golden vectors were drawn from, and of random strings.
ALPHABETS = ["abcdefghij  ..", " \n\r\t\u00a0\u200b\u3000\u2581", "e\u0301\u0302\u0323\u0327\u0308\u20d0\ufe0f\u200d\u200c", "\u00e9\ufb01\u2122\u2460\u3300\uff21\uff71\uff9e\u00bd\u2026", "\u0915\u094d\u0937\u093f\u0bcd\u0e33\u1112\u1161\u11ab\ud55c",
             "\u0600\u06dd\u070f\u0d4eX\u00a9\u00ae\U0001f600\U0001f3fd\U0001f1e9\u2764", "\x00\x01\x1f\x7f\x85\ufeff\ufffd\uffff\u00ad\U000e0067", "\u4f60\u597d\u306e\u30ab\u3099\u0633\u0644\u05d0", "AB\u0130\u03a3\u00df1,2-().\"''``"]
SPECIAL = ["[MASK]", "<mask>", "</s>", "[UNK]", "<unk>", "<extra_id_7>", "\uff3bUNK\uff3d", "\uff1cmask\uff1e", "<0x41>", " the game", "ing "]


def strings(count):
    x = 7
    for _ in range(count):
        text = ""
        for _ in range(12):
            x = (x * 6364136223846793005 + 1442695040888963407) % 2**64
            alphabet = ALPHABETS[(x >> 60) % len(ALPHABETS)]
            text += SPECIAL[(x >> 40) % len(SPECIAL)] if (x >> 50) % 16 == 0 else alphabet[(x >> 33) % len(alphabet)] * ((x >> 20) % 3)
        yield text


def encodings(tokenizer, texts):
    crc = 0
    for e in tokenizer.encode_batch(list(texts)):
        crc = zlib.crc32("".join("%d %d %d\n" % (i, *o) for i, o in zip(e.ids, e.offsets)).encode(), crc)
    return crc


if len(sys.argv) > 1:  # the folder of the reference data
    with open(sys.argv[1] + "/data/steam-101games-2019/reviews.jsonl", encoding="utf-8") as f:
        reviews = [json.loads(line)["review"] for line in f]
    for name in "roberta", "bert-base-uncased", "deberta-albertspm", "deberta-t5spm", "xlmr-t5spm", "albert", "t5":
        t = Tokenizer.from_file("%s/tokenizers/%s/tokenizer.json" % (sys.argv[1], name))
        print('{"%s", 0x%08X, 0x%08X},' % (name, encodings(t, reviews), encodings(t, strings(5000))))
