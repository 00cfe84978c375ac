import CLinux
import EventLoop
import Glibc

/// The listening socket. One loop accepts for all, and gives each connection to the loop that has the fewest: the
/// kernel's way of spreading (a socket for each loop with `SO_REUSEPORT`) hashes addresses, and sixteen connections
/// over two loops easily come out as eleven and five.
final class Listener: IOHandler, @unchecked Sendable {
  let port: UInt16
  private let descriptor: Int32
  private let servers: [LoopServer]
  private let routes: ServedRoutes
  private var previous = -1
  /// Kept open so that a connection can still be taken, and turned away, when no descriptor is left.
  private var reserve: Int32
  private let restTimer = RestTimer()

  /// Binds and listens; clients can connect from here on.
  init(host: String, port: UInt16, servers: [LoopServer], routes: ServedRoutes) throws(SystemError) {
    self.servers = servers
    self.routes = routes
    (descriptor, self.port) = try Self.listen(host: host, port: port)
    reserve = Self.openReserve()
    super.init()
    restTimer.listener = self
  }

  /// The loop that accepts.
  var loop: EventLoop { servers[0].loop }

  /// To be called on the loop that accepts.
  func start() throws(SystemError) { try loop.register(descriptor, for: .readable, handler: self) }

  /// To be called on the loop that accepts, once. Connections that were not accepted are reset.
  func stop() {
    loop.cancel(restTimer)
    loop.deregister(descriptor, handler: self)
    close(descriptor)
    close(reserve)
  }

  override func ready(_ readiness: Readiness) {
    // Bounded, so that a storm of connections does not starve those that are there.
    for _ in 0..<64 {
      var storage = sockaddr_storage()
      var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
      let accepted = withUnsafeMutablePointer(to: &storage) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { stampede_accept(descriptor, $0, &length) }
      }
      if accepted < 0 {
        let error = errno
        if error == ECONNABORTED || error == EINTR { continue }
        if error != EAGAIN, !((error == EMFILE || error == ENFILE) && turnAway()) { rest() }
        return
      }
      hand(accepted, from: Self.text(of: storage))
    }
  }

  private func hand(_ accepted: Int32, from peerAddress: String) {
    let open = routes.openConnections.total
    let most = min(routes.limits.maxConnections, Self.descriptorsLeft(reserved: routes.limits.reservedDescriptors))
    let ofAddress = routes.openConnections.open(from: peerAddress)
    let isOneTooMany = open >= most || ofAddress >= routes.limits.maxConnectionsPerAddress
    if isOneTooMany, max(open - most, ofAddress - routes.limits.maxConnectionsPerAddress) >= Self.maxTurnedAway {
      close(accepted)
      return
    }
    var one: Int32 = 1
    setsockopt(accepted, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    previous = routes.openConnections.leastLoaded(after: previous)
    routes.openConnections.change(previous, by: 1)
    routes.openConnections.note(peerAddress, by: 1)
    let server = servers[previous]
    if server.loop.isCurrent {
      server.adopt(accepted, peerAddress: peerAddress, isOneTooMany: isOneTooMany)
    } else {
      server.loop.submit { server.adopt(accepted, peerAddress: peerAddress, isOneTooMany: isOneTooMany) }
    }
  }

  /// Connections over the limit that may be open at a time to be told so.
  private static let maxTurnedAway = 256

  /// How many connections the process may have open beside what else needs descriptors.
  private static func descriptorsLeft(reserved: Int) -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return .max }
    return max(1, Int(clamping: limit.rlim_cur) - reserved)
  }

  /// No descriptor is left: takes the connection with the one in reserve and closes it, so that the client learns of
  /// it and the listening socket does not stay ready for ever.
  ///
  /// - Returns: whether that succeeded.
  private func turnAway() -> Bool {
    if reserve >= 0 { close(reserve) }
    let accepted = stampede_accept(descriptor, nil, nil)
    if accepted >= 0 { close(accepted) }
    reserve = Self.openReserve()
    servers[0].log.recordRefusal("outOfDescriptors")
    return accepted >= 0
  }

  /// Looks away from the socket for a while: nothing can be accepted, and it would be reported without end.
  private func rest() {
    try? loop.modify(descriptor, for: [], handler: self)
    loop.arm(restTimer, at: EventLoop.now() &+ 20_000_000)
  }

  fileprivate func resume() { try? loop.modify(descriptor, for: .readable, handler: self) }

  private static func openReserve() -> Int32 { open("/dev/null", O_RDONLY | O_CLOEXEC) }
}

private final class RestTimer: LoopTimer {
  /// Owns the timer, and disarms it before it goes.
  unowned var listener: Listener!

  override func fire() { listener.resume() }
}

// MARK: - Addresses

extension Listener {
  private static func listen(host: String, port: UInt16) throws(SystemError) -> (Int32, UInt16) {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, String(port), &hints, &list) == 0, let found = list else {
      throw SystemError("no address is known for \(host)", EADDRNOTAVAIL)
    }
    defer { freeaddrinfo(found) }
    let descriptor = socket(
      found.pointee.ai_family, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
    if descriptor < 0 { throw SystemError("socket", errno) }
    var one: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
    if bind(descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen) != 0 {
      let error = SystemError("cannot listen on \(host):\(port): bind", errno)
      close(descriptor)
      throw error
    }
    if Glibc.listen(descriptor, 4096) != 0 {
      let error = SystemError("listen", errno)
      close(descriptor)
      throw error
    }
    var bound = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    _ = withUnsafeMutablePointer(to: &bound) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    return (descriptor, Self.port(of: bound))
  }

  private static func port(of storage: sockaddr_storage) -> UInt16 {
    withUnsafeBytes(of: storage) { bytes in
      // At the same place in sockaddr_in and sockaddr_in6.
      UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
    }
  }

  private static func text(of storage: sockaddr_storage) -> String {
    withUnsafeBytes(of: storage) { bytes in
      let isIPv4 = Int32(storage.ss_family) == AF_INET
      return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { text in
        let address = bytes.baseAddress! + (isIPv4 ? 4 : 8)
        guard inet_ntop(Int32(storage.ss_family), address, text.baseAddress!, socklen_t(text.count)) != nil else {
          return "unknown"
        }
        return String(cString: text.baseAddress!)
      }
    }
  }
}
