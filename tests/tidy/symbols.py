"""One function, one definition: the linker takes the first of two in different libraries and says nothing, whatever the other one returns."""

import collections
import os
import re
import subprocess


def find(definitions):
    """`definitions`: (library, symbol) of each strong definition."""
    libraries = collections.defaultdict(set)
    for library, symbol in definitions:
        libraries[symbol].add(library)
    return [f'{symbol} is defined in {", ".join(sorted(where))}' for symbol, where in sorted(libraries.items()) if len(where) > 1]


def strong(nm_output):
    """Names of functions and data that `nm -P` says are defined, and not weak, as inline functions are."""
    return [m.group(1) for m in re.finditer(r'^(.+) [TDBR] [0-9a-f]+ [0-9a-f]*$', nm_output, re.M)]


def read(build):
    """(library, symbol) of all archives of a build tree."""
    archives = [os.path.join(folder, f) for folder, _, files in os.walk(build) for f in files
                if f.startswith('libzoetrope_') and f.endswith('.a')]
    found = []
    for archive in sorted(archives):
        output = subprocess.run(['nm', '-P', '-C', '--defined-only', archive], check=True, capture_output=True, text=True).stdout
        found += [(os.path.basename(archive), symbol) for symbol in strong(output)]
    return found
