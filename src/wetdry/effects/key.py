r"""The grammar of effect keys, and its parser.

::

    chain   = link { "|" link }
    link    = name [ "@" number | "(" [ chain | setting { "," setting } ] ")" ]
    setting = name "=" ( number | text | "true" | "false" )

`name@7` is the effect at level 7; a chain in brackets is for effects that wrap another (`ring(reverb)`). Text
stands in double or single quotes, with a backslash before a quote or backslash in it. A name may also be that of a
named chain. Spaces and line ends are free everywhere but inside names, numbers and text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from wetdry.effects.base import Effect, create, effects
from wetdry.effects.chain import Chain
from wetdry.effects.wrapper import Wrapper
from wetdry.errors import EffectError
from wetdry.registry import did_you_mean

Value = float | str | bool

TOKEN = re.compile(
    r"""\s*(?:
        (?P<name>[A-Za-z_][\w-]*)
      | (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<sign>[()=,|@])
      | (?P<end>\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)
DEEPEST_NESTING = 16
NO_CHAINS: Mapping[str, Chain] = MappingProxyType({})
LONGEST_SHOWN = 200


def parse(text: str, named: Mapping[str, Chain] = NO_CHAINS) -> Effect:
    """The effect that `text` describes; the inverse of `Effect.key`.

    Parameters
    ----------
    text
        See the grammar of this module.
    named
        Chains that may be called by name.

    Raises
    ------
    EffectError
        One sentence with what is wrong, where, and the nearest known name.

    >>> parse("reverb @ 5")
    Reverb(room_size=0.5, damping=0.5, wet_level=1.0, dry_level=0.4)
    >>> parse('matched( highpass(cutoff_hz=300) | gsm )').key
    'matched(highpass(cutoff_hz=300) | gsm)'
    """
    return _Parser(text, named).whole()


def parse_settings(text: str) -> dict[str, Value]:
    """The values in `name=value, name=value` text, which may be empty.

    >>> parse_settings("mix=0.5, mode='hall', freeze=false")
    {'mix': 0.5, 'mode': 'hall', 'freeze': False}
    """
    parser = _Parser(text, {})
    values = {} if parser.token.kind == "end" else parser.settings()
    parser.expect_end()
    return values


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int

    @property
    def shown(self) -> str:
        return "the end" if self.kind == "end" else self.text


class _Parser:
    """Recursive descent; `token` is the next token that is not yet part of anything."""

    def __init__(self, text: str, named: Mapping[str, Chain]) -> None:
        self.text = text
        self.named = named
        self.end = 0
        self.depth = 0
        self.token = self._next()

    def whole(self) -> Effect:
        result = self.chain()
        self.expect_end()
        return result

    def expect_end(self) -> None:
        if self.token.kind != "end":
            raise self.fault(f'Expected "|" or the end, found {self.token.shown}')

    def chain(self) -> Effect:
        links = [self.link()]
        while self.accept("|"):
            links.append(self.link())
        return links[0] if len(links) == 1 else Chain(tuple(links))

    def link(self) -> Effect:
        token = self.take("name", "the name of an effect")
        try:
            chains = self.named
            if token.text in chains:
                return chains[token.text]
            if token.text not in effects.names():
                hint = did_you_mean(token.text, [*effects.names(), *chains])
                raise EffectError(f'Unknown effect "{token.text}": {hint}')
            if self.accept("@"):
                level = float(self.take("number", "a level from 0 to 10").text)
                return effects.get(token.text).at_level(level)
            return self.called(token.text)
        except _ParseError:
            raise
        except EffectError as error:
            raise self.fault(str(error), token) from None

    def called(self, name: str) -> Effect:
        """The effect `name` with what follows in brackets, if anything does."""
        cls = effects.get(name)
        bracket = self.accept("(")
        if issubclass(cls, Wrapper):
            if not bracket or self.token.text == ")":
                raise EffectError(f"{name} wraps another effect: write {name}(reverb).")
            self.depth += 1
            if self.depth > DEEPEST_NESTING:
                raise EffectError(f"Effects can be nested {DEEPEST_NESTING} deep, no deeper.")
            inner = self.chain()
            self.depth -= 1
            self.take(")", '")"')
            return cls(inner)
        values: dict[str, Value] = {}
        if bracket:
            values = {} if self.token.text == ")" else self.settings()
            self.take(")", '"," or ")"')
        return create(name, values)

    def settings(self) -> dict[str, Value]:
        values: dict[str, Value] = {}
        while True:
            token = self.take("name", "the name of a parameter")
            if token.text in values:
                raise self.fault(f"{token.text} is given twice", token)
            self.take("=", '"=" and a value')
            values[token.text] = self.value()
            if not self.accept(","):
                return values

    def value(self) -> Value:
        token = self.token
        if token.kind == "number":
            self.token = self._next()
            # Whole numbers stay exact; those of more digits than any parameter takes become floats.
            return int(token.text) if re.fullmatch(r"[+-]?\d{1,15}", token.text) else float(token.text)
        if token.kind == "text":
            self.token = self._next()
            return re.sub(r"\\(.)", r"\1", token.text[1:-1], flags=re.DOTALL)
        if token.text in ("true", "false"):
            self.token = self._next()
            return token.text == "true"
        raise self.fault(f"Expected a number, true, false or text in quotes, found {token.shown}")

    def accept(self, sign: str) -> bool:
        if self.token.kind == "sign" and self.token.text == sign:
            self.token = self._next()
            return True
        return False

    def take(self, wanted: str, description: str) -> _Token:
        """The next token, which must be of kind `wanted` or the sign `wanted`."""
        token = self.token
        if wanted not in (token.kind, token.text) or (token.kind == "text" and wanted != "text"):
            raise self.fault(f"Expected {description}, found {token.shown}")
        self.token = self._next()
        return token

    def fault(self, what: str, token: _Token | None = None) -> _ParseError:
        return _ParseError(what, (token or self.token).start, self.text)

    def _next(self) -> _Token:
        match = TOKEN.match(self.text, self.end)
        if match is None:
            start = self.end + len(self.text[self.end :]) - len(self.text[self.end :].lstrip())
            character = self.text[start]
            if character in "\"'":
                raise _ParseError("Text in quotes is not closed", start, self.text)
            raise _ParseError(f"{character!r} means nothing here; text needs quotes", start, self.text)
        self.end = match.end()
        kind = match.lastgroup or "end"
        return _Token(kind, match[kind], match.start(kind))


class _ParseError(EffectError):
    """Says where in the text the trouble is, once, however deep it was found."""

    def __init__(self, what: str, start: int, text: str) -> None:
        shown = text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
        super().__init__(f'{what.rstrip(".")} (at position {start + 1} of "{shown}").')
