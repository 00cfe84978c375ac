import CLibcurl
import EventLoop

/// A multi handle and the few easy handles in it, driven by the event loop.
///
/// libcurl (7.88) finds the connection of a connect-only handle by a walk over all connections of its multi, at each
/// `curl_easy_send`, `curl_easy_recv` and `CURLINFO_ACTIVESOCKET`: hence groups rather than one multi.
final class CurlGroup {
  let capacity: Int
  /// Connections stay in it (TLS), rather than leave as soon as they are made.
  let stays: Bool
  /// Handles in the multi: connecting, or with a connection under TLS.
  private(set) var inUse = 0
  /// Handles that were made and have nothing to do.
  var idle: [CurlHandle] = []
  /// The group is in its connector's list of those with room.
  var isListed = false

  /// libcurl is at work in it: it must not be freed now.
  private(set) var isActing = false

  private let multi: UnsafeMutableRawPointer
  private let loop: EventLoop
  unowned let connector: CurlConnector
  private var timer: GroupTimer!
  private var watches: [Int32: SocketWatch] = [:]

  init?(capacity: Int, stays: Bool, loop: EventLoop, connector: CurlConnector) {
    guard let multi = curl_multi_init() else { return nil }
    self.capacity = capacity
    self.stays = stays
    self.multi = multi
    self.loop = loop
    self.connector = connector
    timer = GroupTimer(group: self)
    let context: UnsafeMutableRawPointer = Unmanaged.passUnretained(self).toOpaque()
    _ = stampede_multi_setopt_socket_callback(multi, socketChanged)
    _ = stampede_multi_setopt_pointer(multi, CURLMOPT_SOCKETDATA, context)
    _ = stampede_multi_setopt_timer_callback(multi, timerChanged)
    _ = stampede_multi_setopt_pointer(multi, CURLMOPT_TIMERDATA, context)
    // The default is four times the handles, beyond which libcurl closes connections of its own accord.
    _ = stampede_multi_setopt_long(multi, CURLMOPT_MAXCONNECTS, 1_000_000)
    _ = stampede_multi_setopt_long(multi, CURLMOPT_PIPELINING, 0)
  }

  deinit {
    curl_multi_cleanup(multi)
    loop.cancel(timer)
    for (descriptor, watch) in watches { loop.deregister(descriptor, handler: watch) }
  }

  var hasRoom: Bool { inUse < capacity }
  var isEmpty: Bool { inUse == 0 }

  /// Starts connecting. The outcome comes through `CurlConnector.finished`, never before this returns.
  func add(_ handle: CurlHandle) -> CURLMcode {
    let code: CURLMcode = curl_multi_add_handle(multi, handle.easy)
    if code == CURLM_OK { inUse += 1 }
    return code
  }

  /// Takes a handle out; libcurl closes its connection at once, but for a socket that was adopted.
  func remove(_ handle: CurlHandle) {
    curl_multi_remove_handle(multi, handle.easy)
    inUse -= 1
  }

  fileprivate func act(on descriptor: Int32, _ events: Int32) {
    isActing = true
    var running: Int32 = 0
    curl_multi_socket_action(multi, descriptor, events, &running)
    var queued: Int32 = 0
    while let message = curl_multi_info_read(multi, &queued) {
      guard message.pointee.msg == CURLMSG_DONE else { continue }
      // Read before the handle leaves the multi, which frees the message.
      let result: CURLcode = message.pointee.data.result
      connector.finished(CurlHandle.from(easy: message.pointee.easy_handle), result)
    }
    isActing = false
    connector.settle()
  }

  fileprivate func timeOut() { act(on: CURL_SOCKET_TIMEOUT, 0) }

  // MARK: libcurl's wishes

  fileprivate func setTimer(milliseconds: Int) {
    if milliseconds < 0 {
      loop.cancel(timer)
    } else {
      loop.arm(timer, at: monotonicNow() &+ UInt64(milliseconds) &* 1_000_000)
    }
  }

  fileprivate func watch(_ descriptor: Int32, _ what: Int32) {
    if what == CURL_POLL_REMOVE {
      if let watch = watches.removeValue(forKey: descriptor) { loop.deregister(descriptor, handler: watch) }
      return
    }
    var interest: Readiness = []
    if what & CURL_POLL_IN != 0 { interest.insert(.readable) }
    if what & CURL_POLL_OUT != 0 { interest.insert(.writable) }
    // A socket that cannot be watched (the system's limit on watches) stays silent: the connect timeout ends it.
    if let watch = watches[descriptor] {
      try? loop.modify(descriptor, for: interest, handler: watch)
    } else {
      let watch = SocketWatch(descriptor: descriptor, group: self)
      if (try? loop.register(descriptor, for: interest, handler: watch)) != nil { watches[descriptor] = watch }
    }
  }
}

private final class GroupTimer: LoopTimer {
  private unowned let group: CurlGroup

  init(group: CurlGroup) { self.group = group }

  override func fire() { group.timeOut() }
}

private final class SocketWatch: IOHandler {
  private let descriptor: Int32
  private unowned let group: CurlGroup

  init(descriptor: Int32, group: CurlGroup) {
    self.descriptor = descriptor
    self.group = group
  }

  override func ready(_ readiness: Readiness) {
    var events: Int32 = 0
    if !readiness.isDisjoint(with: [.readable, .peerClosed, .hangup]) { events |= CURL_CSELECT_IN }
    if readiness.contains(.writable) { events |= CURL_CSELECT_OUT }
    if readiness.contains(.error) { events |= CURL_CSELECT_ERR }
    group.act(on: descriptor, events)
  }
}

private func socketChanged(
  _ easy: UnsafeMutableRawPointer?, _ descriptor: curl_socket_t, _ what: Int32, _ context: UnsafeMutableRawPointer?,
  _ socketContext: UnsafeMutableRawPointer?
) -> Int32 {
  Unmanaged<CurlGroup>.fromOpaque(context!).takeUnretainedValue().watch(descriptor, what)
  return 0
}

private func timerChanged(
  _ multi: UnsafeMutableRawPointer?, _ milliseconds: Int, _ context: UnsafeMutableRawPointer?
) -> Int32 {
  Unmanaged<CurlGroup>.fromOpaque(context!).takeUnretainedValue().setTimer(milliseconds: milliseconds)
  return 0
}
