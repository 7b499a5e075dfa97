"""Public holidays by country, from the library that knows them."""

from collections.abc import Sequence

from storage.errors import UsageError

_YEARS = range(2020, 2051)
"The same for every desk: a fold has no clock."


def days_off(code: str) -> Sequence[str]:
    """Return the holidays of 'DE' or 'DE-BY' as ISO days.

    Raises:
        UsageError: no such country or part of one.
    """
    import holidays  # noqa: PLC0415 - 57 ms, and asked for when the setting changes only

    country, _, part = code.strip().upper().partition("-")
    try:
        found = holidays.country_holidays(country, subdiv=part or None, years=_YEARS)
    except NotImplementedError:
        raise UsageError(
            f"There are no holidays of {code!r}: write a country and its part as in ISO 3166, "
            "such as DE, DE-BY or US-CA."
        ) from None
    return [day.isoformat() for day in sorted(found)]
