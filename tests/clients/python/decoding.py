"""Errors as Python's own status library reads them, beside what the table of cases says."""

from google.protobuf import json_format
from google.rpc import code_pb2, error_details_pb2
from zoetrope.v1 import video_generation_pb2

KINDS = {kind.DESCRIPTOR.full_name: kind for kind in (
    error_details_pb2.ErrorInfo, error_details_pb2.BadRequest, error_details_pb2.RetryInfo, error_details_pb2.ResourceInfo,
    error_details_pb2.QuotaFailure)}


def request_of(case):
    """The request of a case; its message is named after the method, as are all of the contract's."""
    return json_format.ParseDict(case['request'], getattr(video_generation_pb2, f'{case["method"]}Request')())


def requests_before(case):
    """What is submitted before the case is tried."""
    return [json_format.ParseDict(request, video_generation_pb2.SubmitRequest()) for request in case.get('before', [])]


def check(test, case, status):
    """Holds a decoded google.rpc.Status to a case of the table."""
    details = {}
    for packed in status.details:
        kind = KINDS[packed.TypeName()]
        test.assertNotIn(kind, details, 'the same kind of detail twice')
        details[kind] = kind()
        test.assertTrue(packed.Unpack(details[kind]))
    test.assertEqual(code_pb2.Code.Name(status.code), case['code'])
    test.assertNotEqual(status.message, '')

    info = details.pop(error_details_pb2.ErrorInfo)
    test.assertEqual((info.reason, info.domain), (case['reason'], 'zoetrope'))
    for key, value in case.get('metadata', {}).items():
        test.assertIn(key, info.metadata)
        test.assertEqual(info.metadata[key], value or info.metadata[key])
        test.assertNotEqual(info.metadata[key], '', key)

    violations = details.pop(error_details_pb2.BadRequest, error_details_pb2.BadRequest()).field_violations
    test.assertEqual(sorted(v.field for v in violations), sorted(case.get('violations', [])))
    test.assertTrue(all(v.description for v in violations))

    test.assertEqual(error_details_pb2.RetryInfo in details, case.get('retry', False))
    delay = details.pop(error_details_pb2.RetryInfo, error_details_pb2.RetryInfo()).retry_delay
    test.assertEqual(delay.ToNanoseconds() > 0, case.get('retry', False))

    resource = details.pop(error_details_pb2.ResourceInfo, error_details_pb2.ResourceInfo())
    test.assertEqual([resource.resource_type, resource.resource_name], case.get('resource', ['', '']))

    quota = details.pop(error_details_pb2.QuotaFailure, error_details_pb2.QuotaFailure()).violations
    test.assertEqual([v.subject for v in quota], [case['quota']] if 'quota' in case else [])
    test.assertTrue(all(v.description for v in quota))
    test.assertEqual(details, {})
