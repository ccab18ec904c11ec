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


_INCLUDE = re.compile(r'#include "(server/[^"]+)"')
_TEST_FOLDERS = [f'tests/{kind}/' for kind in ('unit', 'contract', 'golden', 'integration', 'sim', 'fuzz')]


def _headers_of(tree, path):
    """What a source implements: the header of its name, of the beginning of its name (y.h for y_part.cc), or the first it includes."""
    folder, name = posixpath.split(path[:-len('.cc')])
    words = name.split('_')
    named = [h for h in (f'{folder}/{"_".join(words[:n])}.h' for n in range(len(words), 0, -1)) if h in tree.texts]
    first = [h for h in _INCLUDE.findall(tree.texts[path]) if posixpath.dirname(h) == folder][:1]
    return named or first


def find_untested(tree, exempt=None):
    """A source has a test when one is named after it or includes its header. What only its own folder uses is tested through those who
    use it there; what other layers use has a test of its own."""
    tests = tree.select(_TEST_FOLDERS, ['.cc', '.h'])
    names = {posixpath.basename(p) for p in tests}
    sources = {p: _INCLUDE.findall(tree.texts[p]) for p in tree.select(['server/'], ['.cc', '.h'])}
    tested = {h for p in tests for h in _INCLUDE.findall(tree.texts[p])}
    for path in sources:
        if path.endswith('.cc') and posixpath.basename(path)[:-len('.cc')] + '_test.cc' in names:
            tested.update([path, *_headers_of(tree, path)])

    def layer(path):
        return path.split('/')[1]

    inner = {h for h in sources if h.endswith('.h') and
             {layer(p) for p, included in sources.items() if h in included} == {layer(h)}}
    covered = set(tested)
    grows = True
    while grows:
        parts = {p for p in sources if p.endswith('.cc') and covered.intersection([p, *_headers_of(tree, p)])}
        through = {h for p in parts | covered for h in sources.get(p, ()) if h in inner}
        grows = not (parts | through) <= covered
        covered |= parts | through
    found = [(p, None, f'{p}: no test is named after it, includes its header, or stands behind who uses it')
             for p in sources if p.endswith('.cc') and p not in covered]
    return without_exempt('tests', found, exempt)
