"""Events are worked off by a thread beside the server: as soon as some are stored, and every few seconds for those that
another process stored. Where another process works, it waits its turn. Who left is told to the senders outside by a
second thread: a sender that is slow, or down, keeps no event waiting."""

import sys
import threading
import time

from contact_pipeline.core.causes import cause_of
from contact_pipeline.esp.erasing import erase_there
from contact_pipeline.esp.pushing import push_leavers
from contact_pipeline.esp.registry import is_any_configured
from contact_pipeline.outreach.dropped import work_off_all
from contact_pipeline.stage.session import Session
from contact_pipeline.web.counting import WORKED_OFF

PAUSE_S = 5.0  # what another process stored, and what could not be done, waits at most so long
# Of 10,000 events at once, calls were kept waiting for 400 ms; working off takes a seventh longer by these.
BATCH = 2_000
GATHER_S = 0.25  # a batch of many costs little more than one of few
LAST_WORD_S = 5.0  # of a sender that is being told when we stop; what it did not hear, the next start tells it
TELL_S = 30.0  # senders hear of who left at most so often, and so late


class Worker:
    """Starts with `start`, ends with `stop`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
        self._teller = threading.Thread(target=self._tell, name="teller", daemon=True)

    def start(self) -> None:
        """Once."""
        self._thread.start()
        if is_any_configured(self._session.settings, self._session.policy):
            self._teller.start()

    def wake(self) -> None:
        """Something was stored. From any thread."""
        self._wake.set()

    def stop(self) -> None:
        """What was begun is finished; the rest waits for the next start."""
        self._stopped.set()
        self._wake.set()
        self._thread.join()
        if self._teller.is_alive():
            self._teller.join(LAST_WORD_S)

    def _tell(self) -> None:
        """An opt-out on our page takes effect without any event, so this looks whether one came or not."""
        while not self._stopped.is_set():
            begun = time.monotonic()
            try:
                erase_there(self._session)
                push_leavers(self._session)
            except Exception as error:  # as below
                sys.stderr.write(
                    f"A sender could not be told who left, or was erased: {cause_of(error)}. Tried again.\n"
                )
            self._stopped.wait(max(0.0, TELL_S - (time.monotonic() - begun)))

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wake.clear()
            try:
                report = work_off_all(self._session, batch=BATCH, is_stopped=self._stopped.is_set)
                for outcome, count in report.counts.items():
                    WORKED_OFF.labels(outcome).inc(count)
            except Exception as error:  # whatever it is, the next round tries again; the server goes on
                sys.stderr.write(f"Events could not be worked off: {cause_of(error)}. Tried again.\n")
                self._stopped.wait(PAUSE_S)
            if self._wake.wait(PAUSE_S):
                self._stopped.wait(GATHER_S)
