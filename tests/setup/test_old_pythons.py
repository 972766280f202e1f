"""course.py has to be readable for Pythons that are too old to run it."""

import ast
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

COURSE = Path(__file__).resolve().parents[2] / "course.py"


def old_pythons():
    """Every Python below 3.11 that can be found here: on PATH, and where pyenv keeps its own."""
    found = [shutil.which(f"python{version}") for version in ("2.7", *(f"3.{minor}" for minor in range(4, 11)))]
    found += [str(path) for path in Path.home().glob(".pyenv/versions/*/bin/python")]
    old = {}
    for path in filter(None, found):
        code = "import sys; print('%d.%d' % sys.version_info[:2])"
        ran = subprocess.run([path, "-c", code], capture_output=True, text=True, check=False)
        if ran.returncode == 0 and tuple(map(int, ran.stdout.split("."))) < (3, 11):
            old[ran.stdout.strip()] = path
    return old


OLD = old_pythons()


@pytest.mark.parametrize("version", sorted(OLD) or [pytest.param("", marks=pytest.mark.skip("no old Python here"))])
@pytest.mark.parametrize("newer", [True, False], ids=["newer-on-path", "nothing-newer"])
def test_an_old_python_says_what_it_needs(tmp_path, version, newer):
    if newer:
        (tmp_path / "python3.13").write_text("#!/bin/sh\nexit 0\n")
        (tmp_path / "python3.13").chmod(0o755)
    (tmp_path / "python3.12").write_text("#!/bin/sh\necho 'pyenv: python3.12: command not found'\nexit 127\n")
    (tmp_path / "python3.12").chmod(0o755)
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")} | {"PATH": str(tmp_path)}
    ran = subprocess.run(
        [OLD[version], str(COURSE), "setup"], capture_output=True, text=True, check=False, env=env, cwd=tmp_path
    )
    assert ran.returncode == 1
    assert "Keepalive needs Python 3.11 or later; this is Python " + version in ran.stderr
    assert ("Run: python3.13 " + str(COURSE) + " setup" in ran.stderr) is newer
    assert ("python.org/downloads" in ran.stderr) is not newer
    assert "Traceback" not in ran.stderr


def test_nothing_in_the_file_is_newer_than_python_2():
    """The same promise, held where no old Python is installed."""
    text = COURSE.read_text(encoding="utf-8")
    assert text.isascii()
    tree = ast.parse(text)
    newer = (
        *(ast.JoinedStr, ast.NamedExpr, ast.AnnAssign, ast.Nonlocal, ast.Match, ast.TryStar, ast.MatMult),
        *(ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await, ast.YieldFrom),
    )
    for node in ast.walk(tree):
        where = f"line {getattr(node, 'lineno', '?')}: {ast.unparse(node)[:60] if hasattr(node, 'lineno') else node}"
        assert not isinstance(node, newer), where
        if isinstance(node, (ast.FunctionDef, ast.Lambda)):
            names = node.args
            assert not names.kwonlyargs and not names.posonlyargs, where
            assert getattr(node, "returns", None) is None, where
            assert all(arg.annotation is None for arg in names.args), where
        load = isinstance(getattr(node, "ctx", None) or ast.Load(), ast.Load)
        if load and isinstance(node, (ast.List, ast.Tuple, ast.Set, ast.Dict)):
            assert not any(isinstance(part, ast.Starred) for part in getattr(node, "elts", [])), where
            assert None not in getattr(node, "keys", []), where
        if isinstance(node, ast.Raise):
            assert node.cause is None, where
        if isinstance(node, ast.Call):
            starred = [isinstance(arg, ast.Starred) for arg in node.args]
            assert sum(starred) <= 1 and (not any(starred) or starred[-1]), where
    assert not re.search(r"\*\*?\w+,\s*\)", text), "a comma after *args or **options"
    assert not re.search(r"\d_\d", text), "digits in groups"
