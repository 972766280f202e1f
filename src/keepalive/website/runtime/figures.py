"""What Python in the page costs, measured under Node: python -m keepalive.website.runtime.figures"""

from __future__ import annotations

import gzip
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from keepalive.course import Course

from . import build, harness


def figures(root: Path = build.ROOT, exercise: str = "04", *, processes: int = 3, checks: int = 20) -> dict[str, Any]:
    """Sizes in bytes, times in real time on this machine as it is: medians, and the least.

    `files`: `raw` and `gzip` of each. `start_s`: seconds of a new Node process until httpx and the grader are imported,
    its own start included. `boot_ms`: milliseconds of the engine's boot in that, after each step. `check_ms`:
    milliseconds of a check of the exercise's reference by direct call, after five that are not counted.
    """
    asked = Course.load(root).exercise(exercise)
    with tempfile.TemporaryDirectory(prefix="keepalive-runtime-") as folder:
        runtime = Path(folder)
        manifest = build.build_runtime(runtime, root=root)
        files = {
            name: {"raw": each["bytes"], "gzip": len(gzip.compress((runtime / name).read_bytes(), 9, mtime=0))}
            for name, each in manifest["files"].items()
        }
        starts, boots = [], []
        for _ in range(processes):
            began = time.perf_counter()
            played = harness.play(runtime, root / "web", [])
            starts.append(time.perf_counter() - began)
            boots.append(played.boots[0])
        warm = harness.play(runtime, root / "web", [harness.Job(asked.code, asked.reference, 7)] * (5 + checks))
        took = [each.took for each in warm.results[5:]]
    return {
        "files": files,
        "start_s": _middle_and_least(starts),
        "boot_ms": {step: _middle_and_least([boot[step] for boot in boots]) for step in boots[0]},
        "check_ms": _middle_and_least(took),
    }


def _middle_and_least(values: list[float]) -> dict[str, float]:
    return {"median": round(statistics.median(values), 2), "least": round(min(values), 2)}


def main() -> None:
    found = figures()
    print(f"{'file':<20} {'raw':>12} {'gzip':>12}")
    for name, size in found["files"].items():
        print(f"{name:<20} {size['raw']:>12,} {size['gzip']:>12,}")
    total = {kind: sum(size[kind] for size in found["files"].values()) for kind in ("raw", "gzip")}
    print(f"{'together':<20} {total['raw']:>12,} {total['gzip']:>12,}\n")
    print(f"{'':<40} {'median':>8} {'least':>8}")
    rows = {
        "Node's start to httpx imported, s": found["start_s"],
        **{f"boot to {step}, ms": times for step, times in found["boot_ms"].items()},
        "check of 04, warm, ms": found["check_ms"],
    }
    for name, times in rows.items():
        print(f"{name:<40} {times['median']:>8} {times['least']:>8}")


if __name__ == "__main__":
    main()
