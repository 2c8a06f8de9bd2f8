"""What huggingface_hub makes of a cache that lorica has filled, and the other way round; run by TestPythonAndLoricaShareACache.

    check_cache.py find ID FILE...   offline: the cache has the model whole, each file where Python looks for it, and no warnings;
                                     transformers, where it is installed, loads model and tokenizer from it
    check_cache.py fetch ID FILE...  downloads the files as hf_hub_download does
    check_cache.py lock FILE SECONDS holds the lock of a blob as huggingface_hub does

The environment (HF_HUB_CACHE, HF_ENDPOINT, HF_HUB_OFFLINE) says which cache and which hub. find prints the snapshot's folder.
"""

import importlib.util
import sys
import time

from huggingface_hub import hf_hub_download, scan_cache_dir, snapshot_download, try_to_load_from_cache


class CheckError(Exception):
    pass


def find(model, files):
    snapshot = snapshot_download(model, local_files_only=True)
    for name in files:
        want = f"{snapshot}/{name}"
        for how, got in {
            "hf_hub_download": hf_hub_download(model, name),
            "try_to_load_from_cache": try_to_load_from_cache(model, name),
        }.items():
            if got != want:
                raise CheckError(f"{how} finds {name} at {got}, not at {want}")
    check_scan(model, files)
    if importlib.util.find_spec("transformers") and importlib.util.find_spec("torch"):
        load(model)
    print(snapshot)


def check_scan(model, files):
    info = scan_cache_dir()
    # Older versions take any file beside the models for a model; newer ones write this one themselves.
    warnings = [str(w) for w in info.warnings if "CACHEDIR.TAG" not in str(w)]
    if warnings:
        raise CheckError(f"the cache is not sound: {warnings}")
    repo = next((r for r in info.repos if r.repo_id == model), None)
    if repo is None or "main" not in repo.refs:
        raise CheckError(f"{model} is not among {[r.repo_id for r in info.repos]}, or has no main")
    found = {f.file_name for f in repo.refs["main"].files}
    if found != set(files):
        raise CheckError(f"main has {sorted(found)}, want {sorted(files)}")


def load(model):
    from transformers import AutoModel, AutoTokenizer

    if not AutoTokenizer.from_pretrained(model)("a superb game")["input_ids"]:
        raise CheckError("the tokenizer gives nothing")
    _, info = AutoModel.from_pretrained(model, output_loading_info=True)
    missing = [key for key in info["missing_keys"] if "pooler" not in key]
    if missing or info["mismatched_keys"]:
        raise CheckError(f"the weights lack {missing}, or do not fit: {info['mismatched_keys']}")


def fetch(model, files):
    for name in files:
        hf_hub_download(model, name)


def lock(path, seconds):
    from huggingface_hub.utils import WeakFileLock

    with WeakFileLock(path):
        print("locked", flush=True)
        time.sleep(seconds)


def main():
    what, first, *rest = sys.argv[1:]
    try:
        if what == "find":
            find(first, rest)
        elif what == "fetch":
            fetch(first, rest)
        elif what == "lock":
            lock(first, float(rest[0]))
        else:
            sys.exit(__doc__)
    except CheckError as err:
        sys.exit(f"{what}: {err}")


if __name__ == "__main__":
    main()
