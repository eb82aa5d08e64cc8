"""Damage, strays, full disks, and several processes at once."""

import errno
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wetdry.audio import Windows
from wetdry.encoders.base import EncoderSpec, Layer
from wetdry.errors import StoreError
from wetdry.store import Embedded, ItemRow, Store, VariantKey, shards, stacked

LAYERS = (Layer("top", 64),)
SPEC = EncoderSpec("toy", "1", 8000, Windows(1.0), LAYERS, "top", "GPL-3.0-or-later", "for tests")

PRELUDE = """
import sys
from pathlib import Path
import numpy as np
from wetdry.audio import Windows
from wetdry.encoders.base import EncoderSpec, Layer
from wetdry.errors import StoreError
from wetdry.store import Embedded, Failure, Store, VariantKey
SPEC = EncoderSpec("toy", "1", 8000, Windows(1.0), (Layer("top", 64),), "top", "GPL-3.0-or-later", "for tests")
def part(i):
    vectors = np.random.default_rng(i).standard_normal((3, 64)).astype(np.float32)
    return Embedded(f"clip{i:04}", VariantKey("x", "1", "1s"), "x", 1.0, None, np.arange(3, dtype=np.float32), vectors)
store = Store(Path(sys.argv[1]))
"""


def part(i: int) -> Embedded:
    vectors = np.random.default_rng(i).standard_normal((3, 64)).astype(np.float32)
    return Embedded(f"clip{i:04}", VariantKey("x", "1", "1s"), "x", 1.0, None, np.arange(3, dtype=np.float32), vectors)


def item(i: int) -> ItemRow:
    return ItemRow("d", f"i{i:04}", "p", f"h{i}", "0/all", f"clip{i:04}", f"i{i:04}", "", "{}", 3.0, 8000, 1)


def filled(root: Path, n: int = 6) -> tuple[Store, list[Path]]:
    store = Store(root)
    store.append_items([item(i) for i in range(n)])
    return store, [store.append(SPEC, "top", [part(i)]) for i in range(n)]


def python(script: str, *args: object) -> subprocess.Popen[str]:
    code = PRELUDE + textwrap.dedent(script)
    return subprocess.Popen([sys.executable, "-c", code, *map(str, args)], stdout=subprocess.PIPE, text=True)


def ended_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_clean_store_is_found_clean(tmp_path: Path) -> None:
    store, paths = filled(tmp_path)
    verdict = store.verify()
    assert verdict.clean
    assert verdict.shards == len(paths) + 1


@pytest.mark.parametrize("where", [0.1, 0.5, 0.95])
def test_a_flipped_bit_is_found_by_readers_and_by_verify(tmp_path: Path, where: float) -> None:
    store, paths = filled(tmp_path)
    content = bytearray(paths[2].read_bytes())
    content[int(len(content) * where)] ^= 0x10
    paths[2].write_bytes(content)
    assert store.verify().damaged == (paths[2],)
    assert store.gc().damaged == ()
    assert paths[2].exists(), "damage is removed only on request"
    assert store.gc(damaged=True).damaged == (paths[2],)
    verdict = store.verify()
    assert not verdict.damaged
    assert verdict.gaps == ("d: i0002",)
    assert store.vectors("toy", "top").num_rows == 15


def test_a_damaged_vector_page_is_never_returned(tmp_path: Path) -> None:
    store, (path, *_) = filled(tmp_path, n=1)
    column = pq.ParquetFile(path).metadata.row_group(0).column(9)
    assert column.path_in_schema == "vector.list.element"
    content = bytearray(path.read_bytes())
    content[column.data_page_offset + column.total_compressed_size - 20] ^= 0x01
    path.write_bytes(content)
    with pytest.raises(StoreError, match=rf"{path.name}: is damaged; remove it with `wetdry store gc --damaged`"):
        store.vectors("toy", "top")


def test_a_truncated_shard_is_damaged(tmp_path: Path) -> None:
    store, paths = filled(tmp_path)
    os.truncate(paths[0], paths[0].stat().st_size // 2)
    assert store.verify().damaged == (paths[0],)
    with pytest.raises(StoreError, match="is damaged"):
        store.keys("toy@1", "top")


def test_temporaries_are_never_read_and_swept_once_stale(tmp_path: Path) -> None:
    store, paths = filled(tmp_path)
    host = os.uname().nodename
    mine = paths[0].with_name(f".writing-{host}-{os.getpid()}-{'0' * 16}")
    dead = paths[0].with_name(f".writing-{host}-{ended_pid()}-{'1' * 16}")
    remote = paths[0].with_name(f".writing-elsewhere-1-{'2' * 16}")
    for temporary in (mine, dead, remote):
        temporary.write_bytes(paths[0].read_bytes())
    assert store.vectors("toy", "top").num_rows == 18
    assert store.verify().stray == (dead,)
    assert store.gc().stale == (dead,)
    os.utime(remote, (time.time() - 3600,) * 2)
    assert store.gc().stale == (remote,)
    assert mine.exists()
    assert store.verify().clean


def test_foreign_files_are_reported_and_left_alone(tmp_path: Path) -> None:
    store, paths = filled(tmp_path)
    note = tmp_path / "vectors" / "note.txt"
    note.write_text("mine")
    moved = tmp_path / store.folder("toy@1", "other") / paths[0].name
    moved.parent.mkdir()
    paths[0].rename(moved)
    verdict = store.verify()
    assert set(verdict.foreign) == {note, moved}
    assert verdict.gaps == ("d: i0000",)
    store.gc(damaged=True)
    assert note.exists()


def test_another_programs_parquet_and_a_newer_schema_are_refused(tmp_path: Path) -> None:
    store = Store(tmp_path)
    table = pa.table({"segment": [1]})
    for about, sentence in (({}, "not a shard of a wetdry store"), ({b"wetdry.schema": b"99"}, "newer wetdry")):
        sink = pa.BufferOutputStream()
        pq.write_table(table.replace_schema_metadata(about), sink)
        path = shards.publish(store.medium, store.folder("toy@1", "top"), sink.getvalue().to_pybytes())
        with pytest.raises(StoreError, match=sentence):
            store.vectors("toy", "top", columns=[])
        path.unlink()


def test_vectors_without_an_item_are_orphans(tmp_path: Path) -> None:
    store, _ = filled(tmp_path, n=2)
    store.append(SPEC, "top", [part(7)])
    assert store.verify().orphans == ("clip0007",)


def test_compaction_keeps_every_row_and_drops_duplicates(tmp_path: Path) -> None:
    store, _ = filled(tmp_path)
    store.append(SPEC, "top", [part(0), part(1)])
    store.append_items([item(0)])
    rows, items = store.vectors("toy", "top"), store.items()
    told: list[tuple[int, int]] = []
    done = store.compact(told=lambda *counts: told.append(counts))
    assert told == [(number, 9) for number in range(1, 10)]
    assert (done.merged, done.into, done.rows_dropped) == (9, 2, 6)
    (holding,) = store.ls()
    assert (holding.shards, holding.rows) == (1, 18)
    assert store.vectors("toy", "top").equals(rows)
    assert store.items().equals(items)
    assert store.verify().clean
    assert store.compact().merged == 0
    assert store.spec("toy", "top")["name"] == "toy"


def test_compaction_respects_the_target_size(tmp_path: Path) -> None:
    store, paths = filled(tmp_path, n=8)
    rows = store.vectors("toy", "top")
    store.compact(target=3 * paths[0].stat().st_size)
    assert 2 <= store.ls()[0].shards <= 4
    assert store.vectors("toy", "top").equals(rows)


@pytest.mark.parametrize("call", ["fsync", "write"])
def test_a_full_disk_leaves_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    store, _ = filled(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    rows = store.vectors("toy", "top")

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    if call == "fsync":
        monkeypatch.setattr(os, "fsync", full)
    else:
        monkeypatch.setattr(Path, "open", full)
    with pytest.raises(StoreError, match=r"No space left on device\); make room, then run again: what was published"):
        store.append(SPEC, "top", [part(9)])
    monkeypatch.undo()
    assert sorted(tmp_path.rglob("*")) == before
    assert store.vectors("toy", "top").equals(rows)


def test_a_real_write_error_is_one_sentence(tmp_path: Path) -> None:
    process = python(
        """
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        try:
            store.append(SPEC, "top", [part(i) for i in range(50)])
        except StoreError as error:
            print(error)
        """,
        tmp_path,
    )
    said, _ = process.communicate(timeout=60)
    assert said.startswith(f"{tmp_path}/vectors/toy@1/top: cannot be written (File too large); make room")
    assert not list((tmp_path / "vectors/toy@1/top").iterdir())


def test_a_shard_is_not_there_before_it_is_on_the_disk(tmp_path: Path) -> None:
    store, _ = filled(tmp_path, n=1)
    rows = store.vectors("toy", "top")
    process = python(
        """
        import os, signal
        os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
        store.append(SPEC, "top", [part(1)])
        """,
        tmp_path,
    )
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert store.vectors("toy", "top").equals(rows)
    verdict = store.verify()
    assert (len(verdict.stray), verdict.foreign, verdict.damaged) == (1, (), ())
    assert store.gc().stale == verdict.stray
    assert store.verify().clean


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "vectors").touch()
    with pytest.raises(StoreError, match=r"cannot be written .*choose a store folder you may write to"):
        Store(tmp_path).append(SPEC, "top", [part(0)])


def test_processes_may_write_read_and_compact_one_store_together(tmp_path: Path) -> None:
    writers = [
        python(
            """
            for i in range(int(sys.argv[2]), int(sys.argv[3])):
                store.append(SPEC, "top", [part(i)])
                failure = Failure("d", f"i{i}", "p", "x", "", "effect", "why")
                store.update_failures([failure], lambda row: row == failure)
            """,
            tmp_path,
            first,
            first + 30,
        )
        for first in (0, 20)  # 10 keys are written by both
    ]
    tidier = python("for _ in range(8): store.gc(); store.compact()", tmp_path)
    store = Store(tmp_path)
    seen = 0
    while any(process.poll() is None for process in (*writers, tidier)):
        if store.layers():
            rows = store.vectors("toy", "top").num_rows
            assert rows >= seen, "a row that was there has vanished"
            assert rows % 3 == 0, "a variant was read without all of its segments"
            seen = rows
    for process in (*writers, tidier):
        process.communicate(timeout=60)
        assert process.returncode == 0
    found = store.vectors("toy", "top")
    expected = [part(i) for i in range(50)]
    assert found["clip"].to_pylist() == [p.clip for p in expected for _ in range(3)]
    assert np.array_equal(stacked(found), np.concatenate([p.vectors for p in expected]))
    assert store.failures().num_rows == 50
    assert not store.verify().damaged
    assert not store.verify().stray
