import EventLoop
import Glibc
import JSON

/// The bundled target: the reference systems behind an HTTP server on event loops of its own.
///
/// ```swift
/// let server = try ReferenceServer(configuration: configuration)
/// let port = try server.start()
/// …
/// server.stop()
/// ```
package final class ReferenceServer: Sendable {
  /// Every system that is served. Adding one is a line here.
  package static let systems: [any ReferenceSystem.Type] = [
    Coupons.self, EventPlatform.self, ArchiveAPI.self, Truth.self,
  ]

  /// All that it can be made to do wrong: each system's, and the network's.
  package static var incidents: [Incident] { systems.flatMap { $0.incidents } + NetworkFaults.incidents }

  package let configuration: ServerConfiguration
  package let context: ServerContext
  /// The bearer token of `/_control`.
  package let controlToken: String
  package let systems: [any ReferenceSystem]
  private let routes: ServedRoutes
  private let loops = LoopRegistry()

  private struct Running {
    var threads: [LoopThread] = []
    var servers: [LoopServer] = []
    var listener: Listener?
    var cpuOfStoppedLoops: UInt64 = 0
  }

  private let running = Locked(Running())

  /// Makes the systems and their first state.
  ///
  /// - Throws: `ServerConfigurationError` where the environment or an incident's name means nothing.
  package init(
    configuration: ServerConfiguration = ServerConfiguration(),
    systems types: [any ReferenceSystem.Type] = ReferenceServer.systems
  ) throws(ServerConfigurationError) {
    self.configuration = configuration
    controlToken = configuration.controlToken ?? Self.makeToken()
    let context = ServerContext(configuration: configuration)
    self.context = context
    context.incidents.add(NetworkFaults.incidents)
    let faults = NetworkFaults(context)
    var router = Router()
    var systems: [any ReferenceSystem] = []
    for type in types {
      context.incidents.add(type.incidents)
      let system = type.init(context: context)
      system.install(on: &router)
      systems.append(system)
    }
    self.systems = systems
    ControlService(context: context, systems: systems, loops: loops, token: controlToken).install(on: &router)
    routes = ServedRoutes(
      router: router, limits: configuration.limits, faults: faults, controlToken: controlToken,
      loopCount: configuration.loops)
    var problems = context.settings.problems
    if controlToken.isEmpty { problems.append("the control token is empty: anybody would have it") }
    if configuration.loops < 1 { problems.append("a server needs one loop at least") }
    for name in configuration.incidents where context.incidents.find(name) == nil {
      problems.append("no incident is named \(name)")
    }
    if !problems.isEmpty { throw ServerConfigurationError(problems: problems) }
    context.switchOnConfiguredIncidents()
  }

  /// Starts the loops and listens. Clients can connect once it returns.
  ///
  /// - Returns: the port.
  package func start() throws(SystemError) -> UInt16 {
    // While there is one thread, if it is the first.
    DescriptorTable.reserve(configuration.limits.maxConnections)
    var threads: [LoopThread] = []
    var servers: [LoopServer] = []
    do throws(SystemError) {
      for index in 0..<configuration.loops {
        let cpu = configuration.cpus.isEmpty ? nil : configuration.cpus[index % configuration.cpus.count]
        let thread = try LoopThread(name: "server-\(index)", cpu: cpu)
        threads.append(thread)
        servers.append(LoopServer(loop: thread.loop, index: index, routes: routes))
      }
      let listener = try Listener(
        host: configuration.host, port: configuration.port, servers: servers, routes: routes)
      let started = Running(threads: threads, servers: servers, listener: listener)
      running.withLock { $0 = started }
      loops.set(servers)
      listener.loop.submit { try? listener.start() }
      return listener.port
    } catch {
      for thread in threads { thread.stopAndJoin() }
      throw error
    }
  }

  /// Accepts no more, lets requests under way be answered for `ServerLimits.stopTimeout`, and ends the loops. Blocks
  /// until then; not to be called on a loop.
  package func stop() {
    let stopped = running.withLock { running in
      let stopped = running
      running.threads = []
      running.servers = []
      running.listener = nil
      return stopped
    }
    guard let listener = stopped.listener else { return }
    listener.loop.submit { listener.stop() }
    for server in stopped.servers { server.loop.submit { server.beginStopping() } }
    awaitNoConnections(for: configuration.limits.stopTimeout)
    if routes.openConnections.total > 0 {
      for server in stopped.servers { server.loop.submit { server.abandonConnections() } }
      awaitNoConnections(for: .milliseconds(50))
    }
    var cpu: UInt64 = 0
    for (thread, server) in zip(stopped.threads, stopped.servers) {
      cpu &+= thread.cpuNanoseconds
      thread.stopAndJoin()
      server.closeDescriptors()
    }
    loops.set([])
    let used = cpu
    running.withLock { $0.cpuOfStoppedLoops &+= used }
  }

  /// CPU time that the loops have used, nanoseconds.
  package var cpuNanoseconds: UInt64 {
    running.withLock { running in
      running.threads.reduce(running.cpuOfStoppedLoops) { $0 &+ $1.cpuNanoseconds }
    }
  }

  private func awaitNoConnections(for duration: Duration) {
    let patience = EventLoop.now() &+ duration.wholeNanoseconds
    var nap = timespec(tv_sec: 0, tv_nsec: 200_000)
    while routes.openConnections.total > 0, EventLoop.now() < patience { nanosleep(&nap, nil) }
  }

  private static func makeToken() -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<2).map { _ in
      let digits = String(generator.next() as UInt64, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }
}

/// What is wrong with a `ServerConfiguration`, all of it.
package struct ServerConfigurationError: Error, Hashable, CustomStringConvertible {
  package var problems: [String]

  package var description: String { problems.joined(separator: "\n") }
}
