"""What browser and mobile clients ask before they send: where to, and how."""

from urllib.parse import urlsplit

import msgspec

from kizuna.domains.collect.contracts import Source


def write_settings(source: Source, write_key: str, public_url: str) -> bytes:
    """Settings for analytics.js and the mobile SDKs.

    One integration and no more: any second key makes analytics.js load Segment's own bundle. Without
    ``sampleRate: 0`` it would report to Segment's servers.
    """
    address = urlsplit(public_url)
    return msgspec.json.encode(
        {
            "integrations": {
                "Segment.io": {
                    "apiKey": write_key,
                    "apiHost": f"{address.netloc}{address.path}/v1",
                    "protocol": address.scheme,
                    "unbundledIntegrations": [],
                    "addBundledMetadata": False,
                    "maybeBundledConfigIds": {},
                    "versionSettings": {"version": "4.4.7", "componentTypes": ["browser"]},
                }
            },
            "plan": {
                "track": {"__default": {"enabled": True, "integrations": {}}},
                "identify": {"__default": {"enabled": True}},
                "group": {"__default": {"enabled": True}},
            },
            "edgeFunction": {},
            "analyticsNextEnabled": True,
            "middlewareSettings": {},
            "enabledMiddleware": {},
            "metrics": {"sampleRate": 0},
            "legacyVideoPluginsEnabled": False,
            "remotePlugins": [],
            "kizuna": {"source": source.id, "touchpoint": source.touchpoint},
        }
    )
