"""No module runs what a file says, and none opens a file of a kind that is not fuzzed: read off the source."""

import ast
from pathlib import Path

import pytest
from fuzzing.rooms import readers_of

import wetdry

ROOT = Path(wetdry.__file__).parent
MODULES = {str(path.relative_to(ROOT)): ast.parse(path.read_text("utf-8")) for path in sorted(ROOT.rglob("*.py"))}

RUNNING = {"pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle", "jsonpickle", "yaml", "xml", "lxml"}
"""Modules that run, or may be made to run, what they read; or that expand it without bound."""
IMPORTED_ALL_THE_SAME = {
    ("encoders/weights/tensors.py", "pickle"): "the class of the error that torch's restricted unpickler raises",
}
CALLED = {"eval", "exec", "compile", "__import__", "system", "popen", "read_pickle", "trust_remote_code"}


def names_of(call):
    """The dotted name of what is called, as far as it is one."""
    parts, node = [], call.func
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id if isinstance(node, ast.Name) else "?", *reversed(parts)])


def calls(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def imports(tree):
    """Top-level packages, of whatever form of import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").partition(".")[0]


def unsafe(path, tree):
    """What in a module runs what it reads, in words."""
    for name in imports(tree):
        if name in RUNNING and (path, name) not in IMPORTED_ALL_THE_SAME:
            yield f"imports {name}"
    for call in calls(tree):
        name, options = names_of(call), {keyword.arg: keyword.value for keyword in call.keywords}
        constants = {key: value.value for key, value in options.items() if isinstance(value, ast.Constant)}
        last = name.rpartition(".")[2]
        if last in CALLED and not (last == "compile" and name == "re.compile") and not _is_method(name, "eval"):
            yield f"calls {name}"
        if name in ("torch.load", "load") and last == "load" and _is_of(name, "torch"):
            yield from () if constants.get("weights_only") is True else ["torch.load without weights_only"]
        if last == "load" and (_is_of(name, "joblib") or _is_of(name, "onnx")):
            yield f"calls {name}"
        if constants.get("allow_pickle", False) or constants.get("trust_remote_code", False):
            yield f"{name} is allowed to run what it reads"
        if constants.get("shell", False):
            yield f"{name} through a shell"
        if name.endswith(("extractall", "unpack_archive")):
            yield f"calls {name}"


def _is_of(name, package):
    return name.partition(".")[0] == package


def _is_method(name, last):
    """`network.eval()` puts a network at rest; `eval()` runs a text."""
    return name.rpartition(".")[2] == last and "." in name


def test_nothing_that_is_read_is_run():
    assert {path: found for path, tree in MODULES.items() if (found := list(unsafe(path, tree)))} == {}


@pytest.mark.parametrize(
    "text",
    [
        "import pickle",
        "from yaml import load",
        "def f():\n    import dill",
        "eval('1')",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "np.load(path, allow_pickle=True)",
        "subprocess.run('ls', shell=True)",
        "joblib.load(path)",
        "AutoModel.from_pretrained(path, trust_remote_code=True)",
        "archive.extractall(folder)",
        "os.system('ls')",
        "pd.read_pickle(path)",
    ],
)
def test_what_would_run_is_noticed(text):
    assert list(unsafe("x.py", ast.parse(text)))


@pytest.mark.parametrize(
    "text",
    ["re.compile('x')", "network.eval()", "torch.load(path, weights_only=True)", "np.load(path)", "json.loads(text)"],
)
def test_what_would_not_is_let_be(text):
    assert not list(unsafe("x.py", ast.parse(text)))


READING = {
    *("read_bytes", "read_text", "safe_open", "load_file", "SoundFile", "soundfile.info", "ZipFile", "h5py.File"),
    *("memmap", "ParquetFile", "read_table", "read_schema", "PrettyMIDI", "torch.load", "from_pretrained", "onnx.load"),
    *("load_from_string", "InferenceSession", "loads", "model_validate_json", "csv.reader", "np.load", "loadtxt"),
}
"""Calls by which files are read, by their ends."""

OURS = "a file of the package itself"
FUZZED = {
    "adapt/stored.py": "adaptation",
    "audio/decode.py": "audio wav",
    "audio/elsewhere.py": "audio wav",
    "datasets/publishing/archive.py": "archive",
    "datasets/reading/performances.py": "MIDI",
    "datasets/reading/tables.py": "csv: manifest",
    "datasets/splits/music2emo.py": "emomusic: train.txt,split=music2emo",
    "effects/chain_files.py": "chains TOML",
    "encoders/clap/checkpoint.py": "network of clap-music: config.json",
    "encoders/clap/text.py": "clap: tokenizer.json",
    "encoders/hf/audio.py": "hf: config.json",
    "encoders/openl3/keras_file.py": "weights: HDF5",
    "encoders/vibenet/graph.py": "vibenet ONNX",
    "encoders/weights/configuration.py": "wav2vec2-base: config.json",
    "encoders/weights/tensors.py": "weights: torch, zip",
    "extract/chunk_file.py": "spectrograms: journal",
    "extract/chunks.py": "spectrograms: index",
    "listening/key.py": "listening: key",
    "listening/results.py": "listening: result",
    "probes/networks/checkpoint.py": "training broken off",
    "remote/digests.py": "note of a digest",
    "store/format.py": "store: vectors",
    "store/store.py": "store: vectors",
    "studies/card_files.py": "probe",
    "studies/checkpoints.py": "part of a study",
}
"""Module that reads files of strangers → a kind of the table of readers by which that is fuzzed."""
NOT_FUZZED = {
    "adapt/features.py": "a file that this process made and maps, and no other opens",
    "datasets/auditing/audit.py": "bytes that are hashed",
    "extract/opening.py": "bytes that are hashed",
    "studies/backing.py": "a file of the operating system, and one that this process made and no other opens",
    "cli/figures.py": "JSON that was made a line before",
    "cli/results.py": "JSON that was made a line before",
    "datasets/sets/etudes/render.py": OURS,
    "encoders/hf/encoder.py": "no file: a registry of transformers",
    "encoders/untrained/graph.py": "a graph whose bytes have the known digest",
    "encoders/vibenet/encoder.py": "a graph whose bytes have the known digest",
    "listening/form.py": OURS,
    "listening/model.py": "bytes that are hashed and then decoded as audio",
    "probes/trees.py": "what XGBoost gave in this process",
    "remote/object_path.py": "bytes for the readers above",
    "report/page.py": OURS,
    "store/media/disk.py": "bytes for store/format.py",
    "studies/jobs.py": "a file of the operating system",
    "studies/shift/trust.py": OURS,
}


def reads(tree):
    return any(names_of(call).endswith(tuple(READING)) for call in calls(tree))


def test_every_module_that_reads_files_is_fuzzed_or_says_why_not():
    reading = {path for path, tree in MODULES.items() if reads(tree)}
    assert reading - FUZZED.keys() - NOT_FUZZED.keys() == set()
    assert not FUZZED.keys() & NOT_FUZZED.keys()
    assert set(FUZZED.values()) <= readers_of().keys()
