"""OpenAI's SDK for Python. Videos cannot be cancelled, only deleted; webhooks belong to the project, and calls of their own set
them up."""

import os
import unittest
import warnings

import support

os.environ['OPENAI_BASE_URL'] = f'{support.SANDBOX}/openai/v1'
import openai  # noqa: E402

POLL_MS = 50
EVENTS = ['video.completed', 'video.failed']
# Every call about videos says that they are to end.
warnings.simplefilter('ignore', DeprecationWarning)


class OpenaiTest(unittest.TestCase):
    def setUp(self):
        self.client = openai.OpenAI(api_key='key', max_retries=0)
        self.addCleanup(self.client.close)

    def make(self, prompt, **more):
        return self.client.videos.create_and_poll(prompt=prompt, poll_interval_ms=POLL_MS, **more)

    def test_makes_a_video(self):
        video = self.make('a boat of OpenAI', model='sora-2', seconds='4', size='1280x720')
        self.assertEqual((video.status, video.progress, video.seconds, video.size), ('completed', 100, '4', '1280x720'))
        self.assertIsNone(video.error)
        self.assertTrue(support.is_mp4(self.client.videos.download_content(video.id).read()))
        self.assertEqual(support.creations('a boat of OpenAI')[0]['id'], video.id)

    def test_makes_a_video_at_its_own_host(self):
        with openai.OpenAI(api_key='key', base_url='https://api.openai.com/v1', max_retries=0) as client:
            video = client.videos.create_and_poll(prompt='at home', poll_interval_ms=POLL_MS)
            self.assertTrue(support.is_mp4(client.videos.download_content(video.id).read()))

    def test_other_contents(self):
        video = self.make('with a thumbnail')
        thumbnail = self.client.videos.download_content(video.id, variant='thumbnail')
        self.assertTrue(thumbnail.response.headers['content-type'].startswith('image/'))
        self.assertGreater(len(thumbnail.read()), 0)
        with self.assertRaises(openai.NotFoundError):
            self.client.videos.download_content('video_none')

    def test_makes_a_video_of_a_picture(self):
        picture = support.picture_of(1280, 720)
        video = self.make('it moves', size='1280x720', input_reference=('boat.png', picture, 'image/png'))
        self.assertTrue(support.is_mp4(self.client.videos.download_content(video.id).read()))
        # The types of the SDK allow a reference by URL, its code takes files only: what it does not know goes beside it.
        with self.assertRaisesRegex(RuntimeError, 'Expected entry at `input_reference`'):
            self.make('it moves', input_reference={'image_url': support.data_url(picture)})
        video = self.make('it moves', size='1280x720', extra_body={'input_reference': {'image_url': support.data_url(picture)}})
        self.assertEqual(video.status, 'completed')
        with self.assertRaises(openai.BadRequestError):
            self.make('it moves', size='720x1280', input_reference=('boat.png', picture, 'image/png'))

    def test_remixes_lists_and_deletes(self):
        first = self.make('a first take', seconds='8')
        second = self.client.videos.remix(first.id, prompt='a second take')
        self.assertEqual((second.remixed_from_video_id, second.seconds), (first.id, '8'))
        self.assertEqual(self.client.videos.poll(second.id, poll_interval_ms=POLL_MS).status, 'completed')
        # The SDK turns the pages itself.
        listed = [video.id for video in self.client.videos.list(limit=1)]
        self.assertLess(listed.index(second.id), listed.index(first.id))
        self.assertTrue(self.client.videos.delete(second.id).deleted)
        with self.assertRaises(openai.NotFoundError):
            self.client.videos.retrieve(second.id)

    def test_sees_a_failure(self):
        video = self.make('[[fault:fail:content]]')
        self.assertEqual((video.status, video.error.code), ('failed', 'moderation_blocked'))
        with self.assertRaises(openai.NotFoundError):
            self.client.videos.download_content(video.id)

    def test_sees_a_refusal(self):
        with self.assertRaises(openai.BadRequestError) as caught:
            self.make('p', seconds='5')
        self.assertEqual((caught.exception.param, caught.exception.type), ('seconds', 'invalid_request_error'))
        with self.assertRaises(openai.BadRequestError) as caught:
            self.make('[[fault:reject:content]]')
        self.assertEqual(caught.exception.code, 'moderation_blocked')
        with self.assertRaises(openai.AuthenticationError):
            openai.OpenAI(api_key='bad-key').videos.create(prompt='p')
        with self.assertRaises(openai.RateLimitError) as caught:
            self.make('[[fault:no-credit]]')
        self.assertEqual(caught.exception.code, 'insufficient_quota')

    def test_pays_twice_where_it_tries_again(self):
        # The reason why our own adapter never does: by default the SDK sends a submission again whose reply was lost.
        client = openai.OpenAI(api_key='key')
        client.videos.create(prompt='twice [[fault:lost-reply]]')
        self.assertEqual(len(support.creations('twice')), 2)

    def test_gets_signed_webhooks(self):
        with support.Receiver() as receiver:
            endpoint = self.client.webhooks.create(name='videos', url=receiver.url, event_types=EVENTS)
            self.addCleanup(self.client.webhooks.delete, endpoint.id)
            self.assertEqual((endpoint.url, endpoint.event_types), (receiver.url, EVENTS))
            for prompt, event_type in (('with a webhook', 'video.completed'), ('[[fault:fail:content]]', 'video.failed')):
                video = self.make(prompt)
                headers, body = receiver.take()
                event = self.client.webhooks.unwrap(body, headers, secret=endpoint.signing_secret)
                self.assertEqual((event.type, event.object, event.data.id), (event_type, 'event', video.id))
            with self.assertRaises(openai.InvalidWebhookSignatureError):
                self.client.webhooks.unwrap(body, headers, secret='whsec_' + 'A' * 44)
            with self.assertRaises(openai.InvalidWebhookSignatureError):
                self.client.webhooks.unwrap(body + b' ', headers, secret=endpoint.signing_secret)

    def test_looks_after_its_webhooks(self):
        webhooks = self.client.webhooks
        made = webhooks.create(name='first', url='http://127.0.0.1:9/a', event_types=['video.completed'])
        self.assertIn(made.id, [endpoint.id for endpoint in webhooks.list()])
        changed = webhooks.update(made.id, name='second', event_types=EVENTS)
        self.assertEqual((changed.name, changed.event_types, changed.url), ('second', EVENTS, made.url))
        rotated = webhooks.rotate_secret(made.id)
        self.assertNotEqual(rotated.signing_secret, made.signing_secret)
        self.assertTrue(webhooks.delete(made.id).deleted)
        with self.assertRaises(openai.NotFoundError):
            webhooks.retrieve(made.id)


class AsyncTest(unittest.IsolatedAsyncioTestCase):
    async def test_makes_a_video(self):
        async with openai.AsyncOpenAI(api_key='key', max_retries=0) as client:
            video = await client.videos.create_and_poll(prompt='not blocking', poll_interval_ms=POLL_MS)
            content = await client.videos.download_content(video.id)
            self.assertTrue(support.is_mp4(content.read()))


if __name__ == '__main__':
    support.main()
