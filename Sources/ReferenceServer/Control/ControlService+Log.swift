import JSON

extension ControlService {
  /// What the server itself has measured since its start or reset: a second witness beside every client.
  func log(_ router: Router) async -> ServerResponse {
    guard let (log, loops) = await loops.snapshot() else { return .error(503, "STOPPING", "the server stops") }
    var text = JSONText(capacity: 16_384)
    text.object {
      $0.member("routes") {
        $0.array { array in
          for (index, route) in log.routes.enumerated() where route.count > 0 {
            array.object { Self.write(Self.name(index, router), route, into: &$0) }
          }
        }
      }
      $0.member(
        "refusals",
        json: .object(
          log.refusals.sorted { $0.key < $1.key }.map { JSONField($0.key, .integer(Int64($0.value))) }))
      let witnesses = systems.compactMap { system in system.witness().map { JSONField(type(of: system).name, $0) } }
      if !witnesses.isEmpty { $0.member("systems", json: .object(witnesses)) }
      $0.member("connections") {
        $0.object {
          $0.member("accepted", Int(log.connectionsAccepted))
          $0.member("open", log.connectionsOpen)
        }
      }
      $0.member("in_flight", log.requestsInFlight)
      $0.member("bytes_received", Int(log.bytesReceived))
      $0.member("bytes_sent", Int(log.bytesSent))
      $0.member("loops") {
        $0.array { array in
          for loop in loops {
            array.object {
              $0.member("busy_ns", Int(loop.busyNanoseconds))
              $0.member("connections", loop.connectionsOpen)
            }
          }
        }
      }
    }
    return .json(200, bytes: text.bytes)
  }

  private static func name(_ index: Int, _ router: Router) -> String {
    index < router.routes.count ? router.routes[index].method + " " + router.routes[index].pattern : "unrouted"
  }

  private static func write(_ name: String, _ route: ServerLog.Route, into text: inout JSONText) {
    text.member("route", name)
    text.member("count", Int(route.count))
    text.member(
      "statuses",
      json: .object(
        route.statuses.sorted { $0.status < $1.status }.map {
          JSONField(String($0.status), .integer(Int64($0.count)))
        }))
    let times = route.serviceTime
    text.member("service_time_ns") {
      $0.object {
        $0.member("mean", Int(times.sumNanoseconds / times.count))
        $0.member("p50", Int(times.quantile(0.5)))
        $0.member("p90", Int(times.quantile(0.9)))
        $0.member("p95", Int(times.quantile(0.95)))
        $0.member("p99", Int(times.quantile(0.99)))
        $0.member("max", Int(times.maxNanoseconds))
        $0.member("buckets") {
          $0.array { array in
            for bucket in times.filled {
              array.array {
                $0.value(Int(bucket.upperNanoseconds))
                $0.value(Int(bucket.count))
              }
            }
          }
        }
      }
    }
  }
}
