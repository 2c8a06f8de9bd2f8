"""Loads merged model folders with from_pretrained and compares their logits with LOGITS.jsonl.

Fails on any missing, unexpected or mismatched tensor, if a folder's tokenizer does not load or gives other ids for a
row's "text", or if a logit differs by more than --tolerance. Whatever the folder stores, the arithmetic is float32.
Needs torch, transformers >= 4.56.
"""

from logit_rows import CheckError, arguments, compare, read_rows, run

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer


def check(merged, logits, args):
    rows = read_rows(logits)
    model, info = AutoModelForSequenceClassification.from_pretrained(
        merged, dtype=torch.float32, ignore_mismatched_sizes=True, output_loading_info=True
    )
    problems = {what: keys for what, keys in info.items() if keys}
    if problems:
        raise CheckError(f"{merged}: " + "; ".join(f"{what}: {sorted(map(str, keys))}" for what, keys in problems.items()))
    if not args.no_tokenizer:
        check_tokenizer(merged, rows, args.max_length)
    compare(merged.name, model, rows, args.tolerance)


def check_tokenizer(folder, rows, max_length):
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder)
    except Exception as err:  # transformers raises many kinds here
        raise CheckError(f"{folder}: the tokenizer does not load: {err}") from err
    texts = 0
    for number, row in enumerate(rows, 1):
        if "text" not in row:
            continue
        texts += 1
        got, want = tokenizer(row["text"], truncation=True, max_length=max_length)["input_ids"], row["input_ids"]
        if got != want:
            at = next((i for i, (a, b) in enumerate(zip(got, want)) if a != b), min(len(got), len(want)))
            raise CheckError(f"{folder}: row {number}: ids differ from token {at}: the tokenizer gives {got[at:at + 5]}, the row has {want[at:at + 5]}")
    print(f"{folder.name}: {type(tokenizer).__name__}: {texts} texts, the same ids")


if __name__ == "__main__":
    parser = arguments(__doc__, "merged")
    parser.add_argument("--max-length", type=int, default=512, help="tokens a text is cut to (default %(default)s)")
    parser.add_argument("--no-tokenizer", action="store_true", help="the folders have none (rows of ids only)")
    run(check, parser)
