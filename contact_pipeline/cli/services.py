"""What `contact-pipeline up` starts as a process of its own: Dagster's UI behind the guard, code server, daemon.

`python -m contact_pipeline.cli.services WORKSPACE SOCKET`: workspace.yaml, and the number of a bound socket.
"""

import signal
import sys
from pathlib import Path

from contact_pipeline.orchestration.user_interface import dagster_services
from contact_pipeline.web.serving import GuardedServer


def main() -> None:
    """Ends with 1 when the daemon ended by itself."""
    workspace, file_number = Path(sys.argv[1]), int(sys.argv[2])
    for number in (signal.SIGTERM, signal.SIGHUP):  # else these would end it without ending what it has started
        signal.signal(number, signal.default_int_handler)
    try:
        server = GuardedServer(file_number)
        with dagster_services(workspace, on_end=server.stop) as app:
            server.run(app)
    except KeyboardInterrupt:
        return
    sys.exit(1)


if __name__ == "__main__":
    main()
