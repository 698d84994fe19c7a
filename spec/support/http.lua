-- SPDX-License-Identifier: MIT
-- A plain HTTP client of the shell's, for a server on the loopback address: requests of one connection each.
local http = {}

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

local function exchange(host, port, request)
  local script = ("exec 3<>/dev/tcp/%s/%s; printf %%s %s >&3; cat <&3"):format(host, port, quoted(request))
  local pipe <close> = assert(io.popen("exec bash -c " .. quoted(script) .. " 2>&1"))
  return pipe:read "a"
end

-- So many GETs of a path in one go → all that came.
function http.burst(base, path, count)
  local host, port = base:match "^http://([^:]+):(%d+)$"
  local line = ("GET %s HTTP/1.1\r\nHost: %s:%s\r\n"):format(path, host, port)
  return exchange(host, port, (line .. "\r\n"):rep(count - 1) .. line .. "Connection: close\r\n\r\n")
end

-- http.ask("http://127.0.0.1:8080", "GET", "/path?x=1", { headers = { "Authorization: …" }, body = "{}" })
-- → status, body, the whole head.
function http.ask(base, method, path, options)
  options = options or {}
  local host, port = base:match "^http://([^:]+):(%d+)$"
  local lines = { ("%s %s HTTP/1.1"):format(method, path), ("Host: %s:%s"):format(host, port), "Connection: close" }
  for _, line in ipairs(options.headers or {}) do lines[#lines + 1] = line end
  if options.body then lines[#lines + 1] = "Content-Length: " .. #options.body end
  local request = table.concat(lines, "\r\n") .. "\r\n\r\n" .. (options.body or "")
  local answer = exchange(host, port, request)
  local head, body = answer:match "^(.-\r\n)\r\n(.*)$"
  return math.tointeger(tonumber((head or ""):match "^HTTP/1.1 (%d+)")), body, head or answer
end

return http
