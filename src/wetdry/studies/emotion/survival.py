"""What survives: which shifts remain at equal loudness, across probes, and after correction for multiple tests."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from wetdry.analysis.statistics.permutation import FEWEST_UNITS_TO_FLIP
from wetdry.studies.checkpoints import Tables

LEVEL = 0.05
"""Of q-values, and the share of shuffled probes, the real one counted, that may shift as far."""

FEWEST_SHUFFLES = 19
"""With fewer, no shift can be further than all but 5 % of them."""

TOO_FEW = f"fewer than {FEWEST_UNITS_TO_FLIP} groups of clips, which no test can tell from chance"

YES, PARTLY, NO, UNTESTED = "yes", "partly", "no", "not tested"
RAW, MATCHED, TREND, PROBES, REFITS = "moves", "equal loudness", "dose", "all probes", "refits"
SPECIFIC, BASELINES, SURVIVES = "specific", "not in baselines", "survives"
REQUIRED = (RAW, MATCHED, TREND, PROBES, REFITS)
"""What must hold, or not be testable, for a shift to survive; `moves` and `equal loudness` must have been tested.
All but the first speak of the shift at equal loudness. The other checks are told beside."""

TWIN = "untrained-"
"""How the name of a baseline begins that has the architecture of one encoder, whose name follows."""

_ENDS = {"": "shift", "_low": "low", "_high": "high"}

Row = Mapping[Hashable, Any]


def survival(tables: Tables, main: str, baselines: Sequence[str]) -> pd.DataFrame:
    """A row for each encoder, effect, emotion and check, the last of which says whether the shift survives.

    Parameters
    ----------
    tables
        `overall`, `trends` and `profiles`, each with columns encoder, layer and probe.
    main
        Family of the main probe.
    baselines
        Names of the encoders that are baselines: nothing is claimed of them.
    """
    overall = tables["overall"]
    claimed = overall[~overall["encoder"].isin(baselines)]
    rows = []
    for (encoder, layer), of_layer in claimed.groupby(["encoder", "layer"], sort=False):
        own = [name for name in baselines if not name.startswith(TWIN) or name == f"{TWIN}{encoder}"]
        around = _Around(of_layer, tables, str(encoder), str(layer), main, overall[overall["encoder"].isin(own)])
        raw = of_layer[(of_layer["probe"] == main) & (of_layer["control"] == "raw")]
        for row in raw.to_dict("records"):
            verdicts = around.verdicts(row)
            shift = {name: row[name] for name in ("shift", "low", "high", "unit")} | around.matched_shift(row)
            place = {"encoder": encoder, "layer": layer, "effect": row["effect"], "target": row["target"]}
            rows += [
                {**place, "check": check, "verdict": said, "detail": why, **shift} for check, said, why in verdicts
            ]
    return pd.DataFrame(rows)


def survives(verdicts: Mapping[str, str]) -> str:
    """Whether a shift survives its checks: `not tested` if it cannot be told to move, or fails nowhere but cannot be
    told from loudness; `no` if a check fails; `partly` if some hold in part; else `yes`.

    >>> survives({RAW: "yes", MATCHED: "yes", TREND: "not tested", PROBES: "partly", REFITS: "yes"})
    'partly'
    """
    required = [verdicts[check] for check in REQUIRED]
    if verdicts[RAW] == UNTESTED:
        return UNTESTED
    if NO in required:
        return NO
    if verdicts[MATCHED] == UNTESTED:
        return UNTESTED
    return PARTLY if PARTLY in required else YES


class _Around:
    """Everything else that is known of the shifts of one layer."""

    def __init__(
        self, overall: pd.DataFrame, tables: Tables, encoder: str, layer: str, main: str, baselines: pd.DataFrame
    ) -> None:
        self._main = main
        self._overall = overall
        self._trends = _of(tables["trends"], encoder, layer, main)
        self._profiles = _of(tables["profiles"], encoder, layer, main)
        self._baselines = baselines

    def verdicts(self, row: Row) -> list[tuple[str, str, str]]:
        """(check, verdict, detail) of one raw shift of the main probe."""
        found = [
            (RAW, *self._moves(row)),
            (MATCHED, *self._matched(row)),
            (TREND, *self._trend(row)),
            (PROBES, *self._probes(row)),
            (REFITS, *self._refits(row)),
        ]
        beside = [(SPECIFIC, *self._specific(row)), (BASELINES, *self._in_baselines(row))]
        verdict = survives({check: said for check, said, _ in found})
        return [*found, *beside, (SURVIVES, verdict, _why(found))]

    def matched_shift(self, row: Row) -> dict[str, float]:
        """The same shift at equal loudness, with its interval."""
        found = self._same(self._overall, row, control="matched", probe=self._main) or {}
        return {f"matched{end}": found.get(name, np.nan) for end, name in _ENDS.items()}

    def _moves(self, row: Row) -> tuple[str, str]:
        if np.isnan(row["q"]):
            return UNTESTED, "not measured"
        if row["units"] < FEWEST_UNITS_TO_FLIP:
            return UNTESTED, TOO_FEW
        return _said(row["q"] < LEVEL), f"q = {row['q']:.3f}"

    def _matched(self, row: Row) -> tuple[str, str]:
        found = self._same(self._overall, row, control="matched", probe=self._main)
        if found is None or np.isnan(found["q"]):
            return UNTESTED, "not measured at equal loudness"
        if found["units"] < FEWEST_UNITS_TO_FLIP:
            return UNTESTED, TOO_FEW
        holds = found["q"] < LEVEL and _alike(found["shift"], row["shift"])
        return _said(holds), f"{found['shift']:+.3f}, q = {found['q']:.3f}"

    def _trend(self, row: Row) -> tuple[str, str]:
        found = self._same(self._trends, row, control="matched")
        if found is None:
            return UNTESTED, "has no levels"
        if np.isnan(found["q"]):
            return UNTESTED, "not measured"
        holds = found["q"] < LEVEL and _alike(found["rho"], row["shift"])
        return _said(holds), f"mean rank correlation with level {found['rho']:+.2f}, q = {found['q']:.3f}"

    def _probes(self, row: Row) -> tuple[str, str]:
        others = self._overall[
            (self._overall["probe"] != self._main)
            & (self._overall["control"] == "matched")
            & (self._overall["effect"] == row["effect"])
            & (self._overall["target"] == row["target"])
        ]
        if others.empty:
            return UNTESTED, "one family of probes"
        agree = (others["q"] < LEVEL) & (np.sign(others["shift"]) == np.sign(row["shift"]))
        detail = ", ".join(
            f"{probe} {shift:+.3f}" for probe, shift in zip(others["probe"], others["shift"], strict=True)
        )
        return _of_many(agree.to_numpy()), detail

    def _refits(self, row: Row) -> tuple[str, str]:
        shifts = self._runs(row, "refit", "matched")["shift"].to_numpy(dtype=np.float64)
        if not shifts.size:
            return UNTESTED, "no refits"
        agree = np.sign(shifts) == np.sign(row["shift"])
        return _of_many(agree), f"{agree.sum()} of {agree.size} to the same side"

    def _specific(self, row: Row) -> tuple[str, str]:
        shuffled, own = self._reach(row, "shuffled"), self._reach(row, "main")
        if shuffled.size < FEWEST_SHUFFLES:
            return UNTESTED, f"fewer than {FEWEST_SHUFFLES} shuffles"
        if np.isnan(own).any():
            return UNTESTED, "not measured"
        further = int((shuffled >= own).sum())
        holds = (1 + further) / (1 + shuffled.size) <= LEVEL
        return _said(holds), f"{further} of {shuffled.size} probes of shuffled labels shift as far for their spread"

    def _in_baselines(self, row: Row) -> tuple[str, str]:
        found = self._baselines[
            (self._baselines["probe"] == self._main)
            & (self._baselines["control"] == "raw")
            & (self._baselines["effect"] == row["effect"])
            & (self._baselines["target"] == row["target"])
        ]
        if found.empty:
            return UNTESTED, "no baselines"
        alike = found[(found["q"] < LEVEL) & (np.sign(found["shift"]) == np.sign(row["shift"]))]
        if alike.empty:
            return YES, "in none of them"
        return NO, f"also in {', '.join(alike['encoder'].unique())}"

    def _same(self, table: pd.DataFrame, row: Row, **where: str) -> Row | None:
        """The row of another table about the same effect and emotion."""
        if table.empty:
            return None
        wanted = {"effect": row["effect"], "target": row["target"], **where}
        kept = np.logical_and.reduce([table[column] == value for column, value in wanted.items()])
        rows = table[kept].to_dict("records")
        return rows[0] if rows else None

    def _reach(self, row: Row, kind: str) -> Any:
        """Sizes of the shifts of the probes of one kind (run,), in spreads of what each says of dry clips.

        A probe that knows nothing is calibrated to say little: its shifts are small, but no smaller for its spread.
        """
        rows = self._runs(row, kind, "raw")
        size, spread = rows["shift"].abs().to_numpy(np.float64), rows["spread"].to_numpy(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(size == 0.0, 0.0, size / spread)

    def _runs(self, row: Row, kind: str, control: str) -> pd.DataFrame:
        """Rows of the probes of one kind about the same shift, raw or matched."""
        rows = self._profiles
        kept = (
            (rows["kind"] == kind)
            & (rows["control"] == control)
            & (rows["effect"] == row["effect"])
            & (rows["target"] == row["target"])
        )
        found: pd.DataFrame = rows[kept]
        return found


def _of(table: pd.DataFrame, encoder: str, layer: str, probe: str) -> pd.DataFrame:
    if table.empty:
        return table
    return table[(table["encoder"] == encoder) & (table["layer"] == layer) & (table["probe"] == probe)]


def _why(found: Sequence[tuple[str, str, str]]) -> str:
    """What keeps a shift from surviving in full, and what was not put to the test."""
    failed, untested = (
        [check for check, said, _ in found if said in verdicts] for verdicts in ((NO, PARTLY), (UNTESTED,))
    )
    parts = [f"not fully: {', '.join(failed)}"] if failed else ["holds in every check that was made"]
    return "; ".join([*parts, f"{UNTESTED}: {', '.join(untested)}"] if untested else parts)


def _alike(one: float, other: float) -> bool:
    return bool(np.sign(one) == np.sign(other))


def _said(holds: Any) -> str:
    return YES if holds else NO


def _of_many(agree: Any) -> str:
    """`yes` if all agree, `partly` if more than half do."""
    if agree.all():
        return YES
    return PARTLY if agree.mean() > 0.5 else NO
