package zoetrope

import (
	"fmt"
	"testing"
	"time"

	api "zoetrope/v1"
)

const (
	watches = 101
	// How much longer a Submit may take beside the watches. One that had to wait for a stream to end would take for ever.
	slowerMax = 5
	submits   = 25
	// A machine may be busy with something else for as long as the first of them take.
	submitsMax = 1000
)

// fastestSubmit is the fastest because a busy machine only ever adds to it; of `submits`, and then of more until it is enough.
func fastestSubmit(t *testing.T, client api.VideoGenerationClient, name string, enough time.Duration) time.Duration {
	t.Helper()
	fastest := callTime
	for number := 0; number < submits || (fastest >= enough && number < submitsMax); number++ {
		request := submission(fmt.Sprintf("%s %d [[fault:never-finishes]]", name, number))
		begin := time.Now()
		submit(t, client, request)
		if took := time.Since(begin); took < fastest {
			fastest = took
		}
	}
	return fastest
}

func TestASubmitBeside101WatchesIsNotDelayed(t *testing.T) {
	client := connect(t)
	id := submit(t, client, submission("a boat [[fault:never-finishes]]")).GetId()
	alone := fastestSubmit(t, client, "alone", callTime)

	var streams []api.VideoGeneration_WatchJobClient
	var begins []int64
	for len(streams) < watches {
		streams = append(streams, watch(t, client, id))
	}
	for _, stream := range streams {
		begins = append(begins, next(t, stream).GetRevision())
	}
	beside := fastestSubmit(t, client, "beside", slowerMax*alone)
	if opened := client.opened.Load(); opened != 1 {
		t.Errorf("the channel is %d connections", opened)
	}

	cancelled, err := client.CancelJob(within(t, callTime), &api.CancelJobRequest{JobId: id})
	check(t, err)
	for index, stream := range streams {
		if cancelled.GetJob().GetRevision() <= begins[index] {
			t.Fatal("the job was over before it was cancelled")
		}
		if job := follow(t, stream, begins[index]); job.GetState() != api.JobState_JOB_STATE_CANCELLED {
			t.Errorf("watch %d saw the job end as %v", index, job)
		}
	}
	t.Logf("fastest Submit: %v alone, %v beside %d watches", alone, beside, watches)
	if beside >= slowerMax*alone {
		t.Error("the watches delay a Submit")
	}
}
