// SPDX-License-Identifier: Apache-2.0
// Load for the benchmarks: does one kind of work at a rate (0: as fast as it goes) for some seconds, then prints what it
// did and what it cost itself, as JSON. Usage: load KIND RATE SECONDS
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FILES 1000

static double now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void open_one(unsigned long i)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/tmp/ai-spm-bench/%lu", i % FILES);
	fd = open(path, O_RDONLY | O_CREAT, 0600);
	if (fd >= 0)
		close(fd);
}

/* Port 9, where nobody listens. */
static void connect_to(unsigned int address)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_addr.s_addr = htonl(address);
	if (fd < 0)
		return;
	(void)!connect(fd, (struct sockaddr *)&to, sizeof(to));
	close(fd);
}

/* Rotating loopback destinations: 127.0.0.0/16. */
static void connect_one(unsigned long i)
{
	connect_to(0x7f000100 + i % 4096);
}

/* What an agent's workload keeps using: 300 files and 150 peers, every other of them nobody else's. */
#define WORKLOAD_FILES 300
#define WORKLOAD_PEERS 150

static void file_of_workload(unsigned int i)
{
	static char own[64];
	char path[96];
	int fd;

	if (!own[0]) {
		snprintf(own, sizeof(own), "/tmp/ai-spm-bench/workloads/%d", getpid());
		mkdir("/tmp/ai-spm-bench/workloads", 0700);
		mkdir(own, 0700);
	}
	snprintf(path, sizeof(path), "%s/%u", i % 2 ? own : "/tmp/ai-spm-bench", i);
	fd = open(path, O_RDONLY | O_CREAT, 0600);
	if (fd >= 0)
		close(fd);
}

static void peer_of_workload(unsigned int i)
{
	connect_to(i % 2 ? 0x7f010000 + (getpid() & 0xfff) * WORKLOAD_PEERS + i : 0x7f000100 + i);
}

static void workload_one(unsigned long i)
{
	unsigned int at = i % (WORKLOAD_FILES + WORKLOAD_PEERS);

	if (at % 3)
		file_of_workload(at / 3 * 2 + at % 3 - 1);
	else
		peer_of_workload(at / 3);
}

/* Of other data than messages: 64 bytes to nowhere, 64 KiB to a file, 64 KiB to a pipe that a child empties. */
static char block[65536];
static int sink = -1;

static void small_one(unsigned long i)
{
	(void)i;
	if (sink < 0) {
		memset(block, 'x', sizeof(block)); /* /dev/null does not read it, and nobody writes what was never there */
		sink = open("/dev/null", O_WRONLY);
	}
	(void)!write(sink, block, 64);
}

static void file_one(unsigned long i)
{
	if (sink < 0)
		sink = open("/tmp/ai-spm-bench/file", O_WRONLY | O_CREAT, 0600);
	if (i % 256 == 0)
		lseek(sink, 0, SEEK_SET);
	(void)!write(sink, block, sizeof(block));
}

static int emptied_pipe(void)
{
	static char rest[1 << 20];
	int ends[2];

	if (pipe(ends))
		exit(1);
	fcntl(ends[1], F_SETPIPE_SZ, sizeof(rest));
	if (fork() == 0) {
		close(ends[1]);
		while (read(ends[0], rest, sizeof(rest)) > 0)
			;
		_exit(0);
	}
	close(ends[0]);
	return ends[1];
}

static void pipe_one(unsigned long i)
{
	(void)i;
	if (sink < 0)
		sink = emptied_pipe();
	(void)!write(sink, block, sizeof(block));
}

/* Read again now and then, by the writer itself: who else runs costs nothing here. */
static void drip_one(unsigned long i)
{
	static int ends[2];

	if (sink < 0) {
		memset(block, 'x', sizeof(block));
		if (pipe(ends))
			exit(1);
		sink = ends[1];
	}
	(void)!write(sink, block, 64);
	if (i % 512 == 511)
		(void)!read(ends[0], block, 512 * 64);
}

/* A message of JSON-RPC, 150 bytes. */
static void message_one(unsigned long i)
{
	char text[160];
	int n = snprintf(text, sizeof(text), "{\"jsonrpc\":\"2.0\",\"id\":%lu,\"method\":\"tools/call\",\"params\":{}", i);

	if (sink < 0)
		sink = emptied_pipe();
	memset(text + n, ' ', sizeof(text) - n);
	memcpy(text + 148, "}\n", 2);
	(void)!write(sink, text, 150);
}

/* A KiB there and back over a connection of other data. */
static void socket_one(unsigned long i)
{
	static int ends[2] = { -1, -1 };

	(void)i;
	if (ends[0] < 0) {
		struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		socklen_t size = sizeof(at);
		int listener = socket(AF_INET, SOCK_STREAM, 0);

		if (bind(listener, (void *)&at, size) || listen(listener, 1) || getsockname(listener, (void *)&at, &size))
			exit(1);
		ends[0] = socket(AF_INET, SOCK_STREAM, 0);
		if (connect(ends[0], (void *)&at, size))
			exit(1);
		ends[1] = accept(listener, NULL, NULL);
	}
	(void)!write(ends[0], block, 1024);
	(void)!read(ends[1], block + 1024, 1024);
}

static void getppid_one(unsigned long i)
{
	(void)i;
	syscall(SYS_getppid);
}

int main(int argc, char **argv)
{
	void (*one)(unsigned long);
	double rate, seconds, started, cpu, wall;
	struct timespec nap = { 0 };
	unsigned long done = 0;
	int burst;

	if (argc != 4)
		return 2;
	one = !strcmp(argv[1], "opens")	     ? open_one
	      : !strcmp(argv[1], "connects") ? connect_one
	      : !strcmp(argv[1], "workload") ? workload_one
	      : !strcmp(argv[1], "small")    ? small_one
	      : !strcmp(argv[1], "drip")     ? drip_one
	      : !strcmp(argv[1], "file")     ? file_one
	      : !strcmp(argv[1], "pipe")     ? pipe_one
	      : !strcmp(argv[1], "messages") ? message_one
	      : !strcmp(argv[1], "socket")   ? socket_one
					     : getppid_one;
	rate = atof(argv[2]);
	seconds = atof(argv[3]);
	cpu = now(CLOCK_PROCESS_CPUTIME_ID);
	started = now(CLOCK_MONOTONIC);
	/* Bursts keep a high rate without a sleep per operation; a low one has long naps, so that hundreds can run. */
	burst = rate > 0 && rate < 2000 ? 1 : 200;
	nap.tv_nsec = burst == 1 && rate > 1 ? 1e9 / rate : 500000;
	while ((wall = now(CLOCK_MONOTONIC) - started) < seconds) {
		if (rate > 0 && done > wall * rate) {
			nanosleep(&nap, NULL);
			continue;
		}
		for (int i = 0; i < burst; i++)
			one(done++);
	}
	cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	printf("{\"done\":%lu,\"seconds\":%f,\"cpu_ns_each\":%f}\n", done, wall, cpu * 1e9 / done);
	return 0;
}
