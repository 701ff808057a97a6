"""Every operation behind the door against its plain twin, and both against a definition written out here."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels import dispatch, reference
from kernels.layers import KeyValueCache, Linear, MemoryCache, uninitialised


def tensors(query_tokens, key_tokens, heads=4, groups=2, batch=2, width=8, seed=0):
    generator = torch.Generator().manual_seed(seed)
    query = torch.randn(batch, heads, query_tokens, width, generator=generator)
    key, value = (torch.randn(batch, groups, key_tokens, width, generator=generator) for _ in range(2))
    return query, key, value


def by_hand(query, key, value, visible, bias=None):
    """Attention one query at a time, in float64; `visible(row, i, j)` says whether query i sees key j."""
    out, lse = torch.zeros_like(query, dtype=torch.float64), torch.full(query.shape[:3], -math.inf)
    for b in range(query.shape[0]):
        for h in range(query.shape[1]):
            g = h // (query.shape[1] // key.shape[1])
            for i in range(query.shape[2]):
                seen = [j for j in range(key.shape[2]) if visible(b, i, j)]
                if not seen:
                    continue
                scores = (key[b, g, seen].double() @ query[b, h, i].double()) / math.sqrt(query.shape[3])
                if bias is not None:
                    scores = scores + bias[b, h, i, seen].double()
                out[b, h, i] = scores.softmax(0) @ value[b, g, seen].double()
                lse[b, h, i] = scores.logsumexp(0)
    return out.float(), lse


@settings(max_examples=40, deadline=None)
@given(
    query_tokens=st.integers(1, 6), key_tokens=st.integers(1, 7), causal=st.booleans(),
    lengths=st.none() | st.tuples(st.integers(0, 7), st.integers(0, 7)), biased=st.booleans(),
    groups=st.sampled_from([1, 2, 4]),
)  # fmt: skip
def test_attention(query_tokens, key_tokens, causal, lengths, biased, groups):
    query, key, value = tensors(query_tokens, key_tokens, groups=groups)
    lengths = None if lengths is None else torch.tensor(lengths).clamp_max(key_tokens)
    bias = torch.randn(2, 4, query_tokens, key_tokens) if biased else None

    def visible(row, i, j):
        valid = key_tokens if lengths is None else int(lengths[row])
        return j < valid and (not causal or j <= i + valid - query_tokens)

    want, want_lse = by_hand(query, key, value, visible, bias)
    options = {"causal": causal, "lengths_B": lengths, "bias": bias}
    plain = reference.attention(query, key, value, **options)
    torch.testing.assert_close(plain, want, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(dispatch.attention(query, key, value, **options), want, atol=1e-5, rtol=1e-5)
    _, lse = dispatch.attention_with_lse(query, key, value, **options)
    torch.testing.assert_close(lse, want_lse, atol=1e-5, rtol=1e-5)


def test_a_row_that_sees_nothing_is_zero():
    query, key, value = tensors(3, 4)
    nothing = torch.zeros(2, 1, 1, 4, dtype=torch.bool)
    for bias in (nothing, torch.zeros(2, 1, 1, 4).masked_fill(~nothing, -math.inf)):
        for backend in ("auto", "reference"):
            with dispatch.force(backend):
                assert dispatch.attention(query, key, value, bias=bias).eq(0).all()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"key": torch.zeros(2, 3, 4, 8), "value": torch.zeros(2, 3, 4, 8)}, "key"),
        ({"key": torch.zeros(2, 2, 4, 9), "value": torch.zeros(2, 2, 4, 9)}, "key"),
        ({"value": torch.zeros(2, 2, 5, 8)}, "value"),
        ({"query": torch.zeros(4, 3, 8)}, "query"),
        ({"query": torch.zeros(3, 4, 3, 8)}, "key"),
        ({"query": torch.zeros(2, 4, 3, 8, dtype=torch.float64)}, "key"),
        ({"lengths_B": torch.tensor([1])}, "lengths"),
        ({"bias": torch.zeros(3, 1, 1, 4)}, "bias"),
    ],
)
def test_attention_names_the_argument_that_does_not_fit(change, name):
    query, key, value = tensors(3, 4)
    arguments = {"query": query, "key": key, "value": value} | change
    positional = [arguments.pop(which) for which in ("query", "key", "value")]
    with pytest.raises(ValueError, match=f"^{name}:"):
        dispatch.attention(*positional, **arguments)


def test_norms():
    x, weight, bias = torch.randn(3, 5, 16), torch.randn(16), torch.randn(16)
    want = x / (x.double().square().mean(-1, keepdim=True) + 1e-5).sqrt().float() * weight
    torch.testing.assert_close(reference.rms_norm(x, weight, 1e-5), want)
    torch.testing.assert_close(dispatch.rms_norm(x, weight, 1e-5), want)
    want = F.layer_norm(x.double(), (16,), weight.double(), bias.double(), 1e-5).float()
    torch.testing.assert_close(reference.layer_norm(x, weight, bias, 1e-5), want, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(dispatch.layer_norm(x, weight, bias, 1e-5), want, atol=1e-5, rtol=1e-5)
    with pytest.raises(ValueError, match="weight"):
        dispatch.rms_norm(x, torch.ones(15), 1e-5)


@pytest.mark.parametrize("kind", ["gelu", "gelu_tanh", "quick_gelu", "relu", "silu"])
def test_activations(kind):
    x = torch.linspace(-6, 6, 101)
    want = {
        "gelu": F.gelu(x), "gelu_tanh": F.gelu(x, approximate="tanh"), "quick_gelu": x * torch.sigmoid(1.702 * x),
        "relu": F.relu(x), "silu": F.silu(x),
    }[kind]  # fmt: skip
    torch.testing.assert_close(reference.activate(x, kind), want, atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(dispatch.activate(x, kind), want, atol=1e-6, rtol=1e-5)


def test_swiglu():
    x = torch.randn(3, 10)
    want = F.silu(x[:, :5]) * x[:, 5:]
    torch.testing.assert_close(reference.swiglu(x), want)
    torch.testing.assert_close(dispatch.swiglu(x), want)
    with pytest.raises(ValueError, match="gate_up"):
        dispatch.swiglu(torch.zeros(3, 5))


@pytest.mark.parametrize("interleaved", [False, True])
def test_rope_turns_each_pair_by_its_angle(interleaved):
    x, angles = torch.randn(2, 3, 5, 8), torch.randn(5, 4)
    got = dispatch.rope(x, angles.cos(), angles.sin(), interleaved=interleaved)
    pairs = [(2 * k, 2 * k + 1) if interleaved else (k, k + 4) for k in range(4)]
    for k, (a, b) in enumerate(pairs):
        turned = torch.complex(x[..., a], x[..., b]) * torch.polar(torch.ones(5), angles[:, k])
        torch.testing.assert_close(torch.complex(got[..., a], got[..., b]), turned)
    with pytest.raises(ValueError, match="cos"):
        dispatch.rope(x, angles.cos()[:4], angles.sin()[:4])


def test_quantized_matmul():
    codes = torch.randint(-8, 8, (6, 64), dtype=torch.int8)
    scales, offsets = torch.rand(6, 2), torch.randn(6, 2)
    weight = torch.cat([codes[:, j * 32 : j * 32 + 32] * scales[:, j, None] + offsets[:, j, None] for j in (0, 1)], 1)
    x = torch.randn(3, 64)
    torch.testing.assert_close(dispatch.quantized_matmul(x, codes, scales, offsets), x @ weight.T, atol=1e-4, rtol=1e-4)
    with pytest.raises(ValueError, match="scales"):
        dispatch.quantized_matmul(x, codes, scales[:5])
    with pytest.raises(ValueError, match="codes"):
        dispatch.quantized_matmul(torch.randn(3, 63), codes, scales)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.one_of(st.integers(1, 4), st.tuples(st.just("cut"), st.integers(0, 12))), max_size=10))
def test_cache_holds_what_a_list_would(actions):
    """Any sequence of storing and truncating equals the same on a plain list."""
    cache, plain = KeyValueCache(1, 1, 1, 64, 1), []
    for action in actions:
        if isinstance(action, tuple):
            cache.truncate(min(action[1], len(plain)))
            del plain[min(action[1], len(plain)) :]
            continue
        fresh = torch.arange(action).float() + 100 * len(plain)
        keys, _ = cache.store(0, fresh.view(1, 1, -1, 1), fresh.view(1, 1, -1, 1))
        cache.advance(action)
        plain.extend(fresh.tolist())
        assert keys.flatten().tolist() == plain
    assert cache.length == len(plain)


def test_cache_refuses_what_does_not_fit():
    cache = KeyValueCache(1, 2, 1, 4, 1)
    with pytest.raises(ValueError, match="capacity"):
        cache.store(0, torch.zeros(2, 1, 5, 1), torch.zeros(2, 1, 5, 1))
    with pytest.raises(ValueError, match="batch"):
        cache.store(0, torch.zeros(1, 1, 1, 1), torch.zeros(1, 1, 1, 1))
    with pytest.raises(ValueError, match="length"):
        cache.truncate(1)
    with pytest.raises(ValueError, match="rows"):
        cache.reorder(torch.tensor([0]))
    with pytest.raises(ValueError, match="rows"):
        cache.repeat(2)


def test_memory_rows_are_repeated_and_selected():
    pair = (torch.arange(3.0).view(3, 1, 1, 1), torch.arange(3.0).view(3, 1, 1, 1))
    memory = MemoryCache((pair, None), torch.tensor([7, 8, 9]))
    repeated = memory.repeat(2)
    assert repeated.layers[0][0].flatten().tolist() == [0, 0, 1, 1, 2, 2]
    assert repeated.lengths_B.tolist() == [7, 7, 8, 8, 9, 9]
    chosen = memory.select(torch.tensor([2, 0]))
    assert chosen.layers[0][1].flatten().tolist() == [2, 0]
    assert chosen.lengths_B.tolist() == [9, 7]


def test_layers_made_uninitialised_are_not_drawn():
    state = torch.random.get_rng_state()
    with uninitialised():
        Linear(64, 64)
    assert torch.equal(torch.random.get_rng_state(), state)
    Linear(64, 64)
    assert not torch.equal(torch.random.get_rng_state(), state)
