"""Picture preprocessing equals transformers' own processors, on pictures of every mode; wrong files are refused."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps

from encoders.image_input import open_picture
from encoders.image_processors import ProcessorConfig, prepare, processor_config, read_processor
from kernels.errors import UserError

transformers = pytest.importorskip("transformers")
GROCERY = Path(__file__).resolve().parents[2] / "shared" / "data" / "grocery" / "iconic-images-and-descriptions"
KINDS = {
    "vit": ("ViTImageProcessor", {}),
    "vit-384": ("ViTImageProcessor", {"size": {"height": 60, "width": 42}, "image_mean": [0.4, 0.5, 0.6]}),
    "deit": ("DeiTImageProcessor", {}),
    "deit-plain": ("DeiTImageProcessor", {"do_center_crop": False, "size": {"height": 48, "width": 48}}),
    "beit": ("BeitImageProcessor", {}),
    "clip": ("CLIPImageProcessor", {}),
    "clip-pads": ("CLIPImageProcessor", {"size": {"shortest_edge": 31}, "crop_size": {"height": 57, "width": 90}}),
    "siglip": ("SiglipImageProcessor", {"size": {"height": 96, "width": 96}}),
    "siglip-raw": ("SiglipImageProcessor", {"do_normalize": False}),
    "blip": ("BlipImageProcessor", {}),
    "blip-nearest": ("BlipImageProcessor", {"resample": 0, "do_rescale": False, "do_normalize": False}),
}
MODES = ("L", "RGBA", "CMYK", "P", "LA", "exif", "small", "1")


def photo() -> Image.Image:
    """A real photo where the recordings and photos lie beside the repository, else one made of soft noise."""
    found = sorted(GROCERY.rglob("*.jpg"))
    if found:
        return Image.open(found[len(found) // 2]).convert("RGB").resize((211, 163))
    noise = np.random.default_rng(5).integers(0, 256, (41, 53, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((211, 163), Image.Resampling.BICUBIC)


def saved(mode: str, folder: Path) -> Path:
    picture, path = photo(), folder / f"{mode}.png"
    if mode == "exif":
        exif = Image.Exif()
        exif[0x0112] = 6
        path = folder / "turned.jpg"
        picture.save(path, exif=exif, quality=95)
        return path
    if mode == "CMYK":
        path = folder / "cmyk.tif"
        picture.convert("CMYK").save(path)
        return path
    if mode in ("RGBA", "LA"):  # dark, since light print without a ground is laid on black here
        picture = picture.point(lambda value: value // 2).convert(mode)
        picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    elif mode == "tall":
        picture = picture.resize((67, 611))
    elif mode == "small":
        picture = picture.resize((19, 14))
    elif mode != "RGB":
        picture = picture.convert(mode)
    picture.save(path)
    return path


@pytest.mark.parametrize(
    ("kind", "mode"), [(kind, mode) for kind in KINDS for mode in ("RGB", "tall")] + [("vit", mode) for mode in MODES]
)
def test_pixels_equal_transformers(tmp_path, kind, mode):
    name, options = KINDS[kind]
    theirs = getattr(transformers, name)(**options)
    theirs.save_pretrained(tmp_path)
    path = saved(mode, tmp_path)
    upright = ImageOps.exif_transpose(Image.open(path))  # as their load_image does
    rgb = transformers.image_transforms.convert_to_rgb(upright, return_numpy=True)
    want = theirs(rgb, return_tensors="pt", input_data_format="channels_last")["pixel_values"]
    ours = prepare([open_picture(path)], read_processor(tmp_path))
    assert ours.shape == want.shape
    assert (ours - want).abs().max() < 1e-3


def test_sixteen_bits_are_scaled_not_clipped(tmp_path):
    grey = np.asarray(photo().convert("L"))
    Image.fromarray(grey.astype(np.uint16) * 256 + 37).save(tmp_path / "deep.png")
    theirs = transformers.ViTImageProcessor()
    want = theirs(Image.fromarray(grey).convert("RGB"), return_tensors="pt")["pixel_values"]
    config = processor_config({"image_processor_type": "ViTImageProcessor"})
    torch.testing.assert_close(prepare([open_picture(tmp_path / "deep.png")], config), want, atol=1e-3, rtol=0)


def test_a_batch_equals_its_pictures_one_by_one():
    pictures = [photo(), photo().resize((90, 201))]
    config = processor_config({"image_processor_type": "CLIPImageProcessor"})
    torch.testing.assert_close(prepare(pictures, config), torch.cat([prepare([p], config) for p in pictures]))
    with pytest.raises(ValueError, match="differ in size"):
        prepare(pictures, ProcessorConfig(resize=None))


@pytest.mark.parametrize(
    ("values", "want"),
    [
        ({"feature_extractor_type": "ViTFeatureExtractor", "size": 384}, (384, 384)),
        ({"feature_extractor_type": "DeiTFeatureExtractor", "size": 384, "do_center_crop": False}, (384, 384)),
        ({"feature_extractor_type": "CLIPFeatureExtractor", "size": 224, "crop_size": 224}, (224, 224)),
        ({"image_processor_type": "SiglipImageProcessorFast", "size": {"height": 8, "width": 9}}, (8, 9)),
    ],
    ids=["vit", "deit", "clip", "fast"],
)
def test_older_files_are_understood(values, want):
    config = processor_config(values)
    assert config.size == want
    assert (config.shortest is None) == ("CLIP" not in str(values))


def test_a_processor_within_a_processor_config(tmp_path):
    inner = {"image_processor_type": "BlipImageProcessor", "size": {"height": 30, "width": 30}}
    (tmp_path / "processor_config.json").write_text(json.dumps({"image_processor": inner}))
    assert read_processor(tmp_path).size == (30, 30)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"image_processor_type": "Owlv2ImageProcessor"}, "Owlv2ImageProcessor"),
        ({"size": {"height": 0, "width": 5}}, "size"),
        ({"size": {"longest_edge": 5}}, "size"),
        ({"size": {"height": 10**9, "width": 10**9}}, "size"),
        ({"size": "big"}, "size"),
        ({"crop_size": {"shortest_edge": 5}, "do_center_crop": True}, "crop_size"),
        ({"resample": 17}, "resample"),
        ({"rescale_factor": 0}, "rescale_factor"),
        ({"image_mean": [1, 2]}, "image_mean"),
        ({"image_std": [1, 0, 1]}, "image_std"),
        ({"do_resize": "yes"}, "do_resize"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_field_is_named(tmp_path, change, named):
    path = tmp_path / "preprocessor_config.json"
    path.write_text(json.dumps({"image_processor_type": "ViTImageProcessor"} | change))
    with pytest.raises(UserError, match=named) as caught:
        read_processor(tmp_path)
    assert "ViTImageProcessor" in str(caught.value) or "preprocessor_config.json" in str(caught.value)


def test_no_processor_file(tmp_path):
    with pytest.raises(UserError, match=r"preprocessor_config\.json"):
        read_processor(tmp_path)
