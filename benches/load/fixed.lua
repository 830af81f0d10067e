-- Requests that are the same each time: lines of "token<TAB>body" in the file REQUESTS, taken in turn. Each is put together once, before the
-- clock runs, so that the generator takes as little of the machine as it can. Not for requests that must differ each time (meetings.lua).
local requests, at = {}, 0

local threads = 0
function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init()
  for line in io.lines(os.getenv("REQUESTS")) do
    local token, body = line:match("^([^\t]*)\t(.*)$")
    local headers = { ["Content-Type"] = "application/json" }
    if token ~= "" then headers["Authorization"] = "Bearer " .. token end
    requests[#requests + 1] = wrk.format("POST", nil, headers, body)
  end
  -- The threads begin in different places.
  at = number * 53
end

function request()
  at = at + 1
  return requests[at % #requests + 1]
end

function done(summary, latency)
  io.write(string.format(
    "RESULT requests=%d seconds=%.4f p50_ms=%.3f p99_ms=%.3f failed=%d bytes=%d next=0\n",
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    summary.errors.status + summary.errors.read + summary.errors.write + summary.errors.connect + summary.errors.timeout, summary.bytes))
end
