"""Prints checksums of what Hugging Face's library makes of every code point, for unicode_test.go.

    pip install tokenizers==0.22.2
    python make_checksums.py

Normalizers: the CRC-32 of normalize_str of all blocks, encoded. Pre-tokenizers: that of the offsets of pre_tokenize_str of all
blocks, written as "start end\n". A block is 1,024 code points, each written into the form in the places of %.
"""
import zlib

from tokenizers import normalizers as N, pre_tokenizers as P

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

for pre_tokenizer in P.BertPreTokenizer(), P.Punctuation(), P.Whitespace(), P.WhitespaceSplit(), P.Digits(), P.ByteLevel(add_prefix_space=False):
    crc = 0
    for text in blocks("a%1%!% x"):
        crc = zlib.crc32("".join("%d %d\n" % o for _, o in pre_tokenizer.pre_tokenize_str(text)).encode(), crc)
    print("%s 0x%08X" % (type(pre_tokenizer).__name__, crc))
