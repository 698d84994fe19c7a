-- SPDX-License-Identifier: MIT
-- neap run's dead man's switch: its flag, and the process that watches.
local core = require "neap.run_c"
local dead_man = require "neap.run.dead_man"
local home = require "neap.base.home"
local sessions = require "neap.cli.sessions"

local run_watch = {}

run_watch.flags = {
  { "dead-man", value = "DURATION",
    doc = "after so long without a sign of life entries are cancelled at the venue, exits stay; or off. Default " ..
      "60s with --armed, else off" },
}

local function usage(message) return nil, { code = "usage", message = message } end

-- Reads the flag → ns, 0: off; or nil and an error. `mode`: as neap.run.arming's.
function run_watch.read(given, mode)
  local text = given.dead_man or (given.armed and dead_man.default or "off")
  local ns, err = dead_man.parse(text, "--dead-man")
  if not ns then return nil, err end
  if ns == 0 or mode ~= "paper" then return ns end
  if not given.dead_man then return 0 end
  return usage "--dead-man: orders are simulated here and nothing of them is at the venue: leave it out, or say off"
end

-- Nothing of an address that is a secret is on a command line.
local function settings(given)
  local url = given.alert_webhook
  if not url or url:match "^%${[%w_]+}$" then return nil end
  return { "NEAP_ALERT_WEBHOOK=" .. url }
end

local function words(given, options, after)
  local list = { arg and arg[-1] or "lua5.4", home.lua .. "/neap/cli/main.lua", "watch", options.directory, "--after",
    ("%dms"):format(after // 1000000), "--stay", "--quiet", "--sessions",
    sessions.directories(given.sessions)[1] }
  if given.no_alerts then list[#list + 1] = "--no-alerts" end
  for _, flag in ipairs { "base", "stream", "ca", "key_file" } do
    if given[flag] then
      list[#list + 1] = "--" .. flag:gsub("_", "-")
      list[#list + 1] = given[flag]
    end
  end
  return list
end

-- Of a run that has begun: `parts` of run_venue.prepare. → true, or nil and a fault.
function run_watch.begin(self, given, options, parts)
  local after = parts and parts.dead_man or 0
  if not options.directory or after == 0 then return true end
  local switch, err = dead_man.begin { time = after, say = options.session.on_log,
    heard = function() return parts.made:heard() end,
    start = function() return require("neap.child").start(words(given, options, after), settings(given)) end }
  if not switch then return nil, err end
  self.after, self.switch = after / 1e9, switch
  self.facts.dead_man = given.dead_man or dead_man.default
  self.each = function(run) switch:look(run) end
  return true
end

-- After the run is over. Where it failed, or something stayed that was told to go, who watches goes on.
function run_watch.leave(self, result)
  if not self.switch or not result or self.rest then return end
  local loop <close> = core.open_loop()
  if loop then self.switch:leave(function(till) loop:turn(till) end) end
end

return run_watch
