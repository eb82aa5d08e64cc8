"""Parameters are found where they are, fetched where they can be, and never used unless they are the right ones.

The publisher is a server in this process; nothing here reaches the network.
"""

import hashlib
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from publisher import COMMIT, published

from wetdry.cache import cache_folder
from wetdry.encoders.weights import hub
from wetdry.encoders.weights import sources as weights_module
from wetdry.encoders.weights.files import Weights
from wetdry.encoders.weights.published import PUBLISHED
from wetdry.encoders.weights.sources import fetch, keep_copy, local_revision, locate, revision_at_hand, state
from wetdry.errors import EncoderError, MissingPackageError
from wetdry.remote import digests
from wetdry.remote.files import RemoteFile

CONTENT = bytes(range(256)) * 40
CLOSED = "http://127.0.0.1:9"
DIGESTS = {
    "sha256": hashlib.sha256(CONTENT).hexdigest(),
    "md5": hashlib.md5(CONTENT, usedforsecurity=False).hexdigest(),
    "git": hashlib.sha1(b"blob 10240\0" + CONTENT, usedforsecurity=False).hexdigest(),
}
SHA256 = f"sha256:{DIGESTS['sha256']}"


@pytest.fixture(autouse=True)
def machine(tmp_path, monkeypatch):
    """Empty caches, and a hub that nobody answers for."""
    for name in [name for name in os.environ if name.startswith(("HF_", "HUGGINGFACE_", "TRANSFORMERS_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("WETDRY_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("HF_ENDPOINT", CLOSED)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(weights_module, "missing", lambda _module: False)


@pytest.fixture
def publisher():
    with published() as here:
        yield here


@pytest.fixture
def single(publisher):
    """One file with an address of its own."""
    publisher.files["/cnn.pth"] = CONTENT
    return Weights("7", (RemoteFile("cnn.pth", SHA256, len(CONTENT), f"{publisher.url}/cnn.pth"),), name="cnn")


@pytest.fixture
def repository(publisher, monkeypatch):
    """Two files of a hub repository, the digest of one of them known."""
    monkeypatch.setenv("HF_ENDPOINT", publisher.url)
    publisher.files |= {
        f"/org/net/resolve/{COMMIT}/config.json": b"{}",
        f"/org/net/resolve/{COMMIT}/model.bin": CONTENT,
    }
    return NET


NET = Weights(COMMIT, (RemoteFile("config.json"), RemoteFile("model.bin", SHA256)), "org/net", name="net")


def everything(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".lock"))


def in_hub_cache(files):
    """A snapshot as the hub's library lays it out: names that point to blobs, which are named by their digest."""
    snapshot = hub.snapshot_folder("org/net", COMMIT)
    blobs = snapshot.parents[1] / "blobs"
    blobs.mkdir(parents=True)
    snapshot.mkdir(parents=True)
    for name, content in files.items():
        large = name.endswith(".bin")
        blob = blobs / (
            hashlib.sha256(content).hexdigest()
            if large
            else hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
        )
        blob.write_bytes(content)
        (snapshot / name).symlink_to(blob)
    return snapshot


# The user's own path


def test_the_path_the_user_gave_is_taken_as_it_is(tmp_path, single):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "x.pth").write_bytes(b"mine")
    for path in (tmp_path / "mine", tmp_path / "mine" / "x.pth"):
        found = locate(single, str(path))
        assert (found.path, found.origin) == (path, "path")


def test_a_folder_that_holds_the_one_published_file_stands_for_it(tmp_path, single):
    (tmp_path / "cnn.pth").write_bytes(b"mine")
    assert locate(single, tmp_path).path == tmp_path / "cnn.pth"


def test_a_path_that_is_not_there_gets_one_sentence(tmp_path, single):
    with pytest.raises(EncoderError, match=r"gone: no such file or folder of weights; check the path\."):
        locate(single, tmp_path / "gone")


def test_the_revision_of_a_path_follows_its_bytes(tmp_path):
    (tmp_path / "a").write_bytes(b"1")
    before = local_revision(tmp_path)
    assert re.fullmatch(r"local-[0-9a-f]{12}", before)
    assert local_revision(tmp_path) == before
    (tmp_path / "a").write_bytes(b"2")
    assert local_revision(tmp_path) != before


# Files with an address of their own


@pytest.mark.parametrize("kind", ["sha256", "md5", "git"])
def test_a_file_is_fetched_once_and_then_found(publisher, tmp_path, capsys, kind):
    publisher.files["/cnn.pth"] = CONTENT
    file = RemoteFile("cnn.pth", f"{kind}:{DIGESTS[kind]}", url=f"{publisher.url}/cnn.pth")
    weights = Weights("7", (file,), name="cnn")
    first, second = locate(weights), locate(weights)
    assert (first.origin, second.origin) == ("download", "cache")
    assert first.path == second.path == tmp_path / "cache" / "encoders" / "cnn.pth-7" / "cnn.pth"
    assert first.path.read_bytes() == CONTENT
    assert publisher.gets == ["/cnn.pth"]
    assert capsys.readouterr().err == f"wetdry: fetching cnn from {publisher.url}/cnn.pth\n"


def test_it_is_said_what_is_fetched_and_how_large_it_is(single, publisher, capsys):
    fetch(single)
    assert capsys.readouterr().err == f"wetdry: fetching cnn (1 MB) from {publisher.url}/cnn.pth\n"


def test_an_interrupted_download_leaves_nothing_and_the_next_one_works(single, publisher, tmp_path):
    publisher.breaks_off = True
    with pytest.raises(
        EncoderError, match=r"cnn\.pth broke off after 5,120 of 10,240 bytes; run `wetdry encoders fetch"
    ):
        locate(single)
    assert everything(tmp_path / "cache") == []
    publisher.breaks_off = False
    assert locate(single).path.read_bytes() == CONTENT


@pytest.mark.parametrize("kind", ["sha256", "md5", "git"])
def test_a_file_with_another_digest_is_removed(publisher, tmp_path, kind):
    publisher.files["/cnn.pth"] = CONTENT
    file = RemoteFile("cnn.pth", f"{kind}:{'0' * len(DIGESTS[kind])}", url=f"{publisher.url}/cnn.pth")
    with pytest.raises(EncoderError, match="is not the published file, since its size or digest differs"):
        locate(Weights("7", (file,), name="cnn"))
    assert everything(tmp_path / "cache") == []


def test_a_file_of_another_size_is_removed(publisher, tmp_path):
    publisher.files["/cnn.pth"] = CONTENT
    file = RemoteFile("cnn.pth", size=len(CONTENT) + 1, url=f"{publisher.url}/cnn.pth")
    with pytest.raises(EncoderError, match="its size or digest differs"):
        locate(Weights("7", (file,), name="cnn"))
    assert everything(tmp_path / "cache") == []


def test_several_that_want_one_file_fetch_it_once(single, publisher):
    with ThreadPoolExecutor(4) as pool:
        paths = {found.path for found in pool.map(fetch, [single] * 4)}
    assert len(paths) == 1
    assert publisher.gets == ["/cnn.pth"]


def test_processes_that_want_one_file_fetch_it_once(publisher):
    publisher.files["/cnn.pth"] = CONTENT
    code = (
        "import sys; from wetdry.encoders.weights.sources import Weights, fetch\n"
        "from wetdry.remote.files import RemoteFile\n"
        "print(fetch(Weights('7', (RemoteFile('cnn.pth', sys.argv[1], url=sys.argv[2]),), name='cnn')).path)"
    )
    command = [sys.executable, "-c", code, SHA256, f"{publisher.url}/cnn.pth"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    paths = {process.communicate()[0].strip() for process in running}
    assert [Path(path).read_bytes() for path in paths] == [CONTENT]
    assert publisher.gets == ["/cnn.pth"]


def test_what_a_killed_process_left_is_overwritten(single, tmp_path):
    left = tmp_path / "cache" / "encoders" / "cnn.pth-7" / ".cnn.pth.part"
    left.parent.mkdir(parents=True)
    left.write_bytes(CONTENT * 2)
    assert fetch(single).path.read_bytes() == CONTENT
    assert not left.exists()


def test_without_a_connection_one_sentence_says_where_to_put_the_file():
    file = RemoteFile("cnn.pth", url=f"{CLOSED}/cnn.pth")
    with pytest.raises(EncoderError) as caught:
        locate(Weights("7", (file,), name="cnn"))
    assert str(caught.value) == (
        f"cnn: its weights are not on this machine and {CLOSED}/cnn.pth cannot be reached; "
        "run `wetdry encoders fetch cnn` with a connection, or give a copy as cnn:/folder/cnn.pth."
    )


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "asks who you are; accept its conditions"),
        (403, "refuses access; accept its conditions"),
        (404, "is not there; look for a newer wetdry"),
        (503, "answers with error 503; try again later"),
    ],
)
def test_the_answer_of_a_server_is_put_into_words(single, publisher, status, sentence):
    publisher.status = status
    with pytest.raises(EncoderError, match=rf"cnn\.pth {sentence}"):
        locate(single)


def test_a_cache_that_cannot_be_written_gets_one_sentence(single, tmp_path):
    (tmp_path / "cache").write_text("a file where the folder would be")
    with pytest.raises(EncoderError, match=r"cannot be written; set WETDRY_CACHE .* to a folder that can be written"):
        locate(single)


def test_a_full_disk_gets_one_sentence_and_leaves_nothing(publisher, tmp_path):
    publisher.files["/cnn.pth"] = CONTENT
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from wetdry.encoders.weights.sources import Weights, fetch\n"
        "from wetdry.remote.files import RemoteFile\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000))\n"
        "fetch(Weights('7', (RemoteFile('cnn.pth', url=sys.argv[1]),), name='cnn'))"
    )
    run = subprocess.run([sys.executable, "-c", code, f"{publisher.url}/cnn.pth"], capture_output=True, text=True)
    assert "EncoderError: cnn: its weights are not on this machine and there is no room on the disk; make" in run.stderr
    assert everything(tmp_path / "cache") == []


# What is in the cache


def test_an_altered_file_is_refused_and_fetched_again_on_demand(single, publisher):
    path = fetch(single).path
    path.write_bytes(CONTENT[::-1])
    with pytest.raises(
        EncoderError, match=r"cnn\.pth: differs from what was published; fetch it again with `wetdry enc"
    ):
        locate(single)
    assert fetch(single).path.read_bytes() == CONTENT
    assert len(publisher.gets) == 2


def test_a_file_is_hashed_once_and_again_when_it_has_changed(single, monkeypatch):
    hashed = []
    monkeypatch.setattr(digests, "WORTH_REMEMBERING", 1)
    monkeypatch.setitem(digests.KINDS, "sha256", lambda size: hashed.append(size) or hashlib.sha256())
    path = fetch(single).path
    locate(single)
    hashed.clear()
    locate(single)
    assert hashed == []
    path.write_bytes(CONTENT[::-1])
    os.utime(path, ns=(1, 1))
    with pytest.raises(EncoderError, match="differs from what was published"):
        locate(single)
    assert hashed


def test_a_torn_note_of_a_digest_is_not_believed(single, tmp_path, monkeypatch):
    monkeypatch.setattr(digests, "WORTH_REMEMBERING", 1)
    fetch(single)
    for note in (tmp_path / "cache" / ".digests").iterdir():
        note.write_text(note.read_text()[:20])
    assert locate(single).origin == "cache"


def test_a_cache_that_cannot_remember_still_verifies(single, tmp_path, monkeypatch):
    monkeypatch.setattr(digests, "WORTH_REMEMBERING", 1)
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / ".digests").write_text("a file where the folder would be")
    fetch(single)
    assert locate(single).origin == "cache"


# Files of the hub


def test_files_that_the_hubs_library_has_are_used_without_asking():
    snapshot = in_hub_cache({"config.json": b"{}", "model.bin": CONTENT})
    found = locate(NET)
    assert (found.path, found.origin) == (snapshot, "cache")


@pytest.mark.parametrize("name", ["config.json", "model.bin"])
def test_a_blob_that_is_not_what_its_name_says_is_refused(name):
    snapshot = in_hub_cache({"config.json": b"{}", "model.bin": CONTENT})
    (snapshot / name).resolve().write_bytes(b"altered")
    with pytest.raises(EncoderError, match=f"{re.escape(name)}: differs from what was published"):
        locate(NET)


def test_a_repository_is_fetched_into_the_cache_of_the_hubs_library(repository, publisher, capsys):
    first, second = locate(repository), locate(repository)
    assert (first.origin, second.origin) == ("download", "cache")
    assert first.path == second.path == hub.snapshot_folder("org/net", COMMIT)
    assert (first.path / "config.json").read_bytes() == b"{}"
    assert (first.path / "model.bin").read_bytes() == CONTENT
    assert len(publisher.gets) == 2
    assert "wetdry: fetching net (1 MB) from https://huggingface.co/org/net\n" in capsys.readouterr().err


def test_only_what_is_missing_or_wrong_is_fetched(repository, publisher):
    snapshot = in_hub_cache({"config.json": b"{}", "model.bin": CONTENT})
    (snapshot / "model.bin").resolve().write_bytes(b"damaged")
    assert fetch(repository).path == snapshot
    assert (snapshot / "model.bin").read_bytes() == CONTENT
    assert [path.rpartition("/")[2] for path in publisher.gets] == ["model.bin"]


def test_a_repository_that_gives_another_file_is_not_believed(repository, publisher):
    publisher.files[f"/org/net/resolve/{COMMIT}/model.bin"] = b"another file"
    with pytest.raises(EncoderError, match=r"the hub gives for model\.bin is not the published file"):
        locate(repository)
    with pytest.raises(EncoderError, match=r"model\.bin: differs from what was published"):
        locate(repository)


def test_a_file_of_another_program_is_not_deleted_on_suspicion(repository, publisher):
    """What the hub itself vouches for stays in the cache that is shared, though it is not what is wanted here."""
    publisher.files[f"/org/net/resolve/{COMMIT}/model.bin"] = b"another file"
    snapshot = in_hub_cache({"config.json": b"{}", "model.bin": b"another file"})
    with pytest.raises(EncoderError, match="is not the published file"):
        fetch(repository)
    assert (snapshot / "model.bin").read_bytes() == b"another file"


@pytest.mark.parametrize(("status", "sentence"), [(403, "refuses access"), (404, "is not there")])
def test_the_answer_of_the_hub_is_put_into_words(repository, publisher, status, sentence):
    publisher.status = status
    with pytest.raises(
        EncoderError, match=f"^net: its weights are not on this machine and {publisher.url}/org/net {sentence}"
    ):
        locate(repository)


def test_without_the_hub_one_sentence_says_which_files_are_needed():
    with pytest.raises(EncoderError) as caught:
        locate(NET)
    assert str(caught.value) == (
        f"net: its weights are not on this machine and {CLOSED}/org/net cannot be reached; "
        "run `wetdry encoders fetch net` with a connection, or give a copy as net:/folder (config.json, model.bin)."
    )


def test_the_hub_is_not_asked_when_the_user_says_so(repository, publisher, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(EncoderError, match="is not asked, since HF_HUB_OFFLINE is set"):
        locate(repository)
    assert publisher.gets == []


def test_without_the_hubs_library_one_sentence_says_how_to_get_it(repository, monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(MissingPackageError, match=r'needs huggingface_hub; .*pip install "wetdry\[models\]"'):
        locate(repository)


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"HF_HOME": "/a/home"},
        {"HF_HOME": "~/mine", "XDG_CACHE_HOME": "/x"},
        {"XDG_CACHE_HOME": "/x"},
        {"HF_HUB_CACHE": "$HOME/hub", "HF_HOME": "/a/home"},
        {"HUGGINGFACE_HUB_CACHE": "/older"},
    ],
)
def test_the_cache_folder_is_that_of_the_hubs_library(environment, monkeypatch):
    from huggingface_hub import constants

    for name in ("HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    read_anew = {"__name__": "constants", "__package__": "huggingface_hub"}
    exec(compile(Path(constants.__file__).read_text(), constants.__file__, "exec"), read_anew)  # noqa: S102
    assert hub.hub_cache() == Path(read_anew["HF_HUB_CACHE"])


# A package that carries them


@pytest.fixture
def carried(tmp_path, monkeypatch):
    (tmp_path / "site" / "carrier" / "model").mkdir(parents=True)
    (tmp_path / "site" / "carrier" / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(tmp_path / "site")
    return Weights("7", (RemoteFile("x", url=f"{CLOSED}/x"),), package="a-carrier:carrier/model", name="x")


def test_a_package_on_this_machine_comes_before_the_network(carried, tmp_path):
    found = locate(carried)
    assert (found.path, found.origin) == (tmp_path / "site" / "carrier" / "model", "package")


def test_what_comes_from_a_package_has_a_revision_of_its_own(carried, single):
    """Its parameters may be rounded: they must not be stored under the publisher's commit."""
    assert revision_at_hand(carried) == "a-carrier"
    folder = cache_folder() / "encoders" / "x-7"
    folder.mkdir(parents=True)
    (folder / "x").write_bytes(b"as published")
    assert revision_at_hand(carried) == "7"
    assert revision_at_hand(single) == single.revision[:12]


def test_a_package_that_is_not_installed_serves_nobody():
    with pytest.raises(EncoderError, match="cannot be reached"):
        locate(Weights("7", (RemoteFile("x", url=f"{CLOSED}/x"),), package="a-carrier:no_such_carrier/model", name="x"))


# State, and copies from elsewhere


def test_the_state_says_what_is_here(carried, single, monkeypatch):
    assert state(single) == "not fetched (1 MB)"
    assert state(Weights("7", (RemoteFile("x"),), name="x")) == "not fetched"
    assert state(carried) == "in a-carrier"
    fetch(single)
    assert state(single) == "cached"
    monkeypatch.setattr(weights_module, "missing", lambda module: module == "torch")
    assert state(single) == 'needs pip install "wetdry[models]"'


def test_a_copy_of_the_users_is_kept_where_it_will_be_found(tmp_path, single):
    (tmp_path / "renamed.bin").write_bytes(CONTENT)
    keep_copy(single, tmp_path / "renamed.bin")
    found = locate(single)
    assert (found.origin, found.path.name) == ("cache", "cnn.pth")


def test_a_folder_of_the_users_is_kept_where_it_will_be_found(tmp_path):
    (tmp_path / "config.json").write_bytes(b"{}")
    (tmp_path / "model.bin").write_bytes(CONTENT)
    kept = keep_copy(NET, tmp_path).path
    assert kept == tmp_path / "cache" / "encoders" / f"org--net-{COMMIT[:12]}"
    assert locate(NET).path == kept


@pytest.mark.parametrize(
    ("give", "sentence"),
    [
        ("model.bin", r"model\.bin: is one file; give the folder that holds config\.json, model\.bin"),
        (".", r"config\.json: no such file; give the folder that holds config\.json, model\.bin"),
    ],
)
def test_a_copy_that_is_not_whole_gets_one_sentence(tmp_path, give, sentence):
    (tmp_path / "model.bin").write_bytes(CONTENT)
    with pytest.raises(EncoderError, match=sentence):
        keep_copy(NET, tmp_path / give)


def test_a_copy_of_another_file_is_not_kept(tmp_path, single):
    (tmp_path / "cnn.pth").write_bytes(CONTENT[::-1])
    with pytest.raises(
        EncoderError, match=r"cnn\.pth: is not the published cnn\.pth, since its size or digest differs"
    ):
        keep_copy(single, tmp_path / "cnn.pth")
    assert everything(tmp_path / "cache") == []


def test_a_damaged_copy_does_not_hide_a_good_one(tmp_path, repository):
    (tmp_path / "config.json").write_bytes(b"{}")
    (tmp_path / "model.bin").write_bytes(CONTENT)
    kept = keep_copy(repository, tmp_path).path
    (kept / "model.bin").write_bytes(b"damaged")
    with pytest.raises(EncoderError, match="differs from what was published"):
        locate(repository)
    fetch(repository)
    assert locate(repository).path == hub.snapshot_folder("org/net", COMMIT)


# The table of what publishers offer


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_entry_is_pinned(name):
    weights = PUBLISHED[name]
    assert weights.name == name
    assert weights.files
    assert bool(weights.repository) != all(file.url for file in weights.files)
    assert not weights.repository or re.fullmatch(r"[0-9a-f]{40}", weights.revision)
    assert len({file.name for file in weights.files}) == len(weights.files)
    for file in weights.files:
        assert re.fullmatch(r"|sha256:[0-9a-f]{64}|md5:[0-9a-f]{32}|git:[0-9a-f]{40}", file.digest)
        assert file.url == "" or (file.url.startswith("https://") and file.digest)
