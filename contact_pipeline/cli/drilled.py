"""What a drill starts and kills: a worker on invented people.

`python -m contact_pipeline.cli.drilled FOLDER SEED PEOPLE`: where it leaves its truths, what happens, people a drop.
"""

import json
import sys
from pathlib import Path
from typing import Any

from contact_pipeline.history.drill_work import Worker
from contact_pipeline.opening import open_session
from contact_pipeline.settings import load_settings


def main(folder: Path, seed: int, people: int) -> None:
    """Until it is killed."""
    with open_session(load_settings(), actor="drill") as session:
        Worker(session, folder, seed, _say, people=people).run()


def _say(event: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
