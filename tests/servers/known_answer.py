"""A language server whose bottleneck is known: `python known_answer.py KIND THREADS [DIRECTORY]`.

It answers every request with null after doing one piece of work of its kind in one of its threads. Standard
library only; what must run beside one another lets go of the interpreter's lock.
"""

from __future__ import annotations

import hashlib
import json
import math
import mmap
import os
import queue
import random
import sys
import threading
import time

KIND = sys.argv[1]
THREADS = int(sys.argv[2])
DIRECTORY = sys.argv[3] if len(sys.argv) > 3 else "."
out = sys.stdout.buffer
out_lock, work_lock = threading.Lock(), threading.Lock()
waiting: queue.SimpleQueue[int] = queue.SimpleQueue()


def send(**message: object) -> None:
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    with out_lock:
        out.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        out.flush()


def read() -> dict | None:
    length = 0
    while True:
        line = sys.stdin.buffer.readline()
        if not line:
            return None
        if line == b"\r\n":
            return json.loads(sys.stdin.buffer.read(length))
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])


def hashed(rounds: int) -> None:
    hashlib.pbkdf2_hmac("sha256", b"password", b"salt", rounds)


def with_lock_asleep() -> None:
    with work_lock:
        time.sleep(0.008)


def with_lock_busy() -> None:
    with work_lock:
        hashed(8_000)


def synced() -> None:
    path = f"{DIRECTORY}/known-answer-{threading.get_ident()}"
    fd = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        for _ in range(16):
            os.pwrite(fd, CHUNK[:65536], 0)
            os.fsync(fd)
    finally:
        os.close(fd)
        os.unlink(path)


def pages_of_a_file() -> memoryview:
    """A file of which no more is in memory than there is room for, and none is read ahead."""
    fd = os.open(f"{DIRECTORY}/known-answer-pages", os.O_RDWR | os.O_CREAT, 0o600)
    os.unlink(f"{DIRECTORY}/known-answer-pages")
    for _ in range(PAGED_BYTES >> 20):
        os.write(fd, os.urandom(1 << 20))
        # What a slow disk has not taken yet holds memory that there is no room for.
        os.fsync(fd)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    mapped = mmap.mmap(fd, PAGED_BYTES, prot=mmap.PROT_READ)
    mapped.madvise(mmap.MADV_RANDOM)
    return memoryview(mapped)


def paged() -> None:
    """Pages anywhere in the file, most of which have to come from storage again."""
    for _ in range(8):
        at = NOISE.randrange(0, PAGED_BYTES, 4096)
        hashlib.blake2b(PAGES[at : at + 4096])


def churned() -> None:
    """New memory, touched and given back: what a program does that keeps none of it."""
    size = 16 << 20
    with mmap.mmap(-1, size) as fresh:
        fresh.madvise(mmap.MADV_NOHUGEPAGE)
        fresh.write(CHUNK)


def grown() -> None:
    """A base cost and one that grows with the size, which is the third argument, in the order that is
    named."""
    size = int(DIRECTORY)
    shape = {
        "constant": lambda n: 1.0,
        "log": math.log,
        "linear": float,
        "n-log-n": lambda n: n * math.log(n),
        "quadratic": lambda n: float(n * n),
    }[KIND.removeprefix("grow-")]
    cost_s = 0.01 + 0.3 * shape(size) / shape(128)
    time.sleep(cost_s * math.exp(NOISE.gauss(0, 0.1)))


NOISE = random.Random(int(DIRECTORY) if DIRECTORY.isdecimal() else 0)
PAGED_BYTES = 128 << 20
PAGES = memoryview(b"")
CHUNK = bytes(16 << 20) if KIND in ("fsync", "churn") else b""
WORK = {
    "cpu": lambda: hashed(20_000),
    "lock": with_lock_asleep,
    "lock-busy": with_lock_busy,
    "fsync": synced,
    "churn": churned,
    "paging": paged,
    "sleep": lambda: time.sleep(0.02),
    "nothing": lambda: None,
}.get(KIND, grown)


def work() -> None:
    while True:
        request = waiting.get()
        WORK()
        send(id=request, result=None)


for _ in range(THREADS):
    threading.Thread(target=work, daemon=True).start()
while (message := read()) is not None:
    if message.get("method") == "initialize":
        if KIND == "paging":
            # Now that whoever started it has limited its memory.
            PAGES = pages_of_a_file()
        capabilities = {"positionEncoding": "utf-8", "hoverProvider": True}
        send(id=message["id"], result={"capabilities": capabilities, "serverInfo": {"name": KIND}})
    elif message.get("method") == "shutdown":
        send(id=message["id"], result=None)
    elif message.get("method") == "exit":
        break
    elif "id" in message and "method" in message:
        waiting.put(message["id"])
os._exit(0)
