"""What an on-call person has, against the real programs: Debian's promtool reads the metrics and the rules, a real Prometheus scrapes a
real server under a load with faults, and every panel of the dashboard has something to show.

ZOETROPE_BIN_DIR has the programs, ZOETROPE_TOOLS what tests/run has installed.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'clients'))
import world  # noqa: E402

RULES = os.path.join(SOURCE, 'deploy', 'prometheus', 'zoetrope.rules.yaml')
RUNBOOKS = os.path.join(SOURCE, 'deploy', 'prometheus', 'README.md')
DASHBOARD = os.path.join(SOURCE, 'deploy', 'grafana', 'zoetrope.json')
SKIPPED = 77
PATIENCE = 90

ACCOUNT = """  - name: {name}
    dialect: {dialect}
    base_url: $SANDBOX{path}
    api_key: {{dummy: sandbox-{name}}}
    allow_plain_http: true
    allow_private_hosts: true
    poll: {{first_after: 50ms, interval_max: 200ms}}
    search: {{first_after: 200ms, give_up_after: 2s}}
    charge: {{give_up_after: 2s}}
"""
PATHS = {'runpod': '/runpod/v2', 'fal': '/fal/queue', 'runware': '/runware/v1', 'vtrix': '/vtrix/model', 'wavespeed': '/wavespeed/api/v3',
         'openai': '/openai/v1'}


def tool(name):
    """The program, from where tests/run has unpacked Debian's package, or installed."""
    unpacked = os.path.join(os.environ['ZOETROPE_TOOLS'], 'prometheus', 'usr', 'bin', name)
    return unpacked if os.path.exists(unpacked) else shutil.which(name)


def run(*command):
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=PATIENCE)
    return done.returncode, done.stdout + done.stderr


def get(url):
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(url, timeout=PATIENCE) as answer:
        return answer.read().decode()


def await_that(what, check):
    """Waits until `check` has an answer, and gives it."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            if answer := check():
                return answer
        except OSError:
            pass
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.1)


class Rules(unittest.TestCase):
    def test_promtool_takes_them(self):
        code, words = run(tool('promtool'), 'check', 'rules', RULES)
        self.assertEqual(code, 0, words)

    def test_each_alert_stays_silent_fires_and_resolves(self):
        code, words = run(tool('promtool'), 'test', 'rules', os.path.join(HERE, 'rules.test.yaml'))
        self.assertEqual(code, 0, words)

    def test_each_alert_has_a_case_and_a_runbook(self):
        with open(RULES, encoding='utf-8') as file:
            rules = file.read()
        with open(RUNBOOKS, encoding='utf-8') as file:
            sections = re.findall(r'^## (\w+)$', file.read(), re.M)
        with open(os.path.join(HERE, 'rules.test.yaml'), encoding='utf-8') as file:
            cases = set(re.findall(r'alertname="(\w+)"', file.read()))
        alerts = re.findall(r'- alert: (\w+)', rules)
        self.assertGreater(len(alerts), 20)
        self.assertEqual(alerts, sections)
        self.assertEqual(cases, set(alerts))
        for alert in alerts:
            self.assertIn(f'runbook_url: deploy/prometheus/README.md#{alert.lower()}\n', rules)
        self.assertEqual(len(re.findall(r'severity: (page|ticket)}', rules)), len(alerts))


class Load(world.World):
    """A server with metrics, budgets and all six providers."""

    def __init__(self):
        accounts = ''.join(ACCOUNT.format(name=name, dialect=name, path=path) for name, path in PATHS.items())
        super().__init__(f"""
metrics_listen: 127.0.0.1:0
admin: {{listen: 127.0.0.1:0}}
catalogue: {{allow_retired_models: true, unpriced_reservation: "5.00"}}
budgets:
  - {{name: everything, limit: "1000", window: month}}
providers:
{accounts}""", metrics='127.0.0.1:0')
        serving = await_that('the server says where it listens', self._serving)
        self.metrics_url = 'http://127.0.0.1:' + serving['metrics'].split()[-1] + '/metrics'
        self._servers = ['--server', self.address, '--admin', serving['admin']]

    def _serving(self):
        for line in self.server_log().splitlines():
            if '"event":"serving"' in line:
                return json.loads(line)
        return None

    def zoetrope(self, *arguments):
        return run(self._program('zoetrope'), *self._servers, *arguments)

    def submit(self, provider, fault='', *more):
        code, words = self.zoetrope('job', 'submit', '-q', '--model', 'sora-2', '--duration', '4s', '--provider', provider, '--image',
                                    os.path.join(SOURCE, 'deploy', 'sample.jpg'), '--image-fit', 'cover', '--prompt',
                                    f'A paper boat{fault}', *more)
        if code != 0:
            raise AssertionError(words)
        return words.split()[-1]

    def make_history(self):
        """Of everything a bit: videos, failures, doubts, decisions, watchers, a repetition."""
        for provider in PATHS:
            self.submit(provider)
        watched = self.submit('fal')
        self.zoetrope('job', 'watch', watched)
        self.zoetrope('job', 'watch', watched, '--after', '1')
        for fault in ('fail', 'poll-reset', 'poll-html-200', 'lost-reply'):
            self.submit('fal', f' [[fault:{fault}]]')
        self.submit('openai', ' [[fault:status:500]]')
        held = self.submit('vtrix', ' [[fault:lost-reply]]')
        self.submit('runpod', ' [[fault:lost-reply]]')
        for _ in range(2):
            self.submit('runware', ' again', '--request-id', 'once')
        await_that('a held attempt', lambda: held in self.zoetrope('attempt', 'list', '--held')[1])
        code, words = self.zoetrope('attempt', 'resolve', held, '--abandon', '--note', 'a test')
        if code != 0:
            raise AssertionError(words)
        self.zoetrope('job', 'get', 'no-such-job')

    def keep_busy(self):
        """So that rates have something to show while they are asked for."""
        for provider in ('fal', 'runware', 'wavespeed'):
            self.submit(provider)
        self.submit('fal', ' [[fault:fail]]')
        self.submit('fal', ' [[fault:poll-reset]]')
        self.submit('fal', ' [[fault:run-ms:5000]]')
        self.zoetrope('job', 'watch', self.submit('fal', ' [[fault:run-ms:1500]]'))


class Prometheus:
    """Debian's, with a folder of its own, scraping one address each second."""

    def __init__(self, target, folder):
        with socket.socket() as free:
            free.bind(('127.0.0.1', 0))
            self.url = f'http://127.0.0.1:{free.getsockname()[1]}'
        config = os.path.join(folder, 'prometheus.yml')
        with open(config, 'w', encoding='utf-8') as file:
            file.write(f"""
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ["{RULES}"]
scrape_configs:
  - job_name: zoetrope
    static_configs: [{{targets: ["{target}"], labels: {{namespace: here}}}}]
""")
        self._log = open(os.path.join(folder, 'prometheus.log'), 'wb')
        self._process = subprocess.Popen(
            ['setpriv', '--pdeathsig', 'KILL', tool('prometheus'), f'--config.file={config}',
             f'--storage.tsdb.path={os.path.join(folder, "tsdb")}', f'--web.listen-address={self.url[7:]}'],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)
        await_that('Prometheus is ready', lambda: 'Ready' in get(f'{self.url}/-/ready'))

    def query(self, expression):
        """The values that an instant query shows."""
        answer = json.loads(get(f'{self.url}/api/v1/query?' + urllib.parse.urlencode({'query': expression})))
        return [sample['value'][1] for sample in answer['data']['result']]

    def rules(self):
        answer = json.loads(get(f'{self.url}/api/v1/rules'))
        return [rule for group in answer['data']['groups'] for rule in group['rules']]

    def close(self):
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(PATIENCE)
        self._log.close()


def queries_of(dashboard):
    """(panel, query) of each target, with the variables as a person has them who looks at everything."""
    for panel in dashboard['panels']:
        for target in panel.get('targets', []):
            expression = target['expr'].replace('$__rate_interval', '15s')
            yield panel['title'], re.sub(r'\$(namespace|job|provider|model)\b', '.*', expression)


class Scrape(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.load = Load()
        cls.addClassCleanup(cls.load.close)

    def test_promtool_finds_nothing_to_say_about_the_metrics(self):
        self.load.submit('fal')
        done = subprocess.run([tool('promtool'), 'check', 'metrics'], input=get(self.load.metrics_url), check=False, text=True,
                              capture_output=True, timeout=PATIENCE)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ''))

    def test_every_panel_has_something_to_show(self):
        with open(DASHBOARD, encoding='utf-8') as file:
            dashboard = json.load(file)
        with tempfile.TemporaryDirectory(prefix='zoetrope-prometheus-') as folder:
            prometheus = Prometheus(self.load.metrics_url.split('/')[2], folder)
            try:
                await_that('a first scrape', lambda: prometheus.query('zoetrope_build_info'))
                self.load.make_history()
                left = list(queries_of(dashboard))
                self.assertGreater(len(left), 50)
                end = time.monotonic() + PATIENCE
                while left and time.monotonic() < end:
                    self.load.keep_busy()
                    left = [(title, query) for title, query in left if not set(prometheus.query(query)) - {'NaN'}]
                self.assertEqual(left, [], 'these panels show nothing')
                self.assertEqual([rule['name'] for rule in prometheus.rules() if rule.get('health') != 'ok'], [])
            finally:
                prometheus.close()


class Dashboard(unittest.TestCase):
    def test_it_fits_any_grafana(self):
        with open(DASHBOARD, encoding='utf-8') as file:
            text = file.read()
        dashboard = json.loads(text)
        self.assertNotIn('uid', dashboard)
        self.assertEqual(set(re.findall(r'"uid": "([^"]*)"', text)), {'${datasource}'})
        self.assertEqual(dashboard['templating']['list'][0]['type'], 'datasource')
        rows = [panel['title'].split(':')[0] for panel in dashboard['panels'] if panel['type'] == 'row']
        self.assertEqual(rows, ['Users', 'Providers', 'Money', 'Spend safety', 'Store', 'Runtime'])
        for what in ('id', 'title'):
            names = [panel[what] for panel in dashboard['panels']]
            self.assertEqual(len(names), len(set(names)), f'no two panels have the same {what}')
        for panel in dashboard['panels']:
            if panel['type'] != 'row':
                self.assertTrue(panel['fieldConfig']['defaults']['unit'], panel['title'])
                self.assertTrue(panel['targets'], panel['title'])


if __name__ == '__main__':
    if tool('promtool') is None or tool('prometheus') is None:
        print('SKIPPED: prometheus is not here, so rules, metrics and dashboard were not tried; tests/run installs it')
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)
