"""Writes reference.json: what scikit-learn makes of train.tsv and test.tsv, for the tests of package bigram.

    python3 make_reference.py > reference.json

Made with scikit-learn 1.9.1; the texts were written for the project. Needs scikit-learn.
"""

import csv
import json
from pathlib import Path

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

HERE = Path(__file__).parent


def read(name):
    with open(HERE / name, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [row["text"] for row in rows], [int(row["label"]) for row in rows]


def main():
    texts, labels = read("train.tsv")
    test, _ = read("test.tsv")
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    train_vectors, test_vectors = vectorizer.fit_transform(texts), vectorizer.transform(test)
    names = vectorizer.get_feature_names_out()
    models = []
    for c in (0.1, 1, 10, 100):
        model = LogisticRegression(C=c, tol=1e-12, max_iter=100000).fit(train_vectors, labels)
        models.append({"c": c, "intercept": model.intercept_[0], "scores": list(model.decision_function(test_vectors))})
    rows = []
    for row in test_vectors:
        at = row.indices.argsort()
        rows.append({names[i]: value for i, value in zip(row.indices[at], row.data[at])})
    print(json.dumps({"features": list(names), "vectors": rows, "models": models}, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
