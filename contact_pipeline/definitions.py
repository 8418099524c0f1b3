"""The code location; the only name workspace.yaml knows."""

from contact_pipeline.orchestration.build import build_definitions

defs = build_definitions()
