"""Prints how fast Hugging Face's library encodes reviews with offsets, one thread: the peer of BenchmarkEncodeReviews.

    pip install tokenizers==0.22.2
    python speed.py reviews.jsonl tokenizer.json...

MB are 10**6 bytes of UTF-8; the time is processor time, the best of four rounds.
"""
import json
import os
import sys
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
from tokenizers import Tokenizer, __version__  # noqa: E402 (reads the environment)

texts = [json.loads(line)["review"] for line in open(sys.argv[1], encoding="utf-8")]
size = sum(len(text.encode()) for text in texts)
for path in sys.argv[2:]:
    tokenizer = Tokenizer.from_file(path)
    best = float("inf")
    for _ in range(4):
        start = time.process_time()
        for i in range(0, len(texts), 256):
            tokenizer.encode_batch(texts[i:i + 256])
        best = min(best, time.process_time() - start)
    print("tokenizers %s %s %.2f MB/s" % (__version__, path, size / best / 1e6), flush=True)
