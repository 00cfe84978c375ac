import CLibcurl
import Glibc
import Testing

@testable import HTTPClient

@Suite("Names for what libcurl reports")
struct CurlFailureTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var code: CURLcode
    var known = CurlFailure.Circumstances()
    var failure: TransportFailure
    var testDescription: String { "\(code.rawValue) \(String(cString: curl_easy_strerror(code))): \(failure)" }

    init(_ code: CURLcode, _ failure: TransportFailure, _ change: (inout CurlFailure.Circumstances) -> Void = { _ in })
    {
      self.code = code
      self.failure = failure
      change(&known)
    }
  }

  @Test(
    "every code and circumstance has one name",
    arguments: [
      Row(CURLE_COULDNT_RESOLVE_HOST, .dns),
      Row(CURLE_COULDNT_RESOLVE_PROXY, .proxy),
      Row(CURLE_COULDNT_CONNECT, .connectFailed),
      Row(CURLE_COULDNT_CONNECT, .connectRefused) { $0.systemErrno = ECONNREFUSED },
      Row(CURLE_COULDNT_CONNECT, .connectTimeout) { $0.systemErrno = ETIMEDOUT },
      Row(CURLE_COULDNT_CONNECT, .connectFailed) { $0.systemErrno = ENETUNREACH },
      Row(CURLE_COULDNT_CONNECT, .connectFailed) { $0.systemErrno = EHOSTUNREACH },
      Row(CURLE_COULDNT_CONNECT, .connectFailed) { $0.systemErrno = ENOENT },
      Row(CURLE_COULDNT_CONNECT, .noPorts) { $0.systemErrno = EADDRNOTAVAIL },
      Row(CURLE_COULDNT_CONNECT, .noDescriptors) { $0.socketErrno = EMFILE },
      Row(CURLE_COULDNT_CONNECT, .noDescriptors) { $0.socketErrno = ENFILE },
      Row(CURLE_COULDNT_CONNECT, .connectFailed) { $0.socketErrno = ENOBUFS },
      Row(CURLE_COULDNT_RESOLVE_HOST, .noDescriptors) { $0.isOutOfDescriptors = true },
      Row(CURLE_SSL_CACERT_BADFILE, .noDescriptors) { $0.isOutOfDescriptors = true },
      Row(CURLE_COULDNT_CONNECT, .proxy) {
        $0.systemErrno = ECONNREFUSED
        $0.isProxied = true
      },
      Row(CURLE_COULDNT_CONNECT, .noPorts) {
        $0.systemErrno = EADDRNOTAVAIL
        $0.isProxied = true
      },
      Row(CURLE_OPERATION_TIMEDOUT, .connectTimeout),
      Row(CURLE_OPERATION_TIMEDOUT, .dns) { $0.hadAddress = false },
      Row(CURLE_PROXY, .proxy) { $0.isProxied = true },
      Row(CURLE_RECV_ERROR, .reset),
      Row(CURLE_SEND_ERROR, .reset),
      Row(CURLE_GOT_NOTHING, .reset),
      Row(CURLE_RECV_ERROR, .proxy) {
        $0.isProxied = true
        $0.proxyStatus = 403
      },
      Row(CURLE_HTTP_RETURNED_ERROR, .proxy) {
        $0.isProxied = true
        $0.proxyStatus = 407
      },
      Row(CURLE_SSL_CONNECT_ERROR, .tls),
      Row(CURLE_PEER_FAILED_VERIFICATION, .tls),
      Row(CURLE_SSL_CERTPROBLEM, .tls),
      Row(CURLE_SSL_CIPHER, .tls),
      Row(CURLE_SSL_CACERT_BADFILE, .tls),
      Row(CURLE_SSL_ISSUER_ERROR, .tls),
      Row(CURLE_SSL_PINNEDPUBKEYNOTMATCH, .tls),
      Row(CURLE_SSL_INVALIDCERTSTATUS, .tls),
      Row(CURLE_SSL_CLIENTCERT, .tls),
      Row(CURLE_SSL_ENGINE_NOTFOUND, .tls),
      Row(CURLE_SSL_ENGINE_SETFAILED, .tls),
      Row(CURLE_SSL_ENGINE_INITFAILED, .tls),
      Row(CURLE_SSL_CRL_BADFILE, .tls),
      Row(CURLE_SSL_SHUTDOWN_FAILED, .tls),
      Row(CURLE_USE_SSL_FAILED, .tls),
      Row(CURLE_URL_MALFORMAT, .connectFailed),
      Row(CURLE_OUT_OF_MEMORY, .connectFailed),
      Row(CURLE_UNSUPPORTED_PROTOCOL, .connectFailed),
      Row(CURLE_INTERFACE_FAILED, .connectFailed),
    ])
  func connecting(_ row: Row) {
    #expect(CurlFailure.connecting(row.code, row.known) == row.failure)
  }

  @Test("no code of libcurl's is left without a name, and none is taken for a failure of a sent request but a reset")
  func everyCode() {
    for value in 1..<CURL_LAST.rawValue {
      let failure = CurlFailure.connecting(CURLcode(rawValue: value), CurlFailure.Circumstances())
      #expect(failure.precedesRequest || failure == .reset)
    }
  }

  @Test("names are those that scenarios use, and unlike")
  func names() {
    let names = TransportFailure.allCases.map(\.rawValue)
    #expect(
      names == [
        "dns", "connect_refused", "connect_timeout", "connect_failed", "tls", "proxy", "no_descriptors", "no_ports",
        "reset", "closed", "truncated", "timeout", "malformed", "too_large", "cancelled",
      ])
    #expect(TransportFailure.allCases.filter(\.isGeneratorFault) == [.noDescriptors, .noPorts])
  }
}
