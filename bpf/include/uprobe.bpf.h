/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/* Arguments and results of user functions, by the C ABI and by Go's (registers, since 1.17 on x86-64, 1.18 on arm64). */
#ifndef AI_SPM_UPROBE_BPF_H
#define AI_SPM_UPROBE_BPF_H

#include "core.h"

#if defined(__TARGET_ARCH_x86)
#define ARG0(regs) ((regs)->di)
#define ARG1(regs) ((regs)->si)
#define ARG2(regs) ((regs)->dx)
#define ARG3(regs) ((regs)->cx)
#define RESULT(regs) ((regs)->ax)
#define STACK(regs) ((regs)->sp)
#define RETURN_SLOT 8 /* a return has popped the address that the call pushed */
#define GO_ARG0(regs) ((regs)->ax)
#define GO_ARG1(regs) ((regs)->bx)
#define GO_ARG2(regs) ((regs)->cx)
#define GO_RESULT(regs) ((regs)->ax)
#define GO_ROUTINE(regs) ((regs)->r14)
#elif defined(__TARGET_ARCH_arm64)
#define ARG0(ctx) ((ctx)->regs[0])
#define ARG1(ctx) ((ctx)->regs[1])
#define ARG2(ctx) ((ctx)->regs[2])
#define ARG3(ctx) ((ctx)->regs[3])
#define RESULT(ctx) ((ctx)->regs[0])
#define STACK(ctx) ((ctx)->sp)
#define RETURN_SLOT 0
#define GO_ARG0(ctx) ((ctx)->regs[0])
#define GO_ARG1(ctx) ((ctx)->regs[1])
#define GO_ARG2(ctx) ((ctx)->regs[2])
#define GO_RESULT(ctx) ((ctx)->regs[0])
#define GO_ROUTINE(ctx) ((ctx)->regs[28])
#endif

#endif
