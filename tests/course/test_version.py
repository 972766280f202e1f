from keepalive.course.version import files_of, folder_version

VERSION = "c41405260730b33a563b2ffc363ccbacc19c06df11cda0b77cee7c0fe3628c37"


def make(root, files):
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


FILES = {"a.py": b"x = 1\ny = 2\n", "sub/b.md": b"text\n"}


def test_line_ends_caches_and_hidden_files_do_not_count(tmp_path):
    plain = folder_version(make(tmp_path / "one", FILES))
    windows = {name: content.replace(b"\n", b"\r\n") for name, content in FILES.items()}
    noise = {
        "__pycache__/a.cpython-311.pyc": b"1",
        ".DS_Store": b"2",
        "sub/.ipynb_checkpoints/b.md": b"3",
        "c.pyc": b"4",
    }
    other = make(tmp_path / "two", windows | noise)
    assert folder_version(other) == plain
    assert [path.name for path in files_of(other)] == ["a.py", "b.md"]


def test_every_change_counts(tmp_path):
    versions = {
        folder_version(make(tmp_path / "0", FILES)),
        folder_version(make(tmp_path / "1", FILES | {"a.py": b"x = 1\ny = 3\n"})),
        folder_version(make(tmp_path / "2", {"b.py": FILES["a.py"], "sub/b.md": FILES["sub/b.md"]})),
        folder_version(make(tmp_path / "3", FILES | {"c.py": b""})),
        folder_version(make(tmp_path / "4", {"a.py": b"x = 1\ny = 2\ntext\n", "sub/b.md": b""})),
    }
    assert len(versions) == 5


def test_a_version_written_down_once_stays(tmp_path):
    # Verdicts and progress files hold versions: the way they are made cannot change unseen.
    assert folder_version(make(tmp_path, FILES)) == VERSION
