-- The percentiles as wrk has them, as one line that the suite reads; microseconds.
function done(summary, latency, requests)
   io.write(string.format('{"p95": %d, "p99": %d, "max": %d}\n', latency:percentile(95), latency:percentile(99), latency.max))
end
