"""How two workers share the suite: files that load the same large library stay together, and the longest begin first.

A file's tests all run in one worker, so that what a module loads is loaded once. Left to themselves, files of few but
long tests would come last and leave the other worker idle.
"""

from collections.abc import Mapping, Sequence

ROOMS: Mapping[str, Sequence[str]] = {
    "transformers": (  # importing its models of pictures takes as long as all of these tests
        "test_captioners.py", "test_captioners_published.py", "test_describe_model.py", "test_image_processors.py",
        "test_mllama.py", "test_picture_talk.py", "test_vision.py", "test_audio.py", "test_decoder_parity.py",
        "test_decoder_generate.py", "test_families.py", "test_text_encoder.py", "test_whisper_hf.py",
        "test_language_folder.py",
    ),
}  # fmt: skip
"""Files of one process, by what they share."""

LONG = (
    "transformers", "test_page.py", "test_page_look.py", "test_page_views.py", "test_hearing.py", "test_streaming.py",
    "test_attacks.py", "test_spoken_errands.py", "test_spoken_questions.py", "test_offline.py", "test_speech.py",
    "test_audio_input.py", "test_whisper_draft.py", "test_reading.py", "test_voice_loop.py", "test_ear.py",
    "test_hearing_batch.py", "test_brain.py", "test_voice_socket.py", "test_transcribe_live.py", "test_transcribe.py",
    "test_pictures_tools.py", "test_pulled_models.py", "test_layers.py", "test_page_security.py", "test_house.py",
    "test_launch.py", "test_ask.py", "test_mcp_joining.py", "test_mcp.py", "test_router.py", "test_mcp_serve.py",
    "test_endpoint.py", "test_mcp_commands.py", "test_documents.py", "test_documents_page.py",
    "test_kernels_fused.py", "test_kernels_attention.py", "test_kernels_decode.py", "test_kernels_quantized.py",
    "test_gpu_bench.py", "test_gpu_steps.py", "test_eyes_training.py", "test_eyes_model.py", "test_sight.py",
)  # fmt: skip
"""What takes longest, first; the rest may follow in any order."""

_ROOM_OF = {file: room for room, files in ROOMS.items() for file in files}


def room(nodeid: str) -> str:
    """What the test runs together with: its room, or else its file."""
    file = nodeid.partition("::")[0]
    return _ROOM_OF.get(file.rpartition("/")[2], file)


def order(nodeid: str, browser: bool = False) -> tuple[int, bool, str]:
    """A sort key: long rooms and files first, then what drives a browser, each in one piece."""
    here = room(nodeid)
    name = here.rpartition("/")[2]
    return (LONG.index(name) if name in LONG else len(LONG)), not browser, here
