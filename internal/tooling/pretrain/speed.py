"""Times PyTorch's masked-language-model training on texts of one length, and writes the same texts for lorica pretrain.

    python3 speed.py --model-config base/model/config.json --rows rows.jsonl

A step is what transformers' Trainer makes of it: forward, cross-entropy of the masked tokens, backward, clipping to norm 1,
fused AdamW, linear schedule, all in float32. transformers computes the language model's head for every token; with
--masked-rows-only it is computed for the masked ones, as lorica does. The last line is a JSON object; above it stands the
command to run beside it. Needs torch and transformers >= 4.48.
"""

import argparse
import json
import os
import statistics
import time

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--model-config", required=True, help="the config.json of a model that lorica pretrain takes, or has made")
parser.add_argument("--rows", help="write the texts, as token ids, into this .jsonl file")
parser.add_argument("--tokenizer", default="tok", help="shown in lorica's command (default %(default)s)")
parser.add_argument("--texts", type=int, default=32, help="texts a step (default %(default)s)")
parser.add_argument("--tokens", type=int, default=128, help="tokens a text (default %(default)s)")
parser.add_argument("--steps", type=int, default=20, help="steps that are timed, after 2 that are not (default %(default)s)")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--mask-share", type=float, default=0.15)
parser.add_argument("--masked-rows-only", action="store_true", help="compute the language model's head for masked tokens only")
args = parser.parse_args()

os.environ["OMP_NUM_THREADS"] = str(args.threads)
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import torch
import transformers
from torch.nn.functional import cross_entropy
from transformers import AutoConfig, AutoModelForMaskedLM, get_linear_schedule_with_warmup

WARM = 2
IGNORED = -100

torch.set_num_threads(args.threads)
torch.manual_seed(42)
config = AutoConfig.for_model(**json.load(open(args.model_config)))
model = AutoModelForMaskedLM.from_config(config).train()
total = args.steps + WARM
# Ids from 5 on are words in the vocabularies of lorica tokenizer train; the mask is the last of those before them.
MASK, FIRST_WORD = 4, 5
ids = torch.randint(FIRST_WORD, config.vocab_size, (total, args.texts, args.tokens))


def masked(text):
    """Hides a share of the tokens: of ten, eight become the mask, one a random word, one stays."""
    labels, draw = text.clone(), torch.rand(text.shape)
    chosen = torch.rand(text.shape) < args.mask_share
    labels[~chosen] = IGNORED
    hidden = torch.where(chosen & (draw < 0.8), MASK, text)
    return torch.where(chosen & (draw >= 0.9), torch.randint_like(text, FIRST_WORD, config.vocab_size), hidden), labels


def loss_of(text, labels):
    """Computes the loss with the head on the masked tokens alone."""
    chosen = labels != IGNORED
    hidden = model.base_model(input_ids=text, attention_mask=torch.ones_like(text)).last_hidden_state[chosen]
    logits = model.lm_head(hidden) if hasattr(model, "lm_head") else model.decoder(model.head(hidden))
    return cross_entropy(logits, labels[chosen])


optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.98), eps=1e-6, weight_decay=0.01, fused=True)
schedule = get_linear_schedule_with_warmup(optimizer, 0, total)
seconds = []
for step in range(total):
    text, labels = masked(ids[step])
    start = time.perf_counter()
    if args.masked_rows_only:
        loss = loss_of(text, labels)
    else:
        loss = model(input_ids=text, attention_mask=torch.ones_like(text), labels=labels).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    schedule.step()
    optimizer.zero_grad()
    seconds.append(time.perf_counter() - start)

if args.rows:
    with open(args.rows, "w", encoding="utf-8") as file:
        for text in ids.reshape(-1, args.tokens).tolist():
            file.write(json.dumps({"input_ids": text}) + "\n")
    print(
        f"lorica pretrain --tokenizer {args.tokenizer} --model-config {args.model_config} --data {args.rows} --test-size 0"
        f" --batch-tokens {args.texts * args.tokens} --micro-tokens {args.texts * args.tokens} --mask-share {args.mask_share}"
        f" --epochs 1 --log-every {max(1, args.steps // 2)} --threads {args.threads} --out speed"
    )
tokens = args.texts * args.tokens
timed = seconds[WARM:]
print(json.dumps({
    "torch": torch.__version__, "transformers": transformers.__version__, "threads": args.threads,
    "parameters": sum(p.numel() for p in model.parameters()), "texts": args.texts, "tokens": args.tokens,
    "masked_rows_only": args.masked_rows_only, "loss": round(loss.item(), 4),
    "tokens_per_s": round(tokens / statistics.median(timed)), "best_tokens_per_s": round(tokens / min(timed)),
}))
