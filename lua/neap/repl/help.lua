-- SPDX-License-Identifier: MIT
-- help, from the reference pages: a page, a section, or what the pages' tables say of a word.
local home = require "neap.base.home"
local lists = require "neap.base.lists"
local nearest = require "neap.base.nearest"

local help = { pages_of = setmetatable({}, { __mode = "k" }) } -- function → page, besides those that modules have

local OVERVIEW = [[
Neap at your keys. A line is Lua; its value is printed.

  s = neap.session { profile = "demo" }         a session on a generated market
  s = neap.session { data = "BTC-USD.csv", strategy = "ma_cross.lua" }
  s:step(24)  s:run()                           24 bars; all of them (Ctrl-C stops)
  o = s:buy { quantity = "0.5", stop_loss = 40000 }
  o   s.positions   s.orders   s.trades         look at it
  s:explain(o)   s:events { limit = 20 }        why it is so
  s:stop()                                      ends it; gives the result
  neap.backtest { strategy = "ma_cross.lua", data = "BTC-USD.csv" }

Tab completes. A line that is not finished goes on in the next. `local` ends with its line.
help "session"   help "session options"   help "buy"   help(s.step)   ? session
Ctrl-D leaves. Pages: ]]

local function directory() return home.docs .. "/reference" end

-- Names of the pages, sorted.
function help.pages()
  local lfs, names = require "lfs", {}
  if lfs.attributes(directory(), "mode") ~= "directory" then return names end
  for file in lfs.dir(directory()) do names[#names + 1] = file:match "^([%w_]+)%.md$" end
  table.sort(names)
  return names
end

local function read(page)
  local file <close> = io.open(("%s/%s.md"):format(directory(), page), "rb")
  return file and file:read "a"
end

-- Markdown without its marks.
local function plain(text)
  return (text:gsub("%[([^%]]*)%]%([^)]*%)", "%1"):gsub("%*%*", ""):gsub("`", ""):gsub("\\|", "|"))
end

local function wrap(text, width, indent, lines)
  local line = indent
  for word in text:gmatch "%S+" do
    if line:find "%S" and utf8.len(line) + 1 + utf8.len(word) > width then
      lines[#lines + 1], line = line, indent
    end
    line = (line:find "%S" and line .. " " or line) .. word
  end
  if line:find "%S" then lines[#lines + 1] = line end
end

local function cells_of(row)
  local cells = {}
  row = row:gsub("|%s*$", "")
  for cell in (row:gsub("\\|", "\1") .. "|"):gmatch "%s*(.-)%s*|" do cells[#cells + 1] = cell:gsub("\1", "|") end
  table.remove(cells, 1)
  return cells
end

local RULE = "^|[-:| ]+|?%s*$"

-- One row of a table: its first cell, then the rest indented; a default stands beside the name.
local function render_row(row, width, lines)
  local cells = cells_of(row)
  local head, rest = plain(cells[1] or ""), plain(table.concat(cells, " ", #cells > 2 and 3 or 2))
  if #cells > 2 and cells[2] ~= "" then head = ("%s   (%s)"):format(head, plain(cells[2])) end
  if head:find "%S" then wrap(head, width, "  ", lines) end
  if rest:find "%S" then wrap(rest, width, "      ", lines) end
end

-- Lines of markdown → lines for a terminal.
local function render(text, width)
  local lines, code, paragraph = {}, false, {}
  local row
  local function flush()
    if row then render_row(row, width, lines) end
    row = nil
    if #paragraph > 0 then wrap(plain(table.concat(paragraph, " ")), width, "", lines) end
    paragraph = {}
  end
  for line in (text .. "\n"):gmatch "(.-)\n" do
    if line:match "^```" then
      flush()
      code = not code
    elseif code then
      lines[#lines + 1] = "    " .. line
    elseif line:match(RULE) then
      row = nil -- what stands above it were titles
    elseif line:match "^|" then
      flush()
      row = line
    elseif line:match "^#" or line:match "^%s*$" then
      flush()
      lines[#lines + 1] = plain(line:gsub("^#+ *", ""))
    else
      paragraph[#paragraph + 1] = line
    end
  end
  flush()
  return (table.concat(lines, "\n"):gsub("\n\n\n+", "\n\n"):gsub("%s+$", ""))
end

-- The intro of a page and its sections, in order.
local function parts_of(text)
  local intro, sections, current = {}, {}, nil
  for line in (text .. "\n"):gmatch "(.-)\n" do
    local title = line:match "^##+ (.+)$"
    if title then
      current = { title = title, name = title:lower():gsub("`", ""), lines = {} }
      sections[#sections + 1] = current
    else
      local into = current and current.lines or intro
      into[#into + 1] = line
    end
  end
  return table.concat(intro, "\n"), sections
end

-- `more: a   b   c` in lines of at most this width.
local function more_text(names, width)
  local lines = { "more:" }
  for _, name in ipairs(names) do
    local gap = lines[#lines] == "more:" and " " or "   "
    if #lines[#lines] + #gap + #name > width then lines[#lines + 1], gap = "     ", " " end
    lines[#lines] = lines[#lines] .. gap .. name
  end
  return "\n\n" .. table.concat(lines, "\n")
end

local function page_text(page, width)
  local intro, sections = parts_of(read(page))
  local names = {}
  for i, section in ipairs(sections) do names[i] = ('help "%s %s"'):format(page, section.name) end
  return render(intro, width) .. (#names > 0 and more_text(names, width) or "")
end

local function section_text(page, word, width)
  local _, sections = parts_of(read(page))
  local names = {}
  for i, section in ipairs(sections) do
    if section.name == word then return render(section.title .. "\n\n" .. table.concat(section.lines, "\n"), width) end
    names[i] = section.name
  end
  return nil, nearest(word, names) and page .. " " .. nearest(word, names)
end

-- Whether the first cell of a table's row speaks of the word: as code, alone or before { ( or =.
local function speaks_of(cell, word)
  for code in cell:gmatch "`([^`]*)`" do
    for name in code:gmatch "[%a_][%w_]*" do
      if name == word and (code:match("^[%w_.:]*%f[%w_]" .. word .. "%f[^%w_]")) then return true end
    end
  end
  return false
end

local function rows_of(page, word, width, lines)
  local found = false
  for line in read(page):gmatch "[^\n]+" do
    local cells = line:match "^|" and cells_of(line)
    if cells and speaks_of(cells[1] or "", word) then
      if not found then lines[#lines + 1] = page end
      found = true
      render_row(line, width, lines)
    end
  end
end

-- Where a word is looked for first.
local FIRST = { "session", "strategy", "backtest", "repl" }

local function word_text(word, width, only)
  local lines, order = {}, table.move(FIRST, 1, #FIRST, 1, {})
  for _, page in ipairs(help.pages()) do
    if not lists.has(order, page) then order[#order + 1] = page end
  end
  for _, page in ipairs(only and { only } or order) do
    if read(page) and #lines < 40 then rows_of(page, word, width, lines) end
  end
  return #lines > 0 and table.concat(lines, "\n") or nil
end

local function lookup(word, width)
  word = word:match "^%s*(.-)%s*$"
  local page, section = word:match "^(%S+)%s+(.+)$"
  if page and read(page) then return section_text(page, section:lower(), width) end
  if word:match "^[%w_]+$" and read(word) then return page_text(word, width) end
  local name = word:match "([%w_]+)[{}()]*$"
  return name and word_text(name, width), nearest(word, help.pages())
end

-- Which page and word a function belongs to.
local function name_of(value)
  if help.pages_of[value] then return nil, help.pages_of[value] end
  local session = package.loaded["neap.session"]
  for _, word in ipairs(session and lists.sorted_keys(session.methods) or {}) do
    if session.methods[word] == value then return word, "session" end
  end
  for name, module in pairs(package.loaded) do
    if type(module) == "table" and tostring(name):match "^neap%.?" then
      for key, member in pairs(module) do
        if member == value and type(key) == "string" then return key, name:match "^neap%.([%w_]+)" or key end
      end
    end
  end
end

local function of_object(value, width)
  local mt = debug.getmetatable(value)
  if type(value) == "function" then
    local word, page = name_of(value)
    if not page then return nil end
    return word and word_text(word, width, page) or read(page) and page_text(page, width)
      or word and word_text(word, width)
  end
  local name = type(mt) == "table" and type(mt.__name) == "string" and mt.__name:match "([%w_]+)$"
  if getmetatable(value) == "order" then return page_text("strategy", width) end
  return name and read(name) and page_text(name, width)
end

-- Text for a page's name, a section ("session options"), a word, or a function; nil, nearest when there is none.
function help.text(what, width)
  width = math.min(width or 100, 110)
  if what == nil then return OVERVIEW .. table.concat(help.pages(), " ") end
  if type(what) == "string" then return lookup(what, width) end
  return of_object(what, width)
end

-- The global `help`: it prints itself, and it can be called; a page or a word is what comes.
function help.new(width)
  local function answer(_, what)
    local text, near = help.text(what, width())
    if text then return text end
    local about = type(what) == "string" and ("'%s'"):format(what) or "this " .. type(what)
    local hint = near and ("did you mean '%s'?"):format(near) or "help lists the pages"
    error(("no help on %s; %s"):format(about, hint), 0)
  end
  return setmetatable({}, { __call = answer, __name = "help",
    __tostring = function() return (help.text(nil, width())) end })
end

return help
