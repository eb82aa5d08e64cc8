"""One registry pattern for everything that has a name: effects, encoders, data sets.

A thing is registered under its name by a decorator. Other packages add theirs through an entry
point of the registry's group; the entry point is loaded the first time a name is looked up. One that
cannot be loaded is named in a warning and left out: it must not take the others with it.
"""

import difflib
import warnings
from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, TypeVar

from wetdry.errors import WetdryError

T = TypeVar("T")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a hint naming the known word nearest to `word`, or the whole list if none is near.

    >>> did_you_mean("revreb", ["delay", "reverb"])
    'did you mean "reverb"?'
    """
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if near:
        return f'did you mean "{near[0]}"?'
    return "known: " + ", ".join(names)


class Registry(Generic[T]):
    """Names mapped to registered things, in the order of their registration."""

    def __init__(self, kind: str, error: type[WetdryError]) -> None:
        self.kind = kind
        self._error = error
        self._things: dict[str, T] = {}
        self._broken: dict[str, str] = {}
        self._plugins_loaded = False

    def register(self, name: str) -> Callable[[T], T]:
        """Decorator that enters the decorated thing under `name`."""

        def enter(thing: T) -> T:
            if name in self._things and self._things[name] is not thing:
                raise ValueError(f'{self.kind} "{name}" is registered twice')
            self._things[name] = thing
            return thing

        return enter

    def get(self, name: str) -> T:
        """Return what is registered under `name`, or raise with the nearest known name."""
        self._load_plugins()
        try:
            return self._things[name]
        except KeyError:
            if name in self._broken:
                raise self._error(self._broken[name]) from None
            hint = did_you_mean(name, self._things)
            raise self._error(f'Unknown {self.kind} "{name}": {hint}') from None

    def names(self) -> list[str]:
        """All names, built-in ones first, in the order of their registration."""
        self._load_plugins()
        return list(self._things)

    def _load_plugins(self) -> None:
        if self._plugins_loaded:
            return
        self._plugins_loaded = True
        for point in entry_points(group=f"wetdry.{self.kind.replace(' ', '_')}s"):
            if problem := self._problem(point):
                self._broken[point.name] = problem
                warnings.warn(problem, UserWarning, stacklevel=4)

    def _problem(self, point: EntryPoint) -> str:
        """Load and register an entry point; what prevents it, in one sentence, or nothing."""
        package = point.dist.name if point.dist else point.module
        if point.name in self._things:
            return f'The {self.kind} "{point.name}" of {package} has the name of another; uninstall one of them.'
        try:
            thing = point.load()
        except Exception as error:  # A stranger's module runs here, and may raise anything.
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            return f'The {self.kind} "{point.name}" of {package} cannot be loaded ({reason}); update or uninstall it.'
        self._things[point.name] = thing
        return ""
