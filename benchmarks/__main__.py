"""All benchmarks that need no data, one after another: each prints a table of ratios measured in one run."""

from benchmarks import (
    adapt,
    analysis_memory,
    downstream,
    emotion_study,
    emotion_tables,
    encoders,
    engines,
    frechet,
    handcrafted,
    layer_probing,
    memory,
    million_rows,
    networks,
    regressors,
    sweep,
)

for benchmark in (
    sweep,
    handcrafted,
    encoders,
    engines,
    memory,
    million_rows,
    analysis_memory,
    downstream,
    regressors,
    layer_probing,
    emotion_study,
    emotion_tables,
    networks,
    frechet,
    adapt,
):
    benchmark.main()
    print()
