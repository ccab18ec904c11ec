// Every metric of the server: name, help, labels, buckets; README.md beside this file lists them. Labels are
// closed: names of configured accounts and budgets, ids of catalogue models, and words of closed lists
// (words.h, provider_words.h). Never a job, a caller, a URL or a text from outside. Units are in the names:
// seconds, bytes, US dollars (prometheus.io/docs/practices/naming). The grpc_server_ names, labels and
// buckets are those of go-grpc-middleware, because dashboards that read them are everywhere.
#ifndef ZOETROPE_SERVER_TELEMETRY_FAMILIES_H_
#define ZOETROPE_SERVER_TELEMETRY_FAMILIES_H_

#include "server/telemetry/family_maker.h"

namespace zoetrope {

struct Families {
  explicit Families(prometheus::Registry& registry) : make(registry) {}

  const FamilyMaker make;

  // --- Jobs ---
  Counters jobs_submitted = make.Count("zoetrope_jobs_submitted_total", "Jobs that were accepted.",
                                       {"provider", "model", "operation"});
  Counters jobs_completed =
      make.Count("zoetrope_jobs_completed_total", "Jobs that have ended, by how and why.",
                 {"provider", "model", "outcome", "reason"});
  Histograms job_duration =
      make.Histogram("zoetrope_job_duration_seconds", "Time from acceptance to the end of a job.",
                     {"provider", "model", "outcome"}, JobBuckets());
  Histograms job_queue_wait =
      make.Histogram("zoetrope_job_queue_wait_seconds", "Time from acceptance to the intent to send a job.",
                     {"provider"}, JobBuckets());
  Gauges jobs_live = make.Gauge("zoetrope_jobs_live", "Jobs that are not over, or whose money is open.");
  Gauges jobs_in_flight =
      make.Gauge("zoetrope_jobs_in_flight", "Live jobs, by where they are.", {"provider", "state"});
  Gauges job_oldest_age =
      make.Gauge("zoetrope_job_oldest_age_seconds",
                 "For how long the job that has been in a state longest has been there; 0: there is none.",
                 {"provider", "state"});
  Gauges poll_staleness =
      make.Gauge("zoetrope_poll_staleness_seconds",
                 "For how long the running job that has waited longest has not been heard of; 0: none runs.",
                 {"provider"});
  Counters attempt_failures =
      make.Count("zoetrope_attempt_failures_total", "Attempts that ended without a video.",
                 {"provider", "model", "reason"});
  Counters video_seconds =
      make.Count("zoetrope_video_seconds_generated_total", "Seconds of video that jobs have brought.",
                 {"provider", "model", "resolution"});

  // --- Spend safety ---
  Counters submission_unknown =
      make.Count("zoetrope_submission_unknown_total",
                 "Submissions of which no one knows whether the provider accepted them.", {"provider"});
  Counters submission_search = make.Count(
      "zoetrope_submission_search_total",
      "Searches for submissions of unknown outcome that have ended. After retried both may be charged.",
      {"provider", "outcome"});
  Gauges attempts_held = make.Gauge(
      "zoetrope_attempts_held",
      "Attempts of which no one knows whether they were accepted, waiting for a decision.", {"provider"});
  Counters decisions = make.Count("zoetrope_decisions_total", "Decisions about held attempts, carried out.",
                                  {"provider", "decision"});
  Counters duplicates_prevented =
      make.Count("zoetrope_duplicates_prevented_total",
                 "Second payments that were not made, by what prevented them.", {"by"});

  Gauges results_expiring = make.Gauge("zoetrope_results_expiring",
                                       "Videos that were not fetched, of jobs that ended since the start "
                                       "whose address at the provider is good for less than a day.",
                                       {"provider"});

  // --- Money ---
  Counters cost_usd = make.Count(
      "zoetrope_cost_usd_total",
      "US dollars that were charged (settled), more (adjusted) or less (refunded) by a later correction, and "
      "the part of it above what was set aside (overrun).",
      {"provider", "model", "kind"});
  Gauges cost_reserved_usd =
      make.Gauge("zoetrope_cost_reserved_usd", "US dollars that are set aside for live jobs.", {"provider"});
  Histograms quote_variance = make.Histogram(
      "zoetrope_quote_variance_ratio",
      "What a provider has billed for an attempt, as a part of what it was quoted at.", {"provider"},
      {0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1, 1.01, 1.05, 1.1, 1.25, 1.5, 2, 5, 30});
  Gauges prices_stale =
      make.Gauge("zoetrope_prices_stale",
                 "Offerings that can be used and have a price that was read longer ago than "
                 "prices are trusted.",
                 {"provider"});
  Gauges budget_limit_usd =
      make.Gauge("zoetrope_budget_limit_usd", "US dollars that a budget allows.", {"budget"});
  Gauges budget_used_usd =
      make.Gauge("zoetrope_budget_used_usd",
                 "US dollars that are set aside or charged in the current window, by whoever has used most.",
                 {"budget"});
  Gauges budget_remaining_usd = make.Gauge(
      "zoetrope_budget_remaining_usd",
      "US dollars that are left in the current window, to whoever has least; below 0: it was passed.",
      {"budget"});
  Gauges budget_threshold_percent = make.Gauge(
      "zoetrope_budget_threshold_percent",
      "The highest of a budget's thresholds that is reached in the current window; 0: none.", {"budget"});

  // --- Providers ---
  Histograms provider_request_duration =
      make.Histogram("zoetrope_provider_request_duration_seconds", "Time of calls to a provider.",
                     {"provider", "call", "status_class"}, RequestBuckets());
  Counters provider_errors =
      make.Count("zoetrope_provider_errors_total", "Calls to a provider that got no complete answer.",
                 {"provider", "call", "kind"});
  Counters provider_unrecognized =
      make.Count("zoetrope_provider_unrecognized_total",
                 "Answers of a provider in a form or with a word that is not known.", {"provider", "call"});
  Counters provider_callbacks = make.Count(
      "zoetrope_provider_callbacks_total",
      "Callbacks of a provider that name an attempt, by what came of them.", {"provider", "outcome"});
  Gauges provider_breaker_state = make.Gauge(
      "zoetrope_provider_breaker_state",
      "0: taking jobs; 1: asked whether it is back; 2: not taking jobs, because calls keep failing.",
      {"provider"});
  Gauges lane_jobs =
      make.Gauge("zoetrope_lane_jobs",
                 "Jobs that an account has a place for (admitted), or that wait for one (waiting).",
                 {"provider", "state"});
  Gauges lane_jobs_max =
      make.Gauge("zoetrope_lane_jobs_max", "Jobs that an account may have at once.", {"provider"});

  // --- Watching ---
  Gauges watch_streams = make.Gauge("zoetrope_watch_streams", "Open streams of WatchJob.");
  Counters watch_events =
      make.Count("zoetrope_watch_events_total", "Messages of WatchJob, by kind.", {"kind"});
  Counters watch_resumes =
      make.Count("zoetrope_watch_resumes_total", "Streams of WatchJob that went on from a cursor.");
  Histograms watch_lag = make.Histogram(
      "zoetrope_watch_lag_seconds", "Time from a change of a job to its way to a watcher who is up to date.",
      {}, {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30});

  // --- Store and machine ---
  Histograms store_transaction_duration =
      make.Histogram("zoetrope_store_transaction_duration_seconds",
                     "Time of the store's transactions, the sync included.", {"outcome"}, StoreBuckets());
  Histograms store_transaction_writes =
      make.Histogram("zoetrope_store_transaction_writes", "Writes that shared one transaction and its sync.",
                     {}, {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000});
  Histograms store_operation_duration =
      make.Histogram("zoetrope_store_operation_duration_seconds",
                     "Time of the store's calls, waiting included.", {"operation"}, StoreBuckets());
  Counters store_operations = make.Count("zoetrope_store_operations_total",
                                         "Calls of the store, by how they ended.", {"operation", "outcome"});
  Gauges store_free_bytes =
      make.Gauge("zoetrope_store_free_bytes", "Bytes that the file system of the store has left.");
  Gauges queue_depth =
      make.Gauge("zoetrope_queue_depth", "Tasks that wait for a thread of the server.", {"queue"});
  Counters config_reloads = make.Count(
      "zoetrope_config_reloads_total",
      "Times that the configuration was read again while the server ran, by what came of it.", {"outcome"});
  Gauges config_last_reload_successful =
      make.Gauge("zoetrope_config_last_reload_successful",
                 "1, or 0 after a reload that was refused: what is running is not what the files say.");
  Counters refused_calls =
      make.Count("zoetrope_refused_calls_total",
                 "Calls that were refused for who makes them, or for how much that one does.", {"reason"});
  Gauges certificate_expire_time = make.Gauge("zoetrope_tls_certificate_expire_timestamp_seconds",
                                              "When the certificate that callers see ends, since the epoch.");
  Counters trace_spans =
      make.Count("zoetrope_trace_spans_total",
                 "Spans that were to be sent to the collector, by what became of them.", {"outcome"});
  Gauges build_info =
      make.Gauge("zoetrope_build_info", "Always 1; what is running.", {"version", "grpc_version"});

  // --- The process, named as all client libraries name it ---
  Counters process_cpu =
      make.Count("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.");
  Gauges process_resident = make.Gauge("process_resident_memory_bytes", "Resident memory size in bytes.");
  Gauges process_virtual = make.Gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.");
  Gauges process_open_fds = make.Gauge("process_open_fds", "Number of open file descriptors.");
  Gauges process_max_fds = make.Gauge("process_max_fds", "Maximum number of open file descriptors.");
  Gauges process_start_time =
      make.Gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.");

  // --- As of go-grpc-middleware ---
  Counters grpc_started =
      make.Count("grpc_server_started_total", "Total number of RPCs started on the server.",
                 {"grpc_type", "grpc_service", "grpc_method"});
  Counters grpc_handled =
      make.Count("grpc_server_handled_total",
                 "Total number of RPCs completed on the server, regardless of success or failure.",
                 {"grpc_type", "grpc_service", "grpc_method", "grpc_code"});
  Counters grpc_msg_received =
      make.Count("grpc_server_msg_received_total", "Total number of messages received by the server.",
                 {"grpc_type", "grpc_service", "grpc_method"});
  Counters grpc_msg_sent =
      make.Count("grpc_server_msg_sent_total", "Total number of messages sent by the server.",
                 {"grpc_type", "grpc_service", "grpc_method"});
  Histograms grpc_handling =
      make.Histogram("grpc_server_handling_seconds",
                     "Histogram of response latency (seconds) of RPCs handled by the server.",
                     {"grpc_type", "grpc_service", "grpc_method"}, CallBuckets());
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_TELEMETRY_FAMILIES_H_
