"""Folders that keys make, against the definition and against those of a disk."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from wetdry.remote.object_listing import Listing, Snapshot
from wetdry.remote.object_path import ObjectPath

PARTS = st.sampled_from(["a", "b", "a.wav", "ab", "é ?", ".x"])
KEYS = st.lists(PARTS, min_size=1, max_size=4).map("/".join)


class Counted:
    """A bucket that counts how often it is listed."""

    url = root = "s3://music"

    def __init__(self, sizes: dict[str, int]) -> None:
        self.held = sizes
        self.listed: list[str] = []

    def url_of(self, key: str) -> str:
        return f"{self.root}/{key}"

    def sizes(self, prefix: str) -> dict[str, int] | None:
        self.listed.append(prefix)
        return {key: size for key, size in self.held.items() if key == prefix or key.startswith(f"{prefix}/")} or None


@given(keys=st.sets(KEYS, max_size=12), odd=st.booleans())
def test_a_folder_holds_the_first_parts_of_what_is_below(keys: set[str], odd: bool) -> None:
    sizes = {f"p{'/' if odd else ''}/{key}": len(key) for key in keys}
    listing = Listing("p", sizes)
    assert listing.sizes == sizes
    for folder, names in listing.folders.items():
        below = [key[len(folder) + 1 :] for key in sizes if key.startswith(f"{folder}/")]
        assert names == {rest.partition("/")[0] for rest in below} - {""}
        assert below or folder == "p"
    assert {key.rpartition("/")[0] for key in sizes} <= set(listing.folders)
    assert Listing("p", None).folders == {}
    assert Listing("p/one.wav", {"p/one.wav": 3}).folders == {}


@settings(max_examples=30, deadline=None)
@given(keys=st.sets(KEYS, min_size=1, max_size=10), asked=st.lists(KEYS, max_size=10))
def test_a_disk_with_the_same_files_answers_the_same(keys: set[str], asked: list[str]) -> None:
    files = {key for key in keys if not any(other.startswith(f"{key}/") for other in keys)}
    bucket = Counted({f"set/{key}": len(key) for key in files})
    root = ObjectPath(Snapshot(bucket, "set"), "set")
    with TemporaryDirectory() as folder:
        disk = Path(folder)
        for key in files:
            (disk / key).parent.mkdir(parents=True, exist_ok=True)
            (disk / key).write_bytes(b"x" * len(key))
        for key in [*asked, *files]:
            ours, theirs = root / key, disk / key
            kinds = [(path.is_file(), path.is_dir(), path.exists()) for path in (ours, theirs)]
            assert kinds[0] == kinds[1]
            if theirs.is_dir():
                assert [path.name for path in ours.iterdir()] == sorted(path.name for path in theirs.iterdir())
            if theirs.is_file():
                assert ours.stat().st_size == theirs.stat().st_size
    assert {name for name, _ in root.below()} == files
    assert bucket.listed == ["set"]


def test_what_lies_outside_is_another_listing() -> None:
    bucket = Counted({"set/a.wav": 1, "settle/b.wav": 2})
    root = ObjectPath(Snapshot(bucket, "set"), "set")
    assert (root / "a.wav").is_file()
    assert (root / "../settle/b.wav").stat().st_size == 2
    assert not (root / "b.wav").exists()
    assert bucket.listed == ["set", "settle/b.wav"]
