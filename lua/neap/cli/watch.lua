-- SPDX-License-Identifier: MIT
-- neap watch: looks after the entries of a session from another process.
local alerts = require "neap.alerts"
local alerting = require "neap.run.alerting"
local clock = require "neap.clock"
local core = require "neap.run_c"
local dead_man = require "neap.run.dead_man"
local flags = require "neap.cli.flags"
local output = require "neap.cli.output"
local place = require "neap.run.place"
local sessions = require "neap.cli.sessions"
local venue_flags = require "neap.cli.venue_flags"

local watch = {
  summary = "Cancels a session's entries at the venue when it is not heard of any more; exits stay.",
  usage = "neap watch [SESSION] [--after DURATION] [--flags]",
  doc = "`neap run --dead-man` starts one of its own; one by hand, or as a unit, does the same for a session that\n" ..
    "has none. It ends when the session has stopped in order, or when the entries of one that died are cancelled.",
  arguments = { { "session", optional = true } },
  flags = {
    { "after", value = "DURATION", doc = "without an answer; default what the session was run with, else 60s" },
    { "stay", doc = "a signal does not end it before the session has stopped: how neap run starts it" },
    { "no-alerts", doc = "nobody is told but run.log" },
    { "alert-webhook", value = "URL", doc = "alerts go there, too; '${NAME}' is a variable's" },
    sessions.flag,
  },
}
venue_flags.add(watch.flags)

local ALERT_TRIES = 12 -- over an hour: what it has to say must arrive

local KEPT = { "base", "stream", "ca", "key_file", "alert_webhook", "profile", "grace", "dead_man", "broker" }

local function error_of(code, message, ...) return nil, output.error(code, message:format(...)) end

-- What was not said is what the session was started with.
local function recall(given, directory)
  local before = place.read_config(directory)
  if not before then return error_of("usage", "the session has no config.json: it was not run by neap run") end
  for _, name in ipairs(KEPT) do
    if given[name] == nil then given[name] = before[name] end
  end
  if given.broker == "coinbase" then return given end
  return error_of("usage", "the session was run with --broker %s: nothing of it rests at a venue",
    given.broker or "paper")
end

local function read_time(given)
  local kept = given.dead_man ~= "off" and given.dead_man or nil
  local after, err = dead_man.parse(given.after or kept or dead_man.default, "--after")
  if after == 0 then return error_of("usage", "--after: a time is wanted") end
  return after, err
end

-- What tells of it: the session's log and the channels of its profile.
local function open_alerts(given, name, directory, say)
  local options, err = alerting.options(given, { directory = directory, name = name, mode = given.mode })
  if options == nil then return nil, err end
  if not options then return { send = function(_, alert) say("alert", alerts.line(alert)) end,
    tick = function() end, close = function() end } end
  local ok, made = pcall(alerts.new, { channels = options.channels, env = options.env, context = options.context,
    tries = ALERT_TRIES, on_warning = function(message) say("warn", message) end })
  if ok then return made end
  return error_of("usage", "%s", tostring(made))
end

local function open_log(given, directory)
  local add = place.open_log(directory)
  return function(level, line)
    line = output.clean(("%s watch %s: %s"):format(clock.format(clock.real():now()), level, line))
    add(line)
    if not given.quiet and core.is_writable(2) then io.stderr:write(line, "\n") end
  end
end

local function teller(dispatcher)
  local number, now = 0, clock.real()
  return function(severity, message)
    number = number + 1
    dispatcher:send({ id = ("%08x"):format(number), time = now:now(), severity = severity, code = "dead_man",
      source = "watcher", message = message }, now:now())
  end
end

local function check_mode(path, given)
  local state, err = require("neap.event_store").replay(path)
  if not state then return nil, err end
  given.mode = state.mode
  if state.mode ~= "paper" then return true end
  return error_of("usage", "the session's orders are simulated: nothing of it rests at the venue")
end

local function open_venue(given)
  local venue, err = venue_flags.read(given)
  if not venue then return nil, err end
  if not venue_flags.has_key(venue) then
    return error_of("no_key", "cancels need a key: --key-file FILE, or COINBASE_KEY_FILE")
  end
  return venue
end

local function options_of(given, path)
  local directory = path:match "^(.*)/[^/]*$" or "."
  local ok, err = recall(given, directory)
  if ok then ok, err = check_mode(path, given) end
  local after, grace, venue
  if ok then after, err = read_time(given) end
  if after then venue, err = open_venue(given) end
  if venue then grace, err = clock.parse_duration(given.grace or "10s") end
  if not grace then return nil, err end
  return { directory = directory, name = directory:match "[^/]+$", after = after, grace = grace, venue = venue,
    root = sessions.directories(given.sessions)[1] }
end

local function open_watcher(given, options, dispatcher, loop, say)
  local venue, now = options.venue, clock.real()
  return require("neap.run.watcher").new { directory = options.directory, name = options.name, root = options.root,
    host = venue.host, is_local = venue.is_local, after = options.after, grace = options.grace, stays = given.stay,
    loop = loop, say = say, tell = teller(dispatcher), tick = function() dispatcher:tick(now:now()) end,
    open = function() return require("neap.coinbase").open(venue_flags.client_options(venue)) end }
end

local function announce(given, options)
  if given.quiet then return end
  local stream = given.json and io.stderr or io.stdout
  stream:write(("watching %s: its entries are cancelled when it was not heard of for %g s   pid %d\n"):format(
    options.name, options.after / 1e9, core.pid()))
  stream:flush()
end

local function print_end(given, options, why, result)
  if given.json then
    output.json { schema = "neap.watch/1", session = options.name, reason = why,
      cancelled = result and result.cancelled or 0, exits = result and result.exits or nil }
  elseif not given.quiet then
    output.write(("ended: %s\n"):format(why))
  end
end

-- One for a session.
local function take_turn(directory)
  local lock, err = require("neap.account_lock_c").take(directory .. "/watch")
  if lock or err.code ~= "locked" then return lock, err end
  local pid = (require("neap.base.files").read(directory .. "/watch-lock", 24) or ""):match "%d+"
  return nil, { code = "watched", message = ("it is watched already%s"):format(pid and ", by process " .. pid or ""),
    where = directory }
end

local function go(given, options, args)
  local lock <close>, taken = take_turn(options.directory)
  if not lock then return output.fail(taken, args, taken.code == "watched" and output.REFUSED or output.FAILED) end
  local say = open_log(given, options.directory)
  local dispatcher, err = open_alerts(given, options.name, options.directory, say)
  if not dispatcher then return output.fail(err, args, output.USAGE) end
  local loop <close>, failed = core.open_loop()
  if not loop then return output.fail(failed, args) end
  loop:hear()
  announce(given, options)
  local watcher = open_watcher(given, options, dispatcher, loop, say)
  local why, is_bad = watcher:run()
  say("info", "ended: " .. why)
  local now = clock.real()
  dispatcher:close(function() return now:now() end)
  print_end(given, options, why, watcher.done)
  return is_bad and output.FAILED or output.OK
end

function watch.run(args)
  local given, err = flags.parse(watch, args)
  if not given then return output.fail(err, args, output.USAGE) end
  local path, missing = sessions.find(given.session, given.sessions)
  if not path then return sessions.fail(missing, args) end
  local options
  options, err = options_of(given, path)
  if not options then return output.fail(err, args, err.code == "usage" and output.USAGE or output.FAILED) end
  return go(given, options, args)
end

return watch
