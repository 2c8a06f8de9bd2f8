// Package pretrain trains an encoder as a masked language model (Devlin et al. 2019), from scratch or from an existing model: texts
// and a tokenizer in, and a folder out that holds a model in Hugging Face's layout, the log and the checkpoint.
//
// It follows RoBERTa (Liu et al. 2019): masks are drawn anew for every epoch, batches are of whole texts and count tokens, all weights
// are trained with AdamW, and there is no second task. Run does it step by step: texts to tokens (corpus.go), batches
// (batches.go), masks (masks.go), loss and measures (objective.go), the loop, checkpoints and log (package train).
package pretrain
