"""Sources outside the build, and code without a test."""

import posixpath
import re

from exemptions import without_exempt


def find_unbuilt(tree):
    """Each source is named by the CMakeLists.txt of its folder or of one above it, relative to that."""
    found = []
    lists = {posixpath.dirname(p): re.sub(r'#.*', '', tree.texts[p]) for p in tree.select(suffixes=['CMakeLists.txt'])}
    for path in tree.select(['server/', 'client/', 'tests/'], ['.cc']):
        folder = posixpath.dirname(path)
        while True:
            name = posixpath.relpath(path, folder or '.')
            text = lists.get(folder, '')
            if re.search(r'(?<![\w./-])(\$\{CMAKE_CURRENT_SOURCE_DIR\}/)?' + re.escape(name) + r'(?![\w.])', text):
                break
            if not folder:
                what = 'a test' if path.endswith('_test.cc') else 'a source'
                found.append(f'{path}: {what} that no CMakeLists.txt names')
                break
            folder = posixpath.dirname(folder)
    return found


def find_untested(tree, exempt=None):
    """server/x/y.cc has tests/unit/x/y_test.cc, another test of that name, or a test that includes its header. For one of several
    sources behind one header, y_part.cc behind y.h, the test of y.h will do."""
    tests = tree.select(['tests/unit/', 'tests/contract/', 'tests/golden/', 'tests/integration/', 'tests/sim/'], ['.cc', '.h'])
    names = {posixpath.basename(p) for p in tests}
    included = set(re.findall(r'#include "(server/[^"]+)"', '\n'.join(tree.texts[p] for p in tests)))
    found = []
    for path in tree.select(['server/'], ['.cc']):
        folder, name = posixpath.split(path[:-len('.cc')])
        words = name.split('_')
        stems = ['_'.join(words[:n]) for n in range(1, len(words) + 1)]
        stems = [s for s in stems if s == name or f'{folder}/{s}.h' in tree.texts]
        if not any(f'{s}_test.cc' in names or f'{folder}/{s}.h' in included for s in stems):
            found.append((path, None, f'{path}: no test is named after it or includes its header'))
    return without_exempt('tests', found, exempt)
