import CLibcurl
import Glibc

/// The options that all handles of a client have in common, checked once.
struct CurlSettings {
  private let options: HTTPClientOptions
  let usesTLSProxy: Bool
  /// Where connections go in place of the target, if they do.
  let proxyHost: (host: String, port: UInt16)?
  /// A directory of hashed certificates: each is read when it is wanted.
  private let certificateDirectory: String?

  init(_ options: HTTPClientOptions) throws(HTTPClientError) {
    if let reason = CurlLibrary.startFailure { throw .unavailable(reason) }
    self.options = options
    try Self.checkReadable("ca_bundle", options.caBundle)
    try Self.checkReadable("client_certificate", options.clientCertificate)
    try Self.checkReadable("client_key", options.clientKey)
    if let path = options.unixSocket, path.isEmpty || path.utf8.count > Self.longestSocketPath {
      throw .invalid(
        option: "unix_socket", value: path, reason: "a socket's path has 1 to \(Self.longestSocketPath) bytes")
    }
    for entry in options.resolve { try Self.checkOverride(entry) }
    usesTLSProxy = try options.proxy.map(Self.proxyScheme) == "https"
    proxyHost = options.proxy.flatMap(Self.proxyHost)
    certificateDirectory = options.caBundle == nil ? Self.hashedCertificates() : nil
  }

  func apply(to handle: CurlHandle) {
    handle.set(CURLOPT_NOSIGNAL, 1)
    handle.set(CURLOPT_CONNECT_ONLY, 1)
    handle.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    handle.set(CURLOPT_BUFFERSIZE, 1024)
    handle.set(CURLOPT_TCP_NODELAY, 1)
    handle.set(CURLOPT_NOPROXY, "")
    handle.set(CURLOPT_PROXY, options.proxy ?? "")
    handle.set(CURLOPT_HTTPPROXYTUNNEL, options.proxyTunnel ? 1 : 0)
    handle.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    if let path = options.unixSocket { handle.set(CURLOPT_UNIX_SOCKET_PATH, path) }

    // Every connection shakes hands in full: users are different people, and no run depends on the one before.
    handle.set(CURLOPT_SSL_SESSIONID_CACHE, 0)
    if options.insecure {
      for option in [CURLOPT_SSL_VERIFYPEER, CURLOPT_SSL_VERIFYHOST] { handle.set(option, 0) }
      for option in [CURLOPT_PROXY_SSL_VERIFYPEER, CURLOPT_PROXY_SSL_VERIFYHOST] { handle.set(option, 0) }
    }
    if let bundle = options.caBundle {
      for option in [CURLOPT_CAINFO, CURLOPT_PROXY_CAINFO] { handle.set(option, bundle) }
      for option in [CURLOPT_CAPATH, CURLOPT_PROXY_CAPATH] { handle.set(option, nil as String?) }
    } else if let directory = certificateDirectory {
      // libcurl's own default reads the system's whole bundle for each connection: milliseconds, and a megabyte.
      for option in [CURLOPT_CAINFO, CURLOPT_PROXY_CAINFO] { handle.set(option, nil as String?) }
      for option in [CURLOPT_CAPATH, CURLOPT_PROXY_CAPATH] { handle.set(option, directory) }
    }
    if let certificate = options.clientCertificate {
      handle.set(CURLOPT_SSLCERT, certificate)
      handle.set(CURLOPT_SSLKEY, options.clientKey ?? certificate)
    }
  }

  // MARK: Checks

  private static let longestSocketPath = 107

  private static func checkReadable(_ option: String, _ path: String?) throws(HTTPClientError) {
    guard let path else { return }
    let descriptor: Int32 = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 {
      throw .unreadable(option: option, path: path, reason: String(cString: strerror(errno)))
    }
    var information = stat()
    let isDirectory = fstat(descriptor, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
    close(descriptor)
    if isDirectory { throw .unreadable(option: option, path: path, reason: "it is a directory") }
  }

  /// `host:port:address`: libcurl passes over what it cannot read, silently.
  private static func checkOverride(_ entry: String) throws(HTTPClientError) {
    let parts = entry.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    func refuse(_ reason: String) -> HTTPClientError { .invalid(option: "resolve", value: entry, reason: reason) }
    guard parts.count == 3, !parts[0].isEmpty else { throw refuse("write 'host:port:address'") }
    guard let port = UInt16(parts[1]), port > 0 else { throw refuse("'\(parts[1])' is not a port") }
    for address in parts[2].split(separator: ",", omittingEmptySubsequences: false) {
      let bare = address.hasPrefix("[") && address.hasSuffix("]") ? address.dropFirst().dropLast() : address
      var storage = in6_addr()
      let family = address.contains(":") ? AF_INET6 : AF_INET
      guard inet_pton(family, String(bare), &storage) == 1 else {
        throw refuse("'\(address)' is not an IP address")
      }
    }
  }

  private static func proxyScheme(_ proxy: String) throws(HTTPClientError) -> String {
    let known = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"]
    func refuse(_ reason: String) -> HTTPClientError {
      .invalid(option: "proxy", value: withoutCredentials(proxy), reason: reason)
    }
    guard let colon = proxy.utf8.firstIndex(of: UInt8(ascii: ":")), proxy[colon...].hasPrefix("://") else {
      throw refuse("write it with its scheme: 'http://host:port'")
    }
    let scheme = proxy[..<colon].lowercased()
    guard known.contains(scheme) else {
      throw refuse("'\(scheme)' is not one of \(known.joined(separator: ", "))")
    }
    guard let url = curl_url() else { throw .unavailable("out of memory") }
    defer { curl_url_cleanup(url) }
    let code: CURLUcode = curl_url_set(url, CURLUPART_URL, proxy, UInt32(CURLU_NON_SUPPORT_SCHEME))
    guard code == CURLUE_OK else { throw refuse(String(cString: curl_url_strerror(code))) }
    return scheme
  }

  /// The host and port of a proxy that was found to be one; libcurl's own default port where it names none.
  private static func proxyHost(_ proxy: String) -> (String, UInt16)? {
    guard let url = curl_url() else { return nil }
    defer { curl_url_cleanup(url) }
    func part(_ name: CURLUPart) -> String? {
      var text: UnsafeMutablePointer<CChar>?
      guard curl_url_get(url, name, &text, 0) == CURLUE_OK, let text else { return nil }
      defer { curl_free(text) }
      return String(cString: text)
    }
    guard curl_url_set(url, CURLUPART_URL, proxy, UInt32(CURLU_NON_SUPPORT_SCHEME)) == CURLUE_OK,
      let host = part(CURLUPART_HOST)
    else { return nil }
    let fallback: UInt16 = part(CURLUPART_SCHEME) == "https" ? 443 : 1080
    return (host, part(CURLUPART_PORT).flatMap { UInt16($0) } ?? fallback)
  }

  /// For messages: what stands before the last `@` may be a password.
  private static func withoutCredentials(_ proxy: String) -> String {
    guard let at = proxy.lastIndex(of: "@") else { return proxy }
    return "***" + proxy[at...]
  }

  /// The directory that libcurl was built with, where it holds certificates under their hashes.
  private static func hashedCertificates() -> String? {
    guard let easy = curl_easy_init() else { return nil }
    defer { curl_easy_cleanup(easy) }
    guard let path = stampede_default_capath(easy), let directory = opendir(path) else { return nil }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name: String = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.count == 10, name.hasSuffix(".0") { return String(cString: path) }
    }
    return nil
  }
}
