import HTTPClient

/// The link to a next page.
enum WebLink {
  /// The URL in a `Link` header's value whose relation is `next` (RFC 8288, section 3): `</a?page=2>; rel="next"`.
  static func next(_ header: String) -> String? {
    var rest = header.utf8[...]
    func skip(_ bytes: String) { while let byte = rest.first, bytes.utf8.contains(byte) { rest = rest.dropFirst() } }
    while true {
      skip(" \t,")
      guard rest.first == UInt8(ascii: "<"), let end = rest.firstIndex(of: UInt8(ascii: ">")) else { return nil }
      let url = String(rest[rest.index(after: rest.startIndex)..<end]) ?? ""
      rest = rest[rest.index(after: end)...]
      var isNext = false
      var hasRelation = false
      skip(" \t")
      while rest.first == UInt8(ascii: ";") {
        rest = rest.dropFirst()
        skip(" \t")
        let name = String(decoding: rest.prefix { !"=;, \t".utf8.contains($0) }, as: UTF8.self).lowercased()
        rest = rest.dropFirst(name.utf8.count)
        skip(" \t")
        var value: [UInt8] = []
        if rest.first == UInt8(ascii: "=") {
          rest = rest.dropFirst()
          skip(" \t")
          if rest.first == UInt8(ascii: "\"") {
            rest = rest.dropFirst()
            while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
              value.append(byte == UInt8(ascii: "\\") ? rest.popFirst() ?? byte : byte)
            }
          } else {
            value = Array(rest.prefix { !";, \t".utf8.contains($0) })
            rest = rest.dropFirst(value.count)
          }
        }
        // Only the first relation counts (section 3.3).
        if name == "rel", !hasRelation {
          hasRelation = true
          let relations = String(decoding: value, as: UTF8.self).lowercased().split(separator: " ")
          isNext = relations.contains("next")
        }
        skip(" \t")
      }
      if isNext { return url }
      guard rest.first == UInt8(ascii: ",") else { return nil }
    }
  }

  /// The whole URL of a link in the response to `base` (RFC 3986, section 5.2, without dots in paths).
  ///
  /// Another origin is refused: the ledger's headers, which may carry credentials, would go there.
  static func resolve(_ link: String, against base: HTTPURL) -> Result<String, LedgerFault> {
    let shown = LedgerFault.short(link)
    guard link.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      return .failure(LedgerFault(.scenario, "the link to the next page, '\(shown)', has characters that no URL has"))
    }
    let target = base.target.isEmpty ? "/" : base.target
    let path = String(target.prefix { $0 != "?" })
    let text: String
    if link.hasPrefix("//") {
      text = "\(base.endpoint.scheme.rawValue):\(link)"
    } else if link.hasPrefix("/") {
      text = base.endpoint.description + link
    } else if link.hasPrefix("?") {
      text = base.endpoint.description + path + link
    } else if let colon = link.firstIndex(of: ":"), link[..<colon].allSatisfy({ $0.isLetter || $0.isNumber }) {
      text = link
    } else {
      let folder = path[...(path.lastIndex(of: "/") ?? path.startIndex)]
      text = base.endpoint.description + folder + link
    }
    do throws(HTTPURLError) {
      let url = try HTTPURL(text)
      guard url.endpoint == base.endpoint else {
        return .failure(
          LedgerFault(
            .scenario,
            "the link to the next page leads to \(url.endpoint), and the ledger is at \(base.endpoint): it is not followed, "
              + "since the ledger's headers would be sent there"))
      }
      return .success(url.description)
    } catch {
      return .failure(LedgerFault(.scenario, "the link to the next page, '\(shown)', is no URL: \(error)"))
    }
  }
}
