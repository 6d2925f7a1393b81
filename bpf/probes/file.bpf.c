// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/* Opens: by system call, by io_uring, and what was open before. One record per process, path and access. */
#include "../include/name.bpf.h"
#include "../include/path.bpf.h"

#define IORING_OP_OPENAT 18
#define IORING_OP_OPENAT2 28

struct scratch {
	struct file_event ev;
	union {
		struct data data;
		char path[DATA_MAX + DATA_SLACK];
	};
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct scratch);
} scratch SEC(".maps");

/* Iterators can be preempted; the loader runs one at a time. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct scratch);
} iter_scratch SEC(".maps");

struct open {
	int dfd;
	u32 access;
	long ret;
	bool from_kernel; /* where the name lies */
	const char *name;
};

/* The directory that a relative path starts from; false when the descriptor tells nothing. */
static __always_inline bool base_of(struct task_struct *task, int dfd, struct path *at)
{
	struct file *dir;

	if (dfd == AT_FDCWD) {
		at->dentry = BPF_CORE_READ(task, fs, pwd.dentry);
		at->mnt = BPF_CORE_READ(task, fs, pwd.mnt);
		return at->dentry;
	}
	dir = file_of(task, dfd);
	at->dentry = BPF_CORE_READ(dir, f_path.dentry);
	at->mnt = BPF_CORE_READ(dir, f_path.mnt);
	return at->dentry;
}

/*
 * A Secret may be opened by a link in the image. Only what lies on another mount than the root is said twice: what
 * configuration mounts does.
 */
static __always_inline void append_real(struct scratch *s, struct chain *c, int fd)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct file *file = file_of(task, fd);
	struct vfsmount *mnt = BPF_CORE_READ(file, f_path.mnt);

	if (mnt && mnt != BPF_CORE_READ(task, fs, root.mnt))
		s->ev.real = append_file(&s->data, c, file, task);
}

/* `fd`: what the open returned, negative where that is no descriptor. */
static __noinline int report(struct scratch *s, struct path *base, u32 n, int fd)
{
	struct file_event *ev = &s->ev;
	struct chain c = { .off = n };

	ev->path = (struct blob){ .len = n, .form = FORM_STRING };
	ev->dir = (struct blob){};
	ev->real = (struct blob){};
	if (n >= PATH_MAX)
		ev->h.flags |= EVF_TRUNCATED;
	if (s->path[0] != '/') {
		if (base->dentry)
			ev->dir = append_path(&s->data, &c, base->dentry, base->mnt, (void *)bpf_get_current_task());
		else
			ev->h.flags |= EVF_UNRESOLVED;
	}
	if (fd >= 0)
		append_real(s, &c, fd);
	if (c.truncated)
		ev->h.flags |= EVF_TRUNCATED;
	u32 off = c.off;
	asm volatile("" : "+r"(off));
	if (off > sizeof(s->path))
		return 0;
	return send(NULL, &ev->h, sizeof(*ev) + off, SIG_FILE);
}

static __always_inline int on_open(struct task_struct *task, const struct open *o)
{
	struct actor a = actor_of(task);
	struct path base = {};
	struct scratch *s;
	struct subject *sub;
	u32 zero = 0;
	u64 now, what, id;
	long n;

	s = bpf_map_lookup_elem(&scratch, &zero);
	if (!s || !in_scope(task, &a))
		return 0;
	now = bpf_ktime_get_boot_ns();
	n = o->from_kernel ? bpf_probe_read_kernel_str(s->path, PATH_MAX, o->name) :
			     bpf_probe_read_user_str(s->path, PATH_MAX, o->name);
	if (n <= 1) {
		/* An empty name or a bad pointer opened nothing; anything else was missed. */
		if (o->ret >= 0)
			account_unread(a.cg, SIG_FILE, now);
		return 0;
	}
	what = mix(hash_path(s->path, n), o->access);
	if (s->path[0] != '/') {
		/* The directory's identity: the walk to its name is for first-seen ones only. */
		base_of(task, o->dfd, &base);
		what = mix(mix(what, (u64)base.dentry), BPF_CORE_READ(base.dentry, d_inode, i_ino));
	}
	sub = subject_of(&a, what, &id, SIG_FILE, now);
	if (!sub)
		return 0;
	add(&sub->count, 1);
	if (o->ret < 0)
		add(&sub->errors, 1);
	sub->last = now;
	if (!claim(sub))
		return 0;
	fill(&s->ev.h, EV_FILE, &a, now);
	s->ev.h.errnum = o->ret < 0 ? -o->ret : 0;
	s->ev.id = id;
	s->ev.access = o->access;
	if (!report(s, &base, n & (2 * PATH_MAX - 1), o->from_kernel ? -1 : o->ret))
		unclaim(sub);
	return 0;
}

/* At the exit the kernel has read the name: its pages are resident, and what is read is what was opened. */
SEC("tp_btf/sys_exit")
int BPF_PROG(file_open, struct pt_regs *regs, long ret)
{
	long nr = EXIT_NR(regs);
	struct open o = { .ret = ret };
	struct task_struct *task;
	u64 flags;

	if (nr == NR_OPENAT) {
		o.dfd = (int)EXIT_ARG0(regs);
		o.name = (void *)EXIT_ARG1(regs);
		flags = EXIT_ARG2(regs);
	} else if (nr == NR_OPENAT2) {
		o.dfd = (int)EXIT_ARG0(regs);
		o.name = (void *)EXIT_ARG1(regs);
		if (bpf_probe_read_user(&flags, sizeof(flags), (void *)EXIT_ARG2(regs)))
			flags = 0;
	} else if (nr == NR_OPEN || nr == NR_CREAT) {
		o.dfd = AT_FDCWD;
		o.name = (void *)EXIT_ARG0(regs);
		flags = nr == NR_CREAT ? 1 : EXIT_ARG1(regs);
	} else {
		return 0;
	}
	task = bpf_get_current_task_btf();
	if (compat_call(task))
		return 0;
	o.access = access_of(flags);
	return on_open(task, &o);
}

/* The result of a submission is not known here: it is counted as an open that worked. */
static __always_inline int on_submit(void *req)
{
	u8 opcode = BPF_CORE_READ((struct io_kiocb *)req, opcode);
	struct io_open *io = req; /* io_cmd_data lies first in the request */
	struct open o = { .from_kernel = true };

	if (opcode != IORING_OP_OPENAT && opcode != IORING_OP_OPENAT2)
		return 0;
	o.dfd = BPF_CORE_READ(io, dfd);
	o.name = BPF_CORE_READ(io, filename, name);
	o.access = access_of(BPF_CORE_READ(io, how.flags));
	return on_open(bpf_get_current_task_btf(), &o);
}

SEC("tp_btf/io_uring_submit_req")
int BPF_PROG(file_uring, void *req)
{
	return on_submit(req);
}

/* So called before 6.3; before 6.0 with other arguments and no io_cmd_data. */
SEC("tp_btf/io_uring_submit_sqe")
int BPF_PROG(file_uring__alt, void *req)
{
	return bpf_core_type_exists(struct io_cmd_data) ? on_submit(req) : 0;
}

SEC("iter/task_file")
int file_existing(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct scratch *s;
	struct subject *sub;
	struct actor a;
	u32 zero = 0, kind;
	u64 now, id;
	long n;

	if (!task || !file || !file->f_inode)
		return 0;
	kind = file->f_inode->i_mode & 0170000;
	if (kind != 0100000 && kind != 0040000 && kind != 0020000 && kind != 0060000)
		return 0; /* sockets, pipes and anonymous inodes have no path */
	a = actor_of(task);
	s = bpf_map_lookup_elem(&iter_scratch, &zero);
	if (!s || !in_fresh_scope(task, &a))
		return 0;
	n = bpf_d_path(&file->f_path, s->path, PATH_MAX);
	if (n <= 1 || n > PATH_MAX || s->path[0] != '/')
		return 0;
	now = bpf_ktime_get_boot_ns();
	s->ev.access = access_of(file->f_flags);
	sub = subject_of(&a, mix(hash_path(s->path, n), s->ev.access), &id, SIG_FILE, now);
	if (!sub || !claim(sub))
		return 0;
	fill(&s->ev.h, EV_FILE, &a, now);
	s->ev.h.flags = EVF_EXISTING;
	s->ev.id = id;
	s->ev.dir = (struct blob){};
	s->ev.real = (struct blob){};
	s->ev.path = (struct blob){ .len = n, .form = FORM_STRING };
	if (send(ctx->meta->seq, &s->ev.h, sizeof(s->ev) + (n & (2 * PATH_MAX - 1)), SIG_FILE))
		add(&sub->count, 1);
	else
		unclaim(sub);
	return 0;
}
