"""What the proto files promise to their readers, read from their text: buf checks that comments are there, this what they begin with."""

import re

WORDS = ('Required.', 'Optional.', 'Output only.', 'Input only.', 'Immutable.')
_LINE = re.compile(r'^\s*(?P<comment>//.*)?(?P<open>(?P<kind>message|oneof|enum|service|extend|rpc)\s+(?P<name>\w+)[^;{]*\{)?'
                   r'(?P<field>(?:(?:optional|repeated)\s+)?(?P<type>map<[^>]+>|[\w.]+)\s+(?P<field_name>\w+)\s*=\s*\d+)?')


def fields(text):
    """(line, message, in a oneof, type, name, comment) of each field. One declaration a line, as buf's formatter writes them."""
    found, stack, comment = [], [], []
    for number, line in enumerate(text.split('\n'), 1):
        match = _LINE.match(line)
        code = line.split('//')[0]
        if match.group('comment'):
            comment.append(match.group('comment')[2:].strip())
            continue
        if match.group('field') and stack and stack[-1][0] in ('message', 'oneof'):
            message = next(n for k, n in reversed(stack) if k == 'message')
            kind = re.sub(r'^(optional|repeated)\s+', '', match.group('type'))
            found.append((number, message, stack[-1][0] == 'oneof', kind, match.group('field_name'), ' '.join(comment)))
        elif match.group('open') and '}' not in code:
            stack.append((match.group('kind'), match.group('name')))
        elif '{' in code and '}' not in code:
            stack.append(('other', ''))
        elif code.strip().startswith('}') and stack:
            stack.pop()
        comment = []
    return found


def find(tree):
    found = []
    for path in tree.select(['protos/'], ['.proto']):
        for line, message, in_oneof, kind, name, comment in fields(tree.texts[path]):
            def say(words):
                found.append(f'{path}:{line}: {message}.{name}: {words}')
            if path.startswith(('protos/zoetrope/v1/', 'protos/zoetrope/admin/v1/')) and not in_oneof and not comment.startswith(WORDS):
                say('its comment begins with none of ' + ', '.join(WORDS))
            if re.search(r'(^|_)time$', name) and kind != 'google.protobuf.Timestamp':
                say('a time is a google.protobuf.Timestamp')
            if re.search(r'(^|_)duration$', name) and kind != 'google.protobuf.Duration':
                say('a duration is a google.protobuf.Duration')
            if re.search(r'\b(uint32|uint64|fixed32|fixed64)\b', kind):
                say('numbers are signed')
            if re.search(r'\b(float|double)\b', kind) and not re.search(r'(^|_)(progress|number|minimum|maximum|per_second)(_|$)', name):
                say('a fraction is exact text or integers, but for progress, rates, and a number with its bounds')
    return found


_REASON = re.compile(r'((?:  //.*\n)+)  ERROR_REASON_(\w+) = [1-9]\d*;')


def error_table(text):
    """The rows of protos/README.md, as error_reason.proto has them: `// CODE. Meaning.` above each value."""
    rows = []
    for comment, name in _REASON.findall(text):
        words = ' '.join(line.strip()[2:].strip() for line in comment.strip().split('\n'))
        code, meaning = words.split('. ', 1)
        rows.append(f'| `{name}` | `{code}` | {meaning} |')
    return rows


def find_error_table(tree):
    rows = error_table(tree.texts['protos/zoetrope/v1/error_reason.proto'])
    there = re.findall(r'^\| `[A-Z_]+` \| `[A-Z_]+` \| .*$', tree.texts['protos/README.md'], re.M)
    return ([f'protos/README.md: no row {r}' for r in rows if r not in there]
            + [f'protos/README.md: not in error_reason.proto: {r}' for r in there if r not in rows])
