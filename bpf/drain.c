// SPDX-License-Identifier: Apache-2.0
/* Records from the ring buffers and from the iterators. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "emit.h"
#include "ring.h"

/* Payloads come faster than any reader may take them: after so many bytes the others have their turn. */
#define TURN_BYTES (4 << 20)

static struct ring *ring, *payloads;
static size_t turn;
static bool came;

static bool on_record(const void *data, size_t size)
{
	const struct event *e = data;

	came = true;
	if (size >= sizeof(*e))
		emit_event(e, e->len < size ? e->len : size);
	return true;
}

static bool on_payload(const void *data, size_t size)
{
	on_record(data, size);
	turn += size;
	return turn <= TURN_BYTES;
}

int drain_open(void)
{
	ring = ring_open(shared.events, opt.ring_bytes, on_record);
	if (ring && shared.payloads >= 0)
		payloads = ring_open(shared.payloads, opt.payload_bytes, on_payload);
	return ring && (payloads || shared.payloads < 0) ? 0 : errno;
}

int drain_fd(void)
{
	return ring_fd(ring);
}

int drain_payload_fd(void)
{
	return payloads ? ring_fd(payloads) : -1;
}

bool drain_events(void)
{
	came = false;
	ring_read(ring);
	return came;
}

bool drain_rings(void)
{
	drain_events();
	turn = 0;
	return payloads && !ring_read(payloads);
}

/* The kernel hands out pages of records; one may lie across two reads. */
static void run(const struct program *p)
{
	static _Alignas(8) char buffer[128 * 1024];
	size_t have = 0, at;
	ssize_t n;
	int fd = bpf_iter_create(bpf_link__fd(p->link));

	if (fd < 0) {
		emit_log("error", "%s: %s", p->name, strerror(errno));
		return;
	}
	while ((n = read(fd, buffer + have, sizeof(buffer) - have)) > 0 || (n < 0 && errno == EAGAIN)) {
		have += n > 0 ? n : 0;
		for (at = 0; have - at >= sizeof(struct event); ) {
			const struct event *e = (const void *)(buffer + at);

			if (e->len < sizeof(*e) || e->len > have - at)
				break;
			emit_event(e, e->len);
			at += e->len;
		}
		memmove(buffer, buffer + at, have - at);
		have -= at;
		drain_rings();
	}
	if (n < 0)
		emit_log("error", "%s: %s", p->name, strerror(errno));
	close(fd);
}

void drain_iterators(void)
{
	for (int i = 0; i < SIGNALS; i++)
		for (int j = 0; j < families[i].count; j++)
			if (families[i].programs[j].iterator && families[i].programs[j].failed == STAGE_NONE)
				run(&families[i].programs[j]);
}
