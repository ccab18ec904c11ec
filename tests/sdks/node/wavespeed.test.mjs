// WaveSpeed's SDK for JavaScript. It has no call to cancel, and no word for the webhook, which is a parameter of the model's URL.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import * as wavespeed from 'wavespeed';
import { SANDBOX, creations, download, isMp4, picture, receive } from './support.mjs';

const MODEL = 'openai/sora-2/text-to-video';
const PICTURE_MODEL = 'openai/sora-2/image-to-video';
const OPTIONS = { pollInterval: 0.05 };
const client = new wavespeed.Client('key', { baseUrl: `${SANDBOX}/wavespeed`, retryInterval: 0.05 });
const wish = (prompt) => ({ prompt, duration: 4 });

test('makes a video', async () => {
  const { outputs } = await client.run(MODEL, wish('a boat of WaveSpeed'), OPTIONS);
  assert.equal(outputs.length, 1);
  assert.ok(isMp4(await download(outputs[0])));
  assert.equal((await creations('a boat of WaveSpeed')).length, 1);
});

test('makes a video at its own host', async () => {
  const { outputs } = await new wavespeed.Client('key').run(MODEL, wish('at home'), OPTIONS);
  assert.ok(outputs[0].startsWith('https://api.wavespeed.ai/'), outputs[0]);
  assert.ok(isMp4(await download(outputs[0])));
});

test('makes a video in one call', async () => {
  const { outputs } = await client.run(MODEL, wish('one call'), { enableSyncMode: true });
  assert.ok(isMp4(await download(outputs[0])));
});

test('uploads a picture and makes a video of it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'zoetrope-'));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'boat.png'), await picture());
  const url = await client.upload(join(folder, 'boat.png'));
  assert.deepEqual(await download(url), await picture());
  const { outputs } = await client.run(PICTURE_MODEL, { ...wish('it moves'), image: url }, OPTIONS);
  assert.ok(isMp4(await download(outputs[0])));
});

test('sees a failure', async () => {
  const words = /^Error: Prediction failed \(task_id: [0-9a-f]{32}\): .*sensitive/;
  await assert.rejects(client.run(MODEL, wish('[[fault:fail:content]]'), OPTIONS), words);
  const seen = await client.runNoThrow(MODEL, wish('no throw [[fault:fail:content]]'), OPTIONS);
  assert.equal(seen.outputs, null);
  assert.ok(seen.detail.error instanceof wavespeed.WavespeedPredictionException, seen.detail.error);
  assert.equal(seen.detail.taskId, (await creations('no throw'))[0].id);
});

test('sees a refusal', async () => {
  await assert.rejects(client.run(MODEL, { prompt: 'p', duration: 5 }), /HTTP 400/);
  await assert.rejects(new wavespeed.Client('bad-key', { baseUrl: `${SANDBOX}/wavespeed` }).run(MODEL, wish('p')), /HTTP 401/);
});

test('never sends a submission twice', async () => {
  await assert.rejects(client.run(MODEL, wish('unanswered [[fault:lost-reply]]'), { maxRetries: 2 }));
  assert.equal((await creations('unanswered')).length, 1);
});

test('polls through an outage', async () => {
  const { outputs } = await client.run(MODEL, wish('[[fault:poll-status:503:2]] [[fault:poll-lost:1]]'), OPTIONS);
  assert.ok(isMp4(await download(outputs[0])));
});

test('gets a signed webhook', async (t) => {
  const receiver = await receive(t);
  const { outputs } = await client.run(`${MODEL}?webhook=${encodeURIComponent(receiver.url)}`, wish('with a webhook'), OPTIONS);
  const { headers, body } = await receiver.take();
  const prediction = JSON.parse(body);
  assert.deepEqual([prediction.status, prediction.outputs], ['completed', outputs]);
  const answer = await download(`${SANDBOX}/wavespeed/api/v3/webhook/secret`, { Authorization: 'Bearer key' });
  const secret = JSON.parse(answer).data.secret.replace(/^whsec_/, '');
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  assert.equal(headers['webhook-signature'], `v3,${createHmac('sha256', secret).update(signed).digest('hex')}`);
});
