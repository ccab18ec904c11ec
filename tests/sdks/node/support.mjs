// What the tests of all SDKs share: the simulator's address, a receiver of webhooks, and what a video looks like.
import { createServer } from 'node:http';
import { deflateSync } from 'node:zlib';
import { EnvHttpProxyAgent, setGlobalDispatcher } from 'undici';

export const SANDBOX = process.env.ZOETROPE_SANDBOX;
// Machines that are busy with something else are slow.
const PATIENCE_MS = 60_000;
// No test waits for the end of a job with this in its prompt.
export const ENDLESS = '[[fault:queue-ms:3600000]]';

// Node's own fetch, which SDKs use, asks no proxy of the environment unless it is told to.
setGlobalDispatcher(new EnvHttpProxyAgent());

// By the proxy of the environment where the name is not of this machine.
export async function download(url, headers = {}) {
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return Buffer.from(await answer.arrayBuffer());
}

export const isMp4 = (data) => data.subarray(4, 8).toString('latin1') === 'ftyp';

// A PNG that every provider accepts.
export const picture = () => download(`${SANDBOX}/pictures/sample.png`);

function crc32(data) {
  let crc = ~0;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; ++bit) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

// A grey PNG of that size, for those who want the video's.
export function pictureOf(width, height) {
  const chunk = (kind, data) => {
    const body = Buffer.concat([Buffer.from(kind, 'latin1'), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head[8] = 8; // bits of a grey pixel
  const rows = Buffer.alloc((width + 1) * height, 0x80);
  for (let y = 0; y < height; ++y) rows[y * (width + 1)] = 0; // a row without a filter
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

// The jobs that exist with this in their prompts, whatever their client was told.
export async function creations(prompt) {
  const ledger = await download(`${SANDBOX}/_sandbox/ledger?prompt_contains=${encodeURIComponent(prompt)}`);
  return JSON.parse(ledger).creations;
}

// Asks until the answer is one that is wanted.
export async function until(ask, isWanted, intervalMs = 50) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    if (Date.now() > end) throw new Error(`still ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}

// An HTTP server on loopback that answers 200 to everything and keeps it. It is closed at the end of the test.
export async function receive(test) {
  const messages = [];
  const waiting = [];
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    response.end();
    const message = { headers: request.headers, body: Buffer.concat(parts).toString() };
    const taker = waiting.shift();
    if (taker) taker(message);
    else messages.push(message);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  test.after(() => server.close());
  return {
    url: `http://127.0.0.1:${server.address().port}/hooks/token-1`,
    // The next message: its headers and its text.
    take: () => (messages.length > 0 ? messages.shift() : new Promise((resolve) => waiting.push(resolve))),
  };
}
