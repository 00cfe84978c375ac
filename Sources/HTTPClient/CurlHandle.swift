import CLibcurl
import CLinux
import Glibc

/// One easy handle: makes connections one after another, and under TLS stays with the connection it made.
///
/// It belongs to its group for life, and keeps it alive.
final class CurlHandle {
  let easy: UnsafeMutableRawPointer
  let group: CurlGroup
  private let errorBuffer: UnsafeMutablePointer<CChar>

  /// What the handle is connecting for.
  var attempt: ConnectAttempt?
  /// The origin that its options are set for.
  private weak var origin: HTTPOrigin?
  private var list: UnsafeMutablePointer<curl_slist>?

  /// The addresses that were tried, in order.
  fileprivate(set) var addresses: [SocketAddress] = []
  /// `errno` of a `socket` call that failed, or 0.
  fileprivate(set) var socketErrno: Int32 = 0
  private var isListening = false
  fileprivate var overheard: String?
  /// A socket that libcurl must not close any more: it has a new owner.
  var adopted: Int32 = -1

  init?(group: CurlGroup, settings: CurlSettings) {
    guard let easy = curl_easy_init() else { return nil }
    self.easy = easy
    self.group = group
    errorBuffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
    errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    set(CURLOPT_ERRORBUFFER, errorBuffer)
    set(CURLOPT_PRIVATE, Unmanaged.passUnretained(self).toOpaque())
    set(CURLOPT_OPENSOCKETDATA, Unmanaged.passUnretained(self).toOpaque())
    set(CURLOPT_CLOSESOCKETDATA, Unmanaged.passUnretained(self).toOpaque())
    _ = stampede_easy_setopt_opensocket(easy, openSocket)
    _ = stampede_easy_setopt_closesocket(easy, closeSocket)
    // A proxy's answer to CONNECT would go to standard output.
    _ = stampede_easy_setopt_write(easy, CURLOPT_WRITEFUNCTION, discard)
    _ = stampede_easy_setopt_write(easy, CURLOPT_HEADERFUNCTION, discard)
    set(CURLOPT_DEBUGDATA, Unmanaged.passUnretained(self).toOpaque())
    _ = stampede_easy_setopt_debug(easy, overhear)
    settings.apply(to: self)
  }

  deinit {
    curl_easy_cleanup(easy)
    curl_slist_free_all(list)
    errorBuffer.deinitialize(count: Int(CURL_ERROR_SIZE))
    errorBuffer.deallocate()
  }

  func set(_ option: CURLoption, _ value: Int) { _ = stampede_easy_setopt_long(easy, option, value) }
  func set(_ option: CURLoption, _ value: String?) { _ = stampede_easy_setopt_string(easy, option, value) }
  func set(_ option: CURLoption, _ value: UnsafeMutableRawPointer?) {
    _ = stampede_easy_setopt_pointer(easy, option, value)
  }

  /// Makes the handle ready to connect to an origin.
  ///
  /// - Parameters:
  ///   - timeout: nanoseconds from now.
  ///   - resolve: overrides of the resolver's answers.
  func prepare(for attempt: ConnectAttempt, timeout: UInt64, resolve: [String]) {
    self.attempt = attempt
    addresses.removeAll(keepingCapacity: true)
    socketErrno = 0
    errorBuffer[0] = 0
    overheard = nil
    if isListening {
      isListening = false
      set(CURLOPT_VERBOSE, 0)
    }
    adopted = -1
    // 0 would be libcurl's own default, and it counts in a signed 32-bit number.
    let milliseconds = timeout / 1_000_000 + (timeout % 1_000_000 == 0 ? 0 : 1)
    set(CURLOPT_CONNECTTIMEOUT_MS, Int(min(max(milliseconds, 1), UInt64(Int32.max))))
    if origin !== attempt.origin {
      guard stampede_easy_setopt_string(easy, CURLOPT_URL, attempt.origin.endpoint.description + "/") == CURLE_OK else {
        return refuse()
      }
      origin = attempt.origin
    }
    if list != nil || !resolve.isEmpty {
      curl_slist_free_all(list)
      list = nil
      for entry in resolve {
        guard let longer = curl_slist_append(list, entry) else { return refuse() }
        list = longer
      }
      _ = stampede_easy_setopt_list(easy, CURLOPT_RESOLVE, list)
    }
  }

  /// Lets the attempt fail for want of memory: with another's URL, or without its pin, it could connect elsewhere.
  private func refuse() {
    set(CURLOPT_URL, nil as String?)
    origin = nil
  }

  /// libcurl's own words for what went wrong, or its general ones for the code.
  func message(for code: CURLcode) -> String {
    if let overheard { return overheard }
    return errorBuffer[0] == 0 ? CurlLibrary.words(code) : String(cString: errorBuffer)
  }

  /// Hears what libcurl says from now on. Its buffer takes only the first trouble of a connection, and a later one may
  /// be what tells why: a send is refused, and then the alert is read that explains it.
  private func listen() {
    isListening = true
    set(CURLOPT_VERBOSE, 1)
  }

  /// The connected socket, once the attempt has succeeded; -1 where there is none any more.
  var socket: Int32 {
    var socket: curl_socket_t = -1
    _ = stampede_easy_getinfo_socket(easy, CURLINFO_ACTIVESOCKET, &socket)
    return socket
  }

  /// OpenSSL's session of the connection; `nil` where libcurl stands on another library.
  var openSSLSession: UnsafeMutableRawPointer? {
    var pointer: UnsafeMutableRawPointer?
    guard stampede_easy_getinfo_pointer(easy, CURLINFO_TLS_SSL_PTR, &pointer) == CURLE_OK,
      let information = pointer?.assumingMemoryBound(to: curl_tlssessioninfo.self),
      information.pointee.backend == CURLSSLBACKEND_OPENSSL
    else { return nil }
    return information.pointee.internals
  }

  /// Receives from the connection; `CURLE_AGAIN` where nothing is there. The first call ties the connection to the
  /// handle: until then libcurl takes it for an idle one, which it closes for its age after two minutes.
  func receive(_ buffer: UnsafeMutableRawBufferPointer, _ count: inout Int) -> CURLcode {
    if errorBuffer[0] != 0, !isListening { listen() }
    return curl_easy_recv(easy, buffer.baseAddress, buffer.count, &count)
  }

  func information(_ name: CURLINFO) -> Int {
    var value: Int = 0
    _ = stampede_easy_getinfo_long(easy, name, &value)
    return value
  }

  static func from(easy: UnsafeMutableRawPointer) -> CurlHandle {
    var pointer: UnsafeMutableRawPointer?
    _ = stampede_easy_getinfo_pointer(easy, CURLINFO_PRIVATE, &pointer)
    return Unmanaged<CurlHandle>.fromOpaque(pointer!).takeUnretainedValue()
  }
}

/// Opens the socket in libcurl's place: so that it is closed on exec from its first instant, that a lack of
/// descriptors is seen as such, and that the address is known.
private func openSocket(
  _ context: UnsafeMutableRawPointer?, _ purpose: curlsocktype, _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
  let handle: CurlHandle = Unmanaged<CurlHandle>.fromOpaque(context!).takeUnretainedValue()
  let target: UnsafeMutablePointer<curl_sockaddr> = address!
  handle.addresses.append(SocketAddress(target))
  let type = target.pointee.socktype | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
  let descriptor: Int32 = socket(target.pointee.family, type, target.pointee.protocol)
  if descriptor < 0 { handle.socketErrno = errno }
  return descriptor
}

private func closeSocket(_ context: UnsafeMutableRawPointer?, _ descriptor: curl_socket_t) -> Int32 {
  let handle: CurlHandle = Unmanaged<CurlHandle>.fromOpaque(context!).takeUnretainedValue()
  return descriptor == handle.adopted ? 0 : close(descriptor)
}

private func overhear(
  _ easy: UnsafeMutableRawPointer?, _ kind: curl_infotype, _ text: UnsafeMutablePointer<CChar>?, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int32 {
  guard kind == CURLINFO_TEXT, let text else { return 0 }
  let words = String(decoding: UnsafeRawBufferPointer(start: text, count: count), as: UTF8.self)
  let handle: CurlHandle = Unmanaged<CurlHandle>.fromOpaque(context!).takeUnretainedValue()
  handle.overheard = words.hasSuffix("\n") ? String(words.dropLast()) : words
  return 0
}

private func discard(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
  size * count
}
