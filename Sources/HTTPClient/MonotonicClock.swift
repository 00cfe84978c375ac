import CLinux

/// Monotonic nanoseconds: `EventLoop.now()`, without a call into another module. About 20 ns.
@inline(__always)
func monotonicNow() -> UInt64 { stampede_monotonic_nanoseconds() }
