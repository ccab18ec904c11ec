"""Models that help texts, pages and examples name. A reader copies the line and runs it, so the catalogue has to have the model."""

import re

from tree import line_of

# Names begin in lower case or with a digit; what is written MODEL, or in capitals otherwise, stands for one.
_NAME = r'[\'"]?([a-z0-9][\w./-]*)'
# A command, which may go on in the next line, up to its flag; an argument; a field; a script's default.
_NAMED = re.compile(
    r'\bzoetrope (?:[^\n`]*? )?(?:cost|job submit)\b(?:[^\n`]|(?<=\\)\n)*?--model[ =]' + _NAME +
    r'|\bzoetrope models ' + _NAME +
    r'|\bzoetrope_quickstart \S+:\d+ ' + _NAME +
    r'|\bset_model\((?=")' + _NAME +
    r'|^model=' + _NAME, re.M)

_ID = re.compile(r'^  - id: [\'"]?([\w./-]+)', re.M)
_ALIASES = re.compile(r'^    aliases: \[([^\]]*)\]', re.M)


def known(tree):
    """Ids and aliases of the catalogue's models, by the indentation that its files have."""
    names = set()
    for path in tree.select(['server/catalogue/'], ['.yaml']):
        names.update(_ID.findall(tree.texts[path]))
        for aliases in _ALIASES.findall(tree.texts[path]):
            names.update(alias.strip(' \'"\n') for alias in aliases.split(','))
    return names


def named(tree):
    """(path, line, model) of each model that somebody may copy. Tests name models of their own."""
    found = []
    for path in tree.select():
        if path.startswith('tests/'):
            continue
        text = tree.texts[path]
        for match in _NAMED.finditer(text):
            group = match.lastindex
            found.append((path, line_of(text, match.start(group)), match.group(group)))
    return found


def find(tree):
    models = known(tree)
    return [f'{path}:{line}: the catalogue has no model {model}' for path, line, model in named(tree) if model not in models]
