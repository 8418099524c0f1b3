"""What the system refused (a full disk, a missing right, a folder that is not there), in words that say what to do.

An OSError's own text holds a file name, and people name files after people: only the system's word for it is kept.
"""

import errno
import os

from contact_pipeline.core.errors import ContactPipelineError, PermanentError, UsageError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_NO_SUCH_PLACE = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP}


def why(error: OSError) -> str:
    """The system's word for it, and what to do, in sentences."""
    said = os.strerror(error.errno) if error.errno else type(error).__name__
    if error.errno in _FULL:
        return f"{said}. Make room there, then do the same again."
    if error.errno in _FORBIDDEN:
        return f"{said}. Give this account the right to it, then do the same again."
    if error.errno in _NO_SUCH_PLACE:
        return f"{said}. Put what is missing in its place, or name another, then do the same again."
    return f"{said}. Look at the disk or the share it is on, then do the same again."


def about_file(error: OSError, name: object, *, cannot_be: str) -> ContactPipelineError:
    """For a file that a person named: UsageError where there is no such place, PermanentError for all else.

    cannot_be: `read` or `written`.
    """
    kind = UsageError if error.errno in _NO_SUCH_PLACE else PermanentError
    return kind(f"{name} cannot be {cannot_be}: {why(error)}")
