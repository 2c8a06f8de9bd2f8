#!/bin/sh
# Makes the default model from the raw data, and measures it: everything that docs/default-model.md describes.
#
#     internal/tooling/defaultmodel/make.sh DATA OUT
#
# DATA holds steam-101games-2019/reviews.jsonl, sst2-glue/train.tsv and dev.tsv (text, label), and mr-rt-polarity/rt-polarity.pos and
# .neg; OUT gets everything else. A step whose result is there is not done again, and an interrupted training goes on from its
# checkpoint. On 2 cores it takes hours, nearly all of them pretraining. Needs Go; run it from anywhere.
set -eu

if [ $# -ne 2 ]; then
	echo "usage: make.sh DATA OUT" >&2
	exit 2
fi
data=$(cd "$1" && pwd)
mkdir -p "$2"
out=$(cd "$2" && pwd)
source=$(cd "$(dirname "$0")/../../.." && pwd)

go -C "$source" build -trimpath -o "$out/lorica" ./cli/lorica
go -C "$source" build -trimpath -o "$out/defaultmodel" ./internal/tooling/defaultmodel
config=$source/internal/tooling/defaultmodel/config.json
cd "$out"

# missing FILE: is this step still to be done?
missing() { test ! -e "$1"; }

# Whole games are held out: 21 for the test, 11 to choose settings by. No row of them is nearly one that is trained on.
if missing parts/split.json; then
	./lorica data split "$data/steam-101games-2019/reviews.jsonl" --group appid --test-size 0.2 --validation-size 0.1 --drop-leaks --out parts
fi

# The texts that the language model learns from.
if missing sst.jsonl; then
	./lorica data build "$data/sst2-glue/train.tsv" --text-field text --min-chars 40 --dedupe exact,near --fields text -o sst.jsonl
fi
if missing steam.jsonl; then
	./lorica data build parts/train.jsonl parts/validation.jsonl --dedupe exact --fields text --clean default,entities --text-name text -o steam.jsonl
fi

# The sets that are measured on: no sentence, and no 25 letters in a row, of what any training step is made from.
if missing sets/mr-unseen.jsonl; then
	./defaultmodel prepare -data "$data" -seen "$data/sst2-glue/train.tsv" -seen parts/train.jsonl -seen parts/validation.jsonl -out sets
fi

if missing tok; then
	./lorica tokenizer train steam.jsonl sst.jsonl --lowercase --add-prefix-space -o tok
fi
if missing base/model; then
	resume=
	if [ -e base/checkpoint ]; then resume=--resume; fi
	./lorica pretrain --tokenizer tok --data steam.jsonl --data sst.jsonl --model-config "$config" --batch-tokens 4096 --lr 1e-3 \
		--mask-share 0.2 --epochs 8 --seed 42 --log-every 50 --save-every 339 --out base $resume
fi

# The classifier.
if missing classifier/model.safetensors; then
	./lorica train --model base/model --data parts/train.jsonl --eval-data parts/validation.jsonl --labels negative,positive --full \
		--seed 42 --out classifier
fi

./defaultmodel curves -log base/log.jsonl -loss pretraining.svg
./defaultmodel curves -log classifier/log.jsonl -loss classifier.svg
./defaultmodel table -train parts/train.jsonl -validation parts/validation.jsonl -set "games held out=parts/test.jsonl" \
	-set "SST-2 dev=sets/sst2-dev.jsonl" -set "SST-2 dev, unseen=sets/sst2-dev-unseen.jsonl" -set "MR, unseen=sets/mr-unseen.jsonl" \
	default=classifier/model.safetensors
