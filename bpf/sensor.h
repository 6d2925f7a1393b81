/* SPDX-License-Identifier: Apache-2.0 */
/* The loader's own state and what its parts call of each other. */
#ifndef AI_SPM_SENSOR_H
#define AI_SPM_SENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/types.h>

#include "events.h"

#define VERSION "0.1.0"
#define PROGRAMS_MAX 16
#define TREES_MAX 64

struct options {
	bool wanted[SIGNALS];
	bool now, check, cgroup_only, debug;
	enum stats { STATS_SAMPLED, STATS_ALWAYS, STATS_OFF } stats;
	const char *hierarchy; /* "v1", "v2" or NULL: whichever is there */
	const char *refuse; /* programs to have refused, for tests */
	uint32_t trees[TREES_MAX]; /* roots of process trees */
	int tree_count;
	uint32_t ignore[IGNORE_MAX];
	int ignored;
	uint32_t checkpoint_ms;
	uint32_t ring_bytes, payload_bytes; /* of the two rings */
	uint32_t max_payload, max_streams;
	uint32_t max_subjects, max_folded, max_syscall_sets, max_coverage;
};
extern struct options opt;
int options_parse(int argc, char **argv);
bool refused(const char *program);

/* Clocks, ns. */
uint64_t boot_ns(void);
uint64_t wall_ns(void);

/* families.c: open, load and attach, program by program. */
enum stage { STAGE_NONE, STAGE_OPEN, STAGE_LOAD, STAGE_ATTACH, STAGE_SKIPPED };
struct program {
	char name[64];
	char hook[128];
	enum stage failed; /* STAGE_NONE: attached */
	int err; /* positive errno */
	const char *why;
	bool iterator;
	int fd;
	struct bpf_link *link;
	uint64_t seen_ns, seen_cnt; /* as the kernel counts, while its statistics are on */
	double run_ns, run_cnt; /* scaled to the whole time */
};
struct family {
	const char *name;
	const void *(*elf)(size_t *size);
	struct bpf_object *obj;
	struct program programs[PROGRAMS_MAX];
	int count;
	uint64_t attached_at; /* ns; 0: nothing attached */
};
extern struct family families[SIGNALS];
void families_load(void);
void families_detach(void);
int family_detach(uint32_t signal); /* 0 or a positive errno */
bool program_attached(enum signal signal, const char *name);
/* The descriptor of a family's map, -1 where the family is not loaded. */
int family_map(enum signal signal, const char *name);

/* dispatch.c: one program for the exits of all system calls. */
extern struct program dispatch;
bool dispatch_to(const char *program, int fd);
void dispatch_none(const char *program); /* undoes it */
void dispatch_detach(void);

/* hooks.c: is there no such tracepoint, as a program's section names it? */
bool hook_missing(const char *section);

/* maps.c: the maps that all families share. */
struct shared_maps {
	int events, coverage, scope_cgroups, scope_pids, scope_generation;
	int payloads, streams, stream_limits; /* -1 where no family wants them */
};
extern struct shared_maps shared;
int maps_create(void);
int maps_prepare(struct bpf_object *obj);
int stream_mode(uint64_t id, uint32_t max);

/* scope.c: which cgroups and processes are captured. */
int scope_start(void);
int scope_cgroup(uint64_t id, bool add);
bool scope_is_fresh(void); /* cgroups were added whose processes the iterators have not shown */
void scope_settle(void); /* they have */

/* cgroups.c: ids to paths. */
int cgroups_open(void);
bool cgroups_v1(void);
void cgroups_name(uint64_t id); /* writes the cgroup record before the id's first use */
void cgroups_made(uint64_t id, const char *path); /* the kernel says so */
void cgroups_existing(void); /* names all that there are */
void cgroups_gone(uint64_t id);
bool cgroups_is_gone(uint64_t id);
void cgroups_flush_gone(void);
int cgroups_path(uint64_t id, char *path, size_t size);
const char *cgroups_mount(void);

/* drain.c: the rings and the iterators. */
int drain_open(void);
int drain_fd(void);
int drain_payload_fd(void); /* -1: there is no such ring */
bool drain_events(void); /* all but payloads */
bool drain_rings(void); /* true: more payloads wait than one turn takes */
void drain_iterators(void);

/* sweep.c: counts, read without being destroyed. */
void sweep_exited(uint32_t pid, uint64_t start);
bool sweep_due(void);
void sweep_seen(void); /* a first-seen record came: one more map entry */
void checkpoint(void); /* all counts that changed, coverage, and the line that ends the batch */

/* commands.c: fixed-size blocks on standard input. */
enum command_result { CMD_NONE, CMD_STOP, CMD_EOF, CMD_BAD };
enum command_result commands_read(void);

/* remote.c: bounded reads of what another process sees. Return 0 or a positive errno. */
int remote_read(uint32_t pid, uint64_t start, const char *path, uint32_t max, uint32_t req);
int remote_list(uint32_t pid, uint64_t start, const char *path, uint32_t max, uint32_t req);
int remote_open(uint32_t pid, uint64_t start, const char *path);
bool same_process(uint32_t pid, uint64_t start);

/* images.c: probes on executables and libraries, by command. */
struct image_request;
void helpers_start(void);
void images_attach(const struct image_request *r);
void images_detach(const struct image_request *r);
int images_fd(void); /* -1: nothing is awaited */
bool images_busy(void); /* no more commands for now */
void images_found(void);
void images_close(void);

/* uprobes.c */
struct bpf_program;
bool uprobes_prepare(struct bpf_program *prog);
bool uprobes_multi(void); /* one link takes many places */

/* stats.c: run-time statistics of the programs. */
void stats_start(void);
void stats_begin(void);
void stats_times(uint64_t *measured, uint64_t *elapsed);

/* privileges.c. Return 0 or a positive errno. */
int privileges_drop(void);
int privileges_drop_all(void);
int privileges_keep_stats(void);

#endif
