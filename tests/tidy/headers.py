"""Interface headers say what each call promises."""

import re

from exemptions import without_exempt

_VIRTUAL = re.compile(r'^\s*(?:\[\[nodiscard\]\]\s*)?virtual\b(?!.*~)')


def _refers(lines, at):
    """The class says above itself that another interface's comments hold."""
    while at and not re.match(r'\s*class\b', lines[at]):
        at -= 1
    return at > 0 and 'whose comments hold' in lines[at - 1]


def find(tree, exempt=None):
    found = []
    for path in tree.select(['server/', 'client/'], ['.h']):
        lines = tree.texts[path].split('\n')
        for at, line in enumerate(lines):
            if not _VIRTUAL.match(line):
                continue
            declaration = line
            if re.search(r'\{\s*$|;', line) is None and at + 1 < len(lines):
                declaration += lines[at + 1]
            above = lines[at - 1].strip() if at else ''
            if _refers(lines, at):
                continue
            if not above.startswith('//') and '//' not in declaration:
                name = re.search(r'(\w+)\s*\(', declaration)
                words = name.group(1) if name else line.strip()
                found.append((f'{path}:{words}', None, f'{path}:{at + 1}: {words} has no comment above it'))
    return without_exempt('virtual comments', found, exempt)
