"""Words that stand nowhere, or only where they are allowed."""

import re

from tree import line_of

CXX = ('.h', '.cc')
OURS = ('server/', 'client/', 'tests/')

# (words, allowed files and folders, why). An injected clock that one file goes around is no injected clock.
BANNED = (
    (r'(system_clock|steady_clock|high_resolution_clock)::now|\babsl::Now\b|\bclock_gettime\b|\bgettimeofday\b',
     ('server/base/real_clock.cc', 'client/environment.cc', 'tests/sandbox/main.cc',
      # Two that measure: how long a pause of the sandbox is, how much CPU a download takes.
      'tests/sandbox/http_server_test.cc', 'tests/integration/http_throughput_test.cc'), 'time is injected'),
    (r'\b(sleep_for|sleep_until|absl::SleepFor|usleep|nanosleep)\b',
     # Peers that are slow on purpose, and a wait for another process.
     ('tests/integration/http_delivery_test.cc', 'tests/integration/http_download_test.cc', 'tests/sandbox/http_server_test.cc'),
     'wait for the condition, or on the injected clock'),
    (r'\b(random_device|std::rand|srand|absl::(Insecure)?BitGen)\b', ('client/environment.cc',), 'randomness is injected'),
    # Seeded, these are the same in every run: good for tests and the sandbox, and not for ids.
    (r'\b(mt19937(_64)?|minstd_rand0?|default_random_engine)\b', ('tests/',), 'randomness is injected'),
    (r'\b(throw|try|catch)\b',
     ('server/catalogue/yaml_reader.cc', 'server/telemetry/exporter.cc', 'client/cli/main.cc', 'tests/sandbox/main.cc',
      'server/config/flags.cc', 'tests/sandbox/http_server.cc', 'tests/sandbox/http_server_test.cc'),
     'errors are values (absl::Status); exceptions of libraries end where they are called'),
)
# Debian's abseil has types of its own where later ones have aliases of std's: code that names them changes its meaning.
HEADER_BANNED = r'\babsl::(string_view|optional|variant|any|nullopt)\b'

# Only an adapter, the table of adapters, and data name a provider.
_PROVIDER = re.compile(r'(?i:runpod|runware|vtrix|wavespeed|openai)|(?<![A-Za-z])fal(?![a-z])|Fal(?![a-z])|\bFAL\b')

_UNOWNED = re.compile(r'\b(TO' r'DO|FIX' r'ME|XX' r'X)\b(?!\(#\d+\))')
# Homes and workplaces of one machine, and hosts that packages come from.
_PLACES = re.compile(r'(?<![\w.~*])/(root|work|home/\w+|Users/\w+)/\w'
                     r'|\b(registry\.[\w-]+\.\w+|[\w-]*npm(js|mirror)\.\w+|pypi\.\w+|files\.pythonhosted\.org'
                     r'|(proxy|sum)\.golang\.org|(deb|security)\.debian\.org|repo1?\.maven\.\w+)\b')
# Where an absolute path is one of an image or an example, not of a machine of ours.
_PLACES_ALLOWED = ('deploy/Dockerfile',)


def find_banned(tree, banned=BANNED):
    found = []
    for path in tree.select(OURS, CXX):
        text = tree.code(path)
        for words, allowed, why in banned:
            if not path.startswith(tuple(allowed)):
                found += [f'{path}:{line_of(text, m.start())}: {m.group()}: {why}' for m in re.finditer(words, text)]
    return found


def find_unused_allowances(tree, banned=BANNED):
    """An allowance whose file has no such word any more, or is not there yet, hides the next one."""
    found = []
    for words, allowed, _ in banned:
        for path in allowed:
            if not any(re.search(words, tree.code(p)) for p in tree.select([path], CXX)):
                found.append(f'{path}: allowed {words} and has none')
    return found


def find_abseil_types(tree):
    found = []
    for path in tree.select(OURS, ['.h']):
        if path == 'server/base/strings.h':
            continue  # the one bridge
        text = tree.code(path)
        found += [f'{path}:{line_of(text, m.start())}: {m.group()} in a header: use the std:: type'
                  for m in re.finditer(HEADER_BANNED, text)]
    return found


def find_providers(tree):
    found = []
    for path in tree.select(['server/', 'client/'], CXX):
        if path.startswith('server/providers/registry.'):
            continue
        parts = path.split('/')
        own = parts[2] if path.startswith('server/providers/') and len(parts) > 3 else None
        text = tree.code(path, strings=True)
        found += [f'{path}:{line_of(text, m.start())}: names the provider {m.group()}'
                  for m in _PROVIDER.finditer(text) if m.group().lower() != own]
    return found


def find_unowned_work(tree):
    return [f'{path}:{line_of(text, m.start())}: {m.group()} without an issue, as in {m.group()}(#12)'
            for path, text in sorted(tree.texts.items()) for m in _UNOWNED.finditer(text)]


def find_places(tree):
    return [f'{path}:{line_of(text, m.start())}: a path of one machine, or a registry: {m.group()}'
            for path, text in sorted(tree.texts.items()) if path not in _PLACES_ALLOWED for m in _PLACES.finditer(text)]
