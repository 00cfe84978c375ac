import CLibcurl
import CLinux
import EventLoop
import Glibc

/// Makes connections with libcurl, and closes those that libcurl keeps (TLS).
final class CurlConnector {
  private unowned(unsafe) let client: HTTPClient
  private let settings: CurlSettings
  private let share: UnsafeMutableRawPointer
  /// Groups whose connections leave libcurl as soon as they are made, and groups whose connections stay.
  private var passing = Shelf(capacity: 64)
  private var staying = Shelf(capacity: 16)
  /// What connections go to that has a name, by `host:port`.
  private var hosts: [String: HostAddresses] = [:]
  /// Groups that have nothing to do any more.
  private var emptied: [CurlGroup] = []
  /// Attempts whose turn has not come, and how many more may begin in this one.
  private var line = FIFO<ConnectAttempt>()
  private var turnsLeft = CurlConnector.attemptsInTurn
  private var turn: TurnTimer!

  /// Groups of one kind.
  private struct Shelf {
    let capacity: Int
    /// The last has been used last.
    var withRoom: [CurlGroup] = []
    /// Handles in them that have nothing to do.
    var idleHandles = 0
  }

  /// Handles kept for connections to come: 10 KiB each.
  private static let keptHandles = 64

  /// Attempts begun in one round of the loop. Where the target is near, those of one round are connected by the next and
  /// their handles are free again: a thousand users that arrive at once are connected with a few handles, and not one each
  /// (which is a millisecond's work, most of it the kernel's, for every hundred).
  private static let attemptsInTurn = 32

  init(client: HTTPClient, settings: CurlSettings) throws(HTTPClientError) {
    guard let share = curl_share_init() else { throw .unavailable("out of memory") }
    self.client = client
    self.settings = settings
    self.share = share
    // One thread uses it: there are no locks to set.
    _ = stampede_share_setopt_long(share, CURLSHOPT_SHARE, Int(CURL_LOCK_DATA_DNS.rawValue))
    turn = TurnTimer { [unowned self] in takeTurn() }
  }

  /// To be dropped with no attempt and no connection left.
  deinit {
    if turn.isArmed { client.loop.cancel(turn) }
    for host in hosts.values {
      if let timer = host.timer { client.loop.cancel(timer) }
      host.timer = nil
    }
    for group in passing.withRoom + staying.withRoom { group.idle.removeAll() }
    curl_share_cleanup(share)
  }

  // MARK: Starting

  /// Begins an attempt, once the addresses of the name are known.
  func start(_ attempt: ConnectAttempt) {
    guard let host = host(of: attempt.origin) else { return begin(attempt, at: attempt.began) }
    attempt.host = host
    if host.isStale(at: attempt.began) { lookUp(host, at: attempt.began) }
    if host.state == .known {
      begin(attempt, at: attempt.began)
    } else {
      host.waiting.append(attempt)
    }
  }

  // MARK: Names

  /// What the connections of an origin go to, if it has a name: the proxy, or the endpoint itself.
  private func host(of origin: HTTPOrigin) -> HostAddresses? {
    let options = client.options
    if options.unixSocket != nil { return nil }
    let (name, port) = settings.proxyHost ?? (origin.endpoint.host, origin.endpoint.port)
    if HTTPEndpoint(scheme: .http, host: name).isAddress || name.hasPrefix("[") { return nil }
    let key = "\(name):\(port)"
    if let known = hosts[key] { return known }
    let host = HostAddresses(host: name, port: port, offset: options.firstAddress)
    let listed =
      options.resolve.last { $0.lowercased().hasPrefix("\(key.lowercased()):") }
      ?? options.resolve.last { $0.hasPrefix("*:\(port):") }
    if let listed {
      host.take(
        listed.split(separator: ":", maxSplits: 2)[2].split(separator: ",").map {
          $0.contains(":") ? Self.inBrackets($0) : String($0)
        },
        at: .max)
    }
    hosts[key] = host
    return host
  }

  private static func inBrackets(_ address: Substring) -> String {
    address.hasPrefix("[") ? String(address) : "[\(address)]"
  }

  private func lookUp(_ host: HostAddresses, at now: UInt64) {
    let number = host.beginLookup()
    if host.state != .known {
      let timer = TurnTimer { [weak self] in self?.nameIsUnknown(host, number, nil) }
      host.timer = timer
      client.loop.arm(timer, at: now &+ min(client.options.connectTimeout, UInt64.max / 2))
    }
    let box = LookupBox(connector: self, host: host)
    NameLookup.begin(host.host, on: client.loop) { outcome in box.connector?.lookedUp(box.host, number, outcome) }
  }

  /// Held by a lookup under way. To be opened on the loop's thread only; the connector may be gone by then.
  private final class LookupBox: @unchecked Sendable {
    weak var connector: CurlConnector?
    let host: HostAddresses

    init(connector: CurlConnector, host: HostAddresses) {
      self.connector = connector
      self.host = host
    }
  }

  private func lookedUp(_ host: HostAddresses, _ number: Int, _ outcome: NameLookup.Outcome) {
    switch outcome {
    case .failed(let reason): nameIsUnknown(host, number, reason)
    case .found(let addresses):
      let now = monotonicNow()
      host.take(addresses.preferred, fallbacks: addresses.others, at: now)
      for attempt in takeWaiting(host) where !attempt.isGivenUp { begin(attempt, at: now) }
    }
  }

  /// A lookup has failed, for a reason, or has taken longer than connecting may.
  private func nameIsUnknown(_ host: HostAddresses, _ number: Int, _ reason: String?) {
    guard number == host.lookups else { return }
    host.giveUp(at: monotonicNow())
    var error = TransportError(
      settings.proxyHost == nil ? .dns : .proxy,
      reason.map { "the name '\(host.host)' could not be resolved: \($0)" }
        ?? "the name '\(host.host)' was not resolved within the connect timeout")
    if Self.isOutOfDescriptors() { error = TransportError(.noDescriptors, Self.noDescriptors(client.openConnections)) }
    for attempt in takeWaiting(host) where !attempt.isGivenUp {
      end(attempt, TransportError(error.failure, "\(attempt.origin.endpoint): \(error.detail)"))
    }
  }

  private func takeWaiting(_ host: HostAddresses) -> [ConnectAttempt] {
    if let timer = host.timer { client.loop.cancel(timer) }
    host.timer = nil
    let attempts = host.waiting
    host.waiting = []
    return attempts
  }

  // MARK: Turns

  private func begin(_ attempt: ConnectAttempt, at now: UInt64) {
    if turnsLeft == 0 {
      attempt.joinLine(at: now)
      line.append(attempt)
      return
    }
    turnsLeft -= 1
    if !turn.isArmed { client.loop.arm(turn, at: monotonicNow()) }
    connect(attempt, at: now)
  }

  private func takeTurn() {
    turnsLeft = Self.attemptsInTurn
    while turnsLeft > 0, let attempt = line.popFirst() {
      if attempt.isGivenUp { continue }
      let now = monotonicNow()
      attempt.leaveLine(at: now)
      begin(attempt, at: now)
    }
  }

  private func connect(_ attempt: ConnectAttempt, at now: UInt64) {
    guard let handle = takeHandle(for: attempt.origin) else {
      end(attempt, TransportError(.connectFailed, "libcurl is out of memory"))
      return
    }
    attempt.handle = handle
    // What it waited for the name is a part of its time.
    let waited = now &- attempt.began
    let limit = client.options.connectTimeout
    handle.prepare(
      for: attempt, timeout: limit > waited ? limit - waited : 0,
      resolve: client.options.resolve + (attempt.host.map { [$0.nextOrder()] } ?? []))
    let code: CURLMcode = handle.group.add(handle)
    if code != CURLM_OK {
      recycle(handle)
      end(attempt, TransportError(.connectFailed, "libcurl: \(String(cString: curl_multi_strerror(code)))"))
    }
  }

  /// Does what had to wait until libcurl returned.
  func settle() {
    while let group = emptied.popLast() {
      if group.stays { discard(group, from: &staying) } else { discard(group, from: &passing) }
    }
  }

  // MARK: Ending

  /// libcurl has made a connection, or failed to.
  func finished(_ handle: CurlHandle, _ result: CURLcode) {
    guard let attempt = handle.attempt else { return }
    attempt.handle = nil
    if result != CURLE_OK {
      let error = explain(result, handle)
      remove(handle)
      end(attempt, error)
      return
    }
    let descriptor: Int32 = handle.socket
    if isStaying(attempt.origin) {
      handle.attempt = nil
      connected(attempt, descriptor, handle)
    } else {
      handle.adopted = descriptor
      remove(handle)
      client.connected(attempt, descriptor: descriptor, handle: nil)
    }
  }

  private func connected(_ attempt: ConnectAttempt, _ descriptor: Int32, _ handle: CurlHandle) {
    var count: Int = 0
    let code: CURLcode = handle.receive(client.receiveBuffer, &count)
    if code == CURLE_AGAIN {
      client.connected(attempt, descriptor: descriptor, handle: handle)
      return
    }
    let error: TransportError
    if code == CURLE_OK, count > 0 {
      client.noteUnaskedResponse(from: attempt.origin)
      error = TransportError(.malformed, "the response began before its request was sent")
    } else if code == CURLE_OK {
      error = TransportError(.closed, "closed after the TLS handshake")
    } else if case .failed(let failure, let detail) = HTTPConnection.Received(
      tlsFault: handle.message(for: code))
    {
      error = TransportError(failure, detail)
    } else {
      error = TransportError(.closed, "closed after the TLS handshake")
    }
    remove(handle)
    end(attempt, TransportError(error.failure, "\(attempt.origin.endpoint): \(error.detail)"))
  }

  /// Gives an attempt up; its waiter is the caller's business.
  func cancel(_ attempt: ConnectAttempt) {
    attempt.isGivenUp = true
    if let handle = attempt.handle {
      attempt.handle = nil
      remove(handle)
    }
  }

  /// Closes a connection that libcurl keeps.
  func close(_ handle: CurlHandle) { remove(handle) }

  private func end(_ attempt: ConnectAttempt, _ error: TransportError) { client.failed(attempt, error) }

  private func explain(_ code: CURLcode, _ handle: CurlHandle) -> TransportError {
    var known = CurlFailure.Circumstances()
    let origin = handle.attempt!.origin
    known.isProxied = client.options.proxy != nil
    known.proxyStatus = handle.information(CURLINFO_HTTP_CONNECTCODE)
    known.systemErrno = Int32(handle.information(CURLINFO_OS_ERRNO))
    known.socketErrno = handle.socketErrno
    known.isOutOfDescriptors = code != CURLE_OPERATION_TIMEDOUT && Self.isOutOfDescriptors()
    let failure = CurlFailure.connecting(code, known)
    let addresses = handle.addresses.map(\.description).joined(separator: ", ")
    var words = handle.message(for: code)
    if failure == .noDescriptors {
      words = Self.noDescriptors(client.openConnections)
    } else if failure == .noPorts {
      words = "no local port left for this address: keep connections open, or use more addresses"
    } else if known.systemErrno != 0, failure != .dns {
      words += " (\(String(cString: strerror(known.systemErrno))))"
    }
    if refusesTunnel(known, to: origin) {
      words +=
        "; the proxy refuses to tunnel (CONNECT). Set client.proxy_tunnel: false, which sends the request to the proxy itself"
    }
    let endpoint = origin.endpoint.description
    return TransportError(failure, addresses.isEmpty ? "\(endpoint): \(words)" : "\(endpoint) [\(addresses)]: \(words)")
  }

  private static func noDescriptors(_ open: Int) -> String {
    "no file descriptor left (\(open) connections open): raise the limit (ulimit -n)"
  }

  /// Whether a proxy has answered CONNECT with a refusal, and could do without it.
  private func refusesTunnel(_ known: CurlFailure.Circumstances, to origin: HTTPOrigin) -> Bool {
    known.proxyStatus >= 400 && known.proxyStatus != 407 && client.options.proxyTunnel
      && origin.endpoint.scheme == .http
  }

  private static func isOutOfDescriptors() -> Bool {
    let descriptor: Int32 = stampede_eventfd()
    if descriptor < 0 { return errno == EMFILE || errno == ENFILE }
    Glibc.close(descriptor)
    return false
  }

  // MARK: Handles

  /// Whether connections to an origin stay with libcurl.
  private func isStaying(_ origin: HTTPOrigin) -> Bool { origin.endpoint.scheme == .https || settings.usesTLSProxy }

  private func takeHandle(for origin: HTTPOrigin) -> CurlHandle? {
    isStaying(origin) ? takeHandle(from: &staying, stays: true) : takeHandle(from: &passing, stays: false)
  }

  private func takeHandle(from shelf: inout Shelf, stays: Bool) -> CurlHandle? {
    while let group = shelf.withRoom.last, !group.hasRoom {
      group.isListed = false
      shelf.withRoom.removeLast()
    }
    if shelf.withRoom.isEmpty {
      let fresh = CurlGroup(capacity: shelf.capacity, stays: stays, loop: client.loop, connector: self)
      guard let fresh else { return nil }
      fresh.isListed = true
      shelf.withRoom.append(fresh)
    }
    let group = shelf.withRoom[shelf.withRoom.count - 1]
    if let handle = group.idle.popLast() {
      shelf.idleHandles -= 1
      return handle
    }
    guard let handle = CurlHandle(group: group, settings: settings) else { return nil }
    handle.set(CURLOPT_SHARE, share)
    return handle
  }

  private func remove(_ handle: CurlHandle) {
    handle.group.remove(handle)
    recycle(handle)
  }

  /// Keeps a handle that is out of its multi for the next connection, where there are not enough of them.
  private func recycle(_ handle: CurlHandle) {
    handle.attempt = nil
    if handle.group.stays { recycle(handle, on: &staying) } else { recycle(handle, on: &passing) }
  }

  private func recycle(_ handle: CurlHandle, on shelf: inout Shelf) {
    let group = handle.group
    if !group.isListed {
      group.isListed = true
      shelf.withRoom.append(group)
    }
    if shelf.idleHandles < Self.keptHandles {
      group.idle.append(handle)
      shelf.idleHandles += 1
    }
    if group.isEmpty, group.isActing {
      emptied.append(group)
    } else if group.isEmpty {
      discard(group, from: &shelf)
    }
  }

  /// Frees a group that has nothing to do, where it is not the last one.
  private func discard(_ group: CurlGroup, from shelf: inout Shelf) {
    guard group.isEmpty, group.isListed, shelf.withRoom.count > 1 else { return }
    shelf.withRoom.removeAll { $0 === group }
    group.isListed = false
    shelf.idleHandles -= group.idle.count
    // The handles hold the group as it holds them.
    group.idle.removeAll()
  }
}
