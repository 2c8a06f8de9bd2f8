"""Writes encoder/testdata/deberta_variants.safetensors: tiny DeBERTa models of every setting that lorica computes, with their
float64 logits, losses and gradients as transformers gives them. Run it from this folder:

    python make_deberta.py ../../../encoder/testdata/deberta_variants.safetensors
"""
import sys

from record import record

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


def build(task, change):
    config = DebertaV2Config(
        vocab_size=12, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=12, max_position_embeddings=16,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, pooler_hidden_size=8, layer_norm_eps=1e-7, num_labels=3,
        **{**V3, **change})
    return (DebertaV2ForMaskedLM if task == "mlm" else DebertaV2ForSequenceClassification)(config)


record(sys.argv[1], "make_deberta.py", VARIANTS, build)
