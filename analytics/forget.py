"""Deletes a person's events from the lake: `python -m analytics.forget --lake LAKE USER_ID`."""

import argparse
import gzip
import os
import sys
import tempfile
from pathlib import Path

import orjson

from analytics.lakes import Changed, Lake, lake_at
from analytics.objects import compressed

PREFIX = "user-actions/"
TRIES = 10


def forget(lake: Lake, user_id: int) -> int:
    """Delete the events of a person from every object; return how many there were. Repeated, it finds none.

    Raises:
        Changed: an object was written by others each time.
    """
    with tempfile.TemporaryDirectory(prefix="forget-") as folder:
        return sum(_forget(lake, key, user_id, Path(folder)) for key in list(lake.keys(PREFIX)))


def _forget(lake: Lake, key: str, user_id: int, folder: Path) -> int:
    before, after = folder / "before", folder / "after"
    for _ in range(TRIES):
        tag = lake.get(key, before)
        if tag is None:
            return 0
        gone = kept = 0
        with gzip.open(before, "rb") as lines, compressed(after) as out:
            for line in lines:
                if orjson.loads(line)["userId"] == user_id:
                    gone += 1
                else:
                    kept += 1
                    out.write(line)
        if not gone:
            return 0
        try:
            lake.put(key, after, tag)
        except Changed:
            continue
        if not kept:
            lake.delete(key)
        return gone
    raise Changed(f"{key}: {TRIES} others were faster")


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m analytics.forget", description=__doc__)
    parser.add_argument("--lake", default=os.environ.get("ANALYTICS_LAKE"), help="a folder, or s3://BUCKET/PREFIX")
    parser.add_argument("user_id", type=int)
    wanted = parser.parse_args()
    if not wanted.lake:
        parser.error("--lake (or ANALYTICS_LAKE) says where the lake is")
    try:
        lake = lake_at(wanted.lake)
    except ValueError as error:
        parser.error(str(error))
    sys.stdout.write(f"deleted {forget(lake, wanted.user_id):,} events of user {wanted.user_id}\n")


if __name__ == "__main__":
    main()
