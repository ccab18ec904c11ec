"""Python's asyncio client, as protoc and grpcio make it."""

import asyncio
import hashlib
import unittest

import decoding
import grpc
import world
from google.protobuf import json_format
from grpc_status import rpc_status
from zoetrope.v1 import cost_pb2, job_pb2, video_generation_pb2 as api, video_generation_pb2_grpc as api_grpc

WATCHES = 101


def submission(prompt, **more):
    return json_format.ParseDict(world.submission(prompt, **more), api.SubmitRequest())


def stub_of(channel):
    return api_grpc.VideoGenerationStub(channel)


def watch(stub, job_id, after=None):
    return stub.WatchJob(api.WatchJobRequest(job_id=job_id, after_revision=after, until=api.WATCH_UNTIL_SETTLED),
                         timeout=world.STREAM_SECONDS)


async def jobs_of(call):
    """The job after each step, without what may be dropped."""
    async for message in call:
        if message.HasField('snapshot') or message.HasField('revision'):
            yield message.snapshot.job if message.HasField('snapshot') else message.revision.job


class AsyncCase(world.WorldCase, unittest.IsolatedAsyncioTestCase):
    def channel(self):
        return grpc.aio.insecure_channel(self.world.address, options=[('grpc.use_local_subchannel_pool', 1)])


class JobTest(AsyncCase):
    async def test_asyncio_submit_watch_download_and_cost(self):
        async with self.channel() as channel:
            stub = stub_of(channel)
            made = (await stub.Submit(submission('a boat'), timeout=world.CALL_SECONDS)).job
            jobs = [job async for job in jobs_of(watch(stub, made.id))]
            self.assertEqual([j.revision for j in jobs], list(range(jobs[0].revision, jobs[-1].revision + 1)))
            self.assertEqual(jobs[-1].state, job_pb2.JOB_STATE_SUCCEEDED)
            download = stub.DownloadVideo(api.DownloadVideoRequest(job_id=made.id), timeout=world.CALL_SECONDS)
            messages = [message async for message in download]
            video = b''.join(m.chunk for m in messages)
            self.assertEqual(hashlib.sha256(video).hexdigest(), messages[-1].trailer.sha256)
            self.assertEqual(len(video), messages[-1].trailer.size_bytes)
            self.assertGreater(len(video), 0)
            cost = (await stub.GetCost(api.GetCostRequest(job_id=made.id), timeout=world.CALL_SECONDS)).cost
            self.assertEqual(cost.settlement, cost_pb2.SETTLEMENT_STATE_SETTLED)
            charged = self.world.ledger('a boat')['totals']['charged_nanos']
            self.assertEqual(cost.settled.units * 10**9 + cost.settled.nanos, int(charged))

    async def test_asyncio_watch_resumes_where_it_was_cancelled(self):
        # Each refusal for load makes two revisions.
        async with self.channel() as channel:
            request = submission('a boat [[fault:status:429:4]] [[fault:retry-after:0]]')
            job_id = (await stub_of(channel).Submit(request, timeout=world.CALL_SECONDS)).job.id
        seen = []
        for cut in range(4):
            async with self.channel() as channel:
                call = watch(stub_of(channel), job_id, after=seen[-1] if seen else 0)
                async for job in jobs_of(call):
                    seen.append(job.revision)
                    if len(seen) > cut:
                        break
                call.cancel()
                self.assertEqual(await call.code(), grpc.StatusCode.CANCELLED)
        async with self.channel() as channel:
            jobs = [job async for job in jobs_of(watch(stub_of(channel), job_id, after=seen[-1]))]
        seen += [job.revision for job in jobs]
        self.assertEqual(seen, list(range(1, len(seen) + 1)))
        self.assertEqual(jobs[-1].state, job_pb2.JOB_STATE_SUCCEEDED)
        self.assertFalse(jobs[-1].HasField('cancel_requested_time'))
        self.assertEqual(len(self.world.ledger('a boat')['creations']), 1)

    async def test_asyncio_101_watches_and_a_submit_share_a_channel(self):
        async with self.channel() as channel:
            stub = stub_of(channel)
            watched = await stub.Submit(submission('a boat [[fault:never-finishes]]'), timeout=world.CALL_SECONDS)
            streams = [jobs_of(watch(stub, watched.job.id)) for _ in range(WATCHES)]
            begins = await asyncio.gather(*(anext(stream) for stream in streams))
            other = await stub.Submit(submission('a kite'), timeout=world.CALL_SECONDS)
            self.assertEqual(world.connections_to(self.world.address), 1)
            done = [job async for job in jobs_of(watch(stub, other.job.id))]
            self.assertEqual(done[-1].state, job_pb2.JOB_STATE_SUCCEEDED)
            await stub.CancelJob(api.CancelJobRequest(job_id=watched.job.id), timeout=world.CALL_SECONDS)

            async def rest(stream):
                return [job async for job in stream]
            ends = await asyncio.gather(*(rest(stream) for stream in streams))
            for begin, jobs in zip(begins, ends):
                self.assertEqual([j.revision for j in jobs], list(range(begin.revision + 1, begin.revision + 1 + len(jobs))))
                self.assertEqual(jobs[-1], ends[0][-1])
            self.assertEqual(ends[0][-1].state, job_pb2.JOB_STATE_CANCELLED)


class ErrorsTest(AsyncCase):
    config = world.STRICT

    async def test_asyncio_errors_are_decoded_by_grpcio_status(self):
        table = world.error_cases()
        async with self.channel() as channel:
            stub = stub_of(channel)
            for request in table['before']:
                await stub.Submit(json_format.ParseDict(request, api.SubmitRequest()), timeout=world.CALL_SECONDS)
            for case in table['cases']:
                with self.subTest(case['name']):
                    for request in decoding.requests_before(case):
                        await stub.Submit(request, timeout=world.CALL_SECONDS)
                    call = getattr(stub, case['method'])(decoding.request_of(case), timeout=world.CALL_SECONDS)
                    with self.assertRaises(grpc.aio.AioRpcError):
                        if isinstance(call, grpc.aio.UnaryStreamCall):
                            await call.read()
                        else:
                            await call
                    decoding.check(self, case, await rpc_status.aio.from_call(call))


if __name__ == '__main__':
    world.main()
