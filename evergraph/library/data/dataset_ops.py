"""All datasets in one module, under the names that TensorFlow's has."""

from evergraph.library.data.dataset_base import AUTOTUNE as AUTOTUNE
from evergraph.library.data.dataset_base import DatasetSource as DatasetSource
from evergraph.library.data.dataset_base import DatasetV2 as DatasetV2
from evergraph.library.data.dataset_base import UnaryDataset as UnaryDataset
from evergraph.library.data.dataset_base import (
    UnaryUnchangedStructureDataset as UnaryUnchangedStructureDataset,
)
from evergraph.library.data.dataset_options import Options as Options
from evergraph.library.data.dataset_spec import DatasetSpec as DatasetSpec
from evergraph.library.data.dataset_spec import _NestedVariant as _NestedVariant
from evergraph.library.data.dataset_spec import _VariantDataset as _VariantDataset
from evergraph.library.data.dataset_spec import from_variant as from_variant
from evergraph.library.data.dataset_spec import to_variant as to_variant
from evergraph.library.data.dataset_v1 import DatasetV1 as DatasetV1
from evergraph.library.data.dataset_v1 import DatasetV1Adapter as DatasetV1Adapter
from evergraph.library.data.dataset_v1 import (
    make_initializable_iterator as make_initializable_iterator,
)
from evergraph.library.data.dataset_v1 import make_one_shot_iterator as make_one_shot_iterator
from evergraph.library.data.functional import FilterDataset as FilterDataset
from evergraph.library.data.functional import FlatMapDataset as FlatMapDataset
from evergraph.library.data.functional import InterleaveDataset as InterleaveDataset
from evergraph.library.data.functional import MapDataset as MapDataset
from evergraph.library.data.functional import (
    ParallelInterleaveDataset as ParallelInterleaveDataset,
)
from evergraph.library.data.functional import ParallelMapDataset as ParallelMapDataset
from evergraph.library.data.generator import _GeneratorDataset as _GeneratorDataset
from evergraph.library.data.legacy import get_legacy_output_classes as get_legacy_output_classes
from evergraph.library.data.legacy import get_legacy_output_shapes as get_legacy_output_shapes
from evergraph.library.data.legacy import get_legacy_output_types as get_legacy_output_types
from evergraph.library.data.legacy import get_structure as get_structure
from evergraph.library.data.sources import ConcatenateDataset as ConcatenateDataset
from evergraph.library.data.sources import RangeDataset as RangeDataset
from evergraph.library.data.sources import SparseTensorSliceDataset as SparseTensorSliceDataset
from evergraph.library.data.sources import TensorDataset as TensorDataset
from evergraph.library.data.sources import TensorSliceDataset as TensorSliceDataset
from evergraph.library.data.sources import ZipDataset as ZipDataset
from evergraph.library.data.structured_function import (
    StructuredFunctionWrapper as StructuredFunctionWrapper,
)
from evergraph.library.data.structured_function import (
    should_unpack_args as _should_unpack_args,  # noqa: F401
)
from evergraph.library.data.transformations import BatchDataset as BatchDataset
from evergraph.library.data.transformations import CacheDataset as CacheDataset
from evergraph.library.data.transformations import PaddedBatchDataset as PaddedBatchDataset
from evergraph.library.data.transformations import PrefetchDataset as PrefetchDataset
from evergraph.library.data.transformations import RepeatDataset as RepeatDataset
from evergraph.library.data.transformations import ShardDataset as ShardDataset
from evergraph.library.data.transformations import ShuffleDataset as ShuffleDataset
from evergraph.library.data.transformations import SkipDataset as SkipDataset
from evergraph.library.data.transformations import TakeDataset as TakeDataset
from evergraph.library.data.transformations import WindowDataset as WindowDataset
from evergraph.library.data.transformations import _ModelDataset as _ModelDataset
from evergraph.library.data.transformations import _OptimizeDataset as _OptimizeDataset
from evergraph.library.data.transformations import _OptionsDataset as _OptionsDataset
from evergraph.library.data.transformations import _UnbatchDataset as _UnbatchDataset

Dataset = DatasetV1
