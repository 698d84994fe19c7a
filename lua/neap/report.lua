-- SPDX-License-Identifier: MIT
-- What a session was, as one HTML page: made from its stored events, and from the bars that it saw if they are given.
local blame = require "neap.base.blame"
local slip = require "neap.base.slip"

local report = {}

local words = { data = true, assumptions = true }

local function misuse(message, ...) error(message:format(...), 0) end

local function check(path, options, what)
  if type(path) ~= "string" then misuse("%s: the path of a session's events is wanted, not %s", what, type(path)) end
  if type(options) ~= "table" then misuse("%s: options are a table", what) end
  local wrong = slip(options, words, "option")
  if wrong then misuse("%s: %s", what, wrong) end
  for _, name in ipairs { "data", "assumptions" } do
    if options[name] ~= nil and type(options[name]) ~= "table" then misuse("%s: %s is a table", what, name) end
  end
end

-- report.html(path, { data = { ["BTC-USD"] = file or bars }, assumptions = { lines } }) → the page's text, and what
-- it tells; or nil and a fault.
report.html = blame(function(path, options)
  options = options or {}
  check(path, options, "report.html")
  local told, err = require("neap.report.story").read(path, options.data or {})
  if not told then return nil, err end
  return require "neap.report.page"(told, options), told
end)

-- Whether report.write may write there: true, or nil and a fault. Asked before a long run.
report.check = blame(function(to)
  if type(to) ~= "string" then misuse("report.check: a path is wanted, not %s", type(to)) end
  return require("neap.report.file").check(to)
end)

-- report.write(path, to, options) → the size in bytes; or nil and a fault. Whole or not at all, and only over a report.
report.write = blame(function(path, to, options)
  if type(to) ~= "string" then misuse("report.write: a path is wanted, not %s", type(to)) end
  check(path, options or {}, "report.write")
  local ok, err = require("neap.report.file").check(to)
  if not ok then return nil, err end
  local text
  text, err = report.html(path, options)
  if not text then return nil, err end
  ok, err = require("neap.report.file").write(to, text)
  if not ok then return nil, err end
  return #text
end)

return report
