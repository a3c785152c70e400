"""Functions rewritten by AutoGraph whose graphs are TensorFlow's, node for node."""

CASES = {}


def graph_of(function, *values):
    def build(tf):
        tensors = [tf.constant(v, name="x%d" % i) for i, v in enumerate(values)]  # noqa: UP031
        made = tf.autograph.to_graph(function)(*tensors)
        return list(made) if isinstance(made, tuple) else [made]

    CASES[function.__name__] = build


def branches(x):
    if x > 0:
        y = x + 1
    else:
        y = x - 1
    return y


def one_branch(x):
    y = x
    if x > 3:
        y = y * 2
    return y


def inner_branches(x):
    if x > 0:
        if x > 5:
            y = x
        else:
            y = -x
    else:
        y = x * x
    return y


def counting(x):
    i = 0
    while i < x:
        i += 1
    return i


def both(x, y):
    return x > 0 and y > 0


def either(x, y):
    return x > 0 or not y > 0


def chosen(x):
    return x + 1 if x > 2 else x - 1


def python_values(x):
    total = 0
    for i in range(3):
        if i == 1:
            continue
        total = total + x * i
    while total is None:
        total = x
    return total


def helper(x):
    if x > 1:
        y = x + 2
    else:
        y = x
    return y


def called(x):
    return helper(x) + helper(x + 1)


def empty_branches(x):
    if x > 0:
        pass
    return x


graph_of(branches, 3)
graph_of(one_branch, 3)
graph_of(inner_branches, 7)
graph_of(counting, 4)
graph_of(both, 1, -1)
graph_of(either, 1, -1)
graph_of(chosen, 3)
graph_of(python_values, 3)
graph_of(called, 1)
graph_of(empty_branches, 1)
