from keepalive.course.version import files_of, version_of

VERSION = "69022dd122101804f092cffbe0ffcdcc32ec94f92dce075949e4247ab554fe54"

NAMES = ("b.md", "a.py")


def make(root, files):
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


FILES = {"a.py": b"x = 1\ny = 2\n", "b.md": b"text\n"}


def version(folder, files):
    return version_of(make(folder, files), NAMES)


def test_line_ends_and_other_files_do_not_count(tmp_path):
    windows = {name: content.replace(b"\n", b"\r\n") for name, content in FILES.items()}
    others = {"answers.toml": b"1", "sub/a.py": b"2", "__pycache__/a.pyc": b"3"}
    assert version(tmp_path / "two", windows | others) == version(tmp_path / "one", FILES)


def test_a_folders_own_files_are_without_caches_and_hidden_files(tmp_path):
    noise = ("__pycache__/a.cpython-311.pyc", ".DS_Store", "sub/.ipynb_checkpoints/b.md", "c.pyc")
    folder = make(tmp_path, FILES | dict.fromkeys(noise, b"1"))
    assert [path.name for path in files_of(folder)] == ["a.py", "b.md"]


def test_every_change_counts(tmp_path):
    versions = {
        version(tmp_path / "0", FILES),
        version(tmp_path / "1", FILES | {"a.py": b"x = 1\ny = 3\n"}),
        version(tmp_path / "2", {"a.py": FILES["b.md"], "b.md": FILES["a.py"]}),
        version(tmp_path / "3", {"a.py": FILES["a.py"]}),
        version(tmp_path / "4", {"a.py": b"x = 1\ny = 2\ntext\n", "b.md": b""}),
    }
    assert len(versions) == 5


def test_a_version_written_down_once_stays(tmp_path):
    # Verdicts and progress files hold versions: the way they are made cannot change unseen.
    assert version(tmp_path, FILES) == VERSION
