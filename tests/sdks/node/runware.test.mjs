// Runware's SDK for JavaScript, over its WebSocket. It has no call to cancel.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';
import { Runware } from '@runware/sdk-js';
import { SANDBOX, creations, download, isMp4, picture, receive } from './support.mjs';

const URL_OF_SOCKET = `${SANDBOX.replace('http', 'ws')}/runware/v1`;
const MODEL = 'openai:3@1';
const client = await Runware.initialize({ apiKey: 'key', url: URL_OF_SOCKET, globalMaxRetries: 1 });
test.after(() => client.disconnect());

const wish = (prompt, more = {}) => ({
  model: MODEL, positivePrompt: prompt, duration: 4, width: 1280, height: 720, includeCost: true, ...more,
});
const isCode = (code) => (error) => JSON.stringify(error).includes(code);

test('makes a video', async () => {
  const [video] = await client.videoInference(wish('a boat of Runware'));
  assert.deepEqual([video.status, video.cost], ['success', 0.4]);
  assert.ok(isMp4(await download(video.videoURL)));
  assert.equal((await creations('a boat of Runware'))[0].id, video.taskUUID);
});

test('makes two videos of one wish', async () => {
  const videos = await client.videoInference(wish('two boats', { numberResults: 2 }));
  assert.equal(new Set(videos.map(({ videoUUID }) => videoUUID)).size, 2);
});

test('uploads a picture and makes a video of it', async () => {
  const data = `data:image/png;base64,${(await picture()).toString('base64')}`;
  const uploaded = await client.imageUpload({ image: data });
  assert.deepEqual(await download(uploaded.imageURL), await picture());
  const { mediaUUID } = await client.mediaStorage({ media: data });
  for (const image of [uploaded.imageUUID, mediaUUID]) {
    const { width, height, ...request } = wish('it moves', { inputs: { frameImages: [{ image, frame: 'first' }] } });
    const [video] = await client.videoInference(request);
    assert.ok(isMp4(await download(video.videoURL)));
  }
});

test('sees a failure', async () => {
  await assert.rejects(client.videoInference(wish('[[fault:fail:content]]')), isCode('contentPolicyViolation'));
});

test('sees a refusal', async () => {
  await assert.rejects(client.videoInference(wish('a refusal', { duration: 5 })), isCode('invalidDuration'));
  assert.equal((await creations('a refusal')).length, 0);
});

test('does not make the same task twice', async () => {
  const request = wish('one task', { customTaskUUID: randomUUID(), skipResponse: true });
  await client.videoInference(request);
  await assert.rejects(client.videoInference(request), isCode('conflictTaskUUID'));
  assert.equal((await creations('one task')).length, 1);
});

test('finds what it asked for', async () => {
  const [video] = await client.videoInference(wish('for the archive'));
  const details = await client.getTaskDetails({ taskUUID: video.taskUUID });
  assert.equal(details.request[0].positivePrompt, 'for the archive');
  assert.ok(JSON.stringify(details.response).includes(video.videoURL));
});

test('gets a webhook', async (t) => {
  const receiver = await receive(t);
  const accepted = await client.videoInference(wish('with a webhook', { webhookURL: receiver.url, skipResponse: true }));
  const message = JSON.parse((await receiver.take()).body);
  assert.equal(message.taskUUID, accepted.taskUUID);
  assert.ok(isMp4(await download(message.videoURL)));
});

test('is told of a wrong key', async (t) => {
  const stranger = new Runware({ apiKey: 'bad-key', url: URL_OF_SOCKET, shouldReconnect: false, globalMaxRetries: 1 });
  t.after(() => stranger.disconnect());
  await assert.rejects(stranger.ensureConnection(), isCode('invalidApiKey'));
});
