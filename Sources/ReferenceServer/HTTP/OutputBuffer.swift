/// Bytes to be sent, in memory that is kept from answer to answer. Belongs to one loop.
///
/// A buffer of its own rather than an array: six pieces make up a head, and the checks of six array appends were a
/// tenth of the time that an answer takes outside the kernel.
final class OutputBuffer {
  private var storage: UnsafeMutableRawBufferPointer
  private(set) var count = 0

  /// What is kept when an answer has needed more.
  private static let restingCapacity = 65_536

  init() { storage = .allocate(byteCount: Self.restingCapacity, alignment: 64) }

  deinit { storage.deallocate() }

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: storage[..<count]) }

  @inline(__always)
  func append(_ byte: UInt8) {
    if count == storage.count { grow(by: 1) }
    storage[count] = byte
    count += 1
  }

  @inline(__always)
  func append(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { append($0) }
  }

  @inline(__always)
  func append(_ bytes: UnsafeRawBufferPointer) {
    if bytes.isEmpty { return }
    if count + bytes.count > storage.count { grow(by: bytes.count) }
    (storage.baseAddress! + count).copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
    count += bytes.count
  }

  func append(_ text: String) {
    var text = text
    text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
  }

  /// Decimal digits.
  func append(number: Int) {
    if number >= 10 { append(number: number / 10) }
    append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
  }

  /// Empties the buffer, and gives back the memory of an unusually large answer.
  func removeAll() {
    count = 0
    if storage.count > 4 * Self.restingCapacity {
      storage.deallocate()
      storage = .allocate(byteCount: Self.restingCapacity, alignment: 64)
    }
  }

  private func grow(by extra: Int) {
    let larger = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(count + extra, storage.count * 2), alignment: 64)
    larger.copyMemory(from: bytes)
    storage.deallocate()
    storage = larger
  }
}
