"""Turns the server's safety rules off, one at a time, and shows that the tests named for each see it.

    python3 tests/mutations/run.py                        all of them, in the build of tests/run
    python3 tests/mutations/run.py --build DIR NAME...    these, in that build
    python3 tests/mutations/run.py --table                the rows of tests/README.md

The sources stay as they are. The changed copy lies in the build folder, is compiled by the original's own command, and the test's program
is linked once more with it in front of the library that has the original: a compilation and a link for each mutation. The test has to pass
before, and to fail afterwards by an assertion of its own: a copy that does not compile, a crash or a test that does not end proves nothing.

Exit status 0: every one was caught.
"""

import argparse
import concurrent.futures
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, 'tests', 'tidy'))

import mutations
from tree import Tree

COMPILE_SECONDS = 600
TEST_SECONDS = 240
# A simulation that sees a mutation sees it soon; and before, it has to play all of its histories.
ENVIRONMENT = {**os.environ, 'ZOETROPE_SIM_SEEDS': '100'}


class Unproven(Exception):
    """Why a mutation shows nothing, one way or the other."""


def run(command, seconds, cwd):
    """What it printed, and its status."""
    with subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace',
                          env=ENVIRONMENT, start_new_session=True) as process:
        try:
            return process.communicate(timeout=seconds)[0], process.returncode
        except subprocess.TimeoutExpired as error:
            os.killpg(process.pid, signal.SIGKILL)  # with what it has started: a compiler, a server
            raise Unproven(f'{os.path.basename(command[0])} did not end within {seconds} s') from error


def last_words(output):
    return '\n'.join(output.strip().split('\n')[-30:])


class Build:
    """A build folder of ninja's: how its objects are compiled and its programs linked."""

    def __init__(self, folder):
        self.folder = os.path.abspath(folder)
        self.compilations = {}
        for entry in json.loads(self.ninja('-t', 'compdb')):
            if ' -c ' in entry['command']:
                self.compilations.setdefault(os.path.join(self.folder, entry['file']), []).append(entry)

    def ninja(self, *arguments, seconds=COMPILE_SECONDS):
        output, status = run(['ninja', '--quiet', *arguments], seconds, self.folder)
        if status != 0:
            raise Unproven(f'ninja {" ".join(arguments)}:\n{last_words(output)}')
        return output

    def link_command(self, program):
        command = shlex.split(self.ninja('-t', 'commands', '-s', f'bin/{program}'))
        return [argument for argument in command if argument not in (':', '&&')]

    def compile(self, file, copy, link):
        """Compiles `copy` as `file` is compiled for the program that `link` links; the object's path."""
        for entry in self.compilations.get(os.path.join(ROOT, file), ()):
            # server/http/CMakeFiles/zoetrope_http.dir/curl_call.cc.o goes into server/http/libzoetrope_http.a.
            folder, _, inside = entry['output'].partition('/CMakeFiles/')
            if f'{folder}/lib{inside.split(".dir/")[0]}.a' not in link:
                continue
            out = copy + '.o'
            command = replaced(shlex.split(entry['command']), {'-o': out, '-MF': out + '.d', '-c': copy})
            output, status = run(command, COMPILE_SECONDS, self.folder)
            if status != 0:
                raise Unproven(f'the copy of {file} does not compile:\n{last_words(output)}')
            return out
        raise Unproven(f'{file} is in none of the libraries of the test')

    def link(self, command, objects, program):
        # The objects first: a member of an archive is taken only for what is not there yet.
        first = command.index('-o')
        output, status = run(replaced(command[:first] + objects + command[first:], {'-o': program}), COMPILE_SECONDS, self.folder)
        if status != 0:
            raise Unproven(f'the program does not link:\n{last_words(output)}')


def replaced(command, values):
    """The command with other values of some of its options."""
    return [values.get(before, argument) for before, argument in zip([''] + command, command)]


def failures(program, test, folder):
    """What the one test says when it is run: the first lines of its failed assertions."""
    report = os.path.join(folder, 'report.json')
    if os.path.exists(report):
        os.remove(report)  # of the program before
    name = test.split('/', 1)[1]
    output, status = run([program, f'--gtest_filter={name}', f'--gtest_output=json:{report}'], TEST_SECONDS, folder)
    if status < 0 or not os.path.exists(report):
        raise Unproven(f'{test} crashed, which is no assertion:\n{last_words(output)}')
    with open(report, encoding='utf-8', errors='replace') as file:
        cases = [case for suite in json.load(file)['testsuites'] for case in suite['testsuite']]
    if [case['result'] for case in cases] != ['COMPLETED']:
        raise Unproven(f'{test} did not run')
    found = [failure['failure'] for failure in cases[0].get('failures', [])]
    if bool(found) != (status != 0):
        raise Unproven(f'{test} ended with {status} and {len(found)} failures')
    return [' '.join(shown.replace(ROOT + os.sep, '').replace('../', '').split()) for shown in found]


def prove(build, mutation, texts):
    """What the tests say that see the mutation, and the names of those that do not."""
    changed, errors = mutations.mutate(mutation, texts)
    if errors:
        raise Unproven('\n'.join(errors))
    folder = os.path.join(build.folder, 'tests', 'mutations', mutation.name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for file, text in changed.items():
        with open(os.path.join(folder, os.path.basename(file)), 'w', encoding='utf-8') as target:
            target.write(text)
    words, blind = [], []
    for test in mutation.tests:
        program = test.split('/')[0]
        seen = failures(os.path.join(build.folder, 'bin', program), test, folder)
        if seen:
            raise Unproven(f'{test} fails on the code as it is: {seen[0]}')
        link = build.link_command(program)
        objects = [build.compile(file, os.path.join(folder, os.path.basename(file)), link) for file in changed]
        mutant = os.path.join(folder, program)
        build.link(link, objects, mutant)
        seen = failures(mutant, test, folder)
        words += seen[:1]
        blind += [] if seen else [test]
    if not blind:
        shutil.rmtree(folder)  # else it is there to be looked into
    return words, blind


def attempt(build, mutation, texts):
    started = time.monotonic()
    try:
        seen, blind = prove(build, mutation, texts)
        words = f'without the rule these pass: {", ".join(blind)}' if blind else seen[0][:160]
        result = 'NOT CAUGHT' if blind else 'caught'
    except Unproven as why:
        result, words = 'UNPROVEN', str(why)
    print(f'{mutation.name:<28} {result:<10} {time.monotonic() - started:>6.1f} s  {words}', flush=True)
    return result == 'caught'


def main():
    parser = argparse.ArgumentParser(description='Turns safety rules off, one at a time, and expects a named test to fail.')
    parser.add_argument('--build', default=os.path.join(ROOT, '.build', 'default'), help='a build folder of ninja (default: that of tests/run)')
    parser.add_argument('--built', action='store_true', help='the programs are up to date: do not build')
    parser.add_argument('--jobs', type=int, default=os.cpu_count(), help='mutations at once')
    parser.add_argument('--table', action='store_true', help='print the rows of the table in tests/README.md and end')
    parser.add_argument('names', nargs='*', metavar='NAME', help='default: all')
    arguments = parser.parse_args()
    tree = Tree.read(ROOT)
    every, errors = mutations.mutations(tree)
    unknown = [name for name in arguments.names if name not in every]
    if errors or unknown:
        sys.exit('\n'.join(errors + [f'no mutation {name}' for name in unknown]))
    if arguments.table:
        print('\n'.join(mutations.row(m) for m in every.values()))
        return
    chosen = [every[name] for name in arguments.names or sorted(every)]
    started = time.monotonic()
    try:
        build = Build(arguments.build)
        if not arguments.built:
            programs = sorted({f'bin/{test.split("/")[0]}' for m in chosen for test in m.tests})
            build.ninja('-j', str(arguments.jobs), *programs, seconds=3600)
    except Unproven as why:
        sys.exit(str(why))
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        caught = sum(pool.map(lambda m: attempt(build, m, tree.texts), chosen))
    print(f'{len(chosen)} mutations, {caught} caught, {time.monotonic() - started:.0f} s')
    sys.exit(0 if caught == len(chosen) else 1)


if __name__ == '__main__':
    main()
