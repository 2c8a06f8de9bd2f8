// Package train fits an encoder classifier to labelled examples: AdamW with a linear schedule, as transformers' Trainer does
// it, evaluation after every epoch, logs, checkpoints, and resumption that ends with the same bits as a run that was never
// stopped.
//
// One step is the Trainer's: forward, backward, clip, AdamW, schedule. The order of an epoch is numpy's
// default_rng([seed, epoch]).permutation(n), and the last, smaller batch of an epoch is trained on as well.
package train
