// What Glibc's module map does not show to Swift.
#ifndef STAMPEDE_CLINUX_H
#define STAMPEDE_CLINUX_H

#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

int stampede_epoll_create(void);
int stampede_epoll_ctl(int epoll, int operation, int fd, uint32_t events, uint64_t data);
int stampede_eventfd(void);
// Both ends are closed in programs that this one starts.
int stampede_pipe(int *descriptors);
int stampede_accept(int fd, struct sockaddr *address, socklen_t *length);
int stampede_set_timer_slack(unsigned long nanoseconds);
int stampede_pin_to_cpu(int cpu);
// The calling thread is to run for so long at a time (100,000 or more) while others want the processor too, and in return
// sooner after it wakes: Linux's fair scheduler of 6.12 and later gives a shorter turn an earlier deadline. Its share stays
// the same. Does nothing under another policy than the default, and before 6.12.
int stampede_ask_for_short_turns(uint64_t nanoseconds);
int stampede_allowed_cpus(int *cpus, int capacity);
int stampede_thread_id(void);
int stampede_set_thread_name(const char *name);
uint64_t stampede_monotonic_nanoseconds(void);
// CPU time of all threads of this process.
uint64_t stampede_process_cpu_nanoseconds(void);
// CPU time of another thread of this process, through the clock that pthread_getcpuclockid names.
int stampede_cpu_nanoseconds_of(pthread_t thread, uint64_t *nanoseconds);

// The round trip of a TCP connection as the kernel measured it last (tcpi_rtt), nanoseconds; 0 where it did not.
uint64_t stampede_round_trip(int fd);

// Waits with a limit in nanoseconds (a negative limit: for ever); falls back to milliseconds before Linux 5.11.
int stampede_epoll_wait(int epoll, struct epoll_event *events, int capacity, int64_t nanoseconds);

// Where the first occurrence of `needle` begins, or -1.
long stampede_find(const void *text, unsigned long text_length, const void *needle, unsigned long needle_length);

// Begins to fetch so many lines of 64 bytes into the cache.
static inline void stampede_prefetch(const void *address, int lines) {
  for (int line = 0; line < lines; line++) __builtin_prefetch((const char *)address + 64 * line);
}

#endif
