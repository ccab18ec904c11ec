package zoetrope

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	api "zoetrope/v1"
)

func TestSubmitWatchDownloadAndCost(t *testing.T) {
	client := connect(t)
	request := submission("a boat")
	request.Labels = map[string]string{"order": "17"}
	queued := submit(t, client, request)
	if queued.GetState() != api.JobState_JOB_STATE_QUEUED {
		t.Errorf("a new job is %v", queued)
	}
	stream := watch(t, client, queued.GetId())
	job := follow(t, stream, next(t, stream).GetRevision())
	if job.GetState() != api.JobState_JOB_STATE_SUCCEEDED || job.GetLabels()["order"] != "17" {
		t.Fatalf("the job ended as %v", job)
	}
	read, err := client.GetJob(within(t, callTime), &api.GetJobRequest{JobId: job.GetId()})
	check(t, err)
	if !proto.Equal(read.GetJob(), job) {
		t.Errorf("the job reads %v, and was watched as %v", read.GetJob(), job)
	}
	checkDownload(t, client, job.GetId())
	checkBill(t, client, job)
}

func checkDownload(t *testing.T, client api.VideoGenerationClient, id string) {
	t.Helper()
	stream, err := client.DownloadVideo(within(t, streamTime), &api.DownloadVideoRequest{JobId: id})
	check(t, err)
	first, err := stream.Recv()
	check(t, err)
	if first.GetHeader() == nil {
		t.Errorf("a download begins with %v", first)
	}
	var video bytes.Buffer
	var trailer *api.DownloadTrailer
	for {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		check(t, err)
		if trailer != nil {
			t.Error("something comes behind the trailer")
		}
		video.Write(message.GetChunk())
		trailer = message.GetTrailer()
	}
	sum := sha256.Sum256(video.Bytes())
	if trailer.GetSizeBytes() != int64(video.Len()) || trailer.GetSha256() != hex.EncodeToString(sum[:]) {
		t.Errorf("%d bytes with sum %x, where %v was announced", video.Len(), sum, trailer)
	}
	if video.Len() < 8 || string(video.Bytes()[4:8]) != "ftyp" {
		t.Error("that is no MP4")
	}
}

func checkBill(t *testing.T, client api.VideoGenerationClient, job *api.Job) {
	t.Helper()
	subject := &api.GetCostRequest_JobId{JobId: job.GetId()}
	answer, err := client.GetCost(within(t, callTime), &api.GetCostRequest{Subject: subject})
	check(t, err)
	cost := answer.GetCost()
	if !proto.Equal(cost, job.GetCost()) || cost.GetSettlement() != api.SettlementState_SETTLEMENT_STATE_SETTLED {
		t.Errorf("the bill reads %v, in the job %v", cost, job.GetCost())
	}
	charged := ledger(t, job.GetGeneration().GetPrompt()).Totals.ChargedNanos
	if charged == 0 || nanos(cost.GetSettled()) != charged {
		t.Errorf("%v is settled, the provider has charged %d nanos", cost.GetSettled(), charged)
	}
	query := &api.SpendQuery{GroupBy: []api.SpendDimension{api.SpendDimension_SPEND_DIMENSION_PROVIDER}}
	spend, err := client.GetSpend(within(t, callTime), &api.GetSpendRequest{Query: query})
	check(t, err)
	var sum int64
	for _, entry := range spend.GetEntries() {
		sum += nanos(entry.GetCharged())
	}
	// Other tests have spent at the same time.
	if sum != nanos(spend.GetCharged()) || sum < charged {
		t.Errorf("%d nanos in %v, of which one job has %d", sum, spend, charged)
	}
}

func TestAPriceComesBeforeAnyJob(t *testing.T) {
	client := connect(t)
	subject := &api.GetCostRequest_Quote{Quote: &api.QuoteSubject{Generation: submission("a boat").GetGeneration()}}
	answer, err := client.GetCost(within(t, callTime), &api.GetCostRequest{Subject: subject})
	check(t, err)
	available := 0
	for _, quote := range answer.GetQuotation().GetQuotes() {
		if !quote.GetAvailable() || quote.GetPrice() == nil {
			continue
		}
		available++
		if quote.GetPrice().GetCurrencyCode() != "USD" || nanos(quote.GetPrice()) <= 0 || quote.GetPriceSource() == "" {
			t.Errorf("a price without what makes it one: %v", quote)
		}
	}
	if available < 2 {
		t.Errorf("%d offerings have a price: %v", available, answer)
	}
	if made := ledger(t, "").Creations; len(made) != 0 {
		t.Errorf("a question made %v", made)
	}
}

// checkCut holds a stream to an end that is no statement about the job, behind what had come before.
func checkCut(t *testing.T, stream api.VideoGeneration_WatchJobClient) {
	t.Helper()
	for {
		_, err := stream.Recv()
		if err == nil {
			continue
		}
		if code := status.Code(err); code != codes.Canceled && code != codes.Unavailable {
			t.Fatalf("a connection that was closed ends a stream with %v", err)
		}
		return
	}
}

func TestAWatchResumesOverDisconnects(t *testing.T) {
	first := connect(t)
	// Each refusal for load makes two revisions.
	request := submission("a boat [[fault:status:429:6]] [[fault:retry-after:0]]")
	request.RequestId = "order-17"
	id := submit(t, first, request).GetId()
	first.close()

	seen := int64(0)
	for cut := int64(1); cut <= 4; cut++ {
		client := connect(t)
		stream := watchAfter(t, client, id, seen)
		for read := int64(0); read < cut; read++ {
			job := next(t, stream)
			if seen++; job.GetRevision() != seen {
				t.Fatalf("after cut %d, revision %d came where %d was due", cut-1, job.GetRevision(), seen)
			}
			if job.GetState() == api.JobState_JOB_STATE_SUCCEEDED {
				t.Fatal("the job was over before all of the cuts")
			}
		}
		// The connection goes while the stream is open.
		client.close()
		checkCut(t, stream)
	}

	client := connect(t)
	job := follow(t, watchAfter(t, client, id, seen), seen)
	if job.GetState() != api.JobState_JOB_STATE_SUCCEEDED || job.GetCancelRequestedTime() != nil {
		t.Errorf("the job ended as %v", job)
	}
	again, err := client.Submit(within(t, callTime), request)
	check(t, err)
	if !again.GetDuplicate() || again.GetJob().GetId() != id {
		t.Errorf("the same request again gives %v", again)
	}
	if made := ledger(t, "a boat").Creations; len(made) != 1 {
		t.Errorf("%v was made", made)
	}
}
