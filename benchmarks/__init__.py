"""Scripts that print figures as JSON; never asserted in tests. `python -m benchmarks` runs them all (make bench)."""
