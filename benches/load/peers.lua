-- The peers' own load script (PEERS/workloads.lua: PEER, W, CODES), without its look into every answer, so that the peers are measured with as cheap a
-- generator as palts. Whether the answers are right is checked before each run, and their number of bytes after it.
dofile(os.getenv("PEERS") .. "/workloads.lua")
response = nil

function done(summary, latency)
  io.write(string.format(
    "RESULT requests=%d seconds=%.4f p50_ms=%.3f p99_ms=%.3f failed=%d bytes=%d next=0\n",
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    summary.errors.status + summary.errors.read + summary.errors.write + summary.errors.connect + summary.errors.timeout, summary.bytes))
end
