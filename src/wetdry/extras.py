"""Packages that not every install has."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from wetdry.errors import MissingPackageError

INSTALL = 'install it with pip install "wetdry[models]"'


def require(module: str, needed_by: str = "This encoder", install: str = INSTALL) -> ModuleType:
    """The module of that name, imported, or one sentence that says how to get it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingPackageError(f"{needed_by} needs {error.name or module}; {install}.") from None


def missing(module: str) -> bool:
    """Whether `require` would fail for want of the package; nothing is imported."""
    return find_spec(module) is None
