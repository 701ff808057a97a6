"""Where things lie in the blocks of 64-bit integers through which Python and the compiled kernels speak.

A job is one call of the engine; its layers' block has `LAYER` integers a layer, a matrix's has `LINEAR`.
"""

RUN, SERVE, POST = range(3)
"""What the engine is called for."""
KIND_LAYERS, KIND_LINEAR = 0, 1
"""What a job is."""
(
    KIND, TOKENS, PAST, THREADS, COUNTERS, LAYERS, LAYERS_AT, HEADS, GROUPS, HEAD, HIDDEN, WIDTH, NUMBERS,
    KEYS_AT, VALUES_AT, LAYER_STEP, GROUP_STEP, COS, SIN, X, CODES, META, QKV, QKV_STEP, ATTENDED, WIDE, WIDE_STEP,
    COLUMNS, COLUMNS_STEP, SCRATCH, SCRATCH_STEP, SCORES, SCORES_STEP, LINEAR_AT, NORM, IN, IN_STEP, OUT,
    OUT_STEP, COUNT,
) = range(40)  # fmt: skip
JOB = COUNT + 1
"""Integers of a job."""
LAYER_PHASES = 11
"""Phases of a layer; a single matmul has fewer."""
EPS, SCALE = 0, 1
"""float32 at NUMBERS: the norms' epsilon, the scale of queries."""
CODES_AT, SCALES_AT, BIAS_AT, BLOCKS, KGROUPS, BITS, ROWS = range(7)
LINEAR = 7
"""Integers of a quantised matrix: addresses of codes, of scales, of float32 bias (or zeros), blocks of 16 rows,
groups of 32 columns, bits a code, rows."""
QKV_W, OUT_W, UP_W, DOWN_W = (LINEAR * n for n in range(4))
ATTENTION_NORM, MLP_NORM, QUERY_NORM, KEY_NORM = (4 * LINEAR + n for n in range(4))
LAYER = 4 * LINEAR + 4
ASLEEP, IDLE, POSTED = 0, 1, 2
"""What a helping thread is doing."""
WORKER_STATE, WORKER_JOB, WORKER_NUMBER, WORKER_SPINS = 0, 8, 9, 10
WORKER = 16
"""Integers of a helping thread: its state on a cache line of its own, the job's address, its number, its patience."""
LINE = 64
"""Bytes of a cache line; every phase of a job counts on its own."""
TILE = 12
"""Tokens that a tile of a quantised matmul takes at once; what is left over goes one by one."""
QUERIES, KEYS = 6, 64
"""Rows and columns of a tile of float32 matmul."""
