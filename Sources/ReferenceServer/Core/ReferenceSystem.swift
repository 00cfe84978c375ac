import JSON

/// A system that the server serves: its endpoints, its state, its incidents.
///
/// To add one, write it down in `ReferenceServer.systems`.
package protocol ReferenceSystem: Sendable {
  /// As in `/_control/truth/{name}`.
  static var name: String { get }
  static var incidents: [Incident] { get }

  /// Takes what it needs of the server and makes its first state. Its incidents are on the board by then.
  init(context: ServerContext)

  /// Adds its endpoints.
  func install(on router: inout Router)

  /// Makes the first state again. Requests may be under way on any loop. Databases, incidents and settings are the
  /// server's to reset.
  func reset()

  /// The state as it is, past every cache and incident: what a check is held against.
  func truth() -> JSONValue

  /// What it has measured of itself, for the server's log; `nil` where it has nothing to say.
  func witness() -> JSONValue?
}

extension ReferenceSystem {
  package func witness() -> JSONValue? { nil }
}
