-- One meeting with 20 measures in each request, in slots that no request filled before. REQUESTS holds, one a line: the document of the mutation,
-- "day<TAB>…" of fortnights without measures, then "token<TAB>department" lines. The k-th request goes to department k mod 101, and its 20
-- indicators to 20 sectors of it, shifted each time: 30 requests fill a fortnight. START says how many were sent in earlier runs.
local SECTORS, INDICATORS = 30, 20
local document, days, departments = nil, {}, {}
local measures = {}
sent = 0

local threads = {}
function setup(thread)
  thread:set("number", #threads)
  threads[#threads + 1] = thread
end

function init()
  for line in io.lines(os.getenv("REQUESTS")) do
    local first, rest = line:match("^([^\t]*)\t(.*)$")
    if document == nil then
      document = line
    elseif first == "day" then
      days[#days + 1] = rest
    else
      departments[#departments + 1] = { token = "Bearer " .. first, code = rest }
    end
  end
  start = tonumber(os.getenv("START"))
  wrk.headers["Content-Type"] = "application/json"
end

function request()
  local k = start + sent * 2 + number
  sent = sent + 1
  local department = departments[k % #departments + 1]
  local turn = math.floor(k / #departments)
  local day = days[math.floor(turn / SECTORS) + 1]
  if day == nil then error("no fortnight is left") end
  for indicator = 1, INDICATORS do
    measures[indicator] = string.format('{"indicator":"BENCH_%02d","sectorCode":"%s-S%02d","service":"CUSTOMS","value":%d.25}',
      indicator, department.code, (indicator + turn) % SECTORS + 1, (k * 7 + indicator * 13) % 10000)
  end
  wrk.headers["Authorization"] = department.token
  return wrk.format("POST", nil, nil, string.format(
    '{"query":%s,"variables":{"i":{"departmentCode":"%s","heldOn":"%s","attendance":["PREFECTURE","POLICE","CUSTOMS"],"minutes":"Réunion %d","measures":[%s]}}}',
    document, department.code, day, k, table.concat(measures, ",")))
end

function done(summary, latency)
  local most = 0
  for _, thread in ipairs(threads) do most = math.max(most, thread:get("sent")) end
  io.write(string.format(
    "RESULT requests=%d seconds=%.4f p50_ms=%.3f p99_ms=%.3f failed=%d bytes=%d next=%d\n",
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    summary.errors.status + summary.errors.read + summary.errors.write + summary.errors.connect + summary.errors.timeout, summary.bytes,
    tonumber(os.getenv("START")) + most * 2 + 2))
end
