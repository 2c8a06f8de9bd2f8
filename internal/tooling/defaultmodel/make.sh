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

# The classifier learns from the reviews of the training games and from the sentences and phrases that were pretrained on. First
# adapters alone, which move little of what pretraining knows, then all weights, gently, from the merged bundle on.
if missing sst-labelled.jsonl; then
	./lorica data build "$data/sst2-glue/train.tsv" --text-field text --min-chars 40 --dedupe exact,near --labels negative,positive -o sst-labelled.jsonl
fi
if missing mixed.jsonl; then
	./lorica data build parts/train.jsonl sst-labelled.jsonl --dedupe none --clean none --labels negative,positive --fields text,label -o mixed.jsonl
fi

# classifier OUT MODEL FLAGS: trains, or goes on with it.
classifier() {
	if missing "$1/model.safetensors"; then
		to=$1 from=$2
		shift 2
		if [ -e "$to/checkpoint" ]; then set -- "$@" --resume; fi
		./lorica train --model "$from" --data mixed.jsonl --eval-data parts/validation.jsonl --labels negative,positive --batch-size 16 \
			--hidden-dropout 0.1 --dtype bf16 --out "$to" "$@"
	fi
}
classifier first base/model --targets all-linear --rank 16 --alpha 32 --lr 1e-3 --epochs 3 --warmup-steps 200 --seed 42
classifier classifier first/model.safetensors --full --lr 1e-4 --epochs 1 --warmup-steps 100 --seed 43

./defaultmodel curves -log base/log.jsonl -loss pretraining.svg
./defaultmodel table -train mixed.jsonl -validation parts/validation.jsonl -set "games held out=parts/test.jsonl" \
	-set "SST-2 dev=sets/sst2-dev.jsonl" -set "SST-2 dev, unseen=sets/sst2-dev-unseen.jsonl" -set "MR, unseen=sets/mr-unseen.jsonl" \
	default=classifier/model.safetensors
