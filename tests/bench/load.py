"""A load generator light enough not to be what is measured: raw HTTP/1.1 over keep-alive connections.

`python -m tests.bench.load` reads one JSON job from stdin and prints one JSON result. It runs in a process of its
own, only against this machine, and stops by itself.
"""

import asyncio
import json
import sys
import time
from collections import Counter, deque
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

import uvloop

LOOPBACK = "127.0.0.1"
MAX_SECONDS = 60.0
ANSWER_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Call:
    """A request, as the job names it."""

    path: str
    method: str = "GET"
    headers: dict[str, str] | None = None
    body: str = ""


@dataclass(frozen=True)
class Result:
    """What came of a job: answers a second, latencies in milliseconds, and how many answers had which status."""

    rate: float
    p50_ms: float
    p99_ms: float
    statuses: dict[str, int]


def _bytes(call: Call, host: str) -> bytes:
    body = call.body.encode()
    lines = [f"{call.method} {call.path} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in (call.headers or {}).items()]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    lower = head.lower()
    at = lower.find(b"content-length:")
    if at >= 0:
        await reader.readexactly(int(lower[at + 15 : lower.index(b"\r\n", at)]))
    elif b"transfer-encoding: chunked" in lower:
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    return status


async def run(url: str, calls: list[Call], connections: int, seconds: float, limit: int) -> Result:
    """Send `calls` in turn over `connections` until the time is over or `limit` calls are done (0: no limit)."""
    where = urlsplit(url)
    if where.hostname != LOOPBACK or where.port is None:
        raise ValueError(f"load goes to {LOOPBACK} only, not to {url}")
    requests = [_bytes(call, where.netloc) for call in calls]
    queue = deque(requests)
    latencies: list[float] = []
    statuses: Counter[str] = Counter()
    began = time.perf_counter()
    until = began + min(seconds, MAX_SECONDS)
    left = limit or sys.maxsize

    async def one() -> None:
        nonlocal left
        reader, writer = await asyncio.open_connection(where.hostname, where.port, limit=2**22)
        try:
            while time.perf_counter() < until and left > 0:
                left -= 1
                request = queue[0]
                queue.rotate(-1)
                sent = time.perf_counter()
                writer.write(request)
                status = await asyncio.wait_for(_answer(reader), ANSWER_TIMEOUT_S)
                latencies.append(time.perf_counter() - sent)
                statuses[str(status)] += 1
        finally:
            writer.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    took = time.perf_counter() - began
    latencies.sort()
    return Result(
        rate=len(latencies) / took,
        p50_ms=latencies[len(latencies) // 2] * 1000,
        p99_ms=latencies[int(len(latencies) * 0.99)] * 1000,
        statuses=dict(statuses),
    )


def main() -> None:
    """Do the job on stdin."""
    job = json.load(sys.stdin)
    calls = [Call(**call) for call in job["calls"]]
    result = uvloop.run(run(job["url"], calls, job["connections"], job["seconds"], job.get("limit", 0)))
    json.dump(asdict(result), sys.stdout)


if __name__ == "__main__":
    main()
