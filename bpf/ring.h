/* SPDX-License-Identifier: Apache-2.0 */
/* Reading of a BPF ring buffer. libbpf maps its data twice over, and each page that is mapped counts as resident. */
#ifndef AI_SPM_RING_H
#define AI_SPM_RING_H

#include <stdbool.h>
#include <stddef.h>

struct ring;
/* Returns true to go on with the next record. */
typedef bool (*ring_record)(const void *data, size_t size);

/* `bytes`: its size, as it was made. NULL with errno. */
struct ring *ring_open(int map, size_t bytes, ring_record record);
/* To be polled: readable once the kernel side has called for a reader, not already when there is something. */
int ring_fd(const struct ring *ring);
/* All records that are there. False: `record` wanted no more. */
bool ring_read(struct ring *ring);

#endif
