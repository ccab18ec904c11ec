"""The mutations in tests/mutations/: each turns off one rule of the server and names the test that must see it.

A text that is gone from the code, or a test that is gone from its program, would prove nothing and be noticed only when the mutations are
run, which is rarely. So the files are held to the tree here.
"""

import collections
import posixpath
import re
import tomllib

FOLDER = 'tests/mutations/'
README = 'tests/README.md'

# `edits` are (file, old, new); the old text stands in the file exactly once. Each of the tests must see it.
Mutation = collections.namedtuple('Mutation', 'name rule tests edits')

_TEST = re.compile(r'(\w+)/(?:(\w+)/)?(\w+)\.(\w+)(?:/(\w+))?')
_ROW = re.compile(r'^\| `([a-z0-9.-]+)` \| .* \| `\w+/[^|]*` \|$', re.M)


def read(path, text):
    """The mutation of one file, or words on why it is none."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return None, f'{path}: {error}'
    edits = table.get('edits', [])
    if set(table) != {'rule', 'caught_by', 'edits'} or not edits or any(set(e) != {'file', 'old', 'new'} for e in edits):
        return None, f'{path}: has not exactly rule, caught_by, and edits of file, old and new'
    tests = table['caught_by']
    if not tests or not all(_TEST.fullmatch(test) for test in tests):
        return None, f'{path}: caught_by is not a list of program/Suite.Name or program/Instantiation/Suite.Name/parameter'
    name = posixpath.basename(path)[:-len('.toml')]
    return Mutation(name, table['rule'], tests, [(e['file'], e['old'], e['new']) for e in edits]), None


def mutations(tree):
    """All that can be read, by name, and words on those that cannot."""
    read_ones = [read(path, tree.texts[path]) for path in tree.select([FOLDER], ['.toml'])]
    return {m.name: m for m, _ in read_ones if m}, [error for _, error in read_ones if error]


def mutate(mutation, texts):
    """The changed texts by path, and words on edits that do not fit."""
    changed, errors = {}, []
    for file, old, new in mutation.edits:
        text = changed.get(file, texts.get(file, ''))
        count = text.count(old) if old else 0
        if not (file.startswith('server/') and file.endswith('.cc')):
            errors.append(f'{mutation.name}: {file} is not a source of the server')
        elif count != 1:
            errors.append(f'{mutation.name}: stands {count} times in {file}, not once: {old.strip()}')
        elif old == new:
            errors.append(f'{mutation.name}: changes nothing in {file}')
        changed[file] = text.replace(old, new, 1)
    return changed, errors


def row(mutation):
    return f'| `{mutation.name}` | {mutation.rule} | {", ".join(f"`{test}`" for test in mutation.tests)} |'


def _programs(tree):
    """The sources of each test program."""
    found = {}
    for path in tree.select(['tests/'], ['CMakeLists.txt']):
        for program, arguments in re.findall(r'zoetrope_add_test\(\s*(\w+)([^)]*)\)', re.sub(r'#.*', '', tree.texts[path])):
            sources = re.search(r'\bSRCS\s+((?:(?!LABEL|TIMEOUT|DEPS)\S+\s*)*)', arguments)
            folder = posixpath.dirname(path)
            found[program] = [posixpath.normpath(source.replace('${PROJECT_SOURCE_DIR}/', '') if source.startswith('$') else
                                                 posixpath.join(folder, source)) for source in (sources.group(1) if sources else '').split()]
    return found


def _test_is_there(tree, programs, test):
    program, instantiation, suite, name, parameter = _TEST.fullmatch(test).groups()
    code = '\n'.join(tree.code(path) for path in programs.get(program, ()) if path in tree.texts)
    found = re.search(rf'^TEST(_F|_P)?\(\s*{suite},\s*{name}\)', code, re.M)
    if not found or (found.group(1) == '_P') != bool(instantiation and parameter):
        return False
    return not instantiation or bool(re.search(rf'^INSTANTIATE_TEST_SUITE_P\(\s*{instantiation},\s*{suite}\b', code, re.M))


def find(tree):
    every, found = mutations(tree)
    programs = _programs(tree)
    for mutation in every.values():
        found += mutate(mutation, tree.texts)[1]
        found += [f'{mutation.name}: no test {test} in the sources of that program'
                  for test in mutation.tests if not _test_is_there(tree, programs, test)]
    listed = re.search(r'set\(mutations\s([^)]*)\)', tree.texts.get(FOLDER + 'CMakeLists.txt', ''))
    listed = listed.group(1).split() if listed else []
    found += [f'{name}: {FOLDER}CMakeLists.txt does not name it' for name in every if name not in listed]
    found += [f'{name}: {FOLDER}CMakeLists.txt names it and it is not there' for name in listed if name not in every]
    readme = tree.texts.get(README, '')
    found += [f'{README}: wants the row {row(m)}' for m in every.values() if row(m) not in readme.split('\n')]
    found += [f'{README}: has a row of {name}, which is not there' for name in _ROW.findall(readme) if name not in every]
    return found
