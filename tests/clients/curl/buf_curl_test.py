"""buf curl, which knows of the service only what reflection tells it."""

import base64
import json
import os
import subprocess
import unittest

import world

SERVICE = 'zoetrope.v1.VideoGeneration'


class BufCurlTest(world.WorldCase):
    def curl(self, path, *flags):
        with_cache = {**os.environ, 'BUF_CACHE_DIR': os.path.join(os.environ['ZOETROPE_WORK'], 'buf')}
        return subprocess.run([os.environ['ZOETROPE_CURL'], 'curl', '--protocol', 'grpc', *flags,
                               f'http://{self.world.address}{path}'],
                              capture_output=True, text=True, timeout=world.STREAM_SECONDS, check=False, env=with_cache)

    def call(self, method, request):
        done = self.curl(f'/{SERVICE}/{method}', '-d', json.dumps(request))
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        return done.stdout

    def test_buf_lists_services(self):
        services = self.curl('', '--list-services')
        self.assertIn(SERVICE, services.stdout.split(), services.stderr)

    def test_buf_lists_methods(self):
        methods = self.curl('', '--list-methods')
        self.assertIn(f'{SERVICE}/WatchJob', methods.stdout.split(), methods.stderr)

    def test_buf_calls_from_submit_to_cost(self):
        job = json.loads(self.call('Submit', world.submission('a boat')))['job']
        events = self.call('WatchJob', {'job_id': job['id'], 'until': 'WATCH_UNTIL_SETTLED'})
        self.assertIn('"JOB_STATE_SUCCEEDED"', events)
        cost = json.loads(self.call('GetCost', {'job_id': job['id']}))['cost']
        self.assertEqual(cost['settlement'], 'SETTLEMENT_STATE_SETTLED')
        charged = int(self.world.ledger('a boat')['totals']['charged_nanos'])
        self.assertEqual(int(cost['settled'].get('units', 0)) * 10**9 + cost['settled'].get('nanos', 0), charged)

    def test_buf_shows_an_errors_code_and_details(self):
        done = self.curl(f'/{SERVICE}/GetJob', '-d', '{"job_id": "nobody"}')
        status = json.loads(done.stderr)
        not_found = 5
        self.assertEqual((done.returncode, status['code'], status['message']), (not_found << 3, 'not_found', 'no such job'))
        # buf decodes only what reflection describes, and the details are no part of the service. It leaves base64's padding out.
        details = {detail['type']: base64.b64decode(detail['value'] + '==') for detail in status['details']}
        self.assertIn(b'JOB_NOT_FOUND', details['google.rpc.ErrorInfo'])
        self.assertIn(b'zoetrope.v1.Job', details['google.rpc.ResourceInfo'])


if __name__ == '__main__':
    world.main()
