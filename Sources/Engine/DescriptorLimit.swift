import Glibc
import Load
import Scenario

/// File descriptors that this process may have open.
enum DescriptorLimit {
  /// Raises the soft limit as far as it goes, and says what is missing where `needed` is more.
  static func complaint(needing needed: Int) -> String? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
    if limit.rlim_cur < rlim_t(needed), limit.rlim_max > limit.rlim_cur {
      var raised = limit
      raised.rlim_cur = min(limit.rlim_max, max(limit.rlim_cur, rlim_t(needed)))
      if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
    }
    if limit.rlim_cur >= rlim_t(needed) { return nil }
    return
      "this scenario needs \(needed) file descriptors, one or two for each virtual user's connection among them, and the limit is "
      + "\(limit.rlim_cur): raise it with 'ulimit -n \(needed)', or lower the number of users"
  }
}

extension Scenario {
  /// Virtual users at the most, over all groups: each may hold a connection.
  package var peakUsers: Int { traffic.reduce(0) { $0 + $1.load.maxUsers } }
}
