// SPDX-License-Identifier: Apache-2.0
/*
 * Two children without capabilities and descriptors. The finder reads files that nobody vouches for: if one of them
 * crashes it or keeps it busy, that file is refused and another finder is started. The closer holds the last references to
 * links that are let go; closing one waits for all processors.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "images.h"

#define FIND_SECONDS 10
#define SOCKET 3

struct helper finder = { .socket = -1 }, closer = { .socket = -1 };

static int receive(int *fds)
{
	union {
		char bytes[CMSG_SPACE(LINKS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control;
	char byte;
	struct iovec data = { &byte, 1 };
	struct msghdr m = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };
	struct cmsghdr *head;
	ssize_t n;
	int count;

	do
		n = recvmsg(SOCKET, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	head = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
	if (!head)
		return -1;
	count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(head), count * sizeof(int));
	return count;
}

bool helper_send(const struct helper *helper, const int *fds, int count)
{
	union {
		char bytes[CMSG_SPACE(LINKS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control = { { 0 } };
	char byte = 0;
	struct iovec data = { &byte, 1 };
	struct msghdr m = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control };
	struct cmsghdr *head;

	if (helper->socket < 0 || count > LINKS_MAX)
		return false;
	m.msg_controllen = CMSG_SPACE(count * sizeof(int));
	head = CMSG_FIRSTHDR(&m);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(head), fds, count * sizeof(int));
	return sendmsg(helper->socket, &m, MSG_NOSIGNAL) == 1;
}

static void find_all(void)
{
	static struct finding found;
	int fds[LINKS_MAX];

	while (receive(fds) == 1) {
		alarm(FIND_SECONDS);
		image_find(fds[0], &found);
		alarm(0);
		close(fds[0]);
		if (write(SOCKET, &found, sizeof(found)) != sizeof(found))
			return;
	}
}

/* Not before the sender has let go of its own, or the sender would be the last, and wait. */
static void close_all(void)
{
	int fds[LINKS_MAX], n;
	char go;

	while ((n = receive(fds)) >= 0) {
		if (recv(SOCKET, &go, 1, 0) != 1)
			return;
		for (int i = 0; i < n; i++)
			close(fds[i]);
	}
}

void closer_go(void)
{
	char go = 0;

	if (closer.socket >= 0)
		send(closer.socket, &go, 1, MSG_NOSIGNAL);
}

static void become(int socket)
{
	struct sigaction usual = { .sa_handler = SIG_DFL };
	sigset_t none;

	dup2(socket, SOCKET);
	close_range(SOCKET + 1, ~0U, 0);
	close_range(0, SOCKET - 1, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	sigaction(SIGALRM, &usual, NULL);
	/* A signal to the whole group ends the sensor, and its end the helpers. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
}

static void start(struct helper *helper, void (*serve)(void))
{
	int pair[2];

	helper->socket = -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return;
	helper->pid = fork();
	if (helper->pid == 0) {
		if (privileges_drop_all())
			_exit(1);
		become(pair[1]);
		serve();
		_exit(0);
	}
	close(pair[1]);
	if (helper->pid > 0)
		helper->socket = pair[0];
	else
		close(pair[0]);
}

void helper_restart(struct helper *helper)
{
	close(helper->socket);
	kill(helper->pid, SIGKILL);
	waitpid(helper->pid, NULL, 0);
	start(helper, find_all);
}

/* Before the programs are loaded: they shall know whom to ignore. */
void helpers_start(void)
{
	struct rlimit files;

	if (!opt.wanted[SIG_TLS] || opt.now || opt.check)
		return;
	/* Before Linux 6.6 each probe is a descriptor. */
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	start(&finder, find_all);
	start(&closer, close_all);
	if (finder.pid > 0 && opt.ignored < IGNORE_MAX)
		opt.ignore[opt.ignored++] = finder.pid;
	if (closer.pid > 0 && opt.ignored < IGNORE_MAX)
		opt.ignore[opt.ignored++] = closer.pid;
}
