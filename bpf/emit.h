/* SPDX-License-Identifier: Apache-2.0 */
/* The records of src/model/wire.ts, one function each. */
#ifndef AI_SPM_EMIT_H
#define AI_SPM_EMIT_H

#include "sensor.h"

enum reply_more { REPLY_ALL, REPLY_MORE };

void emit_header(void);
void emit_event(const struct event *e, size_t len);
void emit_said(const struct event *e, size_t len); /* emit-said.c */
void emit_cgroup(uint64_t id, const char *path);
void emit_cgroup_gone(uint64_t id);
void emit_count(uint64_t id, const struct subject *s);
void emit_syscalls(const struct syscall_key *key, const struct syscall_set *set);
void emit_coverage(const struct cover_key *key, const struct cover *c);
void emit_checkpoint(uint64_t seq);
void emit_reply(uint32_t req, int errnum, const void *data, size_t len, enum reply_more more);
void emit_log(const char *level, const char *format, ...) __attribute__((format(printf, 2, 3)));
void emit_trailer(const char *reason);
void emit_cost(const char *key); /* cost.c */

/* Fields that several records have. */
void put_actor(const struct event *e);
void put_peer(const unsigned char *addr, uint32_t port, uint32_t proto);

extern const char *const signal_names[SIGNALS];

/* paths.c: the text of a path, as it lies in a record's data. Both cut at 4095 bytes and say so. */
size_t path_string(const char *data, struct blob blob, char *text, bool *cut);
size_t path_joined(const char *data, struct blob dir, struct blob path, char *text, bool *cut);

#endif
