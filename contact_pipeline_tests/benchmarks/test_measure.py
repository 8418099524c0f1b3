"""measure(): memory of the command, of what it detaches, and what it printed. Times are not asserted."""

import subprocess
import sys
import textwrap

import pytest

from benchmarks.measure import measure

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's /proc")


def _python(text: str) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(text)]


def test_memory_json_and_exit_code_of_a_command() -> None:
    result = measure(
        _python("""
            import json, sys, time
            block = b"x" * (64 << 20)
            time.sleep(0.6)
            print(json.dumps({"bytes": len(block)}))
            print("done", file=sys.stderr)
            sys.exit(3)
        """),
        interval=0.1,
    )
    assert result.stdout == {"bytes": 64 << 20}
    assert (result.exit_code, result.stderr, result.unreadable) == (3, "done\n", 0)
    assert 64 < result.peak_pss_mib < 128
    assert result.samples > 1


def test_a_detached_grandchild_counts_and_older_children_do_not() -> None:
    older = subprocess.Popen(_python("import time; block = b'x' * (64 << 20); time.sleep(30)"))
    try:
        result = measure(
            _python("""
                import subprocess, sys, time
                grandchild = "import time; block = b'x' * (48 << 20); time.sleep(0.8)"
                popen = f"subprocess.Popen([sys.executable, '-c', {grandchild!r}], start_new_session=True)"
                starter = "import subprocess, sys; " + popen
                subprocess.run([sys.executable, "-c", starter])
                time.sleep(1)
                print("text")
            """),
            interval=0.1,
        )
    finally:
        older.kill()
        older.wait()
    assert result.stdout == "text\n"
    assert 48 < result.peak_pss_mib < 90
    assert "seconds" in result.figures()
