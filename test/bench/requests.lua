-- For wrk: asks what a file says, one line a request: method, target, user, header fields joined with "|", file of the body; tabs between them.
-- Where a body has "@COUNT@", each has another number there: no two bodies are the same.
-- Arguments: that file, then realm, opaque, password and a nonce for each thread. Without a realm nothing is signed; else each request has Digest with
-- SHA-256 (RFC 7616) by libcrypto, so that signing costs little of what the machine can do.
local ffi = require("ffi")
ffi.cdef [[ unsigned char *SHA256(const unsigned char *data, size_t count, unsigned char *hash); ]]
local crypto, hash, digits = nil, ffi.new("unsigned char[32]"), {}
for byte = 0, 255 do digits[byte] = string.format("%02x", byte) end

local function sha256(text)
  crypto.SHA256(text, #text, hash)
  local hex = {}
  for at = 0, 31 do hex[at + 1] = digits[hash[at]] end
  return table.concat(hex)
end

local threads = 0
function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

local requests, realm, opaque, nonce, count = {}, nil, nil, nil, 0

function init(arguments)
  realm, opaque, nonce = arguments[2], arguments[3], arguments[4 + number]
  if realm then crypto = ffi.load("libcrypto.so.3") end
  math.randomseed(os.time() + number * 7919)
  -- Counts of an earlier run on the same nonce lie below.
  count = (os.time() % 100000) * 40000
  for line in io.lines(arguments[1]) do
    local method, target, user, fields, file = line:match("^([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)$")
    local head = method .. " " .. target .. " HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    for field in fields:gmatch("[^|]+") do head = head .. field .. "\r\n" end
    local body = ""
    if file ~= "" then
      local handle = io.open(file)
      body = handle:read("*a"):gsub("@USER@", user)
      handle:close()
      head = head .. "Content-Length: " .. #body:gsub("@COUNT@", "00000000") .. "\r\n"
    end
    local before, after = body:match("^(.-)@COUNT@(.*)$")
    local one = { head = head, body = body, before = before, after = after, user = user, target = target }
    if realm then
      one.a1 = sha256(user .. ":" .. realm .. ":" .. arguments[4])
      one.a2 = sha256(method .. ":" .. target)
    end
    requests[#requests + 1] = one
  end
end

function request()
  local one = requests[math.random(#requests)]
  count = count + 1
  local nc = string.format("%08x", count)
  local body = one.before and one.before .. nc .. one.after or one.body
  if not realm then return one.head .. "\r\n" .. body end
  local response = sha256(one.a1 .. ":" .. nonce .. ":" .. nc .. ":0a4f113b:auth:" .. one.a2)
  return one.head .. 'Authorization: Digest username="' .. one.user .. '", realm="' .. realm .. '", nonce="' .. nonce ..
    '", uri="' .. one.target .. '", algorithm=SHA-256, qop=auth, nc=' .. nc .. ', cnonce="0a4f113b", opaque="' .. opaque ..
    '", response="' .. response .. '"\r\n\r\n' .. body
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("RESULT %d %d %d %d\n", summary.requests, summary.duration,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout, latency:percentile(99)))
end
