import Glibc

/// Reads one head or trailer section after the other out of received bytes into the caller's `HTTPHeaders`.
///
/// A section that lies whole in the input is scanned where it lies and copied once. One that comes in pieces is
/// gathered line by line, so that no byte after it is ever taken. One that has the very bytes of the section before is not
/// scanned again: a server's heads change once a second, with their date.
struct HeadReader {
  enum Outcome {
    case needMore
    case complete
    case failed(HTTPMessageError)
  }

  private(set) var scanner: HeadScanner
  /// As it is before each section.
  private let fresh: HeadScanner
  private let maxBytes: Int
  private let maxFields: Int
  private let tooLarge: HTTPMessageError
  /// Bytes of the section that `headers.bytes` hold.
  private var gathered = 0
  /// Scanner and headers hold the section before, whole and sound.
  private var isComplete = false
  /// The section has the very bytes of the one before.
  private(set) var isRepeated = false

  /// - Parameters:
  ///   - unfolds: Read folded fields, as in a response.
  ///   - tolerated: Deviations with which the section is read all the same.
  init(
    _ section: HeadScanner.Section, limits: HTTPLimits, unfolds: Bool = false,
    tolerating tolerated: HTTPDeviations = []
  ) {
    fresh = HeadScanner(section, unfolds: unfolds, tolerating: tolerated)
    scanner = fresh
    maxBytes = section == .trailers ? limits.maxTrailerBytes : limits.maxHeadBytes
    maxFields = limits.maxHeaderCount
    tooLarge = section == .trailers ? .trailersTooLarge : .headTooLarge
  }

  /// Whether a byte of the section has come, an empty line before a request aside.
  var hasStarted: Bool { gathered > scanner.skipped }

  /// Makes ready for the next section. What is known of the one before stays until bytes of this one come.
  mutating func begin() { gathered = 0 }

  /// Reads on. `headers` keep an earlier section until the first bytes of this one come, then hold this one; nothing of
  /// it where it is refused, so that they never point outside of their bytes.
  mutating func read(
    _ input: UnsafeRawBufferPointer, from offset: inout Int, into headers: inout HTTPHeaders
  ) -> Outcome {
    guard offset < input.count else { return .needMore }
    let outcome: Outcome
    if gathered > 0 {
      outcome = gather(input, from: &offset, into: &headers)
    } else {
      if isComplete, repeats(input, offset, headers) {
        gathered = headers.bytes.count
        offset += gathered
        isRepeated = true
        return .complete
      }
      isComplete = false
      isRepeated = false
      scanner = fresh
      outcome = readInPlace(input, from: &offset, into: &headers)
    }
    switch outcome {
    case .needMore: break
    case .complete:
      isComplete = true
      if scanner.isFolded { headers.unfold() }
    case .failed:
      scanner = fresh
      headers.removeAll()
    }
    return outcome
  }

  /// Whether the input goes on with the bytes of the section before.
  @inline(__always)
  private func repeats(_ input: UnsafeRawBufferPointer, _ offset: Int, _ headers: borrowing HTTPHeaders) -> Bool {
    headers.bytes.withUnsafeBytes { last in
      // Nothing is kept of trailers that the caller forgot.
      !last.isEmpty && last.count <= input.count - offset
        && memcmp(last.baseAddress!, input.baseAddress! + offset, last.count) == 0
    }
  }

  @inline(__always)
  private mutating func readInPlace(
    _ input: UnsafeRawBufferPointer, from offset: inout Int, into headers: inout HTTPHeaders
  ) -> Outcome {
    let start: UnsafeRawPointer = input.baseAddress! + offset
    let available: Int = input.count - offset
    let outcome: Outcome = scan(
      start.assumingMemoryBound(to: UInt8.self), to: min(available, maxBytes), &headers)
    switch outcome {
    case .complete:
      keep(start, scanner.position, in: &headers)
      offset += scanner.position
    case .needMore:
      keep(start, available, in: &headers)
      offset = input.count
    case .failed:
      gathered = available
    }
    return outcome
  }

  private mutating func gather(
    _ input: UnsafeRawBufferPointer, from offset: inout Int, into headers: inout HTTPHeaders
  ) -> Outcome {
    while offset < input.count {
      let start: UnsafeRawPointer = input.baseAddress! + offset
      var length: Int = input.count - offset
      if let lineFeed = memchr(start, Int32(UInt8.lineFeed), length) {
        length = UnsafeRawPointer(lineFeed) - start + 1
      }
      length = min(length, maxBytes - gathered)
      headers.bytes.append(contentsOf: UnsafeRawBufferPointer(start: start, count: length))
      offset += length
      gathered += length

      let bytes: [UInt8] = headers.bytes
      let outcome: Outcome = bytes.withUnsafeBufferPointer { scan($0.baseAddress!, to: $0.count, &headers) }
      guard case .needMore = outcome else { return outcome }
    }
    return .needMore
  }

  private mutating func keep(_ start: UnsafeRawPointer, _ count: Int, in headers: inout HTTPHeaders) {
    gathered = count
    headers.bytes.removeAll(keepingCapacity: true)
    headers.bytes.append(contentsOf: UnsafeRawBufferPointer(start: start, count: count))
  }

  private mutating func scan(
    _ bytes: UnsafePointer<UInt8>, to end: Int, _ headers: inout HTTPHeaders
  ) -> Outcome {
    while true {
      var scanner: HeadScanner = self.scanner
      let outcome: HeadScanner.Outcome = headers.fields.withUnsafeMutableBufferPointer {
        scanner.scan(bytes, to: end, index: $0)
      }
      self.scanner = scanner
      headers.count = scanner.fieldCount
      switch outcome {
      case .complete: return .complete
      case .needMore: return end == maxBytes ? .failed(tooLarge) : .needMore
      case .failed(let fault): return .failed(fault)
      case .indexFull:
        let room: Int = headers.fields.count
        guard room < maxFields else { return .failed(.tooManyHeaders) }
        let empty = HTTPHeaders.Field(nameStart: 0, nameEnd: 0, valueStart: 0, valueEnd: 0)
        headers.fields.append(contentsOf: repeatElement(empty, count: min(max(room, 16), maxFields - room)))
      }
    }
  }
}
