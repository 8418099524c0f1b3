"""Numbers as written → in E.164."""

from collections.abc import Sequence

import pandas as pd

from contact_pipeline.phones.normalize import numbers_to_restrict


def numbers(phones: Sequence[str], regions: Sequence[str | None]) -> dict[str, str]:
    """As written → in E.164, for those that can be read by one of the regions (None: with a country code)."""
    pairs = [(phone, region) for phone in phones for region in regions]
    frame = pd.DataFrame(pairs, columns=["phone", "region"]).astype({"phone": "str"})
    read = numbers_to_restrict(frame)["phone_e164"]
    return {phone: number for (phone, _), number in zip(pairs, read, strict=True) if isinstance(number, str)}
