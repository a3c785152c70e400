"""Stands in for setuptools' `pkg_resources`, which setuptools 82 removed, on importlib."""

import importlib
import importlib.metadata
import os
import re
from collections.abc import Iterator
from importlib.metadata import Distribution as Metadata
from types import ModuleType
from typing import IO, Any

__all__ = [
    "Distribution",
    "DistributionNotFound",
    "EntryPoint",
    "ResolutionError",
    "get_distribution",
    "iter_entry_points",
    "parse_version",
    "require",
    "resource_exists",
    "resource_filename",
    "resource_isdir",
    "resource_listdir",
    "resource_stream",
    "resource_string",
]

ENTRY_POINT = re.compile(
    r"\s*(?P<name>.+?)\s*=\s*(?P<module>[\w.]+)\s*(:\s*(?P<attrs>[\w.]+))?\s*"
    r"(?P<extras>\[.*\])?\s*$"
)


class ResolutionError(Exception):
    """What is asked of installed packages cannot be had."""


class DistributionNotFound(ResolutionError):
    """A package is not installed."""


class EntryPoint:
    """A name for an object in a module, written `name = module:object`."""

    def __init__(self, name: str, module_name: str, attrs: tuple[str, ...] = ()) -> None:
        self.name = name
        self.module_name = module_name
        self.attrs = tuple(attrs)

    def __str__(self) -> str:
        target = ":".join(filter(None, [self.module_name, ".".join(self.attrs)]))
        return f"{self.name} = {target}"

    @classmethod
    def parse(cls, src: str, dist: Any = None) -> "EntryPoint":
        """The entry point that a text stands for; ValueError for another text."""
        found = ENTRY_POINT.match(src)
        if found is None:
            form = "EntryPoint must be in 'name=module:attrs [extras]' format"
            raise ValueError(form, src)
        attrs = found["attrs"].split(".") if found["attrs"] else []
        return cls(found["name"], found["module"], tuple(attrs))

    def resolve(self) -> Any:
        """Import the module and return the object; ImportError if there is none."""
        found: Any = importlib.import_module(self.module_name)
        try:
            for name in self.attrs:
                found = getattr(found, name)
        except AttributeError as error:
            raise ImportError(str(error)) from error
        return found

    def load(self, require: bool = True, *args: Any, **kwargs: Any) -> Any:
        """As `resolve`; what it requires is taken to be installed."""
        return self.resolve()


class Distribution:
    """An installed package: its names, version and place."""

    def __init__(self, metadata: Metadata) -> None:
        self.project_name: str = metadata.metadata["Name"]
        self.key = self.project_name.lower()
        self.version = metadata.version
        self.location = str(metadata.locate_file(""))

    def __str__(self) -> str:
        return f"{self.project_name} {self.version}"

    @property
    def parsed_version(self) -> Any:
        """The version, comparable with others."""
        return parse_version(self.version)


def parse_version(version: str) -> Any:
    """A version that compares as versions do."""
    return importlib.import_module("packaging.version").Version(version)


def get_distribution(dist: str | Distribution) -> Distribution:
    """The installed package of this name; DistributionNotFound if there is none."""
    if isinstance(dist, Distribution):
        return dist
    name = re.split(r"[\s\[<>=!~;]", dist.strip(), maxsplit=1)[0]
    try:
        return Distribution(importlib.metadata.distribution(name))
    except importlib.metadata.PackageNotFoundError:
        text = f"The '{dist}' distribution was not found and is required by the application"
        raise DistributionNotFound(text) from None


def require(*requirements: str) -> list[Distribution]:
    """The installed packages of these names, whatever their versions are."""
    return [get_distribution(name) for name in requirements]


def iter_entry_points(group: str, name: str | None = None) -> Iterator[EntryPoint]:
    """The entry points of installed packages in a group."""
    for point in importlib.metadata.entry_points(group=group):
        if name is None or point.name == name:
            yield EntryPoint.parse(f"{point.name}={point.value}")


def resource_filename(package_or_requirement: str, resource_name: str) -> str:
    """The path of a file that belongs to a package or stands beside a module."""
    package: ModuleType = importlib.import_module(package_or_requirement)
    folder = os.path.dirname(package.__file__) if package.__file__ else next(iter(package.__path__))
    return os.path.join(folder, *resource_name.split("/"))


def resource_stream(package_or_requirement: str, resource_name: str) -> IO[bytes]:
    """Such a file, open for reading."""
    return open(resource_filename(package_or_requirement, resource_name), "rb")


def resource_string(package_or_requirement: str, resource_name: str) -> bytes:
    """The content of such a file."""
    with resource_stream(package_or_requirement, resource_name) as file:
        return file.read()


def resource_exists(package_or_requirement: str, resource_name: str) -> bool:
    """Whether there is such a file or folder."""
    return os.path.exists(resource_filename(package_or_requirement, resource_name))


def resource_isdir(package_or_requirement: str, resource_name: str) -> bool:
    """Whether it is a folder."""
    return os.path.isdir(resource_filename(package_or_requirement, resource_name))


def resource_listdir(package_or_requirement: str, resource_name: str) -> list[str]:
    """The names of what is in such a folder."""
    return os.listdir(resource_filename(package_or_requirement, resource_name))
