"""A small web server of the test: it notes who asked what, and answers as told."""

import http.server
import threading

from .ports import free_port


class Hook:
    """`requests`: (method, path, headers, body) of everything asked. `answer`: (status, body), may be changed."""

    def __init__(self, test, port=None):
        self.requests, self.answer = [], (200, "{}")
        self.port = port or free_port()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        test.cleanup(self.close)

    def close(self):
        """Nobody listens there any more."""
        self._server.shutdown()
        self._server.server_close()

    def url(self, path="/"):
        return f"http://127.0.0.1:{self.port}{path}"

    def _handler(hook):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length).decode(errors="replace")
                hook.requests.append((self.command, self.path, dict(self.headers), body))
                status, text = hook.answer(self) if callable(hook.answer) else hook.answer
                self.send_response(status)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            do_POST = do_GET

            def log_message(self, *_):
                pass
        return Handler
