"""Writes trained.jsonl.gz: what the trainers of Hugging Face's tokenizers learn from small texts.

    pip install tokenizers==0.22.2
    python make_trained.py | gzip -9n > trained.jsonl.gz

A line has the settings ("kind", "vocab_size", "min_frequency", "special", "limit_alphabet", "lowercase", "add_prefix_space"), "texts", what the
library learns ("tokens" by id, "merges") and "samples": texts with their ids, special tokens included, after a pipeline as RoBERTa or BERT has
it. WordPieceTrainer numbers characters in the order of a hash table. They are pinned here, as special tokens, to the order of their code points:
first all as they are, then with ## those that occur within words. Every case is learnt three times, and all have to agree.
"""
import json
import os
import random
import sys

os.environ["TOKENIZERS_PARALLELISM"] = "false"
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers  # noqa: E402

ROBERTA = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
BERT = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
SAMPLES = ["The dragons aren't fair, but refunding was quick!", "  two  spaces\tand a tab\n", "caf\u00e9 \u00fcber na\u00efve \U0001f44d\U0001f3fd \u4f60\u597d", "",
           "fill the <mask> and the [MASK].", "ABBA abba aab", "\u0130stanbul \u1e9e \u03a3"]

REVIEWS = """\
The first boss took me an hour, the second took me a week, and I would do it again.
It's a fine little puzzle game; the puzzles aren't hard but they're clever.
Crashes at the title screen. Crashes in the menu. Crashes when I look at the store page. Refunded.
My brother and I played the whole campaign in one sitting, then we played it again.
I've got 900 hours in this and I still can't parry.
Not worth 40 bucks, but worth every cent at 10.
The soundtrack!!! THE SOUNDTRACK!!! I bought it twice.
they'll tell you it's like chess. it's not like chess. it's like being hit by a chessboard
Controls feel like steering a shopping trolley through soup.
Beautiful, slow, sad. I called my dad afterwards.
10/10 would be eaten by a bear again, and again, and again
servers down since tuesday & no word from the devs :(
Early access done right: four patches in four weeks, and the roadmap is real.
If you liked the old ones you'll like this one, and if you didn't you'll hate it.
The writing is good, the voices are good, the ending is missing.
Played it on a laptop from 2012, ran at 60 fps, no complaints.
""".splitlines()
LANGUAGES = ["\u00dcber den W\u00e4ldern f\u00e4llt Schnee, \u00fcber den Feldern auch.", "Le caf\u00e9 est fra\u00eeche\u2026 non, la bi\u00e8re est fra\u00eeche.", "\u4f60\u597d\uff0c\u4e16\u754c\u3002\u4f60\u597d\u3002",
             "\u041e\u0447\u0435\u043d\u044c \u0445\u043e\u0440\u043e\u0448\u0430\u044f \u0438\u0433\u0440\u0430, \u043e\u0447\u0435\u043d\u044c.", "\U0001f525\U0001f525\U0001f525 so good \U0001f525\U0001f44d\U0001f3fd\U0001f44d\U0001f3fd", "na\u00efve na\u0069\u0308ve \u0130\u0130 \u1e9e\u1e9e",
             "\u3053\u3093\u306b\u3061\u306f \u3053\u3093\u3070\u3093\u306f", "tab\ttab  two   three\u00a0nbsp\u00a0nbsp"]
SPECIALS = ["<s> is not a token here </s>", "the <mask> of the <mask> of", "[CLS] [SEP] the the the", "<s><s><s> <unk> <pad>"] * 2


def noise(seed, letters, words, longest):
    """Words over few letters: ties, overlapping pairs, and texts that several merges make."""
    rng = random.Random(seed)
    return [" ".join("".join(rng.choice(letters) for _ in range(rng.randint(1, longest))) for _ in range(rng.randint(1, 8))) for _ in range(words)]


def learn(case):
    texts, special, lower = case["texts"], case["special"], case["lowercase"]
    if case["kind"] == "bpe":
        t = Tokenizer(models.BPE())
        t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=case["add_prefix_space"])
        if lower:
            t.normalizer = normalizers.Lowercase()
        trainer = trainers.BpeTrainer(vocab_size=case["vocab_size"], min_frequency=case["min_frequency"], special_tokens=special,
                                      initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
        t.train_from_iterator(texts, trainer)
        model = json.loads(t.to_str())["model"]
        return by_id(model["vocab"]), model["merges"]
    t = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.normalizer = normalizers.BertNormalizer(lowercase=lower)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    count, within = {}, set()
    for text in texts:
        for word, _ in t.pre_tokenizer.pre_tokenize_str(t.normalizer.normalize_str(text)):
            for i, c in enumerate(word):
                count[c] = count.get(c, 0) + 1
                if i > 0:
                    within.add(c)
    kept, limit = sorted(count), case["limit_alphabet"]
    options = {}
    if limit and limit < len(kept):
        ranked = sorted(count, key=lambda c: -count[c])
        assert count[ranked[limit - 1]] > count[ranked[limit]], "a tie at the limit: the library picks by chance"
        kept = sorted(ranked[:limit])
        options["limit_alphabet"] = limit
    pinned = special + kept + ["##" + c for c in kept if c in within]
    trainer = trainers.WordPieceTrainer(vocab_size=case["vocab_size"], min_frequency=case["min_frequency"], special_tokens=pinned, show_progress=False, **options)
    t.train_from_iterator(texts, trainer)
    return by_id(json.loads(t.to_str())["model"]["vocab"]), None


def by_id(vocab):
    tokens = [None] * len(vocab)
    for token, i in vocab.items():
        tokens[i] = token
    return tokens


def pipeline(case, tokens, merges):
    vocab = {token: i for i, token in enumerate(tokens)}
    if case["kind"] == "bpe":
        t = Tokenizer(models.BPE(vocab=vocab, merges=[tuple(m) for m in merges]))
        if case["lowercase"]:
            t.normalizer = normalizers.Lowercase()
        t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=case["add_prefix_space"])
        t.post_processor = processors.RobertaProcessing(sep=("</s>", vocab["</s>"]), cls=("<s>", vocab["<s>"]), trim_offsets=True,
                                                        add_prefix_space=case["add_prefix_space"])
        t.decoder = decoders.ByteLevel()
    else:
        t = Tokenizer(models.WordPiece(vocab=vocab, unk_token="[UNK]"))
        t.normalizer = normalizers.BertNormalizer(lowercase=case["lowercase"])
        t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        t.post_processor = processors.BertProcessing(sep=("[SEP]", vocab["[SEP]"]), cls=("[CLS]", vocab["[CLS]"]))
        t.decoder = decoders.WordPiece()
    t.add_special_tokens([AddedToken(s, lstrip=s == "<mask>", normalized=False) for s in case["special"]])
    return t


def cases():
    def case(name, kind, texts, size, least=2, special=None, limit=0, lowercase=False, prefix=False):
        return {"name": name, "kind": kind, "vocab_size": size, "min_frequency": least, "limit_alphabet": limit, "lowercase": lowercase, "add_prefix_space": prefix,
                "special": special or (ROBERTA if kind == "bpe" else BERT), "texts": texts}

    for size in (261, 262, 300, 500, 5000):
        for least in (1, 2, 5):
            yield case(f"reviews, {size} tokens that occur {least} times", "bpe", REVIEWS, size, least)
    yield case("languages", "bpe", LANGUAGES, 600, 1)
    yield case("languages in lower case", "bpe", LANGUAGES, 600, 1, lowercase=True)
    yield case("a space before each text", "bpe", REVIEWS, 600, 1, prefix=True)
    yield case("a space before each text, in lower case", "bpe", LANGUAGES + REVIEWS, 500, 2, lowercase=True, prefix=True)
    yield case("a space before special tokens", "bpe", SPECIALS + REVIEWS, 700, 1, prefix=True)
    yield case("special tokens in the texts", "bpe", SPECIALS + REVIEWS, 700, 1)
    yield case("special tokens that are bytes and words", "bpe", SPECIALS + REVIEWS, 700, 1, ROBERTA + ["the", "a", "\u0120the", "re", "["])
    for seed in range(40):
        letters = ["ab", "abc", "aab", "abcdefgh"][seed % 4]
        yield case(f"noise {seed}", "bpe", noise(seed, letters, 12 + seed, 3 + seed % 11), 290 + 7 * seed, 1 + seed % 3)
    for size in (200, 300, 2000):
        for lowercase in (False, True):
            yield case(f"reviews, {size} tokens, lower case {lowercase}", "wordpiece", REVIEWS, size, 1 + size % 2, lowercase=lowercase)
    yield case("languages", "wordpiece", LANGUAGES, 400, 1)
    yield case("languages in lower case", "wordpiece", LANGUAGES, 400, 1, lowercase=True)
    yield case("a limited alphabet", "wordpiece", REVIEWS + LANGUAGES, 300, 2, limit=22)
    yield case("a very limited alphabet", "wordpiece", REVIEWS, 200, 1, limit=5)
    yield case("an alphabet below its limit", "wordpiece", REVIEWS, 300, 1, limit=1000)
    yield case("special tokens in the texts", "wordpiece", SPECIALS + REVIEWS, 400, 1, BERT + ["the", "##e", "a"])
    for seed in range(40, 80):
        letters = ["ab", "abc", "aab", "abcdefgh"][seed % 4]
        yield case(f"noise {seed}", "wordpiece", noise(seed, letters, seed - 28, 3 + seed % 11), 30 + 5 * (seed - 40), 1 + seed % 3)


written, dropped = 0, 0
for case in cases():
    tokens, merges = learn(case)
    if any(learn(case) != (tokens, merges) for _ in range(2)):
        dropped += 1
        print("the library disagrees with itself:", case["kind"], case["name"], file=sys.stderr)
        continue
    t = pipeline(case, tokens, merges or [])
    samples = [{"text": s, "ids": t.encode(s).ids} for s in SAMPLES + case["texts"][:3]]
    print(json.dumps({**case, "tokens": tokens, "merges": merges, "samples": samples}))
    written += 1
print(written, "cases,", dropped, "left out", file=sys.stderr)
