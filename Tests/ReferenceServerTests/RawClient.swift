import Glibc
import JSON

@testable import ReferenceServer

/// One blocking connection to a server under test, which knows no more of HTTP than it must: what the server sends is
/// judged by something that shares no code with it.
///
/// Many requests at once need no threads: send on many clients, then receive on each.
final class RawClient {
  enum Failure: Error {
    case system(String, Int32)
    /// The server closed before the answer was whole; what had come by then.
    case closed([UInt8])
    /// Nothing came for a minute.
    case silent
    case malformed(String)
  }

  struct Response {
    var status: Int
    /// Names in lower case.
    var headers: [(name: String, value: String)]
    var body: [UInt8]

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    var text: String { String(decoding: body, as: UTF8.self) }
    /// `null` where the body is no JSON.
    var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }

    /// A member of a member: `json("error", "code")`.
    func json(_ keys: String...) -> JSONValue? {
      keys.reduce(Optional(json)) { $0?[$1] }
    }
  }

  private let descriptor: Int32
  private var received: [UInt8] = []
  /// Lives as long as the client.
  private let server: ServerUnderTest?

  init(port: UInt16, of server: ServerUnderTest? = nil) throws {
    self.server = server
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    if descriptor < 0 { throw Failure.system("socket", errno) }
    var patience = timeval(tv_sec: 60, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    let error = result == 0 ? 0 : errno == EINTR ? connectionError() : errno
    if error != 0 {
      Glibc.close(descriptor)
      throw Failure.system("connect", error)
    }
  }

  /// What became of a `connect` that was interrupted, as one with a timeout is where the process is stopped and let go on: it
  /// goes on by itself, and must not be called again.
  private func connectionError() -> Int32 {
    var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    while true {
      let count = poll(&entry, 1, 60_000)
      if count == 0 { return ETIMEDOUT }
      if count > 0 { break }
      if errno != EINTR { return errno }
    }
    var error: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno
  }

  deinit { Glibc.close(descriptor) }

  // MARK: - Sending

  func send(_ bytes: [UInt8]) throws {
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress! + offset, $0.count - offset, Int32(MSG_NOSIGNAL))
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw Failure.system("send", errno)
      }
      offset += count
    }
  }

  func send(_ text: String) throws { try send(Array(text.utf8)) }

  /// Sends a request, with its body's length where it has one.
  func send(_ method: String, _ target: String, headers: [String] = [], body: [UInt8]? = nil) throws {
    var head = "\(method) \(target) HTTP/1.1\r\nHost: test\r\n"
    for header in headers { head += header + "\r\n" }
    if let body { head += "Content-Length: \(body.count)\r\n" }
    try send(Array((head + "\r\n").utf8) + (body ?? []))
  }

  /// Sends a request whose body comes in chunks of `chunkBytes`.
  func sendChunked(_ method: String, _ target: String, headers: [String] = [], body: [UInt8], chunkBytes: Int) throws {
    var bytes = Array("\(method) \(target) HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n".utf8)
    for header in headers { bytes += (header + "\r\n").utf8 }
    bytes += "\r\n".utf8
    for start in stride(from: 0, to: body.count, by: chunkBytes) {
      let chunk = body[start..<min(body.count, start + chunkBytes)]
      bytes += "\(String(chunk.count, radix: 16))\r\n".utf8
      bytes += chunk
      bytes += "\r\n".utf8
    }
    try send(bytes + Array("0\r\n\r\n".utf8))
  }

  // MARK: - Receiving

  /// The next answer, whole. Bytes after it stay for the next call.
  func receive(headOnly: Bool = false) throws -> Response {
    var end = Self.headEnd(received)
    while end == nil {
      try more()
      end = Self.headEnd(received)
    }
    let lines = String(decoding: received[..<end!], as: UTF8.self).split(separator: "\r\n")
    guard let first = lines.first, first.hasPrefix("HTTP/1.1 "), let status = Int(first.dropFirst(9).prefix(3)) else {
      throw Failure.malformed(String(decoding: received, as: UTF8.self))
    }
    var headers: [(name: String, value: String)] = []
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { throw Failure.malformed(String(line)) }
      let value = line[line.index(after: colon)...].drop { $0 == " " }
      headers.append((line[..<colon].lowercased(), String(value)))
    }
    let length = headers.first { $0.name == "content-length" }.flatMap { Int($0.value) } ?? 0
    let bodyStart = end! + 4
    let bodyEnd = headOnly || (100..<200).contains(status) ? bodyStart : bodyStart + length
    while received.count < bodyEnd { try more() }
    let body = Array(received[bodyStart..<bodyEnd])
    received.removeFirst(bodyEnd)
    return Response(status: status, headers: headers, body: body)
  }

  /// Whether the server closes without another byte.
  func isClosedByServer() throws -> Bool {
    if !received.isEmpty { return false }
    do {
      try more()
      return false
    } catch Failure.closed {
      return true
    }
  }

  private func more() throws {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count > 0 {
        received += buffer[..<count]
        return
      }
      if count == 0 || errno == ECONNRESET { throw Failure.closed(received) }
      if errno == EAGAIN { throw Failure.silent }
      if errno != EINTR { throw Failure.system("recv", errno) }
    }
  }

  private static func headEnd(_ bytes: [UInt8]) -> Int? {
    guard bytes.count >= 4 else { return nil }
    for index in 0...(bytes.count - 4)
    where bytes[index] == 13 && bytes[index + 1] == 10 && bytes[index + 2] == 13 && bytes[index + 3] == 10 {
      return index
    }
    return nil
  }

  /// How the connection ends, once whatever still comes is read: in good order, or by a reset.
  func awaitEnd() throws -> Int32 {
    received = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count == 0 { return 0 }
      if count < 0, errno == EAGAIN { throw Failure.silent }
      if count < 0, errno != EINTR { return errno }
    }
  }

  /// Ends the client's sending side.
  func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  // MARK: - Both

  func request(
    _ method: String, _ target: String, headers: [String] = [], body: [UInt8]? = nil
  ) throws -> Response {
    try send(method, target, headers: headers, body: body)
    return try receive(headOnly: method == "HEAD")
  }

  func request(_ method: String, _ target: String, headers: [String] = [], json: JSONValue) throws -> Response {
    try request(method, target, headers: headers + ["Content-Type: application/json"], body: Array(json.text().utf8))
  }
}

/// A server on a port of its own for the time of a test.
final class ServerUnderTest {
  let server: ReferenceServer
  let port: UInt16

  /// - Parameter loops: two, so that what loops share is shared.
  init(
    loops: Int = 2, systems: [any ReferenceSystem.Type] = ReferenceServer.systems,
    _ configure: (inout ServerConfiguration) -> Void = { _ in }
  ) throws {
    var configuration = ServerConfiguration()
    configuration.loops = loops
    configuration.controlToken = "control-token-of-the-test"
    // Patient, but where a test is about it: a machine may stand still between connecting and sending.
    configuration.limits.headTimeout = .seconds(600)
    configuration.limits.bodyTimeout = .seconds(600)
    configure(&configuration)
    server = try ReferenceServer(configuration: configuration, systems: systems)
    // Who finds no connection in time is refused: only where a test is about that, not where a machine is slow.
    for setting in server.context.settings.all where setting.name.hasSuffix(".connection_timeout_ms") {
      setting.set(Setting.parse("600000", as: setting.kind)!)
    }
    // Far from midnight, at which players have new rounds: a test may begin just before it.
    if systems.count > 1 { server.context.clock.set(CivilTime.parseISO("2026-02-10T12:00:00+09:00")!) }
    port = try server.start()
  }

  deinit { server.stop() }

  func client() throws -> RawClient { try RawClient(port: port, of: self) }

  /// One request on a connection of its own.
  func request(
    _ method: String, _ target: String, headers: [String] = [], json: JSONValue? = nil
  ) throws -> RawClient.Response {
    let client = try client()
    return if let json {
      try client.request(method, target, headers: headers, json: json)
    } else {
      try client.request(method, target, headers: headers)
    }
  }

  /// One request to the control interface, with its token.
  func control(_ method: String, _ path: String, _ json: JSONValue? = nil) throws -> RawClient.Response {
    try request(
      method, "/_control" + path, headers: ["Authorization: Bearer control-token-of-the-test"], json: json)
  }

  /// Sends each request on a connection of its own before it reads any answer.
  func atOnce(_ requests: [(target: String, headers: [String], json: JSONValue)]) throws -> [RawClient.Response] {
    let clients = try requests.map { _ in try client() }
    for (client, request) in zip(clients, requests) {
      try client.send("POST", request.target, headers: request.headers, body: Array(request.json.text().utf8))
    }
    return try clients.map { try $0.receive() }
  }

  func set(_ incident: String, parameter: Double? = nil) {
    server.context.incidents.named(incident).set(parameter: parameter)
  }

  /// Sets a setting as the control interface would: `set("event.feature", to: "DICE")`.
  func set(_ setting: String, to text: String) {
    let found = server.context.settings.find(setting)!
    found.set(Setting.parse(text, as: found.kind)!)
  }

  func truth(_ system: String) -> JSONValue {
    server.systems.first { type(of: $0).name == system }!.truth()
  }

  /// The rules that the state breaks, as the truth names them.
  func violations(_ system: String) -> [String] {
    (truth(system)["violations"]?.array ?? []).compactMap { $0["rule"]?.string }
  }
}
