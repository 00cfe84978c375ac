import CLibcurl
import Glibc

/// libcurl's process-wide start, and what it can do.
enum CurlLibrary {
  /// `nil` once libcurl is ready; otherwise why it is not. Evaluated once, by whichever thread comes first.
  static let startFailure: String? = {
    // A peer that closes while we send must show as an error of that send, not end the process: libcurl before 7.87
    // writes under TLS without MSG_NOSIGNAL.
    signal(SIGPIPE, SIG_IGN)
    let code: CURLcode = curl_global_init(Int(CURL_GLOBAL_SSL))
    if code != CURLE_OK { return words(code) }
    guard let information: UnsafeMutablePointer<curl_version_info_data> = curl_version_info(CURLVERSION_FOURTH) else {
      return "it does not tell its version"
    }
    // Without one of these, resolving a name would stop the whole loop.
    if information.pointee.features & (CURL_VERSION_ASYNCHDNS) == 0 { return "it was built without asynchronous DNS" }
    return nil
  }()

  static func words(_ code: CURLcode) -> String { String(cString: curl_easy_strerror(code)) }
}
