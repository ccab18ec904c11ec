"""One test of a stock client, as ctest runs it. Ends with 77, and says why, where a tool is not here.

    run.py stubs                     makes what the tests of Python need, in the build folder
    run.py python FILE TEST          one test of python/FILE, with the stock libraries
    run.py curl FILE TEST            one test of curl/FILE, which runs the stock program that it is named after

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


def become(command, **environment):
    os.execve(command[0], command, {**os.environ, **environment})


if __name__ == '__main__':
    # gRPC would ask a proxy for addresses of this machine.
    os.environ['no_proxy'] = '127.0.0.1,localhost'
    {'stubs': python_stubs, 'python': python_test, 'curl': curl_test}[sys.argv[1]](*sys.argv[2:])
