"""What a chapter shows as a recorded run is what the script that it names prints."""

from __future__ import annotations

from claims.test_about_sockets import a_network_of_ones_own, run_in_a_small_network
from content.texts import COURSE, cells


@a_network_of_ones_own
def test_the_ports_that_run_out_in_chapter_03():
    shown = [cell["source"] for cell in cells(COURSE.chapter("connections").notebook)]
    printed = run_in_a_small_network()
    assert any(f"```text\n{printed}```" in source for source in shown)
