import Glibc

/// The kernel's table of this process's file descriptors.
package enum DescriptorTable {
  /// Makes the table large enough for `count` descriptors at once, or as many as the limit allows.
  ///
  /// It grows by doubling, at 64, 256, 512 and so on; in a process of several threads the one that opens the descriptor too many
  /// waits for every processor to pass through the scheduler, and whoever else opens or accepts one waits with it: 10 ms,
  /// measured, in the middle of a load. A table never shrinks.
  package static func reserve(_ count: Int) {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    let last = min(UInt64(max(1, count)), UInt64(limit.rlim_cur)) - 1
    // Takes the lowest free number from `last` on. Where there is none, the table is large enough.
    let copy = fcntl(2, F_DUPFD_CLOEXEC, Int32(clamping: last))
    if copy >= 0 { close(copy) }
  }
}
