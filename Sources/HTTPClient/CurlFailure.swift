import CLibcurl
import Glibc

/// Names what libcurl reports.
enum CurlFailure {
  /// What is known of an attempt beside libcurl's code.
  struct Circumstances {
    /// A socket was opened, so the name was resolved.
    var hadAddress = true
    var isProxied = false
    /// The proxy's answer to `CONNECT`, or 0.
    var proxyStatus = 0
    /// Of the system call that failed last, or 0.
    var systemErrno: Int32 = 0
    /// Of `socket`, where that failed, or 0.
    var socketErrno: Int32 = 0
    /// No descriptor is left in this process.
    var isOutOfDescriptors = false
  }

  /// Why an attempt to connect failed.
  static func connecting(_ code: CURLcode, _ known: Circumstances) -> TransportFailure {
    if known.socketErrno == EMFILE || known.socketErrno == ENFILE || known.isOutOfDescriptors { return .noDescriptors }
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST: return .dns
    case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY: return .proxy
    case CURLE_OPERATION_TIMEDOUT: return known.hadAddress ? .connectTimeout : .dns
    case CURLE_COULDNT_CONNECT:
      switch known.systemErrno {
      case EADDRNOTAVAIL: return .noPorts
      case _ where known.isProxied: return .proxy
      case ECONNREFUSED: return .connectRefused
      case ETIMEDOUT: return .connectTimeout
      default: return .connectFailed
      }
    case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_CERTPROBLEM,
      CURLE_SSL_CIPHER, CURLE_PEER_FAILED_VERIFICATION, CURLE_USE_SSL_FAILED, CURLE_SSL_ENGINE_INITFAILED,
      CURLE_SSL_CACERT_BADFILE, CURLE_SSL_SHUTDOWN_FAILED, CURLE_SSL_CRL_BADFILE, CURLE_SSL_ISSUER_ERROR,
      CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT:
      return .tls
    case CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING:
      if known.isProxied { return .proxy }
      return .reset
    default:
      return known.isProxied && known.proxyStatus >= 300 ? .proxy : .connectFailed
    }
  }
}

extension HTTPConnection.Received {
  /// Why receiving under TLS failed. libcurl has one code for all of it, and words alone tell what it was.
  init(tlsFault message: String) {
    // A close without TLS's close_notify, which libcurl passes off as an orderly one where OpenSSL lets it.
    if message.contains("unexpected eof") {
      self = .closed
    } else {
      self = .failed(message.contains(" alert ") ? .tls : .reset, message)
    }
  }
}
