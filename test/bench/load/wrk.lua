-- Sends the requests of a file one after another, from its beginning again when it is through, and prints what
-- came of it as one line of JSON.
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  requests = {}
  at = 0
  local file = assert(io.open(args[1], "rb"))
  local text = file:read("*a")
  file:close()
  local from = 1
  while true do
    local to = string.find(text, "\0", from, true)
    if not to then break end
    requests[#requests + 1] = string.sub(text, from, to - 1)
    from = to + 1
  end
  count = #requests
end

function request()
  at = at + 1
  if at % count == 0 then return requests[count] end
  return requests[at % count]
end

function done(summary, latency, requests)
  local used = 0
  for _, thread in ipairs(threads) do used = used + thread:get("at") end
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"micros":%d,"requests":%d,"bytes":%d,"p50":%d,"p99":%d,"status":%d,"socket":%d,"used":%d}\n',
    summary.duration, summary.requests, summary.bytes, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout, used))
end
