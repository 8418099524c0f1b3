"""The checks of the asset inbound_events. Data only: the graph reads them without the room's imports."""

from contact_pipeline.core.report import CheckRule

BOUNCES_FEW = CheckRule("bounces_few", "Few enough of the messages of the last 7 and 30 days came back.")
VERDICTS_HOLD = CheckRule(
    "verdicts_hold", "Of addresses that were called valid, no more came back than the policy promises (2 %)."
)
