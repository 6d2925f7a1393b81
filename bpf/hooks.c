// SPDX-License-Identifier: Apache-2.0
/* Does this kernel have the tracepoint? Its BTF says so, and a load that must fail need not be tried. */
#include <stdio.h>
#include <string.h>
#include <bpf/btf.h>

#include "sensor.h"

bool hook_missing(const char *section)
{
	static struct btf *kernel;
	static bool asked;
	const char prefix[] = "tp_btf/";
	char name[128];

	if (strncmp(section, prefix, strlen(prefix)))
		return false;
	if (!asked)
		kernel = btf__load_vmlinux_btf();
	asked = true;
	if (!kernel)
		return false; /* the load will tell why */
	snprintf(name, sizeof(name), "btf_trace_%s", section + strlen(prefix));
	return btf__find_by_name_kind(kernel, name, BTF_KIND_TYPEDEF) < 0;
}
