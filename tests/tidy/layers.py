"""Who may include whom."""

import re

from tree import line_of

# A folder of server/ includes itself and what stands to its left: the order in which a job passes through them.
LAYERS = ('base domain http catalogue providers validate route store events engine auth api telemetry callbacks config main').split()
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]', re.M)

# Decisions are values in, values out: these see no clock, thread, socket, file, transfer or RPC.
PURE_FOLDERS = ('server/providers/', 'server/validate/', 'server/route/')
PURE_FILES = tuple(f'server/engine/{name}.{end}' for end in ('h', 'cc') for name in
                   ('job_machine', 'attempt_policy', 'poll_policy', 'breaker', 'token_bucket', 'settlement'))
_IMPURE = re.compile(
    r'(thread|mutex|shared_mutex|condition_variable|future|stop_token|semaphore|latch|barrier|chrono|ctime|time\.h|pthread\.h'
    r'|filesystem|fstream|cstdio|stdio\.h|unistd\.h|fcntl\.h|poll\.h|netdb\.h|sys/.*|netinet/.*|arpa/.*'
    r'|absl/synchronization/.*|absl/time/clock\.h|curl/.*|grpc/.*|grpcpp/.*|.*\.grpc\.pb\.h|sqlite3\.h|libpq-fe\.h'
    r'|server/base/(clock|real_clock|executor|loop_executor)\.h|server/http/(?!http_message).*|server/store/sqlite.*)$')
# The URL parser of libcurl and inet_pton are pure; the picture libraries' headers need FILE.
_VALIDATE_MAY = re.compile(r'(curl/(curl|urlapi)\.h|arpa/inet\.h|cstdio|stdio\.h)$')
_TRANSFER = re.compile(r'\bcurl_(easy|multi|global)_(?!strerror|escape|unescape)\w+|\b(socket|connect|getaddrinfo)\(')
# Only these may see gRPC: the rest is built, and run under TSan, without it.
_GRPC = re.compile(r'(grpc/.*|grpcpp/.*|.*\.grpc\.pb\.h)$')
_GRPC_LAYERS = ('api', 'telemetry', 'main')


def includes(tree, path):
    """(line, header) of each include."""
    text = tree.code(path, strings=True)
    return [(line_of(text, m.start(1)), m.group(1)) for m in _INCLUDE.finditer(text)]


def layer_of(path):
    parts = path.split('/')
    return parts[1] if len(parts) > 2 else 'main'


def find(tree):
    found = []

    def say(path, line, words):
        found.append(f'{path}:{line}: {words}')

    for path in tree.select(['server/'], ['.h', '.cc']):
        layer = layer_of(path)
        if layer not in LAYERS:
            say(path, 1, f'{layer} is not in the list of layers')
            continue
        for line, header in includes(tree, path):
            if header.startswith('server/') and layer != 'main':
                other = layer_of(header)
                if other not in LAYERS or LAYERS.index(other) > LAYERS.index(layer):
                    say(path, line, f'{layer} stands below {other} and includes {header}')
                if layer == 'providers' and other == 'http' and header != 'server/http/http_message.h':
                    say(path, line, f'of http, providers see only http_message.h, not {header}')
            if header.startswith(('tests/', 'client/')):
                say(path, line, f'the server includes {header}')
            if _GRPC.match(header) and layer not in _GRPC_LAYERS:
                say(path, line, f'{layer} includes gRPC: {header}')
            pure = path.startswith(PURE_FOLDERS) or path in PURE_FILES
            if pure and _IMPURE.match(header) and not (layer == 'validate' and _VALIDATE_MAY.match(header)):
                say(path, line, f'decisions are pure, and this one includes {header}')
        if layer == 'validate':
            text = tree.code(path)
            found += [f'{path}:{line_of(text, m.start())}: validate parses addresses and transfers nothing: {m.group()}'
                      for m in _TRANSFER.finditer(text)]
    for path in tree.select(['tests/sandbox/'], ['.h', '.cc']):
        for line, header in includes(tree, path):
            if header.startswith(('server/', 'client/', 'zoetrope/', 'tests/support/')):
                say(path, line, f'the sandbox shares nothing with what it tests, and includes {header}')
    for path in tree.select(['client/'], ['.h', '.cc']):
        for line, header in includes(tree, path):
            if header.startswith(('server/', 'tests/')) and '_test.' not in path:
                say(path, line, f'the client includes {header}')
    return found
