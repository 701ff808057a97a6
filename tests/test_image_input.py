"""Pictures of every mode open as upright RGB; what is no picture is refused in plain words."""

import builtins
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from encoders.image_input import PictureConfig, check_file, open_picture, to_tensor
from kernels.errors import UserError


def save(image: Image.Image, path: Path, **options) -> Path:
    image.save(path, **options)
    return path


def test_orientation_is_applied_and_the_size_is_that_of_the_upright_picture(tmp_path):
    image = Image.new("RGB", (40, 20), "white")
    image.putpixel((0, 0), (255, 0, 0))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright: turn clockwise
    opened = open_picture(save(image, tmp_path / "a.png", exif=exif))
    assert opened.size == (20, 40) and opened.info["original_size"] == (20, 40)
    assert opened.getpixel((19, 0)) == (255, 0, 0)


@pytest.mark.parametrize(
    ("mode", "colour", "suffix", "expected"),
    [
        ("L", 128, "png", (128, 128, 128)),
        ("1", 1, "png", (255, 255, 255)),
        ("P", 0, "gif", (0, 0, 0)),
        ("CMYK", (0, 255, 255, 0), "tif", (255, 0, 0)),
        ("I;16", 32768, "png", (128, 128, 128)),
        ("F", 0.5, "tif", (127, 127, 127)),
        ("RGBA", (255, 0, 0, 0), "png", (255, 255, 255)),
        ("LA", (0, 255), "png", (0, 0, 0)),
    ],
)
def test_every_mode_becomes_rgb(tmp_path, mode, colour, suffix, expected):
    opened = open_picture(save(Image.new(mode, (8, 6), colour), tmp_path / f"a.{suffix}"))
    assert opened.mode == "RGB" and opened.size == (8, 6)
    assert np.abs(np.array(opened.getpixel((3, 3))) - expected).max() <= 1


def test_white_writing_on_a_transparent_ground_stays_visible(tmp_path):
    image = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    image.paste((255, 255, 255, 255), (16, 16, 48, 48))
    opened = open_picture(save(image, tmp_path / "a.png"))
    assert opened.getpixel((0, 0)) == (0, 0, 0) and opened.getpixel((32, 32)) == (255, 255, 255)


def test_animations_give_their_first_frame(tmp_path):
    frames = [Image.new("RGB", (10, 10), colour) for colour in ("red", "blue")]
    path = tmp_path / "a.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    assert open_picture(path).getpixel((5, 5)) == (255, 0, 0) or open_picture(path).getpixel((5, 5))[0] > 250


@pytest.mark.parametrize("size", [(1, 1), (10000, 10), (3, 5000)])
def test_odd_shapes_open(tmp_path, size):
    assert open_picture(save(Image.new("RGB", size), tmp_path / "a.png")).size == size


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_large_pictures_are_shrunk_and_remember_their_size(tmp_path, suffix):
    opened = open_picture(save(Image.new("RGB", (2000, 1000), "red"), tmp_path / f"a.{suffix}"), max_pixels=200_000)
    assert opened.size[0] * opened.size[1] <= 205_000 and abs(opened.size[0] / opened.size[1] - 2) < 0.02
    assert opened.info["original_size"] == (2000, 1000)


@pytest.mark.parametrize("fit", ["stretch", "crop", "pad"])
def test_tensors_have_the_models_size_and_scale(fit):
    config = PictureConfig((24, 32), (0.5, 0.5, 0.5), (0.5, 0.5, 0.5), fit=fit)
    tensor_B3HW = to_tensor([Image.new("RGB", (100, 40), "white"), Image.new("RGB", (40, 100), "white")], config)
    assert tensor_B3HW.shape == (2, 3, 24, 32)
    assert tensor_B3HW[:, :, 12, 16].allclose(tensor_B3HW.new_ones(2, 3))


def test_crop_keeps_the_middle():
    image = Image.new("RGB", (90, 30), "black")
    image.paste((255, 255, 255), (30, 0, 60, 30))
    tensor_B3HW = to_tensor([image], PictureConfig((30, 30), (0.0,) * 3, (1.0,) * 3, "bilinear", "crop"))
    assert tensor_B3HW.mean() > 0.95


def refused(path: Path) -> UserError:
    with pytest.raises(UserError) as caught:
        open_picture(path)
    assert caught.value.text.endswith(".") and caught.value.remedy.endswith((".", path.name))
    return caught.value


def test_refusals_name_the_trouble(tmp_path):
    good = save(Image.effect_noise((200, 200), 90), tmp_path / "good.png")
    (tmp_path / "empty.png").touch()
    (tmp_path / "cut.png").write_bytes(good.read_bytes()[:9000])
    (tmp_path / "text.jpg").write_text("not a picture at all")
    (tmp_path / "paper.jpg").write_bytes(b"%PDF-1.7 and so on")
    (tmp_path / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    assert "no file" in refused(tmp_path / "none.png").text
    assert "folder" in refused(tmp_path).text
    assert "empty" in refused(tmp_path / "empty.png").text
    assert "cut short" in refused(tmp_path / "cut.png").text
    assert "not a picture" in refused(tmp_path / "text.jpg").text
    assert "antigone read" in refused(tmp_path / "paper.jpg").remedy
    assert "HEIC" in refused(tmp_path / "phone.heic").text
    assert "name" in refused(tmp_path / "a\0b.png").text


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_without_waiting_on_it(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    assert "not an ordinary file" in refused(tmp_path / "pipe.png").text


def test_no_permission_is_said(tmp_path, monkeypatch):
    path = save(Image.new("RGB", (4, 4)), tmp_path / "a.png")

    def closed(*arguments, **options):
        raise PermissionError

    monkeypatch.setattr(builtins, "open", closed)
    with pytest.raises(UserError, match="no permission"):
        check_file(path)


def test_importing_needs_neither_pillow_nor_torch():
    code = "import sys, encoders.image_input; print([m for m in ('PIL', 'torch', 'cv2') if m in sys.modules])"
    root = Path(__file__).parents[1]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True).stdout.strip() == "[]"
