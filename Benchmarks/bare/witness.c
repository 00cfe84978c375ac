// A server that only notes when each request came: witness FILE CAPACITY
//
// Listens on a port of 127.0.0.1 that the system chooses, and prints it. A request is `GET /NUMBER`, the number being its
// place in the schedule; the answer is a small 200. On SIGTERM, or after ten minutes, FILE gets a pair of 64-bit numbers
// for each request: its number, and the monotonic nanoseconds at which it had been read.
//
// It never sleeps: waking up would take longer than the lateness that it is there to see. So it keeps its processor busy,
// and knows how long it was kept from it: the longest time between two looks, in nanoseconds, is the last that it prints.
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { event_count = 256, head_size = 4096, descriptor_count = 65536 };

struct record {
  uint64_t number, instant;
};

static volatile sig_atomic_t is_stopping;
static struct record *records;
static size_t record_count, capacity;
// What has come of a head that did not come at once, by descriptor; NULL until that happens.
static char *partial[descriptor_count];
static size_t partial_length[descriptor_count];

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nok\n";

static void stop(int signal_number) { is_stopping = signal_number; }

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void fail(const char *what) {
  fprintf(stderr, "witness: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int listen_somewhere(void) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 16384) != 0 ||
      getsockname(listener, (struct sockaddr *)&address, &length) != 0) {
    fail("listen");
  }
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  return listener;
}

static void accept_all(int epoll, int listener) {
  int one = 1, descriptor;
  while ((descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    if (descriptor >= descriptor_count) {
      close(descriptor);
      continue;
    }
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    partial_length[descriptor] = 0;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) != 0) close(descriptor);
  }
}

// Reads what came on a connection and answers the requests in it; -1 where the connection is to be closed.
static int serve(int descriptor) {
  char head[head_size + 1];
  size_t have = partial_length[descriptor];
  if (have > 0) memcpy(head, partial[descriptor], have);
  ssize_t count = recv(descriptor, head + have, head_size - have, 0);
  if (count <= 0) return count < 0 && errno == EAGAIN ? 0 : -1;
  uint64_t instant = now();
  have += (size_t)count;
  char *start = head, *end;
  while ((end = memmem(start, have, "\r\n\r\n", 4)) != NULL) {
    if (have < 6 || memcmp(start, "GET /", 5) != 0) return -1;
    if (record_count < capacity) {
      records[record_count++] = (struct record){strtoull(start + 5, NULL, 10), instant};
    }
    if (send(descriptor, answer, sizeof answer - 1, MSG_NOSIGNAL) != (ssize_t)sizeof answer - 1) return -1;
    have -= (size_t)(end + 4 - start);
    start = end + 4;
  }
  if (have == head_size) return -1;
  if (have > 0) {
    if (partial[descriptor] == NULL) partial[descriptor] = malloc(head_size);
    memcpy(partial[descriptor], start, have);
  }
  partial_length[descriptor] = have;
  return 0;
}

int main(int count, char **arguments) {
  if (count != 3) {
    fprintf(stderr, "usage: witness FILE CAPACITY\n");
    return 1;
  }
  capacity = strtoull(arguments[2], NULL, 10);
  records = calloc(capacity, sizeof *records);
  if (records == NULL) fail("memory");
  // Touched beforehand, so that no page is missing while requests come.
  memset(records, 1, capacity * sizeof *records);
  signal(SIGTERM, stop);
  signal(SIGALRM, stop);
  alarm(600);

  int listener = listen_somewhere();
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
  if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) != 0) fail("epoll");
  struct epoll_event events[event_count];
  uint64_t last = 0, longest_gap = 0;
  while (!is_stopping) {
    int ready = epoll_wait(epoll, events, event_count, 0);
    uint64_t instant = now();
    if (record_count > 0 && last > 0 && instant - last > longest_gap) longest_gap = instant - last;
    last = instant;
    for (int index = 0; index < ready; index++) {
      int descriptor = events[index].data.fd;
      if (descriptor == listener) {
        accept_all(epoll, listener);
      } else if (serve(descriptor) != 0) {
        close(descriptor);
      }
    }
  }
  FILE *file = fopen(arguments[1], "wb");
  if (file == NULL || fwrite(records, sizeof *records, record_count, file) != record_count || fclose(file) != 0) {
    fail(arguments[1]);
  }
  printf("%llu\n", (unsigned long long)longest_gap);
  return 0;
}
