"""Benchmarks: rates and latencies as ratios against a reference that runs beside them, on this machine, in this run."""
