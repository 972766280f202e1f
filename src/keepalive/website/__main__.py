"""python -m keepalive.website fetch | build | serve | authors"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

from .build import STAMP, build, say_on_stderr
from .errors import BuildError


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m keepalive.website", description="Builds and serves the course's site."
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    fetching = verbs.add_parser("fetch", help="fetch what npm brings; with it there, a build needs no network")
    fetching.add_argument("--tests", action="store_true", help="with what only tests need")
    making = verbs.add_parser("build", help="bring the site up to date; does nothing if nothing changed")
    making.add_argument("--out", type=Path, help="the folder to build into (default: site)")
    verbs.add_parser("authors", help="write the tables of the author's pages anew, from the code")
    serving = verbs.add_parser("serve", help="serve the built site on loopback until it is told to stop")
    serving.add_argument("--port", type=int, required=True)
    serving.add_argument("--dir", type=Path, help="the built site (default: site)")
    serving.add_argument("--host", default="127.0.0.1")
    serving.add_argument(
        "--moved",
        type=int,
        nargs=2,
        metavar=("PORT", "SECONDS"),
        help="say in each page that the course was at this port before, and that the learner's work is kept there; "
        "SECONDS since 1970 when it moved",
    )
    wanted = parser.parse_args(argv)
    root = Path(os.environ.get("KEEPALIVE_ROOT") or Path(__file__).parents[3]).resolve()
    try:
        if wanted.verb == "fetch":
            return _fetch(root, wanted.tests)
        if wanted.verb == "authors":
            return _authors(root)
        return _build(root, wanted.out) if wanted.verb == "build" else _serve(wanted.dir or root / "site", wanted)
    except KeyboardInterrupt:
        return 130


def _fetch(root: Path, tests: bool) -> int:
    from .runtime import node

    try:
        node.packages(root / "web", tests=tests)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _authors(root: Path) -> int:
    from . import authors

    for path in authors.write(root):
        print(path.relative_to(root))
    return 0


def _build(root: Path, out: Path | None) -> int:
    from keepalive.course import CourseError

    # Told to end, it ends the kernels that it started, as it does on Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        changed = build(root, out, say=say_on_stderr)
    except (BuildError, CourseError) as error:
        problems = getattr(error, "problems", ())
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        print(f"The site was not built: {count}.\n", file=sys.stderr)
        print("\n\n".join(map(str, problems)), file=sys.stderr)
        return 1
    except OSError as error:
        print(f"The site could not be written: {error}. The old one, if there was one, is as it was.", file=sys.stderr)
        return 1
    print(f"{'Built' if changed else 'Nothing to do:'} {out or root / 'site'}")
    return 0


def _serve(site: Path, wanted: argparse.Namespace) -> int:
    if not (site / STAMP).is_file():
        print(f"There is no built site in {site}. Make one: python -m keepalive.website build", file=sys.stderr)
        return 1
    from .serve import serve
    from .serve_moved import Moved

    try:
        serve(site.resolve(), wanted.host, wanted.port, moved=Moved(*wanted.moved) if wanted.moved else None)
    except OSError as error:
        print(f"Cannot listen on {wanted.host}:{wanted.port}: {error.strerror}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
