"""RunPod's SDK for Python: the blocking endpoint and the asynchronous one."""

import json
import os
import unittest

import support

os.environ['RUNPOD_ENDPOINT_BASE_URL'] = f'{support.SANDBOX}/runpod/v2'
import aiohttp  # noqa: E402
import requests  # noqa: E402
import runpod  # noqa: E402  (it reads the variable when it is imported)
from runpod.endpoint import asyncio as runpod_asyncio  # noqa: E402

runpod.api_key = 'key'
MODEL = 'sora-2-i2v'


def wish(prompt):
    return {'prompt': prompt, 'image': f'{support.SANDBOX}/pictures/sample.png', 'duration': 4}


class RunpodTest(unittest.TestCase):
    def setUp(self):
        self.endpoint = runpod.Endpoint(MODEL)

    def assert_video(self, output):
        self.assertTrue(support.is_mp4(support.fetch(output['video_url'])))

    def test_makes_a_video(self):
        job = self.endpoint.run({'input': wish('a boat of RunPod')})
        self.assert_video(job.output(timeout=support.PATIENCE_SECONDS))
        self.assertEqual(job.status(), 'COMPLETED')
        self.assertEqual(support.creations('a boat of RunPod')[0]['id'], job.job_id)

    def test_makes_a_video_in_one_call(self):
        self.assert_video(self.endpoint.run_sync(wish('one call'), timeout=support.PATIENCE_SECONDS))

    def test_sees_a_failure(self):
        job = self.endpoint.run(wish('[[fault:fail:content]]'))
        # The SDK has no word for the error and does not raise: what tells is the status.
        self.assertNotIn('video_url', job.output(timeout=support.PATIENCE_SECONDS) or {})
        self.assertEqual(job.status(), 'FAILED')

    def test_sees_a_time_out(self):
        job = self.endpoint.run(wish('[[fault:timed-out]]'))
        job.output(timeout=support.PATIENCE_SECONDS)
        self.assertEqual(job.status(), 'TIMED_OUT')

    def test_sees_a_refusal(self):
        with self.assertRaises(requests.HTTPError) as caught:
            self.endpoint.run({'input': {'prompt': 'no picture'}})
        self.assertEqual(caught.exception.response.status_code, 400)
        with self.assertRaisesRegex(RuntimeError, '^401 Unauthorized'):
            runpod.Endpoint(MODEL, api_key='bad-key').run(wish('p'))

    def test_cancels(self):
        job = self.endpoint.run(wish(f'cancel {support.ENDLESS}'))
        self.assertEqual(job.status(), 'IN_QUEUE')
        self.assertEqual(job.cancel(timeout=support.PATIENCE_SECONDS)['status'], 'CANCELLED')
        self.assertEqual(job.status(), 'CANCELLED')
        self.assertEqual(support.creations('cancel')[0]['state'], 'CANCELLED')

    def test_streams(self):
        job = self.endpoint.run(wish('a stream'))
        outputs = list(job.stream())
        self.assertEqual(len(outputs), 1)
        self.assert_video(outputs[0])

    def test_sees_the_endpoint(self):
        self.assertIn('completed', self.endpoint.health(timeout=support.PATIENCE_SECONDS)['jobs'])
        self.endpoint.run(wish(f'purge {support.ENDLESS}'))
        purged = self.endpoint.purge_queue(timeout=support.PATIENCE_SECONDS)
        self.assertEqual(purged['status'], 'completed')
        self.assertGreaterEqual(purged['removed'], 1)
        self.assertEqual(support.creations('purge')[0]['state'], 'CANCELLED')

    def test_gets_a_webhook(self):
        with support.Receiver() as receiver:
            job = self.endpoint.run({'input': wish('with a webhook'), 'webhook': receiver.url})
            _, body = receiver.take()
        message = json.loads(body)
        self.assertEqual((message['id'], message['status']), (job.job_id, 'COMPLETED'))
        self.assertEqual(message['output'], job.output())


class AsyncTest(unittest.IsolatedAsyncioTestCase):
    async def test_makes_a_video_and_cancels_another(self):
        async with aiohttp.ClientSession() as session:
            endpoint = runpod_asyncio.Endpoint(MODEL, session)
            job = await endpoint.run(wish('not blocking'))
            output = await job.output(timeout=support.PATIENCE_SECONDS)
            self.assertEqual(await job.status(), 'COMPLETED')
            endless = await endpoint.run(wish(f'not blocking either {support.ENDLESS}'))
            self.assertEqual((await endless.cancel())['status'], 'CANCELLED')
            self.assertEqual(await endless.status(), 'CANCELLED')
            self.assertIn('jobs', await endpoint.health())
        self.assertTrue(support.is_mp4(support.fetch(output['video_url'])))


if __name__ == '__main__':
    support.main()
