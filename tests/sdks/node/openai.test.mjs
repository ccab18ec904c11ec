// OpenAI's SDK for JavaScript. Videos cannot be cancelled, only deleted; webhooks belong to the project.
import assert from 'node:assert/strict';
import { File } from 'node:buffer';
import test from 'node:test';
import OpenAI, { toFile } from 'openai';
import { SANDBOX, creations, isMp4, pictureOf, receive, until } from './support.mjs';

// The SDK asks for this on Node 18.
globalThis.File ??= File;
process.env.OPENAI_BASE_URL = `${SANDBOX}/openai/v1`;
const EVENTS = ['video.completed', 'video.failed'];
const client = new OpenAI({ apiKey: 'key', maxRetries: 0 });
const finished = ({ id }) =>
  until(() => client.videos.retrieve(id), ({ status }) => status === 'completed' || status === 'failed');
const make = async (prompt, more = {}) => finished(await client.videos.create({ prompt, ...more }));
const content = async ({ id }, query) => client.videos.downloadContent(id, query);
const bytes = async (answer) => Buffer.from(await answer.arrayBuffer());

test('makes a video', async () => {
  const video = await make('a boat of OpenAI', { model: 'sora-2', seconds: '4', size: '1280x720' });
  assert.deepEqual([video.status, video.progress, video.seconds, video.size, video.error], ['completed', 100, '4', '1280x720', null]);
  assert.ok(isMp4(await bytes(await content(video))));
  assert.equal((await creations('a boat of OpenAI'))[0].id, video.id);
  const thumbnail = await content(video, { variant: 'thumbnail' });
  assert.match(thumbnail.headers.get('content-type'), /^image\//);
});

test('makes a video at its own host', async () => {
  const home = new OpenAI({ apiKey: 'key', baseURL: 'https://api.openai.com/v1', maxRetries: 0 });
  const { id } = await home.videos.create({ prompt: 'at home' });
  await until(() => home.videos.retrieve(id), ({ status }) => status === 'completed');
  assert.ok(isMp4(await bytes(await home.videos.downloadContent(id))));
});

test('makes a video of a picture', async () => {
  const picture = pictureOf(1280, 720);
  const file = () => toFile(picture, 'boat.png', { type: 'image/png' });
  assert.equal((await make('it moves', { size: '1280x720', input_reference: await file() })).status, 'completed');
  const reference = { image_url: `data:image/png;base64,${picture.toString('base64')}` };
  assert.equal((await make('it moves', { size: '1280x720', input_reference: reference })).status, 'completed');
  await assert.rejects(make('it moves', { size: '720x1280', input_reference: await file() }), OpenAI.BadRequestError);
});

test('remixes, lists and deletes', async () => {
  const first = await make('a first take', { seconds: '8' });
  const second = await finished(await client.videos.remix(first.id, { prompt: 'a second take' }));
  assert.deepEqual([second.remixed_from_video_id, second.seconds], [first.id, '8']);
  const listed = [];
  for await (const video of client.videos.list({ limit: 1 })) listed.push(video.id);
  assert.ok(listed.indexOf(second.id) < listed.indexOf(first.id), String(listed));
  assert.equal((await client.videos.delete(second.id)).deleted, true);
  await assert.rejects(client.videos.retrieve(second.id), OpenAI.NotFoundError);
});

test('sees a failure', async () => {
  const video = await make('[[fault:fail:content]]');
  assert.deepEqual([video.status, video.error.code], ['failed', 'moderation_blocked']);
  await assert.rejects(content(video), OpenAI.NotFoundError);
});

test('sees a refusal', async () => {
  const refused = async (promise, kind, words) => {
    const error = await promise.then(() => assert.fail('it was taken'), (reason) => reason);
    assert.ok(error instanceof kind, String(error));
    for (const [key, value] of Object.entries(words)) assert.equal(error[key], value);
  };
  await refused(make('p', { seconds: '5' }), OpenAI.BadRequestError, { param: 'seconds', type: 'invalid_request_error' });
  await refused(make('[[fault:reject:content]]'), OpenAI.BadRequestError, { code: 'moderation_blocked' });
  await refused(make('[[fault:no-credit]]'), OpenAI.RateLimitError, { code: 'insufficient_quota' });
  const stranger = new OpenAI({ apiKey: 'bad-key' });
  await refused(stranger.videos.create({ prompt: 'p' }), OpenAI.AuthenticationError, { code: 'invalid_api_key' });
});

test('pays twice where it tries again', async () => {
  // The reason why our own adapter never does: by default the SDK sends a submission again whose reply was lost.
  await new OpenAI({ apiKey: 'key' }).videos.create({ prompt: 'twice [[fault:lost-reply]]' });
  assert.equal((await creations('twice')).length, 2);
});

test('gets signed webhooks', async (t) => {
  const receiver = await receive(t);
  // This version has no call that sets an endpoint up; it is set up as the newer one does.
  const endpoint = await client.post('/webhook_endpoints', { body: { name: 'videos', url: receiver.url, event_types: EVENTS } });
  for (const [prompt, type] of [['with a webhook', 'video.completed'], ['[[fault:fail:content]]', 'video.failed']]) {
    const video = await make(prompt);
    const { headers, body } = await receiver.take();
    const event = await client.webhooks.unwrap(body, headers, endpoint.signing_secret);
    assert.deepEqual([event.type, event.data], [type, { id: video.id }]);
    await assert.rejects(client.webhooks.unwrap(`${body} `, headers, endpoint.signing_secret), OpenAI.InvalidWebhookSignatureError);
    const other = `whsec_${'A'.repeat(44)}`;
    await assert.rejects(client.webhooks.unwrap(body, headers, other), OpenAI.InvalidWebhookSignatureError);
  }
});
