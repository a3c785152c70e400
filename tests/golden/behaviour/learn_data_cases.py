"""tf.contrib.learn's data sets and preprocessing."""

import base64
import os
import tempfile

import numpy as np
from outcomes import Cases, describe, tried

CASES = Cases()
case = CASES.case

TEXTS = [
    "The quick brown fox jumps over the lazy dog",
    "TensorFlow isn't the only one: HTTPServer, well-known words",
    "",
    "the the fox",
]
# What TensorFlow's own VocabularyProcessor saved, after it was fitted to two texts.
SAVED = (
    "gANjdGVuc29yZmxvdy5jb250cmliLmxlYXJuLnB5dGhvbi5sZWFybi5wcmVwcm9jZXNzaW5nLnRleHQKVm9jYWJ1bGFy"
    "eVByb2Nlc3NvcgpxACmBcQF9cQIoWBMAAABtYXhfZG9jdW1lbnRfbGVuZ3RocQNLA1gNAAAAbWluX2ZyZXF1ZW5jeXEE"
    "SwBYCwAAAHZvY2FidWxhcnlfcQVjdGVuc29yZmxvdy5jb250cmliLmxlYXJuLnB5dGhvbi5sZWFybi5wcmVwcm9jZXNz"
    "aW5nLmNhdGVnb3JpY2FsX3ZvY2FidWxhcnkKQ2F0ZWdvcmljYWxWb2NhYnVsYXJ5CnEGKYFxB31xCChYDgAAAF91bmtu"
    "b3duX3Rva2VucQlYBQAAADxVTks+cQpYCAAAAF9tYXBwaW5ncQt9cQwoaApLAFgDAAAAb25lcQ1LAVgDAAAAdHdvcQ5L"
    "AlgFAAAAdGhyZWVxD0sDdVgQAAAAX3N1cHBvcnRfcmV2ZXJzZXEQiFgQAAAAX3JldmVyc2VfbWFwcGluZ3ERXXESKGgK"
    "aA1oDmgPZVgFAAAAX2ZyZXFxE2Njb2xsZWN0aW9ucwpkZWZhdWx0ZGljdApxFGNidWlsdGlucwppbnQKcRWFcRZScRco"
    "aA1LAWgOSwJoD0sBdVgHAAAAX2ZyZWV6ZXEYiHViWAoAAABfdG9rZW5pemVycRljdGVuc29yZmxvdy5jb250cmliLmxl"
    "YXJuLnB5dGhvbi5sZWFybi5wcmVwcm9jZXNzaW5nLnRleHQKdG9rZW5pemVyCnEadWIu"
)


@case
def words(tf, module):
    pre = tf.contrib.learn.preprocessing
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, "words")
    made = pre.VocabularyProcessor(5)
    numbers = list(made.fit_transform(TEXTS))
    made.save(path)
    again = pre.VocabularyProcessor.restore(path)
    common = pre.VocabularyProcessor(4, 1)
    split = pre.VocabularyProcessor(3, tokenizer_fn=lambda texts: (t.split() for t in texts))
    with open(path, "wb") as file:
        file.write(base64.b64decode(SAVED))
    saved = pre.VocabularyProcessor.restore(path)
    return {
        "numbers": describe(numbers),
        "size": len(made.vocabulary_),
        "words": list(made.reverse(numbers)),
        "restored": describe(list(again.transform(["quick dog cat"]))),
        "restored from TensorFlow": describe(list(saved.transform(["two three four"]))),
        "common": describe(list(common.fit_transform(TEXTS))),
        "common words": list(common.reverse([[1, 2, 0]])),
        "split": describe(list(split.fit_transform(["a b a", "b-c d"]))),
        "tokens": list(pre.tokenizer(TEXTS)),
        "pattern": pre.TOKENIZER_RE.pattern,
    }


@case
def bytes_of_texts(tf, module):
    made = tf.contrib.learn.preprocessing.ByteProcessor(6)
    numbers = list(made.fit_transform(["abc", "längere", b"\xff\x00a"]))
    return {
        "numbers": describe(numbers),
        "texts": list(made.reverse(numbers)),
        "fit": describe(made.fit([])),
    }


@case
def vocabularies(tf, module):
    make = tf.contrib.learn.preprocessing.CategoricalVocabulary
    made, found = make(), []
    for value in ["b", "a", "b", 3, "c", "b", "a", 3, 5]:
        made.add(value)
        found.append(made.get(value))
    other = make("?", False)
    other.add("x", 7)
    trimmed = len(made)
    made.trim(1)
    result = {
        "numbers": found,
        "size": trimmed,
        "trimmed": [made.get(v) for v in ("b", "a", 3)],
        "reverse": describe([made.reverse(i) for i in range(len(made))]),
        "no reverse": tried(other.reverse, 1),
        "unknown": describe(make("?").reverse(0)),
    }
    made.freeze()
    result["frozen"] = [made.get("new"), len(made)]
    made.freeze(False)
    result["thawed"] = [made.get("new"), len(made)]
    frequent = make()
    for value, count in (("a", 5), ("b", 3), ("c", 4), ("d", 3)):
        frequent.add(value, count)
    frequent.trim(2, 5)
    result["frequent"] = [frequent.get(v) for v in "cbd"]
    return result


@case
def categories(tf, module):
    make = tf.contrib.learn.preprocessing.CategoricalProcessor
    rows = [["a", 1], ["b", 2], ["a", float("nan")], ["c", 2], ["a", 2]]
    vocabularies = [tf.contrib.learn.preprocessing.CategoricalVocabulary() for _ in "ab"]
    return {
        "own": describe(list(make().fit_transform(rows))),
        "shared": describe(list(make(share=True).fit_transform(rows))),
        "frequent": describe(list(make(1).fit_transform(rows))),
        "given": describe(list(make(vocabularies=vocabularies).fit_transform(rows))),
        "unknown": describe(list(make().fit(rows).transform([["z", 1]]))),
    }


@case
def data_sets(tf, module):
    sets = tf.contrib.learn.datasets
    found = {"missing": tried(sets.load_dataset, "nothing"), "no": tried(sets.make_dataset, "no")}
    for name in ("iris", "boston"):
        loaded = sets.load_dataset(name)
        found[name] = [
            loaded.data.dtype.name,
            loaded.target.dtype.name,
            list(loaded.data.shape),
            loaded.data[::37].tolist(),
            loaded.data.sum(0).round(6).tolist(),
            loaded.target[::17].tolist(),
            float(loaded.target.sum().round(6)),
        ]
    path = os.path.join(tempfile.mkdtemp(), "a.csv")
    with open(path, "w") as file:
        file.write("2,2,a,b\n1,2.5,1\n3,4,0\n")
    found["given"] = describe(sets.load_iris(path))
    points = sets.make_dataset
    for name, made in (
        ("circles", points("circles", 11, 0.1, n_classes=3, factor=0.5)),
        ("default circles", sets.SYNTHETIC["circles"](8, seed=3)),
        ("spirals", points("spirals", 7, 0.2)),
        ("bernoulli", points("spirals", 6, mode="bernoulli", exp_scale=0.2)),
        ("fermat", points("spirals", 6, mode="fermat", n_loops=3)),
    ):
        types = [made.data.dtype.name, made.target.astype(int).dtype.name]
        found[name] = [types, np.round(made.data, 6).tolist(), made.target.tolist()]
    found["mode"] = tried(points, "spirals", mode="other")
    return found
