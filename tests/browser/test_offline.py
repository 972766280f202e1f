"""The course without a network, on hosts that can do nothing but hand out files, and under its own security policy."""

from __future__ import annotations

import json
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TypeVar

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from browser.conftest import ARGUMENTS, ROOT
from browser.test_site import PAGES, found_by_axe, one_of_each_kind
from keepalive.website import offline

REFERENCE = ROOT / "exercises/04-minimal-client/reference.py"
EXERCISE = "chapters/04-minimal-client.html"
NO_OTHER_HOST = "--host-resolver-rules=MAP course.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"

T = TypeVar("T")


class Host:
    """A folder behind a path, as the plainest of web servers hands it out. It can be stopped, and can misbehave."""

    def __init__(self, folder: Path, path: str = "/some/where/") -> None:
        self.folder, self.path = folder, path
        self.asked: list[str] = []
        self.broken: dict[str, Callable[[SimpleHTTPRequestHandler], None]] = {}
        self.port = 0
        self.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.path}"

    def start(self) -> None:
        host = self

        class Handler(SimpleHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.partition("?")[0].removeprefix(host.path)
                host.asked.append(name)
                if not self.path.startswith(host.path):
                    self.send_error(404)
                else:
                    with suppress(ConnectionError):  # somebody pressed Stop
                        host.broken.get(name, SimpleHTTPRequestHandler.do_GET)(self)

            def translate_path(self, path: str) -> str:
                return super().translate_path("/" + path.removeprefix(host.path))

            def guess_type(self, path: str) -> str:
                """As far as docs/hosting.md asks for types, and no further."""
                kinds = {
                    ".html": "text/html",
                    ".css": "text/css",
                    ".js": "text/javascript",
                }
                return kinds.get(Path(path).suffix, "application/octet-stream")

            def log_message(self, *arguments) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), partial(Handler, directory=str(self.folder)))
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def host(site: Path) -> Iterator[Host]:
    host = Host(site)
    yield host
    host.stop()


@pytest.fixture
def open_browser(browser, chromium: str, tmp_path: Path) -> Iterator[Callable[[], BrowserContext]]:
    """open_browser() starts a browser that reaches no host but this machine; called again, the same one restarted."""
    opened: list[BrowserContext] = []

    def start() -> BrowserContext:
        for context in opened:
            context.close()
        context = browser.browser_type.launch_persistent_context(
            tmp_path / "profile", executable_path=chromium, args=[*ARGUMENTS, NO_OTHER_HOST]
        )
        opened[:] = [context]
        return context

    yield start
    for context in opened:
        context.close()


def status(page: Page):
    return page.locator("keepalive-offline [role=status]")


def make_available(page: Page, host: Host) -> None:
    page.goto(f"{host.address}start.html")
    page.get_by_role("button", name=re.compile(r"^Make available offline \(\d+ MB\)$")).click()
    expect(status(page)).to_contain_text("Available offline: version ")


def kept(page: Page) -> tuple[int, list[str]]:
    """How many workers are registered, and the names of the caches."""
    return page.evaluate("async () => [(await navigator.serviceWorker.getRegistrations()).length, await caches.keys()]")


def expect_soon(page: Page, look: Callable[[], T], wanted: T) -> None:
    """Wait until `look` finds what is wanted: a browser writes and removes what it keeps in its own time."""
    until = time.monotonic() + 60
    while (found := look()) != wanted and time.monotonic() < until:
        page.wait_for_timeout(50)
    assert found == wanted


def expect_kept(page: Page, workers: int, caches: int) -> None:
    def look() -> tuple[int, int]:
        registered, stores = kept(page)
        return registered, len(stores)

    expect_soon(page, look, (workers, caches))


def files_kept(page: Page) -> int:
    """How many files of the course are there, complete and checked, of whatever version."""
    return page.evaluate(
        """async () => {
             const stores = (await caches.keys()).filter((name) => name.startsWith("keepalive contents "));
             const files = await Promise.all(stores.map(async (name) => (await caches.open(name)).keys()));
             return files.flat().length;
           }"""
    )


def text_of(page: Page, name: str) -> str:
    """A file of the site, as the page gets it."""
    return page.evaluate("async (name) => (await fetch(name)).text()", name)


def passes_exercise(page: Page) -> None:
    """Open the reference in the page's exercise, and check it."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Open file").click()
    chooser.value.set_files(REFERENCE)
    page.locator("keepalive-exercise").get_by_role("button", name="Check", exact=True).click()
    expect(page.locator(".ka-x-status")).to_contain_text("All tasks passed.")


# --- a host that only hands out files --------------------------------------------------------------------------------


def test_python_runs_below_any_path_of_any_host(open_browser, host):
    page = open_browser().new_page()
    page.goto(host.address + EXERCISE)
    passes_exercise(page)
    assert kept(page) == [0, []], "nobody asked for a copy"


# --- the copy --------------------------------------------------------------------------------------------------------


def test_the_whole_course_without_a_server(open_browser, host, site):
    page = open_browser().new_page()
    make_available(page, host)
    host.stop()
    page = open_browser().new_page()
    failed: list[str] = []
    page.on("pageerror", lambda error: failed.append(str(error)))
    # What was under way as the next page was opened is aborted, and missing nowhere.
    page.on("requestfailed", lambda request: "ABORTED" in request.failure or failed.append(request.url))
    for path in PAGES:
        page.goto(f"{host.address}{path}?from=somewhere#top")
        expect(page.locator("article h1")).to_be_visible()
    # Whether something new is there is the one thing that has to be asked elsewhere.
    assert [what for what in failed if not what.endswith("/offline.json")] == []

    page.goto(host.address)  # a folder's address
    page.evaluate("window.stillHere = true")
    page.keyboard.press("/")
    page.keyboard.type("without a network")
    page.locator(".md-search-result__link[href$='#without-a-network']").first.click()
    page.get_by_role("heading", name="Without a network").wait_for()
    assert page.evaluate("window.stillHere"), "pages change without a reload, as with a server"

    assert page.goto(f"{host.address}no/such/page.html").status == 404
    expect(page.locator("article h1")).to_contain_text("404")

    page.goto(host.address + EXERCISE)
    passes_exercise(page)

    page.goto(f"{host.address}start.html")
    page.get_by_role("button", name="Remove").click()
    expect(status(page)).to_contain_text("The server cannot be reached")
    expect_kept(page, 0, 0)
    host.start()


def test_stopped_and_taken_up_again(open_browser, host, site):
    page = open_browser().new_page()
    wasm = next(site.glob("runtime/*/pyodide.asm.wasm")).relative_to(site).as_posix()
    go_on = threading.Event()
    host.broken[wasm] = lambda handler: go_on.wait(60)
    page.goto(f"{host.address}start.html")
    page.get_by_role("button", name="Make available offline").click()
    manifest = json.loads((site / "offline.json").read_text(encoding="utf-8"))
    contents = {file["sha256"] for file in manifest["files"].values()}
    expect_soon(page, lambda: files_kept(page), len(contents) - 1)
    rest = (manifest["bytes"] - manifest["files"][wasm]["bytes"]) / 1e6
    all_but_one = f"{rest:.1f} MB of" if rest < 9.95 else f"{round(rest)} MB of"
    expect(page.locator(".ka-o-amount")).to_contain_text(all_but_one)
    page.get_by_role("button", name="Stop").click()
    expect(status(page)).to_contain_text("Stopped.")
    go_on.set()
    expect_kept(page, 0, 1)  # no worker is left for a copy that there is not; what has arrived is kept

    host.broken.clear()
    host.asked.clear()
    page.get_by_role("button", name=re.compile(r"Make available offline \(9\.6 MB of \d+ MB to fetch\)")).click()
    expect(status(page)).to_contain_text("Available offline")
    assert [name for name in host.asked if name not in {"offline.json", "service-worker.js"}] == [wasm]


# --- a newer version -------------------------------------------------------------------------------------------------


@pytest.fixture
def changing(site: Path, tmp_path: Path) -> Iterator[Host]:
    """A host with a copy of the site, to be changed."""
    host = Host(shutil.copytree(site, tmp_path / "site"))
    yield host
    host.stop()


def change(host: Host) -> list[str]:
    """Another version of the site; which files are others."""
    for name in ("about.html", "index.html"):
        path = host.folder / name
        path.write_text(path.read_text(encoding="utf-8").replace("</h1>", ", changed by a test</h1>"), encoding="utf-8")
    offline.write(host.folder)
    return ["about.html", "index.html"]


def not_the_same(handler) -> None:
    body = (Path(handler.directory) / "about.html").read_bytes().replace(b"changed by a test", b"spoilt by another")
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def breaks_off(handler) -> None:
    body = (Path(handler.directory) / "about.html").read_bytes()
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])


def test_an_update_comes_whole_or_not_at_all(open_browser, changing):
    context = open_browser()
    page = context.new_page()
    make_available(page, changing)
    other = context.new_page()
    other.goto(f"{changing.address}course.html")
    expect(other.get_by_text("A new version")).to_be_hidden()
    changed = change(changing)

    page.goto(f"{changing.address}index.html")
    notice = page.get_by_role("complementary", name="The copy of the course")
    expect(notice.get_by_role("status")).to_have_text("A new version of the course is there (0.1 MB to fetch).")
    assert found_by_axe(page) == []
    expect(page.locator("h1")).not_to_contain_text("changed by a test")

    for broken, said in (
        (lambda handler: handler.send_error(500), "The server answered 500 for about.html."),
        (not_the_same, "What the server sent as about.html is not what its list of files says."),
        (breaks_off, "The server cannot be reached."),
    ):
        changing.broken["about.html"] = broken
        notice.get_by_role("button", name="Update").click()
        expect(notice.get_by_role("status")).to_contain_text(said)
        page.reload()
        expect(page.locator("h1")).not_to_contain_text("changed by a test")
        assert "changed by a test" not in text_of(page, "about.html")
    changing.broken.clear()

    changing.asked.clear()
    expect(notice.get_by_role("status")).to_contain_text("A new version of the course is there")
    notice.get_by_role("button", name="Update").click()
    expect(notice.get_by_role("status")).to_have_text("Updated. Reload to see it.")
    # A try that failed may have brought some of them already. Nothing else is fetched, and nothing twice.
    fetched = [name for name in changing.asked if name not in {"offline.json", "service-worker.js"}]
    assert set(fetched) <= set(changed) and len(fetched) == len(set(fetched))

    # Pages that are open stay with the version that they began with; those opened now get the new one.
    assert "changed by a test" not in text_of(page, "about.html")
    assert "changed by a test" not in text_of(other, "about.html")
    notice.get_by_role("button", name="Reload").click()
    expect(page.locator("h1")).to_contain_text("changed by a test")
    expect(notice).to_be_hidden()
    assert "changed by a test" in text_of(page, "about.html")
    assert "changed by a test" not in text_of(other, "about.html")

    # With its last page the older version goes.
    count = """async () => {
      const name = (await caches.keys()).find((name) => name.includes("contents"));
      return (await (await caches.open(name)).keys()).length;
    }"""
    with_both = page.evaluate(count)
    other.close()
    for _ in range(100):  # the browser may list a page for a moment after it is closed
        page.reload()
        if page.evaluate(count) < with_both:
            break
    assert page.evaluate(count) == with_both - len(changed)
    changing.stop()
    page.goto(f"{changing.address}about.html")
    expect(page.locator("h1")).to_contain_text("changed by a test")
    changing.start()


def test_not_now_is_not_asked_again(open_browser, changing):
    page = open_browser().new_page()
    make_available(page, changing)
    change(changing)
    page.goto(f"{changing.address}index.html")
    notice = page.get_by_role("complementary", name="The copy of the course")
    notice.get_by_role("button", name="Not now").click()
    expect(notice).to_be_hidden()
    with page.expect_response("**/offline.json"):
        page.goto(f"{changing.address}course.html")
    expect(notice).to_be_hidden()
    page.goto(f"{changing.address}start.html")
    expect(status(page)).to_contain_text("A new version of the course is there (0.1 MB to fetch).")


# --- where it cannot be ----------------------------------------------------------------------------------------------


def test_over_plain_http_it_says_why(open_browser, host):
    page = open_browser().new_page()
    page.goto(host.address.replace("127.0.0.1", "course.test") + "start.html")
    expect(status(page)).to_contain_text("comes over HTTPS")
    expect(page.locator("keepalive-offline button")).to_have_count(0)


def test_from_a_folder_it_says_why(open_browser, site):
    page = open_browser().new_page()
    page.goto((site / "start.html").as_uri())
    expect(status(page)).to_contain_text("They are on your disk already")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("navigator.storage.estimate = async () => ({ quota: 6e6, usage: 1e6 })", "has room for 5.0 MB more here"),
        ("caches.has = async () => { throw new DOMException('', 'SecurityError') }", "is set to keep nothing"),
        ("delete Navigator.prototype.serviceWorker", "keeps no copies of sites here"),
    ],
)
def test_what_a_browser_refuses_is_said(open_browser, host, script, said):
    context = open_browser()
    context.add_init_script(script)
    page = context.new_page()
    page.goto(f"{host.address}start.html")
    button = page.get_by_role("button", name="Make available offline")
    expect(button.or_(status(page).filter(has_text=said))).to_be_visible()
    if button.is_visible():
        button.click()
    expect(status(page)).to_contain_text(said)


# --- the policy ------------------------------------------------------------------------------------------------------

VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample} ${event.sourceFile}`));
"""


@pytest.fixture
def under_policy(browser, address: str) -> Iterator[Page]:
    context = browser.new_context()
    context.add_init_script(VIOLATIONS)
    yield context.new_page()
    context.close()


@one_of_each_kind
def test_no_page_violates_the_policy(under_policy, address, path):
    answer = under_policy.goto(address + path)
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; ")
    under_policy.wait_for_load_state("networkidle")
    assert under_policy.evaluate("violations") == []


def test_what_the_theme_does_is_within_the_policy(under_policy, address):
    page = under_policy
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{address}index.html")
    page.get_by_role("button", name="Dark colours").click()
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    page.keyboard.press("/")
    page.keyboard.type("without a network")
    page.locator(".md-search-result__link[href$='#without-a-network']").first.click()
    page.get_by_role("heading", name="With one command").wait_for()
    page.locator(".md-code__button").first.click()
    expect(page.locator(".md-dialog")).to_contain_text("Copied")
    assert page.evaluate("violations") == []


def test_a_learners_code_reaches_no_other_host(under_policy, address, host, tmp_path):
    page = under_policy
    page.goto(address + EXERCISE)
    answer = tmp_path / "answer.py"
    answer.write_text(
        "import js\n\n"
        "async def main():\n"
        "    for url in ('/index.html', URL):\n"
        "        request = js.XMLHttpRequest.new()\n"
        "        request.open('GET', url, False)\n"
        "        try:\n"
        "            request.send()\n"
        "            print('reached', request.status)\n"
        "        except Exception as error:\n"
        "            print('refused', error)\n".replace("URL", repr(host.address)),
        encoding="utf-8",
    )
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Open file").click()
    chooser.value.set_files(answer)
    page.get_by_role("button", name="Run").click()
    expect(page.locator(".ka-x-printed")).to_contain_text("refused")
    expect(page.locator(".ka-x-printed")).to_contain_text("reached 200")
    assert host.asked == []
