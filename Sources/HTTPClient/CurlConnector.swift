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
  /// Origins whose name became known while libcurl was at work, and groups that have nothing to do any more.
  private var resolved: [HTTPOrigin] = []
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
    for group in passing.withRoom + staying.withRoom { group.idle.removeAll() }
    curl_share_cleanup(share)
  }

  // MARK: Starting

  /// Begins an attempt, or holds it back behind the one that resolves the origin's name: libcurl resolves each on a
  /// thread of its own, and a burst of users would start as many threads.
  func start(_ attempt: ConnectAttempt) {
    switch attempt.origin.nameState(at: attempt.began) {
    case .resolved:
      begin(attempt, at: attempt.began)
    case .resolving:
      attempt.origin.heldBack.append(attempt)
    case .unknown:
      attempt.origin.beginResolving(attempt)
      begin(attempt, at: attempt.began)
    }
  }

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
      for: attempt, timeout: limit > waited ? limit - waited : 0, resolve: client.options.resolve)
    let code: CURLMcode = handle.group.add(handle)
    if code != CURLM_OK {
      recycle(handle)
      end(attempt, TransportError(.connectFailed, "libcurl: \(String(cString: curl_multi_strerror(code)))"))
    }
  }

  /// Called by libcurl, which must not be called from here: `settle` follows.
  func nameWasResolved(for handle: CurlHandle) {
    guard let origin = handle.attempt?.origin, origin.isResolving else { return }
    origin.nameWasResolved(at: monotonicNow())
    resolved.append(origin)
  }

  /// Does what had to wait until libcurl returned.
  func settle() {
    while let origin = resolved.popLast() {
      let now = monotonicNow()
      for attempt in origin.takeHeldBack() { begin(attempt, at: now) }
    }
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
    if attempt.origin.stopResolving(attempt) { attempt.origin.heldBack = [] }
  }

  /// Closes a connection that libcurl keeps.
  func close(_ handle: CurlHandle) { remove(handle) }

  private func end(_ attempt: ConnectAttempt, _ error: TransportError) {
    let unresolved = attempt.origin.stopResolving(attempt)
    client.failed(attempt, error)
    // The others would meet the same end, one connect timeout later each.
    if unresolved {
      for other in attempt.origin.takeHeldBack() { client.failed(other, error) }
    }
  }

  private func explain(_ code: CURLcode, _ handle: CurlHandle) -> TransportError {
    var known = CurlFailure.Circumstances()
    let origin = handle.attempt!.origin
    // The time may be over before there is a socket: that is no fault of a name that is known, or is none.
    known.hadAddress =
      !handle.addresses.isEmpty || origin.endpoint.isAddress || origin.nameState(at: monotonicNow()) == .resolved
    known.isProxied = client.options.proxy != nil
    known.proxyStatus = handle.information(CURLINFO_HTTP_CONNECTCODE)
    known.systemErrno = Int32(handle.information(CURLINFO_OS_ERRNO))
    known.socketErrno = handle.socketErrno
    known.isOutOfDescriptors = code != CURLE_OPERATION_TIMEDOUT && Self.isOutOfDescriptors()
    let failure = CurlFailure.connecting(code, known)
    let addresses = handle.addresses.map(\.description).joined(separator: ", ")
    var words = handle.message(for: code)
    if failure == .noDescriptors {
      words = "no file descriptor left (\(client.openConnections) connections open): raise the limit (ulimit -n)"
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
