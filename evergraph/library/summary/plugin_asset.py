"""Files that plugins of TensorBoard want beside the event file.

Stands for `tensorflow.python.summary.plugin_asset`.
"""

import abc
from typing import Any

from evergraph.graph.graph import Graph, get_default_graph

_PREFIX = "__tensorboard_plugin_asset__"


class PluginAsset(abc.ABC):
    """What a plugin wants to be written; there is one for each plugin and graph.

    `plugin_name` is set by subclasses.
    """

    plugin_name: str | None = None

    @abc.abstractmethod
    def assets(self) -> dict[str, str]:
        """Contents of files by name."""
        raise NotImplementedError


def get_plugin_asset(plugin_asset_cls: Any, graph: Graph | None = None) -> Any:
    """The graph's object of a subclass of PluginAsset, made if there is none.

    Raises:
      ValueError: the class has no name, or another class of that name has an object.
    """
    graph = graph or get_default_graph()
    if not plugin_asset_cls.plugin_name:
        raise ValueError(f"Class {plugin_asset_cls.__name__} has no plugin_name")
    name = _PREFIX + plugin_asset_cls.plugin_name
    if not graph.get_collection(name):
        graph.add_to_collection(name, plugin_asset_cls())
        graph.add_to_collection(_PREFIX, plugin_asset_cls.plugin_name)
    found = _only(graph, name)
    if not isinstance(found, plugin_asset_cls):
        raise ValueError(
            f"Plugin name collision between classes {plugin_asset_cls.__name__} and "
            f"{found.__class__.__name__}"
        )
    return found


def get_all_plugin_assets(graph: Graph | None = None) -> list[Any]:
    """The graph's objects of all plugins."""
    graph = graph or get_default_graph()
    return [_only(graph, _PREFIX + name) for name in graph.get_collection(_PREFIX)]


def _only(graph: Graph, name: str) -> Any:
    held = graph.get_collection(name)
    if len(held) != 1:
        raise ValueError(f"Collection for {name} had {len(held)} items, expected 1")
    return held[0]
