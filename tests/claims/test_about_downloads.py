"""Claims about an answer that is written to a file as it comes. On the judge's wire."""

from __future__ import annotations

from pathlib import Path

import httpx

from claims.lab import TLS
from grading.bench import on_wire


def cut_download(target: Path, *, renamed: bool) -> tuple[str, bool, int]:
    """What a download of 1000 bytes raises that is cut after 400, whether `target` is there then, and its size."""

    def build(net):
        net.route("GET", "/label").reply(content=b"x" * 1000, cut_at=400)

    async def main(run):
        async with httpx.AsyncClient(base_url=run.url, verify=TLS) as client:
            name = target.with_suffix(".part") if renamed else target
            try:
                async with client.stream("GET", "/label") as response:
                    response.raise_for_status()
                    with name.open("wb") as file:
                        async for chunk in response.aiter_bytes():
                            file.write(chunk)
                name.replace(target)
            except httpx.TransportError as error:
                return type(error).__name__
            return "nothing"

    raised = on_wire(main, build).value
    return raised, target.exists(), target.stat().st_size if target.exists() else 0


def test_cut_download_leaves_a_part_under_its_final_name(tmp_path):
    """A download that is cut raises `RemoteProtocolError`. Written under its final name it leaves a part of itself
    there; written under another one and renamed at the end it leaves no file of the final name.
    """
    raised, there, size = cut_download(tmp_path / "label.pdf", renamed=False)
    assert (raised, there, size) == ("RemoteProtocolError", True, 400)
    assert cut_download(tmp_path / "other.pdf", renamed=True) == ("RemoteProtocolError", False, 0)
