"""What becomes of files on the way: bytes that flip, ends that are missing, cells that say something else.

Every function takes a generator of random numbers and valid contents, and gives the bytes of one mutation: the same
for the same state of the generator.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Sequence
from copy import deepcopy
from random import Random
from typing import Any

Mutation = Callable[[Random, Sequence[bytes]], bytes]

MOST_AT_ONCE = 4
"""Changes to one file; after more of them nothing is left to be read."""
LENGTHS = (
    0,
    1,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0xFFFF,
    1 << 24,
    (1 << 31) - 1,
    1 << 31,
    (1 << 32) - 1,
    1 << 40,
    (1 << 63) - 1,
)
"""Numbers that are written where a length may stand."""

NUMBERS = ("0", "-1", "1e999", "-1e999", "NaN", "Infinity", "1e308", "1_000", "0x10", "٣", "9" * 5000, "1" + "0" * 30)
PATHS = ("../../../etc/passwd", "/etc/passwd", "~nobody-has-this-name/x", "C:\\x", "a" * 300, "./.", "con.wav")
TEXTS = (
    "",
    " ",
    "\0",
    "\x1b[2J",
    "\u202e",
    "\ufeff",
    "a\nb",
    "a\r",
    '"',
    "'",
    "=1+1",
    "@SUM(A1)",
    "<script>",
    "😀",
    "[",
    "}",
)
LONG = "x" * 10_000
DEEP = 3_000
"""Brackets within brackets, beyond what Python's own recursion takes."""
DEEPLY = "nested deeply"
"""Stands in a tree of JSON for what is nested more deeply than it could be built."""


def nasty(rng: Random) -> str:
    """Text that a cell or a field should not hold."""
    return rng.choice([rng.choice(NUMBERS), rng.choice(PATHS), rng.choice(TEXTS), LONG])


# Bytes


def damaged(rng: Random, valid: Sequence[bytes]) -> bytes:
    """One of the valid contents with one to four of its bytes, blocks or lengths changed."""
    content = bytearray(rng.choice(valid))
    for _ in range(rng.randint(1, MOST_AT_ONCE)):
        content = rng.choice(CHANGES)(rng, content, valid)
    return bytes(content)


def _flipped(rng: Random, content: bytearray, _: Sequence[bytes]) -> bytearray:
    if content:
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    return content


def _flipped_in_front(rng: Random, content: bytearray, _: Sequence[bytes]) -> bytearray:
    """Headers decide more than what follows them."""
    if content:
        content[rng.randrange(min(64, len(content)))] ^= 1 << rng.randrange(8)
    return content


def _overwritten(rng: Random, content: bytearray, _: Sequence[bytes]) -> bytearray:
    first, end = _span(rng, content)
    size = end - first
    content[first:end] = rng.choice([bytes(size), b"\xff" * size, rng.randbytes(size)])
    return content


def _cut(rng: Random, content: bytearray, _: Sequence[bytes]) -> bytearray:
    return content[: rng.randint(0, len(content))]


def _extended(rng: Random, content: bytearray, _: Sequence[bytes]) -> bytearray:
    return content + rng.choice([bytes(rng.randint(1, 4096)), rng.randbytes(rng.randint(1, 64)), content])


def _doubled(rng: Random, content: bytearray, _: Sequence[bytes]) -> bytearray:
    first, end = _span(rng, content)
    return content[:end] + content[first:]


def _shortened(rng: Random, content: bytearray, _: Sequence[bytes]) -> bytearray:
    first, end = _span(rng, content)
    return content[:first] + content[end:]


def _exchanged(rng: Random, content: bytearray, _: Sequence[bytes]) -> bytearray:
    first, end = _span(rng, content)
    middle = rng.randint(first, end)
    return content[:first] + content[middle:end] + content[first:middle] + content[end:]


def _spliced(rng: Random, content: bytearray, valid: Sequence[bytes]) -> bytearray:
    other = rng.choice(valid)
    return content[: rng.randint(0, len(content))] + other[rng.randint(0, len(other)) :]


def _lengthened(rng: Random, content: bytearray, _: Sequence[bytes]) -> bytearray:
    """A number over four or eight bytes, in either order of bytes, where a length may be: mostly near the start."""
    size = rng.choice([2, 4, 4, 8])
    if len(content) < size:
        return content
    last = len(content) - size
    first = rng.randint(0, min(last, rng.choice([64, last])))
    number = rng.choice(LENGTHS) % (1 << 8 * size)
    content[first : first + size] = number.to_bytes(size, rng.choice(["little", "big"]))
    return content


def _span(rng: Random, content: bytearray) -> tuple[int, int]:
    first = rng.randint(0, len(content))
    return first, min(len(content), first + rng.choice([1, 2, 4, 16, 256, len(content)]))


CHANGES = (
    _flipped,
    _flipped_in_front,
    _overwritten,
    _cut,
    _extended,
    _doubled,
    _shortened,
    _exchanged,
    _spliced,
    _lengthened,
)

# Text


def misspelt(rng: Random, valid: Sequence[bytes]) -> bytes:
    """Text with a word, a line, its encoding or its ends of lines changed; or damaged as bytes are."""
    if rng.random() < 0.25:
        return damaged(rng, valid)
    text = rng.choice(valid).decode()
    for _ in range(rng.randint(1, MOST_AT_ONCE)):
        text = rng.choice(REWORDINGS)(rng, text)
    return _encoded(rng, text)


def _another_word(rng: Random, text: str) -> str:
    words = list(re.finditer(r"[\w.+-]+|\S", text))
    if not words:
        return text
    word = rng.choice(words)
    return text[: word.start()] + nasty(rng) + text[word.end() :]


def _word_twice(rng: Random, text: str) -> str:
    place = rng.randint(0, len(text))
    return text[:place] + text[max(0, place - rng.randint(1, 20)) :]


def _lines_changed(rng: Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    if not lines:
        return text
    line = rng.randrange(len(lines))
    other = rng.randrange(len(lines))
    return "".join(
        rng.choice(
            [
                lines[:line] + lines[line + 1 :],
                [*lines[:line], lines[other], *lines[line:]],
                [*lines[:line], lines[line].rstrip("\n"), *lines[line + 1 :]],
            ]
        )
    )


def _nested(rng: Random, text: str) -> str:
    place = rng.randint(0, len(text))
    opened, closed = rng.choice(["[]", "()", "{}", '""'])
    depth = rng.choice([2, 20, DEEP])
    return text[:place] + opened * depth + closed * rng.choice([0, depth]) + text[place:]


REWORDINGS = (_another_word, _another_word, _word_twice, _lines_changed, _nested)


def _encoded(rng: Random, text: str) -> bytes:
    content = text.encode()
    kind = rng.random()
    if kind < 0.05:
        return b"\xef\xbb\xbf" + content
    if kind < 0.10:
        return content.replace(b"\n", b"\r\n", rng.randint(1, 10))
    if kind < 0.13:
        return content.replace(b"\n", b"\r")
    if kind < 0.16:
        return text.encode("utf-16")
    if kind < 0.22:
        place = rng.randint(0, len(content))
        return content[:place] + rng.choice([b"\xff", b"\xc3", b"\xed\xa0\x80", b"\0"]) + content[place:]
    return content


# Tables


def rewritten_table(rng: Random, valid: Sequence[bytes]) -> bytes:
    """A CSV file in which cells, rows or columns are others, or misspelt as a text."""
    if rng.random() < 0.3:
        return misspelt(rng, valid)
    rows = list(csv.reader(io.StringIO(rng.choice(valid).decode())))
    for _ in range(rng.randint(1, MOST_AT_ONCE)):
        row = rng.choice(rows)
        change = rng.choice(["cell", "cell", "cell", "width", "row", "column", "heading"])
        if change == "cell" and row:
            row[rng.randrange(len(row))] = nasty(rng)
        elif change == "width":
            row[rng.randint(0, len(row)) :] = rng.choice([[], ["1"], ["", ""]])
        elif change == "row":
            rows.insert(rng.randint(0, len(rows)), list(rng.choice(rows)))
        elif change == "column":
            place = rng.randrange(max(1, len(rows[0])))
            rows = [cells[:place] + cells[place + 1 :] for cells in rows]
        elif rows[0]:
            rows[0][rng.randrange(len(rows[0]))] = rng.choice([rng.choice(rows[0]), "", "path", LONG])
    written = io.StringIO()
    csv.writer(written, lineterminator=rng.choice(["\n", "\r\n"])).writerows(rows)
    return _encoded(rng, written.getvalue())


# JSON

VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, 10**40, -(10**40), 0.5, -0.0, 1e308),
    *(float("nan"), float("inf"), float("-inf"), "", "\0", "NaN", "../x", "\ud800", LONG, [], {}, [[]], {"": None}),
    *([None] * 3, [0] * 500, {"a": {"b": [1, "2"]}}, DEEPLY),
)


def rewritten_json(rng: Random, valid: Sequence[bytes]) -> bytes:
    """A JSON file of which fields are missing, doubled or of another kind, or misspelt as a text."""
    if rng.random() < 0.3:
        return misspelt(rng, valid)
    return other_json(rng, rng.choice(valid).decode()).encode("utf-8", "surrogatepass")


def other_json(rng: Random, text: str) -> str:
    """Well-formed JSON, but for numbers that are none, with up to four changes within."""
    tree = [json.loads(text)]
    for _ in range(rng.randint(1, MOST_AT_ONCE)):
        _change(rng, tree)
    written = json.dumps(tree[0], ensure_ascii=rng.random() < 0.8)
    depth = rng.choice([5, 200, DEEP])
    return written.replace(json.dumps(DEEPLY), "[" * depth + "]" * depth)


def _change(rng: Random, tree: list[Any]) -> None:
    places = list(_places(tree))
    parent, key = rng.choice(places)
    what = rng.random()
    if what < 0.5:
        parent[key] = deepcopy(rng.choice(VALUES))
    elif what < 0.7 and parent is not tree:
        del parent[key]
    elif what < 0.85:
        other, place = rng.choice(places)
        parent[key] = deepcopy(other[place])
    elif isinstance(parent, dict):
        parent[rng.choice(["", "extra", "__class__", LONG, key + " "])] = deepcopy(parent[key])
    elif parent is not tree:
        parent.insert(key, deepcopy(parent[key]))


def _places(parent: Any) -> Any:
    """Container and key of every value below one."""
    for key in parent if isinstance(parent, dict) else range(len(parent)):
        yield parent, key
        if isinstance(parent[key], (dict, list)):
            yield from _places(parent[key])
