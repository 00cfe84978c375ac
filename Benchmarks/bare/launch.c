// Runs a command on one processor and says what it took: launch CPU FD COMMAND [ARGUMENT...]
//
// CPU is the processor to stay on, or '-'. Two lines go to the file descriptor FD: the command's process id once it
// runs, and when it has ended "user_us system_us peak_kilobytes wall_ns exit_code" (128 + n for the signal n).
//
// It stands between the driver and what is measured because the peak that the kernel keeps for a process starts from
// that of the process that forked it: a child of a Python program would never seem to use less than Python.
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static long long microseconds(struct timeval time) { return time.tv_sec * 1000000LL + time.tv_usec; }

static void fail(const char *what) {
  fprintf(stderr, "launch: %s: %s\n", what, strerror(errno));
  exit(70);
}

static void die_with(pid_t parent, int signal_number) {
  if (prctl(PR_SET_PDEATHSIG, signal_number) != 0) fail("prctl");
  if (getppid() != parent) _exit(70);
}

static void pin(const char *processor) {
  if (strcmp(processor, "-") == 0) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(atoi(processor), &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) fail("sched_setaffinity");
}

static void raise_descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) fail("getrlimit");
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) fail("setrlimit");
}

int main(int count, char **arguments) {
  if (count < 4) {
    fprintf(stderr, "usage: launch CPU|- FD COMMAND [ARGUMENT...]\n");
    return 70;
  }
  int report = atoi(arguments[2]);
  pid_t self = getpid();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  raise_descriptor_limit();

  long long began = now();
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    die_with(self, SIGTERM);
    close(report);
    pin(arguments[1]);
    execvp(arguments[3], arguments + 3);
    fprintf(stderr, "launch: %s: %s\n", arguments[3], strerror(errno));
    _exit(127);
  }
  // The driver ends the whole process group; the report is still to be made.
  signal(SIGTERM, SIG_IGN);
  signal(SIGINT, SIG_IGN);
  dprintf(report, "%d\n", child);

  int status;
  struct rusage usage;
  while (wait4(child, &status, 0, &usage) < 0) {
    if (errno != EINTR) fail("wait4");
  }
  dprintf(
    report, "%lld %lld %ld %lld %d\n", microseconds(usage.ru_utime), microseconds(usage.ru_stime), usage.ru_maxrss,
    now() - began, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  return 0;
}
