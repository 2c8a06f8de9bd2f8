"""Writes encoder/testdata/deberta_variants.safetensors: tiny DeBERTa models of every setting that lorica computes, with their
float64 logits, losses and gradients as transformers gives them. Run it from this folder:

    python make_deberta.py ../../../encoder/testdata/deberta_variants.safetensors
"""
import json
import sys

import torch
import transformers
from safetensors.torch import save_file
from transformers import DebertaV2Config, DebertaV2ForMaskedLM, DebertaV2ForSequenceClassification

V3 = dict(relative_attention=True, position_buckets=4, max_relative_positions=-1, pos_att_type="p2c|c2p", share_att_key=True,
          norm_rel_ebd="layer_norm", position_biased_input=False, type_vocab_size=0)
VARIANTS = {
    "shared": {},
    "untied": dict(share_att_key=False),
    "content to position": dict(pos_att_type="c2p"),
    "position to content, untied": dict(pos_att_type="p2c", share_att_key=False),
    "no buckets, far distances alike": dict(position_buckets=-1, max_relative_positions=5, norm_rel_ebd="none"),
    "absolute positions and types too": dict(position_biased_input=True, type_vocab_size=2),
    "no relative positions": dict(relative_attention=False, norm_rel_ebd="none", position_biased_input=True),
    "tanh pooler": dict(pooler_hidden_act="tanh"),
    "masked language model": dict(task="mlm"),
    "masked language model, head of v3": dict(task="mlm", legacy=False, tie_word_embeddings=False),  # tied, transformers 4.57 would tie the wrong layer
}
SEQUENCES = [[2, 5, 6, 7, 3], [2], [2, 8, 9, 4, 10, 11, 3, 5, 5, 6, 7, 8, 9, 3]]
MASKED = [[2], [], [1, 3, 4, 12]]


def main(out):
    tensors, settings = {}, {}
    for number, (name, change) in enumerate(VARIANTS.items()):
        change = dict(change)
        task = change.pop("task", "classification")
        config = DebertaV2Config(
            vocab_size=12, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=12, max_position_embeddings=16,
            hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, pooler_hidden_size=8, layer_norm_eps=1e-7, num_labels=3,
            **{**V3, **change})
        torch.manual_seed(100 + number)
        model = (DebertaV2ForMaskedLM if task == "mlm" else DebertaV2ForSequenceClassification)(config)
        with torch.no_grad():
            for key, p in model.named_parameters():
                p.normal_(0, 0.3)
                if "LayerNorm.weight" in key:
                    p.add_(1)
        stored = {key: p.detach().clone() for key, p in model.named_parameters()}
        model = model.double()
        outputs, losses = [], []
        for i, ids in enumerate(SEQUENCES):
            types = torch.tensor([[int(config.type_vocab_size > 1 and j > len(ids) // 2) for j in range(len(ids))]])
            logits = model(input_ids=torch.tensor([ids]), token_type_ids=types).logits[0]
            if task == "mlm":
                logits = logits[MASKED[i]]
                labels = torch.tensor([(ids[j] + 1) % 12 for j in MASKED[i]], dtype=torch.long)
            else:
                logits, labels = logits[None] if logits.dim() == 1 else logits, torch.tensor([i])
            outputs.append(logits)
            losses.append(torch.nn.functional.cross_entropy(logits, labels, reduction="sum"))
        loss = sum(losses) / sum(o.shape[0] for o in outputs)
        loss.backward()
        for key, p in model.named_parameters():
            tensors[f"{name}/{key}"] = stored[key]
            tensors[f"{name}/grad.{key}"] = p.grad.clone()
        tensors[f"{name}/logits"] = torch.cat(outputs).detach().clone()
        tensors[f"{name}/loss"] = loss.detach().clone()
        settings[name] = {"task": task, "config": {**config.to_diff_dict(), "model_type": "deberta-v2", "num_labels": 3}}
        settings[name]["config"].pop("transformers_version", None)
    about = f"written by internal/tooling/variants/make_deberta.py: transformers {transformers.__version__}, torch {torch.__version__}"
    save_file(tensors, out, {"about": about, "sequences": json.dumps(SEQUENCES), "masked": json.dumps(MASKED), "variants": json.dumps(settings)})


main(sys.argv[1])
