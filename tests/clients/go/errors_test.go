package zoetrope

import (
	"context"
	"encoding/json"
	"os"
	"reflect"
	"sort"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	api "zoetrope/v1"
)

// errorCase is a row of the table that all languages share; its first lines say what the fields mean.
type errorCase struct {
	Name, Method, Code, Reason string
	Before                     []json.RawMessage
	Request                    json.RawMessage
	Quota                      string
	Metadata                   map[string]string
	Violations, Resource       []string
	Retry                      bool
}

type errorTable struct {
	Before []json.RawMessage
	Cases  []errorCase
}

// caller sends a request that is written in JSON.
type caller func(ctx context.Context, request []byte) error

type message[T any] interface {
	*T
	proto.Message
}

func read[T any, M message[T]](text []byte) (M, error) {
	request := M(new(T))
	return request, protojson.Unmarshal(text, request)
}

func unary[T any, M message[T], R any](call func(context.Context, M, ...grpc.CallOption) (R, error)) caller {
	return func(ctx context.Context, text []byte) error {
		request, err := read[T, M](text)
		if err == nil {
			_, err = call(ctx, request)
		}
		return err
	}
}

func watchCaller(client api.VideoGenerationClient) caller {
	return func(ctx context.Context, text []byte) error {
		request, err := read[api.WatchJobRequest](text)
		if err != nil {
			return err
		}
		stream, err := client.WatchJob(ctx, request)
		if err == nil {
			_, err = stream.Recv()
		}
		return err
	}
}

func TestErrorsAreDecodedByStatus(t *testing.T) {
	client := connect(t)
	callers := map[string]caller{
		"Submit":   unary(client.Submit),
		"GetJob":   unary(client.GetJob),
		"ListJobs": unary(client.ListJobs),
		"WatchJob": watchCaller(client),
	}
	text, err := os.ReadFile("error_cases.json")
	check(t, err)
	var table errorTable
	check(t, json.Unmarshal(text, &table))
	for _, request := range table.Before {
		check(t, callers["Submit"](within(t, callTime), request))
	}
	for _, row := range table.Cases {
		t.Run(row.Name, func(t *testing.T) {
			call, known := callers[row.Method]
			if !known {
				t.Fatalf("no caller of %s", row.Method)
			}
			for _, request := range row.Before {
				check(t, callers["Submit"](within(t, callTime), request))
			}
			answer, isStatus := status.FromError(call(within(t, callTime), row.Request))
			if !isStatus {
				t.Fatalf("no status of gRPC's: %v", answer)
			}
			row.check(t, answer)
		})
	}
	if len(table.Cases) == 0 {
		t.Error("the table has no cases")
	}
}

// check holds a decoded google.rpc.Status to the row.
func (row errorCase) check(t *testing.T, answer *status.Status) {
	info, bad, resource := &errdetails.ErrorInfo{}, &errdetails.BadRequest{}, &errdetails.ResourceInfo{}
	quota := &errdetails.QuotaFailure{}
	var retry *errdetails.RetryInfo
	kinds := map[reflect.Type]bool{}
	for _, detail := range answer.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			info = detail
		case *errdetails.BadRequest:
			bad = detail
		case *errdetails.RetryInfo:
			retry = detail
		case *errdetails.ResourceInfo:
			resource = detail
		case *errdetails.QuotaFailure:
			quota = detail
		default:
			t.Errorf("a detail that is not decoded, or not known: %T %v", detail, detail)
		}
		kinds[reflect.TypeOf(detail)] = true
	}
	if len(kinds) != len(answer.Details()) {
		t.Errorf("the same kind of detail twice: %v", answer.Details())
	}

	if name := code.Code(answer.Code()).String(); name != row.Code || answer.Message() == "" {
		t.Errorf("the status is %s %q, not %s", name, answer.Message(), row.Code)
	}
	if info.GetReason() != row.Reason || info.GetDomain() != "zoetrope" {
		t.Errorf("the reason is %v, not %s", info, row.Reason)
	}
	for key, value := range row.Metadata {
		if found := info.GetMetadata()[key]; found == "" || (value != "" && found != value) {
			t.Errorf("%s is %q in the metadata, not %q", key, found, value)
		}
	}
	fields := []string{}
	for _, violation := range bad.GetFieldViolations() {
		fields = append(fields, violation.GetField())
		if violation.GetDescription() == "" {
			t.Errorf("a violation without words: %v", violation)
		}
	}
	sort.Strings(fields)
	sort.Strings(row.Violations)
	if strings.Join(fields, " ") != strings.Join(row.Violations, " ") {
		t.Errorf("the violations are of %v, not of %v", fields, row.Violations)
	}
	if (retry != nil) != row.Retry || (retry != nil && retry.GetRetryDelay().AsDuration() <= 0) {
		t.Errorf("the time to come back is %v", retry)
	}
	subjects := []string{}
	for _, violation := range quota.GetViolations() {
		subjects = append(subjects, violation.GetSubject())
		if violation.GetDescription() == "" {
			t.Errorf("a quota without words: %v", violation)
		}
	}
	if found := strings.Join(subjects, " "); found != row.Quota {
		t.Errorf("the quota is %q, not %q", found, row.Quota)
	}
	named := strings.Join(row.Resource, " ")
	if found := strings.TrimSpace(resource.GetResourceType() + " " + resource.GetResourceName()); found != named {
		t.Errorf("the resource is %q, not %q", found, named)
	}
}
