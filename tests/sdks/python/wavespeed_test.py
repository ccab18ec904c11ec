"""WaveSpeed's SDK for Python. It has no call to cancel, and no word for the webhook, which is a parameter of the model's URL."""

import hashlib
import hmac
import io
import json
import os
import tempfile
import time
import unittest
import urllib.parse

import support
import wavespeed

MODEL = 'openai/sora-2/text-to-video'
PICTURE_MODEL = 'openai/sora-2/image-to-video'
POLL_SECONDS = 0.05


class WavespeedTest(unittest.TestCase):
    def setUp(self):
        self.client = wavespeed.Client(api_key='key', base_url=f'{support.SANDBOX}/wavespeed')

    def run_model(self, prompt, **options):
        return self.client.run(MODEL, {'prompt': prompt, 'duration': 4}, poll_interval=POLL_SECONDS, **options)

    def test_makes_a_video(self):
        output = self.run_model('a boat of WaveSpeed')
        self.assertEqual(len(output['outputs']), 1)
        self.assertTrue(support.is_mp4(support.fetch(output['outputs'][0])))
        self.assertEqual(len(support.creations('a boat of WaveSpeed')), 1)

    def test_makes_a_video_at_its_own_host(self):
        output = wavespeed.Client(api_key='key').run(MODEL, {'prompt': 'at home'}, poll_interval=POLL_SECONDS)
        self.assertTrue(output['outputs'][0].startswith('https://api.wavespeed.ai/'))
        self.assertTrue(support.is_mp4(support.fetch(output['outputs'][0])))

    def test_makes_a_video_in_one_call(self):
        output = self.run_model('one call', enable_sync_mode=True)
        self.assertTrue(support.is_mp4(support.fetch(output['outputs'][0])))

    def test_uploads_a_picture_and_makes_a_video_of_it(self):
        picture = support.picture()
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'boat.png')
            with open(path, 'wb') as file:
                file.write(picture)
            from_path = self.client.upload(path)
        stream = io.BytesIO(picture)
        stream.name = 'boat.png'
        from_stream = self.client.upload(stream)
        for url in (from_path, from_stream):
            self.assertEqual(support.fetch(url), picture)
            output = self.client.run(PICTURE_MODEL, {'prompt': 'it moves', 'image': url, 'duration': 4},
                                     poll_interval=POLL_SECONDS)
            self.assertTrue(support.is_mp4(support.fetch(output['outputs'][0])))

    def test_sees_a_failure(self):
        with self.assertRaisesRegex(RuntimeError, r'^Prediction failed \(task_id: [0-9a-f]{32}\): .*sensitive'):
            self.run_model('[[fault:fail:content]]')
        seen = self.client.run_no_throw(MODEL, {'prompt': 'no throw [[fault:fail:content]]', 'duration': 4},
                                        poll_interval=POLL_SECONDS)
        self.assertEqual((seen['status'], seen['outputs']), ('failed', None))
        self.assertEqual(seen['task_id'], support.creations('no throw')[0]['id'])
        self.assertEqual(self.client.get_result(seen['task_id'])['data']['status'], 'failed')

    def test_sees_a_time_out(self):
        with self.assertRaisesRegex(RuntimeError, '^Prediction timeout '):
            self.run_model('[[fault:timed-out]]')

    def test_sees_a_refusal(self):
        with self.assertRaisesRegex(RuntimeError, '^Failed to submit prediction: HTTP 400: '):
            self.client.run(MODEL, {'prompt': 'p', 'duration': 5})
        with self.assertRaisesRegex(RuntimeError, '^Failed to submit prediction: HTTP 401: '):
            wavespeed.Client(api_key='bad-key', base_url=f'{support.SANDBOX}/wavespeed').run(MODEL, {'prompt': 'p'})

    def test_never_sends_a_submission_twice(self):
        with self.assertRaisesRegex(RuntimeError, '^Prediction submission did not return a response'):
            self.run_model('unanswered [[fault:lost-reply]]', max_retries=2)
        self.assertEqual(len(support.creations('unanswered')), 1)

    def test_polls_through_an_outage(self):
        client = wavespeed.Client(api_key='key', base_url=f'{support.SANDBOX}/wavespeed', retry_interval=POLL_SECONDS)
        output = client.run(MODEL, {'prompt': '[[fault:poll-status:503:2]] [[fault:poll-lost:1]]', 'duration': 4},
                            poll_interval=POLL_SECONDS)
        self.assertTrue(support.is_mp4(support.fetch(output['outputs'][0])))

    def test_gets_a_signed_webhook(self):
        with support.Receiver() as receiver:
            hook = urllib.parse.urlencode({'webhook': receiver.url})
            output = self.client.run(f'{MODEL}?{hook}', {'prompt': 'with a webhook', 'duration': 4},
                                     poll_interval=POLL_SECONDS)
            headers, body = receiver.take()
        prediction = json.loads(body)
        self.assertEqual((prediction['status'], prediction['outputs']), ('completed', output['outputs']))
        secret = json.loads(support.fetch(f'{support.SANDBOX}/wavespeed/api/v3/webhook/secret',
                                          Authorization='Bearer key'))['data']['secret']
        signed = f'{headers["webhook-id"]}.{headers["webhook-timestamp"]}.'.encode() + body
        version, signature = headers['webhook-signature'].split(',')
        wanted = hmac.new(secret.removeprefix('whsec_').encode(), signed, hashlib.sha256).hexdigest()
        self.assertEqual((version, signature), ('v3', wanted))
        self.assertLess(abs(time.time() - int(headers['webhook-timestamp'])), 300)


if __name__ == '__main__':
    support.main()
