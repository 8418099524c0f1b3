"""The assets, one file a stage, in the order of the data."""

import warnings

import dagster as dg

# One run for a range of drops needs `backfill_policy`, a Beta parameter of @asset; dagster is pinned exactly. Only this
# one warning is silenced: five of them would stand above the output of every command.
warnings.filterwarnings("ignore", message="Parameter `backfill_policy` of function `asset`", category=dg.BetaWarning)
