"""Records which modules PEFT adapts, and what it saves, for many target specifications on every architecture.

Prints JSON that encoder/testdata/peft_targets.json holds. Models have a few units and random weights; those of "sizes" have
the published shapes and no weights at all. Needs torch, transformers 4.56 or 4.57, peft 0.21, safetensors.
"""

import copy
import json
import tempfile
import warnings
from pathlib import Path

import peft
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModelForSequenceClassification

PREFIX = "base_model.model."
SHAPE = dict(vocab_size=11, hidden_size=4, num_hidden_layers=2, num_attention_heads=2, intermediate_size=6, max_position_embeddings=9)
CONFIGS = {
    "bert": SHAPE,
    "roberta": SHAPE,
    "xlm-roberta": SHAPE,
    "electra": SHAPE | dict(embedding_size=3),
    "distilbert": dict(vocab_size=11, dim=4, n_layers=2, n_heads=2, hidden_dim=6, max_position_embeddings=9),
}

# The names that stand for the same places: distilbert has others.
SHARED = dict(q="query", k="key", v="value", o="attention.output.dense", stack="encoder", block="layer", pre="dense", up="intermediate.dense", down="output.dense")
DISTILBERT = dict(q="q_lin", k="k_lin", v="v_lin", o="out_lin", stack="transformer", block="layer", pre="pre_classifier", up="lin1", down="lin2")


def cases(model_type):
    n = DISTILBERT if model_type == "distilbert" else SHARED
    q, v, up = n["q"], n["v"], n["up"]
    stem = {"xlm-roberta": "roberta"}.get(model_type, model_type)
    first = f"{stem}.{n['stack']}.{n['block']}.0.attention.{q if model_type == 'distilbert' else 'self.' + q}"
    yield dict(target_modules=[q])
    yield dict(target_modules=[q, v])
    yield dict(target_modules=["dense"])
    yield dict(target_modules=[n["pre"], v])
    yield dict(target_modules=[n["down"]])
    yield dict(target_modules=[up, n["o"], "nothing"])
    yield dict(target_modules="all-linear")
    yield dict(target_modules="All-Linear")
    yield dict(target_modules=["all-linear"])
    yield dict(target_modules="all-linear", exclude_modules=[v])
    yield dict(target_modules="all-linear", exclude_modules=rf".*\.1\..*({q}|{v})")
    yield dict(target_modules=rf".*\.{q}")
    yield dict(target_modules=rf".*\.0\..*({q}|{v})")
    yield dict(target_modules=rf"{q}")
    yield dict(target_modules=rf".*({v}|{q}")
    yield dict(target_modules=rf".*\.{n['block']}\.1\..*{up}|.*\.0\..*{q}")
    yield dict(target_modules=["classifier"])
    yield dict(target_modules=[q, "classifier"])
    yield dict(target_modules=[q, "pooler.dense"])
    yield dict(target_modules=[q, "out_proj"])
    yield dict(target_modules=["embeddings_project", v])
    yield dict(target_modules=[first])
    yield dict(target_modules=[first[1:]])
    yield dict(target_modules=[q, v], exclude_modules=[q])
    yield dict(target_modules=[q, v], exclude_modules=[first])
    yield dict(target_modules=[q, v], exclude_modules=rf".*\.0\..*")
    yield dict(target_modules=[q, v], exclude_modules=q)
    yield dict(target_modules=[q, v], layers_to_transform=[1])
    yield dict(target_modules=[q, v], layers_to_transform=0)
    yield dict(target_modules=[q, v], layers_to_transform=[])
    yield dict(target_modules=[q, v], layers_to_transform=[7])
    yield dict(target_modules=[first, v], layers_to_transform=[1])
    yield dict(target_modules=["dense", v], layers_to_transform=[0])
    yield dict(target_modules=[q, v], layers_to_transform=[1], layers_pattern="layer")
    yield dict(target_modules=[q, v], layers_to_transform=[1], layers_pattern=["h", "layer"])
    yield dict(target_modules=[q, v], layers_to_transform=[1], layers_pattern="blocks")
    yield dict(target_modules=[q, v], layers_pattern="layer")
    yield dict(target_modules=rf".*{q}", layers_to_transform=[1])
    yield dict(target_modules="all-linear", layers_to_transform=[1])
    yield dict(target_modules=[q, v, up], rank_pattern={v: 3})
    yield dict(target_modules=[q, v, up], rank_pattern={q[1:]: 3, rf"0\..*{v}": 1, "lin1": 5, "intermediate.dense": 5})
    yield dict(target_modules=[q, v, up], rank_pattern={rf".*{q}": 3, first: 1})
    yield dict(target_modules=[q, v, up], rank_pattern={f"^{first}": 3, rf".*\.1\..*": 1})
    yield dict(target_modules=[q, v, up], alpha_pattern={v: 7, "lin1": 2, "dense": 2})
    yield dict(target_modules=[q, v], rank_pattern={v: 4}, alpha_pattern={v: 6}, use_rslora=True)
    yield dict(target_modules=[q], modules_to_save=["pooler"])
    yield dict(target_modules=["dense", v], modules_to_save=["pooler"])
    yield dict(target_modules=[q], modules_to_save=["pooler.dense", "embeddings"])
    yield dict(target_modules=[q], modules_to_save=["LayerNorm", "layer_norm"])
    yield dict(target_modules=[q, up], modules_to_save=["1.intermediate.dense", "1.ffn.lin1"])
    yield dict(target_modules=["word_embeddings"])
    yield dict(target_modules=[q, "word_embeddings"])
    yield dict(target_modules=[q, "LayerNorm", "sa_layer_norm"])
    yield dict(target_modules=[q, "output", "ffn"])
    yield dict(target_modules=r".*\.0\..*")
    yield dict(target_modules=["nothing"])
    yield dict(target_modules=[q], task_type=None)
    yield dict(target_modules="all-linear", task_type=None)
    yield dict(target_modules=["dense", "pre_classifier"], task_type=None)
    yield dict(target_modules=[q], task_type=None, modules_to_save=["classifier"])


def result(config, spec):
    torch.manual_seed(1)
    model = AutoModelForSequenceClassification.from_config(config)
    try:
        adapted = get_peft_model(model, LoraConfig(**dict(r=2, lora_alpha=6, task_type="SEQ_CLS") | spec))
    except Exception as err:  # PEFT raises many kinds
        return {"error": f"{type(err).__name__}: {err}".split("\n")[0][:160]}
    trainable, total = adapted.get_nb_trainable_parameters()
    with tempfile.TemporaryDirectory() as folder:
        adapted.save_pretrained(folder)
        saved = load_file(Path(folder) / "adapter_model.safetensors")
        written = json.loads((Path(folder) / "adapter_config.json").read_text())
        fresh = AutoModelForSequenceClassification.from_config(config)
        try:
            PeftModel.from_pretrained(fresh, folder)
        except Exception as err:
            return {"error": f"loading: {type(err).__name__}: {err}".split("\n")[0][:160]}
    saved = {key.removeprefix(PREFIX): tensor for key, tensor in saved.items()}
    layers = {}
    for name, module in adapted.base_model.model.named_modules():
        if hasattr(module, "lora_A") and len(getattr(module, "lora_A")):
            layers[name] = [module.r["default"], round(module.scaling["default"], 6)]
    derived = {f"{name}.{half}.weight" for name in layers for half in ("lora_A", "lora_B")}
    out = dict(modules=layers, also_saved=sorted(saved.keys() - derived), trainable=trainable, all=total)
    if missing := sorted(derived - saved.keys()):
        out["not_saved"] = missing
    if written["target_modules"] != spec["target_modules"] and sorted(written["target_modules"]) != sorted(spec["target_modules"]):
        out["written_targets"] = sorted(written["target_modules"])
    return out


def sizes():
    """Counts at published shapes, on torch's device without memory."""
    roberta = dict(vocab_size=50265, hidden_size=768, num_hidden_layers=12, num_attention_heads=12, intermediate_size=3072, max_position_embeddings=514, type_vocab_size=1)
    base = dict(vocab_size=30522, hidden_size=768, num_hidden_layers=12, num_attention_heads=12, intermediate_size=3072, max_position_embeddings=512)
    distil = dict(vocab_size=30522, dim=768, n_layers=6, n_heads=12, hidden_dim=3072, max_position_embeddings=512)
    qkv, qv = ["query", "key", "value"], ["query", "value"]
    for model_type, shape, spec in [
        ("roberta", roberta, dict(target_modules=qkv, r=4)), ("roberta", roberta, dict(target_modules=qv, r=4)),
        ("bert", base, dict(target_modules=qv, r=4)), ("electra", base | dict(embedding_size=768), dict(target_modules="all-linear", r=8)),
        ("distilbert", distil, dict(target_modules=["q_lin", "v_lin"], r=8)),
    ]:
        config = AutoConfig.for_model(model_type, **shape)
        with torch.device("meta"):
            model = AutoModelForSequenceClassification.from_config(config)
            alone = sum(p.numel() for p in model.parameters())
            trainable, total = get_peft_model(model, LoraConfig(lora_alpha=32, task_type="SEQ_CLS", **spec)).get_nb_trainable_parameters()
        yield dict(config=dict(model_type=model_type) | shape, spec=spec, base=alone, trainable=trainable, all=total)


def main():
    warnings.filterwarnings("ignore")
    transformers.logging.set_verbosity_error()
    out = dict(
        about=f"written by internal/tooling/peft/make_targets.py: peft {peft.__version__}, transformers {transformers.__version__}; r 2, lora_alpha 6, task_type SEQ_CLS where a case does not say otherwise",
        sizes=list(sizes()), architectures={},
    )
    for model_type, shape in CONFIGS.items():
        config = AutoConfig.for_model(model_type, **shape)
        rows = []
        for spec in cases(model_type):
            given = copy.deepcopy(spec)  # PEFT appends to its lists
            rows.append(dict(spec=spec, result=result(config, given)))
        out["architectures"][model_type] = dict(config=dict(model_type=model_type) | shape, cases=rows)
    # One case a line: small, and a change shows as a line.
    text = json.dumps(out, separators=(",", ":"), sort_keys=False)
    print(text.replace('{"spec":', '\n{"spec":').replace('{"config":', '\n{"config":'))


if __name__ == "__main__":
    main()
