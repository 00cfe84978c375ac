import JSON

extension Reading {
  func client(_ node: JSONNode) -> ClientOptions {
    var client = ClientOptions()
    guard let fields = fields(node, .client) else { return client }
    if let policy: ClientOptions.ConnectionPolicy = fields["connections"].flatMap({ word($0, "connection policy") }) {
      client.connections = policy
    }
    if let retry: ClientOptions.RetryClosed = fields["retry_closed"].flatMap({ word($0, "kind of request") }) {
      client.retryClosed = retry
    }
    client.keepAlive = duration(fields, "keep_alive", in: 1...Limits.timeout)
    if let lenient = bool(fields, "lenient") { client.lenient = lenient }
    if let time = duration(fields, "connect_timeout", in: 1...Limits.timeout) { client.connectTimeout = time }
    if let time = duration(fields, "timeout", in: 1...Limits.timeout) { client.requestTimeout = time }
    if let node = fields["headers"] { client.headers = headers(node) }
    if let insecure = bool(fields, "insecure") { client.insecure = insecure }
    client.caBundle = fields["ca"].flatMap { checkedFile($0, "a file of CA certificates (PEM)") }
    client.clientCertificate = fields["cert"].flatMap { checkedFile($0, "a file with a certificate (PEM)") }
    client.clientKey = fields["key"].flatMap { checkedFile($0, "a file with a private key (PEM)") }
    if fields["key"] != nil, fields["cert"] == nil, let key = fields.member("key") {
      error("'key' has no meaning without 'cert'", at: key.keyRange)
    }
    if let node = fields["proxy"], let (proxy, shown) = proxy(node) {
      (client.proxy, client.shownProxy) = (proxy, shown)
    }
    if let tunnel = bool(fields, "proxy_tunnel") {
      client.proxyTunnel = tunnel
      checkTunnel(client, fields)
    }
    client.unixSocket = fields["unix_socket"].flatMap { plainText($0, "the path of a Unix socket") }.map(beside)
    if let node = fields["resolve"] { client.resolve = resolve(node) }
    if let size = fields["max_body"].flatMap({ size($0, "'max_body'", in: 0...Limits.bodyBytes) }) {
      client.maxBodyBytes = size
    }
    return client
  }

  /// Only an HTTP proxy can be asked for something else than a tunnel.
  private func checkTunnel(_ client: ClientOptions, _ fields: Fields) {
    guard let key = fields.member("proxy_tunnel")?.keyRange else { return }
    if fields["proxy"] == nil {
      error("'proxy_tunnel' has no meaning without 'proxy'", at: key)
    } else if !client.proxyTunnel, let proxy = client.proxy, !proxy.lowercased().hasPrefix("http") {
      error("'proxy_tunnel: false' needs an HTTP proxy: a SOCKS proxy does nothing but tunnel", at: key)
    }
  }

  /// A path as written where absolute, else beside the scenario file.
  func beside(_ path: String) -> String {
    guard !path.hasPrefix("/"), let slash = source.name.lastIndex(of: "/") else { return path }
    return source.name[...slash] + path
  }

  /// The path of a file, after a look whether it can be read.
  private func checkedFile(_ node: JSONNode, _ expected: String) -> String? {
    guard let path = plainText(node, expected) else { return nil }
    do {
      _ = try files.bytes(path)
    } catch let reason {
      if !toleratesMissing { error("'\(path)' cannot be read: \(reason)", at: node.range) }
    }
    return beside(path)
  }

  /// The proxy with its kind, and how it may be shown. It can be a variable of the environment, or have one in it: before
  /// its host that is percent-encoded.
  private func proxy(_ node: JSONNode) -> (String, shown: String)? {
    guard string(node, "a proxy such as 'http://proxy.example:3128'") != nil, let template = template(node)
    else { return nil }
    var proxy = ""
    var shown = ""
    for (index, part) in template.parts.enumerated() {
      switch part {
      case .literal(let text):
        proxy += text
        shown += text
      case .environment(_, let value):
        // Whoever reads a run again may have another environment.
        if value.isEmpty, toleratesMissing { return nil }
        let isBeforeHost = template.parts[index...].contains { part in
          if case .literal(let text) = part { text.contains("@") } else { false }
        }
        proxy += isBeforeHost ? PercentEncoding.text(value) : value
        shown += "***"
      case .variable, .builtIn:
        error("only variables of the environment can be filled in here: ${env.NAME}", at: node.range)
        _ = takeUses()
        return nil
      }
    }
    if proxy.isEmpty {
      error("a proxy has a host, such as 'http://proxy.example:3128'", at: node.range)
      return nil
    }
    let schemes = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"]
    if let end = proxy.firstRange(of: "://") {
      guard schemes.contains(proxy[..<end.lowerBound].lowercased()) else {
        error("unknown kind of proxy", at: node.range, hint: "kinds are: \(Suggestion.list(schemes))")
        return nil
      }
    } else {
      proxy = "http://" + proxy
      shown = "http://" + shown
    }
    return (proxy, URLPassword.isUnclear(shown) ? "***" : URLPassword.masked(shown))
  }

  private func resolve(_ node: JSONNode) -> [String] {
    guard let elements = list(node, "a list of 'host:port:address'") else { return [] }
    return elements.compactMap { element in
      guard let text = plainText(element, "'host:port:address'") else { return nil }
      let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      if parts.count == 3, !parts[0].isEmpty, let port = Int(parts[1]), (1...65535).contains(port), !parts[2].isEmpty {
        return text
      }
      error("expected 'host:port:address', such as 'api.example:443:127.0.0.1'", at: element.range)
      return nil
    }
  }

  /// The target by name or as a URL without credentials, query or fragment.
  func target(_ node: JSONNode) -> Scenario.Target? {
    guard let text = plainText(node, "'reference' or a URL") else { return nil }
    if text == "reference" { return .reference }
    switch TargetURL.fault(in: text) {
    case nil: return .url(text)
    case let fault?:
      let near = Suggestion.didYouMean(text, among: ["reference"])
      error(fault, at: node.range, hint: near ?? "such as 'https://staging.example:8443', or 'reference'")
      return nil
    }
  }
}

/// What a target's URL may look like: `http[s]://host[:port][/path]`.
package enum TargetURL {
  /// What is wrong with a URL as a target; `nil` where nothing is.
  package static func fault(in text: String) -> String? {
    guard let scheme = text.firstRange(of: "://") else {
      return "a target is 'reference' or a URL with http:// or https://"
    }
    guard ["http", "https"].contains(text[..<scheme.lowerBound].lowercased()) else {
      return "a target speaks http or https"
    }
    let rest = text[scheme.upperBound...]
    let authority = rest.prefix { !"/?#".contains($0) }
    if authority.contains("@") {
      return "a target has no user and password, since it appears in reports (use an Authorization header)"
    }
    if rest.contains("?") || rest.contains("#") { return "a target has no query and no fragment" }
    if text.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F }) {
      return "a URL has neither spaces nor characters beyond ASCII"
    }
    return authorityFault(authority)
  }

  private static func authorityFault(_ authority: Substring) -> String? {
    var port = Substring()
    var host = authority
    if authority.hasPrefix("[") {
      guard let close = authority.firstIndex(of: "]") else { return "the address has no closing ']'" }
      host = authority[...close]
      port = authority[authority.index(after: close)...]
    } else if let colon = authority.firstIndex(of: ":") {
      host = authority[..<colon]
      port = authority[colon...]
    }
    if host.isEmpty || host == "[]" { return "the URL names no host" }
    if port.isEmpty { return nil }
    guard port.first == ":", let number = Int(port.dropFirst()), (1...65535).contains(number) else {
      return "the port must be between 1 and 65535"
    }
    return nil
  }
}
