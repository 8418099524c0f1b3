"""The language every room speaks: errors, ids, keyed hashes, clock, verdicts, stage reports. Standard library only."""
