// Package zoetrope holds what protoc makes of the contract for Go to its promises, against the real programs. run.py starts
// them, and names their addresses in the environment.
package zoetrope

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	api "zoetrope/v1"
)

const (
	// Longer than a call takes on a busy machine, and than a stream that waits for the test.
	callTime   = time.Minute
	streamTime = 4 * time.Minute
)

// connection is a channel of its own, which counts what it opens.
type connection struct {
	api.VideoGenerationClient
	opened atomic.Int32
	close  func()
}

func connect(t *testing.T) *connection {
	t.Helper()
	made := &connection{}
	dial := func(ctx context.Context, address string) (net.Conn, error) {
		made.opened.Add(1)
		return (&net.Dialer{}).DialContext(ctx, "tcp", address)
	}
	channel, err := grpc.Dial(os.Getenv("ZOETROPE_ADDRESS"), grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(dial))
	check(t, err)
	made.VideoGenerationClient = api.NewVideoGenerationClient(channel)
	made.close = func() { channel.Close() }
	t.Cleanup(made.close)
	return made
}

// within is a context that lasts as long as the test, and no longer than most.
func within(t *testing.T, most time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), most)
	t.Cleanup(cancel)
	return ctx
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// submission is one that every account of the simulator can serve. The simulator fetches nothing, so any address will do for
// the picture.
func submission(prompt string) *api.SubmitRequest {
	picture := &api.Image{Source: &api.Image_Url{Url: "https://pictures.example.com/boat.png"}}
	return &api.SubmitRequest{
		Generation: &api.Generation{Model: "sora-2", Prompt: prompt, FirstFrame: picture},
		Routing:    &api.Routing{Provider: "fal"},
	}
}

func submit(t *testing.T, client api.VideoGenerationClient, request *api.SubmitRequest) *api.Job {
	t.Helper()
	answer, err := client.Submit(within(t, callTime), request)
	check(t, err)
	return answer.GetJob()
}

// watch begins with a snapshot; watchAfter with the revision that follows.
func watch(t *testing.T, client api.VideoGenerationClient, id string) api.VideoGeneration_WatchJobClient {
	t.Helper()
	return open(t, client, &api.WatchJobRequest{JobId: id, Until: api.WatchUntil_WATCH_UNTIL_SETTLED})
}

func watchAfter(t *testing.T, client api.VideoGenerationClient, id string, revision int64) api.VideoGeneration_WatchJobClient {
	t.Helper()
	return open(t, client,
		&api.WatchJobRequest{JobId: id, AfterRevision: &revision, Until: api.WatchUntil_WATCH_UNTIL_SETTLED})
}

func open(t *testing.T, client api.VideoGenerationClient, request *api.WatchJobRequest) api.VideoGeneration_WatchJobClient {
	t.Helper()
	stream, err := client.WatchJob(within(t, streamTime), request)
	check(t, err)
	return stream
}

// next is the job after the next step, past what may be dropped; nil at the stream's end.
func next(t *testing.T, stream api.VideoGeneration_WatchJobClient) *api.Job {
	t.Helper()
	for {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		check(t, err)
		switch event := message.GetEvent().(type) {
		case *api.WatchJobResponse_Snapshot:
			return event.Snapshot.GetJob()
		case *api.WatchJobResponse_Revision:
			if event.Revision.GetRevision() != event.Revision.GetJob().GetRevision() {
				t.Fatalf("revision %d carries the job of another: %v", event.Revision.GetRevision(), event.Revision.GetJob())
			}
			return event.Revision.GetJob()
		}
	}
}

// follow reads to the end, and holds the revisions to the order that a watcher relies on: after, after+1, ...
func follow(t *testing.T, stream api.VideoGeneration_WatchJobClient, after int64) (last *api.Job) {
	t.Helper()
	for job := next(t, stream); job != nil; job = next(t, stream) {
		if after++; job.GetRevision() != after {
			t.Fatalf("revision %d came where %d was due", job.GetRevision(), after)
		}
		last = job
	}
	if last == nil {
		t.Fatal("the stream ended without a revision")
	}
	return last
}

// ledger is what the simulated providers know of prompts that contain this; see tests/sandbox/README.md.
func ledger(t *testing.T, prompt string) (known struct {
	Creations []struct {
		Prompt string
	}
	Totals struct {
		ChargedNanos int64 `json:"charged_nanos,string"`
	}
}) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{}, Timeout: callTime} // no proxy
	answer, err := client.Get(os.Getenv("ZOETROPE_SANDBOX_URL") + "/_sandbox/ledger?prompt_contains=" + url.QueryEscape(prompt))
	check(t, err)
	defer answer.Body.Close()
	check(t, json.NewDecoder(answer.Body).Decode(&known))
	return known
}

func nanos(amount *api.Money) int64 {
	return amount.GetUnits()*1_000_000_000 + int64(amount.GetNanos())
}
