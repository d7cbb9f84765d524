"""A day of millions of lines fits into the Lambda's memory."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.unit.analytics.lake import DAY

LINES = int(os.environ.get("ANALYTICS_LINES", "60000"))
BOUND_MB = 256
MEASURED = r"""
import re, sys
from datetime import date
from pathlib import Path
from analytics.export import export
from analytics.lakes import FolderLake
from analytics.sources import FolderSource
logs, lake, day, memory = sys.argv[1:]
made = export(FolderSource(Path(logs)), FolderLake(Path(lake)), date.fromisoformat(day), memory=int(memory))
# Not getrusage: its maximum begins with that of the process that started this one.
peak_kb = int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])
print(sum(made.events.values()), peak_kb // 1024)
"""


def test_memory_does_not_grow_with_the_day(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    with (tmp_path / "logs" / "backend.log").open("w") as log:
        for number in range(LINES):
            second, hour = number * 7919 % 3600, number * 31 % 24
            day = "2026-02-28" if hour >= 17 else "2026-03-01"
            moment = f"{day}T{hour:02}:{second // 60:02}:{second % 60:02}.{number % 10**6:06}Z"
            log.write(
                f'{{"eventId":"{number:08x}-0000-4000-8000-000000000000","name":"Product Viewed","version":1,'
                f'"occurredAt":"{moment}","userId":{number % 5000},"sessionId":"visit-{number % 9000}",'
                f'"service":"backend","payload":{{"productId":{number % 1600},"productName":"Bánh số {number}",'
                f'"price":299000,"category":"mousse"}}}}\n'
            )
    memory = "2000000" if LINES < 500_000 else str(32 * 1024 * 1024)
    command = [sys.executable, "-c", MEASURED, str(tmp_path / "logs"), str(tmp_path / "lake"), DAY.isoformat(), memory]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    events, peak_mb = done.stdout.split()
    assert int(events) == LINES
    assert int(peak_mb) < BOUND_MB
    [manifest] = (tmp_path / "lake" / "history").rglob("*.json")
    assert json.loads(manifest.read_text())["lines"] == {"events": LINES, "read": LINES}
