/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/* Numbers of system calls, and whose exits they are: for the probes, and for the loader that hands them out. */
#ifndef AI_SPM_CALLS_H
#define AI_SPM_CALLS_H

#if defined(__TARGET_ARCH_x86) || defined(__x86_64__)
#define NR_READ 0
#define NR_WRITE 1
#define NR_MMAP 9
#define NR_READV 19
#define NR_WRITEV 20
#define NR_SENDFILE 40
#define NR_CONNECT 42
#define NR_SENDTO 44
#define NR_RECVFROM 45
#define NR_SENDMSG 46
#define NR_RECVMSG 47
#define NR_SPLICE 275
#define NR_TEE 276
#define NR_VMSPLICE 278
#define NR_RECVMMSG 299
#define NR_SENDMMSG 307
#define NR_PREADV2 327
#define NR_PWRITEV2 328
#define NR_OPEN 2
#define NR_CREAT 85
#define NR_OPENAT 257
#elif defined(__TARGET_ARCH_arm64) || defined(__aarch64__)
#define NR_READ 63
#define NR_WRITE 64
#define NR_READV 65
#define NR_WRITEV 66
#define NR_SENDFILE 71
#define NR_VMSPLICE 75
#define NR_SPLICE 76
#define NR_TEE 77
#define NR_MMAP 222
#define NR_CONNECT 203
#define NR_SENDTO 206
#define NR_RECVFROM 207
#define NR_SENDMSG 211
#define NR_RECVMSG 212
#define NR_RECVMMSG 243
#define NR_SENDMMSG 269
#define NR_PREADV2 286
#define NR_PWRITEV2 287
#define NR_OPEN -2 /* arm64 never had them */
#define NR_CREAT -3
#define NR_OPENAT 56
#endif
#define NR_OPENAT2 437

/* The exits of which calls a program may take: places of probes/dispatch.bpf.c. */
enum taker { TAKER_OPEN, TAKER_MAP, TAKER_WRITE, TAKER_SPLICE, TAKER_PEER, TAKERS };

#endif
