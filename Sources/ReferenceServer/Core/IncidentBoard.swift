import EventLoop
import Synchronization

/// The switch of one incident. Reading it is one relaxed atomic load.
package final class IncidentSwitch: Sendable {
  package let incident: Incident
  private let on = Atomic<Bool>(false)
  private let parameterBits: Atomic<UInt64>
  /// Monotonic nanoseconds at which it was last switched on.
  private let since = Atomic<UInt64>(0)

  fileprivate init(_ incident: Incident) {
    self.incident = incident
    parameterBits = Atomic((incident.parameter?.standard ?? 0).bitPattern)
  }

  package var isOn: Bool { on.load(ordering: .relaxed) }
  package var parameter: Double { Double(bitPattern: parameterBits.load(ordering: .relaxed)) }
  /// How long it has been on, nanoseconds; 0 while it is off.
  package var nanosecondsOn: UInt64 { isOn ? EventLoop.now() &- since.load(ordering: .relaxed) : 0 }

  package func set(parameter: Double? = nil) {
    parameterBits.store((parameter ?? incident.parameter?.standard ?? 0).bitPattern, ordering: .relaxed)
    since.store(EventLoop.now(), ordering: .relaxed)
    on.store(true, ordering: .relaxed)
  }

  package func clear() { on.store(false, ordering: .relaxed) }
}

/// All incidents of a server. Systems add theirs while the server is made, and keep the switches that they ask for.
package final class IncidentBoard: Sendable {
  private let switches = Locked([String: IncidentSwitch]())

  package init() {}

  /// - Precondition: no other incident has the name.
  package func add(_ incidents: [Incident]) {
    switches.withLock { switches in
      for incident in incidents {
        precondition(switches[incident.name] == nil, "two incidents are named \(incident.name)")
        switches[incident.name] = IncidentSwitch(incident)
      }
    }
  }

  /// The switch of an incident that a system lists itself.
  ///
  /// - Precondition: it was added.
  package func named(_ name: String) -> IncidentSwitch {
    guard let found = find(name) else { preconditionFailure("no incident is named \(name)") }
    return found
  }

  package func find(_ name: String) -> IncidentSwitch? { switches.withLock { $0[name] } }

  /// By name.
  package var all: [IncidentSwitch] {
    switches.withLock { $0.values.sorted { $0.incident.name < $1.incident.name } }
  }

  package func clearAll() {
    for entry in all { entry.clear() }
  }
}
