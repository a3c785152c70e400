"""What `tensorflow.python.platform.test` offers."""

from evergraph.library.device_lib import (
    gpu_device_name,
    is_built_with_cuda,
    is_built_with_gpu_support,
    is_built_with_rocm,
    is_gpu_available,
)
from evergraph.library.testing.benchmark import TensorFlowBenchmark as Benchmark
from evergraph.library.testing.benchmark import benchmark_config
from evergraph.library.testing.googletest import (
    StubOutForTesting,
    get_temp_dir,
    main,
    mock,
    test_src_dir_path,
)
from evergraph.library.testing.gradient_checker import compute_gradient, compute_gradient_error
from evergraph.library.testing.graph_compare import assert_equal_graph_def
from evergraph.library.testing.test_case import TensorFlowTestCase as TestCase

__all__ = [
    "Benchmark",
    "StubOutForTesting",
    "TestCase",
    "assert_equal_graph_def",
    "benchmark_config",
    "compute_gradient",
    "compute_gradient_error",
    "get_temp_dir",
    "gpu_device_name",
    "is_built_with_cuda",
    "is_built_with_gpu_support",
    "is_built_with_rocm",
    "is_gpu_available",
    "main",
    "mock",
    "test_src_dir_path",
]
