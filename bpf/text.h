/* SPDX-License-Identifier: Apache-2.0 */
/* One JSON object a line, written to standard output in blocks. */
#ifndef AI_SPM_TEXT_H
#define AI_SPM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void line_begin(const char *type);
void line_end(void);
void text_flush(void);

/* Fields. `key` NULL: an array's element. */
void put_str(const char *key, const char *text);
void put_bytes(const char *key, const char *bytes, size_t len); /* foreign: escaped, invalid UTF-8 replaced */
void put_u64(const char *key, uint64_t value);
void put_dec(const char *key, uint64_t value); /* 64-bit id as decimal string */
void put_hex(const char *key, uint64_t value);
void put_bool(const char *key, bool value);
void put_base64(const char *key, const unsigned char *data, size_t len);
void put_open(const char *key, char bracket);
void put_close(char bracket);

#endif
