"""Why something failed, in words that may be kept. Imports nothing heavy: the code location needs it."""

from contact_pipeline.core.errors import ContactPipelineError
from contact_pipeline.core.system_errors import why


def cause_of(error: BaseException) -> str:
    """In words that hold no value: another program's exception may quote a row, so its kind and our place must do."""
    if isinstance(error, ContactPipelineError):
        return f"{type(error).__name__}: {error}"
    if isinstance(error, OSError):  # a disk, a share, a right: no fault of the program
        return f"{type(error).__name__} at {_place(error)}: {why(error)}"
    return f"{type(error).__name__} at {_place(error)}. Report this."


def _place(error: BaseException) -> str:
    """The innermost line of ours in the traceback, as module:line."""
    place, trace = "unknown", error.__traceback__
    while trace is not None:
        module = trace.tb_frame.f_globals.get("__name__", "")
        if module.startswith("contact_pipeline") and not module.endswith((".failures", ".holding", ".causes")):
            place = f"{module}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
