/// What the server gives to its systems: clock, switches, settings, seed.
package final class ServerContext: Sendable {
  package let configuration: ServerConfiguration
  package let clock: KSTClock
  package let incidents: IncidentBoard
  package let settings: SettingBoard
  package let databases: DatabaseRegistry

  package init(configuration: ServerConfiguration) {
    self.configuration = configuration
    clock = KSTClock()
    incidents = IncidentBoard()
    settings = SettingBoard(environment: configuration.environment)
    databases = DatabaseRegistry()
  }

  /// Switches on the incidents that the configuration names, and all others off.
  func switchOnConfiguredIncidents() {
    incidents.clearAll()
    for name in configuration.incidents { incidents.find(name)?.set() }
  }

  /// A generator of draws for the purpose `label`: the same for the same seed and label, different for each label.
  package func random(_ label: String) -> SharedRandom {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in label.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return SharedRandom(seed: configuration.seed &+ hash)
  }
}
