/// Why there is no client.
package enum HTTPClientError: Error, Sendable, Hashable, CustomStringConvertible {
  /// `option` is the scenario's word for it.
  case unreadable(option: String, path: String, reason: String)
  case invalid(option: String, value: String, reason: String)
  /// libcurl lacks something, or would not start.
  case unavailable(String)

  package var description: String {
    switch self {
    case .unreadable(let option, let path, let reason): "\(option): cannot read '\(path)': \(reason)"
    case .invalid(let option, let value, let reason): "\(option): '\(value)': \(reason)"
    case .unavailable(let reason): "libcurl: \(reason)"
    }
  }
}
