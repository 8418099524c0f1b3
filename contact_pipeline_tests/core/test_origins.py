"""One rule for the address of every service: encrypted, but to this machine."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_pipeline.adapters.http import HttpClient
from contact_pipeline.core.errors import ConfigurationError
from contact_pipeline.core.origins import checked_origin
from contact_pipeline.settings import load_settings
from contact_pipeline.vendors.registry import check_access, vendors
from contact_pipeline.vendors.vendor import Access

NAMES = sorted(
    name for vendor in vendors().values() for part, name in vendor.variables.items() if part.endswith("base_url")
)
HERE = ("http://localhost", "http://LOCALHOST:8080", "http://127.0.0.1:80", "http://127.8.9.1:9", "http://[::1]:8080")
ELSEWHERE = (
    "http://api.vendor.example", "http://api.vendor.example:8080", "HTTP://api.vendor.example", "http://10.0.0.5:8080",
    "http://192.168.1.2", "http://0.0.0.0:80", "http://[fe80::1]", "http://localhost.vendor.example",
    "http://127.0.0.1.vendor.example", "http://localhost.", "http://127.1", "http://2130706433", "ftp://localhost",
    "http://vendor.localhost", "ws://localhost", "http://[::ffff:127.0.0.1]",
)  # fmt: skip
NO_ORIGINS = (
    "api.vendor.example", "//api.vendor.example", "https://", "https:///x", "https://a.example/x", "https://a.example?x",
    "https://a.example#x", "https://user:secret@a.example", "http://localhost@a.example", "https://a.example:",
    "https://a.example:99999", "https://a.example:x", "https://[::1", "https://a b.example", "https://a.example\\x",
    "http://localhost\\@a.example", "https://a.example:0", "https://a.example\n", "https://\u0430.example", " ",
)  # fmt: skip


@pytest.mark.parametrize("text", [*HERE, "https://api.vendor.example", "https://10.0.0.5:8443", "https://a.example/"])
def test_encrypted_or_here_is_taken(text: str) -> None:
    assert checked_origin("X_BASE_URL", text) == text.rstrip("/")


@pytest.mark.parametrize("text", [*ELSEWHERE, *NO_ORIGINS])
def test_anything_else_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(ConfigurationError, match="X_BASE_URL") as refused:
        checked_origin("X_BASE_URL", text)
    assert "vendor" not in str(refused.value) and "secret" not in str(refused.value)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("text", [ELSEWHERE[0], NO_ORIGINS[5]])
def test_every_url_of_the_environment_keeps_the_rule(name: str, text: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        check_access(load_settings({name: text}))
    check_access(load_settings({name: HERE[2]}))


def test_no_kind_of_url_is_forgotten() -> None:
    assert {field.name for field in fields(Access) if "url" in field.name} == {"base_url", "bulk_base_url"}
    assert all(name.endswith("_BASE_URL") for name in NAMES) and len(NAMES) > len(vendors())


@pytest.mark.parametrize("text", [*ELSEWHERE[:3], *NO_ORIGINS[7:9]])
def test_the_client_asks_nobody_else_whoever_made_it(text: str) -> None:
    with pytest.raises(ConfigurationError):
        HttpClient("lab", text)


@given(st.from_regex(r"[a-z0-9.\-\[\]:@/\\?#%]{1,30}", fullmatch=True))
def test_in_the_clear_goes_to_this_machine_only(rest: str) -> None:
    """Whatever is written, what a client would connect to is this machine."""
    from urllib3.util import parse_url

    try:
        checked_origin("X", f"http://{rest}")
    except ConfigurationError:
        return
    host = (parse_url(f"http://{rest}").host or "").strip("[]")
    assert host == "localhost" or host == "::1" or host.startswith("127.")
