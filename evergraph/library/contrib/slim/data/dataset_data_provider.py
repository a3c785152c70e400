"""The items of a data set, read in parallel."""

from typing import Any

from evergraph.base.export import export
from evergraph.library.contrib.slim.data import data_provider, parallel_reader


@export("contrib.slim.dataset_data_provider.DatasetDataProvider")
class DatasetDataProvider(data_provider.DataProvider):
    """The items of an example of a data set. Stands for
    `slim.dataset_data_provider.DatasetDataProvider`.

    Args:
      dataset: a Dataset.
      num_readers, reader_kwargs, shuffle, num_epochs, seed, scope: see
        `slim.parallel_reader.parallel_read`.
      common_queue_capacity, common_queue_min: of the queue of records.
      record_key: the name of the item that is the record's key.

    Raises:
      ValueError: the data set has an item of that name.
    """

    def __init__(
        self,
        dataset: Any,
        num_readers: int = 1,
        reader_kwargs: Any = None,
        shuffle: bool = True,
        num_epochs: int | None = None,
        common_queue_capacity: int = 256,
        common_queue_min: int = 128,
        record_key: str = "record_key",
        seed: int | None = None,
        scope: Any = None,
    ) -> None:
        key, data = parallel_reader.parallel_read(
            dataset.data_sources,
            reader_class=dataset.reader,
            num_epochs=num_epochs,
            num_readers=num_readers,
            reader_kwargs=reader_kwargs,
            shuffle=shuffle,
            capacity=common_queue_capacity,
            min_after_dequeue=common_queue_min,
            seed=seed,
            scope=scope,
        )
        items = dataset.decoder.list_items()
        tensors = dataset.decoder.decode(data, items)
        items_to_tensors = dict(zip(items, tensors, strict=False))
        if record_key in items_to_tensors:
            raise ValueError(
                "The item name used for `record_key` cannot also be used for a dataset item: %s",
                record_key,
            )
        items_to_tensors[record_key] = key
        super().__init__(items_to_tensors=items_to_tensors, num_samples=dataset.num_samples)
