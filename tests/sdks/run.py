"""One file of tests of an official SDK, as ctest runs it, with a simulator of its own. Ends with 77, and says why, where the
SDK is not here.

    run.py python FILE    python/FILE, with what tests/run has installed from python/requirements.txt
    run.py node FILE      node/FILE, with what it has installed from node/package.json

ZOETROPE_TOOLS is where tests/run has put the SDKs, ZOETROPE_BIN_DIR where the simulator is.
"""

import os
import shutil
import subprocess
import sys
import tempfile

import names

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOOLS = os.environ['ZOETROPE_TOOLS']
SKIPPED = 77
LOG_TAIL = 6000
NODE_MIN = (18, 17)


def skip(reason):
    print(f'SKIPPED: {reason}; tests/run installs it')
    sys.exit(SKIPPED)


def need_installed(language, home, wanted):
    """What is installed must be what is pinned: tests/run leaves a copy of the list beside it when all went well."""
    installed = os.path.join(home, 'installed')
    if not os.path.exists(installed):
        skip(f'the official SDKs for {language} are not here, so they were not tried')
    with open(installed, encoding='utf-8') as have, open(os.path.join(HERE, wanted), encoding='utf-8') as want:
        if have.read() != want.read():
            skip(f'the official SDKs for {language} are here in other versions than {wanted} says, so they were not tried')


def python_command(file, _):
    home = os.path.join(TOOLS, 'sdks-python')
    need_installed('Python', home, os.path.join('python', 'requirements.txt'))
    return [os.path.join(home, 'bin', 'python'), '-B', os.path.join(HERE, 'python', file), '-v']


def node_command(file, folder):
    home = os.path.join(TOOLS, 'sdks-node')
    if not shutil.which('node'):
        skip('node is not here, so the official SDKs for JavaScript were not tried')
    version = subprocess.run(['node', '--version'], check=True, capture_output=True, text=True).stdout.strip()
    if tuple(map(int, version.lstrip('v').split('.')[:2])) < NODE_MIN:
        skip(f'node is {version}, too old for the official SDKs for JavaScript, so they were not tried')
    need_installed('JavaScript', home, os.path.join('node', 'package.json'))
    # Modules are looked for beside the file that imports them.
    beside = os.path.join(folder, 'node')
    shutil.copytree(os.path.join(HERE, 'node'), beside)
    os.symlink(os.path.join(home, 'node_modules'), os.path.join(beside, 'node_modules'))
    return ['node', '--test', os.path.join(beside, file)]


class Simulator:
    """zoetrope-sandbox as a child that never outlives this process."""

    def __init__(self, folder):
        self.certificate = os.path.join(folder, 'certificate.pem')
        self._log = os.path.join(folder, 'sandbox.log')
        port_file = os.path.join(folder, 'tls-port')
        command = ['setpriv', '--pdeathsig', 'KILL', os.path.join(os.environ['ZOETROPE_BIN_DIR'], 'zoetrope-sandbox'),
                   '--listen', '127.0.0.1:0', '--tls-listen', '127.0.0.1:0', '--tls-port-file', port_file,
                   '--tls-cert-out', self.certificate, '--no-render', '--queue-ms', '100', '--run-ms', '300']
        with open(self._log, 'ab') as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True)
        # It says where it listens, with TLS first.
        self.url = ''
        while not self.url.startswith('http://'):
            line = self._process.stdout.readline()
            if not line:
                raise ChildProcessError(f'the simulator does not come up: {self.log()}')
            self.url = line.split('listening on ')[-1].strip()
        with open(port_file, encoding='ascii') as file:
            self.tls_port = int(file.read())

    def log(self):
        with open(self._log, encoding='utf-8', errors='replace') as log:
            return log.read()[-LOG_TAIL:]

    def end(self):
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


def main(language, file):
    with tempfile.TemporaryDirectory(prefix='zoetrope-sdks-') as folder:
        command = {'python': python_command, 'node': node_command}[language](file, folder)
        simulator = Simulator(folder)
        try:
            with names.Proxy(simulator.tls_port) as proxy:
                environment = {**os.environ, 'ZOETROPE_SANDBOX': simulator.url, 'HTTPS_PROXY': proxy.url, 'https_proxy': proxy.url,
                               'NO_PROXY': '127.0.0.1,localhost', 'no_proxy': '127.0.0.1,localhost',
                               'SSL_CERT_FILE': simulator.certificate, 'REQUESTS_CA_BUNDLE': simulator.certificate,
                               'NODE_EXTRA_CA_CERTS': simulator.certificate}
                code = subprocess.run(command, env=environment, check=False).returncode
            if code != 0:
                print(f'--- end of sandbox.log\n{simulator.log()}', file=sys.stderr)
        finally:
            simulator.end()
    # 77 is ours to say.
    return 1 if code else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
