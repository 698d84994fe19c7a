-- SPDX-License-Identifier: MIT
-- A session follows the files of its configuration: what is good is in force from the next order on, what is not is
-- told once and the old one stays.
local history = require "neap.config.history"
local home = require "neap.base.home"
local policy = require "neap.policy"
local setup = require "neap.backtest.setup"
local watch = require "neap.config.watch"

local function names_of(list)
  local names = {}
  for i, path in ipairs(list) do names[i] = path:match "[^/]+$" end
  return table.concat(names, ", ")
end

-- In a session's directory the number is that of its history.
local function store(made, news)
  local all = made.risk_options.places
  local place = all[#all]
  if not place or not made.options.store or made.options.store:find "%.db$" then return nil end
  local time = os.date "!%Y-%m-%dT%H:%M:%SZ"
  local note = { who = "files", why = names_of(news.files), time = time }
  local ok, err = true, nil
  if #history.numbers(place) == 0 then ok, err = history.add(place, news.before, { who = "start", time = time }) end
  if ok then ok, err = history.add(place, news.configuration, note) end
  if not ok then news.unstored = err end
  return ok
end

local function open_policy(news)
  local opened, err = policy.open(news.policy, { lua_root = home.lua })
  if not opened then news.refused_policy = err end
  return opened
end

-- own: { made = setup.make's, watch = }; configure(loaded, note): s:configure. → what watch:poll gives, with `number`
-- when it was put in force; nil: nothing changed.
return function(own, configure)
  local made = own.made
  own.watch = own.watch or watch.new(made.risk, made.risk_options, not made.options.engine and setup.policy_path or nil)
  local news = own.watch:poll()
  if not news then return nil end
  local opened = news.policy and open_policy(news)
  local has_changes = news.changes and #news.changes > 0
  if not opened and not has_changes then return news end
  local number, err = configure(news.configuration or made.risk, { who = "files", why = names_of(news.files),
    number = has_changes and store(made, news) or nil, policy = opened or nil })
  news.number, news.failed = number, err
  if opened and not number then opened:close() end
  if opened and number then
    made.policy:close()
    made.policy = opened
  end
  return news
end
