"""What a file is, said by its content; what is packed comes out whole, within bounds; what is no table is refused by
name, and no table is refused for looking like something else."""

import gc
import gzip
import io
import json
import zipfile
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contact_pipeline.core.errors import UnreadableDrop
from contact_pipeline.decoding import containers, unpacking
from contact_pipeline.decoding.containers import Table, as_table, check_kind
from contact_pipeline.reading.drop_file import DropOptions, open_drop
from contact_pipeline.reading.rewriting import rewrite
from contact_pipeline_tests.reading.rows import read

LIST = b"Name,Email\nWilma Weide,w.weide@wiese.example\n"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
PAGE = "<html><body><table><tr><th>Name</th></tr><tr><td>Wilma</td></tr></table></body></html>"
gzipped = partial(gzip.compress, mtime=0)  # else the names of tests would change from process to process
MAIL = "Received: from a.example\nMessage-ID: <1@a.example>\nFrom: w@a.example\nSubject: list\n\nsee attached\n"


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return packed.getvalue()


def table(content: bytes, **options: Any) -> Table:
    return as_table(io.BytesIO(content), **options)


def refusal(content: bytes | str, file_name: str = "list.csv") -> UnreadableDrop:
    data = content.encode() if isinstance(content, str) else content
    with pytest.raises(UnreadableDrop) as caught:
        check_kind(io.BytesIO(data), file_name)
        as_table(io.BytesIO(data))
    return caught.value


@pytest.mark.parametrize(
    ("content", "reason", "word"),
    [
        (PAGE, "web_page", "web page"),
        ("\n  <!DOCTYPE html>\n<html lang='de'>", "web_page", "web page"),
        ("<?xml version='1.0'?>\n<!-- x -->\n<HTML xmlns='http://www.w3.org/1999/xhtml'>", "web_page", "web page"),
        ("<br />\n<b>Warning</b>: Cannot modify header in export.php\nName,Email\n", "web_page", "web page"),
        ("<TABLE border=1><TR><TD>Name</TD></TR></TABLE>", "web_page", "web page"),
        ("<html><form><input name=p type='password'></form></html>", "web_page", "sign in"),
        (PAGE.encode("utf-16"), "web_page", "web page"),
        (b"\xef\xbb\xbf" + PAGE.encode(), "web_page", "web page"),
        ('{"contacts": [{"name": "Wilma"}]}', "json_file", "JSON"),
        ('[\n  {"name": "Wilma"}\n]', "json_file", "JSON"),
        ('{"name": "Wilma"}\n{"name": "Veit"}\n', "json_file", "JSON"),
        ('["Wilma", "Veit"]', "json_file", "JSON"),
        ('[["Name"], ["Wilma"]]', "json_file", "JSON"),
        ('{"url": "https://docs.google.com/open?id=1", "doc_id": "1"}', "json_file", "Google"),
        ("<?xml version='1.0'?><people><person/></people>", "xml_file", "XML"),
        ("<people><person>Wilma</person></people>", "xml_file", "XML"),
        ('<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "xml_file", "workbook"),
        ("{\\rtf1\\ansi Wilma}", "document", "RTF"),
        (b"%PDF-1.7\n...", "document", "PDF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "binary_file", "image"),
        (b"\xff\xd8\xff\xe0" + bytes(99), "binary_file", "image"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "binary_file", "image"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(99), "binary_file", "picture"),
        (OLE + "Workbook".encode("utf-16-le"), "old_excel", "old Excel"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "password_protected", "password"),
        (OLE + "__substg1.0_0037001F".encode("utf-16-le"), "email_file", "Outlook"),
        (OLE + "WordDocument".encode("utf-16-le"), "document", "Word"),
        (MAIL, "email_file", "e-mail"),
        ("From w@a.example Sat Jan  3 01:05:34 2026\n" + MAIL, "email_file", "e-mail"),
        ("Subject: a\nTo: b@a.example\nFrom: c@a.example\n\nhello", "email_file", "e-mail"),
        (b"7z\xbc\xaf\x27\x1c", "binary_file", "7z"),
        (b"Rar!\x1a\x07\x01", "binary_file", "RAR"),
        (b"BZh91AY&SY", "binary_file", "bzip2"),
        (b"\xfd7zXZ\x00", "binary_file", "xz"),
        (b"\x28\xb5\x2f\xfd\x00", "binary_file", "zstd"),
        (b"list.csv" + bytes(249) + b"ustar\x0000", "binary_file", "tar"),
        (b"PAR1" + bytes(20), "binary_file", "Parquet"),
        (b"SQLite format 3\x00", "binary_file", "SQLite"),
        ("-----BEGIN PGP MESSAGE-----\n\nhQEMA\n", "encrypted_file", "encrypted"),
        ("-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n", "encrypted_file", "encrypted"),
        ("age-encryption.org/v1\n-> X25519 abc\n", "encrypted_file", "age"),
        ("BEGIN:VCALENDAR\nVERSION:2.0\n", "not_a_table", "calendar"),
        ("dn: cn=Wilma Weide,mail=w@a.example\nobjectclass: person\n", "not_a_table", "LDIF"),
        ("-- MySQL dump 10.13\nCREATE TABLE people (id int);\n", "not_a_table", "SQL"),
        ("BEGIN:VCARD\nVERSION:3.0\nFN:Wilma\nEND:VCARD\n", "misnamed_file", "vCard"),
        (gzipped(LIST), "misnamed_file", "gzip"),
        (zipped(("list.csv", LIST)), "misnamed_file", "ZIP"),
        (zipped(("xl/workbook.xml", b"<w/>")), "misnamed_file", "Excel workbook"),
        (zipped(("mimetype", b"application/vnd.oasis.opendocument.spreadsheet")), "misnamed_file", "OpenDocument"),
        (zipped(("word/document.xml", b"<w/>")), "document", "Word"),
        (zipped(("ppt/presentation.xml", b"<p/>")), "document", "presentation"),
        (zipped(("mimetype", b"application/vnd.oasis.opendocument.text")), "document", "no spreadsheet"),
        (zipped(("Index/Document.iwa", b"x")), "document", "Numbers"),
        (zipped(("xl/workbook.bin", b"x")), "old_excel", "xlsb"),
        (zipped(("a.csv", LIST))[:-30], "damaged_file", "damaged"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("file_name", ["list.csv", "list.txt", "list"])
def test_what_is_no_table_is_refused_with_what_it_is(content: Any, reason: str, word: str, file_name: str) -> None:
    error = refusal(content, file_name)
    assert error.reason == reason
    assert word in str(error)
    assert "Wilma" not in str(error)


@pytest.mark.parametrize("file_name", ["list.xls", "list.xlsx", "LIST.HTML"])
def test_a_web_page_is_one_whatever_its_name(file_name: str) -> None:
    assert refusal(PAGE, file_name).reason == "web_page"


@pytest.mark.parametrize(
    "content",
    [
        "<w.weide@wiese.example>,Wilma\n<v@wiese.example>,Veit\n",
        "<Name>,<Email>\nWilma,w@a.example\n",
        "[Name],[Email]\nWilma,w@a.example\n",
        "{Name},{Email}\nWilma,w@a.example\n",
        '"[""a""]",x\n1,2\n',
        "Report: newsletter\nDate: 2026-01-04\nFrom: the office\n\nName,Email\nWilma,w@a.example\n",
        "From,To,Subject\nWilma,w@a.example,hello\n",
        "Fromage,Email\nBrie,b@a.example\n",
        "ORCHARD,Email\nPear,p@a.example\n",
        "Begin: Name,Email\nWilma,w@a.example\n",
        "Rar,Email\nx,w@a.example\n",
        "dn,mail\ncn=Wilma,w@a.example\n",
        "insert into,mail\nx,w@a.example\n",
        "-- list --\nName,Email\nWilma,w@a.example\n",
        "PK,Email\n1,w@a.example\n",
        "GIF8,Email\n1,w@a.example\n",
        "PAR1,Email\n1,w@a.example\n",
        "BZh,Email\n1,w@a.example\n",
        "",
        "x",
    ],
)
def test_a_table_that_looks_like_something_else_is_let_in(content: str) -> None:
    check_kind(io.BytesIO(content.encode()), "list.csv")
    assert table(content.encode()).kind == "text"


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="<{[\0"), max_size=12), min_size=2, max_size=5),
    st.sampled_from((",", ";", "\t")),
)
def test_no_ordinary_header_is_refused(cells: list[str], delimiter: str) -> None:
    line = delimiter.join(['"' + cell.replace('"', '""') + '"' for cell in cells])
    check_kind(io.BytesIO((line + "\n" + line + "\n").encode()), "list.csv")


@pytest.mark.parametrize(
    ("content", "file_name", "kind"),
    [
        (gzipped(LIST), "list.csv.gz", "gzip"),
        (gzipped(LIST[:9]) + gzipped(LIST[9:]) + bytes(7), "LIST.GZ", "gzip"),
        (zipped(("list.csv", LIST)), "list.zip", "zip"),
        (zipped(("a/b/list.txt", LIST), ("__MACOSX/a/._list.txt", b"x"), ("a/.DS_Store", b"x"), ("a/", b"")), "l.zip",
         "zip"),
        (zipped(("list.csv", LIST), method=zipfile.ZIP_STORED), "list.zip", "zip"),
        (zipped(("list.csv", LIST), method=zipfile.ZIP_BZIP2), "list.zip", "zip"),
    ],
)  # fmt: skip
def test_one_packed_text_is_read(content: bytes, file_name: str, kind: str) -> None:
    check_kind(io.BytesIO(content), file_name)
    found = table(content)
    assert (found.kind, found.stream.read()) == (kind, LIST)
    drop, rows = read(content, file_name)
    assert [row["email"] for row in rows] == ["w.weide@wiese.example"]
    assert drop.layout.encoding == f"{kind}+utf-8"


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "utf-8-sig"])
def test_a_packed_text_may_have_any_encoding(encoding: str) -> None:
    content = gzipped("Name;Email\nJörg Bär;b@wiese.example\nÉva;e@wiese.example\n".encode(encoding))
    assert [row["name"] for row in read(content, "l.csv.gz")[1]] == ["Jörg Bär", "Éva"]


@pytest.mark.parametrize(
    ("content", "reason", "word"),
    [
        (zipped(("a.csv", LIST), ("b.csv", LIST), ("c.pdf", b"x")), "several_files", "3 files"),
        (zipped(("__MACOSX/._a", b"x"), ("a/", b"")), "no_file_inside", "no file"),
        (zipped(("a.csv", PAGE.encode())), "web_page", "web page"),
        (zipped(("a.csv", gzipped(LIST))), "no_table_inside", "packed"),
        (zipped(("a.zip", zipped(("a.csv", LIST)))), "no_table_inside", "packed"),
        (gzipped(gzipped(LIST)), "no_table_inside", "packed"),
        (gzipped(b"a" + bytes(256) + b"ustar"), "binary_file", "tar"),
        (gzipped(LIST)[:-9], "damaged_file", "damaged"),
        (gzipped(LIST)[:12] + b"\xff" * 40, "damaged_file", "damaged"),
    ],
)
def test_what_else_is_packed_is_refused(content: bytes, reason: str, word: str) -> None:
    error = refusal(content, "x.zip" if content.startswith(b"PK") else "x.gz")
    assert (error.reason, word in str(error)) == (reason, True)


def test_a_zip_with_a_password_is_refused() -> None:
    content = bytearray(zipped(("a.csv", LIST)))
    content[6] |= 1  # in the file's own head and in the directory
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert refusal(bytes(content), "a.zip").reason == "password_protected"


@pytest.mark.parametrize("packed", [gzipped, lambda content: zipped(("a.csv", content))])
def test_what_comes_out_is_bounded_while_it_comes(packed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "FREE_BYTES", 1 << 20)
    rows = b"".join(b"Name%d,n%d@wiese.example\n" % (n, n) for n in range(60_000))
    found = table(packed(rows))
    assert len(found.stream.read()) == len(rows)
    for content, most in ((bytes(3 << 20), 1 << 30), (rows, 1 << 20)):
        with pytest.raises(UnreadableDrop) as caught:
            table(packed(content), max_bytes=most)
        assert caught.value.reason == "unpacks_too_large"


def test_what_a_zip_says_of_its_size_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "FREE_BYTES", 1 << 16)
    content = bytearray(zipped(("a.csv", bytes(1 << 20))))
    at = content.index(b"PK\x01\x02") + 24
    content[at : at + 4] = (10).to_bytes(4, "little")
    with pytest.raises(UnreadableDrop):
        table(bytes(content))


def test_a_full_disk_is_not_the_files_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.BytesIO):
        def write(self, _: Any) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(unpacking, "private_file", Full)
    for content in (gzipped(LIST), zipped(("a.csv", LIST))):
        with pytest.raises(OSError, match="space"):
            table(content)


def test_the_private_copy_goes_with_the_drop() -> None:
    drop = open_drop(io.BytesIO(gzipped(LIST)), file_name="l.csv.gz", options=DropOptions())
    inner = drop.table.stream
    assert sum(len(rows) for rows in drop.chunks()) == 1
    del drop
    gc.collect()  # its readers may hold it in a circle
    assert inner.closed
    own = io.BytesIO(LIST)
    open_drop(own, file_name="l.csv", options=DropOptions())
    assert not own.closed


def test_an_archived_file_is_read_though_it_would_not_be_let_in_today() -> None:
    """It was, once, and must be searched when somebody is erased."""
    assert table(PAGE.encode()).kind == table(json.dumps({"a": 1}).encode()).kind == "text"


@pytest.mark.parametrize(("content", "file_name"), [(gzipped(LIST), "l.csv.gz"), (zipped(("l.csv", LIST)), "l.zip")])
def test_rewritten_it_is_plain_text_under_its_old_name(content: bytes, file_name: str) -> None:
    sink = io.BytesIO()
    rewrite(io.BytesIO(content), sink, {1}, file_name=file_name, options=DropOptions())
    after = sink.getvalue()
    assert after == b'Name,Email\n"contact_pipeline:erased",\n'
    assert [row["reasons"] for row in read(after, file_name)[1]] == [["erased_subject"]]


@pytest.mark.parametrize("inner", ["unsubscribed_members.csv", "opt_outs.csv", "Abmeldungen.csv"])
def test_the_name_inside_may_say_that_nobody_may_be_written_to(inner: str) -> None:
    content = zipped((inner, b"Email\nw@wiese.example\n"))
    found = table(content)
    assert found.named("export.zip") == f"{inner}.zip"
    assert read(content, "export.zip")[0].header_map.kind == "suppressions"
    # As it is registered, so as it is known when only the text is left.
    assert read(b"Email\nw@wiese.example\n", found.named("export.zip"))[0].header_map.kind == "suppressions"
    assert table(zipped(("list.csv", LIST))).named("export.zip") == "export.zip"


def test_every_packed_kind_has_a_name_of_its_own() -> None:
    endings = [suffix for suffixes in containers.SUFFIXES.values() for suffix in suffixes]
    assert len(set(endings)) == len(endings) and ".csv" not in endings
