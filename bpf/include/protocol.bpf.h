/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/* What a stream of plain bytes is, by the first of a call. */
#ifndef AI_SPM_PROTOCOL_BPF_H
#define AI_SPM_PROTOCOL_BPF_H

#include "runtime.bpf.h"

enum verdict {
	V_UNKNOWN,
	V_REQUEST, /* what a client sends first */
	V_RESPONSE, /* what a server does */
	V_EITHER,
	V_LATER, /* asks whether to encrypt: what comes next tells */
	V_HELLO, /* the beginning of TLS, in the clear */
	V_CIPHER, /* the rest of it */
};

/* `head` is zero-padded to 16 bytes. */
static __always_inline enum verdict http(const char *head)
{
	if (starts(head, "HTTP/1.", 7))
		return V_RESPONSE;
	if (starts(head, "GET ", 4) || starts(head, "PUT ", 4) || starts(head, "POST ", 5) ||
	    starts(head, "HEAD ", 5) || starts(head, "PATCH ", 6) || starts(head, "DELETE ", 7) ||
	    starts(head, "OPTIONS ", 8) || starts(head, "CONNECT ", 8) || starts(head, "PRI * HTTP/2.0", 14))
		return V_REQUEST;
	return V_UNKNOWN;
}

static __always_inline enum verdict tls(const unsigned char *head)
{
	if (head[0] < 0x14 || head[0] > 0x17 || head[1] != 3 || head[2] > 4)
		return V_UNKNOWN;
	return head[0] == 0x16 && head[5] == 1 ? V_HELLO : V_CIPHER;
}

/* Startup message of protocol 3.0 or 3.2, which states the call's own length; SSLRequest and GSSENCRequest. */
static __always_inline enum verdict postgres(const unsigned char *head, u64 len)
{
	u32 size = (u32)head[2] << 8 | head[3];

	if (head[0] || head[1] || size != len)
		return V_UNKNOWN;
	if (head[4] == 0 && head[5] == 3 && head[6] == 0 && (head[7] == 0 || head[7] == 2))
		return V_REQUEST;
	if (size == 8 && head[4] == 4 && head[5] == 0xd2 && head[6] == 0x16 && (head[7] == 0x2f || head[7] == 0x30))
		return V_LATER;
	return V_UNKNOWN;
}

/* Greeting: packet 0, protocol 10, a version that begins with a digit. */
static __always_inline bool mysql(const unsigned char *head)
{
	return head[1] < 4 && !head[2] && !head[3] && head[4] == 10 && head[5] >= '0' && head[5] <= '9';
}

/* An array of bulk strings: a command. */
static __always_inline bool redis(const char *head)
{
	return head[0] == '*' && head[1] >= '1' && head[1] <= '9' &&
	       (starts(head + 2, "\r\n$", 3) || starts(head + 3, "\r\n$", 3));
}

/* The whole call is a message that answers none: OP_MSG, or the OP_QUERY that old and new drivers greet with. */
static __always_inline bool mongodb(const unsigned char *head, u64 len)
{
	u32 size = (u32)head[3] << 24 | (u32)head[2] << 16 | (u32)head[1] << 8 | head[0];

	return size == len && !head[8] && !head[9] && !head[10] && !head[11] && (head[12] == 0xdd || head[12] == 0xd4) &&
	       head[13] == 7 && !head[14] && !head[15];
}

static __always_inline enum verdict plain(const u64 *words, u64 len)
{
	const char *head = (const char *)words;
	const unsigned char *bytes = (const unsigned char *)words;
	enum verdict v = http(head);

	if (!v)
		v = tls(bytes);
	if (!v)
		v = postgres(bytes, len);
	if (v)
		return v;
	if (redis(head) || mongodb(bytes, len))
		return V_REQUEST;
	if (mysql(bytes))
		return V_RESPONSE;
	return starts(head, "{\"", 2) || starts(head, "[{\"", 3) ? V_EITHER : V_UNKNOWN;
}

#endif
