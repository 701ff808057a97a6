"""The compiled engine: transformer layers over a key-value cache, and single matmuls, shared out among threads.

All threads of a job run `run(job, number)`. A job is a fixed sequence of phases; a phase is a number of chunks that
threads draw from a shared counter, and the next begins when all chunks are done. So a thread that comes late, because
the machine is busy, holds nobody up: it finds the phases done and catches up. Compiled once a machine by
`kernels.cpu.build`; the fields of a job are in `kernels.cpu.fields`.
"""

import numpy as np

from kernels.cpu import build, parts, rows
from kernels.cpu import fields as f
from kernels.cpu.fields import KEYS, QUERIES
from kernels.cpu.ir import exchange_if, load_acquire, load_f32, load_i64, store_i64
from kernels.cpu.parts import compiled
from kernels.cpu.sharing import done, relax, take, wait

_multiply = parts.matmul(build.has("avx512vnni"))


@compiled(6)
def quantize(job: int, row: int, token: int, width: int, groups: int, bits: int) -> None:
    parts.clear(row, width, 32 * groups)
    weight = np.float32(1) if bits == 4 else np.float32(-128)
    codes, meta = load_i64(job, f.CODES), load_i64(job, f.META)
    parts.quantize_row(row, token, load_i64(job, f.TOKENS), groups, codes, meta, weight)


@compiled(8)
def normed(job: int, phase: int, number: int, norm: int, x: int, x_step: int, groups: int, bits: int) -> None:
    """Rows of x, normed if norm is not 0, as a matmul's quantised input."""
    tokens, width = load_i64(job, f.TOKENS), load_i64(job, f.WIDTH)
    scratch = load_i64(job, f.SCRATCH) + number * load_i64(job, f.SCRATCH_STEP)
    token = take(job, phase, tokens)
    while token >= 0:
        if norm != 0:
            eps = load_f32(load_i64(job, f.NUMBERS), f.EPS)
            parts.rms_norm(x + token * x_step, norm, scratch, width, eps)
        else:
            parts.copy(x + token * x_step, scratch, width)
        quantize(job, scratch, token, width, groups, bits)
        done(job, phase)
        token = take(job, phase, tokens)
    wait(job, phase, tokens)


@compiled(7)
def product(job: int, phase: int, linear: int, start: int, start_step: int, out: int, step: int) -> None:
    """out = start + quantised input @ matrix; steps are bytes between tokens."""
    blocks, tokens = load_i64(linear, f.BLOCKS), load_i64(job, f.TOKENS)
    share = 4 * load_i64(job, f.THREADS)
    size = max(1, (blocks + share - 1) // share)
    chunks = (blocks + size - 1) // size
    codes, meta = load_i64(job, f.CODES), load_i64(job, f.META)
    chunk = take(job, phase, chunks)
    while chunk >= 0:
        last = min(blocks, (chunk + 1) * size)
        _multiply(linear, chunk * size, last, tokens, codes, meta, start, start_step, out, step)
        done(job, phase)
        chunk = take(job, phase, chunks)
    wait(job, phase, chunks)


@compiled(6)
def turn(job: int, layer: int, place: int, head: int, token: int, out: int) -> None:
    """Query (head below HEADS) or key of a new token, normed and turned to its position."""
    heads, width = load_i64(job, f.HEADS), load_i64(job, f.HEAD)
    numbers, angle = load_i64(job, f.NUMBERS), 2 * width * place
    x = load_i64(job, f.QKV) + token * load_i64(job, f.QKV_STEP) + 4 * head * width
    query = head < heads
    norm = load_i64(layer, f.QUERY_NORM if query else f.KEY_NORM)
    scale = load_f32(numbers, f.SCALE) if query else np.float32(1)
    eps = load_f32(numbers, f.EPS)
    parts.rotate(x, out, width, load_i64(job, f.COS) + angle, load_i64(job, f.SIN) + angle, norm, eps, scale)


@compiled(6)
def remember(job: int, layer: int, index: int, group: int, token: int, room: int) -> None:
    """Put a new token's key and value of one group into the cache; `room` is for one head."""
    heads, groups, width = load_i64(job, f.HEADS), load_i64(job, f.GROUPS), load_i64(job, f.HEAD)
    place = load_i64(job, f.PAST) + token
    row = index * load_i64(job, f.LAYER_STEP) + group * load_i64(job, f.GROUP_STEP) + 2 * place * width
    turn(job, layer, place, heads + group, token, room)
    rows.store_halves(room, load_i64(job, f.KEYS_AT) + row, width // 16)
    value = load_i64(job, f.QKV) + token * load_i64(job, f.QKV_STEP) + 4 * (heads + groups + group) * width
    rows.store_halves(value, load_i64(job, f.VALUES_AT) + row, width // 16)


@compiled(5)
def score_last(job: int, layer: int, index: int, phase: int, number: int) -> None:
    """One new token's queries against all keys: each chunk is a tile of one group's keys."""
    heads, groups, width = load_i64(job, f.HEADS), load_i64(job, f.GROUPS), load_i64(job, f.HEAD)
    seen, each = load_i64(job, f.PAST) + 1, heads // groups
    queries = load_i64(job, f.SCRATCH) + number * load_i64(job, f.SCRATCH_STEP)
    columns, step = queries + 4 * each * width, load_i64(job, f.SCORES_STEP)
    tiles = (seen + KEYS - 1) // KEYS
    chunk = take(job, phase, groups * tiles)
    while chunk >= 0:
        group, tile = chunk // tiles, chunk % tiles
        if tile == tiles - 1:
            remember(job, layer, index, group, 0, queries)
        for h in range(each):
            turn(job, layer, seen - 1, group * each + h, 0, queries + 4 * h * width)
        base = index * load_i64(job, f.LAYER_STEP) + group * load_i64(job, f.GROUP_STEP)
        keys = load_i64(job, f.KEYS_AT) + base + 2 * tile * KEYS * width
        parts.turn_keys(keys, min(KEYS, seen - tile * KEYS), width, columns)
        out = load_i64(job, f.SCORES) + group * each * step + 4 * tile * KEYS
        parts.score(queries, each, columns, width, out, step)
        done(job, phase)
        chunk = take(job, phase, groups * tiles)
    wait(job, phase, groups * tiles)


@compiled(4)
def attend_last(job: int, index: int, phase: int, number: int) -> None:
    """What one new token's queries find: each chunk is a head."""
    heads, groups, width = load_i64(job, f.HEADS), load_i64(job, f.GROUPS), load_i64(job, f.HEAD)
    mass = load_i64(job, f.SCRATCH) + number * load_i64(job, f.SCRATCH_STEP)
    head = take(job, phase, heads)
    while head >= 0:
        group = head // (heads // groups)
        base = index * load_i64(job, f.LAYER_STEP) + group * load_i64(job, f.GROUP_STEP)
        scores = load_i64(job, f.SCORES) + head * load_i64(job, f.SCORES_STEP)
        out = load_i64(job, f.ATTENDED) + 4 * head * width
        parts.attend_one(scores, load_i64(job, f.PAST) + 1, load_i64(job, f.VALUES_AT) + base, width, mass, out)
        done(job, phase)
        head = take(job, phase, heads)
    wait(job, phase, heads)


@compiled(5)
def remember_all(job: int, layer: int, index: int, phase: int, number: int) -> None:
    """Put every new token's keys and values into the cache."""
    tokens = load_i64(job, f.TOKENS)
    room = load_i64(job, f.SCRATCH) + number * load_i64(job, f.SCRATCH_STEP)
    token = take(job, phase, tokens)
    while token >= 0:
        for group in range(load_i64(job, f.GROUPS)):
            remember(job, layer, index, group, token, room)
        done(job, phase)
        token = take(job, phase, tokens)
    wait(job, phase, tokens)


@compiled(3)
def columns(job: int, index: int, phase: int) -> None:
    """All keys of a layer as columns, tile by tile."""
    groups, width = load_i64(job, f.GROUPS), load_i64(job, f.HEAD)
    seen = load_i64(job, f.PAST) + load_i64(job, f.TOKENS)
    tiles = (seen + KEYS - 1) // KEYS
    chunk = take(job, phase, groups * tiles)
    while chunk >= 0:
        group, tile = chunk // tiles, chunk % tiles
        base = index * load_i64(job, f.LAYER_STEP) + group * load_i64(job, f.GROUP_STEP)
        keys = load_i64(job, f.KEYS_AT) + base + 2 * tile * KEYS * width
        out = load_i64(job, f.COLUMNS) + group * load_i64(job, f.COLUMNS_STEP) + 4 * tile * KEYS * width
        parts.turn_keys(keys, min(KEYS, seen - tile * KEYS), width, out)
        done(job, phase)
        chunk = take(job, phase, groups * tiles)
    wait(job, phase, groups * tiles)


@compiled(5)
def attend_all(job: int, layer: int, index: int, phase: int, number: int) -> None:
    """Several new tokens against the cache: each chunk is QUERIES tokens of one head."""
    heads, groups, width = load_i64(job, f.HEADS), load_i64(job, f.GROUPS), load_i64(job, f.HEAD)
    tokens, past = load_i64(job, f.TOKENS), load_i64(job, f.PAST)
    queries = load_i64(job, f.SCRATCH) + number * load_i64(job, f.SCRATCH_STEP)
    out, masses = queries + 4 * QUERIES * width, queries + 8 * QUERIES * width
    scores = masses + f.LINE
    tiles = (tokens + QUERIES - 1) // QUERIES
    chunk = take(job, phase, heads * tiles)
    while chunk >= 0:
        head, first = chunk // tiles, chunk % tiles * QUERIES
        group, count = head // (heads // groups), min(QUERIES, tokens - first)
        for row in range(QUERIES):
            token = first + min(row, count - 1)
            turn(job, layer, past + token, head, token, queries + 4 * row * width)
        keys = load_i64(job, f.COLUMNS) + group * load_i64(job, f.COLUMNS_STEP)
        values = load_i64(job, f.VALUES_AT) + index * load_i64(job, f.LAYER_STEP)
        values += group * load_i64(job, f.GROUP_STEP)
        parts.attend_many(queries, keys, values, past + first, count, width, scores, masses, out)
        target = load_i64(job, f.ATTENDED) + 4 * head * width
        for row in range(count):
            parts.copy(out + 4 * row * width, target + 4 * (first + row) * heads * width, width)
        done(job, phase)
        chunk = take(job, phase, heads * tiles)
    wait(job, phase, heads * tiles)


@compiled(4)
def gather(job: int, phase: int, number: int, linear: int) -> None:
    """What attention found, as the quantised input of the matmul behind it."""
    heads, width, tokens = load_i64(job, f.HEADS), load_i64(job, f.HEAD), load_i64(job, f.TOKENS)
    scratch = load_i64(job, f.SCRATCH) + number * load_i64(job, f.SCRATCH_STEP)
    token = take(job, phase, tokens)
    while token >= 0:
        parts.copy(load_i64(job, f.ATTENDED) + 4 * token * heads * width, scratch, heads * width)
        quantize(job, scratch, token, heads * width, load_i64(linear, f.KGROUPS), load_i64(linear, f.BITS))
        done(job, phase)
        token = take(job, phase, tokens)
    wait(job, phase, tokens)


@compiled(4)
def gated(job: int, phase: int, number: int, linear: int) -> None:
    """silu(gate) * up, as the quantised input of the matmul behind it."""
    hidden, tokens = load_i64(job, f.HIDDEN), load_i64(job, f.TOKENS)
    scratch = load_i64(job, f.SCRATCH) + number * load_i64(job, f.SCRATCH_STEP)
    token = take(job, phase, tokens)
    while token >= 0:
        parts.gate(load_i64(job, f.WIDE) + token * load_i64(job, f.WIDE_STEP), scratch, hidden)
        quantize(job, scratch, token, hidden, load_i64(linear, f.KGROUPS), load_i64(linear, f.BITS))
        done(job, phase)
        token = take(job, phase, tokens)
    wait(job, phase, tokens)


@compiled(4, result="int64")
def one_layer(job: int, index: int, phase: int, number: int) -> int:
    """A layer on the stream x, in place; the number of the next free phase."""
    layer = load_i64(job, f.LAYERS_AT) + 8 * f.LAYER * index
    x, x_step = load_i64(job, f.X), load_i64(job, f.IN_STEP)
    qkv, out, up, down = layer + 8 * f.QKV_W, layer + 8 * f.OUT_W, layer + 8 * f.UP_W, layer + 8 * f.DOWN_W
    norm = load_i64(layer, f.ATTENTION_NORM)
    normed(job, phase, number, norm, x, x_step, load_i64(qkv, f.KGROUPS), load_i64(qkv, f.BITS))
    product(job, phase + 1, qkv, load_i64(qkv, f.BIAS_AT), 0, load_i64(job, f.QKV), load_i64(job, f.QKV_STEP))
    if load_i64(job, f.TOKENS) == 1:
        score_last(job, layer, index, phase + 2, number)
        attend_last(job, index, phase + 3, number)
    else:
        remember_all(job, layer, index, phase + 2, number)
        columns(job, index, phase + 3)
        attend_all(job, layer, index, phase + 4, number)
    gather(job, phase + 5, number, out)
    product(job, phase + 6, out, x, x_step, x, x_step)
    norm = load_i64(layer, f.MLP_NORM)
    normed(job, phase + 7, number, norm, x, x_step, load_i64(up, f.KGROUPS), load_i64(up, f.BITS))
    product(job, phase + 8, up, load_i64(up, f.BIAS_AT), 0, load_i64(job, f.WIDE), load_i64(job, f.WIDE_STEP))
    gated(job, phase + 9, number, down)
    product(job, phase + 10, down, x, x_step, x, x_step)
    return phase + 11


@compiled(2)
def run(job: int, number: int) -> None:
    """A job's phases, as thread `number`."""
    if load_i64(job, f.KIND) == f.KIND_LAYERS:
        phase = 0
        for index in range(load_i64(job, f.LAYERS)):
            phase = one_layer(job, index, phase, number)
    else:
        linear = load_i64(job, f.LINEAR_AT)
        x, x_step, norm = load_i64(job, f.IN), load_i64(job, f.IN_STEP), load_i64(job, f.NORM)
        normed(job, 0, number, norm, x, x_step, load_i64(linear, f.KGROUPS), load_i64(linear, f.BITS))
        bias = load_i64(linear, f.BIAS_AT)
        product(job, 1, linear, bias, 0, load_i64(job, f.OUT), load_i64(job, f.OUT_STEP))


@compiled(1)
def serve(worker: int) -> None:
    """A helping thread's life between two sleeps: jobs as they are posted, and a short wait for the next."""
    state, turns = worker + 8 * f.WORKER_STATE, 0
    while True:
        if load_acquire(state) == f.POSTED:
            run(load_i64(worker, f.WORKER_JOB), load_i64(worker, f.WORKER_NUMBER))
            exchange_if(state, f.POSTED, f.IDLE)
            turns = 0
        relax()
        turns += 1
        if turns > load_i64(worker, f.WORKER_SPINS) and exchange_if(state, f.IDLE, f.ASLEEP) == 1:
            return


@compiled(2, result="int64")
def post(worker: int, job: int) -> int:
    """Give a helping thread a job; 0 if it is busy, 1 if it takes it, 2 if it must be woken for it."""
    state = worker + 8 * f.WORKER_STATE
    for old in (f.IDLE, f.ASLEEP):
        if load_acquire(state) == old:
            store_i64(worker, f.WORKER_JOB, job)
            if exchange_if(state, old, f.POSTED) == 1:
                return 1 if old == f.IDLE else 2
    return 0


@compiled(3, result="int64")
def enter(call: int, a: int, b: int) -> int:
    """The one door from outside: RUN (job, number), SERVE (worker) or POST (worker, job)."""
    if call == f.RUN:
        run(a, b)
    elif call == f.SERVE:
        serve(a)
    else:
        return post(a, b)
    return 0
