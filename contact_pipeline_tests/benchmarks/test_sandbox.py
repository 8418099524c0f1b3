"""The sandbox of a benchmark: its policy is accepted, its environment is its own, it leaves nothing behind."""

import pytest

from benchmarks.sandbox import SOURCE, machine, sandbox
from contact_pipeline.policy.file import load_policy
from contact_pipeline.settings import load_settings
from contact_pipeline.vendors.registry import provider_names


def test_a_sandbox_is_its_own_and_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTACT_PIPELINE_DATABASE_URL", "postgresql://somewhere/else")
    monkeypatch.setenv("DAGSTER_HOME", "/elsewhere")
    with sandbox("127.0.0.1:5355") as box:
        settings = load_settings(box.environment)
        assert settings.database_url is None
        assert "DAGSTER_HOME" not in box.environment
        assert (settings.home, settings.incoming) == (box.home, box.incoming)
        assert settings.dns_server == ("127.0.0.1", 5355)
        assert (box.incoming / SOURCE).is_dir()
        assert load_policy(settings.policy_path, provider_names()).source(SOURCE).is_documented
    assert not box.folder.exists()


def test_the_machine_is_described_without_a_name() -> None:
    assert {"cpu", "cores", "memory_gib", "system", "python"} == set(machine())
