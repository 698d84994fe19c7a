-- SPDX-License-Identifier: MIT
-- Which venue, and with which key: the flags that every verb shares that talks to it. A flag wins over the environment,
-- the environment over .env of the working directory.
local lists = require "neap.base.lists"
local output = require "neap.cli.output"
local variables = require "neap.config.variables"

local venue_flags = { default = "https://api.coinbase.com" }

venue_flags.list = {
  { "base", value = "URL", doc = "of the venue's REST API; default " .. venue_flags.default },
  { "stream", value = "URL", doc = "of its WebSocket; default the venue's own, or that of --base where it is local" },
  { "ca", value = "FILE", doc = "certificates to trust in the place of the system's (PEM)" },
  { "key-file", value = "FILE", doc = "the key as the venue's portal gives it; only its owner may read it" },
}

local VARIABLES = { base = "COINBASE_API_BASE", stream = "COINBASE_WS_URL", ca = "COINBASE_CA_FILE",
  key_file = "COINBASE_KEY_FILE" }

-- Keys that lie in variables, the strongest first: a name, a secret. What they are is seen by the secret.
local KEYS = {
  { "COINBASE_PROD_CDP_API_KEY", "COINBASE_PROD_CDP_PRIVATE_KEY" },
  { "COINBASE_CDP_API_KEY", "COINBASE_CDP_PRIVATE_KEY" },
  { "COINBASE_API_KEY", "COINBASE_API_SECRET" },
}

-- The venue's own hosts: REST, market data, the user's.
local MARKET, USER = "wss://advanced-trade-ws.coinbase.com", "wss://advanced-trade-ws-user.coinbase.com"

local LOCAL = { "127.0.0.1", "localhost", "[::1]" } -- those that csrc/net/http.c asks without TLS, too

local function usage(message, ...) return nil, output.error("usage", message:format(...)) end

-- The flags of a verb with these behind them.
function venue_flags.add(own)
  return table.move(venue_flags.list, 1, #venue_flags.list, #own + 1, own)
end

-- "https://127.0.0.1:8443/" → scheme, host with its port, the host alone.
local function split(url)
  local scheme, host = url:match "^(%a+)://([^/?#@%s]+)/?$"
  if not scheme then return nil end
  return scheme:lower(), host:lower(), host:lower():match "^(%[.-%])" or host:lower():match "^[^:]*"
end

local function check_url(what, url, safe, plain)
  local scheme, host, alone = split(url)
  if scheme ~= safe and scheme ~= plain then return usage("%s: '%s' is not %s://HOST", what, url, safe) end
  local is_local = lists.has(LOCAL, alone)
  if scheme == plain and not is_local then
    return usage("%s: only a loopback address is asked without TLS, not %s", what, host)
  end
  return scheme .. "://" .. host, host, is_local
end

-- The addresses of frames: of the market and of the user's own.
local function find_streams(venue, given)
  if given then
    local url, err = check_url(venue.sources.stream, given, "wss", "ws")
    if not url then return nil, err end
    venue.stream, venue.user_stream = url, url
  elseif venue.base == venue_flags.default then
    venue.stream, venue.user_stream = MARKET, USER
  elseif venue.is_local then
    venue.stream = venue.base:gsub("^http", "ws")
    venue.user_stream = venue.stream
  end
  return true
end

-- Without the spaces, line ends and quotes that some ways of setting a variable leave around it.
local function bare(text)
  text = text:match "^%s*(.-)%s*$"
  return text:match '^"(.*)"$' or text:match "^'(.*)'$" or text
end

-- PEM, or Ed25519's seed in base64, alone or with its public key, whose name is a bare id; a legacy secret is neither.
local function is_private_key(secret)
  return secret:find "PRIVATE KEY" or (#secret == 88 and secret:find "==$") or (#secret == 44 and secret:find "[^=]=$")
end

-- What signs: a key's text as its file has it, or a legacy key with its secret.
local function take_key(venue, name, secret, source)
  venue.sources.key = source
  name, secret = bare(name), bare(secret)
  if source:find "CDP" or is_private_key(secret) or name:find "^organizations/" then
    venue.key = require("neap.json").encode { name = name, privateKey = secret }
  else
    venue.legacy_key, venue.legacy_secret = name, secret
  end
  return true
end

local function find_key(venue, look)
  for _, pair in ipairs(KEYS) do
    local name, source = look(pair[1])
    local secret = look(pair[2])
    if name and secret then return take_key(venue, name, secret, source) end
    if name or secret then
      return usage("%s is set and %s is not", name and pair[1] or pair[2], name and pair[2] or pair[1])
    end
  end
  return true
end

-- What was said of it: { base =, stream =, ca =, key_file = } and where.
local function gather(given, look)
  local said, sources = {}, {}
  for _, flag in ipairs(venue_flags.list) do
    local name = flag[1]:gsub("-", "_")
    said[name], sources[name] = given[name], "--" .. flag[1]
    if said[name] == nil then said[name], sources[name] = look(VARIABLES[name]) end
  end
  return said, sources
end

-- Of options as flags.parse gives them → { base =, host =, is_local =, mode = "exchange" or "armed", stream =,
-- user_stream =, ca =, key_file = or key = (text) or legacy_key =, legacy_secret =, sources = { base = "--base" } };
-- streams are nil where nobody said them of a host that is neither the venue's nor this machine. Or nil and an error of
-- usage. `mode` is what an order there would be: real money unless the host is this machine.
function venue_flags.read(given)
  local look = variables()
  if look "COINBASE_SANDBOX" == "1" then
    return usage "COINBASE_SANDBOX=1 is set: Neap knows no sandbox; start `neap exchange` and name it with --base"
  end
  local said, sources = gather(given, look)
  local venue = { sources = sources, ca = said.ca, key_file = said.key_file }
  local base, host, is_local = check_url(sources.base or "base", said.base or venue_flags.default, "https", "http")
  if not base then return nil, host end
  venue.base, venue.host, venue.is_local, venue.mode = base, host, is_local, is_local and "exchange" or "armed"
  local ok, err = find_streams(venue, said.stream)
  if ok and not venue.key_file then ok, err = find_key(venue, look) end
  if not ok then return nil, err end
  return venue
end

-- What neap.coinbase.open takes of it.
function venue_flags.client_options(venue, loop)
  return { base = venue.base, ca = venue.ca, key_file = venue.key_file, key = venue.key,
    legacy_key = venue.legacy_key, legacy_secret = venue.legacy_secret, loop = loop }
end

-- The exit code of a client that could not be opened: of a key above all.
function venue_flags.exit_of(err) return err.code == "key_file_open" and output.REFUSED or output.USAGE end

function venue_flags.has_key(venue) return (venue.key_file or venue.key or venue.legacy_key) ~= nil end

return venue_flags
