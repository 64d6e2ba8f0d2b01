"""Calls of other servers: what comes back, and what is never called."""

import asyncio
import socket
from typing import Any

import pytest

from kizuna.adapters.http import HttpOutbound
from kizuna.kernel.errors import Invalid
from kizuna.kernel.outbound import OutboundAnswer, OutboundError, OutboundRequest, may_connect
from tests.receiver import Receiver, receiving, reply


async def call(receiver: Receiver, *, private: bool = True, url: str = "", **options: Any) -> OutboundAnswer:
    request = OutboundRequest("POST", url or f"{receiver.url}/hook?a=1", {"X-Word": "yes"}, b"{}")
    return await HttpOutbound(private=private).send(request, **options)


async def test_a_request_arrives_as_it_was_made() -> None:
    async with receiving() as receiver:
        receiver.answers = [reply(201, b"made", X_Note="yes")]
        answer = await call(receiver)
    (got,) = receiver.requests
    assert (got.method, got.path, got.headers["x-word"], got.body) == ("POST", "/hook?a=1", "yes", b"{}")
    assert got.headers["host"] == receiver.url.removeprefix("http://")
    assert (answer.status, answer.body, answer.headers["x-note"]) == (201, b"made", "yes")


async def test_a_redirect_is_not_followed() -> None:
    async with receiving() as receiver:
        receiver.answers = [reply(302, Location=f"{receiver.url}/elsewhere")]
        assert (await call(receiver)).status == 302
    assert [got.path for got in receiver.requests] == ["/hook?a=1"]


async def test_of_a_huge_answer_only_the_beginning_is_read() -> None:
    async with receiving() as receiver:
        receiver.answers = [reply(200, b"x" * 5_000_000)]
        answer = await call(receiver, answer_bytes_max=5_000)
    assert (answer.status, len(answer.body), answer.cut) == (200, 5_000, True)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (None, "timeout"),
        (b"220 smtp.example.com\r\n\r\n", "answer"),
    ],
)
async def test_what_is_no_answer_is_said(answer: bytes | None, problem: str) -> None:
    async with receiving() as receiver:
        receiver.answers = [answer]
        with pytest.raises(OutboundError) as refused:
            await call(receiver, timeout_s=0.3)
    assert (refused.value.problem, refused.value.permanent) == (problem, False)


async def test_a_closed_door_may_open_later() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/"
    with pytest.raises(OutboundError) as refused:
        await call(Receiver(), url=url)
    assert (refused.value.problem, refused.value.permanent) == ("unreachable", False)


async def test_a_name_that_leads_inside_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """Resolved once: what is checked is what would be called."""
    async with receiving() as receiver:
        port = receiver.url.rpartition(":")[2]
        asked: list[str] = []

        async def answer_dns(host: str, port: int, **_: Any) -> list[Any]:
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", answer_dns, raising=False)
        with pytest.raises(OutboundError) as refused:
            await call(receiver, private=False, url=f"https://rebind.example.com:{port}/")
    assert (refused.value.problem, refused.value.permanent, receiver.requests) == ("address", True, [])
    assert asked == ["rebind.example.com"]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "https://user:password@example.com/",
        "https://example.com/#part",
        "https://127.0.0.1/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data",
        "http://localhost:8100/",
        "file:///etc/passwd",
        "https:///nowhere",
        "https://exa mple.com",
        "https://example.com:port/",
    ],
)
async def test_addresses_that_nobody_should_name(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        HttpOutbound(private=False).check_url(url)
    assert refused.value.code == "url_invalid"
    with pytest.raises(OutboundError):
        await call(Receiver(), private=False, url=url)


@pytest.mark.parametrize(
    ("address", "public", "private"),
    [
        ("93.184.216.34", True, True),
        ("2606:2800:220:1::1", True, True),
        ("10.1.2.3", False, True),
        ("192.168.0.1", False, True),
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("fd12::1", False, True),
        ("::ffff:10.1.2.3", False, True),
        ("::ffff:93.184.216.34", True, True),
        ("64:ff9b::a00:1", False, True),
        ("2002:7f00:1::", False, True),
        ("100.64.0.1", False, False),
        ("169.254.169.254", False, False),
        ("::ffff:169.254.169.254", False, False),
        ("fe80::1%eth0", False, False),
        ("fd00:ec2::254", False, False),
        ("100.100.100.200", False, False),
        ("168.63.129.16", False, False),
        ("0.0.0.0", False, False),  # must not be called
        ("224.0.0.1", False, False),
    ],
)
def test_which_addresses_may_be_called(address: str, public: bool, private: bool) -> None:
    assert may_connect(address, private=False) is public
    assert may_connect(address, private=True) is private
