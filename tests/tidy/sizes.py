"""Files and functions that one can read."""

import re

from exemptions import without_exempt

HEADER_LINES = 200
SOURCE_LINES = 400
FUNCTION_LINES = 70
# Tests are tables, and a table is read row by row.
TEST_LINES = 600
TEST_FUNCTION_LINES = 120
FOLDERS = ('server/', 'client/', 'tests/')

_TYPE = re.compile(r'(template\s*<.*>\s*)?(class|struct|union|enum)\b')
_SPACE = re.compile(r'(inline\s+)?namespace\b|extern\s*""\s*$')


def functions(code):
    """(name, first line, lines) of each function body in code without comments. A heuristic for formatted code: a body opens after
    a space, outside any function, behind a head with balanced parentheses and no `=`."""
    code = re.sub(r'^[ \t]*#(?:[^\n\\]|\\\n|\\.)*', '', code, flags=re.M)
    found, stack, head_from, line = [], [], 0, 1
    for at, char in enumerate(code):
        if char == '\n':
            line += 1
        elif char == ';' and 'function' not in stack:
            head_from = at + 1
        elif char == '{':
            kind = 'inner'
            if 'function' not in stack:
                kind = _kind(code[head_from:at])
                if kind == 'function':
                    head = code[head_from:at]
                    first = line - head.lstrip().count('\n')
                    found.append([_name(head), first, 0])
                if kind != 'inner':
                    head_from = at + 1
            stack.append(kind)
        elif char == '}' and stack:
            kind = stack.pop()
            if kind == 'function':
                found[-1][2] = line - found[-1][1] + 1
            if 'function' not in stack and kind != 'inner':
                head_from = at + 1
    return [tuple(f) for f in found]


def _kind(head):
    words = re.sub(r'^\s*(public|private|protected)\s*:', '', head).strip()
    words = re.sub(r'\[\[.*?\]\]\s*', '', words)
    if _SPACE.match(words):
        return 'space'
    if _TYPE.match(words) and not re.search(r'\)\s*(const|noexcept|override|final)*\s*$', words):
        return 'type'
    plain = re.sub(r'operator\s*\S+', 'operator', words)
    outside = re.sub(r'\([^()]*\)', '', re.sub(r'\([^()]*\)', '', re.sub(r'\([^()]*\)', '', plain)))
    if ')' in words and head.endswith((' ', '\n')) and '(' not in outside and '=' not in outside:
        return 'function'
    return 'inner'


def _name(head):
    match = re.search(r'([\w:~]+|operator\s*\S+?)\s*\(', head)
    name = match.group(1) if match else '?'
    test = re.match(r'\s*(?:TEST|TEST_F|TEST_P|BENCHMARK_F|TYPED_TEST)\((\w+),\s*(\w+)\)', head)
    return f'{test.group(1)}.{test.group(2)}' if test else name


def measure(tree):
    """(key, size, words) of all that is too long."""
    found = []
    for path in tree.select(FOLDERS, ['.h', '.cc']):
        test = path.startswith('tests/') and not path.startswith('tests/sandbox/') or path.endswith('_test.cc')
        limit = HEADER_LINES if path.endswith('.h') else TEST_LINES if test else SOURCE_LINES
        longest = TEST_FUNCTION_LINES if test else FUNCTION_LINES
        lines = tree.texts[path].count('\n')
        if lines > limit:
            found.append((path, lines, f'{path}: {lines} lines; at most {limit}'))
        for name, first, size in functions(tree.code(path)):
            if size > longest:
                found.append((f'{path}:{name}', size, f'{path}:{first}: {name} has {size} lines; at most {longest}'))
    return found


def find(tree, exempt=None):
    return without_exempt('sizes', measure(tree), exempt)
