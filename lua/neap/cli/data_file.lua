-- SPDX-License-Identifier: MIT
-- A file of rows that grows: what is not finished lies in FILE.part, always rows from the first on; the whole takes the
-- place of FILE in one step. A row that was cut off by a kill is dropped, and so was never there.
local files = require "neap.base.files"
local output = require "neap.cli.output"

local data_file = {}

local methods = {}
methods.__index = methods

local SECOND = 1000000000

local function failed(code, message, where)
  return nil, { code = code, message = message, where = where, exit = output.FAILED }
end

-- The moment of a row, in ns.
local function moment(line)
  local whole, part = line:match "^(%d+)%.?(%d*),"
  if not whole or #part > 9 then return nil end
  return math.tointeger(whole) * SECOND + math.tointeger(part .. ("0"):rep(9 - #part))
end

-- What is wrong with a row behind another one; nil: nothing.
local function wrong_in(self, at)
  if not at then return "is no row of neap data fetch" end
  if self.step and at % self.step ~= 0 then return "is not on the grid of its frame" end
  local last = self.last
  if last and (at < last.at or self.step and at == last.at) then return "is not behind the row before" end
end

-- Counts what is missing before a row. Of trades nothing is.
function methods:count(at, line)
  if self.step and self.last and at - self.last.at > self.step then
    self.gaps, self.missing = self.gaps + 1, self.missing + (at - self.last.at) // self.step - 1
    self.first_gap = self.first_gap or self.last.at + self.step
  end
  self.first = self.first or { at = at, line = line }
  self.last, self.rows = { at = at, line = line }, self.rows + 1
end

local function read_rows(self, file, place, may_be_torn)
  if file:read "L" ~= self.header .. "\n" then
    return failed("other_file", ("the first line is not '%s': another file?"):format(self.header), place)
  end
  self.size = #self.header + 1
  for line in file:lines "L" do
    if line:sub(-1) ~= "\n" then
      if may_be_torn then break end
      return failed("torn", "the last line has no end", place)
    end
    local at = moment(line)
    local wrong = wrong_in(self, at)
    if wrong then return failed("bad_row", ("line %d %s"):format(self.rows + 2, wrong), place) end
    self:count(at, line:sub(1, -2))
    self.size = self.size + #line
  end
  return true
end

local function read(self, place, may_be_torn)
  local file, message = io.open(place, "rb")
  if not file then return failed("cannot_read", message, place) end
  local ok, err = read_rows(self, file, place, may_be_torn)
  file:close()
  return ok, err
end

-- options = { header =, step = ns between rows or nil }. What is there already is read: the unfinished one before the
-- finished one. → .first .last (nil: no row yet) .rows, or nil and a failure.
function data_file.look(path, options)
  local self = setmetatable({ path = path, part = path .. ".part", header = options.header, step = options.step,
    rows = 0, gaps = 0, missing = 0, size = 0 }, methods)
  for i, place in ipairs { self.part, path } do
    local mode = files.mode(place)
    if mode and mode ~= "file" then return failed("not_a_file", ("is a %s, not a file"):format(mode), place) end
    if mode and files.lfs.attributes(place, "size") > 0 then
      local ok, err = read(self, place, i == 1)
      if not ok then return nil, err end
      self.source = place
      break
    end
  end
  self.had = self.rows
  return self
end

local function copy(self, from, to)
  local left = self.size
  while left > 0 do
    local block = from:read(math.min(left, 1 << 16))
    if not block then return nil, "is shorter than it was" end
    local ok, message = to:write(block)
    if not ok then return nil, message end
    left = left - #block
  end
  return true
end

-- The rows that are there, in a new file that takes the place of the part.
local function begin_with_rows(self)
  local from <close> = assert(io.open(self.source, "rb"))
  local place = self.part .. ".new"
  local to, message = io.open(place, "wb")
  if not to then return nil, message end
  local ok
  ok, message = copy(self, from, to)
  local closed, problem = to:close()
  if not ok or not closed then return nil, message or problem end
  return os.rename(place, self.part)
end

local function begin_empty(self)
  local file, message = io.open(self.part, "wb")
  if not file then return nil, message end
  local ok, problem = file:write(self.header, "\n")
  local closed, late = file:close()
  return ok and closed, problem or late
end

-- From here on rows may be added.
function methods:begin()
  local is_whole = self.source == self.part and files.lfs.attributes(self.part, "size") == self.size
  local ok, message = true, nil
  if not is_whole then
    if self.source then ok, message = begin_with_rows(self) else ok, message = begin_empty(self) end
  end
  if ok then self.file, message = io.open(self.part, "ab") end
  if not ok or not self.file then return failed("cannot_write", tostring(message), self.part) end
  return true
end

-- rows: { at =, line = } each, behind what is there. They are in the kernel's hands when this returns.
function methods:add(rows)
  local lines = {}
  for i, row in ipairs(rows) do
    local wrong = wrong_in(self, row.at)
    if wrong then return failed("bad_answer", ("'%s' from the venue %s"):format(row.line, wrong), self.part) end
    self:count(row.at, row.line)
    lines[i] = row.line .. "\n"
  end
  local ok, message = self.file:write(table.concat(lines))
  if ok then ok, message = self.file:flush() end
  if not ok then return failed("cannot_write", message, self.part) end
  return true
end

-- The part is the file from now on.
function methods:finish()
  local ok, message = self.file:close()
  self.file = nil
  if ok then ok, message = os.rename(self.part, self.path) end
  if not ok then return failed("cannot_write", message, self.path) end
  return true
end

-- Nothing came of it.
function methods:drop()
  self.file:close()
  self.file = nil
  os.remove(self.part)
end

function methods:close()
  if self.file then self.file:close() end
  self.file = nil
end
methods.__close = methods.close

return data_file
