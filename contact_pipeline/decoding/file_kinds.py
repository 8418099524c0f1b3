"""What a file is, told by its content: a table that can be read, or something else, which is refused by its name with
the next step. The file's name says nothing here; check_kind() in containers.py holds both against each other."""

import codecs
import json
import re
import zipfile
from typing import BinaryIO

from contact_pipeline.core.errors import UnreadableDrop

HEAD = 1 << 16
TEXT, VCARD, GZIP, ZIP, XLSX, ODS = "text", "vcard", "gzip", "zip", "xlsx", "ods"

_CSV = "Export it as CSV"
_IMAGE = f"The file is an image. {_CSV} from the program that the picture was taken of."
_ARCHIVE = "The file is an archive ({}). Unpack it, and drop each CSV file in it."
_DATABASE = f"The file is a database ({{}}). {_CSV}, one table for each file."

# (where, bytes, reason, sentence): the first that is there says what the file is.
_MAGIC: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"%PDF", "document", f"The file is a PDF document. {_CSV} from the program that it was printed with."),
    (0, b"7z\xbc\xaf", "binary_file", _ARCHIVE.format("7z")),
    (0, b"Rar!\x1a\x07", "binary_file", _ARCHIVE.format("RAR")),
    (4, b"1AY&SY", "binary_file", _ARCHIVE.format("bzip2")),
    (0, b"\xfd7zXZ", "binary_file", _ARCHIVE.format("xz")),
    (0, b"\x28\xb5\x2f\xfd", "binary_file", _ARCHIVE.format("zstd")),
    (0, b"\x04\x22\x4d\x18", "binary_file", _ARCHIVE.format("lz4")),
    (0, b"LZIP", "binary_file", _ARCHIVE.format("lzip")),
    (0, b"\x1f\x9d", "binary_file", _ARCHIVE.format("compress")),
    (0, b"MSCF", "binary_file", _ARCHIVE.format("CAB")),
    (257, b"ustar", "binary_file", _ARCHIVE.format("tar")),
    (0, b"\x89PNG", "binary_file", _IMAGE),
    (0, b"\xff\xd8\xff", "binary_file", _IMAGE),
    (0, b"GIF8", "binary_file", _IMAGE),
    (0, b"II*\x00", "binary_file", _IMAGE),
    (0, b"MM\x00*", "binary_file", _IMAGE),
    (8, b"WEBP", "binary_file", _IMAGE),
    (4, b"ftyp", "binary_file", "The file is a picture or film. " + _CSV + " from the program that shows the list."),
    (0, b"PAR1", "binary_file", f"The file is a Parquet table. {_CSV}."),
    (0, b"ARROW1", "binary_file", f"The file is an Arrow table. {_CSV}."),
    (0, b"ORC", "binary_file", f"The file is an ORC table. {_CSV}."),
    (0, b"Obj\x01", "binary_file", f"The file is an Avro table. {_CSV}."),
    (0, b"SQLite format 3", "binary_file", _DATABASE.format("SQLite")),
    (4, b"Standard Jet DB", "binary_file", _DATABASE.format("Access")),
    (4, b"Standard ACE DB", "binary_file", _DATABASE.format("Access")),
    (0, b"!BDN", "binary_file", "The file is an Outlook mailbox (.pst). Export the contacts as CSV in Outlook."),
    (0, b"bplist", "binary_file", f"The file is a property list or a link of macOS. {_CSV}."),
    (0, b"\x7fELF", "binary_file", "The file is a program."),
    (0, b"MZ\x90", "binary_file", "The file is a program."),
    (0, b"L\x00\x00\x00\x01\x14\x02\x00", "binary_file", "The file is a link to another file. Drop that one."),
    (0, b"Salted__", "encrypted_file", "The file is encrypted. Decrypt it first."),
    (0, b"age-encryption.org/", "encrypted_file", "The file is encrypted (age). Decrypt it first."),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_STREAMS: tuple[tuple[str, str, str], ...] = (
    ("EncryptedPackage", "password_protected",
     "The workbook is protected with a password. Save it without one, or export the sheet as CSV."),
    ("__substg1.0_", "email_file",
     "The file is an Outlook message (.msg). Save its attachment, or export the contacts as CSV."),
    ("WordDocument", "document", f"The file is a Word document (.doc). {_CSV}, or copy its table into a spreadsheet."),
    ("PowerPoint Document", "document", f"The file is a presentation (.ppt). {_CSV} from where the list comes."),
)  # fmt: skip
_OLD_EXCEL = "The file is a workbook in the old Excel format (.xls). Save it as .xlsx or CSV."

_PGP = re.compile(r"-----BEGIN (PGP MESSAGE|PGP PUBLIC|AGE ENCRYPTED|PKCS7|CMS|ENCRYPTED|SMIME)")
# The tags that pages, mails and programs' tables begin with; `<ada@x.example>` is none.
_HTML = re.compile(
    r"(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|(?:html|head|body|table|thead|tbody|tr|title|meta|link|script"
    r"|style|div|span|form|center|font|section|main|h[1-6]|p|br|hr|b|pre|iframe|noscript)(?=[\s/>]))",
    re.IGNORECASE | re.DOTALL,
)
_LOGIN = re.compile(r"""type\s*=\s*["']?password|<title>[^<]*(?:log ?in|sign ?in|anmeld|connexion)""", re.IGNORECASE)
_XML = re.compile(r"<\?xml[\s?]|<!DOCTYPE\s")
_ELEMENT = re.compile(r"<([A-Za-z][\w:.-]*)(?:\s[^<>]*)?>")
_SPREADSHEET_XML = re.compile(r"urn:schemas-microsoft-com:office:spreadsheet|progid=\"Excel\.Sheet\"")
_JSON = re.compile(r"""\{\s*(?:"(?:[^"\\]|\\.)*"\s*:|\}\s*$)|\[\s*(?:\{\s*"(?:[^"\\]|\\.)*"\s*:|\[\s*["\d\[]|\]\s*$)""")
_JSON_LIST = re.compile(r'\[\s*"(?:[^"\\]|\\.)*"\s*[,\]]')
_SHORTCUT = re.compile(r"docs\.google\.com/|\"doc_id\"")
_MBOX = re.compile(r"From \S+ .*\d\d:\d\d.*\r?\n[A-Za-z-]+:")
_HEADER_LINE = re.compile(r"([A-Za-z][A-Za-z0-9-]*):(?:[ \t]|$)")
_OF_MAIL = {"received", "return-path", "message-id", "mime-version", "delivered-to", "content-type", "dkim-signature"}
_OF_LETTERS = {"from", "to", "subject"}
_SQL = re.compile(
    r"(?:(?:--|/\*)[^\n]*\n\s*|SET [^\n]*;\s*)*"
    r"(?:CREATE TABLE\b[^,;\n]*\(|INSERT INTO\b[^;\n]*\b(?:VALUES|SELECT)\b|DROP TABLE\b[^,\n]*;|BEGIN TRANSACTION;)|"
    r"-- (?:MySQL|MariaDB|PostgreSQL database|phpMyAdmin)",
    re.IGNORECASE,
)
_LDIF = re.compile(r"(?:#[^\n]*\n\s*)*(?:version:\s*\d+\s+)?dn::?\s")
_BEGINS: tuple[tuple[str, str, str], ...] = (
    ("{\\rtf", "document", f"The file is a formatted text (RTF). {_CSV}."),
    ("BEGIN:VCALENDAR", "not_a_table", "The file is a calendar (iCalendar), and has no list of contacts."),
    ("[InternetShortcut]", "not_a_table", "The file is a link to a web page. Drop what is behind it, exported as CSV."),
    ("%!PS", "document", f"The file is a PostScript document. {_CSV}."),
)


def kind_of(stream: BinaryIO) -> str:
    """One of the kinds above. Leaves the stream at its start.

    Raises UnreadableDrop for what is known to be no table: binary_file, web_page, json_file, xml_file, email_file,
    encrypted_file, password_protected, old_excel, document, not_a_table, damaged_file. What nobody knows is text.
    """
    stream.seek(0)
    head = stream.read(HEAD)
    stream.seek(0)
    if head.startswith(b"\x1f\x8b"):
        return GZIP
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK00PK")):
        return _kind_of_zip(stream)
    for at, magic, reason, sentence in _MAGIC:
        # A header may begin with a word such as ORC: files of that kind have zero bytes, text has none.
        if head.startswith(magic, at) and not (magic.isalnum() and b"\x00" not in head):
            raise UnreadableDrop(reason, sentence)
    if head.startswith(_OLE):
        raise _compound(stream)
    text = _text_of(head).lstrip()
    if re.match(r"BEGIN\s*:\s*VCARD\s", text, re.IGNORECASE):
        return VCARD
    foreign = _foreign_text(text)
    if foreign:
        raise UnreadableDrop(*foreign)
    return TEXT


def _kind_of_zip(stream: BinaryIO) -> str:
    """Workbooks are ZIP files, too."""
    try:
        with zipfile.ZipFile(stream) as archive:
            names = set(archive.namelist())
            mimetype = archive.open("mimetype").read(100).decode("latin-1") if "mimetype" in names else ""
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError, ValueError):
        raise UnreadableDrop(
            "damaged_file", "The file is a workbook or archive that is damaged or cut off. Save or send it again."
        ) from None
    finally:
        stream.seek(0)
    if "opendocument.spreadsheet" in mimetype:
        return ODS
    lowered = {name.lower() for name in names}
    if "xl/workbook.bin" in lowered:
        raise UnreadableDrop("old_excel", "The file is a binary workbook (.xlsb). Save it as .xlsx or CSV.")
    if any(name.startswith("xl/") and name.endswith("workbook.xml") for name in lowered):
        return XLSX
    for sign, what in (("word/", "Word document"), ("ppt/", "presentation"), ("visio/", "drawing")):
        if any(name.startswith(sign) for name in lowered):
            raise UnreadableDrop("document", f"The file is a {what}. {_CSV}, or copy its table into a spreadsheet.")
    if mimetype:
        raise UnreadableDrop("document", f"The file is a document that is no spreadsheet. {_CSV}.")
    if any(name.endswith(".iwa") or name == "index.zip" for name in lowered):
        raise UnreadableDrop("document", "The file is a document of Numbers or Pages. Export it as CSV or .xlsx there.")
    return ZIP


def _compound(stream: BinaryIO) -> UnreadableDrop:
    """Old Office files and encrypted new ones are small file systems whose names stand somewhere in UTF-16."""
    content = stream.read(1 << 26)
    stream.seek(0)
    for name, reason, sentence in _OLE_STREAMS:
        if name.encode("utf-16-le") in content:
            return UnreadableDrop(reason, sentence)
    if any(name.encode("utf-16-le") in content for name in ("Workbook", "Book")):
        return UnreadableDrop("old_excel", _OLD_EXCEL)
    return UnreadableDrop("binary_file", f"The file is a document of an old Office program. {_CSV}.")


def _text_of(head: bytes) -> str:
    for mark, codec in (
        (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):  # fmt: skip
        if head.startswith(mark):
            return head[len(mark) :].decode(codec, "ignore")
    if head[1:16:2].count(0) >= 6:
        return head.decode("utf-16-le", "ignore")
    if head[0:16:2].count(0) >= 6:
        return head.decode("utf-16-be", "ignore")
    return head.decode("latin-1")


def _foreign_text(text: str) -> tuple[str, str] | None:
    for begin, reason, sentence in _BEGINS:
        if text[: len(begin)].upper() == begin.upper():
            return reason, sentence
    if _PGP.match(text):
        return "encrypted_file", "The file is encrypted or a key. Decrypt it first, and drop the CSV file."
    if text.startswith("<"):
        return _markup(text)
    if _is_json(text):
        what = "a link to a Google document" if _SHORTCUT.search(text[:2_000]) else "JSON"
        return "json_file", f"The file is {what}, not a table. {_CSV}."
    if _is_mail(text):
        return "email_file", "The file is an e-mail. Save its attachment, or export the contacts as CSV."
    if _LDIF.match(text):
        return "not_a_table", "The file is an address book in LDIF. Export it as CSV or vCard (.vcf)."
    if _SQL.match(text):
        return "not_a_table", f"The file is a list of SQL statements. {_CSV}."
    return None


def _markup(text: str) -> tuple[str, str] | None:
    if _HTML.match(text):
        if _LOGIN.search(text):
            return "web_page", (
                "The file is a web page that asks to sign in, instead of the list. Sign in, and export it as CSV."
            )
        return "web_page", (
            "The file is a web page (HTML), whatever its name says. Export the list as CSV, or open the file in a"
            " spreadsheet and save it as .xlsx or CSV."
        )
    if _SPREADSHEET_XML.search(text[:4_000]):
        return "xml_file", "The file is a workbook in an old XML format. Save it as .xlsx or CSV."
    element = _ELEMENT.match(text)
    if _XML.match(text) or (element and f"</{element[1]}>" in text):
        return "xml_file", f"The file is XML, not a table. {_CSV}."
    return None


def _is_json(text: str) -> bool:
    if _JSON.match(text):
        return True
    if not _JSON_LIST.match(text):  # `[Name],[Mail]` is a header of SQL Server's
        return False
    try:
        json.JSONDecoder().raw_decode(text)
    except ValueError:
        return False
    return True


def _is_mail(text: str) -> bool:
    """A report's title lines have colons, too: it takes what only mail programs write, or a whole letter's head."""
    if _MBOX.match(text):
        return True
    named: set[str] = set()
    for line in text.splitlines()[:60]:
        if not line.strip():
            break
        if line[0] in " \t":
            continue
        found = _HEADER_LINE.match(line)
        if not found:
            return False
        named.add(found[1].lower())
    return len(named) >= 3 and (len(named & _OF_MAIL) >= 2 or named >= _OF_LETTERS)
