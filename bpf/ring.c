// SPDX-License-Identifier: Apache-2.0
/* The layout is the kernel's (kernel/bpf/ringbuf.c): a page of the reader's, a page of the writers', the data twice. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/bpf.h>

#include "ring.h"

/* What is mapped of the data's second time: a record that goes over the end is whole in it. None is longer. */
#define RECORD_MAX 65536

struct ring {
	int epoll;
	ring_record record;
	uint64_t *consumer;
	const uint64_t *producer;
	const char *data;
	size_t mask;
};

static bool map_pages(struct ring *ring, int map, size_t bytes)
{
	size_t page = sysconf(_SC_PAGESIZE);
	size_t more = bytes < RECORD_MAX ? bytes : RECORD_MAX;
	void *writers;

	ring->consumer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	if (ring->consumer == MAP_FAILED)
		return false;
	writers = mmap(NULL, page + bytes + more, PROT_READ, MAP_SHARED, map, page);
	if (writers == MAP_FAILED)
		return false;
	ring->producer = writers;
	ring->data = (const char *)writers + page;
	ring->mask = bytes - 1;
	return true;
}

/* What was mapped of a ring that fails goes with the process, which cannot start without it. */
struct ring *ring_open(int map, size_t bytes, ring_record record)
{
	struct epoll_event in = { .events = EPOLLIN };
	struct ring *ring = calloc(1, sizeof(*ring));

	if (!ring || !map_pages(ring, map, bytes))
		return NULL;
	ring->record = record;
	ring->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (ring->epoll < 0 || epoll_ctl(ring->epoll, EPOLL_CTL_ADD, map, &in))
		return NULL;
	return ring;
}

int ring_fd(const struct ring *ring)
{
	return ring->epoll;
}

/* Of a record with its header: records begin at multiples of eight. */
static uint64_t step(uint32_t size)
{
	return ((uint64_t)size + BPF_RINGBUF_HDR_SZ + 7) & ~7ULL;
}

/* What comes meanwhile is for the next time: writers that are faster than the reader would keep it here for ever. */
bool ring_read(struct ring *ring)
{
	uint64_t at = __atomic_load_n(ring->consumer, __ATOMIC_ACQUIRE);
	uint64_t end = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);
	bool more = true;

	while (more && at < end) {
		const uint32_t *head = (const uint32_t *)(ring->data + (at & ring->mask));
		uint32_t len = __atomic_load_n(head, __ATOMIC_ACQUIRE);
		uint32_t size = len & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);

		if (len & BPF_RINGBUF_BUSY_BIT) /* still being written, and those behind it wait */
			break;
		if (!(len & BPF_RINGBUF_DISCARD_BIT) && size <= RECORD_MAX - BPF_RINGBUF_HDR_SZ)
			more = ring->record((const char *)head + BPF_RINGBUF_HDR_SZ, size);
		at += step(size);
		__atomic_store_n(ring->consumer, at, __ATOMIC_RELEASE);
	}
	return more;
}
