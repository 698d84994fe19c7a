-- SPDX-License-Identifier: MIT
-- What a running session does when its owner says so: one JSON object in, one out. docs/reference/control.md is the
-- contract.
local fault = require "neap.base.fault"
local json = require "neap.json"
local nearest = require "neap.base.nearest"
local slip = require "neap.base.slip"
local sorted_keys = require("neap.base.lists").sorted_keys
local view = require "neap.run.view"

local commands = {}

-- Each: the words it takes besides `command`, those it needs, and what it does: `act` gives the fields of the answer,
-- or nil and a fault. `begins`(request): it asks for what a session that is being left does not begin any more.
local known = {}

local function always() return true end

local function reading(name)
  known[name] = { words = {}, act = function(self)
    return { [name] = json.array(view.running[name](self.session, self.core)) }
  end }
end
reading "positions"
reading "orders"
reading "fills"

known.status = { words = {}, act = function(self)
  local status = view.running.status(self.session)
  for key, value in pairs(self.facts) do status[key] = value end
  status.bars = self.bars
  if self.over then status.state, status.ended_because = "stopping", self.over end
  return status
end }

-- Of who watches over the session: `after` is how long it may be silent, in seconds; nil: it wants nobody.
known.beat = { words = { pid = "number" }, act = function(self)
  self.watched = require("neap.run_c").now()
  return { state = self.over and "stopping" or "running", after = self.after }
end }

local function mode_of(self) return { trading = self.session.trading } end

-- The journal says who asked, where the core does not by itself; and has it when the answer comes. After the act: a
-- journal that fails holds nothing back.
local function record(self, request, who)
  local ok, err = self.core:note("operator_command", {
    { "command", request.command }, { "who", who }, { "why", request.why or "" },
    { "product", request.product or "" },
  })
  if ok then ok, err = self.core:settle() end
  return ok, err
end

local function cancel_all(self, product)
  local ok, err = self.core:cancel_all(product and { product = product } or nil)
  if err then return nil, err end
  return ok or true
end

known.kill = { words = { why = "string", exits = "boolean" }, act = function(self, request, who)
  local ok, err = self.core:kill(request.why or "kill", who)
  if not request.exits then return ok and mode_of(self), err end
  local cancelled, other = cancel_all(self)
  if cancelled then cancelled, other = record(self, request, who) end
  return ok and cancelled and mode_of(self), err or other
end }

known.reduce_only = { words = { on = "boolean", why = "string" }, needs = { "on" }, act = function(self, request, who)
  local ok, err = self.core:reduce_only(request.why or (request.on and "reduce-only" or ""), request.on, who)
  return ok and mode_of(self), err
end, begins = function(request) return not request.on end }

known.resume = { words = { why = "string" }, needs = { "why" }, begins = always, act = function(self, request, who)
  local ok, err = self.core:resume(request.why, who)
  return ok and mode_of(self), err
end }

known.flatten = { words = { why = "string" }, act = function(self, request, who)
  local closing, err = self.core:flatten(request.why or "flatten", who)
  if not closing then return nil, err end
  local answer = mode_of(self)
  answer.closing = closing
  return answer
end }

local function check_product(self, id)
  local ids = {}
  for i, product in ipairs(self.session.products) do
    if id == nil or product.id == id then return true end
    ids[i] = product.id
  end
  return nil, fault("bad_command", ("the session has no product '%s'"):format(id), nil, nearest(id, ids))
end

known.cancel_all = { words = { product = "string", why = "string" }, act = function(self, request, who)
  local before = #self.session.orders
  local ok, err = check_product(self, request.product)
  if ok then ok, err = cancel_all(self, request.product) end
  if ok then ok, err = record(self, request, who) end
  return ok and { cancelled = before - #self.session.orders }, err
end }

-- Answered when the session has stopped.
known.stop = { words = { why = "string", on_stop = "string" }, act = function(self, request, who)
  local ways = { keep = true, cancel = true, flatten = true }
  if request.on_stop and not ways[request.on_stop] then
    return nil, fault("bad_command", ("on_stop: '%s' is not one of keep, cancel, flatten"):format(request.on_stop))
  end
  if self.over and request.on_stop and request.on_stop ~= self.how then
    return nil, fault("stopping", ("the session stops already, with on_stop %s"):format(self.how))
  end
  self:ask_to_stop(request.why or "stopped by " .. who, request.on_stop)
  record(self, request, who)
  return "later"
end }

-- Of a person who knows what it was.
local function settle(self, request, who)
  local id, how = request.adopt or request.dismiss, request.adopt and "adopt" or "dismiss"
  if request.adopt and request.dismiss then
    return nil, fault("bad_command", "reconcile: adopt and dismiss exclude each other")
  end
  if not id:match "^%d+$" then return nil, fault("bad_command", "reconcile: a difference has a number") end
  return self.core:settle_difference(math.tointeger(tonumber(id)) or 0, how, request.why or "", who)
end

known.reconcile = { words = { adopt = "string", dismiss = "string", why = "string" }, act = function(self, request, who)
  local found = view.running.reconcile(self.session, self.core)
  if not found then
    return nil, fault("no_venue", "the session's broker is a simulator: there is no account to compare with")
  end
  if not (request.adopt or request.dismiss) then return found end
  local ok, err = settle(self, request, who)
  return ok and view.running.reconcile(self.session, self.core), err
end, begins = function(request) return request.adopt ~= nil or request.dismiss ~= nil end }

known.reload = { words = { why = "string" }, begins = always, act = function(self, request, who)
  if not self.can_reload then return nil, fault("not_in_this_version", "reload is not in this version") end
  local ok, err = record(self, request, who)
  if not ok then return nil, err end
  return self:reload(true)
end }

known.ack = { words = { code = "string", why = "string" }, needs = { "code" }, act = function(self, request, who)
  if not self.acknowledge then return nil, fault("not_in_this_version", "there are no alerts in this version") end
  local ok, err = record(self, request, who)
  if not ok then return nil, err end
  return self:acknowledge(request.code, who)
end }

local function read(line)
  local request, err = json.decode(line)
  if type(request) == "table" and #request == 0 then return request end
  return nil, fault("bad_command", "a line is one JSON object: " .. (err and err.message or "this is none"))
end

local function find(name)
  if type(name) ~= "string" then return nil, fault("bad_command", "which command? {\"command\":\"status\"}") end
  if known[name] then return known[name] end
  return nil, fault("bad_command", ("unknown command '%s'"):format(name), nil, nearest(name, sorted_keys(known)))
end

local function check(request)
  local command, err = find(request.command)
  if not command then return nil, err end
  local words = { command = "string", id = "any" }
  for word, kind in pairs(command.words) do words[word] = kind end
  local wrong = slip(request, words, "word")
  if wrong then return nil, fault("bad_command", request.command .. ": " .. wrong) end
  for _, word in ipairs(sorted_keys(words)) do
    local value, kind = request[word], words[word]
    if value ~= nil and kind ~= "any" and type(value) ~= kind then
      return nil, fault("bad_command", ("%s: %s is a %s"):format(request.command, word, kind))
    end
  end
  for _, word in ipairs(command.needs or {}) do
    if request[word] == nil or request[word] == "" then
      return nil, fault("bad_command", ("%s: %s is missing"):format(request.command, word))
    end
  end
  return command
end

local function check_begins(self, command, request)
  if not (self.over and command.begins and command.begins(request)) then return command end
  return nil, fault("stopping", ("the session stops (%s): it is too late for %s"):format(self.over, request.command))
end

local function shown(err, id)
  if type(err) ~= "table" then err = { code = "internal", message = tostring(err) } end
  return json.encode { id = id, error = { code = err.code, message = err.message, where = err.where,
    nearest = err.nearest } }
end

local function answer_of(fields, id)
  fields.ok, fields.id = true, id
  return json.encode(fields)
end

local function plain_id(request)
  local kind = request and type(request.id)
  return (kind == "string" or kind == "number" or kind == "boolean") and request.id or nil
end

-- The answer to a line, as text; nil: it comes when the session has stopped, by commands.stopped.
function commands.serve(self, line, who)
  local request, err = read(line)
  local id = plain_id(request)
  local command
  if request then command, err = check(request) end
  if command then command, err = check_begins(self, command, request) end
  if not command then return shown(err, id) end
  local ok, fields
  ok, fields, err = pcall(command.act, self, request, who)
  if not ok then return shown(fields, id) end
  if fields == "later" then return nil end
  return fields and answer_of(fields, id) or shown(err, id)
end

-- The answer that a stop was promised.
function commands.stopped(result, err)
  if not result then return shown(err) end
  return answer_of { state = "stopped", equity = tostring(result.final_equity), currency = result.currency }
end

return commands
