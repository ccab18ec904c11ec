"""What the tests of all SDKs share: the simulator's address, a receiver of webhooks, and what a video looks like."""

import base64
import http.server
import json
import logging
import os
import queue
import struct
import sys
import threading
import unittest
import urllib.parse
import urllib.request
import zlib

SANDBOX = os.environ['ZOETROPE_SANDBOX']
# Machines that are busy with something else are slow.
PATIENCE_SECONDS = 60
# unittest turns asyncio's debugging on, which reports a slow machine.
logging.getLogger('asyncio').setLevel(logging.ERROR)
# No test waits for the end of a job with this in its prompt.
ENDLESS = '[[fault:queue-ms:3600000]]'
# Finished before anyone can ask.
AT_ONCE = '[[fault:queue-ms:0]] [[fault:run-ms:0]]'


def fetch(url, **headers):
    """By the proxy of the environment where the name is not of this machine."""
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=PATIENCE_SECONDS) as answer:
        return answer.read()


def is_mp4(data):
    return data[4:8] == b'ftyp'


def picture():
    """A PNG that every provider accepts."""
    return fetch(f'{SANDBOX}/pictures/sample.png')


def picture_of(width, height):
    """A grey PNG of that size, for those who want the video's."""
    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    rows = (b'\0' + b'\x80' * width) * height
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, 8, 0, 0, 0, 0)) +
            chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))


def data_url(png):
    return f'data:image/png;base64,{base64.b64encode(png).decode()}'


def creations(prompt):
    """The jobs that exist with this in their prompts, whatever their client was told."""
    return json.loads(fetch(f'{SANDBOX}/_sandbox/ledger?prompt_contains={urllib.parse.quote(prompt)}'))['creations']


class Receiver:
    """An HTTP server on loopback that answers 200 to everything and keeps it."""

    def __init__(self):
        self._messages = messages = queue.Queue()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers['Content-Length']))
                self.send_response(200)
                self.send_header('Content-Length', '0')
                self.end_headers()
                messages.put((self.headers, body))

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.url = f'http://127.0.0.1:{self._server.server_address[1]}/hooks/token-1'
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def take(self):
        """The next message: its headers and its bytes."""
        return self._messages.get(timeout=PATIENCE_SECONDS)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


def main():
    """Runs the tests of the file; none at all is a failure."""
    outcome = unittest.main(module='__main__', exit=False, warnings='ignore').result
    print(f'{outcome.testsRun} tests were run', file=sys.stderr)
    sys.exit(0 if outcome.wasSuccessful() and outcome.testsRun > 0 else 1)
