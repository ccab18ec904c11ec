"""One test of a stock client, as ctest runs it. Ends with 77, and says why, where a tool is not here.

    run.py stubs python|go           makes what the tests of a language need, in the build folder
    run.py python FILE TEST          one test of python/FILE, with the stock libraries
    run.py curl FILE TEST            one test of curl/FILE, which runs the stock program that it is named after
    run.py go FILE TEST              one test of go/FILE, with the programs around it

ZOETROPE_TOOLS is where tests/run has put the tools, ZOETROPE_WORK a folder of the build.
"""

import glob
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
PROTOS = os.path.join(os.path.dirname(os.path.dirname(HERE)), 'protos')
TOOLS = os.environ['ZOETROPE_TOOLS']
WORK = os.environ['ZOETROPE_WORK']
PYTHON = os.path.join(TOOLS, 'python', 'bin', 'python')
GO_HOME = os.path.join(TOOLS, 'go')
GO_WORK = os.path.join(WORK, 'go')
GO_TESTS = os.path.join(GO_WORK, 'clients.test')
SKIPPED = 77


def skip(reason):
    print(f'SKIPPED: {reason}; tests/run installs it')
    sys.exit(SKIPPED)


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            skip(f'{program} is not here, so this client was not tried')


def public_protos():
    return [os.path.relpath(path, PROTOS) for path in sorted(glob.glob(os.path.join(PROTOS, 'zoetrope', 'v1', '*.proto')))]


def run(*command, **options):
    print('+', *command, flush=True)
    if subprocess.run(command, check=False, **options).returncode != 0:
        sys.exit(1)


def empty(folder):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


def need_python():
    need(PYTHON)
    find = 'import importlib.util, sys; sys.exit(not all(map(importlib.util.find_spec, ("grpc", "grpc_status", "grpc_tools"))))'
    if subprocess.run([PYTHON, '-c', find], check=False).returncode != 0:
        skip('grpcio is not here whole, so this client was not tried')


def python_stubs():
    need_python()
    out = empty(os.path.join(WORK, 'python'))
    run(PYTHON, '-m', 'grpc_tools.protoc', '-I', PROTOS, f'--python_out={out}', f'--grpc_python_out={out}', *public_protos())


def go_environment():
    """Go's own folders below the tools, and nothing from a network. What was brought was checked then."""
    return {**os.environ, 'GOPATH': GO_HOME, 'GOCACHE': os.path.join(GO_HOME, 'cache'), 'GOPROXY': 'off', 'GOSUMDB': 'off',
            'GOTOOLCHAIN': 'local', 'GOWORK': 'off', 'GOFLAGS': '-mod=mod -modcacherw', 'CGO_ENABLED': '0'}


def need_go():
    plugins = [os.path.join(GO_HOME, 'bin', name) for name in ('protoc-gen-go', 'protoc-gen-go-grpc')]
    need('go', 'protoc', *plugins)
    return plugins


def go_stubs():
    """Stubs, and the program of all tests."""
    plugins = need_go()
    empty(GO_WORK)
    for path in glob.glob(os.path.join(HERE, 'go', '*')):
        shutil.copy(path, GO_WORK)
    here = {'cwd': GO_WORK, 'env': go_environment()}
    if subprocess.run(['go', 'mod', 'download'], check=False, **here).returncode != 0:
        skip('a module of Go is not here, so this client was not tried')
    run('protoc', '-I', PROTOS, *(f'--plugin={plugin}' for plugin in plugins), f'--go_out={GO_WORK}', '--go_opt=module=zoetrope',
        f'--go-grpc_out={GO_WORK}', '--go-grpc_opt=module=zoetrope', *public_protos())
    run('go', 'vet', './...', **here)
    run('go', 'test', '-c', '-o', GO_TESTS, '.', **here)


def python_test(file, test):
    need_python()
    become([PYTHON, '-B', os.path.join(HERE, 'python', file), '-v', '-k', f'*.{test}'],
           PYTHONPATH=os.pathsep.join([os.path.join(WORK, 'python'), HERE]))


def curl_test(file, test):
    program = {'grpcurl_test.py': os.path.join(TOOLS, 'go', 'bin', 'grpcurl'),
               'buf_curl_test.py': os.environ.get('ZOETROPE_BUF') or shutil.which('buf') or 'buf'}[file]
    need(program)
    become([sys.executable, '-B', os.path.join(HERE, 'curl', file), '-v', '-k', f'*.{test}'],
           PYTHONPATH=HERE, ZOETROPE_CURL=program)


def go_test(file, test):
    need_go()
    sys.path.insert(0, HERE)
    import world
    with world.World(world.STRICT if file == 'errors_test.go' else None) as programs:
        done = subprocess.run([GO_TESTS, '-test.run', f'^{test}$', '-test.v', '-test.count=1'], cwd=HERE, check=False, text=True,
                              stdout=subprocess.PIPE, env={**os.environ, 'ZOETROPE_ADDRESS': programs.address,
                                                           'ZOETROPE_SANDBOX_URL': programs.sandbox_url})
    print(done.stdout)
    # A name that no test has would pass.
    good = done.returncode == 0 and f'--- PASS: {test} ' in done.stdout
    if not good:
        world.show_logs()
    sys.exit(0 if good else 1)


def become(command, **environment):
    os.execve(command[0], command, {**os.environ, **environment})


if __name__ == '__main__':
    # gRPC would ask a proxy for addresses of this machine.
    os.environ['no_proxy'] = '127.0.0.1,localhost'
    {'stubs': lambda language: {'python': python_stubs, 'go': go_stubs}[language](),
     'python': python_test, 'curl': curl_test, 'go': go_test}[sys.argv[1]](*sys.argv[2:])
