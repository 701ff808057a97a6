"""Steps of one token a row in buffers that never move, so that a GPU replays a whole step by one command.

    steps = Steps(model, cache, memories)       # cache: a KeyValueCache that has read the prompt
    steps.feed(tokens_B)                        # what the next step reads
    steps.run()                                 # recorded at the first call, replayed from then on
    ticket = steps.read_later()                 # the tokens it chose, on their way to the host meanwhile

The likeliest token is chosen on the device and is what the next step reads, so nothing waits for the host: it looks at
a token while the next one is computed. Between the prompt, which goes through the KeyValueCache as ever, and the steps,
which go through a StaticCache over the same storage, nothing is copied. Where a step can't be recorded, it is computed
anew each time, with the same result.
Source: CUDA C++ Programming Guide, CUDA Graphs; what is recorded are addresses and numbers, not Python.
"""

import logging
from collections.abc import Callable, Iterator
from threading import Lock
from typing import Protocol

import torch
from torch import Tensor

from decoder.text import Memories, TextDecoder
from kernels.cache import KeyValueCache, MemoryCache
from kernels.static_cache import StaticCache

_LOG = logging.getLogger("antigone.graphs")
_RECORDING = Lock()  # a capture empties PyTorch's one pool of memory and waits for the device: one at a time
_WARM_UPS = 2  # before a step is recorded: kernels are compiled and libraries choose their ways
Work = Callable[[], None]


class Recorder(Protocol):
    """Makes of a piece of work that always touches the same memory one that is cheap to repeat."""

    def record(self, work: Work, prepare: Work) -> Work:
        """What repeats `work`, which may be done a few times on the way, after `prepare` each time.

        Raises:
            RuntimeError: it can't be recorded.
        """
        ...


class CudaGraphs:
    """Records by CUDA's stream capture."""

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def record(self, work: Work, prepare: Work) -> Work:
        """Run a few times on a side stream, then capture. Raises RuntimeError where the work waits for the host."""
        with _RECORDING, torch.cuda.device(self._device):
            side = torch.cuda.Stream()
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):
                for _ in range(_WARM_UPS):
                    prepare()
                    work()
            torch.cuda.current_stream().wait_stream(side)
            graph = torch.cuda.CUDAGraph()
            # On a stream of its own, not the one that all captures of a process share; other threads go on allocating.
            with torch.cuda.graph(graph, stream=side, capture_error_mode="thread_local"):
                work()
        return graph.replay


def recorder_for(device: torch.device) -> Recorder | None:
    """How steps are recorded on a device; None where that gains nothing (a processor)."""
    return CudaGraphs(device) if device.type == "cuda" else None


class Ticket:
    """Numbers on their way from the device to the host."""

    def __init__(self, numbers: Tensor) -> None:
        self._event: torch.cuda.Event | None = None
        if not numbers.is_cuda:
            self._kept = numbers.clone()
            return
        self._kept = torch.empty(numbers.shape, dtype=numbers.dtype, pin_memory=True)
        self._kept.copy_(numbers, non_blocking=True)
        self._event = torch.cuda.Event()
        self._event.record()

    def read(self) -> Tensor:
        """The numbers, on the host; waits until they are there."""
        if self._event is not None:
            self._event.synchronize()
        return self._kept


class Choice(Protocol):
    """Chooses the next tokens on the device."""

    @property
    def state(self) -> tuple[Tensor, ...]:
        """Tensors of its own that a choice changes in place."""
        ...

    def __call__(self, logits_BV: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens (B,) and a score (B,) of each, from logits that it may change."""
        ...


class Likeliest:
    """Greedy: the token of the highest logit, which is its score."""

    state: tuple[Tensor, ...] = ()

    def __call__(self, logits_BV: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens (B,) and scores (B,)."""
        best = logits_BV.max(-1)
        return best.indices, best.values


class Steps:
    """A decoder's steps over one cache and its memories, recorded once."""

    @torch.inference_mode()
    def __init__(
        self, model: TextDecoder, cache: KeyValueCache, memories: Memories | None = None, *,
        choice: Choice | None = None, recorder: Recorder | None = None,
    ) -> None:  # fmt: skip
        """Nothing is computed yet.

        Args:
            cache: whose storage the steps go on in; its length is counted on by `run`.
            memories: what is cross-attended to, copied; `remember` puts another of the same shape in its place.
            choice: of what the next step reads; the likeliest token when left out.
            recorder: None computes every step anew.
        """
        self.model, self.cache, self._recorder = model, cache, recorder
        self._choice: Choice = Likeliest() if choice is None else choice
        self._static = StaticCache(cache)
        self._memories = {kind: _copy(_last(memory)) for kind, memory in model.heard(memories).items()}
        device = model.device
        self.tokens_B1 = torch.zeros(cache.batch, 1, dtype=torch.int64, device=device)
        self.logits_BV = torch.zeros(cache.batch, model.config.vocabulary, dtype=model.dtype, device=device)
        self._chosen_2B = torch.zeros(2, cache.batch, dtype=torch.float64, device=device)
        self._repeat: Work | None = None
        self._held: tuple[Tensor, ...] = ()
        self._length = cache.length  # what the device counts

    @torch.inference_mode()
    def remember(self, memories: Memories | None) -> bool:
        """Attend to other memories from now on; False, and nothing is changed, where their shapes are others."""
        given = {kind: _last(memory) for kind, memory in self.model.heard(memories).items()}
        old, new = ([tensor for kind in sorted(of) for tensor in _tensors(of[kind])] for of in (self._memories, given))
        shapes = [[(tensor.shape, tensor.dtype) for tensor in tensors] for tensors in (old, new)]
        if given.keys() != self._memories.keys() or shapes[0] != shapes[1]:
            return False
        for mine, theirs in zip(old, new, strict=True):
            mine.copy_(theirs)
        return True

    @torch.inference_mode()
    def feed(self, tokens_B: Tensor | int) -> None:
        """What the next step reads in place of the tokens chosen last."""
        if isinstance(tokens_B, int):
            self.tokens_B1.fill_(tokens_B)
        else:
            self.tokens_B1.copy_(tokens_B[:, None])

    @property
    def room(self) -> bool:
        """Whether one more token fits into the cache and among the model's positions."""
        return self.cache.length < min(self.cache.capacity, self.model.config.max_positions)

    @torch.inference_mode()
    def run(self) -> Tensor:
        """One more token a row; logits (B, V), which the next step overwrites.

        Raises:
            ValueError: the cache or the model's positions are full.
        """
        if not self.room:
            raise ValueError(f"capacity: {self.cache.length + 1} tokens do not fit a cache of {self.cache.capacity}")
        if self._length != self.cache.length:
            self._static.set_length(self.cache.length)
        if self._repeat is None:
            self._repeat = self._recorded()
        self._repeat()
        self.cache.advance(1)
        self._length = self.cache.length
        return self.logits_BV

    def ahead(self, most: int) -> Iterator[Tensor]:
        """What up to `most` steps choose, (2, B) each, tokens and scores; ends early where there is no more room.

        While one is looked at, the next is computed: the cache may hold one token more than were given out.
        """
        waiting: Ticket | None = None
        for _ in range(most):
            if not self.room:
                break
            self.run()
            ticket = self.read_later()
            if waiting is not None:
                yield waiting.read()
            waiting = ticket
        if waiting is not None:
            yield waiting.read()

    def read_later(self) -> Ticket:
        """The tokens chosen last and their scores, (2, B)."""
        return Ticket(self._chosen_2B)

    def _step(self) -> None:
        """What is recorded: touches only tensors that stay where they are, and never waits for the device."""
        hidden_B1D = self.model.hidden(self.tokens_B1, self._static, self._memories)
        self.logits_BV.copy_(self.model.logits(hidden_B1D)[:, -1])
        tokens_B, scores_B = self._choice(self.logits_BV)
        self.tokens_B1.copy_(tokens_B[:, None])
        self._chosen_2B[0].copy_(tokens_B)
        self._chosen_2B[1].copy_(scores_B)

    def _recorded(self) -> Work:
        """The step as the recorder has it; as it is where that fails, which is said once."""
        if self._recorder is None:
            return self._step
        kept = [(tensor, tensor.clone()) for tensor in (self.tokens_B1, *self._choice.state)]

        def prepare() -> None:
            self._static.set_length(self.cache.length)
            for tensor, value in kept:
                tensor.copy_(value)

        try:
            repeat = self._recorder.record(self._step, prepare)
        except RuntimeError as error:
            _LOG.warning("Steps are not recorded and go slower: %s", " ".join(str(error).split())[:200])
            self._recorder, repeat = None, self._step
        self._held = self.model.turn_tables
        prepare()
        return repeat


def _last(memory: MemoryCache) -> MemoryCache:
    """As tokens after the prompt see it: what the last of its places saw."""
    if memory.seen_BTS is None:
        return memory
    return MemoryCache(memory.layers, memory.lengths_B, memory.seen_BTS[:, -1:])


def _tensors(memory: MemoryCache) -> list[Tensor]:
    """Every tensor of a memory, in one order."""
    pairs = [tensor for pair in memory.layers if pair is not None for tensor in pair]
    return pairs + [tensor for tensor in (memory.lengths_B, memory.seen_BTS) if tensor is not None]


def _copy(memory: MemoryCache) -> MemoryCache:
    """A memory of its own, which stays where it is."""
    pairs = tuple(None if pair is None else (pair[0].clone(), pair[1].clone()) for pair in memory.layers)
    rest = (None if tensor is None else tensor.clone() for tensor in (memory.lengths_B, memory.seen_BTS))
    return MemoryCache(pairs, *rest)


__all__ = ["Choice", "CudaGraphs", "Likeliest", "Recorder", "Steps", "Ticket", "recorder_for"]
