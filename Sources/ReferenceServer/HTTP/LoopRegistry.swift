import EventLoop

/// The loops that serve, once they run: how anything outside them gets at what is theirs.
final class LoopRegistry: Sendable {
  struct LoopUsage: Sendable {
    var busyNanoseconds: UInt64
    var connectionsOpen: Int
  }

  private let servers = Locked([LoopServer]())

  func set(_ servers: [LoopServer]) { self.servers.withLock { $0 = servers } }

  /// What all loops have served, and how busy each has been; asked of each loop in turn.
  func snapshot() async -> (log: ServerLog, loops: [LoopUsage])? {
    var merged: ServerLog?
    var loops: [LoopUsage] = []
    for server in servers.withLock({ $0 }) {
      let (log, busy) = await suspendOnLoop { continuation in
        server.loop.submit { continuation.resume(returning: (server.log, server.loop.busyNanoseconds)) }
      }
      loops.append(LoopUsage(busyNanoseconds: busy, connectionsOpen: log.connectionsOpen))
      if merged == nil { merged = log } else { merged!.merge(log) }
    }
    return merged.map { ($0, loops) }
  }

  func resetLogs() async {
    for server in servers.withLock({ $0 }) {
      await suspendOnLoop { continuation in
        server.loop.submit {
          server.log.reset()
          continuation.resume()
        }
      }
    }
  }
}
