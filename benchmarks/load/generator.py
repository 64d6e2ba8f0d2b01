"""Sends events over keep-alive connections, waits for each answer, and says how long answers took.

One thread on epoll, so that it takes as little as possible of the machine that it measures.
"""

import argparse
import json
import random
import select
import socket
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from benchmarks.load.bodies import Request, make_request

VARIANTS = 16


@dataclass
class Connection:
    socket: socket.socket
    sent_at: float = 0.0
    busy: bool = False
    unsent: memoryview | None = None
    received: bytes = b""


@dataclass
class Run:
    """What a run is to do, and what came of it."""

    url: str
    key: str
    path: str = "/v1/batch"
    items: int = 100
    connections: int = 28
    seconds: float = 10.0
    events_max: int = 0
    rate: float = 0.0
    users: int = 50_000
    names: int = 0
    first: int = 0
    seed: int = 1
    events: int = 0
    statuses: dict[int, int] = field(default_factory=dict[int, int])
    latencies_ms: list[float] = field(default_factory=list[float])
    elapsed_s: float = 0.0

    def report(self) -> dict[str, object]:
        latencies = sorted(self.latencies_ms) or [0.0]
        at = lambda share: latencies[min(len(latencies) - 1, int(len(latencies) * share))]  # noqa: E731
        return {
            "events": self.events,
            "requests": len(self.latencies_ms),
            "seconds": self.elapsed_s,
            "events_per_s": self.events / self.elapsed_s,
            "requests_per_s": len(self.latencies_ms) / self.elapsed_s,
            "p50_ms": at(0.5),
            "p99_ms": at(0.99),
            "max_ms": latencies[-1],
            "statuses": self.statuses,
            "next": self.first,
        }


def execute(run: Run) -> Run:
    """Sends until time or number is up, then waits for the last answers."""
    rng = random.Random(run.seed)
    address = urlsplit(run.url)
    host, port = address.hostname or "localhost", address.port or 80
    requests = [make_request(rng, run.path, run.key, run.items, address.netloc, run.names) for _ in range(VARIANTS)]
    users = [b"%08d" % number for number in range(run.users)]
    poller = select.epoll()
    connections: dict[int, Connection] = {}
    for _ in range(run.connections):
        made = socket.create_connection((host, port))
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.setblocking(False)
        connections[made.fileno()] = Connection(made)
        poller.register(made.fileno(), select.EPOLLIN)
    # In turn: a server closes connections that are idle for long.
    idle = deque(connections.values())
    start = time.perf_counter()
    due = start
    sent = 0
    while True:
        now = time.perf_counter()
        more = now - start < run.seconds and (not run.events_max or sent < run.events_max)
        while idle and more and (not run.rate or due <= now):
            if run.rate:
                due += run.items / run.rate
            request = rng.choice(requests)
            run.first = request.number(run.first, rng.choices(users, k=run.items))
            sent += run.items
            _send(poller, idle.popleft(), request)
            more = not run.events_max or sent < run.events_max
        if not more and len(idle) == len(connections):
            break
        wait = max(0.0, due - time.perf_counter()) if run.rate and idle and more else 1.0
        for number, event in poller.poll(min(wait, 1.0)):
            connection = connections[number]
            if event & select.EPOLLOUT:
                _send_rest(poller, connection)
            if event & (select.EPOLLIN | select.EPOLLHUP) and _receive(run, connection):
                idle.append(connection)
    run.elapsed_s = time.perf_counter() - start
    return run


def _send(poller: select.epoll, connection: Connection, request: Request) -> None:
    connection.sent_at = time.perf_counter()
    data = request.data
    try:
        done = connection.socket.send(data)
    except BlockingIOError:
        done = 0
    if done < len(data):
        connection.unsent = memoryview(bytes(data))[done:]
        poller.modify(connection.socket.fileno(), select.EPOLLIN | select.EPOLLOUT)


def _send_rest(poller: select.epoll, connection: Connection) -> None:
    if connection.unsent is not None:
        done = connection.socket.send(connection.unsent)
        connection.unsent = connection.unsent[done:] if done < len(connection.unsent) else None
    if connection.unsent is None:
        poller.modify(connection.socket.fileno(), select.EPOLLIN)


def _receive(run: Run, connection: Connection) -> bool:
    """Reads what came; true when an answer is whole."""
    part = connection.socket.recv(65_536)
    if not part:
        raise ConnectionError("the server closed a connection")
    connection.received += part
    head, blank, body = connection.received.partition(b"\r\n\r\n")
    if not blank:
        return False
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
    if len(body) < length:
        return False
    status = int(head[9:12])
    run.statuses[status] = run.statuses.get(status, 0) + 1
    run.latencies_ms.append((time.perf_counter() - connection.sent_at) * 1000)
    if status == 200:
        run.events += run.items
    connection.received = b""
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://localhost:8100")
    parser.add_argument("--key", required=True)
    parser.add_argument("--path", default="/v1/batch")
    parser.add_argument("--items", type=int, default=100)
    parser.add_argument("--connections", type=int, default=Run.connections)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--events-max", type=int, default=0)
    parser.add_argument("--rate", type=float, default=0.0, help="events a second; 0 is as fast as answers come")
    parser.add_argument("--users", type=int, default=50_000)
    parser.add_argument("--names", type=int, default=0, help="so many event names, now; 0 is a shop's events")
    parser.add_argument("--first", type=int, default=0, help="number of the first message id")
    run = execute(Run(**vars(parser.parse_args())))
    json.dump(run.report(), sys.stdout)


if __name__ == "__main__":
    main()
