"""fal's client for Python. Its hosts are fixed, but for two; all of them are reached by their own names here."""

import base64
import hashlib
import json
import time
import unittest

import fal_client
import support
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519

MODEL = 'fal-ai/sora-2/text-to-video'
PICTURE_MODEL = 'fal-ai/sora-2/image-to-video'
FORGED_SIGNATURE = '[[fault:webhook-forged]]'


class FalTest(unittest.TestCase):
    def setUp(self):
        self.client = fal_client.SyncClient(key='id:secret')

    def assert_video(self, result):
        self.assertEqual(result['video']['content_type'], 'video/mp4')
        self.assertTrue(support.is_mp4(support.fetch(result['video']['url'])))

    def test_makes_a_video(self):
        seen = []
        result = self.client.subscribe(MODEL, {'prompt': 'a boat of fal', 'duration': 4}, with_logs=True,
                                       on_queue_update=seen.append)
        self.assert_video(result)
        self.assertIsInstance(seen[-1], fal_client.Completed)
        self.assertIsNone(seen[-1].error)
        self.assertIn('rendering', [line['message'] for line in seen[-1].logs])
        self.assertGreater(seen[-1].metrics['inference_time'], 0)
        self.assertEqual(len(support.creations('a boat of fal')), 1)

    def test_waits_in_the_queue(self):
        handle = self.client.submit(MODEL, {'prompt': f'queued {support.ENDLESS}'}, priority='low', hint='sora')
        self.assertIsInstance(handle.status(), fal_client.Queued)
        # By the id alone, with URLs that the client makes itself.
        self.assertIsInstance(self.client.status(MODEL, handle.request_id), fal_client.Queued)

    def test_makes_a_video_in_one_call(self):
        self.assert_video(self.client.run(MODEL, {'prompt': 'one call'}))

    def test_uploads_a_picture_and_makes_a_video_of_it(self):
        picture = support.picture()
        # By the CDN with a token, and by a ticket of the storage.
        for repository in ('fal_v3', 'fal'):
            url = self.client.upload(picture, 'image/png', 'boat.png', repository=repository, fallback_repository=repository)
            self.assertEqual(support.fetch(url), picture)
            self.assert_video(self.client.subscribe(PICTURE_MODEL, {'prompt': 'it moves', 'image_url': url}))

    def test_takes_a_picture_in_the_request(self):
        url = fal_client.encode(support.picture(), 'image/png')
        self.assert_video(self.client.run(PICTURE_MODEL, {'prompt': 'it moves', 'image_url': url}))

    def test_sees_a_failure(self):
        handle = self.client.submit(MODEL, {'prompt': '[[fault:fail:content]]'})
        with self.assertRaises(fal_client.FalClientHTTPError) as caught:
            handle.get()
        self.assertEqual(caught.exception.status_code, 422)
        self.assertEqual(caught.exception.message[0]['type'], 'content_policy_violation')
        self.assertIsInstance(handle.status(), fal_client.Completed)

    def test_sees_what_is_wrong_with_its_input(self):
        with self.assertRaises(fal_client.FalClientHTTPError) as caught:
            self.client.subscribe(MODEL, {'prompt': 'p', 'duration': 5})
        self.assertEqual(caught.exception.status_code, 422)
        self.assertEqual(caught.exception.message[0]['loc'], ['body', 'duration'])

    def test_sees_a_time_out_of_the_queue(self):
        handle = self.client.submit(MODEL, {'prompt': support.ENDLESS}, start_timeout=2)
        *_, last = handle.iter_events()
        self.assertEqual(last.error_type, 'request_timeout')
        with self.assertRaises(fal_client.FalClientHTTPError) as caught:
            handle.get()
        self.assertEqual((caught.exception.status_code, caught.exception.error_type), (504, 'request_timeout'))

    def test_sees_a_refusal(self):
        with self.assertRaises(fal_client.FalClientHTTPError) as caught:
            fal_client.SyncClient(key='bad-key').submit(MODEL, {'prompt': 'p'})
        self.assertEqual(caught.exception.status_code, 401)
        with self.assertRaises(fal_client.FalClientHTTPError) as caught:
            self.client.submit('fal-ai/no-such-app/x', {'prompt': 'p'})
        self.assertEqual(caught.exception.status_code, 404)

    def test_pays_twice_where_it_tries_again(self):
        # The reason why our own adapter never does: the client sends a submission again whose reply was lost.
        self.client.submit(MODEL, {'prompt': f'twice [[fault:lost-reply]] {support.ENDLESS}'})
        self.assertEqual(len(support.creations('twice')), 2)

    def test_cancels(self):
        handle = self.client.submit(MODEL, {'prompt': f'cancel {support.ENDLESS}'})
        handle.cancel()
        self.assertEqual(support.creations('cancel')[0]['state'], 'CANCELLED')
        self.assertIsInstance(handle.status(), fal_client.Completed)
        with self.assertRaises(fal_client.FalClientHTTPError) as caught:
            handle.get()
        self.assertEqual(caught.exception.status_code, 499)
        with self.assertRaises(fal_client.FalClientHTTPError) as caught:
            handle.cancel()
        self.assertEqual(caught.exception.status_code, 400)

    def test_cancels_when_its_own_time_is_over(self):
        with self.assertRaises(fal_client.FalClientTimeoutError):
            # The queue would wait longer; where it is told nothing else, it is told the same time, and may be the first to give up.
            self.client.subscribe(MODEL, {'prompt': f'impatient {support.ENDLESS}'}, client_timeout=5, start_timeout=600)
        self.assertEqual(support.creations('impatient')[0]['state'], 'CANCELLED')

    def test_gets_a_signed_webhook(self):
        with support.Receiver() as receiver:
            handle = self.client.submit(MODEL, {'prompt': 'with a webhook'}, webhook_url=receiver.url)
            headers, body = receiver.take()
            message = json.loads(body)
            self.assertEqual((message['request_id'], message['status']), (handle.request_id, 'OK'))
            self.assertEqual(message['payload'], handle.get())
            self.assertTrue(signed_by_fal(headers, body))
            self.assertFalse(signed_by_fal(headers, body + b' '))
            self.client.submit(MODEL, {'prompt': f'forged {FORGED_SIGNATURE}'}, webhook_url=receiver.url)
            self.assertFalse(signed_by_fal(*receiver.take()))


def signed_by_fal(headers, body):
    """As fal's page on webhooks tells: the client has no word for it."""
    stamp = headers['X-Fal-Webhook-Timestamp']
    signed = '\n'.join((headers['X-Fal-Webhook-Request-Id'], headers['X-Fal-Webhook-User-Id'], stamp,
                        hashlib.sha256(body).hexdigest()))
    signature = bytes.fromhex(headers['X-Fal-Webhook-Signature'])
    for key in json.loads(support.fetch('https://rest.fal.ai/.well-known/jwks.json'))['keys']:
        public = ed25519.Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key['x'] + '='))
        try:
            public.verify(signature, signed.encode())
            return abs(time.time() - int(stamp)) < 300
        except InvalidSignature:
            pass
    return False


class AsyncTest(unittest.IsolatedAsyncioTestCase):
    async def test_makes_a_video_and_cancels_another(self):
        client = fal_client.AsyncClient(key='id:secret')
        result = await client.subscribe(MODEL, {'prompt': 'not blocking'})
        self.assertTrue(support.is_mp4(support.fetch(result['video']['url'])))
        url = await client.upload(support.picture(), 'image/png')
        self.assertEqual(support.fetch(url), support.picture())
        handle = await client.submit(MODEL, {'prompt': f'not blocking either {support.ENDLESS}'})
        await handle.cancel()
        self.assertIsInstance(await handle.status(), fal_client.Completed)


if __name__ == '__main__':
    support.main()
