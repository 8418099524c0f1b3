"""Dagster's storage in the pipeline's own database: `storage: custom:` of dagster.yaml, without any field.

Finds the database by itself (the embedded server is started and held for as long as the process lives), so plain
`dagster dev` works in a fresh clone. Refuses configuration: address and password are the settings' business.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dagster._config.config_schema import UserConfigSchema
from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage

from contact_pipeline.adapters.postgres import dagster_storage, server
from contact_pipeline.settings import Settings, load_settings, project_root


class ContactPipelineStorage(DagsterPostgresStorage):
    """DagsterPostgresStorage on schema `dagster` of the pipeline's database, with kept connections.

    Measured on 2 cores: one event 2-3 ms, 13-14 ms with dagster-postgres' NullPool; a run of 13 trivial assets
    (73 events) 0.7 s against 2.7-3.3 s.
    """

    def __init__(self, settings: Settings, inst_data: ConfigurableClassData | None = None) -> None:
        url = dagster_storage.storage_url(server.hold_for_process(settings))
        engine = dagster_storage.pooled_engine(url)
        with dagster_storage.first_use(engine):
            super().__init__(postgres_url=url, inst_data=inst_data)
        # `_engine` is private to dagster-postgres 0.29.27 (event_log.py, run_storage.py, schedule_storage.py): each
        # storage reads it anew at every use and replaces it itself in optimize_for_webserver. Pinned exactly; held by
        # contact_pipeline_tests/orchestration/test_storage.py.
        for storage in (self._event_log_storage, self._run_storage, self._schedule_storage):
            storage._engine = engine

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        return {}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "ContactPipelineStorage":
        return cls(storage_settings(), inst_data)


def storage_settings() -> Settings:
    """The settings of the project that dagster.yaml belongs to.

    DAGSTER_HOME where it is set (`dagster dev` sets it to a folder below the project), else the current folder.
    """
    home = os.environ.get("DAGSTER_HOME")
    return load_settings(root=project_root(Path(home) if home else None))
