"""Python's blocking client, as protoc and grpcio make it."""

import hashlib
import time

import decoding
import grpc
import world
from google.protobuf import json_format
from grpc_status import rpc_status
from zoetrope.v1 import cost_pb2, job_pb2, spend_pb2, video_generation_pb2 as api, video_generation_pb2_grpc as api_grpc

WATCHES = 101
# How much longer a Submit may take beside the watches. One that had to wait for a stream to end would take for ever.
SLOWER_MAX = 5
SUBMITS = 25
# A machine may be busy with something else for as long as the first of them take.
SUBMITS_MAX = 1000


def submission(prompt, **more):
    return json_format.ParseDict(world.submission(prompt, **more), api.SubmitRequest())


class Connection:
    """A channel of its own, one connection."""

    def __init__(self, address):
        self._channel = grpc.insecure_channel(address, options=[('grpc.use_local_subchannel_pool', 1)])
        self.stub = api_grpc.VideoGenerationStub(self._channel)

    def __enter__(self):
        return self.stub

    def __exit__(self, *_):
        self._channel.close()


def follow(stub, job_id, after=None, until=api.WATCH_UNTIL_TERMINAL):
    """Snapshots and revisions, without what may be dropped."""
    for message in stub.WatchJob(api.WatchJobRequest(job_id=job_id, after_revision=after, until=until),
                                 timeout=world.STREAM_SECONDS):
        if message.HasField('snapshot') or message.HasField('revision'):
            yield message


class JobTest(world.WorldCase):
    def test_submit_watch_download_and_cost(self):
        with Connection(self.world.address) as stub:
            answer = stub.Submit(submission('a boat', labels={'order': '17'}), timeout=world.CALL_SECONDS)
            self.assertFalse(answer.duplicate)
            self.assertEqual(answer.job.state, job_pb2.JOB_STATE_QUEUED)
            first, *rest = follow(stub, answer.job.id, until=api.WATCH_UNTIL_SETTLED)
            self.assertTrue(first.HasField('snapshot'))
            begin = first.snapshot.job.revision
            self.assertEqual([m.revision.revision for m in rest], list(range(begin + 1, begin + 1 + len(rest))))
            job = rest[-1].revision.job
            self.assertEqual(job.state, job_pb2.JOB_STATE_SUCCEEDED)
            self.assertEqual(dict(job.labels), {'order': '17'})
            self.assertEqual(stub.GetJob(api.GetJobRequest(job_id=job.id), timeout=world.CALL_SECONDS).job, job)
            self.assert_downloads(stub, job.id)
            self.assert_bill(stub, job)

    def assert_downloads(self, stub, job_id):
        messages = list(stub.DownloadVideo(api.DownloadVideoRequest(job_id=job_id), timeout=world.CALL_SECONDS))
        self.assertEqual(messages[0].WhichOneof('content'), 'header')
        self.assertEqual({m.WhichOneof('content') for m in messages[1:-1]}, {'chunk'})
        video = b''.join(m.chunk for m in messages)
        trailer = messages[-1].trailer
        self.assertEqual((len(video), hashlib.sha256(video).hexdigest()), (trailer.size_bytes, trailer.sha256))
        self.assertEqual(video[4:8], b'ftyp')

    def assert_bill(self, stub, job):
        cost = stub.GetCost(api.GetCostRequest(job_id=job.id), timeout=world.CALL_SECONDS).cost
        self.assertEqual(cost, job.cost)
        self.assertEqual(cost.settlement, cost_pb2.SETTLEMENT_STATE_SETTLED)
        charged = self.world.ledger('a boat')['totals']['charged_nanos']
        self.assertEqual(cost.settled.units * 10**9 + cost.settled.nanos, int(charged))
        query = spend_pb2.SpendQuery(group_by=[spend_pb2.SPEND_DIMENSION_MODEL], label=spend_pb2.SpendLabel(key='order', value='17'))
        spend = stub.GetSpend(spend_pb2.GetSpendRequest(query=query), timeout=world.CALL_SECONDS)
        self.assertEqual([(e.model, e.charges, e.charged) for e in spend.entries], [(job.generation.model, 1, cost.settled)])

    def test_a_price_comes_before_any_job(self):
        with Connection(self.world.address) as stub:
            quote = api.QuoteSubject(generation=submission('a boat').generation)
            quotation = stub.GetCost(api.GetCostRequest(quote=quote), timeout=world.CALL_SECONDS).quotation
            priced = [q for q in quotation.quotes if q.available]
            self.assertGreater(len(priced), 1)
            self.assertTrue(all(q.price.currency_code == 'USD' and q.price_source for q in priced))
            self.assertEqual(len(stub.ListJobs(api.ListJobsRequest(), timeout=world.CALL_SECONDS).jobs), 0)
            self.assertEqual(self.world.ledger('')['creations'], [])

    def test_a_watch_resumes_over_disconnects_and_a_restart(self):
        # Each refusal for load makes two revisions.
        with Connection(self.world.address) as stub:
            request = submission('a boat [[fault:status:429:6]] [[fault:retry-after:0]]', request_id='order-17')
            job_id = stub.Submit(request, timeout=world.CALL_SECONDS).job.id
        seen = []
        for cut in range(6):
            if cut == 3:
                self.assertEqual(self.world.stop_server(), 0)
                self.world.start_server()
            # The connection goes while the stream is open.
            with Connection(self.world.address) as stub:
                for message in follow(stub, job_id, after=seen[-1] if seen else 0):
                    seen.append(message.revision.revision)
                    if len(seen) > cut:
                        break
        with Connection(self.world.address) as stub:
            for message in follow(stub, job_id, after=seen[-1]):
                seen.append(message.revision.revision)
            job = stub.GetJob(api.GetJobRequest(job_id=job_id), timeout=world.CALL_SECONDS).job
            again = stub.Submit(request, timeout=world.CALL_SECONDS)
        self.assertEqual(job.state, job_pb2.JOB_STATE_SUCCEEDED)
        self.assertEqual(seen, list(range(1, job.revision + 1)))
        self.assertGreater(len(seen), 12)
        self.assertEqual((again.duplicate, again.job.id), (True, job_id))
        self.assertEqual(len(self.world.ledger('a boat')['creations']), 1)


class ChannelTest(world.WorldCase):
    def fastest_submit(self, stub, name, enough):
        """In seconds. The fastest, because a busy machine only ever adds to it; of SUBMITS, and then of more until it is `enough`."""
        fastest = float('inf')
        for number in range(SUBMITS_MAX):
            if number >= SUBMITS and fastest < enough:
                break
            request = submission(f'{name} {number} [[fault:never-finishes]]')
            begin = time.perf_counter()
            stub.Submit(request, timeout=world.CALL_SECONDS)
            fastest = min(fastest, time.perf_counter() - begin)
        return fastest

    def test_a_submit_beside_101_watches_is_not_delayed(self):
        with Connection(self.world.address) as stub:
            watched = stub.Submit(submission('a boat [[fault:never-finishes]]'), timeout=world.CALL_SECONDS).job
            alone = self.fastest_submit(stub, 'alone', enough=float('inf'))
            # Read from one after another: that many waiting threads would be measured, not the channel.
            watches = [follow(stub, watched.id) for _ in range(WATCHES)]
            begins = [next(watch).snapshot.job.revision for watch in watches]
            beside = self.fastest_submit(stub, 'beside', enough=SLOWER_MAX * alone)
            self.assertEqual(world.connections_to(self.world.address), 1)
            cancelled = stub.CancelJob(api.CancelJobRequest(job_id=watched.id), timeout=world.CALL_SECONDS).job
            self.assertGreater(cancelled.revision, max(begins), 'the job was over before it was cancelled')
            for begin, watch in zip(begins, watches):
                jobs = [message.revision.job for message in watch]
                self.assertEqual([j.revision for j in jobs], list(range(begin + 1, begin + 1 + len(jobs))))
                self.assertEqual(jobs[-1].state, job_pb2.JOB_STATE_CANCELLED)
            job = stub.GetJob(api.GetJobRequest(job_id=watched.id), timeout=world.CALL_SECONDS).job
            self.assertEqual(jobs[-1], job)
        print(f'fastest Submit: {1000 * alone:.2f} ms alone, {1000 * beside:.2f} ms beside {WATCHES} watches')
        self.assertLess(beside, SLOWER_MAX * alone)


class ErrorsTest(world.WorldCase):
    config = world.STRICT

    def test_errors_are_decoded_by_grpcio_status(self):
        table = world.error_cases()
        with Connection(self.world.address) as stub:
            for request in table['before']:
                stub.Submit(json_format.ParseDict(request, api.SubmitRequest()), timeout=world.CALL_SECONDS)
            for case in table['cases']:
                with self.subTest(case['name']):
                    for request in decoding.requests_before(case):
                        stub.Submit(request, timeout=world.CALL_SECONDS)
                    with self.assertRaises(grpc.RpcError) as caught:
                        answer = getattr(stub, case['method'])(decoding.request_of(case), timeout=world.CALL_SECONDS)
                        if hasattr(answer, '__next__'):
                            next(answer)
                    self.assertEqual(caught.exception.code().name, case['code'])
                    decoding.check(self, case, rpc_status.from_call(caught.exception))


if __name__ == '__main__':
    world.main()
