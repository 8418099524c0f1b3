"""Files that are compressed (Zstandard) and encrypted (age) as they are written; read back without plain files.

A format of nobody's own: `age -d -i KEY FILE | zstd -d` reads them (age-encryption.org/v1, RFC 8878). Encrypting takes
the public half of the key, reading the secret one. A file appears under its name only when it is whole and on the disk:
what the library has decrypted of a truncated file is plain text that nobody has vouched for.
"""

import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, Protocol

import pyrage
import zstandard

from contact_pipeline.adapters.fact_ledger import flush_folder
from contact_pipeline.adapters.files import PRIVATE_FILE, private_dir
from contact_pipeline.core.errors import ConfigurationError, ContractError

SUFFIX = ".zst.age"
PARTIAL = ".partial"
# 1: two thirds of the time of 3, for 7 % more bytes (a base backup of 59 MB: 0.05 against 0.08 s).
LEVEL = 1


class Readable(Protocol):
    """Whatever hands out bytes."""

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` of them; none at the end."""
        ...


@dataclass(frozen=True)
class Written:
    """A file that is whole and on the disk. sha256: of its bytes as they lie there, in hex."""

    size: int
    sha256: str


class FileBroken(ContractError):  # noqa: N818 - the tree says what it is
    """A sealed file that is truncated or was changed."""


class BackupKey:
    """Identities of age (X25519): the secrets that open backups. They are made for the first one's public half; the
    others are those of before."""

    def __init__(self, *texts: str) -> None:
        """texts: `AGE-SECRET-KEY-1…`. Raises ValueError where one is none."""
        try:
            self._identities = [pyrage.x25519.Identity.from_str(text) for text in texts]
        except pyrage.IdentityError:
            raise ValueError("no age identity") from None

    @property
    def recipient(self) -> str:
        """`age1…`, the public half that backups are made for now: it may be shown, and names the key."""
        return self.recipients[0]

    @property
    def recipients(self) -> list[str]:
        """The public halves of all of them."""
        return [str(identity.to_public()) for identity in self._identities]

    def seal(self, path: Path, source: Readable) -> Written:
        """The whole of the source into a new file, under its name when it is on the disk; nothing is left by an error.

        Raises what reading raises, and OSError where the disk is full.
        """
        draft = path.with_name(path.name + PARTIAL)
        private_dir(path.parent)
        compressor = zstandard.ZstdCompressor(level=LEVEL)
        reading = _Remembering(compressor.stream_reader(source, read_size=1 << 20))  # type: ignore[arg-type]
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE), "wb") as file:
                sink = _Counting(file)
                try:
                    pyrage.encrypt_io(reading, sink, [self._identities[0].to_public()])
                except (pyrage.EncryptError, OSError) as error:
                    raise reading.error or sink.error or error from None
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
            flush_folder(path.parent)
        finally:
            draft.unlink(missing_ok=True)
        return Written(sink.size, sink.sha256.hexdigest())

    def open_into(self, path: Path, write: Callable[[bytes], object]) -> None:
        """Hand the plain bytes to `write`, piece by piece; only when this returns were they all there.

        Raises FileBroken where the file is truncated or was changed, ConfigurationError where it is for another key.
        """
        sink = _Unpacking(write)
        try:
            with path.open("rb") as file:
                pyrage.decrypt_io(file, sink, self._identities)
        except (pyrage.DecryptError, OSError) as error:
            if sink.error is not None and not isinstance(sink.error, zstandard.ZstdError):
                raise sink.error from None
            if isinstance(error, OSError) and error.errno is not None:
                raise
            if "No matching keys" in str(error):
                raise ConfigurationError(
                    "The backup was made for another key. Point CONTACT_PIPELINE_BACKUP_KEY_FILE at the one whose"
                    " public half its manifest names."
                ) from None
            raise FileBroken(f"{path.name} is truncated or was changed.") from None
        if not sink.is_whole:
            raise FileBroken(f"{path.name} is truncated or was changed.")

    @contextmanager
    def opened(self, path: Path) -> Iterator[BinaryIO]:
        """The plain bytes as a stream, for whoever wants to pull. Leaving the block early is fine; leaving it at the
        end raises what `open_into` does."""
        read_end, write_end = os.pipe()
        failed: list[BaseException] = []

        def pour() -> None:
            try:
                with os.fdopen(write_end, "wb", buffering=0) as pipe:
                    self.open_into(path, pipe.write)
            except BrokenPipeError:  # the reader has seen enough
                return
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=pour, name="opening a backup", daemon=True)
        thread.start()
        with os.fdopen(read_end, "rb", buffering=1 << 20) as stream:
            try:
                yield stream
            except BaseException:
                stream.close()
                thread.join()
                if failed:  # the reader stumbled over what came of it
                    raise failed[0] from None
                raise
        thread.join()
        if failed:
            raise failed[0]


def read_backup_key(path: Path) -> BackupKey | None:
    """None: there is no file. Raises ConfigurationError where it cannot be read or holds no age identity."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The backup key {path} cannot be read ({type(error).__name__}).") from None
    try:
        if found := [line.strip() for line in lines if line.startswith("AGE-SECRET-KEY-")]:
            return BackupKey(*found)
    except ValueError:
        pass
    raise ConfigurationError(
        f"The backup key {path} is damaged: it needs a line AGE-SECRET-KEY-1…, and each such line whole. Put your copy"
        " of it in its place."
    )


def make_backup_key(path: Path) -> BackupKey:
    """A new one, in a file as age-keygen writes it; one that is there already is left and read."""
    identity = pyrage.x25519.Identity.generate()
    private_dir(path.parent)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    except FileExistsError:
        found = read_backup_key(path)
        assert found is not None  # noqa: S101 - it exists
        return found
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"# public key: {identity.to_public()}\n{identity}\n")
        file.flush()
        os.fsync(file.fileno())
    flush_folder(path.parent)
    return BackupKey(str(identity))


def sha256_of(path: Path) -> str:
    """Of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Counting:
    """Counts and hashes what goes into a file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.size, self.sha256 = 0, hashlib.sha256()
        self.error: OSError | None = None

    def write(self, piece: bytes) -> int:
        try:
            self._file.write(piece)
        except OSError as error:
            self.error = error
            raise
        self.size += len(piece)
        self.sha256.update(piece)
        return len(piece)

    def flush(self) -> None:
        self._file.flush()


class _Remembering:
    """A source whose error is kept: the library hands on its text only."""

    def __init__(self, source: Readable) -> None:
        self._source = source
        self.error: Exception | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            return self._source.read(size)
        except Exception as error:
            self.error = error
            raise


class _Unpacking:
    """Decompresses what is decrypted. The error of whoever takes it is kept: the library hands on its text only."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._write = write
        self.error: Exception | None = None

    @property
    def is_whole(self) -> bool:
        return self._frame.eof

    def write(self, piece: bytes) -> int:
        try:
            self._write(self._frame.decompress(piece))
        except Exception as error:
            self.error = error
            raise
        return len(piece)

    def flush(self) -> None:
        """Nothing is held back."""
