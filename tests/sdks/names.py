"""Where SDKs find hosts that they do not let anyone change: a proxy on loopback that leads every name to one port of this machine.

SDKs ask a proxy by CONNECT and then speak TLS through it, so that the certificate at the other end decides for which names this
works.
"""

import socket
import socketserver
import threading

TIMEOUT_SECONDS = 60


class _Connection(socketserver.StreamRequestHandler):
    timeout = TIMEOUT_SECONDS

    def handle(self):
        method = self.rfile.readline(8192).split(b' ')[0]
        while self.rfile.readline(8192).strip():
            pass
        if method != b'CONNECT':
            self.wfile.write(b'HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n')
            return
        with socket.create_connection(('127.0.0.1', self.server.target), TIMEOUT_SECONDS) as there:
            there.settimeout(None)
            self.connection.settimeout(None)
            self.wfile.write(b'HTTP/1.1 200 Connection Established\r\n\r\n')
            with there.makefile('rb', 0) as answers, there.makefile('wb', 0) as questions:
                back = threading.Thread(target=_copy, args=(answers, self.wfile, self.connection), daemon=True)
                back.start()
                _copy(self.rfile, questions, there)
                back.join()


def _copy(source, sink, end):
    """All that comes, as it comes, and then the end of it."""
    try:
        while part := source.read1(65536) if hasattr(source, 'read1') else source.read(65536):
            sink.write(part)
        end.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # one side has gone


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, target):
        self.target = target
        super().__init__(('127.0.0.1', 0), _Connection)


class Proxy:
    """`url` is what belongs into HTTPS_PROXY; `target` is a port of this machine that speaks TLS."""

    def __init__(self, target):
        self._server = _Server(target)
        self.url = f'http://127.0.0.1:{self._server.server_address[1]}'

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
