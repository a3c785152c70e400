"""What a data set is: files, and how they are read."""

from typing import Any

from evergraph.base.export import export


@export("contrib.slim.dataset.Dataset")
class Dataset:
    """A data set, whose arguments are its attributes. Stands for `slim.dataset.Dataset`.

    Args:
      data_sources: files, or patterns of files.
      reader: the class of readers.
      decoder: a DataDecoder.
      num_samples: how many examples there are.
      items_to_descriptions: what each item is.
      **kwargs: more attributes.
    """

    def __init__(
        self,
        data_sources: Any,
        reader: Any,
        decoder: Any,
        num_samples: Any,
        items_to_descriptions: Any,
        **kwargs: Any,
    ) -> None:
        self.__dict__.update(kwargs)
        self.data_sources = data_sources
        self.reader = reader
        self.decoder = decoder
        self.num_samples = num_samples
        self.items_to_descriptions = items_to_descriptions
