"""Rows of reference logits, and the comparison that check_adapter.py and check_merged.py share.

A row is one JSON line: {"input_ids": [...], "logits": [...]}, with "token_type_ids" and "text" where they matter.
"""

import argparse
import json
import math
import os
import sys
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # both checks are about local files; set before transformers is imported

import torch


class CheckError(Exception):
    """The files under test are not what they should be."""


def arguments(doc, *folders):
    """A parser for groups of FOLDER... LOGITS.jsonl; groups() tells them apart."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    group = " ".join([name.upper() for name in folders] + ["LOGITS.jsonl"])
    parser.add_argument("paths", type=Path, nargs="+", metavar="PATH", help=f"{group}, once or several times")
    parser.add_argument("--tolerance", type=float, default=1e-4, help="largest |difference| allowed (default %(default)s)")
    parser.set_defaults(group=group, size=len(folders) + 1)
    return parser


def groups(parser, args):
    """The paths, FOLDER... LOGITS.jsonl at a time."""
    if len(args.paths) % args.size:
        parser.error(f"{len(args.paths)} paths are not groups of {args.group}")
    for at in range(0, len(args.paths), args.size):
        group = args.paths[at : at + args.size]
        for folder in group[:-1]:
            if not folder.is_dir():  # a misspelt folder would otherwise be taken for a model id
                parser.error(f"{folder}: not a folder")
        yield group


def read_rows(path):
    """All rows of a file, each with ids and finite logits, and as many logits as the first."""
    rows = []
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
                ids, logits = row["input_ids"], row["logits"]
                types = row.get("token_type_ids", ids)
                finite = all(math.isfinite(x) for x in logits)
            except (ValueError, KeyError, TypeError, AttributeError) as err:
                raise CheckError(f"{path}:{number}: not a row of input_ids and logits: {err!r}") from err
            if not ids or len(types) != len(ids):
                raise CheckError(f"{path}:{number}: {len(ids)} input_ids, {len(types)} token_type_ids")
            if not finite or len(logits) != len((rows or [row])[0]["logits"]):
                raise CheckError(f"{path}:{number}: logits {logits}: want finite numbers, as many as in the first row")
            rows.append(row)
    if not rows:
        raise CheckError(f"{path}: no rows")
    return rows


@torch.inference_mode()
def compare(name, model, rows, tolerance):
    """Runs the rows one at a time, without padding and without dropout, and prints how far the logits lie apart."""
    model.eval()
    worst, worst_row, flips, top = 0.0, 1, 0, 0.0
    for number, row in enumerate(rows, 1):
        inputs = {k: torch.tensor([row[k]]) for k in ("input_ids", "token_type_ids") if k in row}
        inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
        got, want = model(**inputs).logits[0].double(), torch.tensor(row["logits"], dtype=torch.float64)
        if got.shape != want.shape:
            raise CheckError(f"{name}: row {number}: the model gives {got.numel()} logits, the row has {want.numel()}")
        difference = (got - want).abs().max().nan_to_num(nan=math.inf).item()
        if difference > worst:
            worst, worst_row = difference, number
        flips += int(got.argmax() != want.argmax())
        top = max(top, want.abs().max().item())
    print(f"{name}: {len(rows)} rows, logits up to {top:.3g}, max |difference| {worst:.3g} (row {worst_row}), {flips} flipped labels")
    if worst > tolerance:
        raise CheckError(f"{name}: max |difference| {worst:.3g} is above {tolerance:g}")


def run(check, parser):
    """Checks every group; exits 1 if one fails, with a line on stderr for each that does."""
    args = parser.parse_args()
    failed = 0
    for group in list(groups(parser, args)):
        try:
            check(*group, args)
        except CheckError as err:
            failed += 1
            print(f"{Path(sys.argv[0]).name}: {err}", file=sys.stderr)
    if failed:
        sys.exit(1)
    print("ok")
