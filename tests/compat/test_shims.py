"""`evergraph run` supplies removed names: one small program for each, run as users run theirs."""

import inspect
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
OLD_PROTOS = ROOT / "tests" / "golden" / "compat" / "old_protos"
RENAMED = "newshape" not in inspect.signature(np.reshape).parameters  # from NumPy 2.4 on

# name: (source, what it prints, the names that are reported where this Python lacks them)
PROGRAMS = {
    "numpy types": (
        "import numpy as np\n"
        "print(np.zeros(2, np.float).dtype, np.array([1.5]).astype(np.int), np.object is object)\n"
        "print(np.float_ is np.float64, np.unicode_ is np.str_, np.complex(1, 2), np.str(3))",
        "float64 [1] True\nTrue True (1+2j) 3",
        ["numpy.float", "numpy.int", "numpy.object", "numpy.float_", "numpy.complex"],
    ),
    "numpy constants": (
        "import numpy as np\nprint(np.Inf, -np.infty, np.NaN, np.PINF > np.NINF)",
        "inf -inf nan True",
        ["numpy.Inf", "numpy.infty", "numpy.NaN", "numpy.PINF", "numpy.NINF"],
    ),
    "numpy functions": (
        "import numpy as np\n"
        "print(np.product([2, 3]), np.cumproduct([2, 3]).tolist(), np.alltrue([1, 0]))\n"
        "print(np.sometrue([1, 0]), np.in1d([[1, 2]], [2]).tolist(), np.asscalar(np.ones(1)))\n"
        "print(np.rank([[1]]), np.alen([1, 2]), np.round_(1.26, 1), np.msort([2, 1]).tolist())\n"
        "print(np.asfarray([1]).dtype, np.asfarray([1], 'f').dtype, np.mat('1 2').shape)\n"
        "print(np.find_common_type([np.float32], [np.int64, np.float64]), np.math.floor(2.5))\n"
        "print(np.cast[np.int32]([1.5]).dtype, np.trapz([1, 2, 3]), np.sctype2char('f4'))\n"
        "print(np.float32 in np.sctypes['float'], np.issubclass_(3, int), np.safe_eval('[1]'))",
        "6 [2, 6] False\nTrue [False, True] 1.0\n2 2 1.3 [1, 2]\nfloat64 float32 (1, 2)\n"
        "float32 2\nint32 4.0 f\nTrue False [1]",
        ["numpy.product", "numpy.cumproduct", "numpy.alltrue", "numpy.sometrue", "numpy.rank"],
    ),
    "numpy scalars in lists": (
        "import numpy as np, threading\n"
        "def show(): print([np.float32(1.5)], {np.int64(3)}, (np.bool_(1),), [np.str_('a')])\n"
        "show()\nthread = threading.Thread(target=show)\nthread.start()\nthread.join()",
        "\n".join(["[1.5] {3} (True,) ['a']"] * 2),
        [],
    ),
    "numpy methods": (
        "import numpy as np\n"
        "x = np.array([[1, 2], [3, 4]], np.uint8)\nx.itemset(1, 7)\nx.itemset(1, 0, 8)\n"
        "print(x.tostring(), x.ptp(), x.ptp(axis=0).tolist(), x.T.tostring())\n"
        "print(np.array([1], '<i2').newbyteorder().tolist())",
        "b'\\x01\\x07\\x08\\x04' 7 [7, 3] b'\\x01\\x08\\x07\\x04'\n[256]",
        ["numpy.ndarray.tostring", "numpy.ndarray.itemset"],
    ),
    "numpy bytes": (
        "import numpy as np\n"
        "x = np.fromstring(b'\\1\\0\\2\\0', np.int16)\nx[0] = 7\nprint(x)\n"
        "print(np.fromstring('ab', np.uint8, 1), np.fromstring(b'1' * 8))\n"
        "print(np.fromstring('1 2', dtype=int, sep=' '))\n"
        "try: np.fromstring(b'\\1', np.int16)\nexcept ValueError as error: print(error)",
        "[7 2]\n[97] [9.73041595e-72]\n[1 2]\nstring size must be a multiple of element size",
        ["numpy.fromstring of bytes"],
    ),
    "tensorboard summaries": (
        "from tensorboard import summary\n"
        "from tensorboard.plugins.custom_scalar import layout_pb2\n"
        "import tensorflow as tf\n"
        "layout = layout_pb2.Layout(category=[layout_pb2.Category(title='t')])\n"
        "print(summary.custom_scalar_pb(layout).value[0].tag)\n"
        "print(summary.scalar(name='loss', data=tf.constant(1.5)))\n"
        "print(summary.text_pb('note', 'x').value[0].tensor.string_val)",
        "custom_scalars__config__\n"
        'Tensor("loss/scalar_summary:0", shape=(), dtype=string)\n'
        "[b'x']",
        ["tensorboard.summary.custom_scalar_pb", "tensorboard.summary.scalar"],
    ),
    "numpy arguments": (
        "import numpy as np\n"
        "print(np.reshape([1, 2], newshape=[2, 1]).tolist(), np.reshape([[1]], [1]).tolist())\n"
        "print(np.histogram([1, 1, 2], 2, normed=True)[0].round(2).tolist())",
        "[[1], [2]] [1]\n[1.33, 0.67]",
        ["newshape of numpy.reshape"] * RENAMED + ["normed of numpy.histogram"],
    ),
    "numpy uneven lists": (
        "import numpy as np\n"
        "x = np.array([[1, 2], [3]])\nprint(x.dtype, x.shape, x[0], np.array([[1]]).dtype)\n"
        "print(np.asarray([np.ones(2), np.ones(3)]).shape)",
        "object (2,) [1, 2] int64\n(2,)",
        ["numpy.array of uneven lists"],
    ),
    "numpy functions of uneven lists": (
        "import numpy as np, os, tempfile\n"
        "x, y = np.nan_to_num(([1.0, np.nan], np.ones(3)))\nprint(x, y)\n"
        "file = os.path.join(tempfile.mkdtemp(), 'x.npy')\n"
        "np.save(file, [np.zeros((3, 2)), [1, 2]])\n"
        "z = np.load(file, allow_pickle=True)\nprint(z.dtype, z.shape, z[0].shape, z[1])",
        "[1.0, nan] [1. 1. 1.]\nobject (2,) (3, 2) [1, 2]",
        ["numpy.nan_to_num of uneven lists", "numpy.save of uneven lists"],
    ),
    "numpy copies": (
        "import numpy as np\n"
        "x = np.ones(2)\nprint(np.array(x, copy=False) is x)\n"
        "print(np.array([1, 2], copy=False).tolist())",
        "True\n[1, 2]",
        ["numpy.array with copy=False"],
    ),
    "old messages": (
        f"import sys\nsys.path.insert(0, {str(OLD_PROTOS)!r})\n"
        "import tensorflow as tf, served_pb2\n"
        "model = served_pb2.Model(name='m', kind=served_pb2.Model.LARGE)\n"
        "model.version.value = 3\n"
        "request = served_pb2.Request(model=model, types=[tf.float32.as_datatype_enum])\n"
        "request.inputs['x'].CopyFrom(tf.make_tensor_proto([1.0, 2.0]))\n"
        "read = served_pb2.Request.FromString(request.SerializeToString())\n"
        "print(tf.make_ndarray(read.inputs['x']).tolist(), read.model.version.value)\n"
        "print(read.model.kind, list(read.types), served_pb2.DESCRIPTOR.package)",
        "[1.0, 2.0] 3\n1 [1] tensorflow.old_style",
        ["the old form of served_pb2"],
    ),
    "numpy stacks": (
        "import numpy as np\n"
        "print(np.vstack(x for x in ([1], [2])).tolist(), np.stack(map(list, 'ab'), 1).tolist())\n"
        "print(np.hstack([[1], [2]]).tolist())",
        "[[1], [2]] [['a', 'b']]\n[1, 2]",
        ["numpy.vstack of iterators", "numpy.stack of iterators"],
    ),
    "scipy arpack": (
        "import numpy as np\nfrom scipy.sparse.linalg.eigen.arpack import eigsh\n"
        "print(eigsh(np.diag([1.0, 2, 3, 5]), 1, return_eigenvectors=False).round(3).tolist())",
        "[5.0]",
        ["scipy.sparse.linalg.eigen.arpack"],
    ),
    "numpy from import": ("from numpy import float as F\nprint(F)", "<class 'float'>", []),
    "scipy images": (
        "import numpy as np, os, scipy.misc, tempfile\n"
        "from scipy import misc\nfrom scipy.misc import imread, imsave\n"
        "path = os.path.join(tempfile.mkdtemp(), 'x.png')\n"
        "imsave(path, np.eye(4))\n"
        "print(imread(path).tolist()[0], scipy.misc.imresize(imread(path), 50).shape)\n"
        "print(misc.toimage(np.eye(3)).mode, misc.fromimage(misc.toimage(np.eye(3))).shape)",
        "[255, 0, 0, 0] (2, 2)\nL (3, 3)",
        ["scipy.misc.imread", "scipy.misc.imsave", "scipy.misc.imresize", "scipy.misc.toimage"],
    ),
    "scipy functions": (
        "import scipy.misc\nfrom scipy.misc import logsumexp\n"
        "print(scipy.misc.comb(4, 2), scipy.misc.factorial(5), round(logsumexp([0, 0]), 3))",
        "6.0 120.0 0.693",
        ["scipy.misc.comb", "scipy.misc.factorial", "scipy.misc.logsumexp"],
    ),
    "scipy elsewhere": (
        "import scipy, scipy.signal\nfrom scipy import integrate, ndimage\n"
        "print(scipy.array([1, 2]).sum(), scipy.random.__name__, scipy.fft.__name__)\n"
        "print(scipy.signal.hamming(3).round(2).tolist(), integrate.simps([0, 1, 2], None, 1))\n"
        "print(callable(ndimage.imread), hasattr(scipy, 'nonsense'))",
        "3 numpy.random scipy.fft\n[0.08, 1.0, 0.08] 2.0\nTrue False",
        ["scipy.array", "scipy.random", "scipy.signal.hamming", "scipy.integrate.simps"],
    ),
    "pillow": (
        "from PIL import Image\nprint(Image.new('L', (4, 4)).resize((2, 2), Image.ANTIALIAS).size)",
        "(2, 2)",
        ["PIL.Image.ANTIALIAS"],
    ),
    "pillow texts": (
        "from PIL import Image, ImageDraw, ImageFont\n"
        "import matplotlib, os\n"
        "path = os.path.join(matplotlib.get_data_path(), 'fonts', 'ttf', 'DejaVuSans.ttf')\n"
        "font, draw = ImageFont.truetype(path, 20), ImageDraw.Draw(Image.new('RGB', (9, 9)))\n"
        "print(font.getsize('Hello'), font.getsize('Hello', stroke_width=2), font.getsize(''))\n"
        "print(font.getsize_multiline('a\\nbcd', spacing=7), font.getoffset('Hello'))\n"
        "print(draw.textsize('gypsum 12%', font), draw.textsize('a\\nbcd', font, 9))\n"
        "print(draw.multiline_textsize('Hello', font=font))\n"
        "draw.font = ImageFont.load_default_imagefont()\n"
        "print(draw.textsize('Hello'), draw.textsize('a\\nbcd'), draw.font.getsize(''))",
        "(51, 19) (55, 23) (0, 0)\n(36, 45) (0, 4)\n(131, 23) (36, 47)\n(51, 19)\n"
        "(30, 11) (18, 26) (0, 11)",
        ["PIL.ImageFont.FreeTypeFont.getsize", "PIL.ImageDraw.ImageDraw.textsize"],
    ),
    "distutils": (
        "import distutils.util\nfrom distutils.version import LooseVersion\n"
        "from distutils.dir_util import mkpath\n"
        "print(distutils.util.strtobool('yes') == 1, LooseVersion('1.15.5') > '1.9')",
        "True True",
        [],
    ),
    "imp": (
        "import imp, os, sys, tempfile\n"
        "folder = tempfile.mkdtemp()\nsys.path.append(folder)\n"
        "path = os.path.join(folder, 'shim_target.py')\n"
        "open(path, 'w').write('x = 1')\n"
        "print(imp.load_source('loaded', path).x, sys.modules['loaded'].x)\n"
        "file, name, details = imp.find_module('shim_target', [folder])\n"
        "with file:\n    found = imp.load_module('shim_target', file, name, details)\n"
        "print(found.x, imp.reload(found) is found, imp.new_module('y').__name__)\n"
        "os.makedirs(os.path.join(folder, 'pack'))\n"
        "open(os.path.join(folder, 'pack', '__init__.py'), 'w').write('y = 2')\n"
        "print(imp.load_module('pack', *imp.find_module('pack', [folder])).y)\n"
        "try:\n    imp.find_module('nowhere')\n"
        "except ImportError as error:\n    print(error)",
        "1 1\n1 True y\n2\nNo module named 'nowhere'",
        [],
    ),
    "h5py texts": (
        "import h5py, os, tempfile\n"
        "path = os.path.join(tempfile.mkdtemp(), 'weights.h5')\n"
        "with h5py.File(path, 'w') as f:\n"
        "    f.attrs['version'] = '2.2.5'.encode('utf8')\n"
        "    f.attrs['names'] = [n.encode('utf8') for n in ('k:0', 'b:0')]\n"
        "    f.attrs['count'], f.attrs['text'] = 3, 'abc'\n"
        "with h5py.File(path, 'r') as f:\n"
        "    print(f.attrs['version'].decode('utf8'), f.attrs.get('version').decode('utf-8'))\n"
        "    names = [n.decode('utf8') for n in f.attrs['names']]\n"
        "    print(names, f.attrs['count'], f.attrs['text'])",
        "2.2.5 2.2.5\n['k:0', 'b:0'] 3 abc",
        ["bytes.decode of texts"],
    ),
    "pandas append": (
        "import pandas as pd\n"
        "q = pd.DataFrame(columns=['u', 'd'], dtype=float)\n"
        "q = q.append(pd.Series([0.0, 1.0], index=q.columns, name='s1'))\n"
        "print(q.index.tolist(), q.values.tolist(), q.dtypes.tolist() == [float, float])\n"
        "d = pd.DataFrame({'a': [1, 2]})\n"
        "print(d.append({'a': 3}, ignore_index=True)['a'].tolist(), d.append(d).index.tolist())\n"
        "print(d.append({'b': 1}, ignore_index=True).shape, d.append([d, d]).shape)\n"
        "for row in ({'a': 3}, pd.Series([1], index=['a'])):\n"
        "    try:\n        d.append(row)\n"
        "    except TypeError as error:\n        print(error)\n"
        "s = pd.Series([1, 2])\n"
        "print(s.append([s, s], ignore_index=True).index.tolist(), list(s.iteritems()))",
        "['s1'] [[0.0, 1.0]] True\n[1, 2, 3] [0, 1, 0, 1]\n(3, 2) (6, 1)\n"
        "Can only append a dict if ignore_index=True\n"
        "Can only append a Series if ignore_index=True or if the Series has a name\n"
        "[0, 1, 2, 3, 4, 5] [(0, 1), (1, 2)]",
        ["pandas.DataFrame.append", "pandas.Series.append", "pandas.Series.iteritems"],
    ),
    "pkg_resources": (
        "import pkg_resources as p\n"
        "point = p.EntryPoint.parse('x=json.decoder:JSONDecoder')\n"
        "print(point, point.resolve(), point.module_name, point.attrs)\n"
        "try:\n    p.EntryPoint.parse('x = json:nope.a').resolve()\n"
        "except ImportError as error:\n    print(error)\n"
        "try:\n    p.get_distribution('nosuchthing>=1')\n"
        "except p.DistributionNotFound as error:\n    print(error)\n"
        "print(p.get_distribution('numpy').parsed_version >= p.parse_version('1.9'))\n"
        "print(p.resource_string('json', 'decoder.py')[3:20], p.resource_exists('json', 'x'))",
        "x = json.decoder:JSONDecoder <class 'json.decoder.JSONDecoder'> json.decoder "
        "('JSONDecoder',)\nmodule 'json' has no attribute 'nope'\n"
        "The 'nosuchthing>=1' distribution was not found and is required by the application\n"
        "True\nb'Implementation of' False",
        [],
    ),
    "time": ("import time\nprint(time.clock() >= 0)", "True", ["time.clock"]),
    "inspect": (
        "import inspect\n"
        "def f(a, b=1, *c, **d): pass\n"
        "spec = inspect.getargspec(f)\nprint(spec.args, spec.keywords, tuple(spec)[3])\n"
        "try:\n    inspect.getargspec(lambda *, k: 0)\nexcept ValueError:\n    print('no')\n"
        "import tensorflow as tf\nprint(inspect.getargspec(tf.nn.relu).args)\n"
        "print(inspect.ArgSpec(args=['x'], varargs=None, keywords=None, defaults=(2,)))\n"
        "print(inspect.getargspec(tf.nn.rnn_cell.GRUCell.__init__).args[:3])",
        "['a', 'b'] d (1,)\nno\n['features', 'name']\n"
        "ArgSpec(args=['x'], varargs=None, keywords=None, defaults=(2,))\n"
        "['self', 'num_units', 'activation']",
        ["inspect.getargspec", "inspect.ArgSpec"],
    ),
    "collections": (
        "import collections\nfrom collections import Iterable, Mapping\n"
        "print(isinstance([], Iterable), isinstance({}, Mapping), collections.Sequence.__name__)",
        "True True Sequence",
        ["collections.Iterable", "collections.Mapping", "collections.Sequence"],
    ),
    "fractions": (
        "from fractions import gcd\nprint(gcd(12, 8))",
        "4",
        ["fractions.gcd"],
    ),
    "pandas groups": (
        "import pandas as pd\ndf = pd.DataFrame({'a': [1, 1, 2], 'b': [3, 4, 5]})\n"
        "print(df.groupby('a').apply(lambda g: int(g['a'].sum() * 10 + g['b'].sum())).tolist())\n"
        "print(df.groupby('a')['b'].apply(max).tolist())",
        "[27, 25]\n[4, 5]",
        ["the grouping columns to groupby().apply"],
    ),
    "what is not supplied stays missing": (
        "import numpy as np, time\nprint(hasattr(np, 'nonsense'), hasattr(time, 'nonsense'))",
        "False False",
        [],
    ),
}

# Runs every program in the folder, as __main__, and marks where each begins.
DRIVER = """
import glob, os, runpy, sys
for path in sorted(glob.glob(os.path.join(os.path.dirname(__file__), "p*.py"))):
    for stream in (sys.stdout, sys.stderr):
        print("=== " + os.path.basename(path), file=stream, flush=True)
    try:
        runpy.run_path(path, run_name="__main__")
    except Exception as error:
        print("FAILED", type(error).__name__, error)
    sys.stdout.flush()
"""


def run_all(folder, *options):
    """The standard output and error of each program."""
    for i, (source, _, _) in enumerate(PROGRAMS.values()):
        (folder / f"p{i:02}.py").write_text(source)
    (folder / "driver.py").write_text(DRIVER)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "evergraph", "run", *options, folder / "driver.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr

    def parts(text):
        return [part.partition("\n")[2].strip() for part in text.split("=== ")[1:]]

    return dict(
        zip(PROGRAMS, zip(parts(done.stdout), parts(done.stderr), strict=True), strict=True)
    )


@pytest.fixture(scope="module")
def supplied(tmp_path_factory):
    return run_all(tmp_path_factory.mktemp("programs"))


@pytest.fixture(scope="module")
def refused(tmp_path_factory):
    return run_all(tmp_path_factory.mktemp("programs"), "--no-shims")


def needs(name):
    if name.startswith("scipy"):
        pytest.importorskip("scipy")
    if name.startswith("pandas"):
        pytest.importorskip("pandas", minversion="3")
    if name.startswith("tensorboard"):
        pytest.importorskip("tensorboard")


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name, supplied):
    needs(name)
    out, err = supplied[name]
    assert out == PROGRAMS[name][1]
    # Each name is reported once in a process, by the first program that uses it.
    reports = [line for line in err.splitlines() if line.startswith("evergraph run: supplied")]
    assert len(reports) == len(set(reports))
    for reported in PROGRAMS[name][2]:
        assert f"evergraph run: supplied {reported}, which" in err


@pytest.mark.parametrize("name", [name for name in PROGRAMS if PROGRAMS[name][2]])
def test_without_shims(name, refused):
    needs(name)
    out, err = refused[name]
    assert "FAILED" in out and not err


def test_import_alone_changes_nothing():
    code = (
        "import sys, time, collections, numpy, evergraph\n"
        "assert not any(type(f).__module__.startswith('evergraph') for f in sys.meta_path)\n"
        "assert 'tensorflow' not in sys.modules\n"
        "assert not hasattr(time, 'clock') and not hasattr(collections, 'Iterable')\n"
        "assert not hasattr(numpy, 'float')"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, check=True, timeout=120)


def test_modules_of_a_package_named_as_a_stand_in(tmp_path: Path) -> None:
    package = tmp_path / "tutorials" / "image" / "cifar10"
    package.mkdir(parents=True)
    for folder in (package, *package.parents[:2]):
        (folder / "__init__.py").touch()
    (package / "train.py").write_text("from tutorials.image import cifar10\nprint(__name__)\n")
    code = "import runpy; runpy.run_module('tutorials.image.cifar10.train')"
    (tmp_path / "program.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "evergraph", "run", tmp_path / "program.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout == "tutorials.image.cifar10.train\n", done.stderr
