"""The site that quick exit leads to, played by a server of our own: nothing leaves the machine."""

import contextlib
import http.server
import ssl
import threading

HOST, TITLE = "www.meteofrance.com", "Le temps qu'il fait"


class _Weather(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        page = f"<!doctype html><title>{TITLE}</title><h1>{TITLE}</h1>".encode()
        self.server.requests.append((self.path, self.headers.get("Referer")))
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def neutral_site(certificate):
    """Serve it by TLS on a free port; `requests` lists each path with its referrer."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Weather)
    server.requests = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def resolved_to(server):
    """What a browser is started with to find the neutral site there."""
    return f"--host-resolver-rules=MAP {HOST}:443 127.0.0.1:{server.server_port}"
