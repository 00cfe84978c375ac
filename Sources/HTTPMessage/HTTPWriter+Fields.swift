// What the heads have in common: elements that are checked as they are written.

extension HTTPWriter {
  struct Seen {
    var hosts = 0
    var close = false
    var keepAlive = false
  }

  /// Writes the caller's fields, and takes from `framing` what they have already said.
  static func fields(
    _ headers: [(String, String)], into buffer: inout [UInt8], framing: inout BodyFraming
  ) throws(HTTPMessageError) -> Seen {
    let wanted: BodyFraming = framing
    var seen = Seen()
    for (name, value) in headers {
      guard let known = try append(name, value, to: &buffer) else { continue }
      switch known {
      case .host:
        seen.hosts += 1
        for byte in value.utf8 where !byte.isHostCharacter { throw .badHost }
      case .contentLength:
        switch wanted {
        case .length(let length): guard value == String(length) else { throw .contradictoryFraming }
        default: throw .contradictoryFraming
        }
        guard framing == wanted else { throw .contradictoryFraming }
        framing = .none
      case .transferEncoding:
        guard framing == .chunked, value == "chunked" else { throw .contradictoryFraming }
        framing = .none
      case .connection:
        let headers = HTTPHeaders([("connection", value)])
        seen.close = seen.close || headers.contains("connection", token: "close")
        seen.keepAlive = seen.keepAlive || headers.contains("connection", token: "keep-alive")
      case .expect, .keepAlive: break
      }
    }
    return seen
  }

  static func endHead(_ framing: BodyFraming, into buffer: inout [UInt8]) {
    switch framing {
    case .none, .untilClose: break
    case .length(let length):
      append("Content-Length: ", to: &buffer)
      append(length, radix: 10, to: &buffer)
      append("\r\n", to: &buffer)
    case .chunked: append("Transfer-Encoding: chunked\r\n", to: &buffer)
    }
    append("\r\n", to: &buffer)
  }

  /// Writes one field after checking it, and says whether it is one that matters here.
  static func append(
    _ name: String, _ value: String, to buffer: inout [UInt8]
  ) throws(HTTPMessageError) -> FramingFields.Known? {
    let start: Int = buffer.count
    buffer.append(contentsOf: name.utf8)
    let end: Int = buffer.count
    guard end > start else { throw .emptyHeaderName }
    append(": ", to: &buffer)
    let valueStart: Int = buffer.count
    buffer.append(contentsOf: value.utf8)
    let valueEnd: Int = buffer.count
    append("\r\n", to: &buffer)
    let (fault, known): (HTTPMessageError?, FramingFields.Known?) = buffer.withUnsafeBufferPointer {
      let bytes: UnsafePointer<UInt8> = $0.baseAddress!
      for position in start..<end where !bytes[position].isToken { return (.badHeaderName, nil) }
      if firstControl(bytes, from: valueStart, to: valueEnd) < valueEnd { return (.badHeaderValue, nil) }
      return (nil, FramingFields.recognize(bytes, start, end - start))
    }
    if let fault { throw fault }
    return known
  }

  /// Writes a method and a target with the spaces after them, once they are such.
  static func append(method: String, target: String, to buffer: inout [UInt8]) throws(HTTPMessageError) {
    let start: Int = buffer.count
    buffer.append(contentsOf: method.utf8)
    let methodEnd: Int = buffer.count
    buffer.append(.space)
    buffer.append(contentsOf: target.utf8)
    let targetEnd: Int = buffer.count
    buffer.append(.space)
    let fault: HTTPMessageError? = buffer.withUnsafeBufferPointer {
      let bytes: UnsafePointer<UInt8> = $0.baseAddress!
      let targetStart: Int = methodEnd + 1
      if methodEnd == start || firstNotToken(bytes, from: start, to: methodEnd) < methodEnd { return .badMethod }
      guard firstNotVisible(bytes, from: targetStart, to: targetEnd) == targetEnd,
        isRequestTarget(bytes + targetStart, targetEnd - targetStart, bytes + start, methodEnd - start)
      else { return .badTarget }
      return nil
    }
    if let fault { throw fault }
  }

  static func append(_ text: StaticString, to buffer: inout [UInt8]) {
    buffer.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  static func append(_ number: UInt64, radix: UInt64, to buffer: inout [UInt8]) {
    let start: Int = buffer.count
    var rest: UInt64 = number
    repeat {
      let digit = UInt8(rest % radix)
      buffer.append(digit < 10 ? 0x30 + digit : 0x61 + digit - 10)
      rest /= radix
    } while rest > 0
    buffer[start...].reverse()
  }
}
