-- SPDX-License-Identifier: MIT
-- What the verbs share that ask the venue something: a client, and what its failures are to the exit code.
local json = require "neap.json"
local output = require "neap.cli.output"
local venue_flags = require "neap.cli.venue_flags"

local venue_desk = {}

local methods = {}
methods.__index = methods

local function unkeyed() return output.error("usage", "no key: give --key-file FILE, or set COINBASE_KEY_FILE") end

-- Of what was given; with `needs_key` a key must have been. Nothing is sent. Or nil and an error with its exit code.
function venue_desk.open(given, needs_key)
  local client
  local venue, err = venue_flags.read(given)
  if venue and needs_key and not venue_flags.has_key(venue) then venue, err = nil, unkeyed() end
  if venue then client, err = require("neap.coinbase").open(venue_flags.client_options(venue)) end
  if client then return setmetatable({ venue = venue, client = client }, methods) end
  return nil, { code = err.code, message = err.message, where = err.where, nearest = err.nearest,
    exit = venue_flags.exit_of(err) }
end

-- A member as text; nil where it is absent, null, "", or a list or an object.
function venue_desk.text(value)
  if value == nil or value == json.null or value == "" or type(value) == "table" then return nil end
  return tostring(value)
end

-- The text of {"value":…,"currency":…}.
function venue_desk.amount(value) return type(value) == "table" and venue_desk.text(value.value) or nil end

-- A member that is a list or an object; an empty one where it is neither.
function venue_desk.table(value) return type(value) == "table" and value or {} end

-- A read whose answer was lost did nothing: it is no doubt.
local function exit_of(outcome, changes)
  if outcome == "unreached" then return output.UNREACHABLE end
  if outcome ~= "in_doubt" then return output.FAILED end
  return changes and output.IN_DOUBT or output.UNREACHABLE
end

local function told(err, changes)
  local reason = err.reason and not err.message:find(err.reason, 1, true) and (" (%s)"):format(err.reason) or ""
  return nil, { code = err.code, message = err.message .. reason, where = err.where, status = err.status,
    exit = exit_of(err.outcome, changes) }
end

-- A failure of ours to answer for: what the venue said makes no sense, or not for this.
function venue_desk.fail(code, message, near)
  return nil, { code = code, message = message, nearest = near, exit = output.FAILED }
end

-- desk:read("portfolio", ID): the answer, or nil and an error with `exit` and `status`. For what moves nothing.
function methods:read(endpoint, asked)
  local answer, err = self.client[endpoint](self.client, asked)
  if answer then return answer end
  return told(err, false)
end

-- The same of what moves money or orders: in doubt where its answer was lost.
function methods:change(endpoint, asked)
  local answer, err = self.client[endpoint](self.client, asked)
  if answer then return answer end
  return told(err, true)
end

-- Every item of a list.
function methods:list(endpoint, asked)
  local all = {}
  for item, err in self.client:each(endpoint)(asked) do
    if not item then return told(err, false) end
    all[#all + 1] = item
  end
  return all
end

-- One line: where, and whether it is real money.
function methods:title()
  return ("%s %s"):format(self.venue.mode == "armed" and "real money at" or "exchange", self.venue.base)
end

function methods:close() self.client:close() end
methods.__close = methods.close

return venue_desk
