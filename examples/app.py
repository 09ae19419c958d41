"""A web service that classifies a posted photograph.

python examples/app.py &
curl --data-binary @examples/espresso.jpg http://127.0.0.1:8000/
"""

from __future__ import annotations

import json
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pipelines import InputError, load

LARGEST_BYTES = 20 << 20
classify = load("image-classification")


class Classifier(BaseHTTPRequestHandler):
    """Answers POST requests; a pipeline may be used by many threads at once."""

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal():
            self._answer(411, {"error": "a Content-Length is needed"})
            return
        if int(length) > LARGEST_BYTES:
            self._answer(413, {"error": "too large"})
            return
        try:
            result = classify(self.rfile.read(int(length)), top_k=3)
        except InputError as error:
            self._answer(400, {"error": str(error)})
        else:
            self._answer(200, asdict(result))

    def _answer(self, status: int, content: dict) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", 8000), Classifier).serve_forever()
