import CLibcurl
import Glibc

/// The TLS session of a connection that libcurl has made, where libcurl stands on OpenSSL: read and written directly.
///
/// `CURLINFO_TLS_SSL_PTR` gives it. On the way through `curl_easy_send` and `curl_easy_recv` libcurl (7.88) looks the
/// connection up, runs its chain of filters and asks the socket twice for each record; directly it is one system call for
/// a record, as over plain TCP. libcurl's own way stays for other TLS libraries, and for a session within a proxy's.
struct TLSSession {
  private let session: UnsafeMutableRawPointer
  private let library: OpenSSL

  /// - Parameter keepsBuffers: Room for a record in each direction, 34 KB, is held between records rather than
  ///   allocated for each.
  init?(of handle: CurlHandle, on descriptor: Int32, keepsBuffers: Bool) {
    guard let library = OpenSSL.shared, let session = handle.openSSLSession else { return nil }
    self.session = session
    self.library = library
    // libcurl put itself between the session and the socket, and acts only within its own calls.
    guard library.setDescriptor(session, descriptor) == 1 else { return nil }
    library.setReadAhead(session, 1)
    _ = library.control(session, OpenSSL.setMode, OpenSSL.partialWrite | OpenSSL.movingWriteBuffer, nil)
    if keepsBuffers { _ = library.control(session, OpenSSL.clearMode, OpenSSL.releaseBuffers, nil) }
  }

  /// Bytes were received that no `receive` has returned yet.
  @inline(__always)
  var holdsMore: Bool { library.hasPending(session) != 0 }

  @inline(__always)
  func receive(_ buffer: UnsafeMutableRawBufferPointer) -> HTTPConnection.Received {
    library.forgetOthersErrors()
    let count: Int32 = library.read(session, buffer.baseAddress!, Int32(truncatingIfNeeded: buffer.count))
    return count > 0 ? .bytes(Int(count)) : withoutBytes(count)
  }

  private func withoutBytes(_ result: Int32) -> HTTPConnection.Received {
    let errno: Int32 = errno
    switch library.error(session, result) {
    case OpenSSL.wantRead, OpenSSL.wantWrite: return .nothing
    case OpenSSL.closed: return .closed
    case OpenSSL.systemCall:
      library.clearErrors()
      return errno == 0 ? .closed : .failed(.reset, String(cString: strerror(errno)))
    default:
      return HTTPConnection.Received(tlsFault: library.takeMessage())
    }
  }

  @inline(__always)
  func send(_ bytes: UnsafeRawBufferPointer) -> HTTPConnection.SendOutcome {
    library.forgetOthersErrors()
    let count: Int32 = library.write(session, bytes.baseAddress!, Int32(clamping: bytes.count))
    if count > 0 { return .sent(Int(count)) }
    let errno: Int32 = errno
    switch library.error(session, count) {
    case OpenSSL.wantRead, OpenSSL.wantWrite: return .full
    default:
      library.clearErrors()
      return .failed(errno: errno == ECONNRESET ? errno : EPIPE)
    }
  }
}

/// The few functions of OpenSSL (1.1.1 to 3) that a session needs, from the library that libcurl has loaded.
private struct OpenSSL: @unchecked Sendable {
  typealias Session = UnsafeMutableRawPointer

  let read: @convention(c) (Session, UnsafeMutableRawPointer, Int32) -> Int32
  let write: @convention(c) (Session, UnsafeRawPointer, Int32) -> Int32
  let hasPending: @convention(c) (Session) -> Int32
  let error: @convention(c) (Session, Int32) -> Int32
  let setDescriptor: @convention(c) (Session, Int32) -> Int32
  let setReadAhead: @convention(c) (Session, Int32) -> Void
  let control: @convention(c) (Session, Int32, Int, UnsafeMutableRawPointer?) -> Int
  let clearErrors: @convention(c) () -> Void
  private let firstError: @convention(c) () -> UInt
  private let lastError: @convention(c) () -> UInt
  private let describe: @convention(c) (UInt, UnsafeMutablePointer<CChar>, Int) -> Void

  // From OpenSSL's ssl.h, the same since 1.0.
  static let wantRead: Int32 = 2
  static let wantWrite: Int32 = 3
  static let systemCall: Int32 = 5
  static let closed: Int32 = 6
  static let setMode: Int32 = 33
  static let clearMode: Int32 = 78
  static let partialWrite = 1
  static let movingWriteBuffer = 2
  static let releaseBuffers = 16

  /// `nil` where one of them is missing.
  static let shared = OpenSSL()

  private init?() {
    func find<Function>(_ name: String, as type: Function.Type) -> Function? {
      dlsym(nil, name).map { unsafeBitCast($0, to: type) }
    }
    typealias ReadFunction = @convention(c) (Session, UnsafeMutableRawPointer, Int32) -> Int32
    typealias WriteFunction = @convention(c) (Session, UnsafeRawPointer, Int32) -> Int32
    typealias Question = @convention(c) (Session) -> Int32
    typealias NumberFunction = @convention(c) (Session, Int32) -> Int32
    typealias Setter = @convention(c) (Session, Int32) -> Void
    typealias Control = @convention(c) (Session, Int32, Int, UnsafeMutableRawPointer?) -> Int
    typealias Clear = @convention(c) () -> Void
    typealias AnError = @convention(c) () -> UInt
    typealias Describe = @convention(c) (UInt, UnsafeMutablePointer<CChar>, Int) -> Void
    guard let read = find("SSL_read", as: ReadFunction.self), let write = find("SSL_write", as: WriteFunction.self),
      let hasPending = find("SSL_has_pending", as: Question.self),
      let error = find("SSL_get_error", as: NumberFunction.self),
      let setDescriptor = find("SSL_set_fd", as: NumberFunction.self),
      let setReadAhead = find("SSL_set_read_ahead", as: Setter.self),
      let control = find("SSL_ctrl", as: Control.self), let clearErrors = find("ERR_clear_error", as: Clear.self),
      let firstError = find("ERR_peek_error", as: AnError.self),
      let lastError = find("ERR_peek_last_error", as: AnError.self),
      let describe = find("ERR_error_string_n", as: Describe.self)
    else { return nil }
    self.read = read
    self.write = write
    self.hasPending = hasPending
    self.error = error
    self.setDescriptor = setDescriptor
    self.setReadAhead = setReadAhead
    self.control = control
    self.clearErrors = clearErrors
    self.firstError = firstError
    self.lastError = lastError
    self.describe = describe
  }

  /// Empties the thread's queue of errors, as OpenSSL wants it before each call: what a failed handshake of libcurl's has
  /// left there would be taken for this session's.
  @inline(__always)
  func forgetOthersErrors() { if firstError() != 0 { clearErrors() } }

  /// What went wrong last on this thread, in OpenSSL's words.
  func takeMessage() -> String {
    let code = lastError()
    clearErrors()
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { text in
      describe(code, text.baseAddress!, text.count)
      return String(cString: text.baseAddress!)
    }
  }
}
