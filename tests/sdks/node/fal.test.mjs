// fal's client for JavaScript. Its hosts are fixed; they are reached by their own names here.
import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify } from 'node:crypto';
import test from 'node:test';
import { ApiError, ValidationError, createFalClient } from '@fal-ai/client';
import { ENDLESS, creations, download, isMp4, picture, receive } from './support.mjs';

const MODEL = 'fal-ai/sora-2/text-to-video';
const PICTURE_MODEL = 'fal-ai/sora-2/image-to-video';
const client = createFalClient({ credentials: 'id:secret' });
const assertVideo = async ({ video }) => {
  assert.equal(video.content_type, 'video/mp4');
  assert.ok(isMp4(await download(video.url)));
};

test('makes a video', async () => {
  const seen = [];
  const { data, requestId } = await client.subscribe(MODEL, {
    input: { prompt: 'a boat of fal', duration: 4 }, logs: true, pollInterval: 50, onQueueUpdate: (update) => seen.push(update),
  });
  await assertVideo(data);
  assert.equal((await creations('a boat of fal'))[0].id, requestId);
  const last = seen.at(-1);
  assert.deepEqual([last.status, last.error], ['COMPLETED', undefined]);
  assert.ok(last.logs.some(({ message }) => message === 'rendering'));
});

test('follows a video by a stream of its states', async () => {
  const seen = new Set();
  const { data } = await client.subscribe(MODEL, {
    input: { prompt: 'a stream' }, mode: 'streaming', logs: true, onQueueUpdate: ({ status }) => seen.add(status),
  });
  await assertVideo(data);
  assert.ok(seen.has('COMPLETED'));
});

test('makes a video in one call', async () => {
  await assertVideo((await client.run(MODEL, { input: { prompt: 'one call' } })).data);
});

test('uploads a picture and makes a video of it', async () => {
  const file = new Blob([await picture()], { type: 'image/png' });
  const url = await client.storage.upload(file);
  assert.deepEqual(await download(url), await picture());
  // A picture in the input is uploaded by the client itself.
  for (const image_url of [url, file]) {
    await assertVideo((await client.subscribe(PICTURE_MODEL, { input: { prompt: 'it moves', image_url }, pollInterval: 50 })).data);
  }
});

test('sees a failure', async () => {
  await assert.rejects(client.subscribe(MODEL, { input: { prompt: '[[fault:fail:content]]' }, pollInterval: 50 }), (error) => {
    assert.ok(error instanceof ValidationError, String(error));
    assert.deepEqual([error.status, error.fieldErrors[0].type], [422, 'content_policy_violation']);
    return true;
  });
});

test('sees what is wrong with its input', async () => {
  await assert.rejects(client.subscribe(MODEL, { input: { prompt: 'p', duration: 5 }, pollInterval: 50 }), (error) => {
    assert.equal(error.getFieldErrors('duration').length, 1);
    return error instanceof ValidationError;
  });
});

test('sees a time-out of the queue', async () => {
  const options = { input: { prompt: `late ${ENDLESS}` }, startTimeout: 2, pollInterval: 50 };
  await assert.rejects(client.subscribe(MODEL, options), (error) => {
    assert.ok(error instanceof ApiError, String(error));
    assert.deepEqual([error.status, error.isUserTimeout], [504, true]);
    return true;
  });
});

test('sees a refusal', async () => {
  const stranger = createFalClient({ credentials: 'bad-key' });
  await assert.rejects(stranger.queue.submit(MODEL, { input: { prompt: 'p' } }), ({ status }) => status === 401);
  await assert.rejects(client.queue.submit('fal-ai/no-such-app/x', { input: { prompt: 'p' } }), ({ status }) => status === 404);
});

test('pays twice where it tries again', async () => {
  // The reason why our own adapter never does: the client sends a submission again whose reply was lost.
  await client.queue.submit(MODEL, { input: { prompt: `twice [[fault:lost-reply]] ${ENDLESS}` } });
  assert.equal((await creations('twice')).length, 2);
});

test('cancels', async () => {
  const { request_id: requestId } = await client.queue.submit(MODEL, { input: { prompt: `cancel ${ENDLESS}` }, priority: 'low' });
  assert.equal((await client.queue.status(MODEL, { requestId })).status, 'IN_QUEUE');
  await client.queue.cancel(MODEL, { requestId });
  assert.equal((await creations('cancel'))[0].state, 'CANCELLED');
  await assert.rejects(client.queue.result(MODEL, { requestId }), ({ status }) => status === 499);
  const isTooLate = ({ status, body }) => status === 400 && body.status === 'ALREADY_COMPLETED';
  await assert.rejects(client.queue.cancel(MODEL, { requestId }), isTooLate);
});

test('gets a signed webhook', async (t) => {
  const receiver = await receive(t);
  const { request_id: requestId } = await client.queue.submit(MODEL, { input: { prompt: 'with a webhook' }, webhookUrl: receiver.url });
  const { headers, body } = await receiver.take();
  const message = JSON.parse(body);
  assert.deepEqual([message.request_id, message.status], [requestId, 'OK']);
  assert.deepEqual(message.payload, (await client.queue.result(MODEL, { requestId })).data);
  // As fal's page on webhooks tells: the client has no word for it.
  const digest = createHash('sha256').update(body).digest('hex');
  const name = (what) => headers[`x-fal-webhook-${what}`];
  const signed = Buffer.from([name('request-id'), name('user-id'), name('timestamp'), digest].join('\n'));
  const { keys } = JSON.parse(await download('https://rest.fal.ai/.well-known/jwks.json'));
  const fits = (key) => verify(null, signed, createPublicKey({ key, format: 'jwk' }), Buffer.from(name('signature'), 'hex'));
  assert.ok(keys.some(fits));
});
