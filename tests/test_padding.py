"""Windows that end in padding: what is computed of them, and how the rest follows."""

import pytest
import torch

from encoders.audio import AudioEncoder, pad_window
from encoders.config import AudioConfig
from encoders.padding import MARGIN, Padding, Plan, plan

SMALL = AudioConfig(width=32, layers=3, heads=2, mels=8, positions=400)


@pytest.fixture(scope="module")
def encoder() -> AudioEncoder:
    torch.manual_seed(0)
    return AudioEncoder(SMALL).eval().requires_grad_(False)


def _whole(rows: torch.Tensor, chosen: Plan, padding: Padding) -> torch.Tensor:
    return chosen.fill(rows[:, None], padding.memory_1FD[:, None])[:, 0]


def test_the_window_that_was_kept_comes_out_as_it_was(encoder: AudioEncoder) -> None:
    mel = torch.randn(1, 8, 201)
    padding = encoder.padding(mel)
    torch.testing.assert_close(padding.memory_1FD, encoder(pad_window(mel, SMALL.frames)))
    rows, chosen = encoder.begin(mel, padding)
    assert rows.shape[1] == chosen.own + len(chosen.nodes_N) + len(chosen.landmarks_L) < 300
    torch.testing.assert_close(_whole(rows, chosen, padding), padding.memory_1FD, atol=1e-4, rtol=0)


def test_another_window_comes_nearer_than_by_the_kept_padding_alone(encoder: AudioEncoder) -> None:
    padding, mel = encoder.padding(torch.randn(1, 8, 60)), 2 * torch.randn(1, 8, 140)
    full = encoder(pad_window(mel, SMALL.frames))
    rows, chosen = encoder.begin(mel, padding)
    ours, kept = _whole(rows, chosen, padding), padding.memory_1FD
    assert (ours - full)[:, :70].norm() < 0.01 * full[:, :70].norm()
    assert (ours - full)[:, chosen.own :].norm() < 0.7 * (kept - full)[:, chosen.own :].norm()


@pytest.mark.parametrize("sounding", [1, 100, 374, 375, 376, 400])
def test_every_row_after_the_sound_takes_over_from_the_nodes_or_is_computed(sounding: int) -> None:
    drawn = torch.rand(400, generator=torch.Generator().manual_seed(1))
    chosen = plan(sounding, Padding(torch.zeros(0), torch.zeros(0), torch.zeros(1, 400, 1), drawn, 30))
    assert chosen.own == min(400, max(30, sounding) + MARGIN)
    rest, computed = 400 - chosen.own, torch.cat((chosen.nodes_N, chosen.landmarks_L))
    assert computed.unique().shape == computed.shape and bool((computed >= chosen.own).all())
    assert chosen.blend_RN.shape == (rest, len(chosen.nodes_N))
    if len(chosen.nodes_N):
        torch.testing.assert_close(chosen.blend_RN.sum(1), torch.ones(rest))
        torch.testing.assert_close(chosen.blend_RN[chosen.nodes_N - chosen.own], torch.eye(len(chosen.nodes_N)))
    else:
        assert len(chosen.landmarks_L) == rest  # so near to the end that all is computed
    if rest > len(chosen.landmarks_L):
        passed_over = torch.ones(400, dtype=torch.bool).index_fill_(0, computed, False)
        passed_over[: chosen.own] = False
        assert drawn[passed_over].max() <= drawn[chosen.landmarks_L].min()  # landmarks draw most


def test_movement_between_two_nodes_is_interpolated() -> None:
    chosen = Plan(2, torch.tensor([3, 7]), torch.tensor([9]), torch.tensor([[1.0, 0], [1, 0], [0.75, 0.25], [0.5, 0.5],
                  [0.25, 0.75], [0, 1], [0, 1], [0, 1]]))  # fmt: skip
    rows = torch.tensor([10.0, 20, 4, 8, 90]).view(1, 1, 5, 1)
    whole = chosen.fill(rows, torch.zeros(1, 1, 10, 1)).flatten().tolist()
    assert whole == [10, 20, 4, 4, 5, 6, 7, 8, 8, 90]


def test_a_window_of_the_wrong_shape_is_refused(encoder: AudioEncoder) -> None:
    padding = encoder.padding(torch.randn(1, 8, 60))
    for shape in ((1, 9, 60), (1, 8, 0), (1, 8, 801)):
        with pytest.raises(ValueError, match="mel: expected"):
            encoder.begin(torch.zeros(shape), padding)
