"""The commands about encoders: a list that is quick, all of one, and weights brought into the cache."""

import hashlib
import json
import subprocess
import sys
from functools import partial

import numpy as np
import pytest

from wetdry.audio import Windows
from wetdry.encoders import Encoder, EncoderSpec, Layer, base, complete, encoders
from wetdry.encoders.weights.files import Weights
from wetdry.remote.files import RemoteFile

CONTENT = b"parameters"


class Toy(Encoder):
    """An encoder whose one file of weights nobody publishes."""

    def __init__(self, where=None, device="auto", dtype="fp32"):
        self.options = (where, device, dtype)

    @property
    def spec(self):
        return EncoderSpec(
            name="toy",
            revision="5",
            sample_rate=22_050,
            windows=Windows(1.0),
            layers=(Layer("first", 3, "the first layer"), Layer("last", 7, "the last layer")),
            default_layer="last",
            licence="CC0-1.0",
            about="a toy",
            normalisation="each window is brought to unit variance",
            hears_level=False,
            longest_window=2.0,
        )

    @property
    def weights(self):
        digest = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
        files = (RemoteFile("toy.bin", digest, len(CONTENT), "http://127.0.0.1:9/toy.bin"), RemoteFile("toy.json"))
        return Weights("5", files, name="toy")

    def forward(self, prepared, layers):
        return {layer: np.zeros((len(prepared), self.spec.layer(layer).dim), np.float32) for layer in layers}


@pytest.fixture
def wetdry(run_wetdry, monkeypatch, tmp_path):
    """`wetdry encoders` with empty caches and one more encoder."""
    monkeypatch.setenv("WETDRY_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setitem(encoders._things, "toy", Toy)
    monkeypatch.setattr(base, "_made", {})
    return partial(run_wetdry, "encoders")


@pytest.fixture
def mine(tmp_path):
    """A folder with the toy's weights."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "toy.bin").write_bytes(CONTENT)
    (folder / "toy.json").write_bytes(b"{}")
    return folder


def line_of(name, printed):
    """The first line that begins with the word."""
    lines = [line for line in printed.splitlines() if line.split()[:1] == [name]]
    assert lines, f"no line of {name} in {printed}"
    return lines[0]


def words(line):
    return " ".join(line.split())


def test_the_list_has_a_line_for_each(wetdry):
    code, printed, errors = wetdry()
    assert (code, errors) == (0, "")
    assert words(line_of("vibenet", printed)) == "vibenet 16 1280 10s GPL-3.0-or-later yes"
    assert words(line_of("toy", printed)) == "toy 22.05 7 1s CC0-1.0 no (1 MB)"
    assert all(line_of(name if complete(name) else f"{name}:…", printed) for name in encoders.names())


def test_each_has_one_line_in_a_narrow_terminal(wetdry):
    printed = wetdry(width=80)[1]
    lines = [line.rstrip() for line in printed.splitlines()]
    assert max(len(line) for line in lines) <= 80
    rows = lines[2 : 2 + len([name for name in encoders.names() if complete(name)])]
    assert [row.split()[0] for row in rows] == [name for name in encoders.names() if complete(name)]


def test_without_torch_the_list_says_once_what_is_missing(wetdry, monkeypatch):
    monkeypatch.setattr("wetdry.extras.find_spec", lambda _: None)
    printed = wetdry(width=80)[1]
    assert printed.count("wetdry[models]") == 1
    assert 'torch: install it with pip install "wetdry[models]".' in printed


def test_json_keeps_the_whole_specification(wetdry):
    rows = {row["name"]: row for row in json.loads(wetdry("--json")[1])}
    assert rows["toy"]["state"] == "not fetched (1 MB)"
    assert rows["toy"]["layers"][1] == {"name": "last", "dim": 7, "about": "the last layer", "labels": []}
    assert rows["toy"]["hears_level"] is False
    assert rows["vibenet"]["state"] == "ready"


def test_the_list_imports_no_framework_and_reads_no_weights():
    script = (
        "import sys; sys.argv = ['wetdry', 'encoders']; from wetdry.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print([m for m in ('torch', 'transformers', 'huggingface_hub', 'librosa', 'onnxruntime') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout.splitlines()[-1] == "[]"


def test_info_shows_all_of_one(wetdry):
    code, printed, errors = wetdry("info", "toy")
    assert (code, errors) == (0, "")
    for fact in (
        "revision 5",
        "a toy",
        "CC0-1.0",
        "22.05 kHz",
        "1 s, at most 2 s",
        "not heard: a gain changes nothing",
        "each window is brought to unit variance",
        "CPU or GPU, in fp32, bf16 or fp16",
        "not fetched (1 MB)",
        "http://127.0.0.1:9/toy.bin",
        f"toy.bin, 1 MB, sha256:{hashlib.sha256(CONTENT).hexdigest()}",
        "toy.json, pinned by the revision",
        "nothing yet",
    ):
        assert fact in printed
    assert words(line_of("first", printed)) == "first 3 the first layer"
    assert words(line_of("last", printed)) == "last 7 default the last layer"


def test_info_of_one_that_comes_whole_has_no_source(wetdry):
    printed = wetdry("info", "vibenet")[1]
    assert "ready" in printed
    assert "CPU, in fp32" in printed
    assert "heard" in printed
    assert "source" not in printed


def test_info_of_weights_of_the_users_says_where_they_are(wetdry):
    printed = wetdry("info", "toy:/my/weights")[1]
    assert words(line_of("weights", printed)) == "weights /my/weights"
    assert "127.0.0.1" not in printed


def test_a_copy_is_kept_and_then_known(wetdry, mine, tmp_path):
    code, printed, errors = wetdry("fetch", "toy", "--from", str(mine))
    folder = tmp_path / "cache" / "encoders" / "toy.bin-5"
    assert (code, errors) == (0, "")
    assert printed == f"No digest is known of toy.json; taken as given.\ntoy: 2 files in {folder}\n"
    assert (folder / "toy.bin").read_bytes() == CONTENT
    assert line_of("toy", wetdry()[1]).split()[-1] == "yes"
    assert words(line_of("weights", wetdry("info", "toy")[1])) == "weights cached"
    assert str(folder) in wetdry("info", "toy")[1]
    assert wetdry("fetch", "toy") == (0, f"toy: 2 files in {folder}\n", "")


def test_a_copy_of_another_file_is_refused(wetdry, mine):
    (mine / "toy.bin").write_bytes(b"other bytes")
    code, printed, errors = wetdry("fetch", "toy", "--from", str(mine))
    assert (code, printed) == (2, "")
    assert "toy.bin: is not the published toy.bin" in errors


def test_without_a_connection_one_sentence_says_what_to_do(wetdry):
    code, _, errors = wetdry("fetch", "toy")
    assert code == 2
    assert errors.splitlines()[-1] == (
        "wetdry: toy: its weights are not on this machine and http://127.0.0.1:9/toy.bin cannot be reached; "
        "run `wetdry encoders fetch toy` with a connection, or give a copy as toy:/folder (toy.bin, toy.json)."
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("info", "vibenett"), 'Unknown encoder "vibenett": did you mean "vibenet"?'),
        (("fetch", "handcraftet"), 'Unknown encoder "handcraftet": did you mean "handcrafted"?'),
        (("fetch", "vibenet"), "vibenet comes with its weights; there is nothing to fetch."),
        (
            ("fetch", "toy:mine"),
            "toy:mine: is none of `wetdry encoders`; what it needs is fetched when it is first used.",
        ),
        (
            ("fetch", "hf"),
            "hf: needs to know which model; what hf:ID needs is fetched when it is first used.",
        ),
        (("info", "toy:"), '"toy:" names no file or folder behind its colon; leave out the colon, or name one.'),
        (("info", "hf:x"), "hf:x: is neither a folder here nor an id of the hub; write hf:owner/name."),
        (("info", "vibenet\x1b[2J"), 'Unknown encoder "vibenet [2J": did you mean "vibenet"?'),
        (("fetch", "toy", "--from", "gone"), "gone: no such file or folder of weights; check the path."),
    ],
)
def test_a_wrong_name_or_path_gets_one_sentence(wetdry, arguments, sentence):
    assert wetdry(*arguments) == (2, "", f"wetdry: {sentence}\n")
