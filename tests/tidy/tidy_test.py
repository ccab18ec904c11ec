"""The rules of the house. Each class is one ctest: it holds the tree to a rule, and shows on small bad examples that the rule bites.

    python3 tests/tidy/tidy_test.py               all
    python3 tests/tidy/tidy_test.py Layers -v     one
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import exemptions
import headers
import layers
import models
import mutations
import orphans
import proto_text
import sizes
import symbols
import words
from tree import Tree, without_comments

ROOT = os.path.dirname(os.path.dirname(HERE))
TREE = Tree.read(ROOT)
BUF = os.environ.get('ZOETROPE_BUF') or shutil.which('buf')


class Case(unittest.TestCase):
    maxDiff = None

    def assertNone(self, findings):
        if findings:
            self.fail('\n' + '\n'.join(findings) + f'\n{len(findings)} findings')

    def assertFinds(self, pattern, findings, count=1):
        hits = [f for f in findings if re.search(pattern, f)]
        self.assertEqual(len(hits), count, f'{pattern} in {findings}')


class Reading(Case):
    """The tree was read at all, and comments and quotes are told from code."""

    def test_tree(self):
        self.assertGreater(len(TREE.select(['server/'], ['.h', '.cc'])), 20)
        self.assertIn('protos/zoetrope/v1/video_generation.proto', TREE.texts)

    def test_comments_and_quotes(self):
        self.assertEqual(without_comments('a; // b\n/* c\n */ d'), 'a;  \n \n d')
        self.assertEqual(without_comments('f("x // y", \'"\', "z"); 1\'000\'000; R"(q " q)"'), "f(\"\", '', \"\"); 1'000'000; \"\"")
        self.assertEqual(without_comments('f("x // y"); // z', strings=True), 'f("x // y");  ')


class Layers(Case):
    def test_tree(self):
        self.assertNone(layers.find(TREE))

    def finds(self, path, line, pattern, count=1):
        self.assertFinds(pattern, layers.find(Tree({path: line + '\n'})), count)

    def test_up(self):
        self.finds('server/store/a.h', '#include "server/engine/engine.h"', 'store stands below engine')
        self.finds('server/store/a.h', '#include "server/domain/job.h"', '.', 0)
        self.finds('server/store/a.h', '// #include "server/engine/engine.h"', '.', 0)
        self.finds('server/main.cc', '#include "server/engine/engine.h"', '.', 0)
        self.finds('server/base/a.h', '#include "server/main.h"', 'base stands below main')
        self.finds('server/misc/a.h', '', 'misc is not in the list')

    def test_providers_see_messages_only(self):
        self.finds('server/providers/x/a.h', '#include "server/http/url_guard.h"', 'only http_message.h')
        self.finds('server/providers/x/a.h', '#include "server/http/http_message.h"', '.', 0)

    def test_pure(self):
        for header in ('<thread>', '<mutex>', '<chrono>', '<fstream>', '<sys/socket.h>', '"absl/time/clock.h"', '<curl/curl.h>',
                       '"server/base/clock.h"', '"server/base/executor.h"'):
            self.finds('server/route/router.cc', f'#include {header}', 'decisions are pure')
            self.finds('server/engine/job_machine.h', f'#include {header}', 'decisions are pure')
        self.finds('server/engine/engine.cc', '#include "server/base/clock.h"', '.', 0)
        self.finds('server/validate/url.cc', '#include <curl/curl.h>', '.', 0)
        self.finds('server/validate/url.cc', 'void F() { curl_easy_perform(h); }', 'curl_easy_perform')

    def test_grpc(self):
        self.finds('server/store/a.cc', '#include <grpcpp/grpcpp.h>', 'store includes gRPC')
        self.finds('server/engine/a.cc', '#include "zoetrope/v1/video_generation.grpc.pb.h"', 'engine includes gRPC')
        self.finds('server/api/a.cc', '#include <grpcpp/grpcpp.h>', '.', 0)

    def test_sandbox_and_client(self):
        self.finds('tests/sandbox/a.cc', '#include "server/base/money.h"', 'shares nothing')
        self.finds('tests/sandbox/a.cc', '#include "zoetrope/v1/money.pb.h"', 'shares nothing')
        self.finds('server/http/a.cc', '#include "tests/sandbox/a.h"', 'the server includes')
        self.finds('client/a.cc', '#include "server/base/money.h"', 'the client includes')


class BannedWords(Case):
    def test_tree(self):
        self.assertNone(words.find_banned(TREE))

    def test_allowances(self):
        self.assertNone(words.find_unused_allowances(TREE))
        self.assertFinds('has none', words.find_unused_allowances(Tree({'a.cc': 'int x;'}), [('y', ['a.cc'], '')]))

    def test_each(self):
        for bad in ('std::chrono::system_clock::now()', 'steady_clock::now()', 'absl::Now()', 'std::this_thread::sleep_for(x)',
                    'absl::SleepFor(x)', 'usleep(1)', 'std::random_device d;', 'std::rand()', 'throw 1;', 'try {',
                    'catch (...) {'):
            for path in ('server/engine/a.cc', 'client/a.h', 'tests/unit/a_test.cc'):
                self.assertFinds('.', words.find_banned(Tree({path: f'{bad}\n'})))
        self.assertFinds('.', words.find_banned(Tree({'server/engine/a.cc': 'std::mt19937 g(1);'})))
        for good in ('// throw', 'auto s = "try";', 'int retry = 1;', 'clock->TimeNow()'):
            self.assertNone(words.find_banned(Tree({'server/engine/a.cc': good})))
        self.assertNone(words.find_banned(Tree({'server/base/real_clock.cc': 'absl::Now()'})))


class AbseilTypes(Case):
    """What changes meaning with abseil's version stays out of our headers."""

    def test_tree(self):
        self.assertNone(words.find_abseil_types(TREE))

    def test_each(self):
        for bad in ('absl::string_view', 'absl::optional<int>', 'absl::variant<int>'):
            self.assertFinds('use the std::', words.find_abseil_types(Tree({'server/base/a.h': f'void F({bad} x);'})))
        self.assertNone(words.find_abseil_types(Tree({'server/base/a.h': '// absl::string_view\nstd::optional<int> x;'})))


class ProviderNames(Case):
    def test_tree(self):
        self.assertNone(words.find_providers(TREE))

    def test_each(self):
        for bad in ('if (name == "runpod")', 'FalAdapter a;', 'kOpenAi', 'runware_id'):
            self.assertFinds('names the provider', words.find_providers(Tree({'server/engine/a.cc': bad})))
        for good in ('false', 'default', 'fallback', '// as fal does', 'kFallback'):
            self.assertNone(words.find_providers(Tree({'server/engine/a.cc': good})))
        self.assertNone(words.find_providers(Tree({'server/providers/fal/a.cc': 'class FalAdapter;'})))
        self.assertFinds('Runpod', words.find_providers(Tree({'server/providers/fal/a.cc': 'class RunpodAdapter;'})))


class UnownedWork(Case):
    def test_tree(self):
        self.assertNone(words.find_unowned_work(TREE))

    def test_each(self):
        mark = 'TO' + 'DO'
        self.assertFinds('without an issue', words.find_unowned_work(Tree({'a.sh': f'# {mark}: later'})))
        self.assertFinds('without an issue', words.find_unowned_work(Tree({'a.sh': f'# {mark}(me): later'})))
        self.assertNone(words.find_unowned_work(Tree({'a.sh': f'# {mark}(#12): later'})))


class Places(Case):
    """No path of one machine and no package registry is written down."""

    def test_tree(self):
        self.assertNone(words.find_places(TREE))

    def test_each(self):
        for bad in ('/' + 'root/x', '/' + 'home/me/x', '/' + 'work/x', 'https://registry.' + 'example.org/', 'pypi' + '.org'):
            self.assertFinds('.', words.find_places(Tree({'a.md': f'see {bad}'})))
        for good in ('network/x', '$ROOT/x', '/usr/share/x', 'server/providers/registry.h'):
            self.assertNone(words.find_places(Tree({'a.md': f'see {good}'})))


class ModelNames(Case):
    """What a reader copies from help, pages and examples names models that there are."""

    CATALOGUE = {'server/catalogue/a.yaml': 'models:\n  - id: m-1\n    aliases: [maker/m-1, "m1"]\n    offerings:\n      - id: m-2\n'}

    def test_tree(self):
        self.assertNone(models.find(TREE))
        places = {path for path, _, _ in models.named(TREE)}
        for path in ('README.md', 'client/README.md', 'client/cli/main.cc', 'client/cli/submit_command.cc',
                     'client/cli/cost_command.cc', 'client/examples/quickstart.cc', 'deploy/quickstart'):
            self.assertIn(path, places, 'names no model that this rule sees')

    def test_each(self):
        for text in ('zoetrope cost --duration 8s --model {}\n', '  "zoetrope job submit --model {} --prompt a"', 'zoetrope models {} --json',
                     'zoetrope --json job submit -q \\\n  --model={}', 'zoetrope job submit --label a=b \\\n  --model {}',
                     '//   zoetrope_quickstart 127.0.0.1:7468 {} "a fox"', 'g->set_model("{}");', 'x=1\nmodel={}\n'):
            for good in ('m-1', 'maker/m-1', 'm1', 'MODEL'):
                self.assertNone(models.find(Tree({'a': text.format(good), **self.CATALOGUE})))
            self.assertFinds('no model m-2', models.find(Tree({'a': text.format('m-2'), **self.CATALOGUE})))
            self.assertNone(models.find(Tree({'tests/a': text.format('m-2'), **self.CATALOGUE})))
        for text in ('`zoetrope models` lists them', 'g->set_model(m);', 'zoetrope models --duration 8s', 'a job or a --model to price'):
            self.assertNone(models.find(Tree({'a': text, **self.CATALOGUE})))


class Sizes(Case):
    def test_tree(self):
        self.assertNone(sizes.find(TREE))

    def test_files(self):
        for path, most in (('server/a/a.h', 200), ('client/a.cc', 400)):
            self.assertNone(sizes.find(Tree({path: '\n' * most}), {}))
            self.assertFinds(f'at most {most}', sizes.find(Tree({path: '\n' * (most + 1)}), {}))

    def test_functions(self):
        heads = ('int F(int a, std::function<void()> b = {}) {', 'A::A(int x)\n    : x_(x), y_{1}, z_(Make({2})) {',
                 'bool operator==(const A& a) const {', 'TEST(A, B) {', 'template <class T>\nT G(T t)\n  requires(true) {',
                 'struct A* H() {')
        for head in heads:
            for context in ('{}', 'namespace a {{\nnamespace {{\n{}\n}}\n}}', 'class C : public B {{\n public:\n  int x = 1;\n{}\n}};'):
                long = context.format(head + '\n' + 'if (x) {\n}\n' * 35 + '}')
                self.assertFinds('at most 70', sizes.find(Tree({'server/a/a.cc': long}), {}))
                short = context.format(head + '\n' + 'if (x) {\n}\n' * 33 + '}')
                self.assertNone(sizes.find(Tree({'server/a/a.cc': short}), {}))

    def test_tests_may_be_longer(self):
        long = 'TEST(A, B) {\n' + 'x();\n' * 119 + '}\n'
        self.assertFinds('A.B has 121 lines', sizes.find(Tree({'tests/unit/a_test.cc': long}), {}))
        self.assertNone(sizes.find(Tree({'tests/unit/a_test.cc': long.replace('x();\n', '', 1)}), {}))

    def test_tables_are_not_functions(self):
        table = 'const Row kRows[] = {\n' + '    {F(1), {2}},\n' * 100 + '};\nint F() {\n  return 1;\n}\n'
        self.assertNone(sizes.find(Tree({'server/a/a.cc': table}), {}))
        self.assertEqual([f[0] for f in sizes.functions(table)], ['F'])

    def test_exemptions_shrink(self):
        tree = Tree({'server/a/a.cc': '\n' * 410})
        self.assertNone(sizes.find(tree, {'server/a/a.cc': (410, 'why')}))
        self.assertFinds('410 lines', sizes.find(tree, {'server/a/a.cc': (405, 'why')}))
        self.assertFinds('no longer needed', sizes.find(Tree({}), {'server/a/a.cc': (410, 'why')}))

    def test_exemptions_have_reasons(self):
        for rule, entries in exemptions.EXEMPT.items():
            for key, (_, reason) in entries.items():
                self.assertGreater(len(reason.split()), 3, f'{rule}: {key}')


class Orphans(Case):
    def test_tree(self):
        self.assertNone(orphans.find_unbuilt(TREE))

    def test_each(self):
        tests = {'tests/unit/a/b_test.cc': '', 'tests/unit/a/CMakeLists.txt': 'zoetrope_add_test(b SRCS b_test.cc)'}
        self.assertNone(orphans.find_unbuilt(Tree(tests)))
        for text in ('', '# b_test.cc', 'my_b_test.cc', 'c/b_test.cc'):
            self.assertFinds('no CMakeLists.txt names', orphans.find_unbuilt(Tree({**tests, 'tests/unit/a/CMakeLists.txt': text})))
        self.assertNone(orphans.find_unbuilt(Tree({'server/p/f/a.cc': '', 'server/p/CMakeLists.txt': 'x(SRCS f/a.cc)'})))


class Untested(Case):
    """Each source of the server has a test of its name, or one that includes its header."""

    def test_tree(self):
        self.assertNone(orphans.find_untested(TREE))

    def test_each(self):
        source = {'server/a/b.cc': '#include "server/a/b.h"', 'server/a/b.h': ''}
        test = {'tests/unit/c_test.cc': '#include "server/a/b.h"'}
        self.assertFinds('a/b.cc: no test', orphans.find_untested(Tree(source), {}))
        self.assertNone(orphans.find_untested(Tree({**source, 'tests/unit/a/b_test.cc': ''}), {}))
        self.assertNone(orphans.find_untested(Tree({**source, **test}), {}))
        part = {**source, **test, 'server/a/b_part.cc': '', 'server/a/other.cc': '#include "server/a/b.h"'}
        self.assertNone(orphans.find_untested(Tree(part), {}))
        self.assertFinds('lone', orphans.find_untested(Tree({**part, 'server/a/lone.cc': ''}), {}))
        self.assertFinds('no longer needed', orphans.find_untested(Tree({}), {'server/a/b.cc': (None, 'why')}))

    def test_helpers(self):
        tree = {'server/a/b.h': '', 'server/a/b.cc': '#include "server/a/b.h"\n#include "server/a/help.h"',
                'server/a/help.h': '', 'server/a/help.cc': '#include "server/a/help.h"'}
        self.assertFinds('help.cc', orphans.find_untested(Tree(tree), {}))
        tree['tests/unit/c_test.cc'] = '#include "server/a/b.h"'
        self.assertNone(orphans.find_untested(Tree(tree), {}))
        tree['server/z/user.h'] = '#include "server/a/help.h"'
        self.assertFinds('help.cc', orphans.find_untested(Tree(tree), {}))


class VirtualComments(Case):
    def test_tree(self):
        self.assertNone(headers.find(TREE))

    def test_each(self):
        bad = 'class A {\n public:\n  virtual ~A() = default;\n\n  virtual void F() = 0;\n};\n'
        self.assertFinds('F has no comment', headers.find(Tree({'server/a/a.h': bad}), {}))
        good = bad.replace('  virtual void', '  // Does it.\n  virtual void')
        self.assertNone(headers.find(Tree({'server/a/a.h': good}), {}))
        self.assertNone(headers.find(Tree({'server/a/a.h': '// As Engine, whose comments hold.\n' + bad}), {}))


class ProtoText(Case):
    def test_tree(self):
        self.assertNone(proto_text.find(TREE))
        total = sum(len(proto_text.fields(TREE.texts[p])) for p in TREE.select(['protos/'], ['.proto']))
        numbered = sum(len(re.findall(r'^\s*(?!//)(?:[\w.]+ )?(?:map<[^>]*>|[\w.]+) \w+ = \d+', without_enums(TREE.texts[p]), re.M))
                       for p in TREE.select(['protos/'], ['.proto']))
        self.assertEqual(total, numbered, 'fields that the rule reads, and fields that are there')

    def finds(self, declaration, pattern, count=1, comment='// Required. It.'):
        text = 'message M {\n  message N {\n  }\n  ' + comment + '\n  ' + declaration + '\n}\n'
        self.assertFinds(pattern, proto_text.find(Tree({'protos/zoetrope/v1/a.proto': text})), count)

    def test_each(self):
        self.finds('string a = 1;', '.', 0)
        self.finds('string a = 1;', 'begins with none', comment='// What it is.')
        self.finds('map<string, int64> a = 1;', 'begins with none', comment='// Sets it.')
        self.finds('optional string a = 1;', 'begins with none', comment='')
        self.finds('int64 create_time = 1;', 'Timestamp')
        self.finds('google.protobuf.Timestamp create_time = 1;', '.', 0)
        self.finds('int64 poll_duration = 1;', 'Duration')
        self.finds('repeated uint32 a = 1;', 'signed')
        self.finds('double price = 1;', 'fraction')
        self.finds('optional double progress = 1;', '.', 0)

    def test_members_of_a_oneof_need_no_word(self):
        text = 'message M {\n  // Which.\n  oneof x {\n    // This.\n    string a = 1;\n  }\n  // That.\n  string b = 2;\n}\n'
        self.assertFinds('M.b', proto_text.find(Tree({'protos/zoetrope/v1/a.proto': text})))
        self.assertFinds('M.a', proto_text.find(Tree({'protos/zoetrope/v1/a.proto': text})), 0)


class ErrorTable(Case):
    """The table of errors in protos/README.md is that of error_reason.proto."""

    def test_tree(self):
        self.assertNone(proto_text.find_error_table(TREE))

    def test_each(self):
        proto = '  // NOT_FOUND. No such\n  // thing.\n  ERROR_REASON_A = 1;\n'
        row = '| `A` | `NOT_FOUND` | No such thing. |\n'

        def find(table):
            return proto_text.find_error_table(Tree({'protos/zoetrope/v1/error_reason.proto': proto, 'protos/README.md': table}))
        self.assertNone(find(row))
        self.assertFinds('no row', find(''))
        self.assertFinds('not in', find(row + '| `B` | `INTERNAL` | Other. |\n'))


def without_enums(text):
    return re.sub(r'enum \w+ \{[^}]*\}', '', re.sub(r'//.*', '', text))


class Buf(Case):
    """buf's lint and its check for incompatible changes."""

    def setUp(self):
        if not BUF or not os.path.exists(BUF):
            self.skipTest('SKIPPED: buf is not here, so neither form nor compatibility of the protos was checked; tests/run installs it')
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.copy = os.path.join(folder.name, 'protos')
        shutil.copytree(os.path.join(ROOT, 'protos'), self.copy)

    def buf(self, *arguments, cwd=ROOT):
        result = subprocess.run([BUF, *arguments], cwd=cwd, capture_output=True, text=True, check=False)
        return result.returncode, (result.stdout + result.stderr).strip()

    def change(self, file, old, new):
        path = os.path.join(self.copy, file)
        with open(path, encoding='utf-8') as source:
            text = source.read()
        self.assertIn(old, text)
        with open(path, 'w', encoding='utf-8') as target:
            target.write(text.replace(old, new, 1))


class BufLint(Buf):
    def test_tree(self):
        self.assertEqual(self.buf('lint', 'protos'), (0, ''))

    def test_the_one_exception_is_needed_and_the_only_one(self):
        with_it = self.buf('lint', self.copy)[1].split('\n')
        self.change('buf.yaml', '    - SERVICE_SUFFIX', '    []')
        more = [f for f in self.buf('lint', self.copy)[1].split('\n') if f not in with_it]
        self.assertTrue(more)
        self.assertNone([f for f in more if not re.search(r'Service name "VideoGeneration\w*" should be suffixed', f)])

    def test_bites(self):
        self.change('zoetrope/v1/money.proto', '  // Optional. Whole units. Default 0.\n', '')
        self.assertNotEqual(self.buf('lint', self.copy)[0], 0)


class BufBreaking(Buf):
    """Against the newest release, or, before the first one, against the first version of the contract."""

    def git(self, *arguments):
        command = ['git', '-c', f'safe.directory={ROOT}', '-C', ROOT, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def baseline(self):
        if not os.path.exists(os.path.join(ROOT, '.git')):
            self.skipTest('SKIPPED: no git history here, so compatibility of the protos was not checked')
        tags = self.git('tag', '--list', 'v*', '--merged', 'HEAD', '--sort=-v:refname').split()
        if tags:
            return tags[0]
        if self.git('rev-parse', '--is-shallow-repository') == 'true':
            self.skipTest('SKIPPED: the history is cut off (a shallow clone), so compatibility of the protos was not checked')
        return self.git('log', '--reverse', '--format=%H', '--diff-filter=A', '--', 'protos/buf.yaml').split()[0]

    def test_tree(self):
        base = self.baseline()
        with tempfile.TemporaryDirectory() as folder:
            archive = os.path.join(folder, 'base.tar')
            self.git('archive', '--format=tar', '-o', archive, base, 'protos')
            subprocess.run(['tar', '-xf', archive, '-C', folder], check=True)
            code, output = self.buf('breaking', 'protos', '--against', os.path.join(folder, 'protos'))
        self.assertEqual((code, output), (0, ''), f'incompatible with {base}')

    def test_bites(self):
        self.change('zoetrope/v1/money.proto', 'int32 nanos = 3;', 'int32 nanos = 4;')
        self.assertNotEqual(self.buf('breaking', self.copy, '--against', 'protos')[0], 0)


class Format(Case):
    def format(self, *arguments, text=None):
        tool = shutil.which('clang-format-14')
        if not tool:
            self.skipTest('SKIPPED: clang-format-14 is not here, so the layout of the sources was not checked')
        command = [tool, '--dry-run', '--Werror', *arguments]
        return subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True, check=False)

    def test_tree(self):
        paths = TREE.select(['server/', 'client/', 'tests/'], ['.h', '.cc'])
        result = self.format('--style=file', *paths)
        bad = sorted(set(re.findall(r'^([^:\s]+):\d+:\d+: error', result.stderr, re.M)))
        self.assertNone([f'{path}: run clang-format-14 -i on it' for path in bad])
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_bites(self):
        self.assertNotEqual(self.format('--assume-filename=server/a.cc', text='int  x ;\n').returncode, 0)


class Shell(Case):
    def check(self, *arguments, text=None):
        if not shutil.which('shellcheck'):
            self.skipTest('SKIPPED: shellcheck is not here, so the scripts were not checked')
        return subprocess.run(['shellcheck', '-x', *arguments], cwd=ROOT, input=text, capture_output=True, text=True, check=False)

    def test_tree(self):
        scripts = [p for p, text in TREE.texts.items() if re.match(r'#!.*\b(ba)?sh\b|# shellcheck shell=', text)]
        self.assertIn('tests/run', scripts)
        result = self.check(*scripts)
        self.assertEqual(result.returncode, 0, result.stdout)

    def test_bites(self):
        self.assertNotEqual(self.check('-', text='#!/bin/bash\nrm $1/*\n').returncode, 0)


class DuplicateSymbols(Case):
    """No two of our libraries define the same function: calls to one would silently reach the other."""

    def test_tree(self):
        build = os.environ.get('ZOETROPE_BUILD_DIR')
        definitions = symbols.read(build) if build else []
        if not definitions:
            self.skipTest('SKIPPED: no libraries are built here, so their symbols were not compared')
        self.assertNone(symbols.find(definitions))

    def test_each(self):
        self.assertFinds('F\\(int\\) is defined in a.a, b.a', symbols.find([('a.a', 'F(int)'), ('b.a', 'F(int)'), ('b.a', 'G()')]))
        self.assertNone(symbols.find([('a.a', 'F(int)'), ('a.a', 'F(int)'), ('b.a', 'F(long)')]))
        output = 'lib.a[x.o]:\nzoetrope::F(int, char) T 0000 0010\nzoetrope::G() W 0 1\nzoetrope::H() t 0 1\n'
        self.assertEqual(symbols.strong(output), ['zoetrope::F(int, char)'])


class Mutations(Case):
    """Each file of tests/mutations/ fits the code, names a test that is there, and has its row in tests/README.md."""

    FILE = 'rule = "It is safe"\ncaught_by = ["a_test/A.IsSafe", "a_test/{test}"]\n[[edits]]\nfile = "{file}"\nold = "{old}"\nnew = "{new}"\n'
    TESTS = '#include "a.h"\nTEST_F(A, IsSafe) {}\n// TEST(A, IsGone) {}\nTEST_P(B,\n       IsSafe) {}\n'
    LATER = 'INSTANTIATE_TEST_SUITE_P(All, B, Range(0, 2));\n'

    def tree(self, row=True, listed='off', **parts):
        values = {'test': 'A.IsSafe', 'file': 'server/a/a.cc', 'old': 'Guard();', 'new': '', **parts}
        return Tree({'server/a/a.cc': 'void F() {\n  Guard();\n  Twice();\n  Twice();\n}\n', 'tests/a/a_test.cc': self.TESTS, 'tests/b.cc': self.LATER,
                     'tests/a/CMakeLists.txt': 'zoetrope_add_test(a_test LABEL unit TIMEOUT 9\n  SRCS a_test.cc\n    ${PROJECT_SOURCE_DIR}/tests/b.cc\n  DEPS x)',
                     'tests/mutations/CMakeLists.txt': f'set(mutations\n    {listed})', 'tests/mutations/off.toml': self.FILE.format(**values),
                     'tests/README.md': f'| `off` | It is safe | `a_test/A.IsSafe`, `a_test/{values["test"]}` |\n' if row else ''})

    def test_tree(self):
        self.assertNone(mutations.find(TREE))
        self.assertGreater(len(mutations.mutations(TREE)[0]), 9)

    def test_fits(self):
        for parts in ({}, {'test': 'All/B.IsSafe/1', 'old': 'F() {\\n  Guard'}):
            self.assertNone(mutations.find(self.tree(**parts)))

    def test_texts(self):
        for parts, pattern in (({'old': 'Lock();'}, 'stands 0 times'), ({'old': 'Twice();'}, 'stands 2 times'), ({'old': ''}, 'stands 0 times'),
                               ({'new': 'Guard();'}, 'changes nothing'), ({'file': 'server/a/b.cc'}, 'stands 0 times'),
                               ({'file': 'tests/a/a_test.cc', 'old': 'IsGone'}, 'not a source of the server')):
            self.assertFinds(pattern, mutations.find(self.tree(**parts)))

    def test_tests(self):
        for test in ('A.IsGone', 'A.Other', 'B.IsSafe', 'All/A.IsSafe/0', 'All/B.IsSafe', 'Some/B.IsSafe/0'):
            self.assertFinds('no test', mutations.find(self.tree(test=test)))
        without = self.tree()
        without.texts['tests/a/CMakeLists.txt'] = 'zoetrope_add_test(other_test SRCS a_test.cc)'
        self.assertFinds('no test', mutations.find(without), 2)

    def test_rows(self):
        self.assertFinds('wants the row', mutations.find(self.tree(row=False)))
        self.assertFinds('does not name it', mutations.find(self.tree(listed='')))
        self.assertFinds('names it and it is not there', mutations.find(self.tree(listed='off on')))
        more = self.tree()
        more.texts['tests/README.md'] += '| `on` | It is safe | `a_test/A.IsSafe` |\n'
        self.assertFinds('a row of on', mutations.find(more))

    def test_forms(self):
        for text, pattern in (('rule', 'off.toml'), ('rule = "It"\ncaught_by = ["a_test/A.B"]', 'has not exactly'),
                              (self.FILE.format(test='A', file='a', old='b', new='c'), 'caught_by is not')):
            self.assertFinds(pattern, mutations.mutations(Tree({'tests/mutations/off.toml': text}))[1])


class EachRuleIsATest(Case):
    """A class here that CMake does not know would never run."""

    def test_tree(self):
        names = {c.__name__ for c in Case.__subclasses__() + Buf.__subclasses__()} - {'Buf'}
        listed = re.search(r'set\(rules\s([^)]*)\)', TREE.texts['tests/tidy/CMakeLists.txt']).group(1).split()
        self.assertEqual(sorted(names), sorted(listed))


if __name__ == '__main__':
    outcome = unittest.main(exit=False).result
    # 77 tells ctest that something was skipped, and nothing failed.
    sys.exit(1 if not outcome.wasSuccessful() else 77 if outcome.skipped else 0)
