"""Charts: each a pure function from a long table to an Altair chart.

`shifts` is the table most of them take, one row a comparison of wet with dry: `clip` ("all" = over
clips), `family`, `effect` (canonical key), `level` (0 to 10; NaN for what has none), `control` ("raw",
"matched" or "gain"), `target` ("valence" or "energy", both on a scale of 0 to 1), `dry`, `wet`, `shift`
(wet − dry) with its 95 % interval `low` to `high`, `p`, `q`, `effect_size`, `units` and `unit`.
"""

from wetdry.report.charts.bars import effect_bars, ranking
from wetdry.report.charts.displacement import displacement
from wetdry.report.charts.dose import dose_response
from wetdry.report.charts.plane import plane
from wetdry.report.charts.share import gain_share

__all__ = ["displacement", "dose_response", "effect_bars", "gain_share", "plane", "ranking"]
