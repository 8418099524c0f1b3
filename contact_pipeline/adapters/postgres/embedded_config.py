"""The embedded server's configuration: private by default, tuned for the machine.

Pure text but for two questions to the machine (memory, room in /dev/shm). Written anew at every start, so a newer
program brings its own; what a person sets with ALTER SYSTEM (postgresql.auto.conf) still wins.
"""

import os
import re
import secrets
from pathlib import Path

from contact_pipeline.adapters.postgres.embedded_places import replace_text

MIB = 1024 * 1024
MAX_SHARED_BUFFERS = 512 * MIB  # a third of the 1.5 GiB that a run over a million rows may take in all
MIN_SHARED_BUFFERS = 32 * MIB
SHM_NEEDED = 512 * MIB  # Docker gives 64 MB: a parallel hash join then fails with "No space left on device"

WAL_SENDERS = 4  # base backups at a time, and a person's own
MAX_KEPT = "16GB"  # of WAL that waits to be shipped; a million rows write 4 GB of it

# Unix socket: password. TCP (off unless a person sets listen_addresses): password, this machine only. Never trust;
# never peer, which would be wrong where root's server runs as another account.
HBA = """\
local all,replication all  scram-sha-256
host  all all 127.0.0.1/32 scram-sha-256
host  all all ::1/128      scram-sha-256
"""


def server_config(socket_folder: Path, log_folder: Path, *, keeps_wal: bool = False) -> str:
    """The text of postgresql.conf. keeps_wal: for backups, which take it continuously (embedded_wal.py)."""
    memory = usable_memory()
    shared_buffers = max(MIN_SHARED_BUFFERS, min(memory // 4, MAX_SHARED_BUFFERS))
    cores = os.cpu_count() or 1
    settings: dict[str, str | int] = {
        # reachable for this HOME only
        "listen_addresses": _quote(""),
        "port": 5432,  # names the socket file only
        "unix_socket_directories": _quote_list(socket_folder),
        "unix_socket_permissions": "0700",
        "password_encryption": "scram-sha-256",
        "max_connections": 100,
        # no personal value in the log: terse leaves out DETAIL ("Key (email)=(...)") and QUERY; ERROR texts themselves
        # quote values ("invalid input syntax for type date: ..."), so errors go to the client only (LOG ranks above
        # ERROR for the server's log); no statement is ever written.
        "log_min_messages": "log",
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
        "log_statement": "none",
        "log_min_duration_statement": -1,
        "log_parameter_max_length": 0,
        "log_parameter_max_length_on_error": 0,
        "logging_collector": "on",
        "log_directory": _quote(str(log_folder)),
        "log_filename": _quote("server-%a.log"),
        "log_file_mode": "0600",
        "log_rotation_age": "1d",
        "log_rotation_size": "10MB",
        "log_truncate_on_rotation": "on",
        "log_timezone": _quote("UTC"),
        "log_line_prefix": _quote("%m [%p] "),
        "lc_messages": _quote("C"),
        "timezone": _quote("UTC"),
        # one server without replicas. Used WAL segments are removed, not renamed for later: old rows would stay in them
        "wal_level": "replica" if keeps_wal else "minimal",
        "max_wal_senders": WAL_SENDERS if keeps_wal else 0,
        # Where nobody ships the log any more, the disk is worth more than the line: the next backup begins a new one.
        "max_slot_wal_keep_size": MAX_KEPT,
        "wal_recycle": "off",
        # Segments are not recycled, so each is made anew: zeroing it first would write everything twice.
        "wal_init_zero": "off",
        "max_wal_size": "4GB",
        "min_wal_size": "80MB",
        "checkpoint_timeout": "15min",
        "checkpoint_completion_target": "0.9",
        # tuned for this machine and for sets rather than single rows
        "shared_buffers": f"{shared_buffers // MIB}MB",
        "effective_cache_size": f"{max(memory // 2, shared_buffers) // MIB}MB",
        "work_mem": "64MB" if memory >= 2048 * MIB else "16MB",
        "maintenance_work_mem": "128MB" if memory >= 2048 * MIB else "64MB",
        "max_parallel_workers_per_gather": min(cores, 2),
        "max_parallel_workers": min(cores, 8),
        "random_page_cost": "1.1",
        "jit": "off",
    }
    if _shared_memory_room() < SHM_NEEDED:
        settings["dynamic_shared_memory_type"] = "mmap"
    lines = [f"{name} = {value}" for name, value in settings.items()]
    return "# Written by contact_pipeline at every start. Your own settings: ALTER SYSTEM.\n" + "\n".join(lines) + "\n"


def usable_memory() -> int:
    """Bytes: the machine's memory or, where smaller, the container's limit (cgroup 2, then 1)."""
    found = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for name in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            text = Path(name).read_text().strip()
        except OSError:
            continue
        if re.fullmatch(r"[0-9]+", text):
            found.append(int(text))
    return min(found)


def _shared_memory_room() -> int:
    """Free bytes in /dev/shm, where parallel queries meet; plenty where a system has no such place."""
    try:
        room = os.statvfs("/dev/shm")  # noqa: S108 - asked, not written
    except OSError:
        return SHM_NEEDED
    return room.f_bavail * room.f_frsize


def _quote(text: str) -> str:
    """A value of postgresql.conf."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _quote_list(path: Path) -> str:
    """A list of one path: double quotes inside, because a comma would part it."""
    return _quote('"' + str(path).replace('"', '""') + '"')


def wal_line(home: Path) -> str | None:
    """The name of the line that HOME's server keeps: its WAL from a day on, which no other HOME continues. None: it
    keeps none, and writes none for what it loads, which the speed of loading stands on."""
    try:
        return (home / "server" / "wal_line").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None


def begin_wal_line(home: Path) -> str:
    """From its next start on, the server keeps its WAL for backups. Returns the line's name; a second call its old."""
    found = wal_line(home)
    if found is None:
        found = secrets.token_hex(6)
        replace_text(home / "server" / "wal_line", found)
    return found
