"""What candidate samplers draw, twice in a row. Run it under TensorFlow 1.15."""

import json
import os

import tensorflow as tf

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "candidate_samplers.json")
TRUE = "[[1, 2], [3, 0], [3, 3]]"
EXPRESSIONS = [
    f"tf.nn.uniform_candidate_sampler({TRUE}, 2, 4, True, 10, seed=1)",
    f"tf.nn.uniform_candidate_sampler({TRUE}, 2, 8, False, 8, seed=1)",
    f"tf.nn.uniform_candidate_sampler({TRUE}, 2, 4, True, 4)",
    f"tf.nn.log_uniform_candidate_sampler({TRUE}, 2, 4, False, 1000, seed=1)",
    f"tf.nn.log_uniform_candidate_sampler({TRUE}, 2, 600, True, 10000, seed=3)",
    f"tf.nn.learned_unigram_candidate_sampler({TRUE}, 2, 5, True, 6, seed=3)",
    f"tf.nn.learned_unigram_candidate_sampler({TRUE}, 2, 9, False, 5, seed=3)",
    f"tf.nn.fixed_unigram_candidate_sampler({TRUE}, 2, 3, True, 5, seed=3, "
    "unigrams=[1.0, 2.0, 0.5, 7.0, 0.1], distortion=0.75)",
    f"tf.nn.fixed_unigram_candidate_sampler({TRUE}, 2, 20, False, 7, seed=3, "
    "unigrams=[1.0, 2.0, 0.5, 7.0, 0.1], num_reserved_ids=2)",
    f"tf.nn.fixed_unigram_candidate_sampler({TRUE}, 2, 20, False, 4, seed=3, "
    "unigrams=[1.0, 2.0, 0.5, 7.0, 0.1, 3.0, 4.0, 2.0], num_shards=2, shard=1)",
    f"tf.nn.all_candidate_sampler({TRUE}, 2, 4, True)",
    f"tf.nn.compute_accidental_hits({TRUE}, [3, 7, 2, 3], 2)",
    f"tf.nn.compute_accidental_hits({TRUE}, [8, 7], 2, seed=3, name='hits')",
]
FAILING = [
    f"tf.nn.uniform_candidate_sampler({TRUE}, 2, 4, True, 3)",
    "tf.nn.uniform_candidate_sampler([1], 2, 4, True, 3)",
    f"tf.nn.uniform_candidate_sampler({TRUE}, 3, 4, True, 10)",
    f"tf.nn.fixed_unigram_candidate_sampler({TRUE}, 2, 3, True, 5)",
    f"tf.nn.fixed_unigram_candidate_sampler({TRUE}, 2, 3, True, 5, 'x', unigrams=[1.0, 2.0])",
    f"tf.nn.compute_accidental_hits({TRUE}, [3, 7], 3)",
]


def program(expression):
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(5)
        tensors = list(eval(expression))
        with tf.Session() as session:
            runs = [[v.tolist() for v in session.run(tensors)] for _ in range(3)]
    return {
        "expression": expression,
        "nodes": [[op.name, op.type] for op in graph.get_operations()],
        "shapes": [str(t.shape) for t in tensors],
        "runs": runs,
    }


def failure(expression):
    with tf.Graph().as_default():
        try:
            tensors = list(eval(expression))
            with tf.Session() as session:
                session.run(tensors)
        except Exception as e:
            message = getattr(e, "message", str(e)).splitlines()[0]
            return {"expression": expression, "type": type(e).__name__, "message": message}
    raise AssertionError(expression + " does not fail")


def main():
    golden = {
        "programs": [program(e) for e in EXPRESSIONS],
        "failures": [failure(e) for e in FAILING],
    }
    with open(OUT, "w") as f:
        json.dump(golden, f, indent=1, sort_keys=True)
        f.write("\n")


if __name__ == "__main__":
    main()
