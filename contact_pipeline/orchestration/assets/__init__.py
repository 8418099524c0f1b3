"""The assets, one file a stage, in the order of the data."""
