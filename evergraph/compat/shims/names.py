"""Names that newer Pythons, NumPys, SciPys and Pillows have removed, and their stand-ins."""

import collections.abc
import configparser
import errno
import importlib
import inspect
import logging
import math
import operator
import os
import pickle
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from evergraph.compat.shims.supply import Supply


def values(since: str, **named: Any) -> dict[str, Supply]:
    """Supplies for names whose stand-ins are at hand."""
    return {name: Supply(lambda value=value: value, since) for name, value in named.items()}


def paths(since: str, **named: str) -> dict[str, Supply]:
    """Supplies for names whose stand-ins are attributes of a module: "module.attribute"."""
    return {name: Supply(lambda path=path: resolve(path), since) for name, path in named.items()}


def resolve(path: str) -> Any:
    """The object at "module.attribute"."""
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


class ArgSpec(NamedTuple):
    """What `inspect.getargspec` returned."""

    args: list[str]
    varargs: str | None
    keywords: str | None
    defaults: tuple[Any, ...] | None


def getargspec(func: Callable[..., Any]) -> ArgSpec:
    """The arguments of a function without keyword-only ones, as before Python 3.11.

    Annotations are passed over: TensorFlow's functions had none, ours do. So are the decorators of
    what TensorFlow deprecated later: programs check arguments of cells before they make some.

    Raises:
      ValueError: If the function has keyword-only arguments.
    """
    if getattr(func, "__module__", "").startswith("evergraph."):
        func = inspect.unwrap(func)
    spec = inspect.getfullargspec(func)
    if spec.kwonlyargs:
        raise ValueError(
            "Function has keyword-only parameters or annotations, "
            "use inspect.signature() API which can support them"
        )
    return ArgSpec(spec.args, spec.varargs, spec.varkw, spec.defaults)


PYTHON: dict[str, Mapping[str, Supply]] = {
    "base64": paths(
        "Python 3.9", encodestring="base64.encodebytes", decodestring="base64.decodebytes"
    ),
    "collections": values(
        "Python 3.10", **{name: getattr(collections.abc, name) for name in collections.abc.__all__}
    ),
    "configparser": values("Python 3.12", SafeConfigParser=configparser.ConfigParser),
    "fractions": values("Python 3.9", gcd=math.gcd),
    "inspect": values("Python 3.11", ArgSpec=ArgSpec, getargspec=getargspec),
    "logging": values("Python 3.13", warn=logging.warning),
    "os": values("Python 3.7", errno=errno, getcwdu=os.getcwd),
    "time": values("Python 3.8", clock=time.perf_counter if os.name == "nt" else time.process_time),
}


# --------------------------------------------------------------------------- NumPy
def asfarray(a: Any, dtype: Any = np.float64) -> np.ndarray:
    """An array of a floating type; other types become float64."""
    return np.asarray(a, dtype if np.issubdtype(dtype, np.inexact) else np.float64)


def find_common_type(array_types: list[Any], scalar_types: list[Any]) -> Any:
    """The type that arrays and scalars of these types gave in NumPy 1: scalars of the same kind
    do not widen."""
    arrays = [np.ones(1, t) for t in array_types]
    scalars = [np.dtype(t) for t in scalar_types]
    if not arrays:
        return np.result_type(*scalars) if scalars else None
    common = np.result_type(*arrays)
    if not scalars:
        return common
    widest = np.result_type(*scalars)
    order = "biufc"
    kinds = common.kind, widest.kind
    if any(kind not in order for kind in kinds) or order.index(kinds[1]) > order.index(kinds[0]):
        return np.result_type(common, widest)
    return common


def in1d(
    ar1: Any, ar2: Any, assume_unique: bool = False, invert: bool = False, *, kind: Any = None
) -> np.ndarray:
    """Which elements of `ar1`, flattened, are in `ar2`."""
    return np.isin(np.ravel(ar1), ar2, assume_unique, invert, kind=kind)


def rank(a: Any) -> int:
    """The number of dimensions."""
    return np.ndim(a)


def obj2sctype(rep: Any, default: Any = None) -> Any:
    """The scalar type of a type, dtype or array; `default` for what is none."""
    if isinstance(rep, type) and issubclass(rep, np.generic):
        return rep
    try:
        return (rep.dtype if isinstance(rep, np.ndarray) else np.dtype(rep)).type
    except TypeError:
        return default


def issubclass_(arg1: Any, arg2: Any) -> bool:
    """`issubclass` that answers False for what is no class."""
    return isinstance(arg1, type) and issubclass(arg1, arg2)


def recfromcsv(fname: Any, **kwargs: Any) -> Any:
    """A record array of a file of comma-separated values."""
    options = {"case_sensitive": "lower", "names": True, "delimiter": ",", "dtype": None, **kwargs}
    return recfromtxt(fname, **options)


def recfromtxt(fname: Any, **kwargs: Any) -> Any:
    """A record array of a text file."""
    usemask = kwargs.pop("usemask", False)
    table = np.genfromtxt(fname, usemask=usemask, **{"dtype": None, **kwargs})
    return table.view(np.ma.mrecords.MaskedRecords if usemask else np.recarray)


class Caster(dict[Any, Callable[[Any], np.ndarray]]):
    """`np.cast`: a function that casts to a type, by the type."""

    def __missing__(self, key: Any) -> Callable[[Any], np.ndarray]:
        return lambda value: np.asarray(value).astype(key)


SCALARS: list[type[np.generic]] = sorted(
    {t for t in np.sctypeDict.values()}, key=lambda t: (np.dtype(t).itemsize, t.__name__)
)


def scalars_of(*families: type[np.generic]) -> list[type[np.generic]]:
    """The scalar types of these families, the smallest first."""
    return [t for t in SCALARS if issubclass(t, families) and not issubclass(t, np.timedelta64)]


NUMPY: dict[str, Supply] = {
    **values("NumPy 1.13", loads=pickle.loads, rank=rank),
    **values("NumPy 1.23", asscalar=operator.methodcaller("item"), alen=len),
    **values(
        "NumPy 1.24",
        bool=bool,
        complex=complex,
        float=float,
        int=int,
        long=int,
        object=object,
        str=str,
        unicode=str,
        bool8=np.bool_,
        bytes0=np.bytes_,
        int0=np.intp,
        object0=np.object_,
        str0=np.str_,
        uint0=np.uintp,
        void0=np.void,
        typeDict=np.sctypeDict,
        math=math,
        sys=sys,
        os=os,
        warnings=warnings,
    ),
    **values(
        "NumPy 2.0",
        Inf=np.inf,
        Infinity=np.inf,
        NAN=np.nan,
        NINF=-np.inf,
        NZERO=-0.0,
        NaN=np.nan,
        PINF=np.inf,
        PZERO=0.0,
        infty=np.inf,
        alltrue=np.all,
        asfarray=asfarray,
        cast=Caster(),
        cfloat=np.complex128,
        clongfloat=np.clongdouble,
        complex_=np.complex128,
        cumproduct=np.cumprod,
        find_common_type=find_common_type,
        float_=np.float64,
        issubclass_=issubclass_,
        longcomplex=np.clongdouble,
        longfloat=np.longdouble,
        mat=np.asmatrix,
        msort=lambda a: np.sort(a, axis=0),
        nbytes={t: np.dtype(t).itemsize for t in SCALARS},
        obj2sctype=obj2sctype,
        product=np.prod,
        recfromcsv=recfromcsv,
        recfromtxt=recfromtxt,
        round_=np.round,
        sctype2char=lambda sctype: np.dtype(obj2sctype(sctype)).char,
        sctypes={
            "int": scalars_of(np.signedinteger),
            "uint": scalars_of(np.unsignedinteger),
            "float": scalars_of(np.floating),
            "complex": scalars_of(np.complexfloating),
            "others": [bool, object, bytes, str, np.void],
        },
        singlecomplex=np.complex64,
        sometrue=np.any,
        string_=np.bytes_,
        unicode_=np.str_,
    ),
    **paths(
        "NumPy 2.0",
        AxisError="numpy.exceptions.AxisError",
        ComplexWarning="numpy.exceptions.ComplexWarning",
        DataSource="numpy.lib.npyio.DataSource",
        ModuleDeprecationWarning="numpy.exceptions.ModuleDeprecationWarning",
        RankWarning="numpy.exceptions.RankWarning",
        TooHardError="numpy.exceptions.TooHardError",
        VisibleDeprecationWarning="numpy.exceptions.VisibleDeprecationWarning",
        add_docstring="numpy.lib.add_docstring",
        add_newdoc="numpy.lib.add_newdoc",
        byte_bounds="numpy.lib.array_utils.byte_bounds",
        compare_chararrays="numpy.char.compare_chararrays",
        format_parser="numpy.rec.format_parser",
        safe_eval="ast.literal_eval",
    ),
    **values("NumPy 2.4", in1d=in1d),
    **paths("NumPy 2.4", row_stack="numpy.vstack", trapz="numpy.trapezoid"),
}


# --------------------------------------------------------------------------- SciPy, Pillow
def simps(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1, even: str = "avg") -> Any:
    """Simpson's rule, with the arguments that it had; `even` no longer makes a difference."""
    return resolve("scipy.integrate.simpson")(y, x=x, dx=dx, axis=axis)


# NumPy's functions stood in SciPy's own namespace.
SCIPY = {
    name: Supply(lambda name=name: getattr(np, name), "SciPy 1.13")
    for name in (*np.__all__, "random")
    if name == "random" or not inspect.ismodule(getattr(np, name))
}
WINDOWS = "barthann bartlett blackman blackmanharris bohman boxcar chebwin cosine flattop gaussian"
WINDOWS += " general_gaussian hamming hann kaiser nuttall parzen slepian triang tukey"
SCIPY_MODULES: dict[str, Mapping[str, Supply]] = {
    "scipy": SCIPY,
    "scipy.integrate": values("SciPy 1.14", simps=simps)
    | paths(
        "SciPy 1.14",
        cumtrapz="scipy.integrate.cumulative_trapezoid",
        trapz="scipy.integrate.trapezoid",
    ),
    "scipy.linalg": paths("SciPy 1.9", pinv2="scipy.linalg.pinv"),
    "scipy.ndimage": paths("SciPy 1.2", imread="evergraph.compat.shims.scipy_misc.imread"),
    "scipy.signal": paths(
        "SciPy 1.13",
        hanning="scipy.signal.windows.hann",
        **{name: f"scipy.signal.windows.{name}" for name in WINDOWS.split()},
    ),
}


def scipy_misc(since: str, *names: str) -> dict[str, Supply]:
    """Supplies for names of scipy.misc."""
    return paths(since, **{name: f"evergraph.compat.shims.scipy_misc.{name}" for name in names})


SCIPY_MISC = {
    **scipy_misc("SciPy 1.2", "bytescale", "fromimage", "imfilter", "imread"),
    **scipy_misc("SciPy 1.2", "imresize", "imrotate", "imsave", "imshow", "toimage"),
    **scipy_misc("SciPy 1.3", "comb", "factorial", "factorial2", "factorialk", "logsumexp", "pade"),
    **scipy_misc("SciPy 1.12", "ascent", "electrocardiogram", "face"),
    **scipy_misc("SciPy 1.12", "central_diff_weights", "derivative"),
}
PILLOW = paths(
    "Pillow 10",
    ANTIALIAS="PIL.Image.LANCZOS",
    CUBIC="PIL.Image.BICUBIC",
    LINEAR="PIL.Image.BILINEAR",
)

SUPPLIED: dict[str, Mapping[str, Supply]] = {
    **PYTHON,
    **SCIPY_MODULES,
    "numpy": NUMPY,
    "scipy.misc": SCIPY_MISC,
    "PIL.Image": PILLOW,
}
