"""One language server with many faults: `python misbehaving.py FAULT`. Behaves well but for that.

Faults at the start act on `initialize`, the others on the requests that follow it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

FAULT = sys.argv[1]
out = sys.stdout.buffer


def raw(data: bytes) -> None:
    out.write(data)
    out.flush()


def framed(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def send(**message: object) -> None:
    data = framed(json.dumps({"jsonrpc": "2.0", **message}).encode())
    if FAULT == "bytes-one-at-a-time":
        for index in range(len(data)):
            raw(data[index : index + 1])
    else:
        raw(data)


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


def forever() -> None:
    while True:
        time.sleep(3600)


def at_start() -> None:
    if FAULT == "exits-at-start":
        sys.stderr.write("I do not want to\n")
        sys.exit(7)
    if FAULT == "never-answers-initialize":
        forever()
    if FAULT == "ignores-sigterm":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if FAULT == "leaves-a-child":
        code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(3600)"
        subprocess.Popen([sys.executable, "-c", code], start_new_session=True, stdin=subprocess.DEVNULL)


def on_initialize(request_id: int) -> None:
    at_once = {
        "garbage-before-header": b"Hello! I am a language server.\n\x00",
        "missing-content-length": b"Content-Type: x\r\n\r\n{}",
        "negative-content-length": b"Content-Length: -5\r\n\r\n{}",
        "huge-content-length": b"Content-Length: 999999999999\r\n\r\n",
    }
    if FAULT in at_once:
        raw(at_once[FAULT])
        forever()
    if FAULT == "half-a-frame":
        raw(b'Content-Length: 500\r\n\r\n{"jsonrpc"')
        forever()
    if FAULT == "error-to-initialize":
        send(id=request_id, error={"code": -32002, "message": "no licence"})
        return
    send(id=request_id, result={"capabilities": {"positionEncoding": "utf-8"}, "serverInfo": {"name": "bad"}})


def ask_things() -> None:
    """Requests of the server's own."""
    if FAULT == "asks-endlessly-and-never-reads":
        items = b",".join([b"{}"] * 1000)
        body = b'{"id":1,"method":"workspace/configuration","params":{"items":[%b]}}' % items
        for _ in range(300):
            raw(framed(body) * 100)
        forever()
    if FAULT == "asks-what-nobody-knows":
        for number in range(100):
            send(id=number, method="nobody/knows", params=[number])
        send(id=None, method="workspace/configuration", params=None)
    if FAULT == "asks-and-never-listens":
        for number in range(100):
            send(id=f"q{number}", method="workspace/configuration", params={"items": [{"section": "a"}]})


def on_initialized() -> None:
    if FAULT == "never-ready":
        params = {"quiescent": False, "health": "ok", "message": "still loading"}
        send(method="experimental/serverStatus", params=params)
    if FAULT == "log-flood":
        note = framed(b'{"jsonrpc":"2.0","method":"window/logMessage","params":{"type":4,"message":"x"}}')
        for _ in range(200):
            raw(note * 1000)
    if FAULT == "stderr-flood":
        for _ in range(1000):
            sys.stderr.write("x" * 10_000 + "\n")
    if FAULT == "stops-reading":
        forever()
    ask_things()


def on_request(number: int, request_id: int) -> None:
    if FAULT == "exits-in-mid-run" and number == 10:
        sys.stderr.write("out of patience\n")
        sys.stderr.flush()
        os._exit(9)
    if FAULT == "hangs-in-mid-run" and number >= 10:
        return
    if FAULT == "closes-stdout-but-lives" and number == 10:
        os.close(1)
        forever()
    answers = {
        "invalid-utf8": framed(b'{"id":%d,"result":"\xff\xfe"}' % request_id),
        "invalid-json": framed(b'{"id":%d,"result":' % request_id),
        "wrong-id": framed(b'{"id":%d,"result":null}' % (request_id + 100_000)),
        "null-id": framed(b'{"id":null,"result":null}'),
        "nested-beyond-measure": framed(
            b'{"id":%d,"result":%b%b}' % (request_id, b"[" * 50_000, b"]" * 50_000)
        ),
        "garbage-in-mid-run": b"thread 'main' panicked\n" if number == 10 else b"",
        "negative-length-in-mid-run": b"Content-Length: -5\r\n\r\n{}" if number == 10 else b"",
        "huge-length-in-mid-run": b"Content-Length: 999999999999\r\n\r\n" if number == 10 else b"",
        "length-too-small": framed(b'{"id":%d,"result":null}' % request_id).replace(b": 2", b": 1"),
        "empty-body": framed(b"") + framed(b'{"id":%d,"result":null}' % request_id),
        "text-id": framed(b'{"id":"%d","result":null}' % request_id),
        "batch": framed(b'[{"id":%d,"result":null}]' % request_id),
        "half-an-answer": b'Content-Length: 100\r\n\r\n{"id":%d,' % request_id if number == 10 else b"",
        "error-that-is-none": framed(b'{"id":%d,"error":"no"}' % request_id),
        "neither-result-nor-error": framed(b'{"id":%d}' % request_id),
        "error-without-code": framed(b'{"id":%d,"error":{"message":"no"}}' % request_id),
        "duplicate-reply": framed(b'{"id":%d,"result":null}' % request_id) * 2,
        "reply-to-nothing": framed(b'{"id":987654,"result":null}')
        + framed(b'{"id":%d,"result":null}' % request_id),
    }
    if answers.get(FAULT):
        raw(answers[FAULT])
        if FAULT == "half-an-answer":
            forever()
    elif FAULT == "hundred-megabyte-answer" and number == 10:
        raw(framed(b'{"id":%d,"result":"%b"}' % (request_id, b"x" * 100_000_000)))
    else:
        send(id=request_id, result=None)


def main() -> None:
    at_start()
    number = 0
    while (message := read()) is not None:
        method = message.get("method")
        if method == "initialize":
            on_initialize(message["id"])
        elif method == "initialized":
            on_initialized()
        elif method == "shutdown":
            if FAULT == "hangs-on-shutdown":
                forever()
            send(id=message["id"], result=None)
        elif method == "exit":
            if FAULT in ("ignores-sigterm", "hangs-on-exit"):
                forever()
            return
        elif method is not None and "id" in message:
            number += 1
            on_request(number, message["id"])


main()
