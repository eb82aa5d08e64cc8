"""Effects around another effect, written `name(inner)`."""

from __future__ import annotations

from dataclasses import dataclass

from wetdry.effects.base import Effect, WholeClipEffect
from wetdry.errors import EffectError


@dataclass(frozen=True)
class Wrapper(WholeClipEffect):
    """Changes how `inner` is applied; its key is `name(key of inner)`."""

    inner: Effect

    def validate(self) -> None:
        if not isinstance(self.inner, Effect):
            raise EffectError(f"{self.name} wraps an effect, as in {self.name}(reverb), not {self.inner!r}.")

    @property
    def key(self) -> str:
        return f"{self.name}({self.inner.key})"

    @property
    def revision(self) -> str:
        return f"{self.version}({self.inner.revision})"

    def tail_seconds(self) -> float:
        return self.inner.tail_seconds()
