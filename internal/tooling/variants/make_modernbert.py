"""Writes encoder/testdata/modernbert_variants.safetensors: tiny ModernBERT models of every setting that lorica computes, with
their float64 logits, losses and gradients as transformers gives them. Run it from this folder:

    python make_modernbert.py ../../../encoder/testdata/modernbert_variants.safetensors
"""
import sys

from record import record

import torch
from transformers import ModernBertConfig, ModernBertForMaskedLM, ModernBertForSequenceClassification
from transformers.models.modernbert.modeling_modernbert import ModernBertRotaryEmbedding

BIASES = dict(attention_bias=True, mlp_bias=True, norm_bias=True, classifier_bias=True)
VARIANTS = {
    "first token, last layer local, biases": dict(classifier_pooling="cls", **BIASES),
    "first token, all layers global, other activations": dict(
        classifier_pooling="cls", global_attn_every_n_layers=1, global_rope_theta=500.0, hidden_activation="gelu_pytorch_tanh", classifier_activation="tanh"),
    "mean, one theta, odd window": dict(classifier_pooling="mean", local_rope_theta=None, local_attention=5),
    "masked language model, last layer local, biases": dict(task="mlm", classifier_activation="relu", **BIASES),
    "masked language model, last layer global, no decoder bias": dict(task="mlm", global_attn_every_n_layers=1, decoder_bias=False),
}


def angles(self, x, position_ids):
    """The module's forward computes in float32 whatever the model's dtype is."""
    size = self.config.hidden_size // self.config.num_attention_heads
    frequencies = self.config.rope_theta ** (-torch.arange(0, size, 2, dtype=torch.float64) / size)
    half = position_ids[..., None].double() * frequencies
    both = torch.cat((half, half), dim=-1)
    return both.cos(), both.sin()


def build(task, change):
    config = ModernBertConfig(**{**dict(
        vocab_size=12, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=5, max_position_embeddings=16,
        global_attn_every_n_layers=2, local_attention=4, num_labels=3, pad_token_id=0, bos_token_id=2, cls_token_id=2, eos_token_id=3, sep_token_id=3),
        **change})
    config._attn_implementation = "sdpa"  # eager attention has its softmax in float32
    return (ModernBertForMaskedLM if task == "mlm" else ModernBertForSequenceClassification)(config)


ModernBertRotaryEmbedding.forward = angles
record(sys.argv[1], "make_modernbert.py", VARIANTS, build)
