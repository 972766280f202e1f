"""The page's TypeScript, tested by Node's own test runner: no browser, no network, no package."""

from pathlib import Path

import pytest

from keepalive.website.runtime import node

WEB = Path(__file__).parents[2] / "web"
FILES = sorted(WEB.glob("tests/**/*.test.ts"))


def test_there_are_tests() -> None:
    assert [file for file in FILES if file.name == "store.test.ts"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_what_the_file_says(file: Path) -> None:
    done = node.run(["--test", "--test-reporter=spec", file], cwd=WEB, timeout=120)
    assert done.returncode == 0, (done.stdout + done.stderr).decode("utf-8", "replace")
