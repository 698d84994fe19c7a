-- SPDX-License-Identifier: MIT
-- neap doctor: can this machine run Neap. It changes nothing, and posts a test to the alert channels.
local checkup = require "neap.cli.checkup"
local flags = require "neap.cli.flags"
local machine = require "neap.machine"
local output = require "neap.cli.output"
local sessions = require "neap.cli.sessions"
local venue_checks = require "neap.cli.venue_checks"
local venue_flags = require "neap.cli.venue_flags"

local doctor = {
  summary = "Looks whether this machine can run Neap, and says what to do where it cannot.",
  usage = "neap doctor [--offline] [--flags]",
  doc = "Exit code 0: it can; 1: a line says fail. Nothing is changed; alert channels get a test.",
  configures = true,
  flags = venue_flags.add {
    { "offline", doc = "the venue and the alert channels are left alone" },
    { "alert-webhook", value = "URL", doc = "gets a test alert; default NEAP_ALERT_WEBHOOK" },
    { "no-alerts", doc = "no test is posted" },
    sessions.flag,
  },
}

local MS, MB = 1000000, 1 << 20
local GOOD_SYNC, BAD_SYNC = 15 * MS, 100 * MS
local GOOD_ROOM, BAD_ROOM = 1024 * MB, 512 * MB
local GOOD_FILES, BAD_FILES = 256, 64

local function check_build(list)
  for _, name in ipairs { "signer", "coinbase", "webhook" } do
    local ok, err = pcall(require "neap.base.net", name)
    if not ok then return list:fail("build", tostring(err):match "^[^\n]*", "./neap setup") end
  end
  return list:ok("build", ("neap %s, core and network part"):format(require("neap.cli.main").version))
end

local function check_sync(list, directory)
  local median, worst = machine.sync(directory, 15)
  if not median then return list:fail("disk", tostring(worst), "another place: --sessions DIR, or NEAP_HOME") end
  local text = ("a durable write takes %.1f ms, the slowest of 15 %.1f ms, in %s"):format(median / MS, worst / MS,
    directory)
  if median <= GOOD_SYNC then return list:ok("disk", text) end
  local remedy = "every order waits for one: a disk of its own, or one with a cache that survives a power cut"
  if median <= BAD_SYNC then return list:warn("disk", text, remedy) end
  return list:fail("disk", text, remedy)
end

local function check_room(list, directory)
  local free, err = machine.free(directory)
  if not free then return list:fail("room", tostring(err)) end
  local text = ("%d MB are free"):format(free // MB)
  if free >= GOOD_ROOM then return list:ok("room", text) end
  if free >= BAD_ROOM then return list:warn("room", text, "neap trim, or a larger disk") end
  return list:fail("room", text, "neap trim, or a larger disk")
end

-- The store's two lines, in the directory in which sessions lie or would be made.
function doctor.check_store(list, given)
  local directory = machine.nearest_directory(sessions.directories(given.sessions)[1])
  check_sync(list, directory)
  check_room(list, directory)
end

local function check_files(list)
  local soft = machine.limit "files"
  local text = ("%s open files"):format(soft == math.maxinteger and "any number of" or soft)
  if soft >= GOOD_FILES then return list:ok("files", text) end
  local remedy = ("ulimit -n %d, or LimitNOFILE=%d"):format(GOOD_FILES, GOOD_FILES)
  if soft >= BAD_FILES then return list:warn("files", text, remedy) end
  return list:fail("files", text, remedy)
end

local function check_core(list)
  local cores = machine.cores()
  if not cores.dumpable then
    return list:ok("core dumps", ("forbidden: neither a crash nor a debugger gets the memory; here it would go to %s")
      :format(cores.to))
  end
  local remedy = "start it as neap: ./neap forbids them for its process (ADR-092)"
  if cores.limit == 0 and not cores.is_program then
    return list:warn("core dumps", "held back by the limit alone: a debugger of this user reads the account's key",
      remedy)
  end
  return list:fail("core dumps", "a crash would write the account's key to " .. cores.to, remedy)
end

local function check_venue(list, given, venue)
  local has_key = venue_checks.key(list, venue)
  if given.offline then return list:skip("venue", "not asked (--offline)") end
  local client <close>, skew = venue_checks.connect(list, venue, has_key, has_key or venue.sources.base ~= nil)
  if not client then return nil end
  venue_checks.clock(list, skew)
  if has_key then venue_checks.permissions(list, client, false) end
end

local function look(given, venue)
  local list = checkup.new()
  check_build(list)
  doctor.check_store(list, given)
  check_files(list)
  check_core(list)
  check_venue(list, given, venue)
  if given.offline then
    list:skip("alerts", "not posted (--offline)")
  else
    venue_checks.alerts(list, given, false)
  end
  return list
end

function doctor.run(args)
  local given, err = flags.parse(doctor, args)
  local venue
  if given then venue, err = venue_flags.read(given) end
  if not venue then return output.fail(err, args, output.USAGE) end
  local list = look(given, venue)
  local is_well = list:count "fail" == 0
  if given.json then
    output.json { schema = "neap.doctor/1", well = is_well, venue = venue.base, mode = venue.mode,
      checks = list:document() }
  else
    list:print(given.quiet)
    output.write(("doctor: %d ok, %d warn, %d fail\n"):format(list:count "ok", list:count "warn", list:count "fail"))
  end
  return is_well and output.OK or output.FAILED
end

return doctor
