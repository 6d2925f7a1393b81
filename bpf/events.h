/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * What the probes hand to the loader: ring (and iterator) records, and the values of the maps that it reads.
 * The stream that the loader makes of them is src/model/wire.ts; WIRE_VERSION is that file's.
 */
#ifndef AI_SPM_EVENTS_H
#define AI_SPM_EVENTS_H

#define WIRE_VERSION 1

#define COMM_LEN 16
#define ARGV_MAX 4096
/* Names and paths of one record. Appending stops at DATA_MAX; the slack is one longest append. */
#define DATA_MAX 8192
#define DATA_SLACK 4096
#define IGNORE_MAX 8
#define SYSCALL_WORDS 8 /* 512 system calls: x86-64 and arm64 stand at 470 */

/* In the order of SIGNALS in src/model/kinds.ts. */
enum signal {
	SIG_PROCESS,
	SIG_FILE,
	SIG_MAPPING,
	SIG_NETWORK,
	SIG_SYSCALL,
	SIG_TLS, /* from here on: what applications say */
	SIG_PLAINTEXT,
	SIG_STDIO,
	SIG_DNS,
	SIGNALS
};

enum event_type {
	EV_PROCESS = 1,
	EV_FILE,
	EV_MAPPING,
	EV_CONNECT,
	EV_CGROUP,
	EV_CGROUP_GONE,
	EV_STREAM, /* these three in the ring of payloads */
	EV_PAYLOAD,
	EV_STREAM_END,
};
enum process_ev { PROC_EXISTS, PROC_FORK, PROC_EXEC, PROC_EXIT };
enum access { ACCESS_R, ACCESS_W, ACCESS_RW, ACCESS_X };
enum phase { PHASE_RUN, PHASE_INIT };
/* CARRIERS in src/model/wire.ts. */
enum via { VIA_OPENSSL, VIA_BORINGSSL, VIA_GNUTLS, VIA_GO, VIA_SOCKET, VIA_PIPE, VIA_UNIX, VIA_DNS };
enum dir { DIR_IN, DIR_OUT };
enum role { ROLE_UNKNOWN, ROLE_CLIENT, ROLE_SERVER };

/* Values of the scope maps. */
#define SCOPE_FRESH 1 /* added by the loader; what is there already is yet to be reported */
#define SCOPE_SETTLED 2

/* struct event.flags */
#define EVF_EXISTING 1
#define EVF_TRUNCATED 2
#define EVF_UNRESOLVED 4
#define EVF_INIT 8 /* the container runtime's own process */
#define EVF_EXEC 16 /* the mapping is executable */

/* How the bytes of one path lie in a record's data. */
enum form {
	FORM_NONE,
	FORM_STRING, /* as the program or bpf_d_path gave it */
	FORM_CHAIN, /* NUL-terminated names, deepest first, as the dentry walk met them */
};

struct blob {
	__u16 len;
	__u16 form;
};

struct event {
	__u32 len; /* of the whole record */
	__u16 type;
	__u16 flags;
	__u64 at; /* ns, CLOCK_BOOTTIME */
	__u64 cg;
	__u64 start; /* of the thread-group leader, ns of CLOCK_BOOTTIME */
	__u32 pid; /* thread group */
	__u32 errnum;
};

struct process_event {
	struct event h;
	__u64 pstart;
	__u64 caps;
	__u32 ppid;
	__u32 uid;
	__u32 mntns;
	__u32 netns;
	__u32 pidns;
	__u16 seccomp;
	__u16 ev;
	char comm[COMM_LEN];
	struct blob exe, cwd, argv, unused;
};

struct file_event {
	struct event h;
	__u64 id;
	__u32 access;
	struct blob dir, path;
	struct blob real; /* where symbolic links led, of a file that lies on a volume */
};

struct mapping_event {
	struct event h;
	__u64 id;
	__u64 ino;
	__u64 size;
	__u32 dev;
	struct blob path;
};

struct connect_event {
	struct event h;
	__u64 id;
	__u8 addr[16]; /* IPv4 as ::ffff:a.b.c.d */
	__u16 port;
	__u16 proto;
	__u32 unused;
};

/* What a stream is. Zero: not known, or does not apply. */
struct stream_event {
	struct event h;
	__u64 stream;
	__u64 ino, peer_ino, stdin_ino;
	__u64 image; /* inode */
	__u8 addr[16]; /* as above */
	__u16 port;
	__u8 proto;
	__u8 role;
	__u8 via;
	__u8 unused[3];
	__s32 fd; /* that was written to; -1: does not apply */
	__u32 unused2;
};

/* `have` bytes follow: the first of the `len` that this record stands for. */
struct payload_event {
	struct event h;
	__u64 stream;
	__u64 off;
	__u32 len;
	__u32 have;
	__u32 dir;
	__u32 unused;
};

struct stream_end_event {
	struct event h;
	__u64 stream;
	__u64 bytes[2]; /* by direction, since it was first seen */
};

/* A stream's entry in the map; see include/payload.bpf.h. */
struct stream {
	struct stream_event opened; /* goes out before the first payload */
	__u64 bytes[2]; /* by direction: the next one's offset */
	__u64 held[2]; /* of those, moved without a record as yet */
	__u64 held_at; /* ns of the last record that told only lengths */
	__u32 announced;
	__u32 unused;
};

struct cgroup_event {
	struct event h;
	struct blob path;
	__u32 unused;
};

/* What a process did with one subject (a path, a mapped file, a peer). Cumulative. */
struct subject {
	__u64 count, errors, tx, rx;
	__u64 first, last; /* ns, CLOCK_BOOTTIME */
	__u64 cg, start;
	__u32 pid;
	__u32 emitted;
};

struct syscall_key {
	__u64 cg, start;
	__u32 pid;
	__u32 phase;
};

struct syscall_set {
	__u64 bits[SYSCALL_WORDS];
	__u64 first, last;
};

struct cover_key {
	__u64 cg;
	__u64 signal;
};

/* attempted = delivered + lost, of records; see coverage in wire.ts. */
struct cover {
	__u64 attempted, delivered, lost, truncated, collapsed;
	__u64 last;
};

/* Constant while a run lasts, so that the verifier drops what is switched off. */
struct config {
	__u32 ignore[IGNORE_MAX]; /* thread groups: the sensor, its parent */
	__u32 scoped; /* capture only what scope_cgroups or scope_pids names */
	__u32 cgroup_v1; /* ids are those of the memory controller's hierarchy */
	__u64 wake_bytes; /* ring fill that wakes the reader */
	__u64 payload_ring; /* size of the ring of payloads */
	__u32 payload_max; /* bytes captured of one call */
	__u32 wake_code; /* an executable mapping wakes the reader: probes may have to go there soon */
	__u64 seed; /* of the subject hash, so that nobody can aim for a collision */
};

#endif
