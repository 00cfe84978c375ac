/// What one loop has served: counts by route and status, and service times from the end of the head to the last byte
/// of the answer in the kernel's hands. Belongs to its loop; `merge` makes one of all.
package struct ServerLog: Sendable {
  package struct Route: Sendable {
    /// Few and mostly the same: a list beats a dictionary.
    package fileprivate(set) var statuses: [(status: Int, count: UInt64)] = []
    package fileprivate(set) var serviceTime = LatencyBuckets()

    package var count: UInt64 { serviceTime.count }

    fileprivate mutating func count(_ status: Int, times: UInt64) {
      for index in statuses.indices where statuses[index].status == status {
        statuses[index].count &+= times
        return
      }
      statuses.append((status, times))
    }
  }

  /// By the router's number of the route; the last entry is for requests that no route took.
  package private(set) var routes: [Route]
  /// Requests refused before they were any: by the name of the fault.
  package private(set) var refusals: [String: UInt64] = [:]
  package var connectionsAccepted: UInt64 = 0
  package var connectionsOpen = 0
  package var requestsInFlight = 0
  package var bytesReceived: UInt64 = 0
  package var bytesSent: UInt64 = 0

  package init(routeCount: Int) { routes = Array(repeating: Route(), count: routeCount + 1) }

  /// - Complexity: O(number of statuses that the route has answered).
  package mutating func record(route: Int?, status: Int, nanoseconds: UInt64) {
    let index = route ?? routes.count - 1
    routes[index].count(status, times: 1)
    routes[index].serviceTime.record(nanoseconds)
  }

  package mutating func recordRefusal(_ name: String) { refusals[name, default: 0] += 1 }

  package mutating func merge(_ other: ServerLog) {
    for index in routes.indices {
      for entry in other.routes[index].statuses { routes[index].count(entry.status, times: entry.count) }
      routes[index].serviceTime.add(other.routes[index].serviceTime)
    }
    refusals.merge(other.refusals, uniquingKeysWith: +)
    connectionsAccepted += other.connectionsAccepted
    connectionsOpen += other.connectionsOpen
    requestsInFlight += other.requestsInFlight
    bytesReceived += other.bytesReceived
    bytesSent += other.bytesSent
  }

  /// Forgets what was counted; what is open stays open.
  package mutating func reset() {
    var fresh = ServerLog(routeCount: routes.count - 1)
    fresh.connectionsOpen = connectionsOpen
    fresh.requestsInFlight = requestsInFlight
    self = fresh
  }
}
