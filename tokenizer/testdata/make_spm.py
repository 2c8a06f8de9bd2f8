"""Writes spm.jsonl.gz: folders with small SentencePiece models, and what transformers makes of them.

    pip install transformers==4.57.6 tokenizers==0.22.2 sentencepiece==0.2.3 protobuf
    python make_spm.py | gzip -9n > spm.jsonl.gz

A line has "name", "files" (name to text; a model is base64), "fast" (the tokenizer.json that the conversion gives), "slow"
(for each text the ids that the Python tokenizer gives) and "same" (whether the fast one gives the same).
"""
import base64
import json
import logging
import os
import tempfile

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
logging.disable(logging.CRITICAL)
from sentencepiece import sentencepiece_model_pb2 as pb  # noqa: E402
from transformers import AutoTokenizer  # noqa: E402

from chars_map import chars_map  # noqa: E402

NORMAL, UNKNOWN, CONTROL, USER, UNUSED, BYTE = 1, 2, 3, 4, 5, 6
MAP = {"X": "x", "\u00e9": "e", "e\u0301": "\u00ea", "\u00a0": " ", "\t": " ", "\n": " ", "\u3000": " ", "\u200b": " ", "\ufb01": "fi", "\x01": "", "\u0301": "", "\uff0d": "-"}
WORDS = [("\u2581", -2.5), ("a", -3.1), ("b", -3.3), ("c", -4), ("e", -3.3), ("x", -5.7), ("f", -6), ("i", -6.1), ("ab", -5.2), ("\u2581a", -4.4), ("\u2581ab", -5.1),
         ("cab", -7.7), ("ca", -6.6), (".", -3.9), (",", -3.8), ("9", -5), ("1", -5.5), ("\u25819", -6.25), ("9,", -6.5), ("\u25819,", -7), ("19", -7), ("\u00ea", -8), ("aa", -6.2),
         ("\u2581abcab", -14.9), ("\"", -6.9), ("s", -5), ("<", -9), (">", -9), ("/", -9), ("\u03c3", -9), ("\u03c2", -9), ("bb", -6.600000381), ("\u2581.", -11.3)]
DEBERTA = [("[PAD]", CONTROL), ("[CLS]", CONTROL), ("[SEP]", CONTROL), ("[UNK]", UNKNOWN)]
T5 = [("<pad>", CONTROL), ("</s>", CONTROL), ("<unk>", UNKNOWN)]
ALBERT = [("<pad>", CONTROL), ("<unk>", UNKNOWN), ("[CLS]", CONTROL), ("[SEP]", CONTROL), ("[MASK]", CONTROL)]
XLMR = [("<unk>", UNKNOWN), ("<s>", CONTROL), ("</s>", CONTROL)]


def spm(head, user=(), fallback=False, words=WORDS, charsmap=MAP, **normalizer):
    m = pb.ModelProto()
    rows = [(p, 0, t) for p, t in head] + [(p, 0, USER) for p in user]
    if fallback:
        rows += [("<0x%02X>" % b, 0, BYTE) for b in range(256)]
    rows += [(*w, NORMAL) if len(w) == 2 else w for w in words]
    for piece, score, kind in rows:
        m.pieces.add(piece=piece, score=score, type=kind)
    m.trainer_spec.unk_id = next(i for i, p in enumerate(m.pieces) if p.type == UNKNOWN)
    m.trainer_spec.unk_piece = m.pieces[m.trainer_spec.unk_id].piece
    m.trainer_spec.byte_fallback = fallback
    m.trainer_spec.vocab_size = len(m.pieces)
    for role, names in dict(pad=("[PAD]", "<pad>"), bos=("[CLS]", "<s>"), eos=("[SEP]", "</s>")).items():
        setattr(m.trainer_spec, role + "_id", next((i for i, p in enumerate(m.pieces) if p.piece in names), -1))
    m.normalizer_spec.name = "custom"
    if charsmap:
        m.normalizer_spec.precompiled_charsmap = base64.b64decode(chars_map(charsmap))
    for key, value in normalizer.items():
        setattr(m.normalizer_spec, key, value)
    return base64.b64encode(m.SerializeToString()).decode()


TEXTS = ["", " ", "ab ab", "  ab  cab ", "abcabcab aaaa", "zz \u4f60ab\u4f60\u4f60", "X\u00e9e\u0301\u0302\ufb01 \x01ab\x01", "a\u00a0\u3000\tb\n\nc\n", "\u200bab\u200b", "a-b--ab - -",
         "ab[MASK]ab [MASK] ab", "ab<mask> ab", "[CLS] a [SEP][UNK]", "</s> a</s>", "<s><pad><unk>a", "<extra_id_0> a<extra_id_1>b", "AB Ab\u03a3 \u03a3A\u03a3. I\u0130", "9,9 19, a9, 9,,",
         "ab.ab, .\"ab\"", "``ab'' a''", "\u2581ab\u2581\u2581a", "<0x41> \u00df\U0001f600", "a\u0301b\u0327 \u00e0\u0101\u1ea4", "\x1cab\x1f a\u2028b\u0085", "<new>ab<new> <NEW>", "a <new2>  b",
         "\u1112\u1161\u11ab\ud55c", "bbbb bbb abab", "xX-\uff0dX\u00e9-", "\ufffd\u00ad", "ab</s>", "[mask] [MASK]ab", "a\r\nb", "fi\u03c3\u03c2"]
CONFIG = {"deberta-v2": "spm.model", "xlm-roberta": "sentencepiece.bpe.model", "albert": "spiece.model", "t5": "spiece.model"}


def write(name, kind, model, tokenizer=None, special=None, added=None, config=True):
    files = {CONFIG[kind]: model}
    if config:
        files["config.json"] = json.dumps(dict(model_type=kind))
    for file, value in ("tokenizer_config.json", tokenizer), ("special_tokens_map.json", special), ("added_tokens.json", added):
        if value is not None:
            files[file] = json.dumps(value)
    with tempfile.TemporaryDirectory() as folder:
        for file, text in files.items():
            with open(os.path.join(folder, file), "wb") as f:
                f.write(base64.b64decode(text) if file.endswith(".model") else text.encode())
        fast = AutoTokenizer.from_pretrained(folder, use_fast=True)
        slow = AutoTokenizer.from_pretrained(folder, use_fast=False)
    assert fast.is_fast and not slow.is_fast
    ids = [slow(text, verbose=False)["input_ids"] for text in TEXTS]
    same = [fast(text, verbose=False)["input_ids"] == i for text, i in zip(TEXTS, ids)]
    pairs = [slow(a, b, verbose=False) for a, b in (("ab", "a b"), ("a</s>", ".</s>"))]
    pairs = [[p["input_ids"], p.get("token_type_ids", [0] * len(p["input_ids"]))] for p in pairs]
    line = dict(name=name, files=files, fast=fast.backend_tokenizer.to_str(), slow=ids, same=same, pairs=pairs)
    print(json.dumps(line, separators=(",", ":")))


def token(content, **flags):
    return dict(dict(content=content, lstrip=False, normalized=False, rstrip=False, single_word=False), **flags)


def decoder(*tokens, **ids):
    return {str(i): token(t, special=True) if isinstance(t, str) else t for i, t in tokens}


print(json.dumps(dict(texts=TEXTS), separators=(",", ":")))
hub = dict(do_lower_case=False, vocab_type="spm")
d = spm(DEBERTA)
n = len(DEBERTA) + len(WORDS)
write("deberta: the model alone", "deberta-v2", d)
write("deberta: as on the hub", "deberta-v2", d, hub)
write("deberta: byte fallback", "deberta-v2", spm(DEBERTA, fallback=True), hub)
write("deberta: user-defined symbols", "deberta-v2", spm(DEBERTA, user=["-", "X\u00e9", "\u2581ab.", "\u03a3"]), hub)
write("deberta: no character map", "deberta-v2", spm(DEBERTA, charsmap=None), hub)
write("deberta: unused pieces", "deberta-v2", spm(DEBERTA, words=[("ab", -1, UNUSED), *WORDS[:8], *WORDS[9:]]), hub)
write("deberta: no dummy prefix", "deberta-v2", spm(DEBERTA, add_dummy_prefix=False), hub)
write("deberta: spaces stay", "deberta-v2", spm(DEBERTA, remove_extra_whitespaces=False), hub)
write("deberta: lower case", "deberta-v2", d, dict(hub, do_lower_case=True))
write("deberta: split at punctuation", "deberta-v2", d, dict(hub, split_by_punct=True))
write("deberta: class in the configuration", "deberta-v2", d, dict(tokenizer_class="DebertaV2Tokenizer"), config=False)
write("deberta: saved by the fast tokenizer", "deberta-v2", spm(DEBERTA, user=["-"]), dict(
    added_tokens_decoder=decoder((0, "[PAD]"), (1, "[CLS]"), (2, "[SEP]"), (3, token("[UNK]", normalized=True, special=True)), (4, token("-", special=False)), (n + 1, "[MASK]")),
    bos_token="[CLS]", cls_token="[CLS]", do_lower_case=False, eos_token="[SEP]", mask_token="[MASK]", pad_token="[PAD]", sep_token="[SEP]",
    sp_model_kwargs={}, split_by_punct=False, tokenizer_class="DebertaV2Tokenizer", unk_token="[UNK]", model_max_length=512),
    dict(bos_token="[CLS]", mask_token=token("[MASK]", lstrip=True), unk_token=token("[UNK]", normalized=True)), {"[MASK]": n + 1})
write("deberta: older files", "deberta-v2", d, dict(hub, mask_token="[MASK]", unk_token="[UNK]"),
      dict(mask_token=token("[MASK]", lstrip=True), cls_token="[CLS]", additional_special_tokens=["<new2>"]), {"[MASK]": n, "<new>": n + 1, "<new2>": n + 2})
write("deberta: tokens of its own", "deberta-v2", d, dict(hub, additional_special_tokens=["<new>", token("<new2>", rstrip=True, __type="AddedToken")]))
write("deberta: special tokens of other names", "deberta-v2", d, dict(hub, mask_token="<mask>", unk_token="a", pad_token=None, cls_token="<s>"))
write("xlmr: the model alone", "xlm-roberta", spm(XLMR))
write("xlmr: with a configuration", "xlm-roberta", spm(XLMR, fallback=True), dict(model_max_length=512, tokenizer_class="XLMRobertaTokenizer"))
write("xlmr: user-defined symbols", "xlm-roberta", spm(XLMR, user=["-", "<mask>"], words=WORDS), dict(tokenizer_class="XLMRobertaTokenizer"))
write("xlmr: saved by the fast tokenizer", "xlm-roberta", spm(XLMR), dict(
    added_tokens_decoder=decoder((0, "<s>"), (1, "<pad>"), (2, "</s>"), (3, "<unk>"), (len(XLMR) + len(WORDS) + 1, token("<mask>", lstrip=True, normalized=True, special=True))),
    bos_token="<s>", cls_token="<s>", eos_token="</s>", mask_token="<mask>", pad_token="<pad>", sep_token="</s>", unk_token="<unk>", tokenizer_class="XLMRobertaTokenizer"),
    dict(mask_token=token("<mask>", lstrip=True)))
a = spm(ALBERT, user=["(", ")", "-", "."], words=[w for w in WORDS if w[0] != "."])
write("albert: the model alone", "albert", a)
write("albert: cased, accents stay", "albert", a, dict(do_lower_case=False, keep_accents=True, tokenizer_class="AlbertTokenizer"))
write("albert: accents stay", "albert", a, dict(keep_accents=True, remove_space=False))
write("albert: no character map", "albert", spm(ALBERT, charsmap=None), dict(do_lower_case=False))
write("albert: saved by the fast tokenizer", "albert", a, dict(
    added_tokens_decoder=decoder((0, "<pad>"), (1, "<unk>"), (2, "[CLS]"), (3, "[SEP]"), (4, token("[MASK]", lstrip=True, special=True)), (5, token("(", special=False))),
    bos_token="[CLS]", cls_token="[CLS]", do_lower_case=True, eos_token="[SEP]", keep_accents=False, mask_token="[MASK]", pad_token="<pad>", remove_space=True, sep_token="[SEP]",
    tokenizer_class="AlbertTokenizer", unk_token="<unk>"))
t = spm(T5)
write("t5: the model alone", "t5", t)
write("t5: few extra ids", "t5", t, dict(extra_ids=3, tokenizer_class="T5Tokenizer", add_prefix_space=True))
write("t5: no extra ids, no prefix", "t5", t, dict(extra_ids=0, add_prefix_space=False, legacy=True))
write("t5: not legacy", "t5", t, dict(extra_ids=2, legacy=False))
write("t5: tokens of its own", "t5", t, dict(extra_ids=2, additional_special_tokens=["<new>"], eos_token="</s>"))
write("t5: prefix is null", "t5", t, dict(extra_ids=0, add_prefix_space=None))
write("t5: extra ids spelled out", "t5", t, dict(extra_ids=2, additional_special_tokens=["<extra_id_0>", "<new>", "<extra_id_1>"]))
write("t5: byte fallback", "t5", spm(T5, fallback=True), dict(extra_ids=1))
