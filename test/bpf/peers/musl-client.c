/* Two requests over one connection: by SSL_read and SSL_write, then by their _ex forms. Arguments: port. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* OpenSSL from 1.1.1 on; the wheel has no headers. */
typedef struct ssl SSL;
typedef struct ssl_ctx SSL_CTX;
const void *TLS_client_method(void);
SSL_CTX *SSL_CTX_new(const void *);
SSL *SSL_new(SSL_CTX *);
int SSL_set_fd(SSL *, int);
int SSL_connect(SSL *);
int SSL_read(SSL *, void *, int);
int SSL_write(SSL *, const void *, int);
int SSL_read_ex(SSL *, void *, size_t, size_t *);
int SSL_write_ex(SSL *, const void *, size_t, size_t *);
void SSL_free(SSL *);

static char buffer[65536];

/* The answer's head is less than 100 bytes; its body is what was asked for. */
static void answer(SSL *ssl, size_t body, int ex)
{
	size_t have = 0;

	while (have < body + 30) {
		size_t n = 0;
		if (ex ? SSL_read_ex(ssl, buffer, sizeof(buffer), &n) != 1
		       : (int)(n = SSL_read(ssl, buffer, sizeof(buffer))) <= 0)
			exit(3);
		have += n;
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(atoi(argv[argc - 1])) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	SSL *ssl = SSL_new(SSL_CTX_new(TLS_client_method()));
	size_t n;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) || !SSL_set_fd(ssl, fd) || SSL_connect(ssl) != 1)
		return 1;
	snprintf(buffer, sizeof(buffer), "GET /20000 HTTP/1.1\r\nhost: musl\r\n\r\n");
	if (SSL_write(ssl, buffer, strlen(buffer)) <= 0)
		return 2;
	answer(ssl, 20000, 0);
	snprintf(buffer, sizeof(buffer), "GET /300 HTTP/1.1\r\nhost: musl\r\nconnection: close\r\n\r\n");
	if (SSL_write_ex(ssl, buffer, strlen(buffer), &n) != 1)
		return 2;
	answer(ssl, 300, 1);
	SSL_free(ssl);
	close(fd);
	return 0;
}
