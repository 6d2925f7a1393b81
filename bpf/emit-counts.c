// SPDX-License-Identifier: Apache-2.0
/* What maps hold, as records. */
#include "emit.h"
#include "text.h"

void emit_count(uint64_t id, const struct subject *s)
{
	line_begin("count");
	put_hex("id", id);
	put_u64("count", s->count);
	put_u64("errors", s->errors);
	if (s->tx || s->rx) {
		put_u64("tx", s->tx);
		put_u64("rx", s->rx);
	}
	put_u64("first", s->first / 1000);
	put_u64("last", s->last / 1000);
	line_end();
}

void emit_syscalls(const struct syscall_key *key, const struct syscall_set *set)
{
	cgroups_name(key->cg);
	line_begin("syscalls");
	put_dec("cg", key->cg);
	put_u64("pid", key->pid);
	put_dec("start", key->start);
	put_u64("at", set->last / 1000);
	put_str("phase", key->phase == PHASE_INIT ? "init" : "run");
	put_open("nrs", '[');
	for (int nr = 0; nr < SYSCALL_WORDS * 64; nr++)
		if (set->bits[nr / 64] >> (nr % 64) & 1)
			put_u64(NULL, nr);
	put_close(']');
	line_end();
}

void emit_coverage(const struct cover_key *key, const struct cover *c)
{
	if (key->cg)
		cgroups_name(key->cg);
	line_begin("coverage");
	put_dec("cg", key->cg);
	put_str("signal", signal_names[key->signal % SIGNALS]);
	put_u64("attempted", c->attempted);
	put_u64("delivered", c->delivered);
	put_u64("lost", c->lost);
	put_u64("truncated", c->truncated);
	put_u64("collapsed", c->collapsed);
	line_end();
}
