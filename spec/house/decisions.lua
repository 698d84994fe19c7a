-- SPDX-License-Identifier: MIT
-- What holds for docs/adr: each decision has the one shape that its README describes, what it names exists, and the
-- index lists each once, in order.
local tree = require "spec.house.tree"

local decisions = {}

local FOLDER = "docs/adr/"
local HEADINGS = {
  "Context", "Decision", "Rationale", "Consequences", "Alternatives", "Related decisions", "References",
}

local function is_date(text)
  local month, day = text:match "^20%d%d%-(%d%d)%-(%d%d)$"
  return month and month >= "01" and month <= "12" and day >= "01" and day <= "31"
end

-- The lines above the first heading, and what each must look like; %s is the number.
local HEAD = {
  { name = "title", pattern = "^# ADR%%-%s: %%S" },
  { name = "empty line", pattern = "^$" },
  { name = "status", pattern = "^%%*%%*Status%%.%%*%%* (.+)$", holds = function(text)
    return text == "Accepted" or text == "Proposed"
      or text:match "^Superseded by %[ADR%-%d%d%d%]%(ADR%-%d%d%d%-[%w-]+%.md%)$"
  end },
  { name = "date", pattern = "^%%*%%*Date%%.%%*%%* (.+)$", holds = is_date },
  { name = "deciders", pattern = "^%%*%%*Deciders%%.%%*%%* The founding engineers$" },
  { name = "technical story", pattern = "^%%*%%*Technical story%%.%%*%%* Issues? %%d[^:]*: %%S" },
}

-- {name =, number =, text =} of each, in the order of their names.
local function all(root)
  local list = {}
  for _, path in ipairs(tree.files(root, "^docs/adr/ADR.*%.md$")) do
    local name = path:match "[^/]+$"
    list[#list + 1] = { path = path, name = name, number = name:match "^ADR%-(%d%d%d)%-[%w-]+%.md$" or "???",
      text = tree.read(root, path) }
  end
  return list
end

-- Lines of a decision that are no part of a block of code: line, or nil at the end.
local function prose(text)
  local next_line, in_block = (text .. "\n"):gmatch "([^\n]*)\n", false
  return function()
    for line in next_line do
      if line:match "^```" then in_block = not in_block elseif not in_block then return line end
    end
  end
end

-- The headings in order, and the text below each; a heading that comes twice is there twice.
local function sections(text)
  local names, below = {}, {}
  for line in prose(text) do
    local heading = line:match "^## (.*)$"
    if heading then
      names[#names + 1], below[heading] = heading, ""
    elseif #names > 0 then
      below[names[#names]] = below[names[#names]] .. line .. "\n"
    end
  end
  return names, below
end

-- Where a link of a decision leads, from the root; nil for another site.
local function target(link)
  if link:match "^%w+:" then return nil end
  local path = link:gsub("#.*$", "")
  return path:match "^%.%./%.%./(.*)$" or path:match "^%.%./" and "docs/" .. path:sub(4) or FOLDER .. path
end

local function check_head(one, problems)
  local next_line = (one.text .. "\n"):gmatch "([^\n]*)\n"
  for _, part in ipairs(HEAD) do
    local found = (next_line() or "\0"):match(part.pattern:format(one.number))
    if not found or part.holds and not part.holds(found) then
      problems[#problems + 1] = ("%s: %s"):format(one.name, part.name)
    end
  end
end

local function check_headings(one, problems)
  local names, below = sections(one.text)
  if table.concat(names, ", ") ~= table.concat(HEADINGS, ", ") then
    problems[#problems + 1] = one.name .. ": its headings are: " .. table.concat(names, ", ")
  end
  for _, heading in ipairs(HEADINGS) do
    if below[heading] and not below[heading]:find "%S" then
      problems[#problems + 1] = ("%s: nothing under %s"):format(one.name, heading)
    end
  end
end

-- Titles, the lines below them, headings, numbers.
function decisions.misshapen(root)
  local problems, owner = {}, {}
  for _, one in ipairs(all(root)) do
    check_head(one, problems)
    check_headings(one, problems)
    if owner[one.number] then
      problems[#problems + 1] = ("%s: its number is that of %s"):format(one.name, owner[one.number])
    end
    owner[one.number] = one.name
  end
  return problems
end

local function check_links(root, one, problems)
  for line in prose(one.text) do
    for link in line:gmatch "%]%(([^)]+)%)" do
      local path = target(link)
      if path and not tree.exists(root, path) then
        problems[#problems + 1] = ("%s links to %s: no such file"):format(one.name, link)
      end
    end
  end
end

-- References are paths from the root, or links; at least one.
local function check_references(root, one, problems)
  local _, below = sections(one.text)
  local references, related = below.References or "", below["Related decisions"] or ""
  for path in references:gmatch "`([^`]+)`" do
    local is_there = tree.exists(root, path)
    if not is_there then problems[#problems + 1] = ("%s refers to %s: no such file"):format(one.name, path) end
  end
  if not references:find "`" and not references:find "%]%(" then
    problems[#problems + 1] = one.name .. " refers to no file"
  end
  if not related:match "^%s*None%.%s*$" and not related:find("](ADR-", 1, true) then
    problems[#problems + 1] = one.name .. ": related decisions are links, or 'None.'"
  end
end

-- What a decision names and is not there.
function decisions.dead_references(root)
  local problems = {}
  for _, one in ipairs(all(root)) do
    check_links(root, one, problems)
    check_references(root, one, problems)
  end
  return problems
end

local function row_of(one)
  local status, date = one.text:match "%*%*Status%.%*%* ([^\n]*)", one.text:match "%*%*Date%.%*%* ([^\n]*)"
  return ("%s %s, %s, %s"):format(one.number, one.name, status, date)
end

-- The rows of the index as row_of says them.
local function rows(index)
  local list = {}
  for line in prose(index) do
    local number, name, status, date = line:match "^| %[ADR%-(%d+)%]%(([^)]+)%) | .+ | ([^|]+) | ([^|]+) |$"
    if number then list[#list + 1] = ("%s %s, %s, %s"):format(number, name, status, date) end
  end
  return list
end

local function unused(list)
  local used, numbers = {}, {}
  for _, one in ipairs(list) do used[one.number] = true end
  for i = 1, #list > 0 and tonumber(list[#list].number) or 0 do
    local number = ("%03d"):format(i)
    if not used[number] then numbers[#numbers + 1] = number end
  end
  return table.concat(numbers, ", ")
end

-- The index has a row for each decision, in order, and names the numbers that were never used.
function decisions.index_problems(root)
  local index, list, problems = tree.read(root, FOLDER .. "README.md"), all(root), {}
  local listed = rows(index)
  for i = 1, math.max(#list, #listed) do
    local expected, found = list[i] and row_of(list[i]) or "no row", listed[i] or "nothing"
    if expected ~= found then
      problems[1] = ("the index has '%s' where '%s' is expected"):format(found, expected)
      break
    end
  end
  local never, said = unused(list), index:match "stay empty: ([%d, ]*)%." or ""
  if never ~= said then problems[#problems + 1] = ("never used are '%s', the index says '%s'"):format(never, said) end
  return problems
end

return decisions
