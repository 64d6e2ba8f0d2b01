"""Events in the address of a picture, for mails and pages without scripts."""

import base64
import binascii

from kizuna.domains.collect.rules.bodies import BadBody, Body, read_single, to_utf8

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
DATA_CHARS_MAX = 16_384


def read_pixel(data: str) -> Body:
    """The event in ``?data=``: base64, plain or URL-safe, of a call's JSON. Raises ``BadBody``."""
    text = data.replace("-", "+").replace("_", "/").replace(" ", "+")
    if len(text) > DATA_CHARS_MAX:
        raise BadBody("body_too_large", "The picture's address holds too much data.", 413)
    try:
        return read_single(to_utf8(base64.b64decode(text + "=" * (-len(text) % 4)), ""))
    except (binascii.Error, ValueError) as error:
        raise BadBody("bad_json", "The picture's data is not base64 of a JSON object.") from error
