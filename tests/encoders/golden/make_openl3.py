"""Makes openl3.npz: what OpenL3's own front end and network compute with random weights.

    python tests/encoders/golden/make_openl3.py PATH/TO/openl3/models.py tests/encoders/golden/openl3.npz

The first argument is a file of openl3 0.4.2; of its package nothing else is needed. Made with kapre 0.4.1,
tensorflow 2.20 (CPU) and tf_keras 2.20.1, librosa 0.11, scikit-learn and h5py, in Python 3.11.
"""

from __future__ import annotations

import os
import sys
import tempfile
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

os.environ["TF_USE_LEGACY_KERAS"] = "1"  # openl3 is written for Keras 2

import numpy as np
import tensorflow as tf

TINY = Path(__file__).parents[2] / "support" / "tiny" / "openl3.py"
KEPT_FRAMES = slice(None, None, 18)
"""Of the spectrograms: the first frame, the last, and nine between."""


def module_at(name: str, path: Path) -> ModuleType:
    spec = spec_from_file_location(name, path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def original(path: Path) -> ModuleType:
    """`openl3.models`, without the rest of its package."""
    package, exceptions = ModuleType("openl3"), ModuleType("openl3.openl3_exceptions")
    package.__path__ = []
    exceptions.OpenL3Error = ValueError
    sys.modules.update({package.__name__: package, exceptions.__name__: exceptions})
    return module_at("openl3.models", path)


def computed(models: ModuleType, weights: Path, representation: str, audio: np.ndarray) -> dict[str, np.ndarray]:
    """The output of the front end, the mean of every block over frequency and time, and both embeddings."""
    small, large = (
        models.load_audio_embedding_model_from_path(str(weights), representation, size) for size in (512, 6144)
    )
    pooled = [layer.output for layer in small.layers if isinstance(layer, tf.keras.layers.MaxPooling2D)][:3]
    front_end = small.get_layer("melspectrogram").get_output_at(-1)  # as called by the network
    layers = [front_end, *pooled, small.get_layer("audio_embedding_layer").output]
    spectrogram, *blocks = tf.keras.Model(small.input, layers).predict(audio, verbose=0)
    means = [block.mean(axis=(1, 2), dtype=np.float64).astype(np.float32) for block in blocks]
    return {
        "spectrogram": spectrogram[:, :, KEPT_FRAMES, 0],
        **{f"block{number}": mean for number, mean in enumerate(means, start=1)},
        "512": small.predict(audio, verbose=0),
        "6144": large.predict(audio, verbose=0),
    }


def main(models_file: str, target: str) -> None:
    tiny = module_at("tiny_openl3", TINY)
    models = original(Path(models_file))
    audio = tiny.windows()[:, np.newaxis]
    golden = {}
    with tempfile.TemporaryDirectory() as folder:
        weights = tiny.write(Path(folder) / "weights.h5", tiny.PUBLISHED_WIDTHS)
        for representation in ("mel128", "mel256"):
            for name, values in computed(models, weights, representation, audio).items():
                golden[f"{representation}-{name}"] = values
    np.savez_compressed(target, **golden)


if __name__ == "__main__":
    main(*sys.argv[1:])
