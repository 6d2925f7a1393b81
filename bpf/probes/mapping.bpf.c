// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/* Files in memory: mapped by mmap, by exec (program and interpreter), and before the sensor came. */
#include "../include/path.bpf.h"
#include "../include/subject.bpf.h"

#define PATH_MAX 4096
#define PROT_EXEC 4
#define VM_EXEC 4
#define MAP_ANONYMOUS 0x20
#define S_IFMT 0170000
#define S_IFREG 0100000
#define AT_BASE 7
#define AUXV_PAIRS 24

struct scratch {
	struct mapping_event ev;
	struct data data;
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

/* kernel dev_t (major << 20 | minor) to stat()'s encoding, so that both sides can compare. */
static __always_inline u32 user_dev(u32 dev)
{
	u32 major = dev >> 20, minor = dev & 0xfffff;

	return (minor & 0xff) | (major << 8) | ((minor & ~0xffU) << 12);
}

struct mapped {
	u64 ino, size;
	u32 dev, generation;
	bool exec;
};

/* False for what has no file of its own to speak of: devices, shared anonymous memory. */
static __always_inline bool describe(struct mapped *m, struct file *file, bool exec)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);

	if ((BPF_CORE_READ(inode, i_mode) & S_IFMT) != S_IFREG)
		return false;
	m->ino = BPF_CORE_READ(inode, i_ino);
	m->generation = BPF_CORE_READ(inode, i_generation);
	m->size = BPF_CORE_READ(inode, i_size);
	m->dev = user_dev(BPF_CORE_READ(inode, i_sb, s_dev));
	m->exec = exec;
	return true;
}

/* With the generation: the inode number of a model that was replaced is often the new one's at once. */
static __always_inline u64 what_of(const struct mapped *m)
{
	return mix(mix(mix(0, m->ino), m->dev), (u64)m->generation << 1 | m->exec);
}

static __always_inline void begin(struct mapping_event *ev, const struct mapped *m, const struct actor *a, u64 id,
				  u64 now)
{
	fill(&ev->h, EV_MAPPING, a, now);
	if (m->exec)
		ev->h.flags |= EVF_EXEC;
	ev->id = id;
	ev->ino = m->ino;
	ev->size = m->size > (1ULL << 53) ? 0 : m->size;
	ev->dev = m->dev;
}

static __noinline int on_map(struct task_struct *task, struct file *file, bool exec)
{
	struct actor a = actor_of(task);
	struct chain c = {};
	struct mapped m;
	struct subject *sub;
	struct scratch *s;
	u32 zero = 0, off;
	u64 now, id;

	s = bpf_map_lookup_elem(&scratch, &zero);
	if (!s || !in_scope(task, &a) || !describe(&m, file, exec))
		return 0;
	now = bpf_ktime_get_boot_ns();
	sub = subject_of(&a, what_of(&m), &id, SIG_MAPPING, now);
	if (!sub)
		return 0;
	add(&sub->count, 1);
	sub->last = now;
	if (!claim(sub))
		return 0;
	begin(&s->ev, &m, &a, id, now);
	s->ev.path = append_file(&s->data, &c, file, task);
	if (c.truncated)
		s->ev.h.flags |= EVF_TRUNCATED;
	off = c.off;
	asm volatile("" : "+r"(off));
	if (off > sizeof(s->data) || !send(NULL, &s->ev.h, sizeof(s->ev) + off, SIG_MAPPING))
		unclaim(sub);
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(mapping_mmap, struct pt_regs *regs, long ret)
{
	struct task_struct *task;
	struct file *file;

	if (EXIT_NR(regs) != NR_MMAP || (ret < 0 && ret >= -4095) || EXIT_ARG3(regs) & MAP_ANONYMOUS)
		return 0;
	task = bpf_get_current_task_btf();
	if (compat_call(task))
		return 0;
	file = file_of(task, (int)EXIT_ARG4(regs));
	if (file)
		on_map(task, file, EXIT_ARG2(regs) & PROT_EXEC);
	return 0;
}

/* What execve itself maps passes no system call of the new program: the executable … */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(mapping_exec, struct task_struct *task)
{
	struct file *exe = BPF_CORE_READ(task, mm, exe_file);

	if (exe)
		on_map(task, exe, true);
	return 0;
}

static long on_interpreter(struct task_struct *task, struct vm_area_struct *vma, void *context)
{
	struct file *file = vma->vm_file;

	if (file)
		on_map(bpf_get_current_task_btf(), file, true);
	return 0;
}

/* … and its interpreter, where AT_BASE points to. bpf_find_vma: Linux 5.17 (7c7e3d31e785). */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(mapping_interpreter, struct task_struct *task)
{
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	unsigned long pair[2];

	for (int i = 0; i < AUXV_PAIRS; i++) {
		bpf_probe_read_kernel(pair, sizeof(pair), (void *)mm +
				      bpf_core_field_offset(struct mm_struct, saved_auxv) + i * sizeof(pair));
		if (pair[0] == AT_BASE) {
			bpf_find_vma(task, pair[1], on_interpreter, NULL, 0);
			break;
		}
	}
	return 0;
}

SEC("iter/task_vma")
int mapping_existing(struct bpf_iter__task_vma *ctx)
{
	struct task_struct *task = ctx->task;
	struct vm_area_struct *vma = ctx->vma;
	struct subject *sub;
	struct scratch *s;
	struct mapped m;
	struct actor a;
	u32 zero = 0;
	u64 now, id;
	long n;

	if (!task || !vma || !vma->vm_file)
		return 0;
	a = actor_of(task);
	s = bpf_map_lookup_elem(&iter_scratch, &zero);
	if (!s || !in_fresh_scope(task, &a) || !describe(&m, vma->vm_file, vma->vm_flags & VM_EXEC))
		return 0;
	now = bpf_ktime_get_boot_ns();
	sub = subject_of(&a, what_of(&m), &id, SIG_MAPPING, now);
	if (!sub || !claim(sub))
		return 0;
	n = bpf_d_path(&vma->vm_file->f_path, s->data.bytes, PATH_MAX);
	if (n <= 1 || n > PATH_MAX) {
		unclaim(sub);
		return 0;
	}
	begin(&s->ev, &m, &a, id, now);
	s->ev.h.flags |= EVF_EXISTING;
	s->ev.path = (struct blob){ .len = n, .form = FORM_STRING };
	if (send(ctx->meta->seq, &s->ev.h, sizeof(s->ev) + (n & (2 * PATH_MAX - 1)), SIG_MAPPING))
		add(&sub->count, 1);
	else
		unclaim(sub);
	return 0;
}
