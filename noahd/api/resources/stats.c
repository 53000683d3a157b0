/* SPDX-License-Identifier: Apache-2.0 */
#include "common/process_stats.h"
#include "noahd/api/answer.h"
#include "noahd/api/context.h"
#include "noahd/api/resources/resources.h"
#include "noahd/registry/kind.h"

/* A family with one value and no labels. */
static void tell(struct exposition *exposition, const char *name, enum metric_type type, const char *unit,
    const char *help, double value)
{
	const struct metric_family family = { name, type, unit, help };

	exposition_family(exposition, &family);
	exposition_value(exposition, NULL, value);
}

static void tell_build(struct exposition *exposition)
{
	static const struct metric_family family = { "noahd_build", METRIC_INFO, NULL, "Version of noahd." };
	static const struct metric_label labels[] = { { "version", VERSION }, { NULL, NULL } };

	exposition_family(exposition, &family);
	exposition_value(exposition, labels, 1);
}

static void tell_objects(const struct api *api, struct exposition *exposition)
{
	static const struct metric_family family = { "noahd_objects", METRIC_GAUGE, NULL, "Objects in the registry." };

	exposition_family(exposition, &family);
	for (const struct kind *const *kind = kind_listed; *kind; kind++) {
		const char *collection = (*kind)->collection;
		const struct metric_label labels[] = { { "kind", collection }, { NULL, NULL } };
		exposition_value(exposition, labels,
		    (double)registry_member_count(api->registry, collection, "", VERSION_APPLIED));
	}
}

static void tell_readers(const struct api *api, struct exposition *exposition)
{
	tell(exposition, "noahd_waiters", METRIC_GAUGE, NULL, "Reads that wait for a change (long polls).",
	    (double)long_polls_count(api->long_polls));
	tell(exposition, "noahd_streams", METRIC_GAUGE, NULL, "Event streams.", (double)events_stream_count(api->events));
}

static void tell_registry(const struct api *api, struct exposition *exposition)
{
	uint64_t revision = registry_revision(api->registry), oldest = events_oldest(api->events);

	tell(exposition, "noahd_revision", METRIC_GAUGE, NULL, "The registry's revision.", (double)revision);
	tell_objects(api, exposition);
	tell(exposition, "noahd_lifetimes_held", METRIC_GAUGE, NULL,
	    "Expired lifetimes that are held because too many ended at once.", (double)lifetimes_held(api->lifetimes));
	tell(exposition, "noahd_log_changes", METRIC_GAUGE, NULL, "Number of changes in the log.",
	    (double)(revision + 1 > oldest ? revision + 1 - oldest : 0));
	tell(exposition, "noahd_log_oldest_revision", METRIC_GAUGE, NULL, "Oldest revision in the log.", (double)oldest);
}

static void tell_status(const struct api_status *status, struct exposition *exposition)
{
	tell(exposition, "noahd_connections", METRIC_GAUGE, NULL, "Client connections.", (double)status->connections);
	tell(exposition, "noahd_requests_open", METRIC_GAUGE, NULL, "Requests not answered yet.", (double)status->requests);
	tell(exposition, "noahd_deliveries_pending", METRIC_GAUGE, NULL,
	    "Deliveries queued in memory; an endpoint that lags further behind is served from the log.",
	    (double)status->deliveries_pending);
	tell(exposition, "noahd_deliveries_acknowledged", METRIC_COUNTER, NULL, "Deliveries acknowledged by endpoints.",
	    (double)status->deliveries_acknowledged);
	tell(exposition, "noahd_deliveries_failed", METRIC_COUNTER, NULL, "Failed delivery attempts.",
	    (double)status->deliveries_failed);
}

/* Under the names that every program's are known by. */
static void tell_process(const struct api *api, struct exposition *exposition)
{
	struct process_stats process;

	process_stats_read(&process);
	tell(exposition, "process_resident_memory_bytes", METRIC_GAUGE, "bytes", "Resident memory.",
	    (double)process.resident_bytes);
	tell(exposition, "process_virtual_memory_bytes", METRIC_GAUGE, "bytes", "Virtual memory.",
	    (double)process.virtual_bytes);
	tell(exposition, "process_cpu_seconds", METRIC_COUNTER, "seconds", "CPU time.", process.cpu_seconds);
	tell(exposition, "process_open_fds", METRIC_GAUGE, NULL, "Open file descriptors.", (double)process.open_fds);
	tell(exposition, "process_max_fds", METRIC_GAUGE, NULL, "Maximum number of file descriptors.",
	    (double)process.open_fds_max);
	tell(exposition, "process_start_time_seconds", METRIC_GAUGE, "seconds", "Start time, since 1970.",
	    (double)api->started_ms / 1000);
}

static void answer_stats(struct http_call *call, enum exposition_form form, const char *content_type)
{
	const struct api *api = api_of(call);
	struct exposition *exposition = exposition_create(form, "noahd_");
	struct api_status status = { 0 };
	size_t size;

	api->options.read_status(&status, api->options.context);
	tell_build(exposition);
	tell_registry(api, exposition);
	metrics_tell(api->metrics, exposition);
	tell_readers(api, exposition);
	tell_status(&status, exposition);
	tell_process(api, exposition);
	char *stats = exposition_finish(exposition, &size);
	struct http_response *response = response_of_bytes(&api->history, stats, size, content_type);
	http_request_respond(call->request, 200, response);
	http_response_release(response);
}

void get_metrics(struct http_call *call)
{
	answer_stats(call, EXPOSITION_TEXT, EXPOSITION_TEXT_TYPE);
}

void get_stats(struct http_call *call)
{
	answer_stats(call, EXPOSITION_JSON, RESPONSE_JSON);
}
