// RunPod's SDK for JavaScript.
import assert from 'node:assert/strict';
import test from 'node:test';
import runpodSdk from 'runpod-sdk';
import { ENDLESS, SANDBOX, creations, download, isMp4, receive, until } from './support.mjs';

const options = { baseUrl: `${SANDBOX}/runpod/v2` };
const endpoint = runpodSdk('key', options).endpoint('sora-2-i2v');
// Its own patience with a call is 3 s, which is little for a busy machine.
const PATIENCE_MS = 30_000;
const wish = (prompt) => ({ input: { prompt, image: `${SANDBOX}/pictures/sample.png`, duration: 4 } });
const run = (prompt, more = {}) => endpoint.run({ ...wish(prompt), ...more }, PATIENCE_MS);
const finished = (id) => until(() => endpoint.status(id, PATIENCE_MS), (job) => job.completed);

test('makes a video', async () => {
  const { id, status } = await run('a boat of RunPod');
  assert.ok(['IN_QUEUE', 'IN_PROGRESS'].includes(status), status);
  const job = await finished(id);
  assert.deepEqual([job.id, job.status, job.started, job.succeeded], [id, 'COMPLETED', true, true]);
  assert.ok(isMp4(await download(job.output.video_url)));
  assert.equal((await creations('a boat of RunPod'))[0].id, id);
});

test('makes a video at its own host', async () => {
  const job = await runpodSdk('key').endpoint('sora-2-i2v').runSync(wish('at home'), PATIENCE_MS);
  assert.equal(job.status, 'COMPLETED');
  assert.ok(job.output.video_url.startsWith('https://api.runpod.ai/'), job.output.video_url);
  assert.ok(isMp4(await download(job.output.video_url)));
});

test('makes a video in one call', async () => {
  const job = await endpoint.runSync(wish('one call'), PATIENCE_MS);
  assert.deepEqual([job.status, job.succeeded], ['COMPLETED', true]);
  assert.ok(isMp4(await download(job.output.video_url)));
});

test('waits for a video', async () => {
  const { id } = await run('to be waited for');
  const job = await endpoint.statusSync(id, PATIENCE_MS);
  assert.deepEqual([job.status, job.completed], ['COMPLETED', true]);
});

test('sees a failure', async () => {
  const { id } = await run('[[fault:fail:content]]');
  const job = await finished(id);
  assert.deepEqual([job.status, job.completed, job.succeeded], ['FAILED', true, false]);
  assert.match(job.error, /./);
});

test('sees a time-out', async () => {
  const { id } = await run('[[fault:timed-out]]');
  assert.equal((await finished(id)).status, 'TIMED_OUT');
});

test('sees a refusal', async () => {
  await assert.rejects(endpoint.run({ input: { prompt: 'no picture' } }, PATIENCE_MS), (error) => error.response.status === 400);
  const stranger = runpodSdk('bad-key', options).endpoint('sora-2-i2v');
  await assert.rejects(stranger.run(wish('p'), PATIENCE_MS), (error) => error.response.status === 401);
});

test('cancels', async () => {
  const { id } = await run(`cancel ${ENDLESS}`);
  assert.equal((await endpoint.status(id, PATIENCE_MS)).status, 'IN_QUEUE');
  const cancelled = await endpoint.cancel(id, PATIENCE_MS);
  assert.deepEqual([cancelled.id, cancelled.status], [id, 'CANCELLED']);
  const job = await endpoint.status(id, PATIENCE_MS);
  assert.deepEqual([job.status, job.completed, job.succeeded], ['CANCELLED', true, false]);
  assert.equal((await creations('cancel'))[0].state, 'CANCELLED');
});

test('streams', async () => {
  const { id } = await run('a stream');
  const outputs = [];
  for await (const part of endpoint.stream(id)) outputs.push(part.output);
  assert.equal(outputs.length, 1);
  assert.ok(isMp4(await download(outputs[0].video_url)));
});

test('sees the endpoint', async () => {
  const { jobs, workers } = await endpoint.health(PATIENCE_MS);
  assert.equal(typeof jobs.completed, 'number');
  assert.equal(typeof workers.idle, 'number');
});

test('gets a webhook', async (t) => {
  const receiver = await receive(t);
  const { id } = await run('with a webhook', { webhook: receiver.url });
  const message = JSON.parse((await receiver.take()).body);
  assert.deepEqual([message.id, message.status], [id, 'COMPLETED']);
  assert.deepEqual(message.output, (await finished(id)).output);
});

test('purges the queue', async () => {
  await run(`purge ${ENDLESS}`);
  const purged = await endpoint.purgeQueue(PATIENCE_MS);
  assert.ok(purged.removed >= 1, JSON.stringify(purged));
  assert.equal((await creations('purge'))[0].state, 'CANCELLED');
});
