"""The key is made once, on the first start, and never beside anything that was hashed with another."""

import stat
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from contact_pipeline.adapters.key_file import open_key, read_key
from contact_pipeline.core.errors import ConfigurationError
from contact_pipeline.drops.intake import take_in_ready
from contact_pipeline.opening import open_session
from contact_pipeline_tests.conftest import settings_in
from contact_pipeline_tests.installation import Installation


def test_the_first_start_makes_a_private_key_once(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    assert read_key(settings) is None
    assert not settings.key_file.exists()
    with ThreadPoolExecutor(8) as threads:
        keys = list(threads.map(lambda _: open_key(settings, known_fingerprint=None), range(8)))
    assert len({key.secret for key in keys}) == 1
    assert stat.S_IMODE(settings.key_file.stat().st_mode) == 0o600
    assert list(settings.key_file.parent.iterdir()) == [settings.key_file]


@pytest.mark.parametrize("content", [b"", b"not a key", b"ab" * 31, b"\xff\xfe\x00" * 40, b"ab" * 32 + b"zz"])
def test_a_damaged_key_says_what_it_is_and_how_to_restore_it(tmp_path: Path, content: bytes) -> None:
    settings = settings_in(tmp_path / "home")
    settings.key_file.parent.mkdir(parents=True)
    settings.key_file.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"is damaged.*backup.*docs/operations\.md"):
        open_key(settings, known_fingerprint=None)
    assert settings.key_file.read_bytes() == content


def test_a_missing_key_is_not_replaced_where_a_database_knows_it(installation: Installation) -> None:
    settings = installation.settings
    with open_session(settings):
        pass
    settings.key_file.unlink()
    installation.drop("crm/ada.csv", "Name,Email", "Ada,ada@orchid.net")
    for look in (
        lambda: open_session(settings).__enter__(),
        lambda: take_in_ready(settings, {}, partial(open_session, settings)),
    ):
        with pytest.raises(ConfigurationError, match=r"missing, and this database was made with it.*backup"):
            look()
        assert not settings.key_file.exists()


def test_a_missing_key_is_not_replaced_beside_a_ledger(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    settings.erasures.mkdir(parents=True)
    (settings.erasures / "ledger.jsonl").write_text("{}\n")
    with pytest.raises(ConfigurationError, match="the ledger in"):
        open_key(settings, known_fingerprint=None)
    assert not settings.key_file.exists()
