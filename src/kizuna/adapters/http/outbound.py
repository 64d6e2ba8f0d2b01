"""Calls of servers that people name: bounded, and never to addresses of inner networks.

The name is looked up here and the connection goes to the address that was checked: a name that answers
differently the second time leads nowhere else. The certificate must still be the name's.
"""

import asyncio
import ssl
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kizuna.kernel.errors import Invalid
from kizuna.kernel.outbound import (
    ANSWER_BYTES_MAX,
    TIMEOUT_S,
    OutboundAnswer,
    OutboundError,
    OutboundRequest,
    check_url,
    may_connect,
)

if TYPE_CHECKING:
    import httpx

CONNECT_TIMEOUT_S = 5.0
ADDRESSES_TRIED_MAX = 3
TCP = 6


@lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    """The machine's own certificates, made once: to read them takes 20 ms."""
    return ssl.create_default_context()


class HttpOutbound:
    """Implements ``kernel.outbound.Outbound``. ``private`` lets it call inner networks and this machine."""

    def __init__(self, *, private: bool) -> None:
        self._private = private

    def check_url(self, url: str) -> str:
        return check_url(url, private=self._private)

    async def send(
        self, request: OutboundRequest, *, timeout_s: float = TIMEOUT_S, answer_bytes_max: int = ANSWER_BYTES_MAX
    ) -> OutboundAnswer:
        try:
            self.check_url(request.url)
        except Invalid as error:
            raise OutboundError("address", error.message, permanent=True) from error
        try:
            async with asyncio.timeout(timeout_s):
                return await self._send(request, timeout_s, answer_bytes_max)
        except TimeoutError as error:
            raise OutboundError("timeout", f"The server did not answer within {timeout_s:.0f} s.") from error

    async def _send(self, request: OutboundRequest, timeout_s: float, answer_bytes_max: int) -> OutboundAnswer:
        import httpx  # 100 ms that most processes never need

        parts = urlsplit(request.url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        addresses = await self._look_up(host, port)
        timeout = httpx.Timeout(timeout_s, connect=min(CONNECT_TIMEOUT_S, timeout_s))
        async with httpx.AsyncClient(
            verify=_trust(), timeout=timeout, trust_env=False, follow_redirects=False
        ) as client:
            for address in addresses:
                try:
                    prepared = client.build_request(
                        request.method,
                        httpx.URL(request.url).copy_with(host=address),
                        content=request.body,
                        headers={"Accept-Encoding": "identity", **request.headers, "Host": parts.netloc},
                        extensions={"sni_hostname": host},
                    )
                    return await _exchange(client, prepared, answer_bytes_max)
                except httpx.ConnectError as error:
                    if address == addresses[-1]:
                        raise OutboundError(
                            "unreachable", "The server cannot be reached, or its certificate is not trusted."
                        ) from error
                except httpx.TimeoutException as error:
                    raise TimeoutError from error
                except (httpx.HTTPError, httpx.InvalidURL) as error:
                    raise OutboundError("answer", "The server does not answer as HTTP servers do.") from error
        raise AssertionError("the last address answers or raises")

    async def _look_up(self, host: str, port: int) -> list[str]:
        """The addresses of a host, if all of them may be called."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, proto=TCP)
        except (OSError, UnicodeError) as error:
            raise OutboundError("unreachable", "There is no server of this name.") from error
        addresses = list(dict.fromkeys(str(info[4][0]) for info in found))
        if not addresses or not all(may_connect(one, private=self._private) for one in addresses):
            raise OutboundError(
                "address", "The name leads to an inner network, which Kizuna does not call.", permanent=True
            )
        return addresses[:ADDRESSES_TRIED_MAX]


async def _exchange(client: "httpx.AsyncClient", request: "httpx.Request", answer_bytes_max: int) -> OutboundAnswer:
    answer = await client.send(request, stream=True)
    body = b""
    try:
        async for chunk in answer.aiter_raw():
            body += chunk
            if len(body) > answer_bytes_max:
                break
    finally:
        await answer.aclose()
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return OutboundAnswer(answer.status_code, headers, body[:answer_bytes_max], len(body) > answer_bytes_max)
