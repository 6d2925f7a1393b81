/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/* Numbers of system calls, and whose exits they are: for the probes, and for the loader that hands them out. */
#ifndef AI_SPM_CALLS_H
#define AI_SPM_CALLS_H

#if defined(__TARGET_ARCH_x86) || defined(__x86_64__)
#define NR_WRITE 1
#define NR_MMAP 9
#define NR_WRITEV 20
#define NR_CONNECT 42
#define NR_SENDTO 44
#define NR_SENDMSG 46
#define NR_SENDMMSG 307
#define NR_OPEN 2
#define NR_CREAT 85
#define NR_OPENAT 257
#elif defined(__TARGET_ARCH_arm64) || defined(__aarch64__)
#define NR_WRITE 64
#define NR_WRITEV 66
#define NR_MMAP 222
#define NR_CONNECT 203
#define NR_SENDTO 206
#define NR_SENDMSG 211
#define NR_SENDMMSG 269
#define NR_OPEN -2 /* arm64 never had them */
#define NR_CREAT -3
#define NR_OPENAT 56
#endif
#define NR_OPENAT2 437

/* No number is as large on either architecture. */
#define CALLS_MAX 512

#define OPEN_CALLS NR_OPEN, NR_CREAT, NR_OPENAT, NR_OPENAT2
#define MAP_CALLS NR_MMAP
#define WRITE_CALLS NR_WRITE, NR_WRITEV
#define PEER_CALLS NR_CONNECT, NR_SENDTO, NR_SENDMSG, NR_SENDMMSG

#endif
