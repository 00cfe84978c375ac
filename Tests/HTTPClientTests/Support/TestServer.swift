import EventLoop
import CLinux
import Glibc

/// A server of a few lines a test, which may misbehave in every way: each connection runs `serve` on a thread of its
/// own over a plain blocking socket.
final class TestServer: Sendable {
  let port: UInt16
  private let listener: Int32
  private let state: Locked<State>
  private let serve: @Sendable (Peer) -> Void

  private struct State {
    var threads: [pthread_t] = []
    var peers: [Peer] = []
    var stopping = false
  }

  /// Listens on a free port of 127.0.0.1, or on a unix socket.
  init(unixPath: String? = nil, backlog: Int32 = 128, _ serve: @escaping @Sendable (Peer) -> Void) throws {
    self.serve = serve
    state = Locked(State())
    let listener: Int32
    if let unixPath {
      listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      unlink(unixPath)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: unixPath.utf8) }
      try Self.check(Self.bind(listener, &address), "bind")
      port = 0
    } else {
      (listener, port) = try Self.boundSocket()
    }
    self.listener = listener
    try Self.check(listen(listener, backlog), "listen")
  }

  /// A socket on a free port of 127.0.0.1 that does not listen yet.
  fileprivate static func boundSocket() throws -> (descriptor: Int32, port: UInt16) {
    let descriptor: Int32 = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    try check(bind(descriptor, &address), "bind")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &length) }
    }
    return (descriptor, UInt16(bigEndian: address.sin_port))
  }

  struct Failure: Error {
    let call: String
    let errno: Int32
  }

  private static func check(_ result: Int32, _ call: String) throws {
    if result != 0 { throw Failure(call: call, errno: errno) }
  }

  private static func bind<Address>(_ descriptor: Int32, _ address: inout Address) -> Int32 {
    let length = socklen_t(MemoryLayout<Address>.size)
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.bind(descriptor, $0, length) }
    }
  }

  /// Begins to accept.
  func start() {
    spawn { self.acceptAll() }
  }

  /// Ends everything: blocked reads and writes of all peers return.
  func stop() {
    let peers: [Peer] = state.withLock {
      $0.stopping = true
      return $0.peers
    }
    shutdown(listener, Int32(SHUT_RDWR))
    for peer in peers { peer.abandon() }
    while let thread = state.withLock({ $0.threads.popLast() }) { pthread_join(thread, nil) }
    close(listener)
  }

  private func acceptAll() {
    var accepted = 0
    while true {
      let descriptor: Int32 = accept(listener, nil, nil)
      if descriptor < 0 { return }
      accepted += 1
      let peer = Peer(descriptor, number: accepted)
      let isKept: Bool = state.withLock {
        if $0.stopping { return false }
        $0.peers.append(peer)
        return true
      }
      if !isKept { return peer.close() }
      spawn {
        self.serve(peer)
        peer.close()
      }
    }
  }

  private func spawn(_ body: @escaping @Sendable () -> Void) {
    final class Box {
      let body: @Sendable () -> Void
      init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    let box = Unmanaged.passRetained(Box(body))
    // Held while the thread is made, so that `stop` cannot miss it.
    state.withLock { state in
      var thread = pthread_t()
      pthread_create(
        &thread, nil,
        { argument in
          Unmanaged<Box>.fromOpaque(argument!).takeRetainedValue().body()
          return nil
        }, box.toOpaque())
      state.threads.append(thread)
    }
  }
}

/// A port of 127.0.0.1 on which nobody listens, and nobody else can meanwhile.
struct ClosedPort {
  let port: UInt16
  private let descriptor: Int32

  init() throws { (descriptor, port) = try TestServer.boundSocket() }

  func release() { close(descriptor) }
}

/// One connection, as the server sees it.
final class Peer: Sendable {
  private let descriptor: Locked<Int32>
  private let received = Locked<[UInt8]>([])

  /// Counts the server's connections from 1.
  let number: Int

  init(_ descriptor: Int32, number: Int) {
    self.number = number
    self.descriptor = Locked(descriptor)
    var one: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
  }

  var fd: Int32 { descriptor.withLock { $0 } }

  /// The next request's head, without its blank line; `nil` once the client has closed.
  func readHead() -> String? {
    var head: [UInt8] = []
    while let byte = readBytes(1)?.first {
      head.append(byte)
      if head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
        return String(decoding: head.dropLast(4), as: UTF8.self)
      }
    }
    return nil
  }

  /// Exactly `count` bytes, or `nil` where the client closes before.
  func readBytes(_ count: Int) -> [UInt8]? {
    received.withLock { received in
      var chunk = [UInt8](repeating: 0, count: 65_536)
      while received.count < count {
        let got: Int = recv(fd, &chunk, chunk.count, 0)
        if got <= 0 { return nil }
        received.append(contentsOf: chunk[..<got])
      }
      let bytes = Array(received[..<count])
      received.removeFirst(count)
      return bytes
    }
  }

  /// Waits until the client has closed, reading on.
  func drain() {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while recv(fd, &chunk, chunk.count, 0) > 0 {}
  }

  /// Waits until the client has closed, without reading what it sent (POLLRDHUP).
  func waitForClose() {
    var entry = pollfd(fd: fd, events: 0x2000, revents: 0)
    poll(&entry, 1, -1)
  }

  @discardableResult
  func write(_ text: String) -> Bool { write(Array(text.utf8)) }

  @discardableResult
  func write(_ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count: Int = bytes.withUnsafeBytes {
        send(fd, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { return false }
      sent += count
    }
    return true
  }

  func answer(_ body: String = "ok", status: String = "200 OK", headers: String = "") {
    write("HTTP/1.1 \(status)\r\ncontent-length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")
  }

  /// Waits until the client's side has acknowledged all that was written: it is in its socket then.
  func waitUntilRead() {
    var unsent: Int32 = 1
    while ioctl(fd, UInt(TIOCOUTQ), &unsent) == 0, unsent > 0 { sched_yield() }
  }

  /// Ends the sending side only.
  func finish() { shutdown(fd, Int32(SHUT_WR)) }

  func close() {
    descriptor.withLock {
      if $0 >= 0 { Glibc.close($0) }
      $0 = -1
    }
  }

  /// Closes with a reset in place of an orderly end.
  func reset() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    close()
  }

  fileprivate func abandon() { descriptor.withLock { if $0 >= 0 { shutdown($0, Int32(SHUT_RDWR)) } } }
}

/// Opens once, for threads that wait.
final class Latch: @unchecked Sendable {
  private var semaphore = sem_t()

  init() { sem_init(&semaphore, 0, 0) }
  deinit { sem_destroy(&semaphore) }

  func open() { sem_post(&semaphore) }

  func wait() {
    while sem_wait(&semaphore) != 0 {}
    sem_post(&semaphore)
  }
}
