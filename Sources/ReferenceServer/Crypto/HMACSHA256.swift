/// HMAC-SHA-256 under one key (RFC 2104; FIPS 198-1).
///
/// The states after the padded key are computed once, so that each code costs two blocks fewer.
package struct HMACSHA256: Sendable {
  private let inner: SHA256
  private let outer: SHA256

  /// - Parameter key: of any length; one longer than 64 bytes stands for its digest.
  package init(key: [UInt8]) {
    var padded = key.count > 64 ? SHA256.digest(of: key).bytes : key
    padded.append(contentsOf: repeatElement(0, count: 64 - padded.count))
    var inner = SHA256()
    var outer = SHA256()
    inner.update(padded.map { $0 ^ 0x36 })
    outer.update(padded.map { $0 ^ 0x5c })
    self.inner = inner
    self.outer = outer
  }

  /// The code of `message`.
  ///
  /// - Complexity: O(n), no allocation that grows with n.
  package func code(for message: some Collection<UInt8>) -> SHA256Digest {
    var hash = inner
    if message.withContiguousStorageIfAvailable({ hash.update(UnsafeRawBufferPointer($0)) }) == nil {
      hash.update(Array(message))
    }
    let digest = hash.finish()
    var last = outer
    last.update(digest.bytes)
    return last.finish()
  }

  /// Whether `code` is that of `message`; the time does not depend on where they differ.
  package func verifies(_ code: SHA256Digest, for message: some Collection<UInt8>) -> Bool {
    self.code(for: message).equalsInConstantTime(code)
  }
}
