"""All benchmarks that need no data, one after another: each prints a table of ratios measured in one run."""

from benchmarks import handcrafted, memory, sweep

for benchmark in (sweep, handcrafted, memory):
    benchmark.main()
    print()
