import EventLoop

/// What was waited for did not come.
struct NotInTime: Error {}

/// Waits until `condition` holds, asking again and again; ten seconds are patience enough.
func eventually(_ condition: () throws -> Bool) throws {
  let patience = EventLoop.now() &+ 10_000_000_000
  while try !condition() {
    if EventLoop.now() > patience { throw NotInTime() }
  }
}

/// The same for a test that must let tasks run meanwhile.
func eventually(_ condition: () -> Bool) async throws {
  let patience = EventLoop.now() &+ 10_000_000_000
  while !condition() {
    if EventLoop.now() > patience { throw NotInTime() }
    await Task.yield()
  }
}
