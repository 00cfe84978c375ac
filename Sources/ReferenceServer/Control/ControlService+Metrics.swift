extension ControlService {
  /// Upper bounds of the service time histogram, seconds.
  private static let bounds = [
    0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
  ]

  /// - Parameter showsIncidents: The request carries the control token.
  func metrics(_ router: Router, showsIncidents: Bool) async -> ServerResponse {
    guard let (log, loops) = await loops.snapshot() else { return .error(503, "STOPPING", "the server stops") }
    var text = PrometheusText()
    let routes = log.routes.enumerated().filter { $0.element.count > 0 }.map { index, route in
      let known = index < router.routes.count
      return (
        labels: [
          ("method", known ? router.routes[index].method : "any"),
          ("route", known ? router.routes[index].pattern : "unrouted"),
        ], route: route
      )
    }
    text.metric("stampede_requests_total", "counter", "Requests answered, by route and status.")
    for (labels, route) in routes {
      for entry in route.statuses.sorted(by: { $0.status < $1.status }) {
        text.sample("stampede_requests_total", labels + [("status", String(entry.status))], entry.count)
      }
    }
    text.metric(
      "stampede_request_service_seconds", "histogram", "From the end of the head to the last byte of the answer.")
    for (labels, route) in routes {
      let times = route.serviceTime
      for bound in Self.bounds {
        text.sample(
          "stampede_request_service_seconds_bucket", labels + [("le", "\(bound)")],
          times.countAtMost(UInt64(bound * 1e9)))
      }
      text.sample("stampede_request_service_seconds_bucket", labels + [("le", "+Inf")], times.count)
      text.sample("stampede_request_service_seconds_sum", labels, Double(times.sumNanoseconds) / 1e9)
      text.sample("stampede_request_service_seconds_count", labels, times.count)
    }
    text.metric("stampede_refusals_total", "counter", "What was refused before it was a request, by reason.")
    for (name, count) in log.refusals.sorted(by: { $0.key < $1.key }) {
      text.sample("stampede_refusals_total", [("reason", name)], count)
    }
    text.metric("stampede_requests_in_flight", "gauge", "Requests whose head has come and whose answer has not gone.")
    text.sample("stampede_requests_in_flight", [], log.requestsInFlight)
    text.metric("stampede_connections_open", "gauge", "Client connections.")
    text.sample("stampede_connections_open", [], log.connectionsOpen)
    text.metric("stampede_loop_busy_seconds_total", "counter", "Time that a loop did not wait.")
    for (index, loop) in loops.enumerated() {
      text.sample(
        "stampede_loop_busy_seconds_total", [("loop", String(index))], Double(loop.busyNanoseconds) / 1e9)
    }
    text.metric("stampede_pool_connections", "gauge", "Database connections, by database and state.")
    for database in context.databases.all {
      let usage = database.usage
      for (state, count) in [
        ("active", usage.active), ("idle", usage.idle), ("pending", usage.pending), ("max", usage.max),
      ] {
        text.sample("stampede_pool_connections", [("database", database.name), ("state", state)], count)
      }
    }
    guard showsIncidents else { return text.response }
    text.metric("stampede_incident_on", "gauge", "1 while the incident is switched on.")
    for entry in context.incidents.all {
      text.sample("stampede_incident_on", [("incident", entry.incident.name)], entry.isOn ? 1 : 0)
    }
    return text.response
  }
}
