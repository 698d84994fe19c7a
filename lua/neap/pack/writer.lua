-- SPDX-License-Identifier: MIT
-- Makes a pack: a verified copy of the events, then the parts, then everything is verified, and only then it has its
-- name.
local code = require "neap.pack.code"
local core = require "neap.pack_c"
local event_store = require "neap.event_store"
local examine = require "neap.pack.examine"
local fault = require "neap.base.fault"
local files = require "neap.base.files"
local inputs = require "neap.pack.inputs"
local json = require "neap.json"
local locks = require "neap.account_lock_c"
local manifest = require "neap.pack.manifest"
local result = require "neap.pack.result"
local told = require "neap.pack.told"

local writer = {}

local function must(value, err)
  if value == nil then error(err, 0) end
  return value
end

-- Text in a pack is read by others: a key has no business there.
local function check_secret(name, text)
  if text:find "PRIVATE KEY%-%-%-%-%-" then
    error(fault("secret_found", ("%s holds a private key, and goes into no pack: leave it out, or take the key out of "
      .. "it"):format(name)), 0)
  end
end

local function add_part(self, name, text)
  check_secret(name, text)
  table.insert(self.parts, must(self.pack:add(name, text)))
end

local function add_document(self, name, document)
  add_part(self, name, json.encode(document, { indent = 1 }) .. "\n")
end

-- How the session was started, if it was started by `neap run`.
local function add_options(self)
  local text = self.directory and files.read(self.directory .. "/config.json", 1 << 20)
  if text then add_part(self, "options.json", text) end
  local config = text and json.decode(text, { numbers = "float" })
  return type(config) == "table" and type(config.options) == "table" and config.options or {}
end

local function add_texts(self, entry, number, list)
  entry.files = {}
  for i, file in ipairs(list) do
    local name = ("code/%d/%s"):format(number, file.name)
    if self.options.code ~= false then
      add_part(self, name, file.text)
    end
    entry.files[i] = { name = file.name, bytes = #file.text, sha256 = require("neap.digest").sha256(file.text),
      part = self.options.code ~= false and name or nil }
  end
end

local function add_code(self, entries, given)
  local hints = table.move(self.options.strategies or {}, 1, #(self.options.strategies or {}), 1, {})
  if type(given.strategy) == "string" then hints[#hints + 1] = given.strategy end
  for number, entry in ipairs(entries) do
    local list = code.find(entry, hints)
    if list then add_texts(self, entry, number, list) end
  end
  add_document(self, "code.json", { schema = "neap.pack_code/1", code = entries })
end

-- Whether a file of bars is, to the last byte, what was read; nil where that cannot be said (a part of it was read).
local function is_what_was_read(entry, read)
  local said
  for _, row in ipairs(read) do
    if row.product == entry.product then said = row.blake2b end
  end
  if entry.kind ~= "data" or not said then return nil end
  return core.text_digest(entry.path) == said or nil
end

local function take_input(self, entry, number, read)
  local name = entry.kind == "recorded" and entry.name or ("%s/%d/%s"):format(entry.kind, number, entry.name)
  local part = entry.path and (self.options.inputs and must(self.pack:add_file(name, entry.path))
    or must(core.measure(entry.path)))
  if part and self.options.inputs then table.insert(self.parts, part) end
  return { kind = entry.kind, product = entry.product, name = entry.name, bytes = part and part.bytes,
    sha256 = part and part.sha256, part = part and self.options.inputs and name or nil,
    is_what_was_read = part and is_what_was_read(entry, read) }
end

local function add_inputs(self, read, given)
  local list = json.array {}
  local found = inputs.find(self.directory, self.options.data or given.data, given.trades)
  for i, entry in ipairs(found) do list[i] = take_input(self, entry, i, read) end
  add_document(self, "inputs.json", { schema = "neap.pack_inputs/1", read = read, files = list })
end

-- The figures of the session's own books and those of its fills are the same, or there is no pack.
local function add_result(self, state)
  local figures = result.of_fills(self.partial)
  must(result.compare(figures, result.of_state(self.partial, state), "the session's books"))
  figures.schema, figures.orders, figures.rejections = "neap.pack_result/1", state.counts.orders,
    state.counts.rejections
  add_document(self, "result.json", figures)
end

local function add_manifest(self, chain, state, said)
  local document = manifest.facts(self.partial, chain, state, said)
  document.version, document.file = core.version, manifest.FILE
  table.sort(self.parts, function(a, b) return a.name < b.name end)
  document.parts = self.parts
  local text = json.encode(document, { indent = 1 }) .. "\n"
  must(self.pack:add(manifest.NAME, text))
  return manifest.label(text)
end

local function fill(self, chain, state)
  local said = told.read(self.partial, state.last_seq)
  self.pack = must(core.make(self.partial))
  local pack <close> = self.pack
  add_document(self, "configuration.json", said.configuration)
  local given = add_options(self)
  add_code(self, said.code, given)
  add_inputs(self, said.read, given)
  add_result(self, state)
  must(pack:seal(add_manifest(self, chain, state, said)))
end

-- A session that runs, or was killed, has events behind its last group: the copy's group ends with them, so that its
-- head stands for every event.
local function copy_events(self, path)
  local chain = must(event_store.backup(path, self.partial))
  if chain.open == 0 then return chain end
  local store <close> = must(event_store.create { path = self.partial, resume = true })
  must(store:seal())
  must(store:close())
  os.remove(self.partial .. "-lock")
  return must(event_store.verify(self.partial))
end

local function make(self, path, to)
  local chain = copy_events(self, path)
  local state = must(event_store.replay(self.partial, { from_start = true }))
  fill(self, chain, state)
  must(core.finish(self.partial))
  local report = must(examine(self.partial, {}))
  must(core.publish(self.partial, to, self.options.over))
  return report
end

local function clean(partial)
  core.discard(partial)
  core.discard(partial .. "-partial") -- the copy's own
  os.remove(partial .. "-lock")
end

-- What a killed packer may have left has the name of a pack and is none: an empty file is in nobody's way.
local function check_over(to)
  local opened = core.open(to)
  if opened then opened:close() end
  if opened or files.lfs.attributes(to, "size") == 0 then return core.check(to, true) end
  return nil, fault("file_exists", "what lies there is no pack, and is not written over: name another, or remove it",
    to)
end

local function check_place(to, over)
  local directory = files.split(to):gsub("(.)/+$", "%1")
  if files.mode(directory) ~= "directory" then
    return nil, fault("cannot_write", "cannot write the pack: there is no directory " .. directory, to,
      files.nearest(directory))
  end
  if not files.lfs.symlinkattributes(to) then return true end
  if over then return check_over(to) end
  return nil, fault("file_exists", "a file lies there, and is not written over: name another, or say so", to)
end

-- What the copy's own names say is of no use to who asked for the pack.
local function of_pack(err, self, to)
  err.message = err.message:gsub("^cannot write the copy", "cannot write the pack")
  if err.where and err.where:sub(1, #self.partial) == self.partial then err.where = to end
  return err
end

-- One packer of a name at a time: what a killed one left there is the next one's to remove, and of a live one is not.
local function take_name(to)
  local lock, err = locks.take(to)
  if lock then return lock end
  if err.code ~= "locked" then
    err.code, err.message = "cannot_write", err.message:gsub("^cannot create the store's lock", "cannot write the pack")
    return nil, err
  end
  local who = err.message:match "process %d+" or "another process"
  return nil, fault("locked", ("%s is packing to that name: wait for it, or name another"):format(who), to)
end

-- → the report of neap.pack.examine, or nil and a fault; then nothing is left behind.
function writer.write(path, to, options)
  local ok, err = check_place(to, options.over)
  if not ok then return nil, of_pack(err, { partial = to }, to) end
  local lock <close>, held = take_name(to)
  if not lock then return nil, held end
  local self = { partial = to .. "-packing", options = options, parts = json.array {},
    directory = path:match "^(.*)/events%.db$" or path == "events.db" and "." or nil }
  clean(self.partial)
  local done, report = pcall(make, self, path, to)
  if done then return report end
  clean(self.partial)
  if type(report) == "table" and report.code then return nil, of_pack(report, self, to) end
  error(report, 0)
end

return writer
