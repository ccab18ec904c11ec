"""Runware's SDK for Python, over its WebSocket. It has no call to cancel."""

import json
import os
import tempfile
import unittest
import uuid

import support

# It waits this long for something that is finished before it asks again, and so long between (ms).
os.environ['RUNWARE_VIDEO_INITIAL_TIMEOUT'] = '4000'
os.environ['RUNWARE_VIDEO_POLLING_DELAY'] = '200'
import runware  # noqa: E402  (it reads these when it is imported)
from runware.types import IInputFrame, IVideoInputs  # noqa: E402
from runware.utils import RunwareAPIError  # noqa: E402

MODEL = 'openai:3@1'


def wish(prompt, **more):
    prompt = f'{prompt} {support.AT_ONCE}'
    size = {} if 'inputs' in more else {'width': 1280, 'height': 720}
    return runware.IVideoInference(model=MODEL, positivePrompt=prompt, duration=4, includeCost=True, **size, **more)


class RunwareTest(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.client = runware.Runware(api_key='key', url=f'{support.SANDBOX.replace("http", "ws", 1)}/runware/v1')
        await self.client.connect()

    async def asyncTearDown(self):
        await self.client.disconnect()

    async def finished(self, request):
        accepted = await self.client.videoInference(requestVideo=request)
        videos = await self.client.getResponse(taskUUID=accepted.taskUUID, numberResults=request.numberResults)
        self.assertEqual({video.taskUUID for video in videos}, {accepted.taskUUID})
        return videos

    async def test_makes_a_video(self):
        request = wish('a boat of Runware')
        request.positivePrompt = 'a boat of Runware'
        [video] = await self.finished(request)
        self.assertEqual((video.status, video.cost), ('success', 0.4))
        self.assertTrue(support.is_mp4(support.fetch(video.videoURL)))
        self.assertEqual(support.creations('a boat of Runware')[0]['id'], video.taskUUID)

    async def test_makes_two_videos_of_one_wish(self):
        videos = await self.finished(wish('two boats', numberResults=2))
        self.assertEqual(len({video.videoUUID for video in videos}), 2)
        for video in videos:
            self.assertTrue(support.is_mp4(support.fetch(video.videoURL)))

    async def test_uploads_a_picture_and_makes_a_video_of_it(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'boat.png')
            with open(path, 'wb') as file:
                file.write(support.picture())
            uploaded = await self.client.uploadImage(path)
            self.assertEqual(support.fetch(uploaded.imageURL), support.picture())
            media = await self.client.uploadMedia(path)
            self.assertEqual(str(uuid.UUID(media.mediaUUID)), media.mediaUUID)
            # By the UUID of the upload, and as a file, which the SDK uploads itself.
            for image in (uploaded.imageUUID, path):
                inputs = IVideoInputs(frameImages=[IInputFrame(image=image, frame='first')])
                [video] = await self.finished(wish('it moves', inputs=inputs))
                self.assertTrue(support.is_mp4(support.fetch(video.videoURL)))

    async def test_sees_a_failure(self):
        # Failures come as an entry of `errors`, and as an item of `data`.
        for prompt, code in (('[[fault:fail:content]]', 'contentPolicyViolation'), ('[[fault:timed-out]]', 'timeoutProvider')):
            with self.subTest(code):
                with self.assertRaises(RunwareAPIError) as caught:
                    await self.finished(wish(prompt))
                self.assertIn(code, str(caught.exception.error_data))

    async def test_sees_a_refusal(self):
        request = wish('p')
        request.duration = 5
        with self.assertRaises(RunwareAPIError) as caught:
            await self.client.videoInference(requestVideo=request)
        self.assertEqual(caught.exception.code, 'invalidDuration')

    async def test_does_not_make_the_same_task_twice(self):
        task = str(uuid.uuid4())
        await self.client.videoInference(requestVideo=wish('one task', taskUUID=task))
        with self.assertRaises(RunwareAPIError) as caught:
            await self.client.videoInference(requestVideo=wish('one task', taskUUID=task))
        self.assertEqual(caught.exception.code, 'conflictTaskUUID')
        self.assertEqual(len(support.creations('one task')), 1)

    async def test_finds_what_it_asked_for(self):
        [video] = await self.finished(wish('for the archive'))
        details = await self.client.getTaskDetails(taskUUID=video.taskUUID)
        self.assertEqual(details.taskUUID, video.taskUUID)
        self.assertIn('for the archive', details.request[0].positivePrompt)
        self.assertIn(video.videoURL, str(details.response))

    async def test_gets_a_webhook(self):
        with support.Receiver() as receiver:
            accepted = await self.client.videoInference(requestVideo=wish('with a webhook', webhookURL=receiver.url))
            _, body = receiver.take()
        message = json.loads(body)
        self.assertEqual(message['taskUUID'], accepted.taskUUID)
        self.assertTrue(support.is_mp4(support.fetch(message['videoURL'])))


class HostTest(unittest.IsolatedAsyncioTestCase):
    async def test_makes_a_video_at_its_own_host(self):
        client = runware.Runware(api_key='key')
        await client.connect()
        accepted = await client.videoInference(requestVideo=wish('at home'))
        [video] = await client.getResponse(taskUUID=accepted.taskUUID)
        await client.disconnect()
        self.assertTrue(video.videoURL.startswith('https://ws-api.runware.ai/'))
        self.assertTrue(support.is_mp4(support.fetch(video.videoURL)))


class KeyTest(unittest.IsolatedAsyncioTestCase):
    async def test_a_wrong_key_is_told(self):
        client = runware.Runware(api_key='bad-key', url=f'{support.SANDBOX.replace("http", "ws", 1)}/runware/v1')
        with self.assertRaises(Exception) as caught:
            await client.connect()
            await client.videoInference(requestVideo=wish('p'))
        self.assertIn('API key', str(caught.exception))
        await client.disconnect()


if __name__ == '__main__':
    support.main()
