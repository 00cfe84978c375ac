// Kept out of the header: with _GNU_SOURCE there, the system's own headers would differ from those that Swift's
// Glibc module has seen.
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int stampede_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }
int stampede_epoll_ctl(int epoll, int operation, int fd, uint32_t events, uint64_t data) {
  struct epoll_event event = {.events = events, .data = {.u64 = data}};
  return epoll_ctl(epoll, operation, fd, &event);
}
int stampede_pipe(int *descriptors) { return pipe2(descriptors, O_CLOEXEC); }

int stampede_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
int stampede_accept(int fd, struct sockaddr *address, socklen_t *length) {
  return accept4(fd, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}
int stampede_set_timer_slack(unsigned long nanoseconds) {
  return prctl(PR_SET_TIMERSLACK, nanoseconds, 0, 0, 0);
}
int stampede_pin_to_cpu(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  return sched_setaffinity(0, sizeof(set), &set);
}
// The part of sched_attr (sched_setattr(2)) that its first version has; older C libraries do not declare it.
struct scheduling {
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
};
int stampede_ask_for_short_turns(uint64_t nanoseconds) {
  struct scheduling scheduling = {0};
  if (syscall(SYS_sched_getattr, 0, &scheduling, sizeof scheduling, 0) != 0) return -1;
  if (scheduling.policy != SCHED_OTHER) return 0;
  scheduling.size = sizeof scheduling;
  scheduling.runtime = nanoseconds;
  return (int)syscall(SYS_sched_setattr, 0, &scheduling, 0);
}
int stampede_allowed_cpus(int *cpus, int capacity) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return -1;
  int count = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE && count < capacity; cpu++)
    if (CPU_ISSET(cpu, &set)) cpus[count++] = cpu;
  return count;
}
int stampede_thread_id(void) { return (int)syscall(SYS_gettid); }
int stampede_set_thread_name(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }
uint64_t stampede_monotonic_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}
uint64_t stampede_process_cpu_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}
// CPU time of another thread of this process, through the clock that pthread_getcpuclockid names.
int stampede_cpu_nanoseconds_of(pthread_t thread, uint64_t *nanoseconds) {
  clockid_t clock;
  struct timespec now;
  int error = pthread_getcpuclockid(thread, &clock);
  if (error != 0) return error;
  if (clock_gettime(clock, &now) != 0) return errno;
  *nanoseconds = (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
  return 0;
}

uint64_t stampede_round_trip(int fd) {
  struct tcp_info info = {0};
  socklen_t length = sizeof info;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return 0;
  return (uint64_t)info.tcpi_rtt * 1000ull;
}

int stampede_epoll_wait(int epoll, struct epoll_event *events, int capacity, int64_t nanoseconds) {
  if (nanoseconds < 0) return epoll_wait(epoll, events, capacity, -1);
  if (nanoseconds == 0) return epoll_wait(epoll, events, capacity, 0);
  struct timespec limit = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
  int count = epoll_pwait2(epoll, events, capacity, &limit, NULL);
  if (count < 0 && errno == ENOSYS) {
    int64_t milliseconds = (nanoseconds + 999999) / 1000000;
    count = epoll_wait(epoll, events, capacity, milliseconds > INT32_MAX ? INT32_MAX : (int)milliseconds);
  }
  return count;
}

long stampede_find(const void *text, unsigned long text_length, const void *needle, unsigned long needle_length) {
  const char *found = memmem(text, text_length, needle, needle_length);
  return found ? found - (const char *)text : -1;
}
