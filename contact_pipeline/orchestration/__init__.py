"""The Dagster edge. `pipeline.py` joins rooms and adapters without Dagster; everything else here is about Dagster."""
