"""Workbooks as the rows that a person sees: values as written, the sheet that is meant, and nothing that could end the
process."""

import csv
import io
import re
import zipfile
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contact_pipeline.core.errors import UnreadableDrop
from contact_pipeline.decoding import unpacking, workbook_parts
from contact_pipeline.decoding.containers import Table, as_table, check_kind
from contact_pipeline.reading.drop_file import DropOptions, open_drop
from contact_pipeline.reading.rewriting import rewrite, rows_where
from contact_pipeline_tests.reading.rows import read

ODS_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content'
    ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" office:version="1.3">'
    '<office:automatic-styles><style:style style:name="hidden" style:family="table"><style:table-properties'
    ' table:display="false"/></style:style></office:automatic-styles><office:body><office:spreadsheet>'
)
ODS_TAIL = "</office:spreadsheet></office:body></office:document-content>"
ERROR = 'calcext:value-type="error"'
SHEET_HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
SHEET_TAIL = b"</sheetData></worksheet>"
PEOPLE = [["Name", "Email"], ["Xaver Xylo", "x.xylo@blatt.example"], ["Yvo Ysop", "y.ysop@blatt.example"]]


def book(*sheets: tuple[str, list[list[Any]]], hidden: tuple[str, ...] = ()) -> bytes:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, rows in sheets:
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def with_part(content: bytes, ending: str, change: Any) -> bytes:
    """The workbook with one part as `change` makes it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            part = old.read(member)
            new.writestr(member.filename, change(part) if member.filename.endswith(ending) else part)
    return out.getvalue()


def with_rows(xml: bytes) -> bytes:
    return with_part(book(("People", [["x"]])), "sheet1.xml", lambda _: SHEET_HEAD + xml + SHEET_TAIL)


def ods(*tables: str, manifest: str = "<m/>") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", ODS_HEAD + "".join(tables) + ODS_TAIL)
    return out.getvalue()


def ods_sheet(name: str, *rows: str, style: str = "") -> str:
    return f'<table:table table:name="{name}" table:style-name="{style}">{"".join(rows)}</table:table>'


def ods_row(*cells: str, repeated: int = 1) -> str:
    return f'<table:table-row table:number-rows-repeated="{repeated}">{"".join(cells)}</table:table-row>'


def ods_cell(text: str, kind: str = "string", more: str = "") -> str:
    return f'<table:table-cell office:value-type="{kind}" {more}><text:p>{text}</text:p></table:table-cell>'


def table(content: bytes, **options: Any) -> Table:
    return as_table(io.BytesIO(content), **options)


def text(content: bytes, **options: Any) -> str:
    found = table(content, **options)
    return found.stream.read().decode()


def refusal(content: bytes, file_name: str = "x.xlsx") -> UnreadableDrop:
    with pytest.raises(UnreadableDrop) as caught:
        check_kind(io.BytesIO(content), file_name)
        as_table(io.BytesIO(content))
    return caught.value


def test_a_workbook_is_read_like_the_same_list_as_csv() -> None:
    drop, rows = read(book(("Tabelle1", PEOPLE)), "liste.xlsx")
    assert rows == read("\n".join(",".join(row) for row in PEOPLE))[1]
    assert (drop.layout.encoding, drop.faults()) == ("xlsx", ())


def test_cells_come_out_as_a_person_would_write_them() -> None:
    content = book((
        "x",
        [
            ["number", "long", "share", "day", "moment", "hour", "lasting", "flag", "text", "none"],
            [7, 493012345678, 0.25, date(2024, 4, 3), datetime(2024, 4, 3, 5, 6, 7), time(8, 9), timedelta(hours=30),
             True, "a \"b\"\nc,d", None],
            [-3.0, 4915123456789012, 1e-7, datetime(2024, 12, 31), None, None, None, False, "007", None],
        ],
    ))  # fmt: skip
    assert text(content) == (
        "number,long,share,day,moment,hour,lasting,flag,text,none\n"
        '7,493012345678,0.25,2024-04-03,2024-04-03 05:06:07,08:09:00,30:00:00,TRUE,"a ""b""\nc,d",\n'
        "-3,4915123456789012,1e-07,2024-12-31,,,,FALSE,007,\n"
    )


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.lists(
            st.none() | st.integers(-(10**15), 10**15) | st.booleans()
            | st.text(st.characters(codec="utf-8", min_codepoint=32), max_size=20),
            min_size=3, max_size=3,
        ),
        max_size=6,
    )
)  # fmt: skip
def test_no_cell_changes_its_place(rows: list[list[Any]]) -> None:
    """Whatever is empty around it; text stays text, so that a leading zero is kept."""
    content = book(("x", [["a", "b", "c"], *rows]))
    shown = [["TRUE" if v is True else "FALSE" if v is False else "" if v is None else str(v) for v in r] for r in rows]
    while shown and not any(shown[-1]):
        shown.pop()
    found = list(csv.reader(io.StringIO(text(content), newline="")))[1:]
    assert [[cell.replace("\r", "\n") for cell in row] for row in found] == [
        [re.sub(r"_x([0-9A-Fa-f]{4})_", lambda m: chr(int(m[1], 16)), cell) for cell in row] for row in shown
    ]


def test_titles_empty_rows_and_a_table_that_begins_further_in() -> None:
    rows = [
        [None, "People of the autumn fair"],
        [],
        [None, "Name", "Email"],
        [None, *PEOPLE[1]],
        [],
        [None, *PEOPLE[2]],
    ]
    drop, landed = read(book(("x", rows)), "x.xlsx")
    assert [(row["row_number"], row["name"]) for row in landed] == [(1, "Xaver Xylo"), (2, "Yvo Ysop")]
    assert (drop.layout.preamble_lines, drop.accounting.blank_lines) == (1, 1)


@pytest.mark.parametrize("error", ["#REF!", "#NAME?", "#VALUE!", "#DIV/0!"])
def test_an_error_stays_one(error: str) -> None:
    """An empty cell of a column of opt-outs says nothing; this one says that nobody knows."""
    cells = f'<c r="D5" t="e"><f>1/0</f><v>{error}</v></c>'.encode()
    content = with_rows(
        b'<row r="3"><c r="B3" t="inlineStr"><is><t>Name</t></is></c><c r="C3" t="inlineStr"><is><t>Email</t></is></c>'
        b'<c r="D3" t="inlineStr"><is><t>Opted out</t></is></c></row><row r="5"><c r="B5" t="inlineStr"><is><t>Xaver'
        b'</t></is></c><c r="C5" t="inlineStr"><is><t>x@blatt.example</t></is></c>' + cells + b"</row>"
    )
    assert text(content) == f",,\n,,\nName,Email,Opted out\n,,\nXaver,x@blatt.example,{error}\n"
    assert read(content, "x.xlsx")[1][0]["repairs"] == ["opt_out:spreadsheet_error"]


def test_a_formula_that_nobody_has_worked_out_is_not_empty() -> None:
    content = book(("x", [["Name", "Opted out"], ["Xaver", "=A2"]]))
    assert text(content) == "Name,Opted out\nXaver,#VALUE!\n"


@pytest.mark.parametrize("prefix", ["", "x:"])
@pytest.mark.parametrize("is_placed", [True, False])
def test_other_programs_write_prefixes_and_leave_places_out(prefix: str, is_placed: bool) -> None:
    """OpenXML SDK writes x: everywhere; some writers name no cell."""

    def cell(place: str, inner: str, kind: str) -> str:
        where = f' r="{place}"' if is_placed else ""
        return f'<{prefix}c{where} t="{kind}">{inner}</{prefix}c>'

    rows = [
        cell("A1", f"<{prefix}is><{prefix}t>Name</{prefix}t></{prefix}is>", "inlineStr")
        + cell("B1", f"<{prefix}is><{prefix}t>Left</{prefix}t></{prefix}is>", "inlineStr"),
        cell("A2", f"<{prefix}v>5</{prefix}v>", "n") + cell("B2", f"<{prefix}v>#REF!</{prefix}v>", "e"),
    ]  # fmt: skip
    data = "".join(f"<{prefix}row>{row}</{prefix}row>" for row in rows)
    name = f":{prefix[:-1]}" if prefix else ""
    sheet = (
        f'<{prefix}worksheet xmlns{name}="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<{prefix}sheetData>{data}</{prefix}sheetData></{prefix}worksheet>"
    )
    content = with_part(book(("x", [["x"]])), "sheet1.xml", lambda _: sheet.encode())
    assert text(content) == "Name,Left\n5,#REF!\n"


def test_several_sheets_are_held_by_their_names_and_nobody_is_read() -> None:
    content = book(
        ("Messe Herbst", PEOPLE), ("Alte Liste", PEOPLE), ("Leer", []), ("Listen", [["x"]]), hidden=("Listen",)
    )
    drop, rows = read(content, "x.xlsx")
    (fault,) = drop.faults()
    assert (fault.rule, rows) == ("several_sheets", [])
    assert '"Messe Herbst", "Alte Liste"' in fault.what and "sheet" in fault.todo
    assert "Leer" not in fault.what and "Listen" not in fault.what


@pytest.mark.parametrize(("sheet", "name"), [("B", "Yvo"), ("A", "Xaver"), ("H", "Zita")])
def test_the_policy_names_the_sheet(sheet: str, name: str) -> None:
    sheets = [
        (key, [["Name", "Email"], [who, "w@blatt.example"]])
        for key, who in zip("ABH", ("Xaver", "Yvo", "Zita"), strict=True)
    ]
    drop, rows = read(book(*sheets, hidden=("H",)), "x.xlsx", sheet=sheet)
    assert ([row["name"] for row in rows], drop.faults()) == ([name], ())


def test_a_sheet_that_is_not_there_is_said() -> None:
    drop, rows = read(book(("A", PEOPLE)), "x.xlsx", sheet="B")
    assert ([fault.rule for fault in drop.faults()], rows) == (["unknown_sheet"], [])
    assert '"A"' in drop.faults()[0].what


@pytest.mark.parametrize("name", ["x@blatt.example", "030 23125 907", "a" * 31])
def test_names_of_sheets_tell_no_address_or_number(name: str) -> None:
    (fault,) = table(book(("A", PEOPLE), (name, PEOPLE))).faults
    assert (name in fault.what) == name.isalpha()
    assert name.isalpha() or "sheet 2" in fault.what


def test_only_hidden_sheets_or_none_filled_is_empty() -> None:
    for content in (book(("A", []), ("H", PEOPLE), hidden=("H",)), book(("A", []))):
        assert refusal(content).reason == "empty_file"


@pytest.mark.parametrize("sheet", ["Unsubscribed", "Opt-outs"])
def test_the_sheets_name_may_say_that_nobody_may_be_written_to(sheet: str) -> None:
    people = [["Email"], ["x@blatt.example"], ["y@blatt.example"]]
    content = book((sheet, people), ("Rest", people))
    drop = open_drop(io.BytesIO(content), file_name="x.xlsx", options=DropOptions(sheet=sheet))
    assert drop.header_map.kind == "suppressions"
    sink = io.BytesIO()
    rewrite(io.BytesIO(content), sink, {1}, file_name="x.xlsx", options=DropOptions(sheet=sheet))
    assert read(sink.getvalue(), "x.xlsx", sheet=sheet)[0].header_map.kind == "suppressions"


def test_rewritten_a_workbook_is_the_text_of_its_sheet() -> None:
    content = book(("A", [["Title"], [], *PEOPLE]), ("Notes", [["x@blatt.example"]]), hidden=("Notes",))
    options = DropOptions()
    assert rows_where(io.BytesIO(content), lambda row: "xylo" in row, file_name="x.xlsx", options=options) == [1]
    sink = io.BytesIO()
    assert rewrite(io.BytesIO(content), sink, {1}, file_name="x.xlsx", options=options) == 1
    assert b"xylo" not in sink.getvalue() and b"x@blatt.example" not in sink.getvalue()
    before, after = read(content, "x.xlsx")[1], read(sink.getvalue(), "x.xlsx")[1]
    assert after[0] == {"row_number": 1, "reasons": ["erased_subject"]}
    assert after[1] == before[1]


def test_of_an_undecided_workbook_nothing_is_left_and_that_is_said() -> None:
    """Not the first sheet, to be read as if it were the one that is named later."""
    sink = io.BytesIO()
    rewrite(io.BytesIO(book(("A", PEOPLE), ("B", PEOPLE))), sink, set(), file_name="x.xlsx", options=DropOptions())
    drop, rows = read(sink.getvalue(), "x.xlsx", sheet="B")
    assert ([fault.rule for fault in drop.faults()], rows) == (["several_sheets"], [])
    assert b"xylo" not in sink.getvalue()


def test_ods_is_read_as_well() -> None:
    empty = '<table:table-cell table:number-columns-repeated="16380"/>'
    content = ods(
        ods_sheet(
            "Leute",
            ods_row(ods_cell("Name"), ods_cell("Email"), ods_cell("Left"), empty),
            ods_row('<table:table-cell table:number-columns-repeated="16384"/>', repeated=2),
            ods_row(ods_cell("Xaver"), ods_cell("x@blatt.example"), ods_cell("#REF!", more=ERROR)),
            ods_row(ods_cell("4930", "float", 'office:value="4930123456789"'),
                    ods_cell("3.4.24", "date", 'office:date-value="2024-04-03"'),
                    ods_cell("WAHR", "boolean", 'office:boolean-value="true"')),
            ods_row('<table:table-cell table:number-columns-repeated="16384"/>', repeated=1_048_570),
        ),
        ods_sheet("Weg", ods_row(ods_cell("y")), style="hidden"),
    )  # fmt: skip
    assert table(content).kind == "ods"
    assert text(content) == "Name,Email,Left\n,,\n,,\nXaver,x@blatt.example,#REF!\n4930123456789,2024-04-03,TRUE\n"
    both = ods(ods_sheet("A", ods_row(ods_cell("x"))), ods_sheet("B", ods_row(ods_cell("y"))))
    assert [fault.rule for fault in table(both).faults] == ["several_sheets"]
    assert text(both, sheet="B") == "y\n"


def test_an_encrypted_ods_is_refused() -> None:
    content = ods(ods_sheet("A", ods_row(ods_cell("x"))), manifest="<m><manifest:encryption-data/></m>")
    assert refusal(content, "x.ods").reason == "password_protected"


@pytest.mark.parametrize(
    "content",
    [
        with_rows(b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'),
        with_rows(b'<row r="1048576"><c><v>1</v></c></row><row r="1">' + b"<c><v>1</v></c>" * 40 + b"</row>"),
        ods(ods_sheet("A", ods_row('<table:table-cell office:value-type="float" office:value="1"'
                                   ' table:number-columns-repeated="16384"/>', repeated=1_000_000))),
        ods(ods_sheet("A", ods_row(ods_cell("x")), ods_row(repeated=1_048_000),
                      ods_row('<table:table-cell table:number-columns-repeated="16000"/>', ods_cell("y")))),
    ],
)  # fmt: skip
def test_cells_in_far_corners_are_refused_before_anything_is_laid_out(content: bytes) -> None:
    assert refusal(content, "x.ods" if b"mimetype" in content[:99] else "x.xlsx").reason == "unpacks_too_large"


@pytest.mark.parametrize(
    "content",
    [
        with_rows(b'<row r="1"><c r="ZZZZZ1"><v>1</v></c></row>'),
        with_rows(b'<row r="1"><c r="A99999999999"><v>1</v></c></row>'),
        with_rows(b'<row r="1"><c r="XFE1"><v>1</v></c></row>'),
        with_rows(b'<row r="0"><c><v>1</v></c></row>'),
        with_rows(b"<row><c><v>1</v></c>"),
        with_part(book(("x", [["x"]])), "sheet1.xml", lambda part: b"<!DOCTYPE w [<!ENTITY a 'aa'>]>" + part),
        with_part(book(("x", [["x"]])), "workbook.xml.rels", lambda _: b"<!DOCTYPE w []><w/>"),
        with_part(book(("x", [["x"]])), "workbook.xml", lambda _: b"no xml"),
        book(("x", [["x"]]))[:-40],
        ods(ods_sheet("A", '<table:table-row table:number-rows-repeated="99999999999"/>')),
        ods(ods_sheet("A", ods_row(ods_cell("x", more='table:number-columns-repeated="-1"')))),
    ],
)
def test_what_no_spreadsheet_program_writes_is_refused(content: bytes) -> None:
    assert refusal(content, "x.ods" if b"mimetype" in content[:99] else "x.xlsx").reason == "damaged_file"


def test_the_parts_of_a_workbook_are_counted_while_they_come_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "FREE_BYTES", 1 << 18)
    for ending in ("sheet1.xml", "theme1.xml"):
        content = with_part(book(("x", PEOPLE)), ending, lambda part: part + b" " * (8 << 20))
        assert refusal(content).reason == "unpacks_too_large"


def test_a_large_sheet_has_its_limit_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_parts, "MAX_CELLS", 5)
    error = refusal(book(("x", PEOPLE)))
    assert error.reason == "unpacks_too_large" and "CSV" in str(error)
    with pytest.raises(UnreadableDrop, match="max_file_mb"):
        as_table(io.BytesIO(book(("x", [["a"]]))), max_bytes=1)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_workbook_is_refused_and_nothing_worse(data: Any) -> None:
    content = bytearray(SOUND)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(UnreadableDrop):
        check_kind(io.BytesIO(bytes(content)), "x.xlsx")
        text(bytes(content))


SOUND = with_part(book(("A", PEOPLE)), "nothing", lambda part: part)
