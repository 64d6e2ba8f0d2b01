#!/bin/sh
# The browser tests need Chromium; without it they are skipped, and that is said.
if [ -z "${KIZUNA_CHROMIUM:-}" ] && ! command -v chromium >/dev/null 2>&1 && ! command -v google-chrome >/dev/null 2>&1; then
    echo "No Chromium here: browser tests are skipped. Install it (Debian: apt-get install chromium) or set KIZUNA_CHROMIUM." >&2
fi
