"""What a page says while the course is at another address than before: where the learner's work is, and how to bring it
over. `course.py` starts the server so when the port that it used before is taken.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.datastructures import Headers

from .serve_address import ADDRESS, is_for_a_page

# Going on to another page without a reload, the theme changes this element, and leaves alone what stands before it.
_BEFORE = b'<div class="md-container"'

_WORK = "course.html#your-work-in-this-browser"


@dataclass(frozen=True)
class Moved:
    """The port where the course was before, and when it moved, in seconds since 1970: a notice that somebody dismissed
    stays away until the next move.
    """

    port: int
    at: int

    @property
    def cookie(self) -> str:
        """The name of the cookie that says that the notice was dismissed."""
        return f"keepalive-moved-{self.port}-{self.at}"

    def is_told(self, asked: Headers) -> bool:
        """Whether the answer shall hold the notice. Scripts get the file as it is: the offline copy checks its hash."""
        return is_for_a_page(asked) and f"{self.cookie}=" not in asked.get("cookie", "")

    def told_in(self, page: bytes) -> bytes:
        """The page with the notice, before its content."""
        return page.replace(_BEFORE, self.notice().encode() + _BEFORE, 1)

    def notice(self) -> str:
        """The notice as HTML. Its button waits for the script that makes it work."""
        there = f"http://{ADDRESS}:{self.port}/"
        return f"""<aside class="ka-moved" aria-label="Where your work is" data-cookie="{self.cookie}">
<p><strong>The course is at another address than before.</strong> What you wrote in the page is kept at
<a href="{there}">{there}</a>, because a browser keeps it by address, and another program uses port {self.port} now.</p>
<p>To have it back, end that program and start the course again. To go on here instead, end that program and run
<code>python -m keepalive.website serve --port {self.port}</code> beside the course; then press <em>Export</em>
<a href="/{_WORK}">below the course map</a> there, and <em>Import</em> here. What you write here goes back in the same
way. Nothing of yours is replaced.</p>
<button type="button" class="ka-o-button" hidden>Dismiss</button>
</aside>
"""
