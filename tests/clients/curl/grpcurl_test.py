"""grpcurl, which knows of the service only what reflection tells it."""

import base64
import hashlib
import json
import os
import subprocess
import unittest

import world

SERVICE = 'zoetrope.v1.VideoGeneration'
METHODS = ['CancelJob', 'DownloadVideo', 'GetCost', 'GetJob', 'GetSpend', 'ListJobs', 'ListModels', 'Submit', 'WatchJob']


def documents(text):
    """The JSON values that stand in the text, one after another."""
    decoder, at, found = json.JSONDecoder(), 0, []
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        value, at = decoder.raw_decode(text, at)
        found.append(value)
    return found


class GrpcurlTest(world.WorldCase):
    def grpcurl(self, *arguments, flags=()):
        return subprocess.run([os.environ['ZOETROPE_CURL'], '-plaintext', *flags, self.world.address, *arguments],
                              capture_output=True, text=True, timeout=world.STREAM_SECONDS, check=False)

    def output(self, *arguments, flags=()):
        done = self.grpcurl(*arguments, flags=flags)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        return done.stdout

    def call(self, method, request):
        return documents(self.output(f'{SERVICE}/{method}', flags=['-d', json.dumps(request)]))

    def test_list_names_service_and_methods(self):
        self.assertIn(SERVICE, self.output('list').split())
        self.assertEqual(self.output('list', SERVICE).split(), [f'{SERVICE}.{method}' for method in METHODS])

    def test_describe_shows_calls_and_fields(self):
        service = self.output('describe', SERVICE)
        self.assertIn('rpc Submit ( .zoetrope.v1.SubmitRequest ) returns ( .zoetrope.v1.SubmitResponse );', service)
        self.assertIn('rpc WatchJob ( .zoetrope.v1.WatchJobRequest ) returns ( stream .zoetrope.v1.WatchJobResponse );', service)
        request = self.output('describe', 'zoetrope.v1.WatchJobRequest')
        self.assertIn('optional int64 after_revision = 2;', request)

    def test_describe_shows_every_service_that_list_names(self):
        self.assertIn('Health is a service', self.output('describe'))

    def test_calls_from_submit_to_cost(self):
        job = self.call('Submit', world.submission('a boat'))[0]['job']
        events = self.call('WatchJob', {'job_id': job['id'], 'after_revision': '0', 'until': 'WATCH_UNTIL_SETTLED'})
        revisions = [event['revision'] for event in events if 'revision' in event]
        self.assertEqual([int(r['revision']) for r in revisions], list(range(1, len(revisions) + 1)))
        self.assertEqual(revisions[-1]['job']['state'], 'JOB_STATE_SUCCEEDED')
        cost = self.call('GetCost', {'job_id': job['id']})[0]['cost']
        self.assertEqual(cost['settlement'], 'SETTLEMENT_STATE_SETTLED')
        charged = int(self.world.ledger('a boat')['totals']['charged_nanos'])
        self.assertEqual(int(cost['settled'].get('units', 0)) * 10**9 + cost['settled'].get('nanos', 0), charged)
        spend = self.call('GetSpend', {'query': {'bucket': 'SPEND_BUCKET_DAY'}})[0]
        self.assertEqual([entry['charged'] for entry in spend['entries']], [cost['settled']])
        *messages, last = self.call('DownloadVideo', {'job_id': job['id']})
        video = b''.join(base64.b64decode(message.get('chunk', '')) for message in messages)
        self.assertEqual(hashlib.sha256(video).hexdigest(), last['trailer']['sha256'])

    def test_an_error_has_its_code_and_details(self):
        done = self.grpcurl(f'{SERVICE}/GetJob', flags=['-format-error', '-d', '{"job_id": "nobody"}'])
        status = json.loads(done.stderr)
        not_found = 5
        self.assertEqual((done.returncode, status['code'], status['message']), (64 + not_found, not_found, 'no such job'))
        # grpcurl decodes only what reflection describes, and the details are no part of the service.
        details = {detail['@type']: base64.b64decode(detail['@value']) for detail in status['details']}
        self.assertIn(b'JOB_NOT_FOUND', details['type.googleapis.com/google.rpc.ErrorInfo'])
        self.assertIn(b'zoetrope.v1.Job', details['type.googleapis.com/google.rpc.ResourceInfo'])


if __name__ == '__main__':
    world.main()
