// The least that an HTTP client over libcurl's connections can do: loop URL SECONDS CONNECTIONS
//
// libcurl connects (and does TLS); then one thread waits with epoll, receives, finds out where the response ends, and
// sends the same request again. It measures no times and keeps no figures but two counts: what a load generator does
// beyond this is what it costs. Prints {"requests": N, "failures": N}.
#define _GNU_SOURCE
#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

enum { chunk_size = 65536, event_count = 256 };

struct connection {
  CURL *easy;
  curl_socket_t socket;
  // Of a body that did not come at once.
  size_t body_left;
  // The beginning of a head that did not come at once; NULL until that happens.
  char *partial;
  size_t partial_length;
};

static struct {
  bool is_tls;
  char request[4096];
  size_t request_length;
  unsigned long long requests, failures;
  int connected;
  char chunk[chunk_size];
} loop;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static void fail(const char *what, const char *why) {
  fprintf(stderr, "loop: %s: %s\n", what, why);
  exit(1);
}

static void write_request(const char *address) {
  CURLU *url = curl_url();
  char *host, *port = NULL, *path;
  if (curl_url_set(url, CURLUPART_URL, address, 0) != 0 || curl_url_get(url, CURLUPART_HOST, &host, 0) != 0 ||
      curl_url_get(url, CURLUPART_PATH, &path, 0) != 0) {
    fail(address, "not a URL");
  }
  curl_url_get(url, CURLUPART_PORT, &port, 0);
  loop.is_tls = strncasecmp(address, "https:", 6) == 0;
  int length = snprintf(
    loop.request, sizeof loop.request, "GET %s HTTP/1.1\r\nHost: %s%s%s\r\n\r\n", path, host, port ? ":" : "",
    port ? port : "");
  if (length < 0 || (size_t)length >= sizeof loop.request) fail(address, "too long");
  loop.request_length = (size_t)length;
  curl_free(host);
  curl_free(port);
  curl_free(path);
  curl_url_cleanup(url);
}

// MARK: - Connections

static void open_connection(struct connection *connection, const char *url) {
  CURL *easy = curl_easy_init();
  curl_easy_setopt(easy, CURLOPT_URL, url);
  curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 1024L);
  CURLcode code = curl_easy_perform(easy);
  if (code == CURLE_OK) code = curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &connection->socket);
  if (code != CURLE_OK) fail(url, curl_easy_strerror(code));
  connection->easy = easy;
  loop.connected++;
}

static void give_up(struct connection *connection) {
  curl_easy_cleanup(connection->easy);
  free(connection->partial);
  connection->easy = NULL;
  loop.failures++;
  loop.connected--;
}

static bool send_request(struct connection *connection) {
  if (!loop.is_tls) {
    return send(connection->socket, loop.request, loop.request_length, MSG_NOSIGNAL) == (ssize_t)loop.request_length;
  }
  size_t sent = 0;
  return curl_easy_send(connection->easy, loop.request, loop.request_length, &sent) == CURLE_OK &&
         sent == loop.request_length;
}

// Bytes received, 0 where there are none for now, or -1 where the connection is no more.
static ssize_t receive(struct connection *connection, char *into, size_t room) {
  if (!loop.is_tls) {
    ssize_t count = recv(connection->socket, into, room, 0);
    if (count > 0) return count;
    return count < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
  }
  size_t count = 0;
  CURLcode code = curl_easy_recv(connection->easy, into, room, &count);
  if (code == CURLE_AGAIN) return 0;
  return code == CURLE_OK && count > 0 ? (ssize_t)count : -1;
}

// MARK: - Responses

// Bytes of the body that a head announces, or -1.
static long long content_length(const char *head, size_t length) {
  static const char name[] = "\r\ncontent-length:";
  for (const char *line = head; (line = memchr(line, '\r', length - (size_t)(line - head))) != NULL; line++) {
    if (length - (size_t)(line - head) > sizeof name && strncasecmp(line, name, sizeof name - 1) == 0) {
      return strtoll(line + sizeof name - 1, NULL, 10);
    }
  }
  return -1;
}

static bool next_request(struct connection *connection) {
  loop.requests++;
  return send_request(connection);
}

// The loop's chunk holds `length` bytes of a response from its start.
static bool take(struct connection *connection, size_t length) {
  char *end = memmem(loop.chunk, length, "\r\n\r\n", 4);
  if (end == NULL) {
    if (length == chunk_size) return false;
    if (connection->partial == NULL) connection->partial = malloc(chunk_size);
    memcpy(connection->partial, loop.chunk, length);
    connection->partial_length = length;
    return true;
  }
  size_t head = (size_t)(end - loop.chunk) + 4;
  if (head < 16 || memcmp(loop.chunk + 8, " 200", 4) != 0) loop.failures++;
  long long body = content_length(loop.chunk, head);
  if (body < 0 || length > head + (size_t)body) return false;
  connection->body_left = head + (size_t)body - length;
  return connection->body_left > 0 || next_request(connection);
}

static bool read_responses(struct connection *connection) {
  do {
    size_t have = connection->partial_length;
    if (have > 0) memcpy(loop.chunk, connection->partial, have);
    ssize_t count = receive(connection, loop.chunk + have, chunk_size - have);
    if (count <= 0) return count == 0;
    connection->partial_length = 0;
    if (connection->body_left == 0) {
      if (!take(connection, have + (size_t)count)) return false;
    } else {
      if ((size_t)count > connection->body_left) return false;
      connection->body_left -= (size_t)count;
      if (connection->body_left == 0 && !next_request(connection)) return false;
    }
    // What TLS has decrypted already does not show in epoll.
  } while (loop.is_tls);
  return true;
}

int main(int count, char **arguments) {
  if (count != 4) fail("usage", "loop URL SECONDS CONNECTIONS");
  double deadline = now() + atof(arguments[2]);
  int connection_count = atoi(arguments[3]);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  write_request(arguments[1]);

  struct connection *connections = calloc((size_t)connection_count, sizeof *connections);
  int epoll = epoll_create1(0);
  for (int index = 0; index < connection_count; index++) {
    struct connection *connection = &connections[index];
    open_connection(connection, arguments[1]);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, connection->socket, &event) != 0) fail("epoll_ctl", strerror(errno));
    if (!send_request(connection)) give_up(connection);
  }

  struct epoll_event events[event_count];
  double time;
  while (loop.connected > 0 && (time = now()) < deadline) {
    int ready = epoll_wait(epoll, events, event_count, (int)((deadline - time) * 1000) + 1);
    for (int index = 0; index < ready; index++) {
      struct connection *connection = events[index].data.ptr;
      if (connection->easy != NULL && !read_responses(connection)) give_up(connection);
    }
  }
  printf("{\"requests\": %llu, \"failures\": %llu}\n", loop.requests, loop.failures);
  return loop.connected > 0 ? 0 : 1;
}
