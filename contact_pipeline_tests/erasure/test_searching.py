"""Search terms in bytes: over the borders of blocks, in the encodings that lists come in, and overwritten in place."""

import io
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contact_pipeline.erasure import searching
from contact_pipeline.erasure.searching import search_stream, whole_finds

CALM = settings(max_examples=80, deadline=None)
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "latin-1")
PARTS = ("ada@x.test", "a", "ada@", "x.test", "@x.test+44", "+442079460958", "\n")
NEEDLES = ("ada@x.test", "+442079460958", "bücher@x.test")


def hits(content: bytes, *terms: str) -> dict[str, int]:
    return dict(search_stream(io.BytesIO(content), terms or NEEDLES).hits)


@pytest.fixture(params=[1, 2, 3, 7, 19, 1 << 20])
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(searching, "BLOCK", request.param)
    return int(request.param)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_each_occurrence_counts_wherever_blocks_end(block: int, encoding: str) -> None:
    for shift in range(24):
        text = "." * shift + "Ada@x.testADA@X.TEST;+442079460958" + "." * (24 - shift)
        found = search_stream(io.BytesIO(text.encode(encoding)), NEEDLES)
        # UTF-16 of one byte order is, a byte further on, also that of the other: it may count twice, never less.
        assert found.hits >= Counter({"ada@x.test": 2, "+442079460958": 1}), shift
        assert "16" in encoding or found.hits.total() == 3
        assert found.size == len(text.encode(encoding))


@CALM
@given(st.lists(st.sampled_from(PARTS), max_size=12), st.integers(1, 40), st.sampled_from(ENCODINGS))
def test_blocks_find_what_the_whole_file_holds(parts: list[str], size: int, encoding: str) -> None:
    content = "".join(parts).encode(encoding)
    whole = {needle: n for needle in NEEDLES if (n := content.count(needle.encode(encoding)))}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(searching, "BLOCK", size)
        found = hits(content)
    assert found.keys() == whole.keys()
    assert all(found[needle] == n or ("16" in encoding and found[needle] > n) for needle, n in whole.items())


def test_a_utf_16_file_with_a_mark_and_letters_beyond_ascii() -> None:
    assert hits("x;BüCHER@x.test\r\n".encode("utf-16")).keys() == {"bücher@x.test"}
    assert hits("x;bücher@x.test".encode("cp1252")) == {"bücher@x.test": 1}
    assert hits("x;bücher@x.test".encode()) == {"bücher@x.test": 1}


def test_it_is_found_within_anything() -> None:
    assert hits(b"\x00\x17ada@x.test\x00\xff") == {"ada@x.test": 1}
    assert hits(b"") == {}
    assert hits(b"bob@x.test") == {}
    assert search_stream(io.BytesIO(b"12345"), ()).size == 5


def test_the_search_begins_where_the_stream_stands() -> None:
    stream = io.BytesIO(b"ada@x.test ada@x.test")
    stream.seek(5)
    assert search_stream(stream, NEEDLES).hits == {"ada@x.test": 1}


@CALM
@given(
    st.lists(st.sampled_from([*NEEDLES, "jada@x.test", "Grüße"]), max_size=6), st.sampled_from(ENCODINGS), st.booleans()
)
def test_overwriting_moves_nothing_and_leaves_nothing_whole(parts: list[str], encoding: str, upper: bool) -> None:
    text = ",".join(part.upper() if upper and part.isascii() else part for part in ["head", *parts]) + ","
    content = text.encode(encoding)
    clean = overwritten(content)
    assert len(clean) == len(content) and overwritten(clean) == clean
    shown = clean if "16" not in encoding else clean.replace(b"xx", b"x\0")  # as many bytes, not characters
    left = shown.decode(encoding, "replace").lower().split(",")
    assert [part for part in left if part in NEEDLES] == []
    if "16" not in encoding:
        assert left.count("jada@x.test") == parts.count("jada@x.test")


def overwritten(content: bytes) -> bytes:
    """Each find by as many x."""
    return whole_finds(content, NEEDLES).sub(lambda found: b"x" * len(found[0]), content)


def test_only_the_whole_find_is_overwritten() -> None:
    assert overwritten(b"a,ADA@x.test,b\r\n") == b"a,xxxxxxxxxx,b\r\n"
    assert (
        overwritten(b"jada@x.test ada@x.test.org") == b"jada@x.test xxxxxxxxxx.org"
    )  # rather too much than too little
