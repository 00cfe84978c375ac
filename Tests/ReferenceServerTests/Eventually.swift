import EventLoop

/// What was waited for did not come.
struct NotInTime: Error {}

/// Waits until `condition` holds, asking again and again; a minute is patience enough.
func eventually(_ condition: () throws -> Bool) throws {
  let patience = EventLoop.now() &+ 60_000_000_000
  while try !condition() {
    if EventLoop.now() > patience { throw NotInTime() }
  }
}

/// The same for a test that must let tasks run meanwhile.
func eventually(_ condition: () -> Bool) async throws {
  let patience = EventLoop.now() &+ 60_000_000_000
  while !condition() {
    if EventLoop.now() > patience { throw NotInTime() }
    await Task.yield()
  }
}

/// What `attempt` gives the first time that it `fits`, else what it gave the last time.
///
/// For what takes requests that come together, or within a time: a machine that stands still at the wrong instant takes
/// them apart, which says nothing of the server. It does not so time after time.
func fitting<Value>(attempts: Int = 20, _ attempt: () throws -> Value, fits: (Value) -> Bool) throws -> Value {
  for _ in 1..<attempts {
    let value = try attempt()
    if fits(value) { return value }
  }
  return try attempt()
}
