# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the start corpus of fuzz_hub_request: `python make_hub_corpus.py FOLDER`. Needs nothing but Python."""

import sys
from pathlib import Path

KEY = b"x-api-key: @KEY@\r\n"
PART = (b'--XbounX\r\nContent-Disposition: form-data; name="type"\r\n\r\nepoch\r\n'
        b'--XbounX\r\nContent-Disposition: form-data; name="epoch"\r\n\r\n3\r\n'
        b'--XbounX\r\nContent-Disposition: form-data; name="isBest"\r\n\r\nTrue\r\n'
        b'--XbounX\r\nContent-Disposition: form-data; name="last.pt"; filename="last.pt"\r\n'
        b'Content-Type: application/octet-stream\r\n\r\nWEIGHTS\r\n--XbounX--\r\n')
PICTURE = (b'--XbounX\r\nContent-Disposition: form-data; name="conf"\r\n\r\n0.3\r\n'
           b'--XbounX\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\nJPEG\r\n--XbounX--\r\n')
METRICS = b'{"0": "{\\"train/box_loss\\": 1.5, \\"metrics/mAP50-95(B)\\": NaN}", "1": "{\\"x\\": -Infinity}"}'


def request(line, body=b"", headers=KEY):
    length = b"Content-Length: %d\r\n" % len(body) if body else b""
    return line + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers + length + b"\r\n" + body


def connections():
    upload = KEY + b"Content-Type: multipart/form-data; boundary=XbounX\r\n"
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(PART), PART)
    yield request(b"POST /v1/auth")
    yield request(b"POST /v1/auth", headers=b"authorization: Bearer @KEY@\r\n")
    yield request(b"POST /v1/models", b'{"meta": {"name": "a"}, "config": {"epochs": 3}, "dataset": {"name": "d"}}')
    yield request(b"GET /v1/models?limit=2&last_doc_id=@ID@&public=true&query=a%20b") * 2
    yield request(b"GET /v1/models/@ID@") + request(b"GET /v1/models/@ID@/metrics")
    yield request(b"PATCH /v1/models/@ID@", b'{"meta": {"name": "b"}, "status": "training"}')
    yield request(b"POST /v1/models/@ID@", b'{"type": "metrics", "metrics": ' + METRICS + b"}")
    yield request(b"POST /v1/models/@ID@/upload", PART, upload)
    yield request(b"POST /v1/models/@ID@/upload", b"", upload + b"Transfer-Encoding: chunked\r\n") + chunks
    yield request(b"POST /v1/agent/heartbeat/models/@ID@", b'{"agent": "a", "agentId": null}')
    yield request(b"POST /v1/projects", b'{"meta": {"name": "p"}}') + request(b"GET /v1/projects")
    yield request(b"GET /", headers=b"") + request(b"HEAD /models/@ID@", headers=b"If-None-Match: \"a\"\r\n")
    yield request(b"GET /models/@ID@", headers=b"Cookie: torchdeck_hub=1.aa; b=c\r\nRange: bytes=0-4,-3\r\n")
    yield request(b"POST /login", b"key=%40KEY%40&next=%2F", b"Content-Type: application/x-www-form-urlencoded\r\n")
    yield request(b"POST /v1/models/@ID@/upload", PART, upload) + request(b"POST /v1/predict/@ID@", PICTURE, upload)
    yield request(b"POST /v1/torchdeck/keys", b'{"user": "a", "quota": 5}') + request(b"GET /v1/torchdeck/keys")
    yield request(b"PATCH /v1/torchdeck/keys/@ID@", b'{"quota": -1}') + request(b"DELETE /v1/torchdeck/keys/@ID@")
    yield request(b"POST /get-export", b'{"modelId": "@ID@", "format": "pytorch"}')
    yield request(b"GET /web/api/compare?ids=@ID@,@ID@", headers=b"") + request(b"POST /logout", headers=b"")
    yield request(b"OPTIONS /v1/models") + request(b"POST /v1/models/@ID@/export", b'{"format": "onnx"}')


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(connections()):
        (folder / f"connection-{number}").write_bytes(b"\0" + text)
    for piece in (0, 2, 255):
        (folder / f"multipart-{piece}").write_bytes(b"\1" + bytes([piece]) + PART)
    (folder / "metrics").write_bytes(b"\2" + METRICS)
    print(f"{len(list(folder.iterdir()))} inputs in {folder}")


if __name__ == "__main__":
    main()
