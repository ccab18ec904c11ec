"""The real programs around a test, as its children: the simulated providers, and the server in front of them."""

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

# Machines that are busy with something else start programs slowly.
START_SECONDS = 60
# Longer than a call takes on such a machine, and than a stream that waits for the test; both shorter than ctest's patience.
CALL_SECONDS = 60
STREAM_SECONDS = 240
LOG_TAIL = 6000

# A server that refuses what a real one refuses: models that are retired, what a budget has no room for, and more jobs than it wants. Only
# three fit into it.
STRICT = """
listen: 127.0.0.1:0
metrics_listen: off
limits: {live_jobs_max: 3}
budgets: [{name: cheap, limit: "0.01", window: day, label: {key: project, value: cheap}}]
providers:
  - name: fal
    base_url: $SANDBOX/fal/queue
    api_key: {dummy: sandbox}
    allow_plain_http: true
    allow_private_hosts: true
"""

_logs = []


class Program:
    """A child that says `… listening on ADDRESS` once it serves, and that never outlives this process."""

    def __init__(self, command, log):
        with open(log, 'ab') as errors:
            self._process = subprocess.Popen(['setpriv', '--pdeathsig', 'KILL', *command], stdin=subprocess.DEVNULL,
                                             stdout=subprocess.PIPE, stderr=errors)
        try:
            self.address = self._await_address()
        except Exception:
            self.end(signal.SIGKILL)
            raise

    def _await_address(self):
        seen = b''
        end = time.monotonic() + START_SECONDS
        with selectors.DefaultSelector() as output:
            output.register(self._process.stdout, selectors.EVENT_READ)
            while not seen.endswith(b'\n'):
                if not output.select(end - time.monotonic()):
                    raise TimeoutError(f'{self._process.args[3]} does not come up')
                part = os.read(self._process.stdout.fileno(), 4096)
                if not part:
                    raise ChildProcessError(f'{self._process.args[3]} ends instead of serving')
                seen += part
        return seen.decode().split('listening on ')[-1].strip()

    def end(self, how=signal.SIGTERM):
        """Ends it and returns the exit code."""
        if self._process.poll() is None:
            self._process.send_signal(how)
        try:
            return self._process.wait(CALL_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
        finally:
            self._process.stdout.close()


class World:
    """A simulator and a server, with a store of their own. `config` is a configuration file, in which $SANDBOX stands for the
    simulator's URL; without it the server has the one that is built in for the simulator. `metrics` is where it is to be scraped."""

    def __init__(self, config=None, metrics='off'):
        self._bin = os.environ['ZOETROPE_BIN_DIR']
        self._config = config
        self._metrics = metrics
        self._folder = tempfile.TemporaryDirectory(prefix='zoetrope-clients-')
        self._server = None
        self._sandbox = None
        try:
            self._sandbox = Program([self._program('zoetrope-sandbox'), '--listen', '127.0.0.1:0', '--no-render',
                                     '--queue-ms', '50', '--run-ms', '200'], self._file('sandbox.log'))
            self.sandbox_url = self._sandbox.address
            self.start_server()
        except Exception:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _program(self, name):
        return os.path.join(self._bin, name)

    def _file(self, name):
        return os.path.join(self._folder.name, name)

    def start_server(self):
        command = [self._program('zoetroped'), '--listen', '127.0.0.1:0', '--store', self._file('zoetrope.db'),
                   '--metrics-listen', self._metrics]
        if self._config is None:
            command += ['--sandbox', self.sandbox_url]
        else:
            path = self._file('zoetrope.yaml')
            with open(path, 'w', encoding='utf-8') as file:
                file.write(self._config.replace('$SANDBOX', self.sandbox_url))
            command += ['--config', path]
        self._server = Program(command, self._file('server.log'))

    def server_log(self):
        with open(self._file('server.log'), encoding='utf-8', errors='replace') as log:
            return log.read()

    def stop_server(self):
        """As an operator does; returns the exit code."""
        return self._server.end()

    @property
    def address(self):
        """Where the server listens, host:port; another one after each start."""
        return self._server.address

    def ledger(self, prompt):
        """What the simulated providers know of prompts that contain this; see tests/sandbox/README.md."""
        url = f'{self.sandbox_url}/_sandbox/ledger?prompt_contains={urllib.parse.quote(prompt)}'
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(url, timeout=CALL_SECONDS) as answer:
            return json.load(answer)

    def close(self):
        for program in (self._server, self._sandbox):
            if program is not None:
                program.end(signal.SIGKILL)
        for name in ('server.log', 'sandbox.log'):
            if os.path.exists(self._file(name)):
                with open(self._file(name), encoding='utf-8', errors='replace') as log:
                    _logs.append(f'--- end of {name}\n{log.read()[-LOG_TAIL:]}')
        self._folder.cleanup()


class WorldCase(unittest.TestCase):
    """A test with a world of its own."""

    config = None
    maxDiff = None

    def setUp(self):
        self.world = World(self.config)
        self.addCleanup(self.world.close)


def submission(prompt, **more):
    """A request that every account of the simulator can serve, as JSON. The simulator fetches nothing, so any address will do for
    the picture."""
    generation = {'model': 'sora-2', 'prompt': prompt, 'first_frame': {'url': 'https://pictures.example.com/boat.png'}}
    return {'generation': generation, 'routing': {'provider': 'fal'}, **more}


def connections_to(address):
    """How many TCP connections to a port of this machine are open."""
    port = int(address.rsplit(':', 1)[1])
    established = '01'
    rows = []
    for table in ('/proc/net/tcp', '/proc/net/tcp6'):
        if os.path.exists(table):
            with open(table, encoding='ascii') as lines:
                rows += [line.split() for line in lines.readlines()[1:]]
    return sum(int(row[2].rsplit(':', 1)[1], 16) == port and row[3] == established for row in rows)


def error_cases():
    """The table that all languages share; see its first lines."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'error_cases.json'), encoding='utf-8') as file:
        return json.load(file)


def show_logs():
    """What the programs of all worlds that were closed had to say."""
    print(*_logs, sep='\n', file=sys.stderr)


def main():
    """Runs the tests that the command line names, and shows the programs' logs where one fails."""
    outcome = unittest.main(module='__main__', exit=False).result
    good = outcome.wasSuccessful() and outcome.testsRun > 0
    if not good:
        show_logs()
        print(f'{outcome.testsRun} tests were run', file=sys.stderr)
    sys.exit(0 if good else 1)
