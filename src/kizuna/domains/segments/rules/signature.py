"""Signatures of what Kizuna sends, in the way of Stripe's: ``t=<seconds>,v1=<hex>``.

``v1`` is HMAC-SHA256 over the seconds, a full stop and the body, so that neither a changed body nor an old
message passes for a new one. While a secret is changed there are two.
"""

import hmac
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

SIGNATURE_HEADER = "Kizuna-Signature"


def sign(secrets: Sequence[str], body: bytes, now: datetime) -> str:
    seconds = str(int(now.timestamp()))
    signed = seconds.encode() + b"." + body
    return ",".join([f"t={seconds}", *(f"v1={hmac.digest(one.encode(), signed, sha256).hex()}" for one in secrets)])
