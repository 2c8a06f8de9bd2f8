"""Loads adapters with PEFT on their base models and compares their logits with LOGITS.jsonl.

Fails if an adapter's tensors are not exactly those that PEFT itself would save for this model and adapter_config.json,
if part of the head is in neither folder, or if a logit differs by more than --tolerance.
Needs torch, transformers >= 4.56, peft, safetensors.
"""

import re

from logit_rows import CheckError, arguments, compare, read_rows, run

import torch
from peft import PeftModel, get_peft_model_state_dict
from safetensors.torch import load_file
from transformers import AutoModelForSequenceClassification, logging

logging.set_verbosity_error()  # a base without a classifier is normal here; check() judges what is missing
PREFIX = "base_model.model."
OUTPUT_WEIGHT = re.compile(re.escape(PREFIX) + r"(classifier|score)(\.out_proj)?\.weight")  # [labels, width]


def check(base, adapter, logits, args):
    rows = read_rows(logits)
    saved = load_file(adapter / "adapter_model.safetensors")
    outputs = [t for key, t in saved.items() if OUTPUT_WEIGHT.fullmatch(key)]
    if len(outputs) != 1:
        raise CheckError(f"{adapter}: want one output layer (classifier or score), got {len(outputs)}")

    # The base's own output layer may have another number of labels: the adapter's replaces it.
    model, info = AutoModelForSequenceClassification.from_pretrained(
        base, num_labels=len(outputs[0]), dtype=torch.float32, ignore_mismatched_sizes=True, output_loading_info=True
    )
    # Mismatched keys are names or (name, shape, shape), depending on the version.
    fresh = set(info["missing_keys"]) | {key if isinstance(key, str) else key[0] for key in info["mismatched_keys"]}
    refuse(adapter, "in neither the base nor the adapter (random after loading)", {k for k in fresh if PREFIX + k not in saved})

    try:
        model = PeftModel.from_pretrained(model, adapter)
    except (KeyError, RuntimeError, TypeError, ValueError) as err:
        raise CheckError(f"{adapter}: PEFT does not load it: {err!r}") from err
    # PEFT reports neither unexpected tensors nor a missing head, so compare with what it would save.
    loaded = get_peft_model_state_dict(model, save_embedding_layers=False)
    refuse(adapter, "missing from the adapter", loaded.keys() - saved.keys())
    refuse(adapter, "unexpected in the adapter", saved.keys() - loaded.keys())
    compare(adapter.name, model, rows, args.tolerance)


def refuse(adapter, what, keys):
    if keys:
        raise CheckError(f"{adapter}: {what}: {', '.join(sorted(keys))}")


if __name__ == "__main__":
    run(check, arguments(__doc__, "base", "adapter"))
