"""What a browser says it is, in the words its owner would use."""

import re

# The order matters: most browsers also name those they descend from.
BROWSERS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("Edge", re.compile(r"\bEdg(?:e|A|iOS)?/")),
    ("Opera", re.compile(r"\bOPR/")),
    ("Samsung Internet", re.compile(r"\bSamsungBrowser/")),
    ("LINE", re.compile(r"\bLine/")),
    ("Firefox", re.compile(r"\b(?:Firefox|FxiOS)/")),
    ("Chrome", re.compile(r"\b(?:Chrome|CriOS|Chromium|HeadlessChrome)/")),
    ("Safari", re.compile(r"\bSafari/")),
)

SYSTEMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("iPhone", re.compile(r"\biPhone\b")),
    ("iPad", re.compile(r"\biPad\b")),
    ("Android", re.compile(r"\bAndroid\b")),
    ("ChromeOS", re.compile(r"\bCrOS\b")),
    ("Windows", re.compile(r"\bWindows\b")),
    ("macOS", re.compile(r"\bMac OS X\b|\bMacintosh\b")),
    ("Linux", re.compile(r"\bLinux\b")),
)


def name_device(user_agent: str) -> str:
    """``Chrome · Windows``; what names neither shows its own first word."""
    found = [
        next((name for name, pattern in kinds if pattern.search(user_agent)), None) for kinds in (BROWSERS, SYSTEMS)
    ]
    return " · ".join(name for name in found if name) or user_agent.partition("/")[0].strip()[:40]
