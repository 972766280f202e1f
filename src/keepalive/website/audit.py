"""What Lighthouse says of a page: scores of 0 to 100, and what cost points. For contributors; learners need it not."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .errors import BuildError
from .runtime import node

CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
SECONDS = 180
"""How long a slow machine may take over one page before it counts as stuck. It takes ten."""

_FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-background-networking --disable-component-update"


@dataclass(frozen=True)
class Audit:
    """`scores`: by category. `lost`: what cost points, as sentences that begin with the category."""

    scores: dict[str, int]
    lost: tuple[str, ...]


def audit(web: Path, chromium: str, url: str, categories: Iterable[str] = CATEGORIES) -> Audit:
    """Look at the page at `url` as Lighthouse's slow telephone does. Raises BuildError where it could not.

    web: the folder whose npm packages are used; Lighthouse is one of those that only tests need. Performance is a
    figure of the machine and the moment; the other categories are not.
    """
    program = node.packages(web, tests=True) / "lighthouse" / "cli" / "index.js"
    with tempfile.TemporaryDirectory(prefix="keepalive-lighthouse-", ignore_cleanup_errors=True) as folder:
        out = Path(folder, "report.json")
        wanted = ["--only-categories", ",".join(categories), "--output=json", "--output-path", out]
        # Without these two flags it may ask, and send, what went wrong to its maker.
        quiet = ["--quiet", "--no-enable-error-reporting", f"--chrome-flags={_FLAGS}"]
        environment = os.environ | {"CHROME_PATH": chromium}
        done = node.run([program, url, *wanted, *quiet], timeout=SECONDS, env=environment)
        if done.returncode or not out.is_file():
            raise BuildError(f"Lighthouse could not look at {url}:\n\n{node.said(done)}")
        report = json.loads(out.read_text(encoding="utf-8"))
    if failed := report.get("runtimeError"):
        raise BuildError(f"Lighthouse could not look at {url}: {failed.get('message')}")
    found = report["categories"].values()
    # A category without a score is one that could not be looked at.
    scores = {category["id"]: round(100 * (category["score"] or 0)) for category in found}
    lost = []
    for category in found:
        for part in category["auditRefs"]:
            seen = report["audits"][part["id"]]
            if part["weight"] and seen["score"] is not None and seen["score"] < 1:
                lost.append(f"{category['id']}: {seen['title']} {seen.get('displayValue', '')}".rstrip())
    return Audit(scores, tuple(lost))
