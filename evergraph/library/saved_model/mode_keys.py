"""What a graph in a SavedModel is for, in the words of Keras and of estimators."""

from collections.abc import Iterator, Mapping
from typing import Any


class KerasModeKeys:
    """Keras's words."""

    TRAIN = "train"
    TEST = "test"
    PREDICT = "predict"


class EstimatorModeKeys:
    """The words of estimators."""

    TRAIN = "train"
    EVAL = "eval"
    PREDICT = "infer"


def is_predict(mode: Any) -> bool:
    """Whether it is a word for predicting."""
    return mode in (KerasModeKeys.PREDICT, EstimatorModeKeys.PREDICT)


def is_eval(mode: Any) -> bool:
    """Whether it is a word for evaluating."""
    return mode in (KerasModeKeys.TEST, EstimatorModeKeys.EVAL)


def is_train(mode: Any) -> bool:
    """Whether it is a word for training."""
    return mode in (KerasModeKeys.TRAIN, EstimatorModeKeys.TRAIN)


class ModeKeyMap(Mapping[str, Any]):
    """Values by mode, found under either word. Raises ValueError: a mode occurs twice, or the word
    is neither's."""

    def __init__(self, **kwargs: Any) -> None:
        self._keys = list(kwargs)
        self._internal_dict: dict[str, Any] = {}
        for key, value in kwargs.items():
            mode = self._get_internal_key(key)
            if mode in self._internal_dict:
                raise ValueError(
                    f"Error creating ModeKeyMap. Multiple keys/values found for {mode} mode."
                )
            self._internal_dict[mode] = value

    def _get_internal_key(self, key: str) -> str:
        if is_train(key):
            return KerasModeKeys.TRAIN
        if is_eval(key):
            return KerasModeKeys.TEST
        if is_predict(key):
            return KerasModeKeys.PREDICT
        raise ValueError(f"Invalid mode key: {key}.")

    def __getitem__(self, key: str) -> Any:
        return self._internal_dict[self._get_internal_key(key)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)
