-- SPDX-License-Identifier: MIT
-- A session follows the files of its configuration: what is good is in force from the next order on, what is not is
-- told once and the old one stays. In a session's directory every accepted one has the number of its history.
local history = require "neap.config.history"
local places = require "neap.config.place"
local setup = require "neap.backtest.setup"
local watch = require "neap.config.watch"

local watching = {}

local function names_of(list)
  local names = {}
  for i, path in ipairs(list) do names[i] = path:match "[^/]+$" end
  return table.concat(names, ", ")
end

local function now() return os.date "!%Y-%m-%dT%H:%M:%SZ" end

-- The place of the session itself, which is the last one; nil: it has no directory.
local function place_of(made)
  local all, path = made.risk_options.places, made.options.store
  return path and not path:find "%.db$" and all[#all] or nil
end

-- Of a session that begins: what it goes by is the first accepted one, or one more. → true, or nil and the fault.
function watching.start(made)
  local place = place_of(made)
  if not place then return true end
  return places.locked(place, function()
    local number, err = history.add(place, made.risk, { who = "start", time = now() })
    return number and true, err
  end, true)
end

-- Who changed the files, as far as they say it themselves: an operator's change was stored before it was seen here.
local function note_of(news) return { who = "files", why = names_of(news.files), time = now() } end

-- → the stored document, or nil.
local function store(made, news)
  local place = place_of(made)
  if not place then return nil end
  local number, err, document = places.locked(place, function()
    if #history.numbers(place) == 0 then
      local ok, wrong = history.add(place, news.before, { who = "start", time = now() })
      if not ok then return nil, wrong end
    end
    return history.add(place, news.configuration, note_of(news))
  end, true)
  if number then return document end
  news.unstored = err
  if made.options.on_log then
    pcall(made.options.on_log, "warn", "the configuration is in force and not stored: " .. tostring(err))
  end
end

local function open_policy(news, loop)
  local opened, err = setup.open_policy(news.policy, loop)
  if not opened then news.refused_policy = err end
  return opened
end

local function take_policy(made, opened, is_in_force)
  if not is_in_force then return opened:close() end
  made.policy:close()
  made.policy = opened
end

-- own: { made = setup.make's, watch = }; configure(loaded, note): s:configure. → what watch:poll gives, with `number`
-- when it was put in force; nil: nothing changed.
function watching.poll(own, configure, again)
  local made = own.made
  own.watch = own.watch or watch.new(made.risk, made.risk_options, not made.options.engine and setup.policy_path or nil)
  local news = own.watch:poll(again)
  if not news then return nil end
  local opened = news.policy and open_policy(news, made.options.outside and made.options.outside.loop)
  local has_changes = news.changes and #news.changes > 0
  if not opened and not has_changes then return news end
  local stored = has_changes and store(made, news) or note_of(news)
  local number, err = configure(news.configuration or made.risk, { who = stored.who, why = stored.why,
    number = stored.number, policy = opened or nil })
  news.number, news.failed = number, err
  if opened then take_policy(made, opened, number) end
  return news
end

return watching
