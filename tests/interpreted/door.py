"""The door with Triton forced: every operation and whole models against their plain twins, operators, torch.compile."""

import logging

import pytest
import torch
from torch import Tensor

from decoder.config import DecoderConfig
from decoder.text import TextDecoder
from kernels import dispatch, operators, operators_inference, packed, reference
from kernels.layers import Block as Layer
from kernels.layers import KeyValueCache, LayerConfig, MemoryConfig, MemoryView
from kernels.static_cache import StaticCache
from tests.kernel_support import DEVICE

CHECKS = ("test_schema", "test_autograd_registration", "test_faketensor")


def draw(*shape: int, dtype: torch.dtype = torch.float32, size: float = 1.0) -> Tensor:
    return (torch.randn(shape, dtype=torch.float64) * size).to(dtype).to(DEVICE)


@pytest.fixture(autouse=True)
def same_numbers() -> None:
    torch.manual_seed(0)


def close(got, want, tolerance: float = 2e-5) -> None:
    torch.testing.assert_close(got, want, atol=tolerance, rtol=tolerance)


def angles(tokens: int, width: int) -> tuple[Tensor, Tensor]:
    turn = draw(tokens, width // 2)
    return turn.cos(), turn.sin()


def test_every_operation_is_its_twin() -> None:
    x, branch, weight, bias = draw(2, 3, 24), draw(2, 3, 24), draw(24), draw(24)
    query, key, value = draw(2, 2, 20, 16), draw(2, 1, 23, 16), draw(2, 1, 23, 16)
    lengths, starts = torch.tensor([23, 0], device=DEVICE), torch.tensor([0, 7, 20], device=DEVICE)
    heads, rotation = draw(2, 3, 8, 16), angles(3, 16)
    rows = tuple(part[0].transpose(0, 1) for part in (query, key[:, :, :20], value[:, :, :20]))
    with dispatch.force("triton"):
        close(dispatch.rms_norm(x, weight, 1e-5), reference.rms_norm(x, weight, 1e-5))
        close(dispatch.layer_norm(x, weight, bias, 1e-5), reference.layer_norm(x, weight, bias, 1e-5))
        close(dispatch.add_rms_norm(x, branch, weight, 1e-5), reference.add_rms_norm(x, branch, weight, 1e-5))
        both = (x, branch, weight, bias, 1e-5)
        close(dispatch.add_layer_norm(*both), reference.add_layer_norm(*both))
        close(dispatch.rope(query[:, :, :3], *rotation), reference.rope(query[:, :, :3], *rotation))
        for kind in ("gelu", "quick_gelu"):
            close(dispatch.activate(x, kind, bias), reference.activate(x, kind, bias))
            close(dispatch.gated(x, kind, bias), reference.gated(x, kind, bias))
        close(dispatch.swiglu(x), reference.gated(x, "silu"))
        for few in (20, 1):
            for options in ({"causal": True}, {"lengths_B": lengths}, {"scale": 0.3}):
                short = query[:, :, :few]
                close(
                    dispatch.attention(short, key, value, **options), reference.attention(short, key, value, **options)
                )
                got = dispatch.attention_with_lse(short, key, value, **options)
                close(got, reference.attention(short, key, value, with_lse=True, **options))
        got = dispatch.attention_packed(*rows, starts, starts, longest=13, causal=True)
        with dispatch.force("reference"):
            close(got, dispatch.attention_packed(*rows, starts, starts, longest=13, causal=True))
        mine, plain = ([torch.zeros(2, 2, 9, 16, device=DEVICE) for _ in range(2)] for _ in range(2))
        for start in (2, torch.tensor([1, 5], device=DEVICE)):
            got = dispatch.store_heads(heads, *mine, start, rotation, (weight[:16], bias[:16]))
            close(got, reference.store_heads(heads, *plain, start, rotation, (weight[:16], bias[:16])))
            close(mine, plain)
        mine[1] = torch.zeros(2, 2, 16, 9, device=DEVICE).transpose(2, 3)  # not laid out as the keys
        dispatch.store_heads(heads, *mine, 4, rotation)
        plain = [torch.zeros(2, 2, 9, 16, device=DEVICE), torch.zeros(2, 2, 9, 16, device=DEVICE)]
        reference.store_heads(heads, *plain, 4, rotation)
        close(mine[1], plain[1])
        weight_VD, targets = draw(50, 24), torch.randint(50, (6,), device=DEVICE)
        flat = x.flatten(0, 1)
        loss = reference.linear_cross_entropy(flat, weight_VD, targets)
        close(dispatch.linear_cross_entropy(flat, weight_VD, targets), loss)
        sound, filters = draw(1, 900), draw(8, 201).abs()
        close(dispatch.log_mel(sound, filters, span=8.0), reference.log_mel(sound, filters, span=8.0), 1e-3)


def test_a_memory_of_one_row_and_a_cache_of_codes() -> None:
    key, value = draw(1, 1, 40, 16), draw(1, 1, 40, 16)
    whole = [part.expand(3, -1, -1, -1) for part in (key, value)]
    codes = [packed.quantize_tokens(part, torch.int8) for part in (key, value)]
    numbers = [(part.float() * scales[..., None]).expand(3, -1, -1, -1) for part, scales in codes]
    for tokens in (2, 18):
        query, seen = draw(3, 2, tokens, 16), torch.rand(3, 1, tokens, 40, device=DEVICE) < 0.5
        for options in ({"bias": seen}, {"bias": seen[:1]}, {"lengths_B": torch.tensor([7], device=DEVICE)}):
            full = {name: part.expand(3) if name == "lengths_B" else part for name, part in options.items()}
            want = reference.attention(query, *whole, **full)
            for backend in ("triton", "torch", "reference"):
                with dispatch.force(backend):
                    close(dispatch.attention(query, key, value, **options), want)
        for backend in ("triton", "torch"):
            with dispatch.force(backend):
                scales = {"key_scales": codes[0][1], "value_scales": codes[1][1]}
                got = dispatch.attention(query, codes[0][0], codes[1][0], **scales)
                close(got, reference.attention(query, *numbers), 1e-4)


def test_rows_past_the_longest_weigh_nothing_for_keys() -> None:
    query, key, value = draw(200, 2, 16), draw(70, 1, 16), draw(70, 1, 16).requires_grad_()
    starts, ends = torch.tensor([[0, 200], [0, 70]], device=DEVICE)
    grads = []
    with dispatch.force("triton"):
        for rows, last in ((query, starts), (query[:64], starts.clamp(max=64))):
            out = dispatch.attention_packed(rows, key, value, last, ends, longest=64)
            grads.append(torch.autograd.grad(out.sum(), value)[0])
    close(*grads)


def test_more_heads_of_keys_than_a_grid_has_rows_are_not_for_decoding() -> None:
    from kernels import decode

    query, key = torch.empty(32768, 2, 1, 8, device="meta"), torch.empty(32768, 2, 4, 8, device="meta")
    assert "65536 heads of keys" in str(decode.unsupported(query, key, key))
    assert decode.unsupported(query[1:], key[1:], key[1:]) is None


def model() -> TextDecoder:
    config = DecoderConfig(
        vocabulary=40, width=32, layers=2, heads=4, hidden=48, key_value_heads=2, max_positions=64, rope_theta=1e4,
        query_key_norm=True, memories=(MemoryConfig("vision", (1,), 20),),
    )  # fmt: skip
    decoder = TextDecoder(config).eval()
    for weight in decoder.parameters():
        torch.nn.init.normal_(weight, std=0.2)
    return decoder.to(DEVICE).requires_grad_(False)


@torch.no_grad()
def test_a_decoder_says_the_same_with_growing_and_static_cache() -> None:
    decoder, tokens = model(), torch.randint(40, (2, 5), device=DEVICE)
    memory = draw(1, 11, 20)
    whole = decoder(tokens, None, decoder.remember(memory))
    with dispatch.force("triton"):
        kept = decoder.remember(memory)
        cache = decoder.new_cache(2, 8)
        close(decoder(tokens[:, :3], cache, kept), whole[:, :3], 1e-4)
        static = StaticCache(cache)
        for place in (3, 4):
            close(decoder(tokens[:, place : place + 1], static, kept), whole[:, place : place + 1], 1e-4)


@torch.no_grad()
@pytest.mark.parametrize("norm_first", [True, False])
def test_layers_of_encoders(norm_first: bool) -> None:
    config = LayerConfig(16, 2, 24, norm="layer", norm_first=norm_first, activation="quick_gelu")
    layer = Layer(config, (MemoryConfig("vision", (0,)),)).to(DEVICE)
    x, lengths = draw(2, 17, 16), torch.tensor([17, 4], device=DEVICE)
    seen = {"vision": (layer.cross["vision"].remember(draw(2, 5, 16)), MemoryView())}
    want = layer(x, lengths_B=lengths, memories=seen)
    first, branch = layer.step(*layer.step(x, None, lengths_B=lengths, memories=seen), lengths_B=lengths)
    twice = layer(want, lengths_B=lengths)
    close(first if branch is None else first + branch, twice)
    with dispatch.force("triton"):
        close(layer(x, lengths_B=lengths, memories=seen), want)
        half = layer.to(torch.bfloat16)
        close(half(x.bfloat16(), lengths_B=lengths).float(), layer.float()(x, lengths_B=lengths), 0.1)


def test_gradients_go_through_the_door() -> None:
    x, branch, weight, bias = (draw(3, 6, dtype=torch.float64).requires_grad_() for _ in range(4))
    weight, bias = (draw(6, dtype=torch.float64).requires_grad_() for _ in range(2))
    short, head = draw(5, 4, dtype=torch.float64).requires_grad_(), draw(7, 4, dtype=torch.float64).requires_grad_()
    targets, cos = torch.tensor([0, 6, -100, 2, 2], device=DEVICE), angles(3, 6)
    wide = [table.double() for table in cos]
    with dispatch.force("triton"):
        for function, inputs in (
            (lambda *given: dispatch.rms_norm(*given, 1e-5), (x, weight)),
            (lambda *given: dispatch.add_layer_norm(*given, 1e-5), (x, branch, weight, bias)),
            (lambda *given: dispatch.add_rms_norm(*given, 1e-5)[0], (x, branch, weight)),
            (lambda given, shift: dispatch.gated(given, "gelu_tanh", shift), (x, bias)),
            (lambda given: dispatch.activate(given, "quick_gelu"), (x,)),
            (lambda given: dispatch.rope(given[None, None], *wide, interleaved=True), (x,)),
            (lambda *given: dispatch.linear_cross_entropy(*given[:2], targets, mean=False), (short, head)),
        ):
            assert torch.autograd.gradcheck(function, inputs, fast_mode=True)


def test_operators_are_registered_whole() -> None:
    x, weight, heads = draw(3, 8).requires_grad_(), draw(8).requires_grad_(), draw(2, 3, 4, 8)
    keys, turn = draw(2, 1, 5, 8), angles(3, 8)
    targets = torch.tensor([1, 0, -100], device=DEVICE)
    for operator, arguments in (
        (operators.norm_op, (x, weight, None, 1e-5, False)),
        (operators.add_norm_op, (x, x.detach(), weight, weight.detach(), 1e-5, True)),
        (operators.norm_backward_op, (draw(3, 8), None, draw(3, 8), draw(8), 1e-5, True, True)),
        (operators.turn_op, (heads.transpose(1, 2).requires_grad_(), *turn, False, False)),
        (operators.activation_op, (x, None, "silu", True)),
        (operators.activation_backward_op, (draw(3, 8), draw(3, 8), draw(8), "gelu", False)),
        (operators.cross_entropy_op, (x, draw(5, 8), None, targets, -100, True, True, False, False)),
        (operators_inference.store_heads_op, (heads, keys, keys.clone(), None, 1, *turn, None, None, 1e-6, False)),
        (operators_inference.log_mel_op, (draw(1, 400), draw(4, 201), 400, 160, -10.0, 8.0)),
        (operators_inference.decode_attention_op, (heads, keys.expand(2, 3, 5, 8), keys.expand(2, 3, 5, 8), True,
                                                   torch.tensor([5, 0], device=DEVICE), None, None, None, None)),
    ):  # fmt: skip
        torch.library.opcheck(operator, arguments, test_utils=CHECKS)


def test_compiled_as_one_graph() -> None:
    weight, heads, rotation = draw(16).requires_grad_(), draw(1, 3, 4, 16), angles(3, 16)

    def work(x: Tensor, cache: KeyValueCache) -> Tensor:
        total, out = dispatch.add_rms_norm(x, dispatch.rms_norm(x, weight, 1e-5), weight, 1e-5)
        query = dispatch.store_heads(heads, cache.keys[0], cache.values[0], cache.length, rotation)
        few = dispatch.attention(query.detach(), *cache.kept(0, 3, x.dtype), causal=True)
        own = dispatch.rope(out.view(1, 1, -1, 16), *angles(20, 16))
        many = dispatch.attention(own, own, own)
        return (dispatch.swiglu(total).sum() + few.sum() + many.sum()).float()

    x = draw(20, 16).requires_grad_()
    with dispatch.force("triton"):
        torch.manual_seed(5)
        want = work(x, KeyValueCache(1, 1, 1, 8, 16, device=DEVICE))
        (grad,) = torch.autograd.grad(want, x)
        torch.manual_seed(5)
        got = torch.compile(work, backend="aot_eager", fullgraph=True)(x, KeyValueCache(1, 1, 1, 8, 16, device=DEVICE))
        close(got, want)
        close(torch.autograd.grad(got, x)[0], grad)


def test_what_a_kernel_cannot_do_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    sound, filters = draw(1, 500, dtype=torch.float64), draw(4, 201, dtype=torch.float64)
    whole = torch.arange(8, device=DEVICE).view(2, 4)
    with caplog.at_level(logging.WARNING), dispatch.force("triton"):
        for _ in range(3):
            close(dispatch.log_mel(sound, filters), reference.log_mel(sound, filters))
            assert torch.equal(dispatch.activate(whole, "relu"), whole)
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2 and "log_mel" in said[0] and "float64" in said[0] and "int64" in said[1]
