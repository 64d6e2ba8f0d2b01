"""Whose law holds for whom."""

from kizuna.domains.privacy.contracts import Region

_GDPR = frozenset(
    (
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT"),
        *("LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "IS", "LI", "NO", "GB"),
    )
)
"""The EU, the EEA, and the United Kingdom, whose own GDPR says the same here."""


def region_of(country: str) -> Region:
    """By ISO 3166-1 alpha-2 code."""
    if country == "JP":
        return "APPI"
    return "GDPR" if country in _GDPR else "other"
