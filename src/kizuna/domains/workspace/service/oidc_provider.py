"""A provider of OpenID Connect: where it is, its keys, and what its tokens say.

Nothing here is called inside a transaction.
"""

import asyncio
import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from kizuna.domains.workspace.rules.inputs import FieldError
from kizuna.domains.workspace.rules.oidc import SUBJECT_CHARS_MAX, check_url, is_development
from kizuna.domains.workspace.service.outside import fetch_json, unreachable
from kizuna.kernel.context import Runtime
from kizuna.kernel.errors import Unauthenticated

KEPT = timedelta(hours=1)
PROVIDERS_KEPT_MAX = 200
LEEWAY_S = 60
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
"""Signatures by a key that only the provider has; never ``none``, and never one shared with us."""
KEY_TYPES = ("RSA", "EC", "OKP")


@dataclass(frozen=True, slots=True)
class Discovered:
    """What a discovery document says, and the keys, as of ``at``."""

    at: datetime
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    secret_in_body: bool
    keys: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Claimed:
    """What the provider says about a person."""

    subject: str
    claims: dict[str, Any]


_known: dict[tuple[str, bool], Discovered] = {}


async def discover(runtime: Runtime, issuer: str, *, fresh: bool = False) -> Discovered:
    """The provider's document and keys, kept for an hour. Raises ``Unavailable``."""
    development, now = is_development(runtime.settings.public_url), runtime.clock.now()
    known = _known.get((issuer, development))
    if known is not None and not fresh and timedelta(0) <= now - known.at < KEPT:
        return known
    url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    status, document = await fetch_json("GET", url, development=development)
    if status != 200:
        raise unreachable(url, f"it answers {status}")
    found = await _read_document(url, document, development, now)
    if found.issuer.rstrip("/") != issuer.rstrip("/"):
        raise unreachable(url, f"it says that it is {found.issuer[:200]}")
    if len(_known) >= PROVIDERS_KEPT_MAX:
        _known.clear()
    _known[issuer, development] = found
    return found


async def _read_document(url: str, document: dict[str, Any], development: bool, now: datetime) -> Discovered:
    addresses: dict[str, str] = {}
    try:
        for name in ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"):
            addresses[name] = check_url(str(document.get(name, "")), development=development)
        userinfo = document.get("userinfo_endpoint")
        userinfo = check_url(str(userinfo), development=development) if userinfo else None
    except FieldError as error:
        raise unreachable(url, "its document lacks addresses that can be used") from error
    methods = document.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    status, keys = await fetch_json("GET", addresses["jwks_uri"], development=development)
    listed = keys.get("keys") if status == 200 else None
    fitting = [one for one in listed if _is_signing_key(one)] if isinstance(listed, list) else []
    return Discovered(
        at=now,
        **addresses,
        userinfo_endpoint=userinfo,
        secret_in_body="client_secret_basic" not in methods,
        keys=tuple(fitting),
    )


def _is_signing_key(key: Any) -> bool:
    return isinstance(key, dict) and key.get("kty") in KEY_TYPES and key.get("use", "sig") == "sig"


def authorization_url(
    found: Discovered, client_id: str, redirect_uri: str, state: str, nonce: str, verifier: str
) -> str:
    """Where the browser goes to sign in: authorization code flow with PKCE (RFC 7636)."""
    from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    return prepare_grant_uri(
        found.authorization_endpoint,
        client_id,
        "code",
        redirect_uri=redirect_uri,
        scope="openid email profile",
        state=state,
        nonce=nonce,
        code_challenge=create_s256_code_challenge(verifier),
        code_challenge_method="S256",
    )


async def redeem(
    runtime: Runtime,
    issuer: str,
    client_id: str,
    client_secret: str,
    *,
    code: str,
    redirect_uri: str,
    verifier: str,
    nonce: str,
) -> Claimed:
    """Exchanges a code for tokens and believes the ID token once everything about it is checked.

    Raises ``Unauthenticated`` for a code or token that is not good, ``Unavailable`` without a provider.
    """
    found = await discover(runtime, issuer)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": verifier}
    headers: dict[str, str] = {}
    if found.secret_in_body:
        form |= {"client_id": client_id, "client_secret": client_secret}
    else:  # RFC 6749, 2.3.1: both are form-encoded first
        pair = f"{quote(client_id, safe='')}:{quote(client_secret, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    development = is_development(runtime.settings.public_url)
    status, tokens = await fetch_json("POST", found.token_endpoint, development=development, form=form, headers=headers)
    id_token, access_token = tokens.get("id_token"), tokens.get("access_token")
    if status != 200 or not isinstance(id_token, str):
        raise Unauthenticated(
            "provider_refused", "The provider did not accept this sign-in; it may have been used. Start again."
        )
    claims = await _check_token(runtime, issuer, found, id_token, access_token, client_id, nonce)
    if "email" not in claims and found.userinfo_endpoint and isinstance(access_token, str):
        claims |= await _ask_userinfo(found.userinfo_endpoint, access_token, claims["sub"], development)
    return Claimed(claims["sub"], claims)


async def _check_token(
    runtime: Runtime, issuer: str, found: Discovered, token: str, access_token: Any, client_id: str, nonce: str
) -> dict[str, Any]:
    for fresh in (False, True):  # keys may have changed since they were kept
        used = await discover(runtime, issuer, fresh=True) if fresh else found
        claims = await asyncio.to_thread(
            _verify, token, used, access_token, client_id, nonce, int(runtime.clock.now().timestamp())
        )
        if claims is not None:
            return claims
    raise _not_good()


def _verify(
    token: str, found: Discovered, access_token: Any, client_id: str, nonce: str, now: int
) -> dict[str, Any] | None:
    """The claims of a good token; None when no known key signed it."""
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    try:
        keys = KeySet.import_key_set({"keys": [dict(key) for key in found.keys]})
        read = jwt.decode(token, keys, algorithms=ALGORITHMS)
    except (JoseError, ValueError, TypeError):
        return None
    options = {"iss": {"essential": True, "value": found.issuer}, "aud": {"essential": True, "value": client_id}}
    params = {"nonce": nonce, "client_id": client_id}
    if isinstance(access_token, str):
        params["access_token"] = access_token
    claims: dict[str, Any] = dict(read.claims)
    try:
        CodeIDToken(claims, read.header, options, params).validate(now, LEEWAY_S)
    except (JoseError, ValueError, TypeError) as error:
        raise _not_good() from error
    if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= SUBJECT_CHARS_MAX:
        raise _not_good()
    return claims


async def _ask_userinfo(url: str, access_token: str, subject: str, development: bool) -> dict[str, Any]:
    """Providers may give e-mail and name only here: OpenID Connect Core, section 5.4."""
    headers = {"Authorization": f"Bearer {access_token}"}
    status, told = await fetch_json("GET", url, development=development, headers=headers)
    if status != 200 or told.get("sub") != subject:
        raise _not_good()
    return {name: told[name] for name in ("email", "email_verified", "name") if name in told}


def _not_good() -> Unauthenticated:
    return Unauthenticated("provider_token_invalid", "The provider's answer could not be trusted; start again.")
