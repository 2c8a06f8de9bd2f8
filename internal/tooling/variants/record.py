"""What the scripts of this folder share: float64 logits, losses and gradients of tiny models, as transformers gives them."""
import json

import torch
import transformers
from safetensors.torch import save_file

SEQUENCES = [[2, 5, 6, 7, 3], [2], [2, 8, 9, 4, 10, 11, 3, 5, 5, 6, 7, 8, 9, 3]]
MASKED = [[2], [], [1, 3, 4, 12]]


def record(out, script, variants, build):
    """Writes out for variants, settings by name. build makes a model from a task, "classification" or "mlm", and settings."""
    tensors, settings = {}, {}
    for number, (name, change) in enumerate(variants.items()):
        change = dict(change)
        task = change.pop("task", "classification")
        torch.manual_seed(100 + number)
        model = build(task, change)
        config = model.config
        with torch.no_grad():
            for key, p in model.named_parameters():
                p.normal_(0, 0.3)
                if p.dim() == 1 and key.endswith("orm.weight"):
                    p.add_(1)
        stored = {key: p.detach().clone() for key, p in model.named_parameters()}
        model = model.double()
        outputs, losses = [], []
        for i, ids in enumerate(SEQUENCES):
            x = {"input_ids": torch.tensor([ids])}
            if hasattr(config, "type_vocab_size"):
                x["token_type_ids"] = torch.tensor([[int(config.type_vocab_size > 1 and j > len(ids) // 2) for j in range(len(ids))]])
            logits = model(**x).logits[0]
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
            tensors[f"{name}/grad.{key}"] = p.grad.float()  # computed in float64, and as far as a float32 goes
        tensors[f"{name}/logits"] = torch.cat(outputs).detach().clone()
        tensors[f"{name}/loss"] = loss.detach().clone()
        settings[name] = {"task": task, "config": {**config.to_diff_dict(), "model_type": config.model_type, "num_labels": 3}}
        settings[name]["config"].pop("transformers_version", None)
    about = f"written by internal/tooling/variants/{script}: transformers {transformers.__version__}, torch {torch.__version__}"
    save_file(tensors, out, {"about": about, "sequences": json.dumps(SEQUENCES), "masked": json.dumps(MASKED), "variants": json.dumps(settings)})
