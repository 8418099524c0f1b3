"""The monitoring that people already run, one file each: how figures are written for it, and its limits."""
