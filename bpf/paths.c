// SPDX-License-Identifier: Apache-2.0
/* Paths: from chains of names to text, and lexically cleaned. */
#include <string.h>

#include "emit.h"

#define PATH_TEXT 4096
#define DELETED " (deleted)"

/*
 * Adds the parts of `from` to the absolute path in `text`, dropping `.` and empty ones and taking `..` literally: a
 * `..` after a symbolic link is where the text says, not where the kernel went.
 */
static size_t add_parts(char *text, size_t len, const char *from, size_t n, bool *cut)
{
	const char *end = from + n;

	while (from < end) {
		const char *slash = memchr(from, '/', end - from);
		size_t part = (slash ? slash : end) - from;

		if (part == 2 && from[0] == '.' && from[1] == '.') {
			while (len > 0 && text[--len] != '/')
				;
		} else if (part > 0 && !(part == 1 && from[0] == '.')) {
			if (len + 1 + part >= PATH_TEXT) {
				part = PATH_TEXT - 2 - len < PATH_TEXT ? PATH_TEXT - 2 - len : 0;
				*cut = true;
			}
			text[len++] = '/';
			memcpy(text + len, from, part);
			len += part;
			if (*cut)
				return len;
		}
		from = slash ? slash + 1 : end;
	}
	return len;
}

/* Deepest first: from the last name to the first. */
static size_t add_chain(char *text, size_t len, const char *names, size_t n, bool *cut)
{
	while (n > 0 && !*cut) {
		const char *nul = n > 1 ? memrchr(names, 0, n - 1) : NULL;
		size_t from = nul ? nul + 1 - names : 0;

		len = add_parts(text, len, names + from, n - 1 - from, cut);
		n = from;
	}
	return len;
}

static size_t finish(char *text, size_t len)
{
	if (len == 0)
		text[len++] = '/';
	text[len] = 0;
	return len;
}

size_t path_string(const char *data, struct blob blob, char *text, bool *cut)
{
	size_t n = blob.len;

	if (blob.form == FORM_CHAIN)
		return finish(text, add_chain(text, 0, data, n, cut));
	n = strnlen(data, n);
	/* What bpf_d_path adds to the name of an unlinked file is not part of it. */
	if (n > strlen(DELETED) && !memcmp(data + n - strlen(DELETED), DELETED, strlen(DELETED)))
		n -= strlen(DELETED);
	return finish(text, add_parts(text, 0, data, n, cut));
}

size_t path_joined(const char *data, struct blob dir, struct blob path, char *text, bool *cut)
{
	size_t n = strnlen(data, path.len), len;

	if (data[0] != '/' && dir.form == FORM_NONE) {
		memcpy(text, data, n); /* as the program gave it */
		text[n] = 0;
		return n;
	}
	len = dir.form == FORM_CHAIN ? add_chain(text, 0, data + path.len, dir.len, cut) : 0;
	return finish(text, add_parts(text, len, data, n, cut));
}
