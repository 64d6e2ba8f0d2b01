"""Calls of servers that a setting names: bounded, and never to addresses of inner networks."""

import asyncio
import ssl
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from kizuna.domains.workspace.rules.inputs import FieldError
from kizuna.domains.workspace.rules.oidc import check_url, may_connect
from kizuna.kernel.errors import Unavailable

if TYPE_CHECKING:
    import httpx

CONNECT_TIMEOUT_S = 4.0
READ_TIMEOUT_S = 6.0
WHOLE_TIMEOUT_S = 10.0
ANSWER_BYTES_MAX = 512_000
ADDRESSES_TRIED_MAX = 3


@lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    """The machine's own certificates, made once: to read them takes 20 ms."""
    return ssl.create_default_context()


async def fetch_json(
    method: str,
    url: str,
    *,
    development: bool,
    form: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, dict[str, Any]]:
    """Status and JSON object of an answer. Raises ``Unavailable`` when there is none.

    The name is looked up here and the connection goes to the address that was checked: a name that
    answers differently the second time leads nowhere else. Redirects are not followed.
    """
    try:
        check_url(url, development=development)
        async with asyncio.timeout(WHOLE_TIMEOUT_S):
            return await _fetch(method, url, development, form, headers or {})
    except FieldError as error:
        raise unreachable(url, "only https addresses are called") from error
    except TimeoutError as error:
        raise unreachable(url, f"it did not answer within {WHOLE_TIMEOUT_S:.0f} s") from error


async def _fetch(
    method: str, url: str, development: bool, form: dict[str, str] | None, headers: dict[str, str]
) -> tuple[int, dict[str, Any]]:
    import httpx  # 100 ms that most processes never need

    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    sent = {"Host": parts.netloc, "Accept": "application/json", "Accept-Encoding": "identity"} | headers
    timeout = httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
    addresses = await _look_up(url, host, port, development)
    async with httpx.AsyncClient(verify=_trust(), timeout=timeout, trust_env=False, follow_redirects=False) as client:
        for address in addresses:
            request = client.build_request(
                method,
                httpx.URL(url).copy_with(host=address),
                data=form,
                headers=sent,
                extensions={"sni_hostname": host},  # the certificate must be the name's
            )
            try:
                return await _send(client, request, url)
            except httpx.ConnectError as error:
                if address == addresses[-1]:
                    raise unreachable(url, "it does not answer, or its certificate is not trusted") from error
            except httpx.HTTPError as error:
                raise unreachable(url, "it does not answer as it should") from error
    raise AssertionError("the last address answers or raises")


async def _send(client: "httpx.AsyncClient", request: "httpx.Request", url: str) -> tuple[int, dict[str, Any]]:
    answer = await client.send(request, stream=True)
    try:
        body = b""
        async for chunk in answer.aiter_raw():
            body += chunk
            if len(body) > ANSWER_BYTES_MAX:
                raise unreachable(url, "its answer is too large")
    finally:
        await answer.aclose()
    return answer.status_code, _read_object(url, body)


async def _look_up(url: str, host: str, port: int, development: bool) -> list[str]:
    """The addresses of a host, if all of them may be called."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, proto=6)  # TCP
    except (OSError, UnicodeError) as error:
        raise unreachable(url, "there is no such server") from error
    addresses = [str(info[4][0]) for info in found]
    if not addresses or not all(may_connect(address, development=development) for address in addresses):
        raise unreachable(url, "its address is not a public one")
    return list(dict.fromkeys(addresses))[:ADDRESSES_TRIED_MAX]


def _read_object(url: str, body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise unreachable(url, "its answer is not a JSON object") from error


def unreachable(url: str, why: str) -> Unavailable:
    return Unavailable("provider_unreachable", f"{url[:200]} cannot be used: {why}. Check the address and try again.")
