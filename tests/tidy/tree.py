"""The source tree as the rules see it: paths and texts, from disk or, in the rules' own tests, from a dictionary."""

import os
import re
import subprocess


class Tree:
    """Maps a path, relative to the checkout, to the file's text."""

    def __init__(self, texts, root=None):
        self.texts = texts
        self.root = root

    @staticmethod
    def read(root):
        texts = {}
        for path in _paths(root):
            try:
                with open(os.path.join(root, path), encoding='utf-8') as file:
                    texts[path] = file.read()
            except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
                continue  # pictures, and files that were deleted but are still tracked
        return Tree(texts, root)

    def select(self, folders=('',), suffixes=('',)):
        """Paths in the folders (such as `server/`) that end in a suffix (such as `.cc`), in order."""
        return sorted(p for p in self.texts if p.startswith(tuple(folders)) and p.endswith(tuple(suffixes)))

    def code(self, path, strings=False):
        return without_comments(self.texts[path], strings)


def _paths(root):
    """Tracked files and new ones that are not ignored; without git, everything but build trees."""
    if os.path.exists(os.path.join(root, '.git')):
        command = ['git', '-c', f'safe.directory={root}', '-C', root, 'ls-files', '-co', '--exclude-standard', '-z']
        listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return sorted({p for p in listed.split('\0') if p})
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = [f for f in folders if not f.startswith(('.build', 'build', '.git')) and f not in ('node_modules', '__pycache__')]
        found += [os.path.relpath(os.path.join(folder, f), root) for f in files]
    return sorted(found)


_TOKEN = re.compile(
    r'(?P<comment>//[^\n]*|/\*(?:.|\n)*?\*/)'
    r'|(?P<raw>R"(?P<mark>[^()\\\s]{0,16})\((?:.|\n)*?\)(?P=mark)")'
    r'|(?P<string>"(?:\\.|[^"\\\n])*")'
    r"|(?P<char>(?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+')")


def without_comments(text, strings=False):
    """C++ without its comments and, unless `strings`, without what stands in quotes. Lines keep their numbers."""

    def blank(match):
        lines = '\n' * match.group().count('\n')
        if match.group('comment'):
            return ' ' + lines
        return match.group() if strings else '""' + lines if not match.group('char') else "''"

    return _TOKEN.sub(blank, text)


def line_of(text, offset):
    return text.count('\n', 0, offset) + 1
